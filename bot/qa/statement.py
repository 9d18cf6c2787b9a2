"""One line of an answer: who said what, where and when, and the number of its citation."""

from __future__ import annotations

import re

from bot.chat.text import sanitise
from bot.claims.disfluency import remove_disfluencies
from bot.domain import UNKNOWN_SPEAKER, Origin
from bot.qa.evidence import CandidateSentence

_LINK = re.compile(
    r"<?(?:\b[a-z][a-z0-9+.-]*://|\bwww\.|\bmailto:)[^\s>]+>?|\b[\w-]+(?:\.[\w-]+)+/\S*",
    re.IGNORECASE,
)
_CITATION_MARKER = re.compile(r"\[(\d+)\]")
_SENTENCE_ENDINGS = (".", "!", "?", "…", '"', "”", "’", ")")


def format_sentence(line: CandidateSentence, number: int) -> str:
    """Tell a line in one sentence; links become a word, and nothing in it reads as another citation."""
    said = sanitize(remove_disfluencies(sanitise(line.quote)))
    return f"{_attribution(line)}: {said if said.endswith(_SENTENCE_ENDINGS) else said + '.'} [{number}]"


def sanitize(text: str) -> str:
    """Return outside words in one line, without links and without what reads as a citation."""
    return _CITATION_MARKER.sub(r"(\1)", _LINK.sub("(link)", " ".join(sanitise(text).split())))


def _attribution(line: CandidateSentence) -> str:
    place = _source_label(line.passage.origin)
    return place if line.speaker == UNKNOWN_SPEAKER else f"{sanitize(line.speaker)} ({place})"


def _source_label(origin: Origin) -> str:
    return f"{sanitize(origin.show)}, {origin.date.day} {origin.date:%B %Y}"
