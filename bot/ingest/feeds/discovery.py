"""What fetched bytes are, the feeds behind a page, and the feeds of a list that other readers export."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import parse_qs, urljoin, urlsplit

from lxml import html

from bot.ingest.feeds.urls import absolute_url
from bot.ingest.feeds.xml import Element, attribute, iter_elements, parse_xml, qualified_name
from bot.ingest.formats.decoding import decode_text
from bot.ingest.formats.draft import ParseError

COMMON_FEED_PATHS = ("feed", "feed.xml", "rss", "rss.xml", "atom.xml", "index.xml", "feed.json", "feeds/posts/default")
"""Where sites have their feed that do not say so."""

MAX_FOLDER_DEPTH = 40
"""Folders inside each other in a list of feeds."""

MAX_OPML_FEEDS = 5_000
"""Feeds of one list that are read."""

_FEED_TYPES = re.compile(
    r"application/(?:rss|atom|rdf)\+xml|application/feed\+json|(?:text|application)/xml", re.IGNORECASE
)
_FEED_LIKE_URL = re.compile(
    r"(?:^|[/._=-])(?:rss|feeds?|atom|podcast\.xml|index\.xml|feed\.json)(?:$|[/._?=-])", re.IGNORECASE
)
_FEED_HOSTS = re.compile(
    r"(?:^|\.)(?:feeds\.\w[\w.-]+|feed\.podbean\.com|anchor\.fm|rss\.art19\.com|rss\.acast\.com|rss\.com|feedburner\.com)$"
)
_COMMENTS = re.compile(r"comments?", re.IGNORECASE)
_YOUTUBE_CHANNEL = re.compile(r"\"(?:channelId|externalId|browseId)\"\s*:\s*\"(UC[\w-]{22})\"|/channel/(UC[\w-]{22})")
_EMBEDDED_FEED_URL = re.compile(r"\"feedUrl\"\s*:\s*\"(https?:[^\"\s]{1,2000})\"")
_YOUTUBE_FEED_URL = "https://www.youtube.com/feeds/videos.xml?"


class DocumentKind(StrEnum):
    """What bytes are."""

    FEED = "feed"
    OPML = "opml"
    PAGE = "page"
    TRANSCRIPT = "transcript"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class FeedCandidate:
    """An address that may be a feed, and what the page calls it; `guessed` where the page does not name it at all."""

    url: str
    title: str = ""
    is_guess: bool = False


@dataclass(frozen=True, slots=True)
class OPMLEntry:
    """A line of a list: a feed with its title and folder, or the reason why it is none."""

    line: int
    url: str = ""
    title: str = ""
    folder: str = ""
    page_url: str = ""
    reason: str = ""


def sniff_document(content: bytes) -> DocumentKind:
    """Tell what bytes are by how they begin."""
    try:
        head = decode_text(content[:4096]).lstrip("\ufeff \t\r\n")
    except ParseError:
        return DocumentKind.OTHER
    if head.startswith("{"):
        return (
            DocumentKind.TRANSCRIPT
            if '"segments"' in head
            else DocumentKind.FEED
            if '"items"' in head or "jsonfeed" in head
            else DocumentKind.OTHER
        )
    if head.startswith("WEBVTT") or re.match(r"\d{1,6}\s*\n\s*\d+:\d\d:\d\d[.,]\d+\s*-->", head):
        return DocumentKind.TRANSCRIPT
    first = re.search(r"<(?![?!])(?:[\w-]+:)?([a-zA-Z][\w-]*)", re.sub(r"<!--.*?(?:-->|\Z)", "", head, flags=re.DOTALL))
    root = first[1].lower() if first and head.startswith("<") else ""
    return _ROOTS.get(root, DocumentKind.OTHER)


_ROOTS = {
    **dict.fromkeys(("rss", "feed", "rdf", "channel"), DocumentKind.FEED),
    **dict.fromkeys(("html", "head", "body", "div", "meta", "title"), DocumentKind.PAGE),
    **dict.fromkeys(("cite", "p"), DocumentKind.TRANSCRIPT),
    "opml": DocumentKind.OPML,
}


def find_feeds(content: bytes, url: str, _type: str = "", _charset: str = "") -> tuple[FeedCandidate, ...]:
    """Return the feeds that a page names, the likeliest first, and then addresses where its site may have one."""
    text = decode_text(content)
    found = [
        *_youtube_feeds(url, text),
        *_feeds_in_link_tags(text, url),
        *_feeds_in_json(text),
        *_feeds_in_anchors(text, url),
    ]
    best = {one.url: one for one in reversed(found)}
    named = sorted(best.values(), key=lambda one: (_is_comment_feed(one), found.index(one)))
    guesses = (FeedCandidate(one, is_guess=True) for one in _common_urls(url) if one not in best)
    return (*named, *guesses)


def read_opml(content: bytes, _url: str = "", _type: str = "", _charset: str = "") -> tuple[OPMLEntry, ...]:
    """Read a list of feeds (OPML), one result for each line of it; raises Unreadable for what is no such list.

    A feed that is listed twice counts once; a line without a usable address says so.
    """
    root = parse_xml(content, "")
    if qualified_name(root.tag) != "opml":
        message = "is no list of feeds (OPML)"
        raise ParseError(message)
    seen: set[str] = set()
    listed = []
    for outline in iter_elements(root):
        if qualified_name(outline.tag) == "outline" and (one := _parse_outline(outline, seen)):
            listed.append(one)
        if len(listed) >= MAX_OPML_FEEDS:
            break
    return tuple(listed)


def _parse_outline(outline: Element, seen: set[str]) -> OPMLEntry | None:
    written = attribute(outline, "xmlurl") or (attribute(outline, "url") if attribute(outline, "type") == "rss" else "")
    title = attribute(outline, "title") or attribute(outline, "text")
    if not written:
        return None if len(outline) else OPMLEntry(outline.sourceline or 0, title=title, reason="names no feed")
    found = absolute_url(written if "://" in written else f"https://{written}")
    if not found:
        return OPMLEntry(outline.sourceline or 0, title=title, reason=f"{written[:80]!r} is no web address")
    if found in seen:
        return OPMLEntry(outline.sourceline or 0, found, title, reason="is listed twice")
    seen.add(found)
    return OPMLEntry(
        outline.sourceline or 0, found, title, _folder_path(outline), absolute_url(attribute(outline, "htmlurl"))
    )


def _folder_path(outline: Element) -> str:
    above = [part for part, _ in zip(outline.iterancestors("outline"), range(MAX_FOLDER_DEPTH), strict=False)]
    return " / ".join(attribute(part, "title") or attribute(part, "text") for part in reversed(above))


def _feeds_in_link_tags(text: str, base: str) -> Iterator[FeedCandidate]:
    for part in _iter_tags(text, "link"):
        relations = (part.get("rel") or "").lower().split()
        if "alternate" in relations and _FEED_TYPES.match(part.get("type") or ""):
            yield from _candidate(part.get("href"), base, part.get("title") or "")


def _feeds_in_anchors(text: str, base: str) -> Iterator[FeedCandidate]:
    for part in _iter_tags(text, "a"):
        words = " ".join((part.text_content() or "").split())
        for one in _candidate(part.get("href"), base, words):
            parts = urlsplit(one.url)
            hosted = _FEED_HOSTS.search(parts.hostname or "")
            if hosted or words.lower() == "rss" or _FEED_LIKE_URL.search(f"{parts.path}?{parts.query}"):
                yield one


def _feeds_in_json(text: str) -> Iterator[FeedCandidate]:
    """Yield what a directory's page of a podcast has among its data."""
    for found in _EMBEDDED_FEED_URL.finditer(text):
        yield from _candidate(found[1].replace("\\/", "/").replace("\\u0026", "&"), "", "")


