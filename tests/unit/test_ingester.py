"""Items of feeds as they are read: one that trips the reader costs no other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from bot.domain import Conversation
from bot.domain.address import Member
from bot.ingest.feeds.fetch import FetchRequest, FetchResponse, MemoryGate
from bot.ingest.feeds.ingester import FeedIngester
from bot.store.store import Store
from tests.conftest import NOON
from tests.fakes import FixedClock
from tests.shows import CHAT

T = TypeVar("T")
HOME = "https://a.example/feed.xml"
WORDS = "\n\n".join(f"00:00:0{n}.000 --> 00:00:0{n + 1}.000\n<v {who}>{said}" for n, (who, said) in enumerate(CHAT))


def feed(*names: str) -> bytes:
    """Make a feed with an episode for each name, each with a transcript."""
    items = "".join(
        f"<item><guid>{name}</guid><title>{name}</title>"
        f'<podcast:transcript url="https://a.example/{name}.vtt" type="text/vtt"/></item>'
        for name in names
    )
    space = 'xmlns:podcast="https://podcastindex.org/namespace/1.0"'
    return f'<rss version="2.0" {space}><channel><title>Harbour</title>{items}</channel></rss>'.encode()


async def here(function: Callable[..., T], *args: object, seconds: float = 1) -> T:
    """Run a parser in this process."""
    del seconds
    return function(*args)


async def fetch(request: FetchRequest, memory_gate: MemoryGate | None = None) -> FetchResponse:
    """Stumble over what is called poison, and give the same words for all else."""
    del memory_gate
    if "poison" in request.url:
        message = "a mistake of ours"
        raise ZeroDivisionError(message)
    return FetchResponse(request.url, 200, {}, f"WEBVTT\n\n{WORDS}\n".encode(), "h")


async def test_an_item_that_trips_the_reader_costs_no_other(store: Store, clock: FixedClock) -> None:
    """It is settled, so that what waits behind it is read, now and the next time."""
    kept: list[Conversation] = []

    async def keep(said: Sequence[Conversation]) -> None:
        kept.extend(said)

    gatherer = FeedIngester(store.items, fetch, here, keep, clock)
    one = await store.feeds.add("console:local", Member("you"), HOME, NOON, space=None)
    body = feed("first", "poison")
    await gatherer.record_items(one, FetchResponse(HOME, 200, {}, body, "h"))
    assert await gatherer.process_batch() == 2
    assert [said.title for said in kept] == ["first"]
    assert await store.items.due(clock.now(), 9) == []
