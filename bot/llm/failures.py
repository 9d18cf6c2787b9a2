"""How asking a model fails: what a server answered, and the sentence a person reads of it."""

from __future__ import annotations

import re
from enum import StrEnum
from http import HTTPStatus

from bot.domain.usage import Usage
from bot.errors import LlmError

_UNKNOWN_MODEL_CODE = "model_not_found"
_UNPAID_CODES = frozenset({"insufficient_quota", "billing_hard_limit_reached"})
_TOO_LONG_WORDS = re.compile(
    r"context[ _](length|window|size)|maximum context|prompt is too long|too many tokens|exceeds? the available",
    re.IGNORECASE,
)
_SCHEMA_WORDS = re.compile(r"response_format|text\.format|schema|grammar|structured|guided", re.IGNORECASE)
_FILTERED_WORDS = re.compile(r"content[ _](filter|policy|management)", re.IGNORECASE)
_FIRST_SERVER_ERROR = HTTPStatus.INTERNAL_SERVER_ERROR
_RETRYABLE = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS})
_BAD_REQUEST = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.NOT_IMPLEMENTED})
_NO_ENDPOINT = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED})


class ModelCallError(LlmError):
    """The language model gave no usable answer."""

    def __init__(self, message: str = "", usage: Usage | None = None) -> None:
        """Keep the sentence, and the tokens it took all the same; None where nobody knows."""
        self.usage = usage
        super().__init__(message)


class FailureReason(StrEnum):
    """Why a server did not answer as it was asked."""

    UNREACHABLE = "The language model's server cannot be reached at {url}."
    CONNECTION_LOST = "The connection to the language model's server broke off; try again in a minute."
    BUSY = "The language model's server is too busy; try again in {wait}."
    SERVER_ERROR = "The language model's server has a problem of its own; try again in a minute."
    BAD_KEY = "The language model's server does not accept the key; check OPENAI_API_KEY."
    FORBIDDEN = "The key may not use the model {model}; check OPENAI_API_KEY and {variable}."
    PAYMENT_REQUIRED = "The language model's provider wants to be paid first; see to the account's credit and limits."
    UNKNOWN_MODEL = "The model {model} is not known to the server at {url}; check {variable}."
    NO_ENDPOINT = "The server at {url} knows no chat completions; check OPENAI_BASE_URL, which often ends in /v1."
    SCHEMA_REJECTED = "The server at {url} does not take what it is asked; `overheard doctor` tells what it can do."
    REQUEST_REJECTED = "The server at {url} does not take this question; the log says what it answers."
    TOO_LONG = "The text was too long for the language model."
    FILTERED = "The language model's provider filtered the answer out."
    REFUSED = "The language model refused to answer that."
    EMPTY = "The language model gave no answer; try again in a minute."
    NOT_A_MODEL_SERVER = "What answers at {url} is no language model's server; check OPENAI_BASE_URL."
    TIMED_OUT = "The language model did not answer in time."
    TRUNCATED = "The language model's answer was cut off before it was whole."
    WRONG_FORMAT = "The language model did not answer in the form it was asked for."
    NO_TRANSCRIPTION = "The server at {url} writes no recordings down; check OPENAI_BASE_URL and {variable}."
    RECORDING_REJECTED = "The server at {url} does not take this recording; the log says what it answers."
    RECORDING_TOO_LARGE = "The recording was too large for the server at {url}; lower OVERHEARD_TRANSCRIBE_MEGABYTES."
    NOT_INSTALLED = "A language model is configured, but what it needs is missing: pip install 'overheard[model]'."


class ServerError(Exception):
    """What a server answered instead: `status` is 0 where none did, `wait` how many seconds it asks us to."""

    def __init__(self, status: int, code: str = "", message: str = "", retry_after: float | None = None) -> None:
        self.status, self.code, self.message, self.retry_after = status, code, message, retry_after
        super().__init__(status, code)

    def reason(self, model: str) -> FailureReason:
        """Return what it means."""
        if self.status < HTTPStatus.BAD_REQUEST:
            return (
                FailureReason.NOT_A_MODEL_SERVER
                if self.status
                else FailureReason.CONNECTION_LOST
                if self.code
                else FailureReason.UNREACHABLE
            )
        return self._input_reason() or self._account_reason(model) or self._server_reason()

    def _input_reason(self) -> FailureReason | None:
        if self.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            return FailureReason.TOO_LONG
        if self.status not in _BAD_REQUEST:
            return None
        if _TOO_LONG_WORDS.search(f"{self.code} {self.message}"):
            return FailureReason.TOO_LONG
        return FailureReason.FILTERED if _FILTERED_WORDS.search(f"{self.code} {self.message}") else None

    def _account_reason(self, model: str) -> FailureReason | None:
        if self.status == HTTPStatus.UNAUTHORIZED:
            return FailureReason.BAD_KEY
        if self.status == HTTPStatus.FORBIDDEN:
            return FailureReason.FORBIDDEN
        if self.status == HTTPStatus.PAYMENT_REQUIRED or self.code in _UNPAID_CODES:
            return FailureReason.PAYMENT_REQUIRED
        named = bool(model) and model in self.message and not _SCHEMA_WORDS.search(self.message)
        return (
            FailureReason.UNKNOWN_MODEL
            if self.code == _UNKNOWN_MODEL_CODE or (self.status < _FIRST_SERVER_ERROR and named)
            else None
        )

    def _server_reason(self) -> FailureReason:
        if self.status in _NO_ENDPOINT:
            return FailureReason.NO_ENDPOINT
        if self.status in _RETRYABLE:
            return FailureReason.BUSY
        if self.status >= _FIRST_SERVER_ERROR:
            return FailureReason.SERVER_ERROR
        return (
            FailureReason.SCHEMA_REJECTED
            if _SCHEMA_WORDS.search(f"{self.code} {self.message}")
            else FailureReason.REQUEST_REJECTED
        )
