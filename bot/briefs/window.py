"""The window of a brief: what came since the one before; a first brief has the newest days that hold news."""

from __future__ import annotations

from dataclasses import replace

from bot.briefs.topics import find_topic
from bot.domain import Material

_FIRST_BRIEF_CONVERSATIONS = 6
"""Conversations that a first brief looks back for: with fewer, one or two would fill it."""


def narrow_first_window(material: Material) -> Material:
    """Return the material of a first brief: of as few days, the newest first, as hold six conversations on topic.

    Other material is returned as it is.
    """
    if material.follows:
        return material
    on_topic = find_topic(material.topic).select(material.claims)
    dates = {claim.origin.conversation: claim.origin.date for claim in on_topic}
    days = sorted(dates.values(), reverse=True)
    if not days:
        return material
    since = days[:_FIRST_BRIEF_CONVERSATIONS][-1]
    return replace(
        material,
        claims=tuple(claim for claim in material.claims if claim.origin.date >= since),
        read={day: count for day, count in material.read.items() if day >= since},
        since=since,
    )
