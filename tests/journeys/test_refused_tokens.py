"""Tokens that a platform no longer takes while the bot runs: everybody who has to know is told why."""

from __future__ import annotations

import asyncio
import datetime as dt
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.app import App, chat_platforms, open_app
from bot.chat.platform import Platform
from bot.config import Settings
from bot.domain.address import Address
from bot.domain.delivery import DeliveryState
from bot.domain.subscription import Subscription
from bot.errors import SettingsError
from bot.platforms.discord.doctor import examine as examine_discord
from bot.platforms.discord.spec import DiscordSettings
from bot.platforms.slack.doctor import examine as examine_slack
from bot.platforms.slack.spec import SlackSettings
from bot.runtime import queue_due, run
from handlers import router
from tests.fakes import FixedClock, SkippingTimer
from tests.journeys.hall import Hall
from tests.journeys.hall import words as discord_words
from tests.journeys.machine import DiscordPlace, SlackPlace, free_port, machine
from tests.journeys.office import HTTP, Office, working
from tests.journeys.sight import words
from tests.journeys.test_health import Port
from tests.servers.discord import FakeDiscord
from tests.servers.discord import Refused as RefusedByDiscord
from tests.servers.slack import FakeSlack, Refused

ORKDAL = "How much of the world's stacked memory did Orkdal make?"


async def end_of(place: Office | Hall) -> str:
    """Wait until the bot ends by itself, and return the reason."""
    with pytest.raises(SettingsError) as refusal:
        await place.ended()
    return str(refusal.value)


async def advice_of_doctor(office: Office, setting: str) -> str:
    """Return what `doctor` says about a setting."""
    findings = await examine_slack(office.settings())
    (finding,) = [one for one in findings if one.state == f"{setting} is refused"]
    return finding.advice


@pytest.mark.parametrize("state", ["revoked", "inactive", "unknown"])
async def test_a_bot_token_that_slack_takes_back_ends_it_with_the_reason_that_doctor_gives(
    office: Office, state: str
) -> None:
    """As soon as a call is refused."""
    if state == "unknown":
        del office.slack.world.tokens[office.acme.bot_token]
    else:
        setattr(office.slack.world.tokens[office.acme.bot_token], state, True)
    await office.slack.say(office.ann, office.general, f"{office.at_bot} {ORKDAL}")
    reason = await end_of(office)
    assert "SLACK_BOT_TOKEN" in reason
    assert await advice_of_doctor(office, "SLACK_BOT_TOKEN") in reason


async def test_an_app_token_that_slack_takes_back_ends_it_too(office: Office) -> None:
    """Once the sockets it opened are closed."""
    office.slack.world.tokens[office.slack.app_token].revoked = True
    office.slack.sockets.cut()
    reason = await end_of(office)
    assert "SLACK_APP_TOKEN" in reason
    assert await advice_of_doctor(office, "SLACK_APP_TOKEN") in reason


@pytest.mark.parametrize("revoked_first", [True, False])
async def test_a_workspace_that_throws_the_app_out_ends_it_at_once(office: Office, *, revoked_first: bool) -> None:
    """Slack says so; nobody has to ask."""
    for sent in office.slack.uninstall(office.acme.id, revoked_first=revoked_first):
        await sent
    assert "SLACK_BOT_TOKEN" in await end_of(office)


async def test_one_refused_call_proves_nothing(office: Office) -> None:
    """Slack is asked again, and says that the token is good."""
    asked = len(office.slack.calls_of("auth.test"))
    office.slack.fault("chat.postMessage", Refused("invalid_auth"))
    await office.says(f"{office.at_bot} {ORKDAL}")
    await office.slack.until(lambda: len(office.slack.calls_of("auth.test")) > asked)
    (answer,) = await office.says(f"{office.at_bot} {ORKDAL}")
    assert "14 percent" in words(answer)


@pytest.mark.parametrize("code", ["team_added_to_org", "org_login_required", "accesslimited"])
async def test_what_slack_says_of_a_workspace_for_a_while_says_nothing_of_its_token(office: Office, code: str) -> None:
    """The bot goes on, and answers as soon as it may again."""
    asked = len(office.slack.calls_of("auth.test"))
    office.slack.fault("auth.test", Refused(code))
    office.slack.fault("chat.postMessage", Refused("invalid_auth"))
    await office.says(f"{office.at_bot} {ORKDAL}")
    await office.slack.until(lambda: len(office.slack.calls_of("auth.test")) > asked)
    (answer,) = await office.says(f"{office.at_bot} {ORKDAL}")
    assert "14 percent" in words(answer)