def _youtube_feeds(url: str, text: str) -> Iterator[FeedCandidate]:
    """Yield the feed of a YouTube channel or playlist, whose pages never name it."""
    parts = urlsplit(url)
    if (parts.hostname or "").removeprefix("www.").removeprefix("m.") != "youtube.com":
        return
    if playlist := parse_qs(parts.query).get("list"):
        yield FeedCandidate(f"{_YOUTUBE_FEED_URL}playlist_id={playlist[0]}")
    if channel := _YOUTUBE_CHANNEL.search(parts.path) or _YOUTUBE_CHANNEL.search(text):
        yield FeedCandidate(f"{_YOUTUBE_FEED_URL}channel_id={channel[1] or channel[2]}")


def _candidate(written: str | None, base: str, title: str) -> Iterator[FeedCandidate]:
    if found := absolute_url(written or "", base):
        yield FeedCandidate(found, " ".join(title.split())[:200])


def _iter_tags(text: str, tag: str) -> Iterator[html.HtmlElement]:
    try:
        root = html.fromstring(text.encode("utf-8", "replace"), parser=html.HTMLParser(encoding="utf-8"))
    except (ValueError, html.etree.ParserError):
        return iter(())
    return iter(root.iter(tag))


def _common_urls(url: str) -> list[str]:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"}:
        return []
    folders = dict.fromkeys([parts.path if parts.path.endswith("/") else f"{parts.path}/", "/"])
    return [
        urljoin(f"{parts.scheme}://{parts.netloc}", folder + one) for folder in folders for one in COMMON_FEED_PATHS
    ]


def _is_comment_feed(candidate: FeedCandidate) -> bool:
    return _COMMENTS.search(candidate.title) is not None or _COMMENTS.search(urlsplit(candidate.url).path) is not None
