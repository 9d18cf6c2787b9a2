"""A Discord server with people in it, and the whole bot behind it."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.app import App, chat_platforms, open_app
from bot.chat.request import Reply, Request
from bot.config import ModelSettings, Settings
from bot.domain import Conversation
from bot.domain.delivery import DeliveryState
from bot.errors import StoreError
from bot.platforms.discord.spec import DiscordSettings
from bot.runtime import queue_due, run
from bot.store.outbox import Inbox
from bot.store.vault import new_key
from handlers.dispatcher import Dispatcher
from tests.discord_markdown import shown
from tests.fakes import FixedClock, SkippingTimer
from tests.said import conversation
from tests.servers.discord import Channel, FakeDiscord, Interaction, Message, Modal, Upload, User
from tests.servers.discord.state import BUTTON, TEXT_DISPLAY, walk


class WatchedInbox:
    """An inbox that knows what is under way, so that tests can wait for the end of it."""

    def __init__(self, inner: Inbox, discord: FakeDiscord) -> None:
        self.inner = inner
        self.discord = discord
        self.under_way: set[str] = set()
        self.is_busy = False
        self.heard: list[str] = []

    async def accept(self, event: str, payload: str, now: dt.datetime) -> bool:
        """Write an event down; one that comes again may still be under way."""
        known = event in self.under_way
        self.under_way.add(event)
        new = await self.inner.accept(event, payload, now)
        self.heard.append(event)
        if not (new or known):
            self.under_way.discard(event)
        self.discord.world.changed()
        return new

    async def update(self, event: str, payload: str) -> None:
        """Write an event down anew."""
        await self.inner.update(event, payload)

    async def finish(self, event: str) -> None:
        """Note that an event was dealt with."""
        await self.inner.finish(event)
        self.under_way.discard(event)
        self.discord.world.changed()

    async def record_answer(self, event: str, answer: str, now: dt.datetime) -> None:
        """Note where an answer stands; a busy database notes nothing."""
        if self.is_busy:
            raise StoreError
        await self.inner.record_answer(event, answer, now)

    async def forget_answer(self, event: str) -> None:
        """Note that an answer is gone."""
        await self.inner.forget_answer(event)

    async def earlier_answers(self, question: str, event: str) -> list[tuple[str, str]]:
        """Return where the answers stand that a question got before."""
        return await self.inner.earlier_answers(question, event)

    async def is_answered(self, question: str) -> bool:
        """Return whether a question has an answer."""
        return await self.inner.is_answered(question)

    async def is_changed(self, question: str, event: str) -> bool:
        """Return whether a question was changed."""
        return await self.inner.is_changed(question, event)

    async def claim_unfinished(self, platform: str, since: dt.datetime, now: dt.datetime) -> list[tuple[str, str]]:
        """Return what was never finished; it is under way again."""
        found = await self.inner.claim_unfinished(platform, since, now)
        self.under_way |= {event for event, _ in found}
        return found


class Paced(Dispatcher):
    """Handlers whose answers wait while they are not `going`."""

    def __init__(self, inner: Dispatcher) -> None:
        self._inner = inner
        self.going = asyncio.Event()
        self.going.set()

    async def __call__(self, request: Request) -> AsyncIterator[Reply]:
        """Yield the states of the answer, its last one when it may go."""
        async for reply in self._inner(request):
            if reply.final:
                await self.going.wait()
            yield reply


@dataclass
class Hall:
    """Acme's server: Max owns it, Ann and Bob are in it; the bot is in #general, #news and the forum #board."""

    discord: FakeDiscord
    database: Path
    clock: FixedClock
    model: ModelSettings = field(default_factory=ModelSettings)
    fetch_private: str = ""
    key: str = field(default_factory=new_key)
    told: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        world = self.discord.world
        self.acme = world.guild("Acme")
        self.max = world.users[self.acme.owner]
        self.ann, self.bob = (world.user(name, self.acme) for name in ("Ann", "Bob"))
        self.general = world.channel(self.acme, "general")
        self.news = world.channel(self.acme, "news", "announcement")
        self.board = world.channel(self.acme, "board", "forum")
        self._life: asyncio.Task[None] | None = None

    @property
    def tenant(self) -> str:
        """Return the server as our tables write it."""
        return f"discord:{self.acme.id}"

    @property
    def at_bot(self) -> str:
        """Return how people write the bot's name."""
        return self.discord.mention

    def alone(self, user: User) -> Channel:
        """Return somebody's direct conversation with the bot."""
        return self.discord.world.direct(user)

    async def opens(self, **changed: object) -> None:
        """Start the bot, and wait until it hears."""
        self._life = asyncio.create_task(self._lives(changed))
        listens = asyncio.create_task(self.discord.until(lambda: self.discord.gateway.connected, 20))
        await asyncio.wait({listens, self._life}, timeout=20, return_when=asyncio.FIRST_COMPLETED)
        listens.cancel()

    async def closes(self, *, killed: bool = False) -> None:
        """Stop the bot; killed, it does not finish what is under way."""
        if self._life is None:
            return
        self._life.cancel()
        if killed:
            await asyncio.wait({self._life}, timeout=0.05)
            self._life.cancel()
        await asyncio.gather(self._life, return_exceptions=True)
        await self.discord.until(lambda: not self.discord.gateway.connected)

    async def ended(self) -> None:
        """Wait until the bot ends by itself, and raise what it ended with."""
        if self._life:
            await asyncio.wait_for(asyncio.shield(self._life), 5)

    async def restarts(self) -> None:
        """Stop the bot and start it again on what it kept."""
        await self.closes()
        await self.opens()

    async def command(self, typed: str, by: User | None = None, where: Channel | None = None) -> list[Message]:
        """Use a slash command with its first option filled in; return the messages that answer it."""
        name, _, text = typed.partition(" ")
        (known,) = [command for command in self.discord.world.commands[""] if command["name"] == name]
        return await self.uses(name, {known["options"][0]["name"]: text} if text else {}, by, where)

    async def uses(
        self, name: str, options: Mapping[str, object], by: User | None = None, where: Channel | None = None
    ) -> list[Message]:
        """Use a slash command with options; return the messages that answer it."""
        self.clock.advance(seconds=1)
        return await self._answered(self.discord.command(name, options, by or self.ann, where or self.general))

    async def checks(self, message: Message, by: User | None = None) -> list[Message]:
        """Have a message checked by its menu; return the messages that answer it."""
        return await self.chooses("Check this claim", message, by)

    async def chooses(self, command: str, message: Message, by: User | None = None) -> list[Message]:
        """Choose a command in a message's menu; return the messages that answer it."""
        self.clock.advance(seconds=1)
        return await self._answered(self.discord.context_menu(command, message, by or self.ann))

    async def completes(
        self, name: str, option: str, text: str, by: User | None = None, where: Channel | None = None
    ) -> list[str]:
        """Type into an option; return what is offered."""
        asked = await self.discord.complete(name, option, text, by or self.ann, where or self.general)
        assert asked.response is not None, asked.failure
        return [choice["value"] for choice in asked.choices]

    async def pressed(self, label: str, pages: list[Message], by: User | None = None) -> list[Message]:
        """Press the first button of this label in an answer; return it if it changes, and the messages below."""
        self.clock.advance(seconds=1)
        page = next((page for page in pages if label in labels(page)), pages[-1])
        shown = page.components
        answers = await self._answered(self._press(page, label, by or self.ann))
        return [*([page] if page.components != shown else []), *answers]

    def _press(self, page: Message, label: str, by: User) -> Interaction:
        found = ((name, choose) for words, name, choose in _labelled(page) if words == label)
        name, choose = next(found, (label, None))
        return self.discord.press(page, name, by, choose)

    async def submits(self, by: User | None = None, **filled: object) -> list[Message]:
        """Submit the form on somebody's screen; return the messages that answer it."""
        self.clock.advance(seconds=1)
        by = by or self.ann
        return await self._answered(self.discord.submit(self.modal(by), by, filled))

    async def says(
        self,
        text: str,
        by: User | None = None,
        where: Channel | None = None,
        reply_to: Message | None = None,
        files: Iterable[Upload] = (),
    ) -> list[Message]:
        """Write something to the bot, with files; return what it adds there and in a new thread below."""
        by, where = by or self.ann, where or self.general
        self.clock.advance(seconds=1)
        before = {page.id for page in self.everything(where, by)}
        said = self.discord.say(by, where, text, reply_to, files=files).message
        await self.discord.until(lambda: f"discord:{said.id}" in self.inbox.heard)
        await self.idle()
        return [page for page in self.everything(where, by) if page.id not in before]

    async def asks(self, text: str, by: User | None = None) -> list[Message]:
        """Write to the bot directly; return what it answers."""
        by = by or self.ann
        return await self.says(text, by, self.alone(by))

    async def overheard(self) -> None:
        """Wait until the bot heard everything that was said so far, whether it was for it or not."""
        await self.completes("follow", "entity", "", self.max)
        await self.idle()

    async def idle(self) -> None:
        """Wait until everything that was heard was dealt with."""
        await self.discord.until(lambda: not self.inbox.under_way, 15)

    async def delivered(self, tenant: str = "") -> None:
        """Let time pass until nothing is on its way."""
        outbox, waiting = self.app.store.outbox, [DeliveryState.PENDING, DeliveryState.SENDING]
        async with asyncio.timeout(15):
            while await outbox.deliveries(tenant or self.tenant, waiting):
                await asyncio.sleep(0.02)
                self.clock.advance(seconds=1)

    async def ticks(self) -> None:
        """Look at once for what is due, and hand it over."""
        await queue_due(self.app, self.platforms)
        await self.delivered()

    async def reads(self, *said: str) -> None:
        """Let the bot read a conversation of today."""
        await self.take_in(conversation("news", *said))

    async def take_in(self, *said: Conversation) -> None:
        """Let the bot read conversations."""
        await self.app.importer.import_conversations(said, lambda _: None)
        await self.app.search.refresh()

    def seen(self, where: Channel, by: User) -> list[Message]:
        """Return what a person sees of what the bot posted."""
        return [one for one in self.discord.seen(where, by) if one.author == self.discord.world.bot.id]

    def everything(self, where: Channel, by: User) -> list[Message]:
        """Return what a person sees of what the bot posted in a channel and in its threads."""
        rooms = [where, *self.discord.threads(where)]
        return [page for room in rooms for page in self.seen(room, by)]

    def modal(self, by: User | None = None) -> Modal:
        """Return the form on somebody's screen; raises LookupError where there is none."""
        found = self.discord.modal(by or self.ann)
        if found is None:
            message = "No form is open."
            raise LookupError(message)
        return found

    def settings(self, **changed: object) -> Settings:
        """Return the settings for this server."""
        known = {"token": self.discord.token, "api_url": self.discord.api_url, "gateway_url": self.discord.gateway_url}
        return Settings(
            database=self.database,
            workers=0,
            timezone="UTC",
            tick_seconds=0.5,
            secret_key=self.key,
            fetch_private=self.fetch_private,
            platforms=(replace(DiscordSettings(**known), **changed),),
            model=self.model,
        )

    async def _answered(self, asked: Interaction) -> list[Message]:
        self.last = asked
        await asked
        assert not asked.failure, asked.failure
        await self.idle()
        return asked.answers

    async def _lives(self, changed: Mapping[str, object]) -> None:
        async with open_app(self.settings(**changed), self.clock) as built:
            self.inbox = WatchedInbox(built.store.inbox, self.discord)
            self.pace = Paced(built.dispatcher)
            self.app: App = replace(built, store=replace(built.store, inbox=self.inbox), dispatcher=self.pace)
            self.platforms = await chat_platforms(self.app, self.tell, timer=SkippingTimer())
            await run(self.app, None, self.platforms, self.tell)

    async def tell(self, sentence: str) -> None:
        """Keep what the bot says to whoever started it."""
        self.told.append(sentence)
        self.discord.world.changed()


