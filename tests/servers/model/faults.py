"""What can go wrong with a model server, each to be switched on."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from aiohttp import web

from tests.servers.model.asked import Asked


class Fault(StrEnum):
    """What goes wrong."""

    NO_RESPONSES = "it has no Responses API"
    NO_PATHS = "it has none of our paths"
    DEAF = "its Responses API takes a schema and does not heed it"
    NO_SCHEMA = "it takes no json_schema"
    BUSY = "429, with Retry-After"
    NO_CREDIT = "429, because nothing is paid"
    BROKEN = "500"
    UNWILLING = "400, for no reason that it names"
    OVERLOADED = "503, without a word"
    FORBIDDEN = "403"
    SLOW = "it never answers"
    DRIP = "it streams, and then hangs half way"
    CUT = "it closes the connection half way"
    TRUNCATED = "its answers end half way, for their length"
    THINKING = "it thinks for a thousand tokens before it says anything"
    REFUSAL = "it refuses"
    FILTERED = "what it says is filtered"
    FAILED = "it fails while it answers"
    HTML = "it answers with a page"
    NOT_JSON = "what it sends is no JSON"
    NO_CHOICES = "its answers hold none"
    WRONG = "what it says fits no schema of ours"
    PROSE = "it chats before and after its JSON"
    NO_USAGE = "it counts no tokens"
    CUT_CONTEXT = "it reads only the last hundred tokens"
    TOO_LONG = "the text is too long, as OpenAI says it"
    TOO_LONG_LLAMA = "the text is too long, as llama.cpp says it"
    TOO_LONG_VLLM = "the text is too long, as vLLM says it"


_TOO_LONG: Mapping[Fault, Mapping[str, object]] = {
    Fault.TOO_LONG: {
        "message": "Your input exceeds the context window of this model. Please adjust your input and try again.",
        "type": "invalid_request_error",
        "code": "context_length_exceeded",
    },
    Fault.TOO_LONG_LLAMA: {
        "message": "the request exceeds the available context size, try increasing it",
        "type": "exceed_context_size_error",
        "code": 400,
    },
    Fault.TOO_LONG_VLLM: {
        "message": "This model's maximum context length is 2048 tokens. However, you requested 9000 tokens.",
        "type": "BadRequestError",
        "code": 400,
    },
}


def refusal(asked: Asked, faults: set[Fault], retry_after: str) -> web.Response | None:
    """Return the answer of a server that does not take a request, None where it does."""
    found = _at_the_door(faults, retry_after) or _of_the_path(asked, faults)
    if not found:
        for fault, error in _TOO_LONG.items():
            if fault in faults:
                return said(400, error)
    return found


def said(status: int, error: Mapping[str, object], headers: Mapping[str, str] | None = None) -> web.Response:
    """Return an error as servers word it."""
    return web.json_response({"error": error}, status=status, headers=headers)


def unknown_model(asked: Asked) -> web.Response:
    """Return what is said of a model that is not there."""
    words = f"The model `{asked.model}` does not exist or you do not have access to it."
    return said(404, {"message": words, "type": "invalid_request_error", "code": "model_not_found"})


def _at_the_door(faults: set[Fault], retry_after: str) -> web.Response | None:
    if Fault.BUSY in faults:
        return said(429, {"message": "Slow down.", "code": "rate_limit_exceeded"}, {"Retry-After": retry_after})
    if Fault.NO_CREDIT in faults:
        return said(429, {"message": "You exceeded your current quota.", "code": "insufficient_quota"})
    if Fault.BROKEN in faults:
        return said(500, {"message": "The server had an error.", "type": "server_error"})
    if Fault.UNWILLING in faults:
        return said(400, {"message": "Bad request.", "type": "invalid_request_error"})
    if Fault.OVERLOADED in faults:
        return web.Response(status=503)
    if Fault.FORBIDDEN in faults:
        return said(403, {"message": "Project does not have access to this model.", "code": "model_not_found"})
    if Fault.HTML in faults:
        return web.Response(text="<!doctype html><title>Welcome</title>", content_type="text/html")
    if Fault.NOT_JSON in faults:
        return web.Response(text="{not json", content_type="application/json")
    return None


def _of_the_path(asked: Asked, faults: set[Fault]) -> web.Response | None:
    if Fault.NO_PATHS in faults or (Fault.NO_RESPONSES in faults and asked.path.endswith("/responses")):
        return web.json_response({"detail": "Not Found"}, status=404)
    if Fault.NO_SCHEMA in faults and asked.schema is not None:
        return said(
            400, {"message": "'response_format.type' must be 'text' or 'json_object'.", "param": "response_format"}
        )
    return None
