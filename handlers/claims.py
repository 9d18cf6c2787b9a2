"""Looking things up: entities and claims."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator

from bot.chat.request import Arg, ArgKind, Reply, Request
from bot.chat.router import Router
from bot.domain import Filters
from bot.due_times import Clock, today
from bot.search.hybrid import HybridSearch
from bot.store.registry import Registry
from bot.views.claims import claims_view
from bot.views.entity import entity_view, no_entity_view

LATEST = 5
FOUND = 10

router = Router()


@router.verb(Arg("name", "A company, person, product or topic", ArgKind.ENTITY, required=True), shares=True)
async def entity(request: Request, registry: Registry, search: HybridSearch, clock: Clock) -> AsyncIterator[Reply]:
    """Show who talks about a name, its aliases, timeline and latest claims."""
    name = request.arg("name")
    known = await registry.entity(name)
    if known is None:
        near = await registry.complete(name, LATEST, space=request.reader)
        yield Reply(no_entity_view(name, [other.name for other in near]))
        return
    day = today(clock.now(), request.zone or "UTC")
    profile = await registry.profile(known, space=request.reader, today=day)
    latest = await search.claims("", Filters(space=request.reader, entity=known.name), LATEST)
    yield Reply(entity_view(profile, latest))


@router.verb(
    Arg("words", "What the claim says", ArgKind.WORDS),
    Arg("by", "Who says it", ArgKind.SPEAKER),
    Arg("since", "The earliest date", ArgKind.DATE),
    Arg("about", "A company, person, product or topic it is about", ArgKind.ENTITY),
    shares=True,
)
async def claims(request: Request, search: HybridSearch) -> AsyncIterator[Reply]:
    """Search claims rather than text: by words, speaker, date and what they are about."""
    since = request.arg("since")
    within = Filters(
        space=request.reader,
        speaker=request.arg("by") or None,
        entity=request.arg("about") or None,
        since=dt.date.fromisoformat(since) if since else None,
    )
    found = await search.claims(request.arg("words"), within, FOUND)
    yield Reply(claims_view(found, _asked(request)))


def _asked(request: Request) -> str:
    parts = [request.arg("words")]
    parts += [f"{name} {request.arg(name)}" for name in ("by", "about", "since") if request.arg(name)]
    return " ".join(part for part in parts if part) or "the newest claims"
