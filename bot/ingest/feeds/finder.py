"""What stands behind an address that somebody gives: a feed, the feeds of a site, or a list of feeds, looked at now."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence

from bot.domain.feed import Login, Offer
from bot.due_times import Clock
from bot.errors import FeedError, Health
from bot.ingest.feeds.discovery import Candidate, Kind, find_feeds, kind_of, read_list
from bot.ingest.feeds.document import FeedDocument
from bot.ingest.feeds.fetch import Ask, Fetch, Fetched
from bot.ingest.feeds.parser import read_feed
from bot.ingest.sandbox import Run

TRIES = 6
"""How many addresses are tried for one site: those it names, then those where sites have their feed."""

AT_ONCE = 8
"""How many lines of a list are looked at side by side."""

_AFTER_TYPE = "charset="


async def find(
    url: str,
    fetch: Fetch,
    run: Run,
    clock: Clock,
    login: Login | None = None,
    report: Callable[[int, int], None] | None = None,
) -> list[Offer]:
    """Return the feed behind an address, or one result for each line of a list; each that is none says why.

    Raises FeedError where the address itself gives nothing, with health LOCKED where it wants a login.
    """
    fetched = await fetch(Ask(url, login=login))
    kind = kind_of(fetched.body)
    if kind is Kind.OPML:
        return await _listed(fetched, fetch, run, clock, report)
    if kind is Kind.FEED:
        return [_offer(fetched.moved or url, await _document(fetched, run, clock))]
    candidates = await run(find_feeds, fetched.body, fetched.url) if kind is Kind.PAGE else ()
    return [await _first(candidates, fetch, run, clock)]


async def _first(candidates: Sequence[Candidate], fetch: Fetch, run: Run, clock: Clock) -> Offer:
    for candidate in candidates[:TRIES]:
        try:
            return await _look(candidate.url, fetch, run, clock)
        except FeedError as error:
            if error.health is Health.LOCKED and not candidate.guessed:
                raise
    message = "no feed was found there"
    raise FeedError(message, Health.EMPTY)


async def _look(url: str, fetch: Fetch, run: Run, clock: Clock) -> Offer:
    fetched = await fetch(Ask(url))
    if kind_of(fetched.body) is not Kind.FEED:
        message = "it is no feed"
        raise FeedError(message, Health.UNREADABLE)
    return _offer(fetched.moved or url, await _document(fetched, run, clock))


async def _listed(
    fetched: Fetched, fetch: Fetch, run: Run, clock: Clock, report: Callable[[int, int], None] | None
) -> list[Offer]:
    lines = await run(read_list, fetched.body)
    slots, done = asyncio.Semaphore(AT_ONCE), 0

    async def one(url: str, title: str, reason: str) -> Offer:
        nonlocal done
        async with slots:
            offer = Offer(url, title, reason=reason) if reason else await _tried(url, title, fetch, run, clock)
        done += 1
        if report:
            report(done, len(lines))
        return offer

    return await asyncio.gather(*(one(line.url, line.title, line.reason) for line in lines))


async def _tried(url: str, title: str, fetch: Fetch, run: Run, clock: Clock) -> Offer:
    try:
        return await _look(url, fetch, run, clock)
    except FeedError as error:
        # One that is only out of reach just now is kept, and asked again; the list's owner did read it.
        return Offer(url, title, reason=str(error), later=error.health in _PASSING)


_PASSING = frozenset({Health.BUSY, Health.BROKEN, Health.SLOW, Health.UNREACHABLE})


async def _document(fetched: Fetched, run: Run, clock: Clock) -> FeedDocument:
    return await run(read_feed, fetched.body, fetched.url, clock.now(), charset(fetched))


def charset(fetched: Fetched) -> str:
    """Return the encoding that the server named, if any."""
    _, _, named = fetched.headers.get("content-type", "").lower().partition(_AFTER_TYPE)
    return named.split(";")[0].strip(" \"'")


def _offer(url: str, document: FeedDocument) -> Offer:
    spoken = Counter((item.language or document.language)[:2].lower() for item in document.items)
    days = [item.published for item in document.items if item.published]
    return Offer(
        url=document.moved_to or url,
        title=document.title,
        items=len(document.items),
        transcripts=sum(bool(item.transcripts) for item in document.items),
        recordings=sum(bool(item.enclosures) for item in document.items),
        languages=tuple(tongue for tongue, _ in spoken.most_common() if tongue),
        newest=max(days, default=None),
    )
