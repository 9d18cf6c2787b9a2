"""The card of an entity: what else it is called, who talks about it, how often, and the latest claims."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from bot.chat.message import Block, Choices, Group, Heading, Message, Note, Prose, Quote, Stat, Stats
from bot.chat.text import md, sanitise, shorten
from bot.domain import Claim
from bot.domain.library import EntityProfile
from bot.views.wording import buttons, claim_byline, join_names, pluralise

_BARS = "▁▂▃▄▅▆▇█"
_MAX_NAME_LENGTH = 200


def entity_view(profile: EntityProfile, latest: Sequence[Claim]) -> Message:
    """Show an entity with its latest claims, newest first."""
    entity = profile.entity
    heading = Heading(md("{name}", name=entity.name), md("{kind}", kind=entity.kind))
    known: list[Block] = [heading]
    if entity.aliases:
        known.append(Note(md("Also called {names}.", names=join_names(entity.aliases))))
    known.append(Stats(_stats(profile)))
    known += _speaker_note(profile)
    quotes = [Group((Quote(claim.quote, claim_byline(claim)),)) for claim in latest]
    actions = buttons((f"Follow {entity.name}", "follow", entity.name), _ask_button(entity.name))
    end = (Group((Choices(actions),)),) if actions else ()
    return Message((Group(tuple(known)), *quotes, *end), f"{entity.name}: {pluralise(profile.claim_count, 'claim')}")


def unknown_entity_view(name: str, suggestions: Sequence[str]) -> Message:
    """Say that nobody by this name has been heard of, and offer names that are near."""
    said = Prose(md("Nothing has been said about **{name}** so far.", name=shorten(sanitise(name), _MAX_NAME_LENGTH)))
    choices = buttons(*((other, "entity", other) for other in suggestions[:5]))
    offer: tuple[Block, ...] = (Note(md("Did you mean:")), Choices(choices)) if choices else ()
    return Message((Group((said, *offer)),), f"Nothing about {shorten(sanitise(name), _MAX_NAME_LENGTH)}")


def _ask_button(name: str) -> tuple[str, str, str]:
    return "Ask about this", "ask", f"What is new about {name}?"


def _stats(profile: EntityProfile) -> tuple[Stat, ...]:
    numbers = (
        Stat("claims in all", f"{profile.claim_count:,}"),
        Stat("in the last 7 days", f"{profile.claims_this_week:,}"),
    )
    return (*numbers, *((Stat("over time", _sparkline(profile.timeline)),) if profile.timeline else ()))


def _sparkline(timeline: Sequence[tuple[dt.date, int]]) -> str:
    counts = [number for _, number in timeline][-24:]
    most = max(*counts, 1)
    return "".join(_BARS[round(number / most * (len(_BARS) - 1))] for number in counts)


def _speaker_note(profile: EntityProfile) -> list[Block]:
    said = [f"{name} ({number})" for name, number in profile.speakers]
    return [Note(md("Who talks about it: {people}.", people=join_names(said)))] if said else []
