"""What Slack does to us on a bad day: refusals, lost replies, repeats, restarts, and tokens it no longer takes."""

from __future__ import annotations

import asyncio
import io
import logging
import os
import re
from http import HTTPStatus
from pathlib import Path

import pytest

from bot.app import chat_platforms, open_app
from bot.errors import SettingsError
from bot.platforms.console.adapter import Console
from bot.platforms.console.terminal import Pipe, Screen
from bot.runtime import run
from tests.engines import SQLiteFile
from tests.fakes import FixedClock
from tests.journeys.office import HTTP, SOCKET, Office, working
from tests.journeys.sight import words
from tests.servers.slack import Broken, FakeSlack, Limited, Lost, Refused, Slow

WRONG = "xoxb-wrong"
ORKDAL = "How much of the world's stacked memory did Orkdal make?"


@pytest.mark.parametrize("fault", [Limited(0), Broken(503), Refused("invalid_blocks"), Lost(done=False)])
async def test_a_thread_is_answered_in_spite_of_it(office: Office, fault: Limited | Broken | Refused | Lost) -> None:
    """A mention is answered once, a moment later, or drawn more simply."""
    office.slack.fault("chat.postMessage", fault)
    answer = await office.says(f"{office.at_bot} {ORKDAL}")
    assert len(answer) == 1
    assert "14 percent" in words(*answer)


@pytest.mark.parametrize("fault", [Limited(0), Broken(503), Refused("invalid_blocks")])
async def test_a_person_is_answered_in_spite_of_it(office: Office, fault: Limited | Broken | Refused) -> None:
    """So is a slash command."""
    office.slack.fault("response_url", fault)
    answer = await office.command("/ask", ORKDAL)
    assert "14 percent" in words(*answer)


async def test_a_brief_waits_where_slack_asks_for_time(office: Office) -> None:
    """For as long as it says, and comes once."""
    await office.pressed("Subscribe", await office.command("/subscribe", "at 12:30 utc"))
    wait = 40
    office.slack.fault("chat.postMessage", Limited(wait), Broken(500))
    office.clock.advance(minutes=31)
    await office.ticks()
    first, second, *_ = posts = office.slack.calls_of("chat.postMessage")
    assert [call.status for call in posts[:3]] == [429, 500, 200]
    assert (second.at - first.at).total_seconds() >= wait
    assert len([one for one in office.seen(office.general, office.bob) if not one.thread_ts]) == 1


async def test_what_slack_sends_again_is_answered_once(either_office: Office) -> None:
    """Events, commands, presses and submissions, also when the bot was started anew in between."""
    office = either_office
    brief = await office.says(f"{office.at_bot} brief")
    await office.command("/ask", ORKDAL)
    await office.pressed("Receipts", brief)
    await office.command("/subscribe")
    await office.submits(office.modal())
    await office.home()
    first = list(office.slack.deliveries)

    def answers() -> int:
        methods = ("chat.postMessage", "chat.postEphemeral", "response_url", "views.open", "views.publish")
        return sum(len(office.slack.calls_of(method)) for method in methods)

    before = answers()
    for again in range(2):
        for sent in first:
            await office.slack.redeliver(sent)
        await office.idle()
        assert answers() == before, again
        await office.restarts()


async def test_what_a_stop_cut_off_is_answered_at_the_next_start(either_office: Office) -> None:
    """It was acknowledged, so Slack will not send it again."""
    office = either_office
    office.slack.fault("users.info", Slow(30), Slow(30))
    await office.slack.say(office.ann, office.general, f"{office.at_bot} {ORKDAL}")
    await office.slack.command("/ask", ORKDAL, office.bob, office.general)
    await office.closes(killed=True)
    assert office.seen(office.general, office.bob) == []
    office.slack.faults.clear()
    await office.opens()
    await office.idle()
    seen = office.seen(office.general, office.bob)
    assert {one.viewer for one in seen if "14 percent" in words(one)} == {None, office.bob.id}
    await office.restarts()
    assert len(office.seen(office.general, office.bob)) == len(seen)


async def test_what_is_half_an_hour_old_is_not_answered(office: Office) -> None:
    """Its address at Slack is dead by then; whoever asked is told so."""
    office.slack.fault("users.info", Slow(30))
    await office.slack.command("/ask", ORKDAL, office.ann, office.general)
    await office.closes(killed=True)
    office.clock.advance(minutes=26)
    await office.opens()
    await office.idle()
    await office.delivered()
    assert office.slack.calls_of("response_url") == []
    (told,) = office.seen(office.with_ann, office.ann)
    assert "did not get through" in words(told)


async def test_what_is_days_old_is_let_go(office: Office) -> None:
    """Nobody waits for it any more."""
    office.slack.fault("users.info", Slow(30))
    await office.slack.command("/ask", ORKDAL, office.ann, office.general)
    await office.closes(killed=True)
    office.clock.advance(days=2)
    await office.opens()
    await office.idle()
    await office.delivered()
    assert office.seen(office.with_ann, office.ann) == []


