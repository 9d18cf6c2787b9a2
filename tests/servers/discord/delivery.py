"""What people asked of the app, and what it answered when."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Generator
from dataclasses import dataclass, field

from tests.servers.discord.state import JSON, Channel, Message, Modal, User

COMMAND, COMPONENT, COMPLETION, SUBMISSION = 2, 3, 4, 5
"""The kinds of interaction, by Discord's numbers."""

LIFE = dt.timedelta(minutes=15)
"""How long an interaction's token works once it was answered."""

SILENCE = "The application did not respond"
"""What a person reads who got no answer in time."""


@dataclass(eq=False)
class Interaction:
    """Something a person asked of the app.

    Awaiting it waits for the first response, or until it is too late for one, and returns it. Then
    `response` is the number of the kind of response, or `failure` says what the person was told.
    `original` is the message the response wrote or belongs to, `followups` what came after it,
    `choices` what was suggested, `modal` what was opened. Times are the event loop's, in seconds.
    """

    id: str
    token: str
    kind: int
    user: User
    channel: Channel
    at: dt.datetime
    payload: JSON = field(default_factory=dict)
    source: Message | None = None
    modal: Modal | None = None
    began: float = 0.0
    ended: float = 0.0
    response: int | None = None
    failure: str = ""
    original: Message | None = None
    followups: list[Message] = field(default_factory=list)
    choices: list[JSON] = field(default_factory=list)
    deferred: bool = False
    user_only: bool = False
    hidden: bool = False
    timer: asyncio.TimerHandle | None = None
    _settled: asyncio.Future[Interaction] | None = None

    def __await__(self) -> Generator[object, None, Interaction]:
        """Wait for the first response."""
        if self._settled is None:
            self._settled = asyncio.get_running_loop().create_future()
            if self.over:
                self._settled.set_result(self)
        return self._settled.__await__()

    @property
    def over(self) -> bool:
        """Say whether the first response was given, or can be given no more."""
        return self.response is not None or bool(self.failure)

    @property
    def seconds(self) -> float:
        """Return the time from the event to the first response."""
        return self.ended - self.began if self.response is not None else float("inf")

    @property
    def shown(self) -> Message | None:
        """Return the message that answers, once it no longer says that the app is thinking."""
        return self.original if self.original and not self.original.thinking else None

    @property
    def answers(self) -> list[Message]:
        """Return every message it was answered with, in order."""
        first = [self.original] if self.original and self.original is not self.source else []
        return [*first, *self.followups]

    def settle(self) -> None:
        """Let those who wait go on."""
        self.ended = asyncio.get_running_loop().time()
        if self.timer:
            self.timer.cancel()
        if self._settled and not self._settled.done():
            self._settled.set_result(self)

    def give_up(self) -> None:
        """Note that nobody answered in time."""
        if not self.over:
            self.failure = SILENCE
            self.settle()


@dataclass(frozen=True, slots=True)
class Said:
    """A message somebody posted; `told` is how many of the app's sessions heard of it at once."""

    message: Message
    told: int

    def __await__(self) -> Generator[object, None, Said]:
        """Let what was sent go out."""
        yield from asyncio.sleep(0).__await__()
        return self

    def seconds(self, answer: Message) -> float:
        """Return the time from this message to one that answers it."""
        return answer.seconds - self.message.seconds
