"""Finds feeds: behind a page, in a list that another reader exported, and in our own catalogue."""

from __future__ import annotations

import asyncio
import csv
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from urllib.parse import parse_qs, urljoin, urlsplit

from lxml import etree

from bot.chat.request import Progress, ProgressCallback
from bot.chat.text import sanitise
from bot.domain.feed import Feed, FeedPreview, Login
from bot.due_times import Clock
from bot.errors import FeedError, FeedHealth
from bot.ingest.feeds.document import FeedDocument
from bot.ingest.feeds.fetch import TRANSIENT, Fetch, FetchRequest, FetchResponse
from bot.ingest.feeds.parser import read_feed
from bot.ingest.feeds.urls import absolute_url, parse_web_url
from bot.ingest.feeds.xml_feed import Element, attribute, iter_elements, parse_xml, qualified_name
from bot.ingest.formats import SUBRIP, WEBVTT, sniff_format
from bot.ingest.formats.html_pages import iter_tags
from bot.ingest.formats.parsed import ParseError, decode_text
from bot.ingest.sandbox import RunSandboxed

COMMON_FEED_PATHS = ("feed", "feed.xml", "rss", "rss.xml", "atom.xml", "index.xml", "feed.json", "feeds/posts/default")
"""Where sites usually have a feed that their pages do not name."""

MAX_OPML_FEEDS = 50_000
"""How many lines of one list are read: several times what the longest list holds that we know of."""

_MAX_TITLE_CHARS = 200
"""What is kept of a title that somebody else wrote."""

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
    """What a fetched document is."""

    FEED = "feed"
    OPML = "opml"
    PAGE = "page"
    TRANSCRIPT = "transcript"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class FeedCandidate:
    """An address that may be a feed, and what the page calls it; `is_guess` if the page does not name it."""

    url: str
    title: str = ""
    is_guess: bool = False


@dataclass(frozen=True, slots=True)
class OPMLEntry:
    """An entry of a list: a feed with its title, or the reason why it isn't one."""

    url: str = ""
    title: str = ""
    reason: str = ""


def sniff_document(content: bytes) -> DocumentKind:
    """Return what a document is by how it begins."""
    try:
        head = decode_text(content[:4096]).lstrip("\ufeff \t\r\n")
    except ParseError:
        return DocumentKind.OTHER
    if head.startswith("{"):
        is_feed = '"items"' in head or "jsonfeed" in head
        is_transcript = '"segments"' in head
        return DocumentKind.TRANSCRIPT if is_transcript else DocumentKind.FEED if is_feed else DocumentKind.OTHER
    if sniff_format(head) in {WEBVTT, SUBRIP}:
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


def find_feeds(content: bytes, url: str) -> tuple[FeedCandidate, ...]:
    """Return the feeds that a page names, the likeliest first, and then addresses where its site may have one."""
    text = decode_text(content)
    found = [
        *_youtube_feeds(url, text),
        *_feeds_in_link_tags(text, url),
        *_feeds_in_json(text),
        *_feeds_in_anchors(text, url),
    ]
    best = {candidate.url: candidate for candidate in reversed(found)}
    named = sorted(best.values(), key=lambda candidate: (_is_comment_feed(candidate), found.index(candidate)))
    guesses = (FeedCandidate(guess, is_guess=True) for guess in _common_urls(url) if guess not in best)
    return (*named, *guesses)


def read_opml(content: bytes) -> tuple[OPMLEntry, ...]:
    """Read a list of feeds (OPML), one result for each entry; raises ParseError if it isn't one, or names none.

    A feed that is listed twice counts once; an entry without a usable address says so, and so does the first one
    that is over the limit.
    """
    root = parse_xml(content, "")
    if qualified_name(root.tag) != "opml":
        message = "is not a list of feeds (OPML)"
        raise ParseError(message)
    seen: set[str] = set()
    outlines = (element for element in iter_elements(root) if qualified_name(element.tag) == "outline")
    entries = _limit_entries(entry for outline in outlines if (entry := _parse_outline(outline, seen)))
    if not entries:
        message = "names no feeds"
        raise ParseError(message)
    return entries


MAX_LINK_WORDS = 12
"""Words beside a link in a list; in a line of more, somebody says something."""


def is_list(content: bytes) -> bool:
    """Return whether a file is nothing but a list: OPML, or a link with at most a name beside it in every line.

    One link with words beside it is a sentence.
    """
    if sniff_document(content) is not DocumentKind.OTHER:
        return sniff_document(content) is DocumentKind.OPML
    try:
        lines = _list_lines(content)
    except ParseError:
        return False
    is_several = len(lines) > 1 or not re.search(r"\w", _LINK.sub("", "".join(lines)))
    return bool(lines) and is_several and all(_is_link_line(line) for line in lines)


