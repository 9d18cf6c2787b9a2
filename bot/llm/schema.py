"""The JSON schema of a type, as strict as servers want it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

_TAKEN = frozenset(
    "type properties required additionalProperties items anyOf enum const $ref $defs description format pattern "
    "multipleOf minimum maximum exclusiveMinimum exclusiveMaximum minItems maxItems".split()
)
"""What OpenAI takes; whatever else a type demands is seen to when an answer is read."""


def strict(returns: type) -> Mapping[str, Any]:
    """Return the schema of a Struct: an object whose every property is required, with none beside them.

    Raises TypeError where the type says something that no server takes: free keys, and tuples of several types.
    """
    whole = msgspec.json.schema(returns)
    named = whole.get("$defs", {})
    root = named.get(str(whole.get("$ref", "")).rpartition("/")[2])
    if not root or root.get("type") != "object":
        message = f"{returns} is no Struct"
        raise TypeError(message)
    used = {name: _plain(each) for name, each in named.items() if name in set(_named(named, root))}
    return {**_plain(root), **({"$defs": used} if used else {})}


def _named(named: Mapping[str, Any], part: object, seen: frozenset[str] = frozenset()) -> Iterator[str]:
    """Yield the names of what a part refers to, and what that refers to."""
    for name in set(_references(part)) - seen:
        yield name
        yield from _named(named, named[name], seen | {name})


def _references(part: object) -> Iterator[str]:
    if isinstance(part, dict):
        if "$ref" in part:
            yield str(part["$ref"]).rpartition("/")[2]
        for inner in part.values():
            yield from _references(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _references(inner)


def _plain(part: Mapping[str, Any]) -> dict[str, Any]:
    if "prefixItems" in part or isinstance(part.get("additionalProperties"), dict):
        message = f"no server takes {dict(part)}; use a list of Structs"
        raise TypeError(message)
    found = {word: _inner(word, value) for word, value in part.items() if word in _TAKEN}
    if "properties" in part:
        found |= {"required": list(part["properties"]), "additionalProperties": False}
    if "enum" in part and all(isinstance(one, str) for one in part["enum"]):
        found = {"type": "string", **found}
    return found


def _inner(word: str, value: object) -> object:
    if word == "properties" and isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if word == "anyOf" and isinstance(value, list):
        return [_plain(each) for each in value]
    return _plain(value) if word == "items" and isinstance(value, dict) else value
