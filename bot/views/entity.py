"""The card of an entity: its other names, who talks about it, how often, and the latest claims."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from bot.chat.message import Block, Group, Heading, Message, Note, Quote, Stat, Stats
from bot.chat.text import md, sanitise, shorten, styled_text
from bot.domain import Claim
from bot.domain.library import EntityProfile
from bot.views.wording import choices, claim_byline, join_names, line_view, pluralise, quoted_words

_BARS = "▁▂▃▄▅▆▇█"
_MAX_NAME_LENGTH = 200


def entity_view(profile: EntityProfile, latest: Sequence[Claim]) -> Message:
    """Show an entity with its latest claims, newest first."""
    entity = profile.entity
    heading = Heading(styled_text(entity.name), styled_text(entity.kind))
    known: list[Block] = [heading]
    if entity.aliases:
        known.append(Note(md("Also called {names}.", names=join_names(entity.aliases))))
    if profile.heard_as:
        known.append(Note(md("Heard as {names} in transcripts.", names=join_names(profile.heard_as))))
    known.append(Stats(_stats(profile)))
    known += _speaker_note(profile)
    quotes = [Group((Quote(quoted_words(claim), claim_byline(claim)),)) for claim in latest]
    question = f"What is new about {entity.name}?"
    actions = choices((f"Follow {entity.name}", "follow", entity.name), ("Ask about this", "ask", question))
    groups = (Group(tuple(known)), *quotes, *((Group(actions),) if actions else ()))
    return Message(groups, f"{entity.name}: {pluralise(profile.claim_count, 'claim')}")


def unknown_entity_view(name: str, suggestions: Sequence[str]) -> Message:
    """Say that nobody has mentioned this name, and offer similar ones."""
    name = shorten(sanitise(name), _MAX_NAME_LENGTH)
    offered = choices(*((other, "entity", other) for other in suggestions[:5]))
    names = join_names(suggestions[:5], conjunction="or")
    hint = (Note(md("Did you mean {names}?", names=names)),) if offered else ()
    unknown = md("I haven't heard anyone mention **{name}** yet.", name=name)
    return line_view(unknown, *hint, *offered, summary=f"Nothing about {name}")


def _stats(profile: EntityProfile) -> tuple[Stat, ...]:
    numbers = (
        Stat("claims in total", f"{profile.claim_count:,}"),
        Stat("in the last 7 days", f"{profile.claims_this_week:,}"),
    )
    return (*numbers, *((Stat("over time", _sparkline(profile.timeline)),) if profile.timeline else ()))


def _sparkline(timeline: Sequence[tuple[dt.date, int]]) -> str:
    counts = [number for _, number in timeline][-24:]
    most = max(*counts, 1)
    return "".join(_BARS[round(number / most * (len(_BARS) - 1))] for number in counts)


def _speaker_note(profile: EntityProfile) -> list[Block]:
    people = [f"{name} ({number})" for name, number in profile.speakers]
    return [Note(md("Who talks about it: {people}.", people=join_names(people)))] if people else []
