"""Where an answer is drawn on Discord: beside an interaction, or under a message."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import discord as library
import pytest

from bot.chat.message import Field, Form, Group, Message, Prose
from bot.chat.request import Reply
from bot.chat.text import styled_text
from bot.errors import Unconfirmed
from bot.platforms.discord.events import Event, parse_interaction
from bot.platforms.discord.posting import InteractionWebhook, Posting
from bot.platforms.discord.surfaces import DEFER_AFTER, MAX_USER_INSTALL_PAGES, InteractionSurface, Lateness
from tests.fakes import FixedClock
from tests.servers.discord import Channel, FakeDiscord, Guild, Lost, Refused, User
from tests.servers.discord import Message as Posted
from tests.servers.discord.stock import Client, sent, started

LONG = 3500


@dataclass
class Stage:
    """A server, and every interaction as it reaches the bot."""

    discord: FakeDiscord
    acme: Guild
    ann: User
    room: Channel
    client: Client
    clock: FixedClock
    came: list[library.Interaction[Client]] = field(default_factory=list)
    noted: list[Event] = field(default_factory=list)

    async def beside(
        self, user: User | None = None, room: Channel | None = None
    ) -> tuple[InteractionSurface, InteractionSurface]:
        """Let somebody use the command, and return where its answer is drawn: now, and after a restart."""
        self.asked = self.discord.command("ask", {}, user or self.ann, room or self.room)
        (asked,) = await self.discord.until(lambda: self.came)
        self.came.clear()
        event = parse_interaction(asked)
        assert isinstance(event, Event)
        answer, posting = InteractionWebhook(event, self.client, self.notes), Posting(self.client, self.clock)
        now = InteractionSurface(event, answer, posting, asked, lambda: None)
        return now, InteractionSurface(event, answer, posting, None, lambda: None, self.clock.now())

    def standing(self) -> list[Posted]:
        """Return what is there to be read of the answer."""
        return [page for page in self.asked.answers if page in self.discord.seen(self.room, self.ann)]

    async def notes(self, event: Event) -> None:
        """Keep what is noted of an answer."""
        self.noted.append(event)


@pytest.fixture
async def stage(clock: FixedClock) -> AsyncIterator[Stage]:
    """Open a server with one command."""
    async with FakeDiscord(clock) as fake:
        acme = fake.world.guild("Acme")
        ann = fake.world.user("Ann", acme)
        room = fake.world.channel(acme, "general")
        async with started(fake) as client:
            known = Stage(fake, acme, ann, room, client, clock)

            async def on_interaction(asked: library.Interaction[Client]) -> None:
                known.came.append(asked)
                fake.world.changed()

            client.event(on_interaction)
            ask = {"name": "ask", "description": "Ask", "contexts": [0, 1, 2], "integration_types": [0, 1]}
            await sent(fake, "PUT", f"/applications/{fake.world.application}/commands", [ask])
            yield known


def reply(pages: int) -> Reply:
    """Make an answer of so many pages."""
    groups = tuple(Group((Prose(styled_text(f"{n} " + "word " * (LONG // 5))),)) for n in range(pages))
    return Reply(Message(groups, "Long"))


def just_now() -> float:
    """Return the present moment in the loop's seconds."""
    return asyncio.get_running_loop().time()


async def test_a_quick_answer_is_the_first_response(stage: Stage) -> None:
    """Its pages follow each other, each for the person alone."""
    beside, _ = await stage.beside()
    promise = asyncio.create_task(beside.defer(just_now()))
    await beside.show(reply(3))
    await promise
    assert [page.text[0] for page in stage.asked.answers] == ["0", "1", "2"]
    assert {page.viewer for page in stage.asked.answers} == {stage.ann.id}
    assert not stage.asked.deferred


async def test_a_promise_is_kept_in_its_place(stage: Stage) -> None:
    """Progress before, then the answer."""
    beside, _ = await stage.beside()
    await beside.defer(just_now())
    await beside.show_progress(Message((Group((Prose(styled_text("looking")),)),), "looking"), is_partial=False)
    assert stage.asked.deferred
    assert "looking" in stage.asked.answers[0].text
    await beside.show(reply(2))
    assert [page.text[0] for page in stage.asked.answers] == ["0", "1"]


async def test_what_took_a_moment_to_save_is_promised_at_once(stage: Stage) -> None:
    """The person has waited for as long."""
    beside, _ = await stage.beside()
    began = just_now()
    await beside.defer(began - DEFER_AFTER)
    assert stage.asked.deferred
    assert just_now() - began < DEFER_AFTER


def test_what_waited_for_a_connection_is_late() -> None:
    """By more than others, whatever the two clocks show."""
    lateness = Lateness()
    assert [lateness.of(age) for age in (-5.0, -4.5, -3.0, -5.0)] == [0.0, 0.5, 2.0, 0.0]
    assert [lateness.of(7.0) for _ in range(100)][-1] == 0.0


@pytest.mark.parametrize("answered", [True, False])
async def test_a_promise_that_got_lost_is_kept_all_the_same(stage: Stage, *, answered: bool) -> None:
    """Whether Discord had it or not."""
    stage.discord.fault("create_response", Lost(done=answered))
    beside, _ = await stage.beside()
    await asyncio.gather(beside.defer(just_now()), return_exceptions=True)
    await beside.show(reply(1))
    assert [page.text[0] for page in stage.asked.answers] == ["0"]


async def test_a_restart_in_between_changes_nothing(stage: Stage) -> None:
    """The token is enough to keep the promise."""
    before, after = await stage.beside()
    await before.defer(just_now())
    await after.show(reply(2))
    assert [page.text[0] for page in stage.asked.answers] == ["0", "1"]


