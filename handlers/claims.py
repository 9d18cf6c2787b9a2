"""Looking things up: entities and claims."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator

from bot.chat.request import Arg, ArgKind, Reply, Request, Router
from bot.domain import Filters
from bot.due_times import Clock
from bot.search.hybrid import HybridSearch
from bot.store.registry import Registry
from bot.views.answer import claims_view
from bot.views.entity import entity_view, unknown_entity_view

MAX_LATEST_CLAIMS = 5
MAX_CLAIMS = 10

router = Router()


@router.verb(Arg("name", "A company, person, product or topic", ArgKind.ENTITY, required=True), shareable=True)
async def entity(request: Request, registry: Registry, search: HybridSearch, clock: Clock) -> AsyncIterator[Reply]:
    """Show who talks about a name, its aliases, timeline and latest claims."""
    name = request.arg("name")
    known = await registry.entity(name)
    if known is None:
        near = await registry.complete(name, MAX_LATEST_CLAIMS, space=request.reader_space)
        yield Reply(unknown_entity_view(name, [other.name for other in near]))
        return
    profile = await registry.profile(known, space=request.reader_space, today=request.local_date(clock.now()))
    latest = await search.claims("", Filters(space=request.reader_space, entity=known.name), MAX_LATEST_CLAIMS)
    yield Reply(entity_view(profile, latest))


@router.verb(
    Arg("words", "What the claim says", ArgKind.WORDS),
    Arg("by", "Who says it", ArgKind.SPEAKER),
    Arg("since", "The earliest date", ArgKind.DATE),
    Arg("about", "A company, person, product or topic it is about", ArgKind.ENTITY),
    shareable=True,
)
async def claims(request: Request, search: HybridSearch) -> AsyncIterator[Reply]:
    """Search claims rather than text: by words, speaker, date and subject."""
    since = request.arg("since")
    within = Filters(
        space=request.reader_space,
        speaker=request.arg("by") or None,
        entity=request.arg("about") or None,
        since=dt.date.fromisoformat(since) if since else None,
    )
    yield Reply(claims_view(await search.claims(request.arg("words"), within, MAX_CLAIMS), _query_text(request)))


def _query_text(request: Request) -> str:
    parts = [request.arg("words")]
    parts += [f"{name} {request.arg(name)}" for name in ("by", "about", "since") if request.arg(name)]
    return " ".join(part for part in parts if part) or "the latest claims"
