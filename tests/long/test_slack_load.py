"""A busy quarter of a minute on Slack: many people at once, a fan-out, and sockets that break."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import statistics
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.app import App, chat_platforms, open_app
from bot.config import Settings
from bot.domain.address import Address
from bot.domain.delivery import Delivery
from bot.platforms.slack.spec import SlackSettings
from bot.runtime import run
from tests.fakes import FixedClock
from tests.servers.slack.delivery import Delivery as Payload
from tests.servers.slack.server import FakeSlack
from tests.servers.slack.state import Channel, Message, User, Workspace

logger = logging.getLogger(__name__)

EVENTS, A_SECOND, CHANNELS = 1_000, 100, 200
KINDS = 5
PATIENCE = 300


@dataclass(slots=True)
class Crowd:
    """A workspace where everybody does one thing: ask, follow, mention, vote or write directly, by turns."""

    slack: FakeSlack
    workspace: Workspace
    hall: Channel
    brief: Message
    people: list[User] = field(default_factory=list)
    sent: list[Payload] = field(default_factory=list)

    def act(self, number: int) -> None:
        """Let somebody new do their thing."""
        person = self.slack.world.user(self.workspace.id, f"Person {number}")
        self.hall.members.add(person.id)
        self.people.append(person)
        match number % KINDS:
            case 0:
                self.sent.append(self.slack.command("/ask", "What did the fire do to memory?", person, self.hall))
            case 1:
                self.sent.append(self.slack.command("/follow", "Quillon hourly", person, self.hall))
            case 2:
                mention = self.slack.mention(self.workspace.id)
                self.sent += self.slack.say(person, self.hall, f"{mention} following").deliveries[:1]
            case 3:
                vote = next(action for action in _actions(self.brief) if action.startswith("helpful:"))
                self.sent.append(self.slack.press(self.brief, vote, person))
            case _:
                direct = self.slack.world.direct(self.workspace.id, [person.id])
                self.sent += self.slack.say(person, direct, "claims about Quillon").deliveries


def _actions(message: Message) -> list[str]:
    found = []
    for block in message.blocks:
        for inner in (block, *block.get("child_blocks", ())):
            found += [element["action_id"] for element in inner.get("elements", ()) if "action_id" in element]
    return found


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    """Return a Slack of our own."""
    async with FakeSlack(retry_scale=0.1) as server:
        yield server


@pytest.mark.long
async def test_a_thousand_events_while_briefs_go_out_and_sockets_break(
    slack: FakeSlack, sampled: Path, clock: FixedClock
) -> None:
    """Acknowledged in time, each with its effect once, and every brief arrives once."""
    workspace = slack.world.workspace()
    tokens = SlackSettings(workspace.bot_token, slack.app_token, api_url=slack.api_url)
    settings = Settings(database=sampled, workers=0, timezone="UTC", tick_seconds=1, platforms=(tokens,))
    async with open_app(settings, clock) as app:
        bot = asyncio.create_task(run(app, None, await chat_platforms(app, _heard), _unheard))
        await slack.until(lambda: slack.sockets.open, PATIENCE)
        crowd = await _gathered(slack, workspace)
        channels = await _fan_out(app, slack, workspace)
        await _busy(crowd)
        await slack.until(lambda: all(one.over for one in crowd.sent), PATIENCE)
        await slack.until(lambda: all(slack.world.messages[channel.id] for channel in channels), PATIENCE)
        async with asyncio.timeout(PATIENCE):
            while await app.store.inbox.claim_unfinished(
                "slack", app.clock.now() - dt.timedelta(hours=1), app.clock.now()
            ):
                await app.store.outbox.wait(0.2)
        bot.cancel()
        await asyncio.gather(bot, return_exceptions=True)
    _check(crowd, channels)
    logger.info(_figures(crowd))


async def _heard(words: str) -> None:
    logger.info(words)


async def _unheard(words: str) -> None:
    pytest.fail(words)


async def _gathered(slack: FakeSlack, workspace: Workspace) -> Crowd:
    host = slack.world.user(workspace.id, "Host")
    hall = slack.world.channel(workspace.id, "hall", members=[workspace.bot, host.id])
    slack.say(host, hall, f"{slack.mention(workspace.id)} brief")
    posted = await slack.until(lambda: [one for one in slack.seen(hall, host) if one.user == workspace.bot], PATIENCE)
    await slack.until(lambda: any("helpful:" in str(one.blocks) for one in slack.seen(hall, host)), PATIENCE)
    del posted
    brief = next(one for one in slack.seen(hall, host) if "helpful:" in str(one.blocks))
    return Crowd(slack, workspace, hall, brief)


async def _fan_out(app: App, slack: FakeSlack, workspace: Workspace) -> list[Channel]:
    channels = [slack.world.channel(workspace.id, f"c{n}", members=[workspace.bot]) for n in range(CHANNELS)]
    now = app.clock.now()
    what = f"brief {now.date() - dt.timedelta(days=1)}"
    addresses = [Address("slack", workspace.id, channel.id) for channel in channels]
    await app.store.outbox.put([Delivery(f"load/{at}", what, at) for at in addresses], now)
    return channels


async def _busy(crowd: Crowd) -> None:
    loop = asyncio.get_running_loop()
    start = loop.time()
    for number in range(EVENTS):
        crowd.act(number)
        if number == EVENTS // 3:
            crowd.slack.sockets.cut()
        if number == 2 * EVENTS // 3:
            await crowd.slack.sockets.refresh()
        await asyncio.sleep(max(0.0, start + (number + 1) / A_SECOND - loop.time()))


def _answers(crowd: Crowd, number: int) -> int:
    """Count the answers to one person."""
    person, slack = crowd.people[number], crowd.slack
    match number % KINDS:
        case 2:
            (asked,) = [one for one in slack.seen(crowd.hall, person) if one.user == person.id]
            return len(slack.seen(crowd.hall, person, thread=asked.ts)) - 1
        case 4:
            direct = slack.world.direct(crowd.workspace.id, [person.id])
            return sum(one.user == crowd.workspace.bot for one in slack.seen(direct, person)) > 0
        case _:
            return sum(one.viewer == person.id for one in slack.seen(crowd.hall, person))


def _check(crowd: Crowd, channels: list[Channel]) -> None:
    # Numbers only: what a failure shows must not be the whole workspace.
    lost = [n for n, payload in enumerate(crowd.sent) if not payload.acked and payload.kind == "events_api"]
    answers = [_answers(crowd, n) for n in range(len(crowd.sent))]
    unanswered = [(n % KINDS, n) for n, payload in enumerate(crowd.sent) if payload.acked and answers[n] == 0]
    twice = [(n % KINDS, n) for n, count in enumerate(answers) if count > 1]
    firsts = [_firsts(crowd, channel) for channel in channels]
    seconds = sorted(one.seconds for one in crowd.sent if one.acked)
    p99, longest = seconds[int(len(seconds) * 0.99)], seconds[-1]
    assert (lost, unanswered, twice) == ([], [], [])
    assert firsts == [1] * CHANNELS
    assert p99 < 1
    assert longest < 3


def _firsts(crowd: Crowd, channel: Channel) -> int:
    return sum(one.thread_ts is None for one in crowd.slack.world.messages[channel.id].values())


def _figures(crowd: Crowd) -> str:
    seconds = sorted(one.seconds for one in crowd.sent if one.acked)
    lost = sum(not one.acked for one in crowd.sent)
    return (
        f"{len(seconds)} acknowledged, median {statistics.median(seconds) * 1000:.1f} ms, "
        f"p99 {seconds[int(len(seconds) * 0.99)] * 1000:.0f} ms, longest {seconds[-1] * 1000:.0f} ms; "
        f"{lost} commands lost with a socket, as Slack tells people itself"
    )
