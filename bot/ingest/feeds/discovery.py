"""What fetched bytes are, the feeds behind a page, and the feeds of a list that other readers export."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import parse_qs, urljoin, urlsplit

from lxml import html

from bot.ingest.feeds.urls import link
from bot.ingest.feeds.xml import Element, attribute, elements, name, tree
from bot.ingest.formats.decoding import text_of
from bot.ingest.formats.draft import Unreadable

COMMON = ("feed", "feed.xml", "rss", "rss.xml", "atom.xml", "index.xml", "feed.json", "feeds/posts/default")
"""Where sites have their feed that do not say so."""

DEEPEST = 40
"""Folders inside each other in a list of feeds."""

MOST = 5_000
"""Feeds of one list that are read."""

_FEED_TYPES = re.compile(
    r"application/(?:rss|atom|rdf)\+xml|application/feed\+json|(?:text|application)/xml", re.IGNORECASE
)
_LOOKS = re.compile(r"(?:^|[/._=-])(?:rss|feeds?|atom|podcast\.xml|index\.xml|feed\.json)(?:$|[/._?=-])", re.IGNORECASE)
_HOSTS = re.compile(
    r"(?:^|\.)(?:feeds\.\w[\w.-]+|feed\.podbean\.com|anchor\.fm|rss\.art19\.com|rss\.acast\.com|rss\.com|feedburner\.com)$"
)
_COMMENTS = re.compile(r"comments?", re.IGNORECASE)
_CHANNEL = re.compile(r"\"(?:channelId|externalId|browseId)\"\s*:\s*\"(UC[\w-]{22})\"|/channel/(UC[\w-]{22})")
_QUOTED = re.compile(r"\"feedUrl\"\s*:\s*\"(https?:[^\"\s]{1,2000})\"")
_VIDEOS = "https://www.youtube.com/feeds/videos.xml?"


class Kind(StrEnum):
    """What bytes are."""

    FEED = "feed"
    OPML = "opml"
    PAGE = "page"
    TRANSCRIPT = "transcript"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Candidate:
    """An address that may be a feed, and what the page calls it; `guessed` where the page does not name it at all."""

    url: str
    title: str = ""
    guessed: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    """A line of a list: a feed with its title and folder, or the reason why it is none."""

    line: int
    url: str = ""
    title: str = ""
    folder: str = ""
    page: str = ""
    reason: str = ""


def kind_of(content: bytes) -> Kind:
    """Tell what bytes are by how they begin."""
    try:
        head = text_of(content[:4096]).lstrip("\ufeff \t\r\n")
    except Unreadable:
        return Kind.OTHER
    if head.startswith("{"):
        return (
            Kind.TRANSCRIPT
            if '"segments"' in head
            else Kind.FEED
            if '"items"' in head or "jsonfeed" in head
            else Kind.OTHER
        )
    if head.startswith("WEBVTT") or re.match(r"\d{1,6}\s*\n\s*\d+:\d\d:\d\d[.,]\d+\s*-->", head):
        return Kind.TRANSCRIPT
    first = re.search(r"<(?![?!])(?:[\w-]+:)?([a-zA-Z][\w-]*)", re.sub(r"<!--.*?(?:-->|\Z)", "", head, flags=re.DOTALL))
    root = first[1].lower() if first and head.startswith("<") else ""
    return _ROOTS.get(root, Kind.OTHER)


_ROOTS = {
    **dict.fromkeys(("rss", "feed", "rdf", "channel"), Kind.FEED),
    **dict.fromkeys(("html", "head", "body", "div", "meta", "title"), Kind.PAGE),
    **dict.fromkeys(("cite", "p"), Kind.TRANSCRIPT),
    "opml": Kind.OPML,
}


def find_feeds(content: bytes, url: str, _type: str = "", _charset: str = "") -> tuple[Candidate, ...]:
    """Return the feeds that a page names, the likeliest first, and then addresses where its site may have one."""
    text = text_of(content)
    found = [*_video(url, text), *_declared(text, url), *_quoted(text), *_anchored(text, url)]
    best = {one.url: one for one in reversed(found)}
    named = sorted(best.values(), key=lambda one: (_is_comments(one), found.index(one)))
    guesses = (Candidate(one, guessed=True) for one in _common(url) if one not in best)
    return (*named, *guesses)


def read_list(content: bytes, _url: str = "", _type: str = "", _charset: str = "") -> tuple[Listed, ...]:
    """Read a list of feeds (OPML), one result for each line of it; raises Unreadable for what is no such list.

    A feed that is listed twice counts once; a line without a usable address says so.
    """
    root = tree(content, "")
    if name(root.tag) != "opml":
        message = "is no list of feeds (OPML)"
        raise Unreadable(message)
    seen: set[str] = set()
    listed = []
    for outline in elements(root):
        if name(outline.tag) == "outline" and (one := _line(outline, seen)):
            listed.append(one)
        if len(listed) >= MOST:
            break
    return tuple(listed)


def _line(outline: Element, seen: set[str]) -> Listed | None:
    written = attribute(outline, "xmlurl") or (attribute(outline, "url") if attribute(outline, "type") == "rss" else "")
    title = attribute(outline, "title") or attribute(outline, "text")
    if not written:
        return None if len(outline) else Listed(outline.sourceline or 0, title=title, reason="names no feed")
    found = link(written if "://" in written else f"https://{written}")
    if not found:
        return Listed(outline.sourceline or 0, title=title, reason=f"{written[:80]!r} is no web address")
    if found in seen:
        return Listed(outline.sourceline or 0, found, title, reason="is listed twice")
    seen.add(found)
    return Listed(outline.sourceline or 0, found, title, _folder(outline), link(attribute(outline, "htmlurl")))


def _folder(outline: Element) -> str:
    above = [part for part, _ in zip(outline.iterancestors("outline"), range(DEEPEST), strict=False)]
    return " / ".join(attribute(part, "title") or attribute(part, "text") for part in reversed(above))


def _declared(text: str, base: str) -> Iterator[Candidate]:
    for part in _tags(text, "link"):
        relations = (part.get("rel") or "").lower().split()
        if "alternate" in relations and _FEED_TYPES.match(part.get("type") or ""):
            yield from _candidate(part.get("href"), base, part.get("title") or "")


def _anchored(text: str, base: str) -> Iterator[Candidate]:
    for part in _tags(text, "a"):
        words = " ".join((part.text_content() or "").split())
        for one in _candidate(part.get("href"), base, words):
            parts = urlsplit(one.url)
            hosted = _HOSTS.search(parts.hostname or "")
            if hosted or words.lower() == "rss" or _LOOKS.search(f"{parts.path}?{parts.query}"):
                yield one


def _quoted(text: str) -> Iterator[Candidate]:
    """Yield what a directory's page of a podcast has among its data."""
    for found in _QUOTED.finditer(text):
        yield from _candidate(found[1].replace("\\/", "/").replace("\\u0026", "&"), "", "")


