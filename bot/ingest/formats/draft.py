"""What the readers of single formats hand back, before a file's name and folder fill the gaps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from bot.domain import Person, Turn


class Unreadable(Exception):
    """A file or a part of it is not what it should be; the message says in words what is wrong."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A conversation as far as the file itself tells it.

    `when` is a date as written there, and `key` sets several conversations of one file apart.
    """

    turns: tuple[Turn, ...]
    title: str = ""
    show: str = ""
    when: str = ""
    url: str | None = None
    lang: str = "en"
    people: tuple[Person, ...] = ()
    key: str = ""


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something in a file that could not be read: the place ("line 12") and the reason in words."""

    place: str
    reason: str


Parser: TypeAlias = Callable[[str, str], Iterator[Draft | Flaw]]
"""Takes a file's whole text and its name without the extension."""
