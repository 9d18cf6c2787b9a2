"""What is understood of feeds beside feedparser's own reading, and how fast both read.

Run: python bench/feeds.py [folder with feedparser_tests.tar.gz, gofeed_testdata.tar.gz, podcast_namespace/]
The documents are the suites of two other readers: each holds one feature or one fault, so a share here is a share of
odd cases, not of feeds as they are. Counted is what feedparser finds and we find too, and what only we find; a title
that is nothing but a picture, an address that is not http(s) and a date before 1990 or in the future are none to us.
The speed is that of one feed of 6 MB, made up here, with what a podcast's feed has: read for the first time, and at
a later poll that brings nothing or one new item. The suites are polled again, too, document by document.
"""

from __future__ import annotations

import datetime as dt
import io
import random
import sys
import tarfile
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import feedparser

from bot.ingest.feeds.document import FeedDocument, FeedItem
from bot.ingest.feeds.parser import read_feed
from bot.ingest.feeds.unread_items import read_unread_items
from bot.ingest.formats.parsed import ParseError

DATA = Path(__file__).parents[2] / "shared/data/feeds"
HOME = "http://example.com/feed"
NOW = dt.datetime(2026, 6, 15, tzinfo=dt.UTC)
ITEMS = 1_700
SLOW = 0.5
"""Seconds."""


def documents(folder: Path) -> Iterator[bytes]:
    """Yield every document of the suites."""
    for archive in sorted(folder.glob("*.tar.gz")):
        with tarfile.open(fileobj=io.BytesIO(archive.read_bytes())) as packed:
            for member in packed:
                file = packed.extractfile(member) if member.name.endswith((".xml", ".json")) else None
                if file:
                    yield file.read()
    yield from (path.read_bytes() for path in sorted(folder.glob("podcast_namespace/*.xml")))


def ours(document: FeedDocument | None) -> tuple[Mapping[str, Any], list[Mapping[str, Any]]]:
    """Return what we understand of a document and of its items."""
    if document is None:
        return {}, []
    feed = {"feed title": document.title, "feed link": document.link, "feed language": document.language}
    return {**feed, "items": document.items}, [_mine(item) for item in document.items]


def _mine(item: FeedItem) -> Mapping[str, Any]:
    return {
        "title": item.title,
        "link": item.url,
        "guid": item.guid,
        "date": item.published,
        "content": item.content,
        "author": item.authors,
        "enclosures": item.enclosures,
        "duration": item.duration,
        "transcripts": item.transcripts,
        "chapters": item.chapters_url,
        "people": item.people,
    }


def theirs(content: bytes) -> tuple[Mapping[str, Any], list[Mapping[str, Any]]]:
    """Return what feedparser understands of a document and of its items."""
    found = feedparser.parse(content, response_headers={"content-location": HOME})
    feed = found.feed
    said = {"feed title": feed.get("title"), "feed link": _web(feed.get("link")), "feed language": feed.get("language")}
    return {**said, "items": found.entries}, [_their(entry) for entry in found.entries]


def _their(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        "title": entry.get("title"),
        "link": _web(entry.get("link")),
        "guid": entry.get("id"),
        "date": entry.get("published_parsed") or entry.get("updated_parsed"),
        "content": entry.get("content") or entry.get("summary"),
        "author": entry.get("author"),
        "enclosures": [one for one in entry.get("enclosures", []) if _web(one.get("href"))],
        "duration": entry.get("itunes_duration"),
        "transcripts": entry.get("podcast_transcript"),
        "chapters": entry.get("podcast_chapters"),
        "people": entry.get("podcast_person"),
    }


def _web(url: object) -> str:
    return url if isinstance(url, str) and url.startswith("http") else ""


def compare(folder: Path) -> None:
    """Print what of each field feedparser finds, what of that we find, and what only we find."""
    found: dict[str, Counter[str]] = {}
    read = unread = slow = 0
    for content in documents(folder):
        began = time.perf_counter()
        try:
            document = read_feed(content, HOME, NOW)
        except ParseError:
            document, unread = None, unread + 1
        read, slow = read + 1, slow + (time.perf_counter() - began > SLOW)
        (mine, my_items), (their, their_items) = ours(document), theirs(content)
        rows = [(their, mine), *((one, my_items[n] if n < len(my_items) else {}) for n, one in enumerate(their_items))]
        for one, other in rows:
            for field in one.keys() | other.keys():
                _count(
                    found.setdefault(field, Counter()), is_theirs=bool(one.get(field)), is_ours=bool(other.get(field))
                )
    print(f"{read} documents, {unread} of them no feed to us, none crashed, {slow} took over {SLOW} s")
    print(f"{'':14} {'feedparser':>10} {'we too':>8} {'only we':>8}")
    for field, counted in sorted(found.items(), key=lambda one: -one[1]["theirs"]):
        print(f"{field:14} {counted['theirs']:>10} {counted['both']:>8} {counted['ours']:>8}")


