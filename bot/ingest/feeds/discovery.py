"""What fetched bytes are, the feeds behind a page, and the feeds of a list that other readers export."""

from __future__ import annotations

import asyncio
import csv
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from urllib.parse import parse_qs, urljoin, urlsplit

from lxml import etree, html

from bot.chat.text import sanitise
from bot.domain.feed import Feed, FeedPreview, Login
from bot.due_times import Clock
from bot.errors import FeedError, FeedHealth
from bot.ingest.feeds.document import FeedDocument
from bot.ingest.feeds.fetch import Fetch, FetchRequest, FetchResponse
from bot.ingest.feeds.parser import read_feed
from bot.ingest.feeds.urls import absolute_url
from bot.ingest.feeds.xml_feed import Element, attribute, iter_elements, parse_xml, qualified_name
from bot.ingest.formats.parsed import ParseError, decode_text
from bot.ingest.sandbox import RunSandboxed

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
    """An address that may be a feed, and what the page calls it; `is_guess` if the page doesn't name it at all."""

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


MAX_CANDIDATES = 6
"""How many addresses are tried for one site: those it names, then those where sites have their feed."""

MAX_CONCURRENT = 8
"""How many lines of a list are looked at side by side."""

_CHARSET_PARAMETER = "charset="


async def discover_feeds(
    url: str,
    fetch: Fetch,
    run: RunSandboxed,
    clock: Clock,
    login: Login | None = None,
    report: Callable[[int, int], None] | None = None,
) -> list[FeedPreview]:
    """Return the feed behind an address, or one result for each line of a list; each that is none says why.

    Raises FeedError where the address itself gives nothing, with health LOCKED where it wants a login.
    """
    fetched = await fetch(FetchRequest(url, login=login))
    kind = sniff_document(fetched.body)
    if kind is DocumentKind.OPML:
        return await _probe_opml(fetched, fetch, run, clock, report)
    if kind is DocumentKind.FEED:
        return [_summarise_feed(fetched.moved_to or url, await _parse_feed(fetched, run, clock))]
    candidates = await run(find_feeds, fetched.body, fetched.url) if kind is DocumentKind.PAGE else ()
    return [await _first_working_feed(candidates, fetch, run, clock)]


async def _first_working_feed(
    candidates: Sequence[FeedCandidate], fetch: Fetch, run: RunSandboxed, clock: Clock
) -> FeedPreview:
    for candidate in candidates[:MAX_CANDIDATES]:
        try:
            return await _probe_feed(candidate.url, fetch, run, clock)
        except FeedError as error:
            if error.health is FeedHealth.LOGIN_REQUIRED and not candidate.is_guess:
                raise
    message = "no feed was found there"
    raise FeedError(message, FeedHealth.EMPTY)


async def _probe_feed(url: str, fetch: Fetch, run: RunSandboxed, clock: Clock) -> FeedPreview:
    fetched = await fetch(FetchRequest(url))
    if sniff_document(fetched.body) is not DocumentKind.FEED:
        message = "it is no feed"
        raise FeedError(message, FeedHealth.UNREADABLE)
    return _summarise_feed(fetched.moved_to or url, await _parse_feed(fetched, run, clock))


async def _probe_opml(
    fetched: FetchResponse, fetch: Fetch, run: RunSandboxed, clock: Clock, report: Callable[[int, int], None] | None
) -> list[FeedPreview]:
    lines = await run(read_opml, fetched.body)
    slots, done = asyncio.Semaphore(MAX_CONCURRENT), 0

    async def one(url: str, title: str, reason: str) -> FeedPreview:
        nonlocal done
        async with slots:
            offer = (
                FeedPreview(url, title, reason=reason) if reason else await _probe_entry(url, title, fetch, run, clock)
            )
        done += 1
        if report:
            report(done, len(lines))
        return offer

    return await asyncio.gather(*(one(line.url, line.title, line.reason) for line in lines))


async def _probe_entry(url: str, title: str, fetch: Fetch, run: RunSandboxed, clock: Clock) -> FeedPreview:
    try:
        return await _probe_feed(url, fetch, run, clock)
    except FeedError as error:
        # One that is only out of reach just now is kept, and asked again; the list's owner did read it.
        return FeedPreview(url, title, reason=str(error), is_retryable=error.health in _TRANSIENT)


_TRANSIENT = frozenset({FeedHealth.BUSY, FeedHealth.SERVER_ERROR, FeedHealth.TIMED_OUT, FeedHealth.UNREACHABLE})


async def _parse_feed(response: FetchResponse, run: RunSandboxed, clock: Clock) -> FeedDocument:
    return await run(read_feed, response.body, response.url, clock.now(), response_charset(response))


def response_charset(response: FetchResponse) -> str:
    """Return the encoding that the server named, if any."""
    _, _, named = response.headers.get("content-type", "").lower().partition(_CHARSET_PARAMETER)
    return named.split(";")[0].strip(" \"'")


def _summarise_feed(url: str, document: FeedDocument) -> FeedPreview:
    spoken = Counter((item.language or document.language)[:2].lower() for item in document.items)
    days = [item.published for item in document.items if item.published]
    return FeedPreview(
        url=document.moved_to or url,
        title=document.title,
        items=len(document.items),
        transcripts=sum(bool(item.transcripts) for item in document.items),
        recordings=sum(bool(item.enclosures) for item in document.items),
        languages=tuple(tongue for tongue, _ in spoken.most_common() if tongue),
        newest=max(days, default=None),
    )


def write_opml(feeds: Sequence[Feed]) -> str:
    """Return a list of feeds with their titles, without logins."""
    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = "Sources of Overheard"
    body = etree.SubElement(root, "body")
    for feed in feeds:
        title = sanitise(feed.title) or feed.url
        etree.SubElement(body, "outline", type="rss", text=title, title=title, xmlUrl=feed.url)
    written: bytes = etree.tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=True)
    return written.decode("utf-8")


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """A feed of the catalogue: what it is called, of what kind, about what, and where it is."""

    name: str
    kind: str
    topics: tuple[str, ...]
    language: str
    description: str
    feed_url: str


def load_catalogue(topic: str = "") -> tuple[CatalogueEntry, ...]:
    """Return the feeds of a topic, or all of them."""
    page = (files("bot") / "ingest" / "feeds" / "catalogue.tsv").read_text("utf-8")
    rows = csv.DictReader(page.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    offers = (_to_entry(row) for row in rows)
    return tuple(offer for offer in offers if not topic or topic.casefold() in offer.topics)


def _to_entry(row: dict[str, str]) -> CatalogueEntry:
    topics = tuple(row["topics"].split())
    return CatalogueEntry(row["name"], row["kind"], topics, row["language"], row["description"], row["feed"])
