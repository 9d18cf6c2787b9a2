"""What the server was asked, whichever way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: where it went, and what it said; `schema` is None where none was sent, `tokens` the most wanted."""

    path: str
    body: Mapping[str, Any]
    model: str
    system: str
    user: str
    schema: Mapping[str, Any] | None
    tokens: int
    streams: bool


def asked_of(path: str, body: Mapping[str, Any]) -> Asked:
    """Read a request of either API."""
    return Asked(
        path, body, str(body.get("model", "")), *_words(body), _schema(body), _most(body), bool(body.get("stream"))
    )


def _words(body: Mapping[str, Any]) -> tuple[str, str]:
    messages = body.get("messages")
    if messages is None:
        said = body.get("input", "")
        return str(body.get("instructions", "")), said if isinstance(said, str) else str(said[-1]["content"])
    by_role = {role: "\n".join(m["content"] for m in messages if m["role"] == role) for role in ("system", "user")}
    return by_role["system"], by_role["user"]


def _schema(body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    form = body.get("response_format") or body.get("text", {}).get("format") or {}
    found: Mapping[str, Any] | None = form.get("json_schema", form).get("schema")
    return found


def _most(body: Mapping[str, Any]) -> int:
    return int(body.get("max_output_tokens") or body.get("max_completion_tokens") or body.get("max_tokens") or 0)
