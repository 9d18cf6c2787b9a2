"""Real code that stands in for services: the same promises, kept in memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bot.model import Claim, Conversation, Reading
from bot.ports import Tally


class MemoryLibrary:
    """A `Library` in a dictionary."""

    def __init__(self) -> None:
        self._readings: dict[str, Reading] = {}

    async def keep(self, readings: Sequence[Reading]) -> None:
        """Store readings whole or not at all."""
        for reading in readings:
            for claim in reading.claims:
                _prove(claim, reading.conversation)
        self._readings |= {reading.conversation.id: reading for reading in readings}

    async def hashes(self, ids: Iterable[str]) -> Mapping[str, str]:
        """Return the content hash of each conversation that is already kept."""
        return {key: self._readings[key].conversation.hash for key in ids if key in self._readings}

    async def conversation(self, conversation: str, *, space: str | None) -> Conversation | None:
        """Return one conversation whole."""
        reading = self._readings.get(conversation)
        return reading.conversation if reading and _open(reading.conversation, space) else None

    async def claims(self, ids: Sequence[str], *, space: str | None) -> list[Claim]:
        """Return claims by id, in the order asked."""
        known = {
            claim.id: claim
            for reading in self._readings.values()
            if _open(reading.conversation, space)
            for claim in reading.claims
        }
        return [known[key] for key in ids if key in known]

    async def tally(self, *, space: str | None) -> Tally:
        """Return how much this reader may read."""
        readings = [reading for reading in self._readings.values() if _open(reading.conversation, space)]
        return Tally(
            conversations=len(readings),
            claims=sum(len(reading.claims) for reading in readings),
            entities=len({entity.name for reading in readings for entity in reading.entities}),
            shows=len({reading.conversation.show for reading in readings}),
            newest=max((reading.conversation.date for reading in readings), default=None),
        )


def _open(conversation: Conversation, space: str | None) -> bool:
    return conversation.space in {None, space}


def _prove(claim: Claim, conversation: Conversation) -> None:
    if conversation.turns[claim.turn].text[claim.start : claim.end] != claim.quote:
        message = f"claim {claim.id} does not quote its turn"
        raise ValueError(message)
