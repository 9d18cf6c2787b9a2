"""A workspace with people in it, and the whole bot behind it, over either of Slack's roads."""

from __future__ import annotations

import asyncio
import datetime as dt
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.app import App, chat_platforms, open_app
from bot.config import ModelSettings, Settings
from bot.domain import Conversation
from bot.domain.delivery import DeliveryState
from bot.errors import StoreError
from bot.platforms.slack.spec import SlackSettings
from bot.runtime import queue_due, run
from bot.store.outbox import Inbox
from bot.store.vault import new_key
from tests.fakes import FixedClock, SkippingTimer
from tests.journeys.sight import control, labels
from tests.said import conversation
from tests.servers.slack import Channel, Delivery, FakeSlack, Message, Said, User, View
from tests.servers.slack.choices import interactive
from tests.servers.slack.state import JSON

SOCKET, HTTP = "socket", "http"


class WatchedInbox:
    """An inbox that knows what is under way, so that tests can wait for the end of it."""

    def __init__(self, inner: Inbox, slack: FakeSlack) -> None:
        self.inner = inner
        self.slack = slack
        self.under_way: set[str] = set()
        self.is_busy = False
        self.accepted: list[str] = []
        self.noted: list[str] = []

    async def accept(self, event: str, payload: str, now: dt.datetime) -> bool:
        """Write an event down."""
        new = await self.inner.accept(event, payload, now)
        if new:
            self.under_way.add(event)
            self.accepted.append(event)
        return new

    async def update(self, event: str, payload: str) -> None:
        """Write an event down anew."""
        await self.inner.update(event, payload)
        self.noted.append(event)
        self.slack.world.changed()

    async def finish(self, event: str) -> None:
        """Note that an event was dealt with."""
        await self.inner.finish(event)
        self.under_way.discard(event)
        self.slack.world.changed()

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


