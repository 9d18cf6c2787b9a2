"""Slack and Discord alike: people in a channel who type to the bot, and others elsewhere who must not hear of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

from bot.app import LOCAL_SPACE, App
from tests.fakes import FixedClock
from tests.journeys import hall as rooms
from tests.journeys.hall import Hall, gathered
from tests.journeys.office import HTTP, SOCKET, Office, working
from tests.journeys.sight import labels, words
from tests.servers.discord import Message
from tests.servers.slack import Message as Posted
from tests.shows import LOOPBACK

KEEPER, MEMBER, STRANGER = "keeper", "member", "stranger"
"""Who manages the channel, who may only read and write there, and who manages another place that has the bot."""

FORM = "Open the form"


class Chat(Protocol):
    """A channel with the bot in it."""

    @property
    def app(self) -> App:
        """The bot."""

    @property
    def tenant(self) -> str:
        """The place as our tables write it."""

    @property
    def key(self) -> str:
        """What it keeps secrets with."""

    async def types(self, command: str, by: str = KEEPER) -> str:
        """Type a command, and return the answer; a form that is only offered is opened."""

    async def says(self, line: str, by: str = KEEPER) -> str:
        """Mention the bot in the channel, and return the answer; a form that is offered is opened."""

    async def subscribes(self, when: str) -> str:
        """Subscribe the channel, and return what is said then."""

    async def unlocks(self, user: str, secret: str) -> str:
        """Fill in the form on the keeper's screen and submit it; return the answer."""

    def told(self) -> str:
        """Return what the bot posted in the channel, and to its keeper alone."""

    async def ticks(self) -> None:
        """Let the bot look at once for what is due, and hand it over."""

    async def restarts(self, key: str) -> None:
        """Stop the bot and start it with another key."""


class InSlack:
    """Acme, whose Ann manages and whose Guy is a guest; Zed is in another workspace."""

    def __init__(self, office: Office) -> None:
        self.office = office
        world = office.slack.world
        rival = world.workspace("Rival", installed=False)
        self.people = {KEEPER: office.ann, MEMBER: office.guy, STRANGER: world.user(rival.id, "Zed")}
        there = world.channel(rival.id, "rivals", "public", {self.people[STRANGER].id, rival.bot})
        self.rooms = {KEEPER: office.general, MEMBER: office.general, STRANGER: there}

    @property
    def app(self) -> App:
        """The bot."""
        return self.office.app

    @property
    def tenant(self) -> str:
        """The workspace."""
        return self.office.tenant

    @property
    def key(self) -> str:
        """The key that is set."""
        return self.office.key

    async def types(self, command: str, by: str = KEEPER) -> str:
        """Type a slash command."""
        return await self._read(await self.office.command("/overheard", command, self.people[by], self.rooms[by]), by)

    async def says(self, line: str, by: str = KEEPER) -> str:
        """Mention the bot in the channel."""
        at_bot = self.office.slack.mention(self.people[by].team)
        said = await self.office.says(f"{at_bot} {line}", None, self.people[by], self.rooms[by])
        return await self._read(said, by)

    async def subscribes(self, when: str) -> str:
        """By words and a press."""
        preview = await self.office.command("/subscribe", when)
        return words(*await self.office.pressed("Subscribe", preview))

    async def unlocks(self, user: str, secret: str) -> str:
        """In the modal."""
        view = self.office.modal()
        sent = await self.office.submits(view, {"user": user, "secret": secret})
        return " ".join(sent.errors.values()) or words(self.office.modal())

    def told(self) -> str:
        """In the channel, and directly."""
        office = self.office
        return words(*office.seen(office.general, office.bob), *office.seen(office.with_ann, office.ann))

    async def ticks(self) -> None:
        """With the office's clock."""
        await self.office.ticks()

    async def restarts(self, key: str) -> None:
        """With another key."""
        self.office.key = key
        await self.office.restarts()

    async def _read(self, pages: list[Posted], by: str) -> str:
        if FORM in labels(*pages):
            await self.office.pressed(FORM, pages, self.people[by])
        return words(*pages)


