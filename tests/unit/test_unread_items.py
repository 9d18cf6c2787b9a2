"""What a poll brings, found without parsing what it repeats: never anything else than all of it would give."""

from __future__ import annotations

import asyncio
import datetime as dt
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain import Conversation
from bot.domain.address import Member
from bot.domain.feed import Feed
from bot.errors import FeedHealth
from bot.ingest.feeds.document import FeedItem
from bot.ingest.feeds.fetch import FeedUpdate, FetchRequest, FetchResponse, MemoryGate
from bot.ingest.feeds.ingester import FeedIngester
from bot.ingest.feeds.parser import read_feed
from bot.ingest.feeds.shown_items import ShownItem, ShownItems
from bot.ingest.feeds.unread_items import UnreadItems, read_unread_items
from bot.ingest.formats.parsed import ParseError
from bot.store.store import Store, open_store
from tests.conftest import NOON
from tests.fakes import FixedClock

T = TypeVar("T")
HOME = "https://a.example/feed.xml"

WORDS = st.sampled_from(
    [
        "The harbour",
        "Cranes",
        "<![CDATA[<p>A crane <item>fell</item></p>]]>",
        "<![CDATA[</item><item>]]>",
        "<!-- <item><title>Not told</title></item> -->Ships",
        "<?told </item> ?>Ships",
        "<b>Ships</b> &amp; cranes",
        "&lt;item&gt;",
        "",
    ]
)
BROKEN = st.sampled_from(["Broken & lost", "<i>never closed", "&nbsp;", "<![CDATA[never closed"])