def _count(counted: Counter[str], *, is_theirs: bool, is_ours: bool) -> None:
    counted["theirs"] += is_theirs
    counted["both"] += is_theirs and is_ours
    counted["ours"] += is_ours and not is_theirs


def made_up() -> bytes:
    """Return a podcast's feed of many items."""
    words = "the harbour has cranes and ships that come in each day of a year to be counted by people".split()
    chance = random.Random(7)
    items = "".join(_item(n, " ".join(chance.choices(words, k=500))) for n in range(ITEMS))
    podcast, itunes = "https://podcastindex.org/namespace/1.0", "http://www.itunes.com/dtds/podcast-1.0.dtd"
    content = "http://purl.org/rss/1.0/modules/content/"
    spaces = f'xmlns:content="{content}" xmlns:podcast="{podcast}" xmlns:itunes="{itunes}"'
    return f'<rss version="2.0" {spaces}><channel><title>Harbour</title>{items}</channel></rss>'.encode()


def _item(number: int, words: str) -> str:
    return f"""<item><title>Talk {number}</title><guid isPermaLink="false">h-{number}</guid>
<link>https://harbour.example/{number}</link><pubDate>Fri, 09 Oct 2020 04:30:38 GMT</pubDate>
<description>{words[:800]}</description><content:encoded><![CDATA[<p>{words}</p>]]></content:encoded>
<enclosure url="https://cdn.example/{number}.mp3?token=9" type="audio/mpeg" length="123456"/>
<itunes:duration>1:02:03</itunes:duration><itunes:author>Mara Quist</itunes:author>
<podcast:transcript url="https://cdn.example/{number}.vtt" type="text/vtt"/>
<podcast:person role="guest">Ben Odd</podcast:person></item>"""


def again(content: bytes, known: frozenset[bytes]) -> object:
    """Read what a later poll brings."""
    return read_unread_items(content, HOME, NOW, "", known)


def poll_again(folder: Path) -> None:
    """Print what it takes to poll all documents of the suites once more, when nothing in them is new."""
    ours = theirs = 0.0
    count = without = 0
    for content in documents(folder):
        try:
            first = read_unread_items(content, HOME, NOW)
        except ParseError:
            continue
        if not first.document.items:
            continue
        count, without = count + 1, without + (not first.marks)
        known = frozenset(first.marks)
        ours += min(_seconds(content, lambda given, known=known: again(given, known)) for _ in range(3))
        theirs += min(_seconds(content, feedparser.parse) for _ in range(3))
    print(
        f"{count} documents with items polled again: we {ours * 1e3:.0f} ms, feedparser {theirs * 1e3:.0f} ms,", end=" "
    )
    print(f"{theirs / ours:.0f} times; {without} of them have to be read whole each time")


def speed(name: str, content: bytes, read: Callable[[bytes], object]) -> float:
    """Print how fast a feed is read, the best of three; return the seconds it took."""
    best = min(_seconds(content, read) for _ in range(3))
    print(f"{name:32} {len(content) / best / 1e6:6.1f} MB/s, {best / ITEMS * 1e6:6.0f} µs an item")
    return best


def _seconds(content: bytes, read: Callable[[bytes], object]) -> float:
    began = time.perf_counter()
    read(content)
    return time.perf_counter() - began


def main() -> None:
    """Print both."""
    warnings.simplefilter("ignore")
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else DATA
    if folder.is_dir():
        compare(folder)
        poll_again(folder)
    else:
        print(f"{folder} is absent: only the speed is measured")
    content = made_up()
    known = frozenset(read_unread_items(content, HOME, NOW).marks)
    later = content.replace(b"<item>", f"{_item(ITEMS, 'news')}<item>".encode(), 1)
    speed("we, for the first time", content, lambda given: read_feed(given, HOME, NOW))
    bare = speed("we, nothing new", content, lambda given: again(given, known))
    one = speed("we, one new item", later, lambda given: again(given, known))
    theirs = speed("feedparser", content, feedparser.parse)
    print(f"a poll takes feedparser {theirs / bare:.0f} times as long, or {theirs / one:.0f} times with one new item")


if __name__ == "__main__":
    main()
