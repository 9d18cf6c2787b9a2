"""The seams. Each is one idea wide; everything concrete stands behind one of these."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, Self, TypeAlias, TypeVar

from bot.message import Form, Message
from bot.model import (
    Answer,
    Brief,
    Claim,
    Conversation,
    Entity,
    Filters,
    Hit,
    Material,
    Passage,
    Reading,
    Subject,
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far something long has come."""

    done: int
    total: int
    note: str = ""


Report: TypeAlias = Callable[[Progress], None]

# --- where and who ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Address:
    """Where a message goes; reads `slack:T1/C2` or, in a thread, `slack:T1/C2/171.5`."""

    platform: str
    space: str
    channel: str
    thread: str = ""

    def __str__(self) -> str:
        """Write the address in one line."""
        return f"{self.platform}:{self.space}/{self.channel}" + (f"/{self.thread}" if self.thread else "")

    @classmethod
    def parse(cls, written: str) -> Self:
        """Read an address back; raises ValueError for anything else."""
        platform, _, rest = written.partition(":")
        space, _, where = rest.partition("/")
        channel, _, thread = where.partition("/")
        if not (platform and space and channel):
            message = f"{written!r} is not an address like slack:T1/C2"
            raise ValueError(message)
        return cls(platform, space, channel, thread)

    @property
    def tenant(self) -> str:
        """The space with its platform, `slack:T1`: the key every tenant row carries."""
        return f"{self.platform}:{self.space}"

    @property
    def top(self) -> Address:
        """The channel that holds the thread."""
        return Address(self.platform, self.space, self.channel)


@dataclass(frozen=True, slots=True)
class Arg:
    """An argument of a verb. `kind` tells a surface how to ask for it and free text how to find it."""

    name: str
    help: str
    kind: ArgKind
    required: bool = False
    choices: tuple[str, ...] = ()


class ArgKind(StrEnum):
    """What an argument may hold."""

    WORDS = "words"
    ENTITY = "entity"
    TOPIC = "topic"
    SPEAKER = "speaker"
    DATE = "date"
    TIME = "time"
    ZONE = "zone"
    DAYS = "days"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True)
class Verb:
    """What a person can ask for, declared once; every surface is made from this.

    `shown` is False for verbs that only buttons send. `manages` asks for the right to manage the channel.
    """

    name: str
    help: str
    args: tuple[Arg, ...] = ()
    shown: bool = True
    manages: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """A command, a mention, a button press or a submitted form; all look like this.

    `args` hold the verb's arguments by name, or everything under "" where the surface has free text only.
    `id` is the platform's own and makes a redelivery harmless. `zone` is the person's IANA zone, if known.
    """

    verb: str
    args: Mapping[str, str]
    user: str
    at: Address
    when: dt.datetime
    private: bool = True
    may_manage: bool = False
    zone: str = ""
    id: str = ""

    def arg(self, name: str) -> str:
        """Return an argument, or the empty string where it was not given."""
        return self.args.get(name, "").strip()


@dataclass(frozen=True, slots=True)
class Reply:
    """A state of the answer, replacing the one before; `final` is False for progress.

    `private` is who may see it: only the person who asked, or everyone where it was asked.
    """

    content: Message | Form
    private: bool = True
    final: bool = True


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that a platform has taken, so that it can be edited later."""

    at: Address
    id: str


Dispatch: TypeAlias = Callable[[Request], AsyncIterator[Reply]]


class Platform(Protocol):
    """A place where people talk. Raises Busy, Gone or Denied and never its SDK's own errors."""

    name: str

    async def run(self, verbs: Sequence[Verb], dispatch: Dispatch) -> None:
        """Listen until cancelled, or until the person leaves."""

    async def send(self, to: Address, message: Message, *, key: str) -> Sent:
        """Post; the same `key` again is the same message, as far as the platform can tell."""

    async def edit(self, sent: Sent, message: Message) -> None:
        """Replace what was posted."""

    async def direct(self, space: str, user: str) -> Address:
        """Open the direct conversation with a person."""


class Clock(Protocol):
    """The time of day, as a parameter."""

    def now(self) -> dt.datetime:
        """Return the present moment in UTC."""