@dataclass
class Office:
    """Acme: Ann and Bob are members, Guy a guest; #general has the bot, the private #quiet has not."""

    slack: FakeSlack
    database: Path
    clock: FixedClock
    road: str
    model: ModelSettings = field(default_factory=ModelSettings)
    fetch_private: str = ""
    told: list[str] = field(default_factory=list)
    spoke: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        world = self.slack.world
        self.acme = world.workspace("Acme", installed=self.road == SOCKET)
        self.ann, self.bob = (world.user(self.acme.id, name, tz="Europe/Berlin") for name in ("Ann", "Bob"))
        self.guy = world.user(self.acme.id, "Guy", is_restricted=True)
        people = {self.ann.id, self.bob.id, self.guy.id}
        self.general = world.channel(self.acme.id, "general", "public", {*people, self.acme.bot})
        self.quiet = world.channel(self.acme.id, "quiet", "private", people)
        self.with_ann = world.direct(self.acme.id, [self.ann.id])
        self.key = new_key()
        self.port = _free_port()
        self._life: asyncio.Task[None] | None = None

    @property
    def tenant(self) -> str:
        """Return the workspace as our tables write it."""
        return f"slack:{self.acme.id}"

    @property
    def at_bot(self) -> str:
        """Return how people write the bot's name."""
        return self.slack.mention(self.acme.id)

    async def opens(self, **changed: str) -> None:
        """Start the bot, and wait until it says something; in HTTP mode Ann installs it where nobody has."""
        self.spoke.clear()
        self._life = asyncio.create_task(self._lives(changed))
        speaks = asyncio.create_task(self.spoke.wait())
        await asyncio.wait({speaks, self._life}, timeout=20, return_when=asyncio.FIRST_COMPLETED)
        speaks.cancel()
        if self.road == HTTP:
            self.slack.push_to(f"{self.site}/slack/events")
            if not self.acme.installed:
                await self.slack.install(f"{self.site}/slack/install", self.ann)

    @property
    def site(self) -> str:
        """Return where the bot is reached in HTTP mode."""
        return f"http://127.0.0.1:{self.port}"

    async def closes(self, *, killed: bool = False) -> None:
        """Stop the bot; killed, it does not finish what is under way."""
        if self._life is None:
            return
        self._life.cancel()
        if killed:
            await asyncio.sleep(0)
            while not self._life.done():
                self._life.cancel()
                await asyncio.wait({self._life}, timeout=0.01)
        await asyncio.gather(self._life, return_exceptions=True)
        if self.slack.pushes:
            await self.slack.pushes.close()

    async def ended(self) -> None:
        """Wait until the bot ends by itself, and raise what it ended with."""
        if self._life:
            await asyncio.wait_for(asyncio.shield(self._life), 5)

    async def restarts(self) -> None:
        """Stop the bot and start it again on what it kept."""
        await self.closes()
        await self.opens()

    async def command(
        self, name: str, text: str = "", by: User | None = None, where: Channel | None = None
    ) -> list[Message]:
        """Type a slash command; return what the bot adds to what the person sees there."""
        by, where = by or self.ann, where or self.general
        before = self._count(where, by)
        self.clock.advance(seconds=1)
        await self.slack.command(name, text, by, where)
        await self.idle()
        return self.seen(where, by)[before:]

    async def says(
        self,
        text: str,
        thread: str | None = None,
        by: User | None = None,
        where: Channel | None = None,
        files: Mapping[str, bytes] | None = None,
    ) -> list[Message]:
        """Write a message, with files by name; return what the bot adds to what the person sees."""
        by, where = by or self.ann, where or self.general
        self.clock.advance(seconds=1)
        said: Said = self.slack.say(by, where, text, thread, files)
        before = self._count(where, by)
        await said
        await self.idle()
        return self.seen(where, by)[before:]

    async def asks(self, text: str, by: User | None = None) -> list[Message]:
        """Write to the bot directly; return what it answers."""
        by = by or self.ann
        return await self.says(text, by=by, where=self.slack.world.direct(self.acme.id, [by.id]))

    async def chooses(self, callback: str, message: Message, by: User | None = None) -> list[Message]:
        """Choose a shortcut in a message's menu; return what the bot adds to what the person sees there."""
        by, where = by or self.ann, self.slack.world.channels[message.channel]
        before = self._count(where, by)
        self.clock.advance(seconds=1)
        await self.slack.shortcut(callback, message, by)
        await self.idle()
        return self.seen(where, by)[before:]

    async def presses(self, label: str, view: View, by: User | None = None) -> Delivery:
        """Press the first button of this label in a view, and wait until that was dealt with."""
        self.clock.advance(seconds=1)
        name, choose = control(view, label)
        sent = await self.slack.press(view, name, by or self.ann, choose)
        await self.idle()
        return sent

    async def pressed(self, label: str, pages: list[Message], by: User | None = None) -> list[Message]:
        """Press the first button of this label in an answer; return it if it changes, and what the bot adds below."""
        by, where = by or self.ann, self.slack.world.channels[pages[0].channel]
        before = self._count(where, by)
        self.clock.advance(seconds=1)
        page = next((page for page in pages if label in labels(page)), pages[-1])
        name, choose = control(page, label)
        shown = page.blocks
        await self.slack.press(page, name, by, choose)
        await self.idle()
        return [*([page] if page.blocks != shown else []), *self.seen(where, by)[before:]]

    async def submits(self, view: View, filled: Mapping[str, object] | None = None, by: User | None = None) -> Delivery:
        """Submit a modal, and wait until that was dealt with; in a menu that searches, the first find is chosen."""
        self.clock.advance(seconds=1)
        searched = {one["action_id"] for _, one in interactive(view.blocks) if one["type"] == "external_select"}
        chosen = {
            name: (await self.suggested(view, name, str(value), by))[0] if name in searched else value
            for name, value in (filled or {}).items()
        }
        sent = await self.slack.submit(view, by or self.ann, chosen)
        await self.idle()
        return sent

    async def suggested(self, view: View, name: str, typed: str, by: User | None = None) -> list[JSON]:
        """Type into a menu that searches; return what is offered."""
        sent = await self.slack.suggest(view, name, typed, by or self.ann)
        return sent.options

    async def idle(self) -> None:
        """Wait until everything that was acknowledged was dealt with."""
        await self.slack.until(lambda: not self.inbox.under_way)

    async def delivered(self) -> None:
        """Let time pass until nothing is on its way."""
        outbox, waiting = self.app.store.outbox, [DeliveryState.PENDING, DeliveryState.SENDING]
        async with asyncio.timeout(10):
            while await outbox.deliveries(self.tenant, waiting):
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

    def seen(self, where: Channel, by: User, thread: str | None = None) -> list[Message]:
        """Return what a person sees of what the bot posted."""
        return [one for one in self.slack.seen(where, by, thread) if one.bot_id]

    def modal(self, by: User | None = None) -> View:
        """Return the modal on somebody's screen; raises LookupError where there is none."""
        found = self.slack.modal(by or self.ann)
        if found is None:
            message = "No modal is open."
            raise LookupError(message)
        return found

    async def home(self, by: User | None = None) -> View:
        """Open the bot's page and return it."""
        by = by or self.ann
        for sent in self.slack.open_home(by):
            await sent
        await self.idle()
        return self.page(by)

    def page(self, by: User | None = None) -> View:
        """Return the bot's page as it stands for somebody; raises LookupError where there is none."""
        found = self.slack.home(by or self.ann)
        if found is None:
            message = "No page is there."
            raise LookupError(message)
        return found

    def _count(self, where: Channel, by: User) -> int:
        return len(self.seen(where, by))

    async def _lives(self, changed: Mapping[str, str]) -> None:
        async with open_app(self.settings(**changed), self.clock) as built:
            self.inbox = WatchedInbox(built.store.inbox, self.slack)
            self.app: App = replace(built, store=replace(built.store, inbox=self.inbox))
            self.platforms = await chat_platforms(self.app, self._tell, timer=SkippingTimer())
            await run(self.app, None, self.platforms, self._tell)

    async def _tell(self, sentence: str) -> None:
        self.told.append(sentence)
        self.spoke.set()

    def settings(self, **changed: str) -> Settings:
        """Return the settings for this road."""
        slack = self.slack
        known = {"api_url": slack.api_url, "authorize_url": slack.authorize_url}
        if self.road == SOCKET:
            known |= {"bot_token": self.acme.bot_token, "app_token": slack.app_token}
        else:
            known |= {"client_id": slack.client_id, "client_secret": slack.client_secret}
            known |= {"signing_secret": slack.signing_secret}
            slack.redirect_uris = (f"{self.site}/slack/oauth_redirect",)
        return Settings(
            database=self.database,
            workers=0,
            timezone="UTC",
            tick_seconds=0.5,
            http_port=self.port,
            secret_key=self.key,
            fetch_private=self.fetch_private,
            platforms=(SlackSettings(**(known | changed)),),
            model=self.model,
        )


@asynccontextmanager
async def working(
    database: Path, clock: FixedClock, road: str = SOCKET, model: ModelSettings | None = None, fetch_private: str = ""
) -> AsyncIterator[Office]:
    """Open the office with the bot listening."""
    async with FakeSlack(clock) as slack:
        office = Office(slack, database, clock, road, model or ModelSettings(), fetch_private)
        await office.opens()
        try:
            yield office
        finally:
            await office.closes()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
