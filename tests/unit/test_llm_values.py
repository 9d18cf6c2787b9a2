"""From types to schemas that every server takes, and from texts to values, whole or growing."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.llm.schema import SchemaMismatch, parse_partial, parse_value, strict_schema
from tests.modelled import JSON, SAID, Point, Points


class Mood(StrEnum):
    """How something is said."""

    SURE = "sure"
    HEDGED = "hedged"


class Claim(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One claim."""

    mood: Mood
    kind: Literal["fact", "forecast"]
    share: Annotated[float, msgspec.Meta(ge=0, le=1)]
    by: str | None
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=300)]


class Told(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything."""

    claims: Annotated[list[Claim], msgspec.Meta(max_length=9)]
    best: Claim | None
    sure: bool
    count: int
    closing: str


class Tree(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A value that holds others of its kind."""

    below: list[Tree]
    name: str


CLAIM = Claim(Mood.SURE, "fact", 0.5, None, "a “quoted” \\ text {with} [braces]")
TOLD = Told([CLAIM, CLAIM], CLAIM, sure=True, count=3, closing="the end")
CLAIMS = st.builds(
    Claim,
    st.sampled_from(Mood),
    st.sampled_from(["fact", "forecast"]),
    st.floats(0, 1),
    st.none() | st.text(max_size=5),
    st.text(min_size=1, max_size=15),
)
EVERYTHING = st.builds(
    Told, st.lists(CLAIMS, max_size=3), st.none() | CLAIMS, st.booleans(), st.integers(0, 99), st.text(max_size=9)
)


def objects(part: object) -> list[dict[str, object]]:
    """Return every object in a schema."""
    if isinstance(part, list):
        return [found for inner in part for found in objects(inner)]
    if not isinstance(part, dict):
        return []
    inner = [found for each in part.values() for found in objects(each)]
    return [part, *inner] if part.get("type") == "object" else inner


def test_a_schema_is_strict_through_and_through() -> None:
    """The root is an object; of each, every property is required and no other allowed."""
    schema = strict_schema(Told)
    assert schema["type"] == "object"
    assert len(objects(schema)) == 2
    for one in objects(schema):
        properties = one["properties"]
        assert isinstance(properties, dict)
        assert (one["required"], one["additionalProperties"]) == (list(properties), False)
    assert schema["$defs"]["Mood"] == {
        "type": "string",
        "description": "How something is said.",
        "enum": ["hedged", "sure"],
    }


def test_a_schema_holds_nothing_that_is_refused() -> None:
    """Lengths of text are seen to when an answer is read; limits of lists and numbers are taken."""
    written = str(strict_schema(Told))
    for word in ("maxLength", "minLength", "title", "default", "oneOf", "allOf"):
        assert f"'{word}'" not in written
    assert "'maxItems': 9" in written
    assert "'maximum'" in written
    with pytest.raises(SchemaMismatch, match="text"):
        parse_value(msgspec.json.encode(msgspec.structs.replace(TOLD, claims=[_long()])).decode(), Told)


def _long() -> Claim:
    return msgspec.structs.replace(CLAIM, text="x" * 301)


def test_a_type_may_hold_itself() -> None:
    """By its name."""
    schema = strict_schema(Tree)
    assert schema["$defs"]["Tree"]["properties"]["below"]["items"] == {"$ref": "#/$defs/Tree"}


class Rise(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="rise"):
    """Something went up."""

    by: int


class Fall(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="fall"):
    """Something went down."""

    by: int


class Moves(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What moved."""

    moves: list[Rise | Fall]


def test_a_list_may_hold_several_types() -> None:
    """Each with its name, and without what no server takes."""
    schema = strict_schema(Moves)
    assert schema["properties"]["moves"]["items"] == {"anyOf": [{"$ref": "#/$defs/Rise"}, {"$ref": "#/$defs/Fall"}]}
    assert schema["$defs"]["Rise"]["required"] == ["type", "by"]
    assert parse_value('{"moves": [{"type": "fall", "by": 3}]}', Moves) == Moves([Fall(3)])


class Keyed(msgspec.Struct):
    """What no server takes: free keys."""

    numbers: dict[str, int]


class Pair(msgspec.Struct):
    """What no server takes: a tuple of two types."""

    pair: tuple[int, str]


@pytest.mark.parametrize("wrong", [Keyed, Pair, list[int], str])
def test_what_no_server_takes_is_refused_here(wrong: type) -> None:
    """While it is written, not when somebody asks."""
    with pytest.raises(TypeError):
        strict_schema(wrong)


@pytest.mark.parametrize(
    "written",
    [
        "{}",
        "  {}\n",
        "```json\n{}\n```",
        "```\n{}\n```",
        "Sure! Here {it} is: {}, and {{more}}.",
        '<think>perhaps {"points": []}</think>{}',
        'First {"points": 1, "note": ""} was wrong; {} is right.',
    ],
)
def test_json_is_found_among_words(written: str) -> None:
    """Whatever stands around it, and the first object that fits counts."""
    assert parse_value(written.replace("{}", JSON), Points) == SAID


@pytest.mark.parametrize(
    "text", ["", "no", "{", "[]", "null", "{" * 5_000, '{"a":' * 5_000, "[" * 100_000, '{"note": ""}']
)
def test_what_is_no_value_is_a_misfit(text: str) -> None:
    """Also what is made to hurt whoever reads it."""
    with pytest.raises(SchemaMismatch):
        parse_value(text, Points)
    parse_partial(text, Points)


@given(EVERYTHING)
def test_every_prefix_is_a_state_of_the_whole(value: Told) -> None:
    """Cut anywhere, it holds the first items of each list, whole, and nothing that is not in the end."""
    written = msgspec.json.encode(value).decode()
    assert parse_value(written, Told) == value
    before = 0
    for cut in range(len(written)):
        state = parse_partial(written[:cut], Told)
        if state is None:
            assert before == 0
            continue
        assert state.claims == value.claims[: len(state.claims)]
        assert len(state.claims) >= before
        before = len(state.claims)
        assert (state.count, state.closing) in {(0, ""), (value.count, ""), (value.count, value.closing)}
    assert parse_partial(written, Told) == value


def test_nothing_can_be_said_before_there_is_an_object() -> None:
    """A fence or a word is none; then what has not come is empty."""
    assert parse_partial("", Points) is None
    assert parse_partial("```json\n", Points) is None
    assert parse_partial("{", Points) is None
    assert parse_partial('{"points": [{"who": "Ana"', Points) == Points((), "")
    assert parse_partial('{"points": [{"who": "Ana", "words": "no"', Points) == Points((Point("Ana", "no"),), "")