# --- what was said ------------------------------------------------------------------------------------------


class Unit(StrEnum):
    """What a search goes through."""

    PASSAGES = "passages"
    CLAIMS = "claims"


@dataclass(frozen=True, slots=True)
class Found:
    """A row that a search is weighing: its words, whose they are, and how well it matches them.

    `rank` is BM25, more is better; 0 for a row that was not found by its words.
    """

    id: int
    text: str
    speaker: str
    title: str
    show: str
    date: dt.date
    rank: float = 0.0


class Index(Protocol):
    """The words of passages and claims. Every method leaves out what the reader may not read."""

    async def counts(self, unit: Unit, words: Sequence[str]) -> Mapping[str, int]:
        """Return how many rows of all have each word, and under the empty string how many rows there are."""

    async def match(
        self, unit: Unit, rare: Sequence[str], common: Sequence[str], within: Filters, limit: int
    ) -> list[Found]:
        """Return rows that have a rare word or two common ones, best first; without words the newest rows."""

    async def look(self, unit: Unit, ids: Sequence[int], within: Filters) -> list[Found]:
        """Return those of the rows that lie within the filters."""

    async def passages(self, ids: Sequence[int], within: Filters) -> Mapping[int, Passage]:
        """Return whole passages by row."""

    async def claims(self, ids: Sequence[int], within: Filters) -> Mapping[int, Claim]:
        """Return whole claims by row."""


class Vectors(Protocol):
    """The vectors of passages and claims, each the bytes that search made of the row's text."""

    async def pending(self, unit: Unit, limit: int) -> list[tuple[int, str]]:
        """Return id and text of rows that have no vector yet."""

    async def put(self, unit: Unit, vectors: Sequence[tuple[int, bytes]]) -> None:
        """Keep vectors by row."""

    async def stored(self, unit: Unit, after: int) -> list[tuple[int, bytes]]:
        """Return the vectors of all rows with a greater id, by id."""

    async def rows(self, unit: Unit, within: Filters) -> list[int]:
        """Return the ids of all rows within the filters, by id."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How much there is; `newest` is the date of the newest conversation.

    `catalogue` lists each show with its number of conversations and newest date, the newest first.
    """

    conversations: int = 0
    claims: int = 0
    entities: int = 0
    shows: int = 0
    newest: dt.date | None = None
    catalogue: tuple[tuple[str, int, dt.date], ...] = ()


class Library(Protocol):
    """Everything that was said. Readers see what is open and what belongs to their own space."""

    async def keep(self, readings: Sequence[Reading]) -> None:
        """Store readings whole or not at all; an edited conversation replaces its former self.

        Raises ValueError where a quote is not the span of the stored turn, byte for byte.
        """

    async def hashes(self, ids: Iterable[str]) -> Mapping[str, str]:
        """Return the content hash of each conversation that is already kept."""

    async def conversation(self, conversation: str, *, space: str | None) -> Conversation | None:
        """Return one conversation whole."""

    async def claims(self, ids: Sequence[str], *, space: str | None) -> list[Claim]:
        """Return claims by id, in the order asked; ids unknown to this reader are left out."""

    async def tally(self, *, space: str | None) -> Tally:
        """Return how much this reader may read."""


class Search(Protocol):
    """Passages and claims, by words and by meaning. Any text is a legal query."""

    async def find(self, query: str, within: Filters, limit: int = 10) -> list[Hit]:
        """Return the best passages, best first; a query without words finds nothing."""

    async def claims(self, query: str, within: Filters, limit: int = 10) -> list[Claim]:
        """Return the claims nearest to the query, or the newest ones for a query without words."""

    async def refresh(self, report: Report | None = None) -> None:
        """Take in what was kept since the last time; resumable, and never needed for search by words."""


@dataclass(frozen=True, slots=True)
class Profile:
    """The card of an entity: who talks about it, how often, and since when."""

    entity: Entity
    claims: int
    week: int
    speakers: tuple[tuple[str, int], ...]
    timeline: tuple[tuple[dt.date, int], ...]


class Reader(Protocol):
    """Reads files and folders on this machine."""

    async def read_source(self, tenant: str, target: str) -> str:
        """Read a source now and return in words how it went."""


