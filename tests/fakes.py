"""Real code that stands in for services: the same promises, kept in memory."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.chat.message import Message
from bot.chat.platform import ConcurrencyLimits, PostedPages, Sent
from bot.chat.request import Dispatch, Verb
from bot.delivery.leader_election import Leases
from bot.domain import Analysis, Claim, Conversation
from bot.domain.address import Address
from bot.domain.library import LibraryStats
from bot.errors import PlatformError


class MemoryLibrary:
    """A `Library` in a dictionary."""

    def __init__(self) -> None:
        self._readings: dict[str, Analysis] = {}

    async def save(self, readings: Sequence[Analysis], *, are_notes: bool = False) -> Sequence[Analysis]:
        """Store readings whole or not at all; here nobody forgets a note."""
        del are_notes
        for reading in readings:
            for claim in reading.claims:
                _prove(claim, reading.conversation)
        self._readings |= {reading.conversation.id: reading for reading in readings}
        return readings

    async def hashes(self, ids: Iterable[str]) -> Mapping[str, str]:
        """Return the content hash of each conversation that is already kept."""
        return {key: self._readings[key].conversation.content_hash for key in ids if key in self._readings}

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

    async def tally(self, *, space: str | None) -> LibraryStats:
        """Return how much this reader may read."""
        readings = [reading for reading in self._readings.values() if _open(reading.conversation, space)]
        return LibraryStats(
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


class FixedClock:
    """A clock that moves only when it is told to."""

    def __init__(self, moment: dt.datetime) -> None:
        self.moment = moment

    def now(self) -> dt.datetime:
        """Return the moment it was set to."""
        return self.moment

    def advance(self, **passing: float) -> dt.datetime:
        """Let time pass, in the words of `timedelta`, and return the new moment."""
        self.moment += dt.timedelta(**passing)
        return self.moment


class SkippingTimer:
    """A timer by which nobody waits: time is at once what they would have waited for."""

    def __init__(self) -> None:
        self._passed = 0.0

    def now(self) -> float:
        """Return how many seconds were waited for."""
        return self._passed

    async def sleep(self, seconds: float) -> None:
        """Let the others go first, and the time pass."""
        then = self._passed + seconds
        await asyncio.sleep(0)
        self._passed = max(self._passed, then)


class MemoryPlatform:
    """A `Platform` that keeps what is posted; `refusals` are raised first, one for each sending."""

    def __init__(self, name: str = "memory", refusals: Iterable[PlatformError] = ()) -> None:
        self.name = name
        self.concurrency = ConcurrencyLimits()
        self.refusals = list(refusals)
        self.visited: set[Address] = set()
        self.posts: dict[str, tuple[Address, Message]] = {}
        self.edits: list[tuple[Sent, Message]] = []
        self.attempts: list[str] = []

    async def run(self, verbs: Sequence[Verb], dispatch: Dispatch) -> None:
        """Listen to nobody, until cancelled."""
        del verbs, dispatch
        await asyncio.Event().wait()

    async def send(self, to: Address, message: Message, *, key: str, trail: PostedPages | None = None) -> Sent:
        """Keep the message, once for each key."""
        del trail
        self.attempts.append(key)
        if self.refusals:
            raise self.refusals.pop(0)
        self.posts.setdefault(key, (to, message))
        return Sent(to, key)

    async def edit(self, sent: Sent, message: Message) -> None:
        """Replace what was posted."""
        self.posts[sent.id] = (sent.at, message)
        self.edits.append((sent, message))

    async def is_connected(self) -> bool:
        """Return True: nobody is far away."""
        return True

    async def has_outsiders(self, at: Address) -> bool:
        """Return whether somebody from elsewhere visits it."""
        return at in self.visited

    async def direct(self, space: str, user: str) -> Address:
        """Return the person's own channel."""
        return Address(self.name, space, f"direct-{user}")


