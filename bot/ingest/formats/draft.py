"""What the readers of single formats hand back, before a file's name and folder fill the gaps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from bot.domain import Person, Turn


class ParseError(Exception):
    """A file or a part of it is not what it should be; the message says in words what is wrong."""


@dataclass(frozen=True, slots=True)
class ParsedConversation:
    """A conversation as far as the file itself tells it.

    `when` is a date as written there, and `key` sets several conversations of one file apart.
    """

    turns: tuple[Turn, ...]
    title: str = ""
    show: str = ""
    date_text: str = ""
    url: str | None = None
    lang: str = "en"
    people: tuple[Person, ...] = ()
    id_suffix: str = ""


@dataclass(frozen=True, slots=True)
class ParseProblem:
    """Something in a file that could not be read: the place ("line 12") and the reason in words."""

    location: str
    reason: str


ParseText: TypeAlias = Callable[[str, str], Iterator[ParsedConversation | ParseProblem]]
"""Takes a file's whole text and its name without the extension."""