async def test_a_token_that_discord_takes_back_ends_it_with_the_reason_that_doctor_gives(hall: Hall) -> None:
    """As soon as a call is refused, although the gateway stays."""
    settings = hall.settings().platform(DiscordSettings)
    hall.discord.reset_token()
    hall.discord.say(hall.ann, hall.general, f"{hall.at_bot} {ORKDAL}")
    reason = await end_of(hall)
    (finding,) = await examine_discord(settings, router.verbs)
    assert finding.state == "DISCORD_TOKEN is refused"
    assert finding.advice in reason


async def test_one_call_that_discord_refuses_proves_nothing(hall: Hall) -> None:
    """It is asked again, and says that the token is good."""
    asked = len(hall.discord.calls_of("get_current_user"))
    hall.discord.fault("create_message", RefusedByDiscord(0))
    await hall.says(f"{hall.at_bot} {ORKDAL}")
    await hall.discord.until(lambda: len(hall.discord.calls_of("get_current_user")) > asked)
    assert await hall.says(f"{hall.at_bot} {ORKDAL}")


@dataclass
class Both:
    """A bot in Slack and on Discord; Max has the first subscription there, Ann a later one."""

    slack: FakeSlack
    discord: FakeDiscord
    clock: FixedClock
    told: list[str] = field(default_factory=list)
    app: App = field(init=False)
    platforms: dict[str, Platform] = field(init=False)

    async def tell(self, sentence: str) -> None:
        """Keep what the bot says to whoever started it."""
        self.told.append(sentence)
        self.slack.world.changed()
        self.discord.world.changed()

    async def subscribe(self, at: Address, user: str, topic: str) -> None:
        """Let somebody have a brief in a week."""
        due = self.clock.now() + dt.timedelta(days=7)
        wanted = Subscription(0, topic, at, user, due.time(), "UTC", frozenset(range(7)), due, due.date())
        await self.app.store.subscriptions.subscribe(wanted)

    async def ticks(self) -> None:
        """Look for what is due, and hand it over."""
        await queue_due(self.app, self.platforms)
        async with asyncio.timeout(10):
            while await self.app.store.outbox.deliveries(None, [DeliveryState.PENDING, DeliveryState.SENDING]):
                await asyncio.sleep(0.02)
                self.clock.advance(seconds=1)


@asynccontextmanager
async def running_both(database: Path, clock: FixedClock) -> AsyncIterator[tuple[Both, SlackPlace, DiscordPlace]]:
    """Run the bot on both."""
    async with FakeSlack(clock) as slack, FakeDiscord(clock) as discord:
        both, there, here = Both(slack, discord, clock), SlackPlace(slack), DiscordPlace(discord)
        settings = Settings(
            database=database,
            workers=0,
            timezone="UTC",
            tick_seconds=0.5,
            platforms=(
                SlackSettings(there.acme.bot_token, slack.app_token, api_url=slack.api_url),
                DiscordSettings(discord.token, discord.api_url, discord.gateway_url),
            ),
        )
        async with open_app(settings, clock) as both.app:
            both.platforms = await chat_platforms(both.app, both.tell, timer=SkippingTimer())
            life = asyncio.create_task(run(both.app, None, both.platforms, both.tell))
            await discord.until(lambda: len(both.told) == 2, 20)
            yield both, there, here
            life.cancel()
            await asyncio.gather(life, return_exceptions=True)


