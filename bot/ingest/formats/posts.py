"""Social posts pasted one after another into one file: where one ends and the next begins."""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Iterator, Sequence

from bot.chat.text import shorten
from bot.domain import PASTED, Turn
from bot.ingest.formats.draft import ParsedConversation

MAX_TITLE_CHARS = 80

LOOKAHEAD_PARAGRAPHS = 4
"""Paragraphs from which the topic of what follows is told."""

CONTEXT_PARAGRAPHS = 8
"""Paragraphs of a post that tell what it is about by now."""

NEW_TOPIC_OVERLAP = 1 / 15
"""The share of their words that paragraphs may have in common with a post and yet not belong to it."""

_MIN_POST_PARAGRAPHS = 2
_MIN_SHOUTED_LETTERS = 12
_MIN_UPPERCASE_SHARE = 0.9
_NEWS_MARKER = re.compile(
    r"(?:BREAKING|JUST IN|NEWS?|EXCLUSIVE|UPDATE|ALERT|SCOOP|THREAD|DEVELOPING)\b\s*[:|–—-]|🚨|🧵"
)
_RULE = re.compile(r"(?:[-*_=~]\s*){3,}")
_BLANK_LINE = re.compile(r"\n[ \t]*\n\s*")
_TWO_BLANK_LINES = re.compile(r"\n[ \t]*\n[ \t]*\n\s*")
_POSTS_FILE_NAME = re.compile(r"post|tweet|thread|feed", re.IGNORECASE)
_LIST_ITEM = re.compile(r"[^\w\"“'‘$#@]|\d+[.)]\s|.{1,40}?\s?:\s|part \d", re.IGNORECASE)
_TERM = re.compile(r"[^\W\d_][\w’']{3,}|\b[A-Z]\w{2,}")
_STOP_WORDS = re.compile(
    r"this|that|with|from|the[ymn]?|their|have|will|just|what|when|than|were|been|into|about|only|every|your|some|more|"
    r"most|over|also|which|while|would|could|does|like|here|there|these|those|being|because|years?|months?|today|still|"
    r"exactly|same",
    re.IGNORECASE,
)
_PREFIX_CHARS = 6


def has_multiple_posts(text: str, name: str) -> bool:
    """Tell whether a text is several posts rather than one piece: by its name, or by headlines in it."""
    lines = _lines(text)
    return bool(lines) and (bool(_POSTS_FILE_NAME.search(name)) or sum(map(_is_headline, lines)) > 1)


def split_posts(text: str) -> Iterator[ParsedConversation]:
    """Return each post as a conversation of its own, a paragraph a turn; nobody is named as its speaker.

    Rules or blank lines between posts are believed; without them headlines, hands and topics tell posts apart.
    """
    keys: set[str] = set()
    for post in _iter_posts(_lines(_insert_rules(text))):
        key = _digest(post[0]) if _digest(post[0]) not in keys else _digest("\n".join(post))
        keys.add(key)
        yield ParsedConversation(
            tuple(map(Turn, post)), title=shorten(post[0], MAX_TITLE_CHARS), show=PASTED, id_suffix=key
        )


def _digest(words: str) -> str:
    return hashlib.sha256(words.encode()).hexdigest()[:8]


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


def _insert_rules(text: str) -> str:
    """Draw a rule where blank lines part posts: those between blocks of several lines, else the wider ones."""
    blocks = _BLANK_LINE.split(text.strip())
    if sum("\n" in block for block in blocks) * 2 > len(blocks):
        return "\n---\n".join(blocks)
    return "\n---\n".join(_TWO_BLANK_LINES.split(text.strip()))


def _iter_posts(lines: Sequence[str]) -> Iterator[Sequence[str]]:
    rules = [at for at, line in enumerate(lines) if _RULE.fullmatch(line)]
    if rules:
        ends = itertools.pairwise([-1, *rules, len(lines)])
        yield from filter(None, (lines[before + 1 : end] for before, end in ends))
        return
    post: list[str] = []
    for at, line in enumerate(lines):
        if post and (
            _is_headline(line)
            or _is_other_author(line, post)
            or _is_new_topic(lines[at : at + LOOKAHEAD_PARAGRAPHS], post)
        ):
            yield post
            post = []
        post.append(line)
    if post:
        yield post


def _is_headline(line: str) -> bool:
    """Tell whether a line is announced as news, or shouted."""
    letters = [letter for letter in line if letter.isalpha()]
    shouted = len(letters) > _MIN_SHOUTED_LETTERS and sum(map(str.isupper, letters)) > _MIN_UPPERCASE_SHARE * len(
        letters
    )
    return bool(_NEWS_MARKER.match(line)) or shouted


def _is_other_author(line: str, post: Sequence[str]) -> bool:
    """Tell whether a line begins small after a post that does not: somebody else wrote it."""
    return line[0].islower() and not post[0][0].islower() and post[-1].endswith((".", "!", "?", "…", '"', "”"))


def _is_new_topic(coming: Sequence[str], post: Sequence[str]) -> bool:
    """Tell whether a line shares no word with the post, and the lines after it next to none."""
    if len(post) < _MIN_POST_PARAGRAPHS or coming[0][0].islower() or _LIST_ITEM.match(coming[0]):
        return False
    said = set().union(*map(_terms, post[-CONTEXT_PARAGRAPHS:]))
    follows = set().union(*map(_terms, coming))
    return said.isdisjoint(_terms(coming[0])) and len(said & follows) < NEW_TOPIC_OVERLAP * len(follows)


def _terms(line: str) -> set[str]:
    return {word[:_PREFIX_CHARS].lower() for word in _TERM.findall(line) if not _STOP_WORDS.fullmatch(word)}
