"""Show notes: who is named in them as heard, the chapters they list, and their own words."""

from __future__ import annotations

import html
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.domain import Chapter, Person, Role, Turn
from bot.ingest.feeds.document import FeedItem
from bot.ingest.formats.article import transcript_links
from bot.ingest.formats.html_text import html_to_lines
from bot.ingest.formats.labels import MAX_SECONDS, TIMESTAMP_PATTERN, parse_timestamp
from bot.ingest.formats.podcast_json import load_json

_NAME_PARTICLE = r"(?:(?:van|von|de|der|den|del|della|di|da|la|le|bin|al|el) )?"
_NAME = rf"[A-Z][\w’'.-]{{1,30}}+(?: {_NAME_PARTICLE}(?:[A-Z][\w’'-]{{1,30}}+|[A-Z]\.)){{1,3}}"
_NAMES = rf"(?P<names>{_NAME}(?:(?:, | and | & |, and ){_NAME}){{0,4}})"
_CREDITS = (
    (re.compile(rf"\b(?i:hosts?|hosted by|co-?hosts?|moderators?|presented by)(?:\s*:\s*|\s+){_NAMES}"), Role.HOST),
    (re.compile(rf"\b(?i:(?:special )?guests?)(?:\s*:\s*|\s+(?i:is|are)?\s*){_NAMES}"), Role.GUEST),
    (re.compile(rf"\b(?i:joined by|interview with|conversation with|featuring|feat\.?|ft\.?)\s+{_NAMES}"), Role.GUEST),
)
_TITLE_GUEST = re.compile(rf"(?:\b(?i:with|w/|ft\.?|feat\.?|featuring)\s+|[|–—-]\s){_NAMES}\s*(?:$|[|(\[–—-])")
_NAME_SEPARATOR = re.compile(r", and | and | & |, ")
_CHAPTER_LINE = re.compile(rf"[\[(]?(?P<t>{TIMESTAMP_PATTERN})[\])]?\s*[-–—:|]?\s*(?P<title>\S.{{0,120}})")
_ADVERT = re.compile(
    r"\b(?:sponsor(?:s|ed|ship)?|ads?|advert(?:s|isements?)?|ad break|promo(?:tion)?|commercial|our partners?)\b",
    re.IGNORECASE,
)
_MIN_CHAPTERS = 2


@dataclass(frozen=True, slots=True)
class ShowNotes:
    """What the notes of an item hold: whom they name, the chapters they list, transcripts they link to, their words."""

    people: tuple[Person, ...] = ()
    chapters: tuple[Chapter, ...] = ()
    transcript_urls: tuple[str, ...] = ()
    turns: tuple[Turn, ...] = ()


def read_show_notes(item: FeedItem) -> ShowNotes:
    """Read the notes of an item, and its title for who is named there."""
    written = item.content or html.escape(item.summary, quote=False)
    links = tuple(transcript_links(item.content, item.url)) if "<a" in item.content else ()
    return ShowNotes(find_people(item.title, written), find_chapters(written), links, notes_to_turns(written))


def find_people(title: str, notes: str) -> tuple[Person, ...]:
    """Return whom the title ("… with Ben Odd") and the notes ("Host: Mara Quist") name as heard."""
    found: dict[str, Person] = {}
    for line in html_to_lines(notes):
        for pattern, role in _CREDITS:
            for said in pattern.finditer(line[:2_000]):
                for name in _NAME_SEPARATOR.split(said["names"]):
                    found.setdefault(name.casefold(), Person(name.strip(" ."), role))
    if titled := _TITLE_GUEST.search(title):
        for name in _NAME_SEPARATOR.split(titled["names"]):
            found.setdefault(name.casefold(), Person(name.strip(" ."), Role.GUEST))
    return tuple(found.values())


def find_chapters(notes: str) -> tuple[Chapter, ...]:
    """Return the chapters that the notes list with their times; nothing where the times do not rise."""
    stamped = (found for line in html_to_lines(notes) if (found := _CHAPTER_LINE.fullmatch(line)))
    listed = [Chapter(t, found["title"].strip()) for found in stamped if (t := parse_timestamp(found["t"])) is not None]
    rising = all(one.t < other.t for one, other in itertools.pairwise(listed))
    return tuple(listed) if rising and len(listed) >= _MIN_CHAPTERS else ()


def read_chapters(content: bytes, _url: str = "", _type: str = "", _charset: str = "") -> tuple[Chapter, ...]:
    """Read a Podcasting 2.0 file of chapters; raises Unreadable for what is none. Hidden ones are left out."""
    fields = load_json(content.decode("utf-8-sig", "replace"))
    listed = fields.get("chapters") if isinstance(fields, dict) else None
    found = [chapter for one in listed if (chapter := _parse_chapter(one))] if isinstance(listed, list) else []
    return tuple(sorted(found, key=lambda chapter: chapter.t))


def drop_advert_turns(turns: tuple[Turn, ...], chapters: tuple[Chapter, ...]) -> tuple[Turn, ...]:
    """Leave out the turns that begin in a chapter which is called an advertisement."""
    ends = [*(chapter.t for chapter in chapters[1:]), float("inf")]
    spans = [(one.t, end) for one, end in zip(chapters, ends, strict=False) if _ADVERT.search(one.title)]
    kept = [turn for turn in turns if turn.t is None or not any(start <= turn.t < end for start, end in spans)]
    return tuple(kept)


def notes_to_turns(notes: str) -> tuple[Turn, ...]:
    """Return the words of the notes, a turn for each paragraph; nobody says them, and what is only a time is none."""
    return tuple(_iter_turns(notes))


def _iter_turns(notes: str) -> Iterator[Turn]:
    for line in html_to_lines(notes):
        if not _CHAPTER_LINE.fullmatch(line):
            yield Turn(line)


def _parse_chapter(fields: object) -> Chapter | None:
    if not isinstance(fields, dict) or fields.get("toc") is False:
        return None
    t, title = fields.get("startTime"), fields.get("title")
    if isinstance(t, bool) or not isinstance(t, int | float) or not isinstance(title, str) or not title.strip():
        return None
    return Chapter(float(t), " ".join(title.split())) if 0 <= t <= MAX_SECONDS else None