class MemoryReplies:
    """`Replies` in a dictionary, their ids counted."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], Message] = {}

    async def save(self, at: Address, user: str, message: Message, now: dt.datetime) -> str:
        """Keep a message and return its id."""
        del user, now
        id_ = f"reply-{len(self._kept) + 1}"
        self._kept[at.tenant, id_] = message
        return id_

    async def get(self, tenant: str, id_: str) -> Message | None:
        """Return a message that was kept in this space."""
        return self._kept.get((tenant, id_))


class MemoryInbox:
    """An `Inbox` in a dictionary."""

    def __init__(self) -> None:
        self._events: dict[str, str | None] = {}
        self._answers: dict[str, str] = {}

    async def accept(self, event: str, payload: str, now: dt.datetime) -> bool:
        """Note the event; False if it was there already."""
        del now
        new = event not in self._events
        self._events.setdefault(event, payload)
        return new

    async def update(self, event: str, payload: str) -> None:
        """Write an unfinished event down anew."""
        if self._events.get(event) is not None:
            self._events[event] = payload

    async def finish(self, event: str) -> None:
        """Forget what the event said."""
        self._events[event] = None

    async def record_answer(self, event: str, answer: str, now: dt.datetime) -> None:
        """Note where the answer stands."""
        del now
        self._events.setdefault(event, None)
        self._answers[event] = answer

    async def forget_answer(self, event: str) -> None:
        """Note that the answer is gone."""
        self._answers.pop(event, None)

    async def earlier_answers(self, question: str, event: str) -> list[tuple[str, str]]:
        """Return where the answers stand that a question got before."""
        return sorted((key, answer) for key, answer in self._answers.items() if question <= key < event)

    async def is_answered(self, question: str) -> bool:
        """Return whether a question, or a change of it, has an answer or is being answered."""
        known = {*self._answers, *(key for key, payload in self._events.items() if payload is not None)}
        return any(key == question or key.startswith(f"{question}/") for key in known)

    async def is_changed(self, question: str, event: str) -> bool:
        """Return whether a question was changed after an event."""
        return any(key > event and key.startswith(f"{question}/") for key in self._events)

    async def claim_unfinished(self, platform: str, since: dt.datetime, now: dt.datetime) -> list[tuple[str, str]]:
        """Return what was never finished."""
        del since, now
        return [(e, said) for e, said in self._events.items() if said is not None and e.startswith(f"{platform}:")]


class MemoryLeases:
    """`Leases` in a dictionary, which several replicas share."""

    def __init__(self) -> None:
        self._held: dict[str, tuple[str, dt.datetime]] = {}

    async def acquire(self, name: str, holder: str, now: dt.datetime, lease: dt.timedelta) -> bool:
        """Take a name, or hold it for longer."""
        other, until = self._held.get(name, (holder, now))
        if other != holder and until > now:
            return False
        self._held[name] = (holder, now + lease)
        return True

    async def release(self, name: str, holder: str) -> None:
        """Let others have a name."""
        if self._held.get(name, ("", None))[0] == holder:
            del self._held[name]

    async def count_held(self, prefix: str, now: dt.datetime) -> int:
        """Return how many names that begin so are held."""
        return sum(name.startswith(prefix) and until > now for name, (_, until) in self._held.items())


@dataclass
class Road:
    """The way to leases, which may be cut off: then asking fails, or hangs."""

    to: Leases
    cut: bool = False
    hangs: bool = False

    async def acquire(self, name: str, holder: str, now: dt.datetime, lease: dt.timedelta) -> bool:
        """Take a name, where somebody answers."""
        await self._passed()
        return await self.to.acquire(name, holder, now, lease)

    async def release(self, name: str, holder: str) -> None:
        """Let others have a name."""
        await self._passed()
        await self.to.release(name, holder)

    async def count_held(self, prefix: str, now: dt.datetime) -> int:
        """Return how many names that begin so are held."""
        await self._passed()
        return await self.to.count_held(prefix, now)

    async def _passed(self) -> None:
        if self.hangs:
            await asyncio.Event().wait()
        if self.cut:
            raise OSError