def _video(url: str, text: str) -> Iterator[Candidate]:
    """Yield the feed of a YouTube channel or playlist, whose pages never name it."""
    parts = urlsplit(url)
    if (parts.hostname or "").removeprefix("www.").removeprefix("m.") != "youtube.com":
        return
    if playlist := parse_qs(parts.query).get("list"):
        yield Candidate(f"{_VIDEOS}playlist_id={playlist[0]}")
    if channel := _CHANNEL.search(parts.path) or _CHANNEL.search(text):
        yield Candidate(f"{_VIDEOS}channel_id={channel[1] or channel[2]}")


def _candidate(written: str | None, base: str, title: str) -> Iterator[Candidate]:
    if found := link(written or "", base):
        yield Candidate(found, " ".join(title.split())[:200])


def _tags(text: str, wanted: str) -> Iterator[html.HtmlElement]:
    try:
        root = html.fromstring(text.encode("utf-8", "replace"), parser=html.HTMLParser(encoding="utf-8"))
    except (ValueError, html.etree.ParserError):
        return iter(())
    return iter(root.iter(wanted))


def _common(url: str) -> list[str]:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"}:
        return []
    folders = dict.fromkeys([parts.path if parts.path.endswith("/") else f"{parts.path}/", "/"])
    return [urljoin(f"{parts.scheme}://{parts.netloc}", folder + one) for folder in folders for one in COMMON]


def _is_comments(one: Candidate) -> bool:
    return _COMMENTS.search(one.title) is not None or _COMMENTS.search(urlsplit(one.url).path) is not None