async def visitor(stage: Stage) -> tuple[User, InteractionSurface, InteractionSurface]:
    """Let somebody use the app in a server that does not have it; return what they see before a restart and after."""
    world = stage.discord.world
    foreign = world.guild("Elsewhere", installed=False)
    vic = world.user("Vic", foreign)
    stage.discord.install(vic)
    beside, again = await stage.beside(vic, world.channel(foreign, "room"))
    return vic, beside, again


def rest(stage: Stage, user: User) -> str:
    """Return the first character of each page that somebody was sent directly."""
    pages = stage.discord.seen(stage.discord.world.direct(user), user)
    return "".join(page.text.removeprefix("-# The rest of your answer: Long\n")[0] for page in pages)


async def test_where_the_app_is_a_guest_five_pages_have_room(stage: Stage) -> None:
    """All of them, and nothing else."""
    vic, beside, _ = await visitor(stage)
    await beside.show(reply(MAX_USER_INSTALL_PAGES))
    assert [page.text[0] for page in stage.asked.answers] == ["0", "1", "2", "3", "4"]
    assert stage.discord.seen(stage.discord.world.direct(vic), vic) == []


async def test_what_has_no_room_where_the_app_is_a_guest_goes_to_the_person(stage: Stage) -> None:
    """Every page is in one place or the other, and the last one here says where the others are."""
    vic, beside, _ = await visitor(stage)
    await beside.show(reply(9))
    here = [page.text for page in stage.asked.answers]
    assert [text[0] for text in here[:-1]] == ["0", "1", "2", "3"]
    assert "in a direct message" in here[-1]
    assert rest(stage, vic) == "45678"
    assert [call.code for call in stage.discord.calls if call.code] == []


async def test_who_takes_no_direct_messages_is_told_that_there_is_more(stage: Stage) -> None:
    """And where all of it would be."""
    vic, beside, _ = await visitor(stage)
    vic.takes_dms = False
    await beside.show(reply(9))
    here = [page.text for page in stage.asked.answers]
    assert [text[0] for text in here[:-1]] == ["0", "1", "2", "3"]
    assert "ask again there, where all of it fits" in here[-1]


async def test_a_rest_that_discord_does_not_take_yet_is_tried_again(stage: Stage) -> None:
    """Nobody is told that they take no direct messages; no page is sent twice, however late the last one comes."""
    vic, beside, _ = await visitor(stage)
    stage.discord.fault("create_message", *[Lost()] * 3)
    for missing in ("5678", "678", "78"):
        with pytest.raises(Unconfirmed):
            await beside.show(reply(9))
        assert rest(stage, vic) == "45678".removesuffix(missing)
        stage.clock.advance(minutes=3)
    await beside.show(reply(9))
    assert rest(stage, vic) == "45678"
    assert "in a direct message" in stage.asked.answers[-1].text


async def test_a_rest_that_was_sent_before_a_restart_is_not_sent_again(stage: Stage) -> None:
    """Though Discord no longer knows its pages."""
    vic, beside, again = await visitor(stage)
    await beside.show(reply(9))
    stage.clock.advance(minutes=10)
    await again.show(reply(9))
    assert rest(stage, vic) == "45678"


@pytest.mark.parametrize("lost", [True, False])
async def test_a_guest_page_whose_confirmation_got_lost_leaves_room_for_the_others(stage: Stage, *, lost: bool) -> None:
    """It is posted again, since Discord takes no key here; nothing is refused for that."""
    _, beside, _ = await visitor(stage)
    stage.discord.fault("create_followup", Lost(done=lost))
    await beside.show(reply(9))
    assert "in a direct message" in stage.asked.answers[-1].text
    assert [page.text[0] for page in stage.asked.answers[:-1]] == ["0", "1", *(["1"] if lost else []), "2", "3"]


async def test_an_answer_takes_the_place_of_the_one_before(stage: Stage) -> None:
    """Page by page; those too many go, and what is new follows."""
    beside, _ = await stage.beside()
    await beside.show(reply(3))
    first, second, _ = stage.asked.answers
    await beside.show(reply(2))
    assert stage.standing() == [first, second]
    await beside.show(reply(4))
    assert [page.text[0] for page in stage.standing()] == ["0", "1", "2", "3"]
    assert stage.standing()[:2] == [first, second]


async def test_what_is_noted_is_enough_to_go_on_with(stage: Stage) -> None:
    """Each page that follows is noted once it stands; an answer that became shorter meanwhile leaves nothing over."""
    beside, _ = await stage.beside()
    await beside.show(reply(4))
    assert [len(event.posts) for event in stage.noted] == [1, 2, 3]
    answer, posting = InteractionWebhook(stage.noted[1], stage.client, stage.notes), Posting(stage.client, stage.clock)
    again = InteractionSurface(stage.noted[1], answer, posting, None, lambda: None)
    stage.discord.world.forget(stage.asked.answers[-1])
    await again.show(reply(2))
    assert [page.text[0] for page in stage.standing()] == ["0", "1"]


async def test_what_was_asked_for_too_long_ago_goes_to_the_person(stage: Stage) -> None:
    """As a message of their own."""
    beside, _ = await stage.beside()
    await beside.defer(just_now())
    stage.clock.advance(minutes=16)
    await beside.show(reply(1))
    alone = stage.discord.world.direct(stage.ann)
    assert [page.text[0] for page in stage.discord.seen(alone, stage.ann)] == ["0"]


async def test_a_form_that_cannot_be_opened_is_offered(stage: Stage) -> None:
    """By a button, instead of silence."""
    stage.discord.fault("create_response", Refused(50035))
    beside, _ = await stage.beside()
    await beside.show(Reply(Form("Daily brief", (Field("at", "Time of day"),), "subscribe")))
    assert [button["label"] for page in stage.asked.answers for button in page.buttons] == ["Open the form"]
