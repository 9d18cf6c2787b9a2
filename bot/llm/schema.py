"""The JSON schema of a type, as strict as servers want it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

_SUPPORTED_KEYWORDS = frozenset(
    "type properties required additionalProperties items anyOf enum const $ref $defs description format pattern "
    "multipleOf minimum maximum exclusiveMinimum exclusiveMaximum minItems maxItems".split()
)
"""What OpenAI takes; whatever else a type demands is seen to when an answer is read."""


def strict_schema(returns: type) -> Mapping[str, Any]:
    """Return the schema of a Struct: an object whose every property is required, with none beside them.

    Raises TypeError where the type says something that no server takes: free keys, and tuples of several types.
    """
    whole = msgspec.json.schema(returns)
    named = whole.get("$defs", {})
    root = named.get(str(whole.get("$ref", "")).rpartition("/")[2])
    if not root or root.get("type") != "object":
        message = f"{returns} is no Struct"
        raise TypeError(message)
    used = {
        name: _strict_node(each) for name, each in named.items() if name in set(_reachable_definitions(named, root))
    }
    return {**_strict_node(root), **({"$defs": used} if used else {})}


def _reachable_definitions(
    definitions: Mapping[str, Any], part: object, seen: frozenset[str] = frozenset()
) -> Iterator[str]:
    """Yield the names of what a part refers to, and what that refers to."""
    for name in set(_references(part)) - seen:
        yield name
        yield from _reachable_definitions(definitions, definitions[name], seen | {name})


def _references(part: object) -> Iterator[str]:
    if isinstance(part, dict):
        if "$ref" in part:
            yield str(part["$ref"]).rpartition("/")[2]
        for inner in part.values():
            yield from _references(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _references(inner)


def _strict_node(part: Mapping[str, Any]) -> dict[str, Any]:
    if "prefixItems" in part or isinstance(part.get("additionalProperties"), dict):
        message = f"no server takes {dict(part)}; use a list of Structs"
        raise TypeError(message)
    found = {word: _strict_child(word, value) for word, value in part.items() if word in _SUPPORTED_KEYWORDS}
    if "properties" in part:
        found |= {"required": list(part["properties"]), "additionalProperties": False}
    if "enum" in part and all(isinstance(one, str) for one in part["enum"]):
        found = {"type": "string", **found}
    return found


def _strict_child(word: str, value: object) -> object:
    if word == "properties" and isinstance(value, dict):
        return {name: _strict_node(each) for name, each in value.items()}
    if word == "anyOf" and isinstance(value, list):
        return [_strict_node(each) for each in value]
    return _strict_node(value) if word == "items" and isinstance(value, dict) else value
