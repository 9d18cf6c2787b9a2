"""The JSON schema of a type, as strict as servers want it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, TypeVar

import msgspec

_SUPPORTED_KEYWORDS = frozenset(
    "type properties required additionalProperties items anyOf enum const $ref $defs description format pattern "
    "multipleOf minimum maximum exclusiveMinimum exclusiveMaximum minItems maxItems".split()
)
"""What OpenAI takes; whatever else a type demands is checked when an answer is read."""


def strict_schema(returns: type) -> Mapping[str, Any]:
    """Return the schema of a Struct: an object whose every property is required, with none beside them.

    Raises TypeError if the type says something that no server takes: free keys, and tuples of several types.
    """
    whole = msgspec.json.schema(returns)
    named = whole.get("$defs", {})
    root = named.get(str(whole.get("$ref", "")).rpartition("/")[2])
    if not root or root.get("type") != "object":
        message = f"{returns} isn't a Struct"
        raise TypeError(message)
    used = {
        name: _strict_node(each) for name, each in named.items() if name in set(_reachable_definitions(named, root))
    }
    return {**_strict_node(root), **({"$defs": used} if used else {})}


def _reachable_definitions(
    definitions: Mapping[str, Any], node: object, seen: frozenset[str] = frozenset()
) -> Iterator[str]:
    """Yield the names of what a node refers to, and what that refers to."""
    for name in set(_references(node)) - seen:
        yield name
        yield from _reachable_definitions(definitions, definitions[name], seen | {name})


def _references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        if "$ref" in node:
            yield str(node["$ref"]).rpartition("/")[2]
        for inner in node.values():
            yield from _references(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _references(inner)


def _strict_node(node: Mapping[str, Any]) -> dict[str, Any]:
    if "prefixItems" in node or isinstance(node.get("additionalProperties"), dict):
        message = f"no server takes {dict(node)}; use a list of Structs"
        raise TypeError(message)
    strict = {word: _strict_child(word, value) for word, value in node.items() if word in _SUPPORTED_KEYWORDS}
    if "properties" in node:
        strict |= {"required": list(node["properties"]), "additionalProperties": False}
    if "enum" in node and all(isinstance(value, str) for value in node["enum"]):
        strict = {"type": "string", **strict}
    return strict


def _strict_child(word: str, value: object) -> object:
    if word == "properties" and isinstance(value, dict):
        return {name: _strict_node(each) for name, each in value.items()}
    if word == "anyOf" and isinstance(value, list):
        return [_strict_node(each) for each in value]
    return _strict_node(value) if word == "items" and isinstance(value, dict) else value


T = TypeVar("T")

_UNREADABLE = (msgspec.MsgspecError, ValueError, RecursionError)
_FENCED = re.compile(r"```(?:json)?\s*\n(.*?)```", re.DOTALL)
_OBJECT = re.compile(r'\{\s*"')
_MAX_CANDIDATES = 50
"""How many braces are tried when JSON is looked for among words."""

_EMPTY: tuple[object, ...] = ([], "", None, False, 0)
"""What a field is until something of it has come: the first of these that is of its type."""


class SchemaMismatch(Exception):
    """A text isn't of the type; the message says where, in words that a model can act on."""


def parse_value(text: str, returns: type[T]) -> T:
    """Return the value in a text: all of it, what is fenced, or the first object that fits.

    Raises SchemaMismatch.
    """
    problem = ""
    for candidate in _candidates(text.strip()):
        try:
            return msgspec.json.decode(candidate, type=returns)
        except _UNREADABLE as error:
            problem = problem or str(error)
    raise SchemaMismatch(problem)


def parse_partial(text: str, returns: type[T]) -> T | None:
    """Return what a text that isn't whole says already; None while that is nothing.

    Items of lists that are not complete are left out, and fields of the value that have not come yet are empty.
    """
    import jiter

    start = _OBJECT.search(text)
    if not start or not issubclass(returns, msgspec.Struct):
        return None
    try:
        # The last number may go on.
        begun = text[start.start() :].rstrip("0123456789+-.eE")
        come = jiter.from_json(begun.encode(), partial_mode=True)
        return returns(**{field.name: _field_value(come, field) for field in msgspec.structs.fields(returns)})
    except _UNREADABLE:
        return None


def _candidates(text: str) -> Iterator[str]:
    yield text
    yield from _FENCED.findall(text)
    decoder = json.JSONDecoder()
    for brace, _ in zip(re.finditer("{", text), range(_MAX_CANDIDATES), strict=False):
        try:
            _, end = decoder.raw_decode(text, brace.start())
        except (ValueError, RecursionError):
            continue
        yield text[brace.start() : end]


def _field_value(partial: Mapping[str, object], field: msgspec.structs.FieldInfo) -> object:
    """Return what has come of a field; the last item of a list only if it is whole."""
    if field.encode_name not in partial:
        return _first_convertible(field.type, *_EMPTY)
    value = partial[field.encode_name]
    return _first_convertible(field.type, value, *([value[:-1]] if isinstance(value, list) else []), *_EMPTY)


def _first_convertible(kind: object, *values: object) -> object:
    for value in values:
        with suppress(msgspec.ValidationError):
            return msgspec.convert(value, kind)
    message = "nothing of it can be said yet"
    raise ValueError(message)