class Registry(Protocol):
    """Canonical names with their aliases and kinds."""

    async def entity(self, name: str) -> Entity | None:
        """Return the entity that goes by this name or alias."""

    async def complete(self, prefix: str, limit: int) -> list[Entity]:
        """Return entities whose name or alias begins so, the most spoken of first; near names after them."""

    async def profile(self, entity: Entity, *, space: str | None, today: dt.date) -> Profile:
        """Return the card of an entity, counting what this reader may read."""

    async def merge(self, keep: str, drop: str) -> None:
        """Make one name an alias of another; raises UserError for a pair that must not merge."""

    async def split(self, name: str) -> None:
        """Undo the merge that made this name an alias, and never merge the pair again."""


# --- who wants it -------------------------------------------------------------------------------------------


class Pace(StrEnum):
    """When a follower hears of new claims."""

    INSTANT = "instant"
    HOURLY = "hourly"
    BRIEF = "with the brief"


@dataclass(frozen=True, slots=True)
class Follow:
    """A person or channel that wants to know what is said about an entity."""

    id: int
    entity: str
    at: Address
    user: str
    pace: Pace
    zone: str
    since: dt.datetime


@dataclass(frozen=True, slots=True)
class Subscription:
    """A channel that gets the brief: `at_time` local wall time in `zone` on `days` (0 is Monday).

    `state` is "on" or why it is paused; `due` the next run in UTC, `due_date` its local date.
    """

    id: int
    topic: str
    at: Address
    user: str
    at_time: dt.time
    zone: str
    days: frozenset[int]
    due: dt.datetime
    due_date: dt.date
    state: str = "on"


class State(StrEnum):
    """Where a delivery stands; every one ends sent, failed or unknown."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Delivery:
    """Something to send: `what` names it (`brief 2026-06-27 ai`), never its wording; `key` makes it unique.

    `token` fences a sender whose lease ran out. `id` is set once it is kept.
    """

    key: str
    what: str
    at: Address
    id: int = 0
    attempts: int = 0
    token: int = 0
    state: State = State.PENDING
    reason: str = ""


class Audience(Protocol):
    """Follows: who hears about whom."""

    async def follow(self, follow: Follow) -> bool:
        """Begin a follow or change its pace; return whether it is new. Only what is said from now on is told."""

    async def unfollow(self, entity: str, at: Address) -> bool:
        """End a follow; return whether there was one."""

    async def following(self, at: Address) -> list[Follow]:
        """Return what is followed from here, by name."""

    async def alerts(self, now: dt.datetime) -> int:
        """Put one delivery into the outbox for each follow with new claims whose pace says now; count them."""

    async def news(self, follow: int, after: int, until: int) -> tuple[Follow, list[str]] | None:
        """Return a follow and the ids of the claims of one alert; None where the follow has ended."""


class Subscriptions(Protocol):
    """Which channel gets which brief, and when."""

    async def subscribe(self, subscription: Subscription) -> Subscription:
        """Begin or change the subscription of a channel to a topic."""

    async def unsubscribe(self, at: Address, topic: str) -> int:
        """End subscriptions of a channel (all topics where empty); return how many."""

    async def subscriptions(self, tenant: str, at: Address | None = None) -> list[Subscription]:
        """Return a space's subscriptions, or one channel's."""

    async def due(self, now: dt.datetime) -> list[Subscription]:
        """Return those whose time has come."""

    async def advance(self, due: Subscription, due_next: dt.datetime, date_next: dt.date, out: Delivery | None) -> bool:
        """Move to the next run and put the delivery into the outbox, both or neither; False if another did."""

    async def pause(self, at: Address, reason: str) -> int:
        """Stop sending to a channel that cannot be posted to, and keep why; return how many stopped."""


class Editions(Protocol):
    """Briefs made so far, and what they told."""

    async def edition(self, topic: str, date: dt.date, *, space: str | None) -> Brief | None:
        """Return the brief of that topic and date."""

    async def publish(self, brief: Brief) -> Brief:
        """Keep an edition; where one is already kept, that one stands and is returned."""

    async def material(self, topic: str, date: dt.date, *, space: str | None) -> Material:
        """Return the claims of the window that ends with the date, and what earlier briefs told."""


class Desk(Protocol):
    """Briefs and answers, from what has been read."""

    async def brief(self, topic: str, date: dt.date, *, space: str | None) -> Brief:
        """Return the published edition, or one made now; nothing is kept."""

    async def publish(self, topic: str, date: dt.date, *, space: str | None) -> Brief:
        """Return the edition as it will always stand."""

    async def answer(self, question: str, within: Filters, subject: Subject) -> tuple[Answer, Subject]:
        """Return the answer, and what the thread is about from now on."""


class Threads(Protocol):
    """What a thread has been about, so that a follow-up question keeps its subject."""

    async def subject(self, at: Address) -> Subject:
        """Return the thread's subject, empty for a new thread."""

    async def remember(self, at: Address, user: str, subject: Subject, now: dt.datetime) -> None:
        """Keep the thread's subject."""


