"""A chat platform in one file: whatever is said to it comes back, and so does whatever is posted there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from bot.chat.argument_parser import parse_command
from bot.chat.message import Choices, Message
from bot.chat.platform import ConcurrencyLimits, Notify, Platform, PostedPages, Sent
from bot.chat.request import Dispatch, Request, Verb
from bot.config import Settings
from bot.domain.address import Address
from bot.due_times import Clock
from bot.errors import TokenRefused
from bot.platforms.spec import Finding, Manifest, PlatformServices, PlatformSpec
from tests.pages import blocks, quotes, words


@dataclass(frozen=True, slots=True)
class EchoSettings:
    """A magic word, without which nobody answers."""

    env_prefix: ClassVar[str] = "ECHO_"

    word: str = field(default="", repr=False)

    @property
    def is_started(self) -> bool:
        """Whether anybody has begun to set it up."""
        return bool(self.word)

    @property
    def is_configured(self) -> bool:
        """Whether it connects."""
        return bool(self.word)


class Echo:
    """One channel in one space. `posted` is what came without being asked for."""

    name = "echo"
    concurrency = ConcurrencyLimits(total=1, per_space=1)

    def __init__(self, settings: EchoSettings, clock: Clock, notify: Notify) -> None:
        self.posted: list[str] = []
        self._settings = settings
        self._clock = clock
        self._notify = notify
        self._verbs: Sequence[Verb] = ()
        self._dispatch: Dispatch | None = None
        self._changed = asyncio.Condition()

    async def run(self, verbs: Sequence[Verb], dispatch: Dispatch) -> None:
        """Listen until cancelled; raises TokenRefused for a word that isn't the right one."""
        if self._settings.word != "sesame":
            message = "The word is not the right one; set ECHO_WORD."
            raise TokenRefused(message)
        self._verbs, self._dispatch = verbs, dispatch
        await self._notify("Echo: connected.")
        await self._report_change()
        await asyncio.Event().wait()

    async def says(self, line: str) -> Message:
        """Say something in the channel, or press a button as `/verb argument`; return the answer."""
        await self.until(lambda: self._dispatch is not None)
        command = parse_command(line, self._verbs)
        at = await self.direct("cave", "ann")
        now = self._clock.now()
        request = Request(command.verb, {"": command.text}, "ann", at, now, may_manage=True, zone="UTC", id=f"{now}")
        replies = [reply async for reply in self._dispatch(request)] if self._dispatch else []
        content = replies[-1].content
        assert isinstance(content, Message)
        return content

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Wait until something has come about."""
        async with self._changed:
            await self._changed.wait_for(is_so)

    async def send(self, to: Address, message: Message, *, key: str, trail: PostedPages | None = None) -> Sent:
        """Post a message; nothing is ever in doubt here."""
        del trail
        self.posted.append(page(message))
        await self._report_change()
        return Sent(to, key)

    async def edit(self, sent: Sent, message: Message) -> None:
        """Post it once more: what was called out cannot be taken back."""
        await self.send(sent.at, message, key=sent.id)

    async def is_connected(self) -> bool:
        """Return whether it listens."""
        return self._dispatch is not None

    async def has_outsiders(self, at: Address) -> bool:
        """Return False: only Ann is here."""
        del at
        return False

    async def direct(self, space: str, user: str) -> Address:
        """Return the one channel."""
        del user
        return Address(self.name, space, "wall")

    async def _report_change(self) -> None:
        async with self._changed:
            self._changed.notify_all()


def page(message: Message) -> str:
    """Return a message as text, with its quotes and, as commands, its buttons."""
    actions = [button.action for block in blocks(message) if isinstance(block, Choices) for button in block.buttons]
    lines = [words(message), *(quote.words for quote in quotes(message))]
    return "\n".join([*lines, *(f"/{action.verb} {action.arg}" for action in actions)])


async def _build(settings: EchoSettings, services: PlatformServices) -> Platform:
    return Echo(settings, services.clock, services.notify)


def _problems(settings: Settings) -> Sequence[Finding]:
    is_short = len(settings.platform(EchoSettings).word) < 6
    return [Finding("Echo", "ECHO_WORD is short", "It has six letters.")] if is_short else []


async def _examine(settings: Settings, verbs: Sequence[Verb]) -> Sequence[Finding]:
    del settings
    return [Finding("Echo", f"hears {len(verbs)} verbs")]


def _manifest(settings: Settings, verbs: Sequence[Verb], address: str) -> Manifest:
    del settings, address
    return Manifest({"verbs": [verb.name for verb in verbs if verb.shown]}, "Call it by any verb.")


ECHO = PlatformSpec("echo", EchoSettings, _build, _problems, _examine, _manifest, "Shout into a cave.")
