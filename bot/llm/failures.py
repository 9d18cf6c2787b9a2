"""How asking a model fails: what a server answered, and the sentence a person reads of it."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import TypeVar

import msgspec

from bot.domain.usage import Usage
from bot.errors import LlmError

Shape = TypeVar("Shape")

_UNKNOWN_MODEL_CODE = "model_not_found"
_UNPAID_CODES = frozenset({"insufficient_quota", "billing_hard_limit_reached", "billing_error"})
_UNPAID_WORDS = re.compile(r"credit balance", re.IGNORECASE)
_OVERLOADED_CODE = "overloaded_error"
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
        """Keep the sentence, and the tokens it took all the same; None if nobody knows."""
        self.usage = usage
        super().__init__(message)


class FailureReason(StrEnum):
    """Why a server did not answer as it should."""

    UNREACHABLE = "The language model's server cannot be reached at {url}."
    CONNECTION_LOST = "The connection to the language model's server broke off; try again in a minute."
    BUSY = "The language model's server is too busy; try again in {wait}."
    SERVER_ERROR = "The language model's server has a problem of its own; try again in a minute."
    BAD_KEY = "The language model's server does not accept the key; check {prefix}API_KEY."
    FORBIDDEN = "The key may not use the model {model}; check {prefix}API_KEY and {variable}."
    PAYMENT_REQUIRED = "The language model's provider wants to be paid first; check the account's credit and limits."
    UNKNOWN_MODEL = "The model {model} is not known to the server at {url}; check {variable}."
    NO_ENDPOINT = "The server at {url} doesn't offer {endpoint}; check {prefix}BASE_URL{address_hint}."
    SCHEMA_REJECTED = "The server at {url} rejects the form of the request; `overheard doctor` reports what it can do."
    REQUEST_REJECTED = "The server at {url} rejects this question; the log has its reply."
    TOO_LONG = "The text was too long for the language model."
    FILTERED = "The language model's provider filtered the answer out."
    REFUSED = "The language model refused to answer that."
    EMPTY = "The language model gave no answer; try again in a minute."
    NOT_A_MODEL_SERVER = "What answers at {url} isn't a language model's server; check {prefix}BASE_URL."
    TIMED_OUT = "The language model did not answer in time."
    TRUNCATED = "The language model's answer was cut off before it was whole."
    WRONG_FORMAT = "The language model did not answer in the form it was asked for."
    NO_TRANSCRIPTION = "The server at {url} can't transcribe recordings; check {prefix}BASE_URL and {variable}."
    RECORDING_REJECTED = "The server at {url} rejects this recording; the log has its reply."
    RECORDING_TOO_LARGE = "The recording was too large for the server at {url}; lower OVERHEARD_TRANSCRIBE_MEGABYTES."
    NOT_INSTALLED = "A language model is configured, but its packages are missing: pip install 'overheard[model]'."


UNREACHABLE_CODE, CUT_CODE = "", "cut"
"""The codes of a ServerError without a status: there was no connection, or it broke off."""


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """What sentences call a provider's server; `url` holds no password.

    `prefix` begins the names of its settings, `endpoint` is what it has to know, and `address_hint` may say how its
    address looks. `is_official` is whether it's the provider's own.
    """

    url: str
    prefix: str
    endpoint: str
    address_hint: str = ""
    is_official: bool = False

    def failure(
        self, reason: FailureReason, model: str, variable: str, usage: Usage | None = None, wait: float | None = None
    ) -> ModelCallError:
        """Return what a person reads of a failure; `variable` is the setting that names the model."""
        seconds = "a moment" if wait is None or wait <= 1 else f"{wait:.0f} seconds"
        return ModelCallError(reason.format(**asdict(self), model=model, variable=variable, wait=seconds), usage)


class ServerError(Exception):
    """What a server answered instead: `status` is 0 if none did, `retry_after` how many seconds it asks us to wait."""

    def __init__(self, status: int, code: str = "", message: str = "", retry_after: float | None = None) -> None:
        self.status, self.code, self.message, self.retry_after = status, code, message, retry_after
        super().__init__(status, code)

    def reason(self, model: str) -> FailureReason:
        """Return what it means."""
        if not self.status:
            return FailureReason.CONNECTION_LOST if self.code == CUT_CODE else FailureReason.UNREACHABLE
        if self.status < HTTPStatus.BAD_REQUEST:
            return FailureReason.NOT_A_MODEL_SERVER
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
        is_unpaid = self.code in _UNPAID_CODES or bool(_UNPAID_WORDS.search(self.message))
        if self.status == HTTPStatus.PAYMENT_REQUIRED or is_unpaid:
            return FailureReason.PAYMENT_REQUIRED
        is_named = bool(model) and model in self.message and not _SCHEMA_WORDS.search(self.message)
        if self.code == _UNKNOWN_MODEL_CODE or (self.status < _FIRST_SERVER_ERROR and is_named):
            return FailureReason.UNKNOWN_MODEL
        return None

    def _server_reason(self) -> FailureReason:
        if self.status in _NO_ENDPOINT:
            return FailureReason.NO_ENDPOINT
        if self.status in _RETRYABLE or self.code == _OVERLOADED_CODE:
            return FailureReason.BUSY
        if self.status >= _FIRST_SERVER_ERROR:
            return FailureReason.SERVER_ERROR
        if _SCHEMA_WORDS.search(f"{self.code} {self.message}"):
            return FailureReason.SCHEMA_REJECTED
        return FailureReason.REQUEST_REJECTED


def decode_response(body: bytes, shape: type[Shape]) -> Shape:
    """Return a server's answer; raises ServerError if it has another shape."""
    try:
        return msgspec.json.decode(body, type=shape)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise not_a_model_server() from None


def not_a_model_server() -> ServerError:
    """Return what an answer means that no model's server gives."""
    return ServerError(HTTPStatus.OK, "foreign")
