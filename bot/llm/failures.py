"""How asking a model fails: what a server answered, and the sentence a person reads of it."""

from __future__ import annotations

import re
from enum import StrEnum
from http import HTTPStatus

from bot.domain.usage import Usage
from bot.errors import LlmError

_MODEL_UNKNOWN = "model_not_found"
_UNPAID = frozenset({"insufficient_quota", "billing_hard_limit_reached"})
_TOO_LONG = re.compile(
    r"context[ _](length|window|size)|maximum context|prompt is too long|too many tokens|exceeds? the available",
    re.IGNORECASE,
)
_NO_SCHEMA = re.compile(r"response_format|text\.format|schema|grammar|structured|guided", re.IGNORECASE)
_FILTERED = re.compile(r"content[ _](filter|policy|management)", re.IGNORECASE)
_SERVER = HTTPStatus.INTERNAL_SERVER_ERROR
_AGAIN = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS})
_REFUSED = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.NOT_IMPLEMENTED})
_NO_PATH = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED})


class Failure(LlmError):
    """The language model gave no usable answer."""

    def __init__(self, message: str = "", usage: Usage | None = None) -> None:
        """Keep the sentence, and the tokens it took all the same; None where nobody knows."""
        self.usage = usage
        super().__init__(message)


class Why(StrEnum):
    """Why a server did not answer as it was asked."""

    UNREACHABLE = "The language model's server cannot be reached at {url}."
    BROKEN_OFF = "The connection to the language model's server broke off; try again in a minute."
    BUSY = "The language model's server is too busy; try again in {wait}."
    BROKEN = "The language model's server has a problem of its own; try again in a minute."
    KEY = "The language model's server does not accept the key; check OPENAI_API_KEY."
    FORBIDDEN = "The key may not use the model {model}; check OPENAI_API_KEY and {variable}."
    UNPAID = "The language model's provider wants to be paid first; see to the account's credit and limits."
    UNKNOWN = "The model {model} is not known to the server at {url}; check {variable}."
    NO_PATH = "The server at {url} knows no chat completions; check OPENAI_BASE_URL, which often ends in /v1."
    NO_SCHEMA = "The server at {url} does not take what it is asked; `overheard doctor` tells what it can do."
    UNTAKEN = "The server at {url} does not take this question; the log says what it answers."
    TOO_LONG = "The text was too long for the language model."
    FILTERED = "The language model's provider filtered the answer out."
    REFUSED = "The language model refused to answer that."
    EMPTY = "The language model gave no answer; try again in a minute."
    FOREIGN = "What answers at {url} is no language model's server; check OPENAI_BASE_URL."
    LATE = "The language model did not answer in time."
    CUT = "The language model's answer was cut off before it was whole."
    MISFIT = "The language model did not answer in the form it was asked for."
    DEAF = "The server at {url} writes no recordings down; check OPENAI_BASE_URL and {variable}."
    UNHEARD = "The server at {url} does not take this recording; the log says what it answers."
    TOO_LONG_TO_HEAR = "The recording was too large for the server at {url}; lower OVERHEARD_TRANSCRIBE_MEGABYTES."
    ABSENT = "A language model is configured, but what it needs is missing: pip install 'overheard[model]'."


class Refusal(Exception):
    """What a server answered instead: `status` is 0 where none did, `wait` how many seconds it asks us to."""

    def __init__(self, status: int, code: str = "", words: str = "", wait: float | None = None) -> None:
        self.status, self.code, self.words, self.wait = status, code, words, wait
        super().__init__(status, code)

    def why(self, model: str) -> Why:
        """Return what it means."""
        if self.status < HTTPStatus.BAD_REQUEST:
            return Why.FOREIGN if self.status else Why.BROKEN_OFF if self.code else Why.UNREACHABLE
        return self._of_the_text() or self._of_us(model) or self._of_the_server()

    def _of_the_text(self) -> Why | None:
        if self.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            return Why.TOO_LONG
        if self.status not in _REFUSED:
            return None
        if _TOO_LONG.search(f"{self.code} {self.words}"):
            return Why.TOO_LONG
        return Why.FILTERED if _FILTERED.search(f"{self.code} {self.words}") else None

    def _of_us(self, model: str) -> Why | None:
        if self.status == HTTPStatus.UNAUTHORIZED:
            return Why.KEY
        if self.status == HTTPStatus.FORBIDDEN:
            return Why.FORBIDDEN
        if self.status == HTTPStatus.PAYMENT_REQUIRED or self.code in _UNPAID:
            return Why.UNPAID
        named = bool(model) and model in self.words and not _NO_SCHEMA.search(self.words)
        return Why.UNKNOWN if self.code == _MODEL_UNKNOWN or (self.status < _SERVER and named) else None

    def _of_the_server(self) -> Why:
        if self.status in _NO_PATH:
            return Why.NO_PATH
        if self.status in _AGAIN:
            return Why.BUSY
        if self.status >= _SERVER:
            return Why.BROKEN
        return Why.NO_SCHEMA if _NO_SCHEMA.search(f"{self.code} {self.words}") else Why.UNTAKEN
