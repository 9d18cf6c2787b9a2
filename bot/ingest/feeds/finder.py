"""What stands behind an address that somebody gives: a feed, the feeds of a site, or a list of feeds, looked at now."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence

from bot.domain.feed import FeedPreview, Login
from bot.due_times import Clock
from bot.errors import FeedError, FeedHealth
from bot.ingest.feeds.discovery import DocumentKind, FeedCandidate, find_feeds, read_opml, sniff_document
from bot.ingest.feeds.document import FeedDocument
from bot.ingest.feeds.fetch import Fetch, FetchRequest, FetchResponse
from bot.ingest.feeds.parser import read_feed
from bot.ingest.sandbox import RunSandboxed

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