def _list_lines(content: bytes) -> list[str]:
    """Return the lines of a list of links, without blank ones and remarks."""
    lines = (line.strip() for line in decode_text(content).splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def _is_link_line(line: str) -> bool:
    beside, links = _LINK.subn("", line)
    return bool(links) and len(beside.split()) <= MAX_LINK_WORDS and not line.startswith(("{", "["))


def read_links(content: bytes) -> tuple[OPMLEntry, ...]:
    """Read a list of addresses, one a line, with or without a name beside each; raises ParseError if there is none."""
    found = map(_LINK.search, _list_lines(content))
    links = dict.fromkeys(url for match in found if match and (url := absolute_url(match[0])))
    if not links:
        message = "holds no web addresses"
        raise ParseError(message)
    return _limit_entries(map(_to_entry, links))


_LINK = re.compile(r"https?://[^\s<>\"')\]|]{1,2000}")


def _limit_entries(entries: Iterable[OPMLEntry]) -> tuple[OPMLEntry, ...]:
    taken = list(entries)
    left = len(taken) - MAX_OPML_FEEDS
    over = (
        [OPMLEntry(reason=f"{left:,} more are listed; at most {MAX_OPML_FEEDS:,} lines are read")] if left > 0 else []
    )
    return (*taken[:MAX_OPML_FEEDS], *over)


def _parse_outline(outline: Element, seen: set[str]) -> OPMLEntry | None:
    text = attribute(outline, "xmlurl") or (attribute(outline, "url") if attribute(outline, "type") == "rss" else "")
    title = _clip_title(attribute(outline, "title") or attribute(outline, "text"))
    if not text:
        return None if len(outline) else OPMLEntry(title=title, reason="names no feed")
    url = absolute_url(text if "://" in text else f"https://{text}")
    if not url:
        return OPMLEntry(title=title, reason=f"{text[:80]!r} is not a web address")
    if url in seen:
        return OPMLEntry(url, title, reason="is listed twice")
    seen.add(url)
    return _to_entry(url, title)


def _to_entry(url: str, title: str = "") -> OPMLEntry:
    """Return an entry, or why its address can't be one; a password in it is repeated nowhere."""
    try:
        parse_web_url(url)
    except FeedError as error:
        return OPMLEntry(title=title or urlsplit(url).hostname or "", reason=str(error))
    return OPMLEntry(url, title)


def _clip_title(title: str) -> str:
    return " ".join(title.split())[:_MAX_TITLE_CHARS]


def _feeds_in_link_tags(text: str, base: str) -> Iterator[FeedCandidate]:
    for link in iter_tags(text, "link"):
        relations = (link.get("rel") or "").lower().split()
        if "alternate" in relations and _FEED_TYPES.match(link.get("type") or ""):
            yield from _candidate(link.get("href"), base, link.get("title") or "")


def _feeds_in_anchors(text: str, base: str) -> Iterator[FeedCandidate]:
    for anchor in iter_tags(text, "a"):
        words = " ".join((anchor.text_content() or "").split())
        for candidate in _candidate(anchor.get("href"), base, words):
            parts = urlsplit(candidate.url)
            is_hosted = _FEED_HOSTS.search(parts.hostname or "")
            if is_hosted or words.lower() == "rss" or _FEED_LIKE_URL.search(f"{parts.path}?{parts.query}"):
                yield candidate


def _feeds_in_json(text: str) -> Iterator[FeedCandidate]:
    """Yield the feed in the data of a podcast directory's page."""
    for match in _EMBEDDED_FEED_URL.finditer(text):
        yield from _candidate(match[1].replace("\\/", "/").replace("\\u0026", "&"), "", "")


def _youtube_feeds(url: str, text: str) -> Iterator[FeedCandidate]:
    """Yield the feed of a YouTube channel or playlist, whose pages never name it."""
    parts = urlsplit(url)
    if (parts.hostname or "").removeprefix("www.").removeprefix("m.") != "youtube.com":
        return
    if playlist := parse_qs(parts.query).get("list"):
        yield FeedCandidate(f"{_YOUTUBE_FEED_URL}playlist_id={playlist[0]}")
    if channel := _YOUTUBE_CHANNEL.search(parts.path) or _YOUTUBE_CHANNEL.search(text):
        yield FeedCandidate(f"{_YOUTUBE_FEED_URL}channel_id={channel[1] or channel[2]}")


def _candidate(href: str | None, base: str, title: str) -> Iterator[FeedCandidate]:
    if url := absolute_url(href or "", base):
        yield FeedCandidate(url, _clip_title(title))


def _common_urls(url: str) -> list[str]:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"}:
        return []
    folders = dict.fromkeys([parts.path if parts.path.endswith("/") else f"{parts.path}/", "/"])
    root = f"{parts.scheme}://{parts.netloc}"
    return [urljoin(root, folder + path) for folder in folders for path in COMMON_FEED_PATHS]


def _is_comment_feed(candidate: FeedCandidate) -> bool:
    return _COMMENTS.search(candidate.title) is not None or _COMMENTS.search(urlsplit(candidate.url).path) is not None


MAX_CANDIDATES = 6
"""How many addresses are tried for one site: those it names, then the usual ones."""

MAX_LOOKED_AT = 50
"""How many lines of a list are looked at while somebody waits: a minute, if one host has them all."""

MAX_CONCURRENT = 8
"""How many entries of a list are looked at side by side."""


@dataclass(frozen=True, slots=True)
class FeedDiscovery:
    """Finds the feeds behind an address."""

    fetch: Fetch
    run: RunSandboxed
    clock: Clock

    async def discover_list(self, content: bytes, report: ProgressCallback) -> list[FeedPreview]:
        """Return a result for each entry of a list that somebody sent: OPML, or addresses of feeds, one a line.

        Those of a long list are unchecked. Raises FeedError if it is neither.
        """
        read = read_opml if sniff_document(content) is DocumentKind.OPML else read_links
        return await self._probe_all(await self.run(read, content), report)

    async def discover(self, url: str, login: Login | None = None) -> list[FeedPreview]:
        """Return the feed behind an address, or a result for each entry of a list: one that isn't a feed says why.

        Raises FeedError if the address itself leads to nothing, with health LOGIN_REQUIRED if it wants a login.
        """
        response = await self.fetch(FetchRequest(url, login=login))
        match sniff_document(response.body):
            case DocumentKind.OPML:
                return await self._probe_all(await self.run(read_opml, response.body), lambda _: None)
            case DocumentKind.FEED:
                return [await self._preview(url, response)]
            case DocumentKind.PAGE:
                return [await self._first_working_feed(await self.run(find_feeds, response.body, response.url))]
            case _:
                return [await self._first_working_feed(())]

    async def _probe_all(self, entries: Sequence[OPMLEntry], report: ProgressCallback) -> list[FeedPreview]:
        if len(entries) > MAX_LOOKED_AT:
            return [
                FeedPreview(entry.url, entry.title, reason=entry.reason, is_unchecked=not entry.reason)
                for entry in entries
            ]
        slots, numbers = asyncio.Semaphore(MAX_CONCURRENT), itertools.count(1)

        async def probe(entry: OPMLEntry) -> FeedPreview:
            preview = await self._probe_entry(entry, slots)
            report(Progress(next(numbers), len(entries), preview.title or entry.url))
            return preview

        return await asyncio.gather(*map(probe, entries))

    async def _first_working_feed(self, candidates: Sequence[FeedCandidate]) -> FeedPreview:
        for candidate in candidates[:MAX_CANDIDATES]:
            try:
                return await self._probe(candidate.url)
            except FeedError as error:
                if error.health is FeedHealth.LOGIN_REQUIRED and not candidate.is_guess:
                    raise
        message = "no feed was found there"
        raise FeedError(message, FeedHealth.EMPTY)

    async def _probe_entry(self, entry: OPMLEntry, slots: asyncio.Semaphore) -> FeedPreview:
        if entry.reason:
            return FeedPreview(entry.url, entry.title, reason=entry.reason)
        try:
            async with slots:
                return await self._probe(entry.url)
        except FeedError as error:
            # A feed that is only out of reach for now is kept and polled again: the owner of the list did read it.
            retryable = error.health in TRANSIENT
            return FeedPreview(entry.url, entry.title, reason=str(error), is_retryable=retryable)

    async def _probe(self, url: str) -> FeedPreview:
        response = await self.fetch(FetchRequest(url))
        if sniff_document(response.body) is not DocumentKind.FEED:
            message = "it is not a feed"
            raise FeedError(message, FeedHealth.UNREADABLE)
        return await self._preview(url, response)

    async def _preview(self, url: str, response: FetchResponse) -> FeedPreview:
        document = await self.run(read_feed, response.body, response.url, self.clock.now(), response.charset)
        return _summarise_feed(response.moved_to or url, document)


def _summarise_feed(url: str, document: FeedDocument) -> FeedPreview:
    languages = Counter((item.language or document.language)[:2].lower() for item in document.items)
    days = [item.published for item in document.items if item.published]
    return FeedPreview(
        url=document.moved_to or url,
        title=document.title,
        items=len(document.items),
        transcripts=sum(bool(item.transcripts) for item in document.items),
        recordings=sum(bool(item.enclosures) for item in document.items),
        languages=tuple(language for language, _ in languages.most_common() if language),
        newest=max(days, default=None),
    )


def write_opml(feeds: Sequence[Feed]) -> str:
    """Return a list of feeds (OPML) with their titles, without logins."""
    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = "Sources of Overheard"
    body = etree.SubElement(root, "body")
    for feed in feeds:
        title = sanitise(feed.title) or feed.url
        etree.SubElement(body, "outline", type="rss", text=title, title=title, xmlUrl=feed.url)
    opml: bytes = etree.tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=True)
    return opml.decode("utf-8")


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """A feed of the catalogue: its name, kind, topics and address."""

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
    entries = map(_to_catalogue_entry, rows)
    return tuple(entry for entry in entries if not topic or topic.casefold() in entry.topics)


def _to_catalogue_entry(row: dict[str, str]) -> CatalogueEntry:
    topics = tuple(row["topics"].split())
    return CatalogueEntry(row["name"], row["kind"], topics, row["language"], row["description"], row["feed"])
