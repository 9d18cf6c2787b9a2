"""The card of an entity: what else it is called, who talks about it, how often, and the latest claims."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from bot.chat.message import Block, Choices, Group, Heading, Message, Note, Prose, Quote, Stat, Stats
from bot.chat.text import md, plain, shorten
from bot.domain import Claim
from bot.domain.library import Profile
from bot.views.wording import attribution, buttons, count, listed

_BARS = "▁▂▃▄▅▆▇█"
_NAME_SHOWN = 200


def entity_view(profile: Profile, latest: Sequence[Claim]) -> Message:
    """Show an entity with its latest claims, newest first."""
    entity = profile.entity
    heading = Heading(md("{name}", name=entity.name), md("{kind}", kind=entity.kind))
    known: list[Block] = [heading]
    if entity.aliases:
        known.append(Note(md("Also called {names}.", names=listed(entity.aliases))))
    known.append(Stats(_stats(profile)))
    known += _people(profile)
    quotes = [Group((Quote(claim.quote, attribution(claim)),)) for claim in latest]
    actions = buttons((f"Follow {entity.name}", "follow", entity.name), _ask(entity.name))
    end = (Group((Choices(actions),)),) if actions else ()
    return Message((Group(tuple(known)), *quotes, *end), f"{entity.name}: {count(profile.claims, 'claim')}")


def no_entity_view(name: str, near: Sequence[str]) -> Message:
    """Say that nobody by this name has been heard of, and offer names that are near."""
    said = Prose(md("Nothing has been said about **{name}** so far.", name=shorten(plain(name), _NAME_SHOWN)))
    choices = buttons(*((other, "entity", other) for other in near[:5]))
    offer: tuple[Block, ...] = (Note(md("Did you mean:")), Choices(choices)) if choices else ()
    return Message((Group((said, *offer)),), f"Nothing about {shorten(plain(name), _NAME_SHOWN)}")


def _ask(name: str) -> tuple[str, str, str]:
    return "Ask about this", "ask", f"What is new about {name}?"


def _stats(profile: Profile) -> tuple[Stat, ...]:
    numbers = (Stat("claims in all", f"{profile.claims:,}"), Stat("in the last 7 days", f"{profile.week:,}"))
    return (*numbers, *((Stat("over time", _line(profile.timeline)),) if profile.timeline else ()))


def _line(timeline: Sequence[tuple[dt.date, int]]) -> str:
    counts = [number for _, number in timeline][-24:]
    most = max(*counts, 1)
    return "".join(_BARS[round(number / most * (len(_BARS) - 1))] for number in counts)


def _people(profile: Profile) -> list[Block]:
    said = [f"{name} ({number})" for name, number in profile.speakers]
    return [Note(md("Who talks about it: {people}.", people=listed(said)))] if said else []
