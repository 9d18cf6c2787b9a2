"""What comes back from a server, by either API, at once or event by event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import TypeVar

import msgspec

from bot.domain.usage import Usage
from bot.llm.api_forms import Ask, Way
from bot.llm.failures import Refusal

Shape = TypeVar("Shape")


class End(StrEnum):
    """How an answer ended."""

    WHOLE = "whole"
    LENGTH = "length"
    FILTERED = "filtered"
    REFUSED = "refused"
    FAILED = "failed"


_REASONS = {
    "length": End.LENGTH,
    "max_output_tokens": End.LENGTH,
    "content_filter": End.FILTERED,
    "refusal": End.REFUSED,
    "failed": End.FAILED,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model wrote, how it ended, and the tokens it took where the server counts them."""

    text: str
    end: End
    usage: Usage | None


class _Cached(msgspec.Struct):
    cached_tokens: int | None = None


class _Counted(msgspec.Struct):
    """Tokens under the names of both APIs."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    input_tokens_details: _Cached | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: _Cached | None = None

    def usage(self, model: str) -> Usage | None:
        read = self.input_tokens or self.prompt_tokens
        written = self.output_tokens or self.completion_tokens or 0
        details = self.input_tokens_details or self.prompt_tokens_details
        return Usage(model, read, written, (details.cached_tokens or 0) if details else 0) if read else None


class _Words(msgspec.Struct):
    """A message or a part of one, under the names of both APIs."""

    text: str | None = None
    content: str | None = None
    refusal: str | None = None


class _Item(msgspec.Struct):
    type: str | None = None
    content: list[_Words] | None = None


class _Why(msgspec.Struct):
    reason: str | None = None


class _Response(msgspec.Struct):
    status: str
    output: list[_Item] | None = None
    incomplete_details: _Why | None = None
    usage: _Counted | None = None


class _Event(msgspec.Struct):
    type: str
    delta: object = None
    response: _Response | None = None


class _Choice(msgspec.Struct):
    message: _Words | None = None
    delta: _Words | None = None
    finish_reason: str | None = None


class _Chat(msgspec.Struct):
    choices: list[_Choice] | None
    usage: _Counted | None = None


class Gathering:
    """What has come of an answer so far."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self.text = ""
        self._reason: str | None = None
        self._usage: Usage | None = None
        self._heard = self._ended = False

    def whole(self, body: bytes) -> Answer:
        """Take an answer at once; raises Refusal where it is none."""
        try:
            said = msgspec.json.decode(body)
        except (ValueError, RecursionError):
            raise _foreign() from None
        if self._ask.way is Way.RESPONSES:
            self._response(_shaped(said, _Response))
        else:
            self._chat(_shaped(said, _Chat))
        self._ended = True
        return self.answer()

    def take(self, event: Mapping[str, object]) -> None:
        """Take one event of a stream; raises Refusal where it is none."""
        self._heard = True
        if self._ask.way is not Way.RESPONSES:
            self._chat(_shaped(event, _Chat))
            return
        said = _shaped(event, _Event)
        if said.type == "response.output_text.delta" and isinstance(said.delta, str):
            self.text += said.delta
        elif said.type in {"response.completed", "response.incomplete", "response.failed"} and said.response:
            self._response(said.response)

    def answer(self) -> Answer:
        """Return the answer; raises Refusal where it never came to its end."""
        if not self._ended:
            raise Refusal(0, "cut") if self._heard else _foreign()
        return Answer(self.text, _REASONS.get(self._reason or "", End.WHOLE), self._usage)

    def _response(self, said: _Response) -> None:
        parts = [part for item in said.output or [] for part in item.content or [] if item.type == "message"]
        self.text = "".join(part.text or "" for part in parts) or self.text
        refused = any(part.refusal for part in parts)
        why = said.incomplete_details.reason if said.incomplete_details else None
        self._reason = "refusal" if refused else why or said.status
        self._usage = said.usage.usage(self._ask.model) if said.usage else None
        self._ended = True

    def _chat(self, said: _Chat) -> None:
        for choice in (said.choices or [])[:1]:
            words = choice.message or choice.delta or _Words()
            self.text += words.content or ""
            self._reason = "refusal" if words.refusal or self._reason == "refusal" else choice.finish_reason
            self._ended = self._ended or bool(choice.message or choice.finish_reason)
        if said.usage:
            self._usage = said.usage.usage(self._ask.model) or self._usage
            self._ended = True


class _Heard(msgspec.Struct):
    text: str


def heard(body: bytes) -> str:
    """Return the words of a transcription; raises Refusal where it is none."""
    try:
        return _shaped(msgspec.json.decode(body), _Heard).text
    except (ValueError, RecursionError):
        raise _foreign() from None


def _shaped(said: object, shape: type[Shape]) -> Shape:
    try:
        return msgspec.convert(said, shape)
    except msgspec.ValidationError:
        raise _foreign() from None


def _foreign() -> Refusal:
    return Refusal(HTTPStatus.OK, "foreign")
