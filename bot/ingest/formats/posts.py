"""Social posts pasted one after another into one file: where one ends and the next begins."""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Iterator, Sequence

from bot.chat.text import shorten
from bot.domain import PASTED, Turn
from bot.ingest.formats.draft import Draft

TITLE_LIMIT = 80

AHEAD = 4
"""Paragraphs from which the topic of what follows is told."""

RECENT = 8
"""Paragraphs of a post that tell what it is about by now."""

NEW_TOPIC = 1 / 15
"""The share of their words that paragraphs may have in common with a post and yet not belong to it."""

_SETTLED = 2
_SHOUTED_LETTERS = 12
_SHOUTED_SHARE = 0.9
_ANNOUNCED = re.compile(r"(?:BREAKING|JUST IN|NEWS?|EXCLUSIVE|UPDATE|ALERT|SCOOP|THREAD|DEVELOPING)\b\s*[:|–—-]|🚨|🧵")
_RULE = re.compile(r"(?:[-*_=~]\s*){3,}")
_BLANK = re.compile(r"\n[ \t]*\n\s*")
_WIDE = re.compile(r"\n[ \t]*\n[ \t]*\n\s*")
_NAMED = re.compile(r"post|tweet|thread|feed", re.IGNORECASE)
_ENTRY = re.compile(r"[^\w\"“'‘$#@]|\d+[.)]\s|.{1,40}?\s?:\s|part \d", re.IGNORECASE)
_TERM = re.compile(r"[^\W\d_][\w’']{3,}|\b[A-Z]\w{2,}")
_COMMON = re.compile(
    r"this|that|with|from|the[ymn]?|their|have|will|just|what|when|than|were|been|into|about|only|every|your|some|more|"
    r"most|over|also|which|while|would|could|does|like|here|there|these|those|being|because|years?|months?|today|still|"
    r"exactly|same",
    re.IGNORECASE,
)
_STEM = 6


def pasted(text: str, name: str) -> bool:
    """Tell whether a text is several posts rather than one piece: by its name, or by headlines in it."""
    lines = _lines(text)
    return bool(lines) and (bool(_NAMED.search(name)) or sum(map(_headline, lines)) > 1)


def divide(text: str) -> Iterator[Draft]:
    """Return each post as a conversation of its own, a paragraph a turn; nobody is named as its speaker.

    Rules or blank lines between posts are believed; without them headlines, hands and topics tell posts apart.
    """
    keys: set[str] = set()
    for post in _posts(_lines(_ruled(text))):
        key = _key(post[0]) if _key(post[0]) not in keys else _key("\n".join(post))
        keys.add(key)
        yield Draft(tuple(map(Turn, post)), title=shorten(post[0], TITLE_LIMIT), show=PASTED, key=key)


def _key(words: str) -> str:
    return hashlib.sha256(words.encode()).hexdigest()[:8]


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


def _ruled(text: str) -> str:
    """Draw a rule where blank lines part posts: those between blocks of several lines, else the wider ones."""
    blocks = _BLANK.split(text.strip())
    if sum("\n" in block for block in blocks) * 2 > len(blocks):
        return "\n---\n".join(blocks)
    return "\n---\n".join(_WIDE.split(text.strip()))


def _posts(lines: Sequence[str]) -> Iterator[Sequence[str]]:
    rules = [at for at, line in enumerate(lines) if _RULE.fullmatch(line)]
    if rules:
        ends = itertools.pairwise([-1, *rules, len(lines)])
        yield from filter(None, (lines[before + 1 : end] for before, end in ends))
        return
    post: list[str] = []
    for at, line in enumerate(lines):
        if post and (_headline(line) or _other_hand(line, post) or _other_topic(lines[at : at + AHEAD], post)):
            yield post
            post = []
        post.append(line)
    if post:
        yield post


def _headline(line: str) -> bool:
    """Tell whether a line is announced as news, or shouted."""
    letters = [letter for letter in line if letter.isalpha()]
    shouted = len(letters) > _SHOUTED_LETTERS and sum(map(str.isupper, letters)) > _SHOUTED_SHARE * len(letters)
    return bool(_ANNOUNCED.match(line)) or shouted


def _other_hand(line: str, post: Sequence[str]) -> bool:
    """Tell whether a line begins small after a post that does not: somebody else wrote it."""
    return line[0].islower() and not post[0][0].islower() and post[-1].endswith((".", "!", "?", "…", '"', "”"))


def _other_topic(coming: Sequence[str], post: Sequence[str]) -> bool:
    """Tell whether a line shares no word with the post, and the lines after it next to none."""
    if len(post) < _SETTLED or coming[0][0].islower() or _ENTRY.match(coming[0]):
        return False
    said = set().union(*map(_terms, post[-RECENT:]))
    follows = set().union(*map(_terms, coming))
    return said.isdisjoint(_terms(coming[0])) and len(said & follows) < NEW_TOPIC * len(follows)


def _terms(line: str) -> set[str]:
    return {word[:_STEM].lower() for word in _TERM.findall(line) if not _COMMON.fullmatch(word)}
