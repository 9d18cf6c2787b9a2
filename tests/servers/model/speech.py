"""What a model said, in the shapes of both APIs, whole and piece by piece."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

PIECE = 9
"""So many characters come at a time."""

ID = "resp_1"


@dataclass(frozen=True, slots=True)
class Said:
    """A text and how it ended: `stop`, `length`, `content_filter`, `refusal`, `failed` or `nothing`."""

    model: str
    text: str
    end: str
    usage: tuple[int, int, int] | None
    """Tokens of the input, of the output, and of the input from a cache."""

    @property
    def pieces(self) -> Iterator[str]:
        """The text as it grows."""
        text = "" if self.end == "nothing" else self.text
        return (text[at : at + PIECE] for at in range(0, len(text), PIECE))


def response(said: Said) -> dict[str, Any]:
    """Return an answer of the Responses API."""
    part = {"type": "refusal", "refusal": said.text} if said.end == "refusal" else _output_text(said.text)
    message = {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": [part]}
    reasons = {"length": "max_output_tokens", "content_filter": "content_filter"}
    status = {"failed": "failed"}.get(said.end, "incomplete" if said.end in reasons else "completed")
    whole: dict[str, Any] = {
        "id": ID,
        "object": "response",
        "created_at": 1,
        "model": said.model,
        "status": status,
        "incomplete_details": {"reason": reasons[said.end]} if said.end in reasons else None,
        "error": {"code": "server_error", "message": "The model failed."} if status == "failed" else None,
        "output": []
        if said.end == "nothing" or not said.text
        else [{"type": "reasoning", "id": "rs_1", "summary": []}, message],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
    }
    if said.usage:
        read, written, cached = said.usage
        whole["usage"] = {
            "input_tokens": read,
            "output_tokens": written,
            "total_tokens": read + written,
            "input_tokens_details": {"cached_tokens": cached},
            "output_tokens_details": {"reasoning_tokens": 0},
        }
    return whole


def response_events(said: Said) -> Iterator[dict[str, Any]]:
    """Yield the events of the Responses API."""
    whole = response(said)
    place = {"item_id": "msg_1", "output_index": 1, "content_index": 0}
    yield {
        "type": "response.created",
        "sequence_number": 0,
        "response": {**whole, "status": "in_progress", "output": []},
    }
    kind = "response.refusal.delta" if said.end == "refusal" else "response.output_text.delta"
    for number, piece in enumerate(said.pieces, 1):
        yield {"type": kind, "sequence_number": number, "delta": piece, "logprobs": [], **place}
    yield {"type": f"response.{whole['status']}", "sequence_number": 9_999, "response": whole}


def completion(said: Said) -> dict[str, Any]:
    """Return an answer of the chat API."""
    words = (
        {"refusal": said.text, "content": None} if said.end == "refusal" else {"content": said.text, "refusal": None}
    )
    choice = {"index": 0, "message": {"role": "assistant", **words}, "finish_reason": _finish(said), "logprobs": None}
    whole = _chat(said, "chat.completion", [] if said.end == "nothing" else [choice])
    return whole | {"usage": _chat_usage(said.usage)} if said.usage else whole


def chunks(said: Said, *, counted: bool) -> Iterator[dict[str, Any]]:
    """Yield the chunks of the chat API; the last holds the usage where that was asked for."""
    word = "refusal" if said.end == "refusal" else "content"
    yield _chunk(said, {"role": "assistant", "content": ""}, None)
    for piece in said.pieces:
        yield _chunk(said, {word: piece}, None)
    if said.end != "nothing":
        yield _chunk(said, {}, _finish(said))
    if said.usage and counted:
        yield _chat(said, "chat.completion.chunk", []) | {"usage": _chat_usage(said.usage)}


def piece_of(event: Mapping[str, Any]) -> str:
    """Return what an event of either API adds to the text."""
    choices = event.get("choices")
    return str((choices[0]["delta"].get("content") if choices else event.get("delta")) or "")


def _output_text(text: str) -> dict[str, Any]:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def _finish(said: Said) -> str:
    return said.end if said.end in {"length", "content_filter"} else "stop"


def _chunk(said: Said, delta: Mapping[str, Any], finish: str | None) -> dict[str, Any]:
    return _chat(said, "chat.completion.chunk", [{"index": 0, "delta": delta, "finish_reason": finish}])


def _chat(said: Said, kind: str, choices: list[dict[str, Any]]) -> dict[str, Any]:
    return {"id": ID, "object": kind, "created": 1, "model": said.model, "choices": choices}


def _chat_usage(usage: tuple[int, int, int]) -> dict[str, Any]:
    read, written, cached = usage
    details = {"cached_tokens": cached}
    return {
        "prompt_tokens": read,
        "completion_tokens": written,
        "total_tokens": read + written,
        "prompt_tokens_details": details,
    }