async def test_a_failure_is_named_to_the_person(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    """With an id that finds it in the log."""
    brief = await office.command("/brief")
    # Not here: the bot may be in the middle of a transaction, which it ends in this thread.
    await asyncio.to_thread(SQLiteFile(office.database).look, "DROP TABLE votes")
    said = words(*await office.pressed("Helpful", brief))
    incident = said.rpartition("Reference ")[2]
    assert len(incident) == len("0a1b2c")
    assert incident in caplog.text
    assert "votes" not in said


@pytest.mark.parametrize("road", [SOCKET, HTTP])
async def test_no_secret_is_ever_logged(
    sampled: Path, clock: FixedClock, caplog: pytest.LogCaptureFixture, road: str
) -> None:
    """Not even at DEBUG, when everything goes wrong."""
    caplog.set_level(logging.DEBUG)
    async with working(sampled, clock, road) as office:
        for fault in (Broken(500), Refused("invalid_auth"), Refused("missing_scope"), Lost()):
            office.slack.fault("chat.postMessage", fault)
            await office.says(f"{office.at_bot} {ORKDAL}")
        await office.command("/ask", ORKDAL)
    slack = office.slack
    secrets = [*slack.world.tokens, slack.client_secret, slack.signing_secret, office.key]
    assert [one for one in secrets if one in caplog.text] == []


@pytest.mark.parametrize("setting", ["bot_token", "app_token"])
async def test_a_wrong_token_is_one_clear_line(sampled: Path, clock: FixedClock, setting: str) -> None:
    """It names the setting and what to do, and not the token."""
    async with FakeSlack(clock) as slack:
        office = Office(slack, sampled, clock, SOCKET)
        await office.opens(**{setting: WRONG})
        with pytest.raises(SettingsError) as refusal:
            await office.ended()
    assert re.fullmatch(rf"Slack: .*SLACK_{setting.upper()} \(invalid_auth\).*overheard doctor.*", str(refusal.value))
    assert "wrong" not in str(refusal.value)


async def test_a_wrong_token_leaves_the_console_to_its_person(sampled: Path, clock: FixedClock) -> None:
    """They are told, and go on."""
    reading, writing = os.pipe()
    page = io.StringIO()
    with os.fdopen(reading) as lines, os.fdopen(writing, "w") as typing:
        async with FakeSlack(clock) as slack:
            office = Office(slack, sampled, clock, SOCKET)
            async with open_app(office.settings(bot_token=WRONG), clock) as app:
                seat, told = Console(Pipe(lines), Screen(page, 100), clock, "UTC"), asyncio.Event()

                async def tell(sentence: str) -> None:
                    page.write(sentence)
                    told.set()

                running = asyncio.create_task(run(app, seat, await chat_platforms(app, tell), tell))
                await asyncio.wait_for(told.wait(), 5)
                print("help", file=typing, flush=True)
                typing.close()
                await asyncio.wait_for(running, 5)
    assert "SLACK_BOT_TOKEN" in page.getvalue()
    assert "What you can do" in page.getvalue()


@pytest.mark.parametrize("revoked_first", [True, False])
async def test_a_workspace_that_leaves_is_forgotten(sampled: Path, clock: FixedClock, *, revoked_first: bool) -> None:
    """In whichever order Slack tells of it; nothing is posted or kept afterwards."""
    async with working(sampled, clock, HTTP) as office:
        await office.command("/follow", "halden at once")
        await office.pressed("Subscribe", await office.command("/subscribe", "at 12:30 utc"))
        for sent in office.slack.uninstall(office.acme.id, revoked_first=revoked_first):
            await sent
        before = len(office.slack.calls)
        await office.reads("Last week Halden opened a plant in Oslo with 700 workers.")
        office.clock.advance(hours=1)
        await office.ticks()
        assert await office.app.store.subscriptions.subscriptions(office.tenant) == []
        assert await office.app.store.vault.names("slack") == []
        assert len(office.slack.calls) == before


@pytest.mark.parametrize(
    "forged",
    [
        {"X_Slack_Signature": "v0=" + "0" * 64},
        {"X_Slack_Signature": "v0=\u00e9\u00e9"},
        {"X_Slack_Signature": ""},
        {"X_Slack_Request_Timestamp": "1"},
        {"X_Slack_Request_Timestamp": "9" * 40},
        {"X_Slack_Request_Timestamp": "yesterday"},
        {"X_Slack_Request_Timestamp": "-1"},
        {"X_Slack_Request_Timestamp": "\u0661\u0662"},
        {"X_Slack_Request_Timestamp": ""},
    ],
)
async def test_what_slack_did_not_sign_is_refused(sampled: Path, clock: FixedClock, forged: dict[str, str]) -> None:
    """With 401, whatever is wrong with the signature, and nothing comes of it."""
    async with working(sampled, clock, HTTP) as office:
        pushes = office.slack.pushes
        assert pushes
        async with pushes.raw("command=%2Fhelp&text=&team_id=T1&user_id=U1&channel_id=C1", **forged) as answer:
            assert answer.status == HTTPStatus.UNAUTHORIZED
        assert office.inbox.accepted == []


async def test_slack_can_prove_our_address(sampled: Path, clock: FixedClock) -> None:
    """Its challenge is answered."""
    async with working(sampled, clock, HTTP) as office:
        assert office.slack.pushes
        assert await office.slack.pushes.verify()