class Votes(Protocol):
    """Whether people found helpful what we said."""

    async def vote(self, at: Address, user: str, what: str, *, helped: bool, now: dt.datetime) -> None:
        """Keep a person's verdict; their last word counts."""


@dataclass(frozen=True, slots=True)
class SourceState:
    """A file or folder that is read, how its last reading went in words, and when that was."""

    target: str
    state: str
    read: dt.datetime | None = None


class Sources(Protocol):
    """What is read, now and whenever it changes."""

    async def add(self, tenant: str, user: str, target: str) -> None:
        """Begin reading a file or folder."""

    async def remove(self, tenant: str, target: str) -> bool:
        """Stop reading it; return whether it was read."""

    async def sources(self, tenant: str) -> list[SourceState]:
        """Return what is read, and how the last reading went."""

    async def report(self, tenant: str, target: str, state: str, now: dt.datetime) -> None:
        """Keep how a reading went, in words."""


class Privacy(Protocol):
    """What we know of a person: theirs to read and to erase."""

    async def export(self, tenant: str, user: str) -> Mapping[str, Sequence[Mapping[str, object]]]:
        """Return every row that carries the person's id, by table."""

    async def forget(self, tenant: str, user: str) -> int:
        """Erase every row that carries the person's id; return how many."""


class Inbox(Protocol):
    """What platforms sent us, each once."""

    async def accept(self, event: str, when: dt.datetime) -> bool:
        """Write the event down; False if it was there already."""


# --- delivery -----------------------------------------------------------------------------------------------


class Outbox(Protocol):
    """What is to be sent, kept until it is settled."""

    async def put(self, deliveries: Sequence[Delivery], now: dt.datetime) -> int:
        """Keep deliveries; a key that is already kept changes nothing. Return how many were new."""

    async def claim(self, now: dt.datetime, lease: dt.timedelta, limit: int) -> list[Delivery]:
        """Take due deliveries for as long as the lease; nobody else gets them meanwhile."""

    async def settle(self, delivery: Delivery, state: State, reason: str = "", sent: str = "") -> bool:
        """Record how it went; False, and nothing changed, if the lease had passed to another."""

    async def again(self, delivery: Delivery, at: dt.datetime, reason: str) -> bool:
        """Hand it back to be tried at a later moment."""

    async def deliveries(self, tenant: str, states: Iterable[State]) -> list[Delivery]:
        """Return a space's deliveries in those states, newest first."""


# --- thinking -----------------------------------------------------------------------------------------------


class Analyst(Protocol):
    """Makes claims of conversations, briefs of claims, and answers of passages."""

    async def read(self, conversation: Conversation) -> Reading:
        """Find the claims, entities and passages of one conversation."""

    async def compose(self, material: Material) -> Brief:
        """Make the brief of a topic and date, or a quiet one."""

    async def resolve(self, question: str, subject: Subject) -> tuple[str, Subject]:
        """Return a question that stands by itself, and the subject that the thread has now."""

    async def answer(self, question: str, hits: Sequence[Hit], subject: Subject) -> Answer:
        """Answer from the passages alone, or say that they do not answer."""


class Llm(Protocol):
    """A language model."""

    async def complete(self, system: str, user: str, *, returns: type[T], purpose: str) -> T:
        """Return the model's answer in the shape asked for; raises LlmError."""
