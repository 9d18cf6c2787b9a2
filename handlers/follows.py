"""Follows: alerts about companies, people, products and topics, and the hours without any."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Iterable

from bot.chat.request import Arg, ArgKind, Reply, Request, Router
from bot.domain import Entity, EntityKind
from bot.domain.subscription import AlertFrequency, Follow, QuietHours
from bot.due_times import Clock
from bot.nlp.gazetteer import default_gazetteer
from bot.store.follows import Follows
from bot.store.registry import Registry
from bot.views.follows import (
    follow_preview,
    followed_view,
    following_view,
    quiet_hours_view,
    unfollow_which_view,
    unfollowed_view,
    which_name_view,
)

MAX_SUGGESTIONS = 5
"""How many similar names are offered for one that nobody has mentioned, or that isn't followed."""

MIN_LIKENESS = 80
"""How alike two spellings are, of 100, if one may be a slip for the other: one letter in five."""

router = Router()

_ENTITY = Arg("entity", "A company, person, product or topic", ArgKind.ENTITY, required=True)
_PACES = {pace.value: pace for pace in AlertFrequency} | {
    "daily": AlertFrequency.BRIEF,
    "at once": AlertFrequency.INSTANT,
}


@router.verb(_ENTITY)
async def follow(request: Request, registry: Registry, follows: Follows, clock: Clock) -> AsyncIterator[Reply]:
    """Get alerts when something new is said about a company, person, product or topic."""
    written = request.arg("entity")
    name, pace = _split_pace(written)
    entity = await registry.entity(name, space=request.reader_space)
    listed = None if entity else default_gazetteer().get(name)
    is_sure = entity or listed or written.startswith(f"{name}/")
    if not is_sure and (near := await _names_like(name, registry, request.reader_space)):
        yield Reply(which_name_view(name, near, pace))
        return
    name = entity.name if entity else listed.name if listed else name
    if pace:
        wanted = Follow(0, name, request.follower, request.user, pace, request.zone or "UTC", clock.now())
        yield Reply(followed_view(name, pace, new=await follows.follow(wanted)))
        return
    day, subject = request.local_date(clock.now()), entity or Entity(name, EntityKind.TOPIC)
    yield Reply(follow_preview(await registry.profile(subject, space=request.reader_space, today=day)))


@router.verb(_ENTITY)
async def unfollow(request: Request, registry: Registry, follows: Follows) -> AsyncIterator[Reply]:
    """Stop alerts about a company, person, product or topic."""
    entity = await registry.entity(request.arg("entity"), space=request.reader_space)
    name = entity.name if entity else request.arg("entity")
    existed = await follows.unfollow(name, request.follower)
    followed = [] if existed else [follow.entity for follow in await follows.following(request.follower)]
    near = _most_alike(name, followed)
    yield Reply(unfollow_which_view(name, near) if near else unfollowed_view(name, existed=existed))


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


async def _names_like(name: str, registry: Registry, space: str | None) -> list[str]:
    """Return names that somebody who wrote this may have meant: of the library, and well-known ones."""
    heard = [other.name for other in await registry.complete(name, MAX_SUGGESTIONS, space=space)]
    known = [entry.name for entry in default_gazetteer().entries()]
    return list(dict.fromkeys((*await asyncio.to_thread(_most_alike, name, known), *heard)))[:MAX_SUGGESTIONS]


def _most_alike(name: str, others: Iterable[str]) -> list[str]:
    """Return the names that begin so, or nearly so, the most alike first."""
    from rapidfuzz.fuzz import ratio

    wanted, words = name.casefold(), len(name.split())

    def likeness(other: str) -> float:
        fold = other.casefold()
        if fold.startswith(wanted):
            return MIN_LIKENESS + ratio(wanted, fold)
        return max(ratio(wanted, fold), ratio(wanted, " ".join(fold.split()[:words])))

    scores = {other: likeness(other) for other in others}
    alike = [other for other, score in scores.items() if score >= MIN_LIKENESS]
    return sorted(alike, key=lambda other: -scores[other])[:MAX_SUGGESTIONS]


def _split_pace(words: str) -> tuple[str, AlertFrequency | None]:
    # A button says `Name/hourly`, or `Name/` if the name is meant as it is written; a person says `Name hourly`.
    if words.endswith("/"):
        return words[:-1], None
    for word, pace in _PACES.items():
        for joint in ("/", " "):
            if words.casefold().endswith(joint + word):
                return words[: -len(word) - 1].strip(), pace
    return words, None
