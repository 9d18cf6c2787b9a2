"""Follows: alerts about companies, people, products and topics, and the hours without any."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator

from bot.chat.request import Arg, ArgKind, Reply, Request, Router
from bot.domain import Entity, EntityKind
from bot.domain.subscription import AlertFrequency, Follow, QuietHours
from bot.due_times import Clock
from bot.store.follows import Follows
from bot.store.registry import Registry
from bot.views.entity import unknown_entity_view
from bot.views.follows import follow_preview, followed_view, following_view, quiet_hours_view, unfollowed_view

MAX_SUGGESTIONS = 5
"""How many similar names are offered for one that nobody has mentioned."""

router = Router()

_ENTITY = Arg("entity", "A company, person, product or topic", ArgKind.ENTITY, required=True)
_PACES = {pace.value: pace for pace in AlertFrequency} | {
    "daily": AlertFrequency.BRIEF,
    "at once": AlertFrequency.INSTANT,
}


@router.verb(_ENTITY)
async def follow(request: Request, registry: Registry, follows: Follows, clock: Clock) -> AsyncIterator[Reply]:
    """Get alerts when something new is said about a company, person, product or topic."""
    name, pace = _split_pace(request.arg("entity"))
    entity = await registry.entity(name, space=request.reader_space)
    if pace:
        name = entity.name if entity else name
        wanted = Follow(0, name, request.follower, request.user, pace, request.zone or "UTC", clock.now())
        yield Reply(followed_view(name, pace, new=await follows.follow(wanted)))
        return
    if entity is None and (near := await registry.complete(name, MAX_SUGGESTIONS, space=request.reader_space)):
        yield Reply(unknown_entity_view(name, [other.name for other in near]))
        return
    day, subject = request.local_date(clock.now()), entity or Entity(name, EntityKind.TOPIC)
    yield Reply(follow_preview(await registry.profile(subject, space=request.reader_space, today=day)))


@router.verb(_ENTITY)
async def unfollow(request: Request, registry: Registry, follows: Follows) -> AsyncIterator[Reply]:
    """Stop alerts about a company, person, product or topic."""
    entity = await registry.entity(request.arg("entity"), space=request.reader_space)
    name = entity.name if entity else request.arg("entity")
    yield Reply(unfollowed_view(name, existed=await follows.unfollow(name, request.follower)))


@router.verb()
async def following(request: Request, follows: Follows) -> AsyncIterator[Reply]:
    """List what you follow here."""
    at = request.follower
    yield Reply(following_view(await follows.following(at), await follows.quiet_hours(at)))


@router.verb(Arg("hours", "Hours, such as 22:00-07:00, or off", ArgKind.HOURS))
async def quiet(request: Request, follows: Follows) -> AsyncIterator[Reply]:
    """Keep some hours free of alerts; what you missed arrives in one message afterwards."""
    at, hours = request.follower, request.arg("hours")
    if hours:
        begin, _, end = hours.partition("-")
        times = (dt.time.fromisoformat(begin), dt.time.fromisoformat(end)) if end else None
        wanted = QuietHours(at, request.user, *times, request.zone or "UTC") if times else None
        await follows.set_quiet_hours(at, wanted)
    yield Reply(quiet_hours_view(await follows.quiet_hours(at)))


def _split_pace(words: str) -> tuple[str, AlertFrequency | None]:
    # A button says `Name/hourly`, a person `Name hourly`.
    for word, pace in _PACES.items():
        for joint in ("/", " "):
            if words.casefold().endswith(joint + word):
                return words[: -len(word) - 1].strip(), pace
    return words, None