def rarely(usual: st.SearchStrategy[str], other: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Draw from the other once in thirty times."""
    return st.integers(0, 29).flatmap(lambda chance: usual if chance else other)


def item(tag: str, guid: str, title: str, link: str, when: str, words: str) -> str:
    """Make an item, with an end whatever its start has."""
    facts = f"<guid>{guid}</guid><title>{title}</title><link>{link}</link><pubDate>{when}</pubDate>"
    return f"<{tag}>{facts}<description>{words}</description></{tag.split(maxsplit=1)[0]}>"


ITEMS = st.builds(
    item,
    rarely(st.sampled_from(["item", "item xml:lang='de'", "item\n"]), st.sampled_from(["entry", "m:item"])),
    st.sampled_from(["one", "two", "three", "same", ""]),
    rarely(WORDS, BROKEN),
    st.sampled_from(["/1", "/2", "/show", "https://a.example/3", ""]),
    st.sampled_from(["Thu, 26 Jun 2031 12:00:00 GMT", "Thu, 26 Jun 2035 12:00:00 GMT", "soon", ""]),
    rarely(WORDS, BROKEN),
)
HEADS = st.sampled_from(
    [
        "<title>Harbour</title>",
        "<title>Harbour</title><lastBuildDate>Thu, 26 Jun 2031 12:00:00 GMT</lastBuildDate>",
        "<title>Harbour</title><description><![CDATA[<item>]]></description>",
        "<!-- <entry> --><title>The port</title><ttl>60</ttl>",
    ]
)
OPENINGS = rarely(
    st.sampled_from(["<rss version='2.0'>", "<rss version='2.0' xmlns:m='http://search.yahoo.com/mrss'>"]),
    st.sampled_from(
        [
            "<rss version='2.0' xml:base='https://b.example/' xml:lang='fr'>",
            "<?xml version='1.0' encoding='iso-2022-jp'?><rss>",
            "<!DOCTYPE rss><rss>",
        ]
    ),
)


def feed(opening: str, head: str, items: Sequence[str]) -> bytes:
    """Make a feed."""
    return f"{opening}<channel>{head}{''.join(items)}</channel></rss>".encode()


POLLS = st.tuples(st.lists(ITEMS, min_size=1, max_size=5), OPENINGS).flatmap(
    lambda usual: st.lists(
        st.builds(
            feed,
            rarely(st.just(usual[1]), OPENINGS),
            HEADS,
            st.lists(rarely(st.sampled_from(usual[0]), ITEMS), max_size=6),
        ),
        min_size=2,
        max_size=4,
    )
)
"""Polls of one feed, whose items come, go, return, change places and are changed."""


def well_formed(*names: str) -> bytes:
    """Make a feed of plain items."""
    items = [
        f"<item><guid>{name}</guid><title>Talk {name}</title><link>https://a.example/{name}</link></item>"
        for name in names
    ]
    return feed("<rss version='2.0'>", "<title>Harbour</title>", items)


@settings(max_examples=300)
@given(POLLS)
def test_what_is_left_out_and_what_is_read_are_all_there_is(polls: Sequence[bytes]) -> None:
    """Whatever a feed does to its items, each is either read or was read before from the same bytes, as it is now."""
    known: dict[bytes, FeedItem] = {}
    for content in polls:
        try:
            whole = read_feed(content, HOME, NOON)
        except ParseError:
            with pytest.raises(ParseError):
                read_unread_items(content, HOME, NOON, "", frozenset(known))
            continue
        read = read_unread_items(content, HOME, NOON, "", frozenset(known))
        assert replace(read.document, items=()) == replace(whole, items=())
        items = [*read.document.items, *(known[mark] for mark in read.known)]
        assert Counter(items) == Counter(whole.items)
        known = {mark: known[mark] for mark in read.known} | dict(zip(read.marks, read.document.items, strict=False))


def marks(content: bytes, known: frozenset[bytes] = frozenset(), charset: str = "") -> UnreadItems:
    """Read what is unread of a feed."""
    return read_unread_items(content, HOME, NOON, charset, known)


def test_only_what_is_new_is_read() -> None:
    """In whatever order they come, items that were there are left out."""
    first = marks(well_formed("one", "two", "three"))
    again = marks(well_formed("three", "new", "one"), frozenset(first.marks))
    assert [item.guid for item in again.document.items] == ["new"]
    assert again.known == (first.marks[2], first.marks[0])


@pytest.mark.parametrize(
    "changed",
    [
        well_formed("one").replace(b"Talk", b"talk"),
        well_formed("one").replace(b"<rss", b"<rss xml:base='https://b.example/'"),
        well_formed("one").replace(b"<channel>", b"<channel xmlns='urn:else'>"),
        well_formed("one").replace(b"<rss", b"<?xml version='1.0' encoding='windows-1252'?><rss"),
    ],
)
def test_what_may_read_otherwise_is_read_again(changed: bytes) -> None:
    """One byte of an item is enough, and so is what is declared around all of them."""
    assert not marks(changed, frozenset(marks(well_formed("one")).marks)).known


@pytest.mark.parametrize(
    ("content", "charset"),
    [
        (well_formed("one").replace(b"<rss", b"<!DOCTYPE rss><rss"), ""),
        (well_formed("one").replace(b"Talk", b"Talk & walk"), ""),
        (well_formed("one").replace(b"</channel>", b"<item/></channel>"), ""),
        (well_formed("one").replace(b"</channel>", b"<!-- "), ""),
        (well_formed("one").replace(b"<guid>", b"<item>in it</item><guid>"), ""),
        (well_formed("one"), "iso-2022-jp"),
        (b'{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "one"}]}', ""),
    ],
)
def test_what_cannot_be_told_by_its_bytes_is_read_whole(content: bytes, charset: str) -> None:
    """A feed that is broken, declares entities, or may hide its tags has no marks, and all its items are read."""
    read = marks(content, frozenset(marks(well_formed("one")).marks), charset)
    assert (read.marks, read.known) == ((), ())
    assert read.document == read_feed(content, HOME, NOON, charset)
    assert read.document.items


def test_what_was_shown_longest_ago_is_forgotten_first() -> None:
    """There is room for so many items of all feeds together."""
    shown, item = ShownItems(most=3), ShownItem(1, None, has_text=True)
    for feed_, names in (("a", "12"), ("b", "3"), ("a", "4"), ("c", "56")):
        shown.put(feed_, {name.encode(): item for name in names})
    assert [len(shown.get(feed_)) for feed_ in "abc"] == [1, 0, 2]


async def here(function: Callable[..., T], *args: object, seconds: float = 1) -> T:
    """Run a parser in this process."""
    del seconds
    return function(*args)


async def fetch(request: FetchRequest, memory_gate: MemoryGate | None = None) -> FetchResponse:
    """Have nothing."""
    raise NotImplementedError(request, memory_gate)


async def keep(said: Sequence[Conversation]) -> None:
    """Save nothing."""
    del said


def ingester(store: Store) -> FeedIngester:
    """Return one that remembers nothing yet."""
    return FeedIngester(store.items, fetch, here, keep, FixedClock(NOON))


async def followed(store: Store) -> Feed:
    """Add a feed whose back catalogue is read already."""
    added = await store.feeds.add("console:local", Member("you"), HOME, NOON, space=None)
    return replace(added, is_backfilled=True)


async def poll(reader: FeedIngester, source: Feed, content: bytes) -> FeedUpdate:
    """Take in a body."""
    return await reader.record_items(source, FetchResponse(HOME, 200, {}, content, "h"))


async def outcome(polls: Sequence[bytes], *, remembers: bool) -> tuple[list[object], list[tuple[str, ...]]]:
    """Return what each poll of a feed gave, and which items there are in the end."""
    updates: list[object] = []
    with tempfile.TemporaryDirectory() as folder:
        async with AsyncExitStack() as stack:
            store = await stack.enter_async_context(open_store(Path(folder) / "bot.db"))
            source, reader = replace(await followed(store), is_backfilled=False), ingester(store)
            for content in polls:
                reader = reader if remembers else ingester(store)
                try:
                    update = await poll(reader, source, content)
                    updates.append(replace(update, dates=sorted(update.dates)))
                except ParseError as error:
                    updates.append(str(error))
                source = replace(source, is_backfilled=True)
            items = await store.items.latest(source.id, 99)
            return updates, sorted((item.url, item.title, str(item.day), item.conversation) for item in items)


@settings(max_examples=40, deadline=None)
@given(POLLS)
def test_nothing_is_lost_and_nothing_twice(polls: Sequence[bytes]) -> None:
    """One that remembers what it read ends with the same items and updates as one that reads all of each poll."""
    assert asyncio.run(outcome(polls, remembers=True)) == asyncio.run(outcome(polls, remembers=False))


async def test_a_poll_without_news_is_healthy_and_keeps_its_rhythm(store: Store) -> None:
    """What wasn't read again still counts: there are items, with text and dates."""
    source = await followed(store)
    dated = well_formed("one", "two").replace(b"</guid>", b"</guid><pubDate>Thu, 26 Jun 2025 12:00:00 GMT</pubDate>")
    reader = ingester(store)
    first = await poll(reader, source, dated)
    again = await poll(reader, source, dated.replace(b"Harbour", b"The port"))
    assert (first.health, again.health, again.title) == (FeedHealth.OK, FeedHealth.OK, "The port")
    assert sorted(first.dates) == sorted(again.dates) == [dt.datetime(2025, 6, 26, 12, tzinfo=dt.UTC)] * 2


async def test_an_item_that_shares_a_name_with_one_that_stayed_is_told_from_it(store: Store) -> None:
    """A feed that gives every item one guid has two items when it shows two, though only the second was read."""
    source = await followed(store)
    reader = ingester(store)
    for names in (("one",), ("one", "two")):
        content = well_formed(*names)
        for name in names:
            content = content.replace(f"<guid>{name}</guid>".encode(), b"<guid>same</guid>")
        await poll(reader, source, content)
    assert {item.title for item in await store.items.latest(source.id, 9)} == {"Talk one", "Talk two"}


async def test_an_item_that_is_no_longer_kept_is_read_again(store: Store) -> None:
    """What was read by the feed before may have been deleted since; then all of the feed is read."""
    first = await followed(store)
    reader = ingester(store)
    await poll(reader, first, well_formed("one"))
    await store.feeds.remove("console:local", first.id)
    await poll(reader, first, well_formed("one", "two"))
    assert {item.title for item in await store.items.latest(first.id, 9)} == {"Talk one", "Talk two"}
