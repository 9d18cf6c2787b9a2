"""Social posts pasted one after another into one file: where one ends and the next begins."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence

from bot.ingest.draft import Draft
from bot.model import Turn
from bot.text import shorten

SHOW = "Pasted posts"
TITLE_LIMIT = 80

_OPENER = re.compile(r"(?:BREAKING|JUST IN|NEWS?|EXCLUSIVE|UPDATE|ALERT|SCOOP|THREAD|DEVELOPING)\b\s*[:|\-–—🚨]|🚨|🧵")
_RULE = re.compile(r"\s*(?:[-*_=~]\s*){3,}")
_NAMED = re.compile(r"post|tweet|thread|feed", re.IGNORECASE)
_CAPITALS = 12


def pasted(text: str, name: str) -> bool:
    """Tell whether a text is several posts rather than one piece: by its name, or by headlines in it."""
    lines = _lines(text)
    return bool(lines) and (bool(_NAMED.search(name)) or sum(map(opens, lines)) > 1)


def divide(text: str) -> Iterator[Draft]:
    """Return each post as a conversation of its own, a paragraph a turn; nobody is named as its speaker."""
    seen: set[str] = set()
    for post in _posts(text):
        key = hashlib.sha256(post[0].encode()).hexdigest()[:8]
        if key in seen:
            key = hashlib.sha256("\n".join(post).encode()).hexdigest()[:8]
        seen.add(key)
        yield Draft(tuple(map(Turn, post)), title=shorten(post[0], TITLE_LIMIT), show=SHOW, key=key)


def opens(line: str) -> bool:
    """Tell whether a line is a headline: announced as one, or shouted."""
    letters = [letter for letter in line if letter.isalpha()]
    shouted = len(letters) > _CAPITALS and sum(map(str.isupper, letters)) > 0.9 * len(letters)
    return bool(_OPENER.match(line)) or shouted


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


def _posts(text: str) -> Iterator[Sequence[str]]:
    post: list[str] = []
    for line in _lines(text):
        rule = _RULE.fullmatch(line)
        if post and (rule or opens(line)):
            yield post
            post = []
        if not rule:
            post.append(line)
    if post:
        yield post