async def test_while_another_platform_works_whoever_can_mend_it_is_told_there(sampled: Path, clock: FixedClock) -> None:
    """Once; the terminal names the setting, `status` tells managers without it, and what is due there waits."""
    async with running_both(sampled, clock) as (both, there, here):
        boss, ann = here.server.world.users[here.acme.owner], here.server.world.user("Ann", here.acme)
        await both.subscribe(here.addresses[0], boss.id, "chips")
        await both.subscribe(here.addresses[1], ann.id, "energy")
        both.slack.world.tokens[there.acme.bot_token].revoked = True
        bob = both.slack.world.user(there.acme.id, "Bob")
        there.channels[0].members.add(bob.id)
        await both.slack.say(bob, there.channels[0], f"{both.slack.mention(there.acme.id)} {ORKDAL}")
        (refusal,) = await both.slack.until(lambda: both.told[2:])
        assert refusal.startswith("Slack: it rejected SLACK_BOT_TOKEN (token_revoked). This token is no longer good")
        for _ in range(3):
            await queue_due(both.app, both.platforms)
        alone = both.discord.world.direct(boss)
        (told,) = await both.discord.until(lambda: both.discord.seen(alone, boss), 10)
        assert "Slack no longer works" in discord_words(told)
        assert "no longer accepts the bot's token" in discord_words(told)
        assert "SLACK_BOT_TOKEN" not in discord_words(told)
        async with asyncio.timeout(10):
            while both.app.refusals.untold:
                await queue_due(both.app, both.platforms)
        assert both.discord.seen(both.discord.world.direct(ann), ann) == []
        for who, sees in ((boss, True), (ann, False)):
            asked = both.discord.command("status", {}, who, here.channels[0])
            shown = await both.discord.until(lambda asked=asked: asked.shown, 10)
            assert ("no longer accepts the bot's token" in discord_words(shown)) is sees
            assert "SLACK_BOT_TOKEN" not in discord_words(shown)
        assert both.app.refusals.refuses("slack")
        assert not await both.platforms["slack"].is_connected()


async def test_one_workspace_of_many_is_told_once_at_the_terminal(sampled: Path, clock: FixedClock) -> None:
    """The others go on, and a new installation takes it back."""
    async with working(sampled, clock, HTTP) as office:
        (token,) = [one for one in office.slack.world.tokens.values() if one.team == office.acme.id]
        token.revoked = True
        before = len(office.told)
        for _ in range(2):
            await office.says(f"{office.at_bot} {ORKDAL}")
        await office.slack.until(lambda: len(office.told) > before)
        await office.says(f"{office.at_bot} {ORKDAL}")
        (told,) = office.told[before:]
        assert office.acme.id in told
        assert "token_revoked" in told
        assert not office.app.refusals.refuses("slack")
        assert len(office.app.refusals.current) == 1
        await office.slack.install(f"{office.site}/slack/install", office.ann)
        assert "14 percent" in words(*await office.says(f"{office.at_bot} {ORKDAL}"))
        assert office.app.refusals.current == []


async def test_a_workspace_whose_token_is_good_again_is_no_longer_refused(sampled: Path, clock: FixedClock) -> None:
    """Nobody has to install the app again, and what passes by itself is told to nobody."""
    async with working(sampled, clock, HTTP) as office:
        (token,) = [one for one in office.slack.world.tokens.values() if one.team == office.acme.id]
        token.inactive = True
        await office.says(f"{office.at_bot} {ORKDAL}")
        await office.slack.until(lambda: office.app.refusals.current)
        token.inactive = False
        assert "14 percent" in words(*await office.says(f"{office.at_bot} {ORKDAL}"))
        await office.slack.until(lambda: not office.app.refusals.current)
        before, asked = len(office.told), len(office.slack.calls_of("auth.test"))
        office.slack.fault("auth.test", Refused("team_added_to_org"))
        office.slack.fault("chat.postMessage", Refused("invalid_auth"))
        await office.says(f"{office.at_bot} {ORKDAL}")
        await office.slack.until(lambda: len(office.slack.calls_of("auth.test")) > asked)
        assert "14 percent" in words(*await office.says(f"{office.at_bot} {ORKDAL}"))
        assert office.told[before:] == []


async def test_a_port_that_is_taken_says_nothing_of_a_token(sampled: Path, clock: FixedClock) -> None:
    """It ends with that reason alone."""
    async with FakeSlack(clock) as slack:
        office = Office(slack, sampled, clock, HTTP)
        office.acme.installed = True
        with socket.create_server(("127.0.0.1", office.port)):
            await office.opens()
            assert "set OVERHEARD_HTTP_PORT to a free port" in await end_of(office)
        await office.closes()
        assert office.app.refusals.current == []


async def test_the_health_port_says_which_platform_refuses_the_token(sampled: Path) -> None:
    """And the other one is well."""
    async with FakeSlack() as slack, FakeDiscord() as discord:
        there, here, port = SlackPlace(slack), DiscordPlace(discord), Port(free_port())
        environment = {**there.environment, **here.environment, **port.setting, "DISCORD_TOKEN": "wrong"}
        async with machine(sampled, environment):
            await port.until("/readyz", 503, "slack: ok")
            said = await port.until("/readyz", 503, "discord: refuses the bot's token")
    assert "slack: ok" in said