class OnDiscord:
    """Acme, which Max owns and Ann is in; Zed owns another server."""

    def __init__(self, hall: Hall) -> None:
        self.hall = hall
        world = hall.discord.world
        rival = world.guild("Rival")
        self.people = {KEEPER: hall.max, MEMBER: hall.ann, STRANGER: world.users[rival.owner]}
        self.rooms = {KEEPER: hall.general, MEMBER: hall.general, STRANGER: world.channel(rival, "rivals")}

    @property
    def app(self) -> App:
        """The bot."""
        return self.hall.app

    @property
    def tenant(self) -> str:
        """The server."""
        return self.hall.tenant

    @property
    def key(self) -> str:
        """The key that is set."""
        return self.hall.key

    async def types(self, command: str, by: str = KEEPER) -> str:
        """Use a slash command with its options."""
        verb, _, rest = command.partition(" ")
        (known,) = [one for one in self.hall.discord.world.commands[""] if one["name"] == verb]
        names = [option["name"] for option in known["options"]]
        options = dict(zip(names, rest.split(" ", len(names) - 1), strict=False)) if rest else {}
        return await self._read(await self.hall.uses(verb, options, self.people[by], self.rooms[by]), by)

    async def says(self, line: str, by: str = KEEPER) -> str:
        """Mention the bot in the channel."""
        alone = self.hall.alone(self.people[by])
        before = len(self.hall.seen(alone, self.people[by]))
        said = await self.hall.says(f"{self.hall.at_bot} {line}", self.people[by], self.rooms[by])
        # What is for one person alone goes to them directly.
        return await self._read([*said, *self.hall.seen(alone, self.people[by])[before:]], by)

    async def subscribes(self, when: str) -> str:
        """By words and a press."""
        preview = await self.hall.uses("subscribe", {"at": when.removeprefix("at ")}, self.hall.max)
        return rooms.words(*await self.hall.pressed("Subscribe", preview, self.hall.max))

    async def unlocks(self, user: str, secret: str) -> str:
        """In the modal."""
        return rooms.words(*await self.hall.submits(self.hall.max, user=user, secret=secret))

    def told(self) -> str:
        """In the channel, and directly."""
        hall = self.hall
        alone = hall.seen(hall.alone(hall.max), hall.max)
        return rooms.words(*hall.everything(hall.general, hall.bob), *alone)

    async def ticks(self) -> None:
        """With the hall's clock."""
        await self.hall.ticks()

    async def restarts(self, key: str) -> None:
        """With another key."""
        self.hall.key = key
        await self.hall.restarts()

    async def _read(self, pages: list[Message], by: str) -> str:
        if FORM in rooms.labels(*pages):
            await self.hall.pressed(FORM, pages, self.people[by])
        return rooms.words(*pages)


@asynccontextmanager
async def chatting(platform: str, database: Path, clock: FixedClock, *, alone: bool = False) -> AsyncIterator[Chat]:
    """Open a chat whose bot may read what this machine serves; `alone`, it is in no other place."""
    if platform == "discord":
        async with gathered(database, clock, fetch_private=LOOPBACK) as hall:
            chat = OnDiscord(hall)
            await hall.restarts()
            yield chat
    else:
        async with working(database, clock, SOCKET if alone else HTTP, fetch_private=LOOPBACK) as office:
            there = InSlack(office)
            if not alone:
                await office.slack.install(f"{office.site}/slack/install", there.people[STRANGER])
            yield there


async def passes(chat: Chat, clock: FixedClock, **time: float) -> str:
    """Let time pass, and wait until the bot has asked and read all that was due; return all that it posted by then."""
    clock.advance(**time)
    store = chat.app.store
    async with asyncio.timeout(30):
        while True:
            # Whoever asks them first: what the console added is everybody's.
            feeds = [feed for space in (chat.tenant, LOCAL_SPACE) for feed in await store.feeds.feeds(space)]
            is_asked = all(feed.is_paused or feed.due > clock.now() for feed in feeds)
            if is_asked and not await store.items.due(clock.now(), 1):
                break
            await asyncio.sleep(0.02)
        await chat.app.search.refresh()
        await chat.ticks()
    return chat.told()


async def comes_to(look: Callable[[], Awaitable[object]], wanted: object, seconds: float = 10.0) -> bool:
    """Wait until something is as wanted; return whether it came to that in time."""
    deadline = asyncio.get_running_loop().time() + seconds
    while await look() != wanted:
        if asyncio.get_running_loop().time() > deadline:
            return False
        await asyncio.sleep(0.05)
    return True