@asynccontextmanager
async def gathered(
    database: Path, clock: FixedClock, model: ModelSettings | None = None, fetch_private: str = "", **changed: object
) -> AsyncIterator[Hall]:
    """Open the server with the bot listening."""
    async with FakeDiscord(clock) as discord:
        hall = Hall(discord, database, clock, model or ModelSettings(), fetch_private)
        await hall.opens(**changed)
        try:
            yield hall
        finally:
            await hall.closes()


def labels(*targets: Message) -> list[str]:
    """Return the words on every button and in every menu, in reading order."""
    return [label for target in targets for label, _, _ in _labelled(target)]


def _labelled(target: Message) -> Iterator[tuple[str, str, str | None]]:
    for one in walk(target.components):
        if one["type"] == BUTTON:
            yield one["label"], one["label"], None
        for option in one.get("options", ()):
            yield option["label"], one["custom_id"], option["value"]


def words(*targets: Message | Modal) -> str:
    """Return everything that can be read, without its markup."""
    shown_parts = (one for target in targets for one in walk(target.components) if one["type"] == TEXT_DISPLAY)
    texts = (shown(line) for one in shown_parts for line in one["content"].split("\n"))
    return re.sub(r"[\s\u2060\u200b]+", " ", " ".join(texts)).strip()
