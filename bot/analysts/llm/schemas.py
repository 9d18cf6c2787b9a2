"""What a model returns. It points with numbers and with words of the text; code copies and decides.

Long texts come last in each, so that a list item that is still being written lacks something and is left out.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

MAX_NAMES = 60
"""How many names are sorted at once; without a limit, a small model goes on until its context is full."""


class Pointer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A span of a turn, by the words it begins and ends with."""

    turn: int
    first: str
    last: str


class Claims(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the claims are in a part of a conversation."""

    claims: list[Pointer]


class Named(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a name stands for, and the number of the name that it is a form of; 0 for none."""

    number: int
    same_as: int
    kind: Literal["person", "company", "product", "place", "topic", "nothing"]


class Entities(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the names in a conversation stand for."""

    names: Annotated[list[Named], msgspec.Meta(max_length=MAX_NAMES)]


class Group(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Claims about one event or matter, by number."""

    numbers: list[int]


class Stories(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which claims tell the same story."""

    stories: list[Group]


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A sentence with the numbers of the claims that support it."""

    claims: list[int]
    text: str


class Signal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A story in words."""

    headline: Line
    said: list[Line]
    matters: Line
    watch: Line


class Front(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The opening of a brief: the line that joins its stories, and the argument they make."""

    dek: Line
    argument: list[Line]


class Cited(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A sentence of an answer, and the words of a numbered passage that support it."""

    passage: int
    first: str
    last: str
    text: str


class Answered(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An answer; without sentences if the passages do not answer."""

    sentences: list[Cited]


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A question that stands by itself, in English, and the language it was asked in."""

    language: str
    question: str


class Reworded(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Another wording of the sentence with that number."""

    number: int
    text: str


class Lines(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Sentences in another wording, or another language."""

    lines: list[Reworded]
