"""One line of an answer: who said what, where and when, and the number of its citation."""

from __future__ import annotations

import re

from bot.chat.text import plain
from bot.claims.disfluency import tidy
from bot.domain import UNKNOWN_SPEAKER, Origin
from bot.qa.evidence import Line

_LINK = re.compile(
    r"<?(?:\b[a-z][a-z0-9+.-]*://|\bwww\.|\bmailto:)[^\s>]+>?|\b[\w-]+(?:\.[\w-]+)+/\S*",
    re.IGNORECASE,
)
_MARKER = re.compile(r"\[(\d+)\]")
_CLOSED = (".", "!", "?", "…", '"', "”", "’", ")")


def statement(line: Line, number: int) -> str:
    """Tell a line in one sentence; links become a word, and nothing in it reads as another citation."""
    said = harmless(tidy(plain(line.quote)))
    return f"{_who(line)}: {said if said.endswith(_CLOSED) else said + '.'} [{number}]"


def harmless(words: str) -> str:
    """Return outside words in one line, without links and without what reads as a citation."""
    return _MARKER.sub(r"(\1)", _LINK.sub("(link)", " ".join(plain(words).split())))


def _who(line: Line) -> str:
    place = _where(line.passage.origin)
    return place if line.speaker == UNKNOWN_SPEAKER else f"{harmless(line.speaker)} ({place})"


def _where(origin: Origin) -> str:
    return f"{harmless(origin.show)}, {origin.date.day} {origin.date:%B %Y}"
