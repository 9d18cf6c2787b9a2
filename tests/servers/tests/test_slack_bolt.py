"""What people do reaches a Bolt app, and what it answers reaches them: over Socket Mode and over HTTP alike."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession
from slack_bolt.async_app import AsyncAck as Ack
from slack_bolt.async_app import AsyncBoltRequest
from slack_bolt.async_app import AsyncRespond as Respond
from slack_bolt.async_app import AsyncSay as Say
from slack_sdk.errors import SlackApiError

from tests.servers.slack import FakeSlack
from tests.servers.slack.state import JSON
from tests.servers.slack.stock import Running, over_sockets, running
from tests.servers.slack.stock import app as bolt_app
from tests.servers.slack.stock import client as bolt_client


@pytest.fixture(params=["socket", "http"])
async def at(request: pytest.FixtureRequest) -> AsyncIterator[Running]:
    """Return the scene in each mode."""
    async with running(request.param) as made:
        yield made


async def test_a_mention_is_heard_twice_and_answered_in_its_thread(at: Running) -> None:
    """Once as a mention and once as a message; the app never hears itself through Bolt."""

    @at.app.event("app_mention")
    async def mentioned(event: JSON, say: Say) -> None:
        await say(text=f"Hello <@{event['user']}>", thread_ts=event["ts"])

    @at.app.event("message")
    async def passed_by() -> None:
        pass

    said = await at.slack.say(at.ann, at.room, f"{at.slack.mention(at.acme.id)} hello")
    assert [one.event["type"] for one in said.deliveries] == ["app_mention", "message"]
    assert all(one.acked and one.seconds < 3 for one in said.deliveries)
    (answer,) = await at.slack.until(lambda: at.slack.seen(at.room, at.ann, thread=said.ts)[1:])
    assert (answer.text, answer.thread_ts) == (f"Hello <@{at.ann.id}>", said.ts)


async def test_a_direct_message_is_a_message_and_no_mention(at: Running) -> None:
    """With the channel's type im; what is not subscribed is not sent."""

    @at.app.event("message")
    async def heard(event: JSON, say: Say) -> None:
        await say(f"You said {event['text']} in {event['channel_type']}")

    direct = at.slack.world.direct(at.acme.id, [at.ann.id])
    said = await at.slack.say(at.ann, direct, f"{at.slack.mention(at.acme.id)} hello")
    assert [one.event["type"] for one in said.deliveries] == ["message"]
    answer = await at.slack.until(lambda: at.slack.seen(direct, at.ann)[1:])
    assert answer[0].text.endswith("in im")


async def test_a_command_is_answered_privately(at: Running) -> None:
    """By what it acknowledges with, and through its response_url, which replaces nothing."""

    @at.app.command("/ask")
    async def ask(ack: Ack, respond: Respond, command: JSON) -> None:
        await ack("Looking")
        await respond(f"Found {command['text']}", replace_original=True)

    public = at.slack.world.channel(at.acme.id, "elsewhere", members=[at.ann.id])
    before = at.slack.say(at.ann, public, "first").message
    asked = await at.slack.command("/ask", "rust", at.ann, public)
    assert asked.acked
    assert asked.seconds < 3
    first, *shown = await at.slack.until(lambda: at.slack.seen(public, at.ann)[2:] and at.slack.seen(public, at.ann))
    assert (first, first.text) == (before, "first")
    assert sorted(one.text for one in shown) == ["Found rust", "Looking"]
    assert {one.viewer for one in shown} == {at.ann.id}


async def test_a_command_that_nobody_answers_times_out() -> None:
    """After three seconds, here fewer; the person is told that it failed."""
    async with FakeSlack(ack_seconds=0.2) as slack:
        acme = slack.world.workspace("Acme")
        ann = slack.world.user(acme.id, "Ann")
        room = slack.world.channel(acme.id, "general", members=[ann.id])
        async with bolt_app(slack, acme) as app, over_sockets(app, slack):
            asked = await slack.command("/nothing", "", ann, room)
    assert (asked.acked, asked.failure, len(asked.attempts)) == (False, "timeout", 1)


async def test_membership_and_installation_are_told(at: Running) -> None:
    """Joined, left, archived, uninstalled; afterwards the token is dead."""

    @at.app.event(re.compile(".*"))
    async def anything() -> None:
        pass

    bob_room = at.slack.world.channel(at.acme.id, "late", "private", [at.ann.id])
    sent = [
        *at.slack.invite(bob_room, at.ann),
        *at.slack.remove(bob_room),
        *at.slack.archive(at.room, at.ann),
        *at.slack.uninstall(at.acme.id),
    ]
    for one in sent:
        await one
    assert [one.event["type"] for one in sent] == [
        "member_joined_channel",
        "group_left",
        "channel_archive",
        "tokens_revoked",
        "app_uninstalled",
    ]
    with pytest.raises(SlackApiError) as failed:
        await at.app.client.auth_test()
    assert failed.value.response["error"] == "account_inactive"
    assert at.slack.open_home(at.ann) == ()


async def test_typed_text_arrives_as_slack_writes_it(at: Running) -> None:
    """Escaped, with links in angle brackets in messages and bare in commands; mentions stay mentions."""
    typed = f"{at.slack.mention(at.acme.id)} a<b & <!channel> https://x.test/?a=1&b=2"
    said = at.slack.say(at.ann, at.room, typed)
    asked = at.slack.command("/ask", typed, at.ann, at.room)
    link = "https://x.test/?a=1&amp;b=2"
    escaped = f"{at.slack.mention(at.acme.id)} a&lt;b &amp; &lt;!channel&gt;"
    assert said.deliveries[0].event["text"] == f"{escaped} <{link}>"
    assert asked.payload["text"] == f"{escaped} {link}"


async def test_a_guest_of_a_shared_channel_is_known_as_one(at: Running) -> None:
    """The event names the guest's own workspace, and the payload the channel's."""
    other = at.slack.world.workspace("Other", installed=False)
    eve = at.slack.world.user(other.id, "Eve")
    with pytest.raises(LookupError, match="Eve is not in general"):
        at.slack.say(eve, at.room, "hello")
    at.room.is_ext_shared = True
    at.room.members.add(eve.id)
    (delivery,) = at.slack.say(eve, at.room, "hello").deliveries
    assert (delivery.payload["team_id"], delivery.event["user_team"]) == (at.acme.id, other.id)
    assert delivery.payload["is_ext_shared_channel"] is True
    assert (await at.app.client.users_info(user=eve.id))["user"]["is_stranger"] is True


async def test_an_edit_and_another_context_are_told(at: Running) -> None:
    """An edit as a changed message; what a person looks at beside the direct messages as a context."""
    direct = at.slack.world.direct(at.acme.id, [at.ann.id])
    edited = at.slack.edit(at.slack.say(at.ann, direct, "helo").message, "hello")
    assert edited.deliveries[0].event["subtype"] == "message_changed"
    assert edited.deliveries[0].event["message"]["text"] == "hello"
    (looked,) = at.slack.look_at(at.ann, {"type": "slack#/entities/channel", "id": at.room.id})
    assert looked.event["context"]["entities"][0]["id"] == at.room.id


async def test_a_command_nobody_registered_is_none() -> None:
    """The person is told so, and nothing is sent."""
    async with FakeSlack(commands=["/ask"]) as slack:
        acme = slack.world.workspace("Acme")
        ann = slack.world.user(acme.id, "Ann")
        room = slack.world.channel(acme.id, "general", members=[ann.id])
        with pytest.raises(LookupError, match="/brief is not a valid command"):
            slack.command("/brief", "", ann, room)
        assert slack.deliveries == []


async def test_a_thousand_events_cost_little() -> None:
    """Sent, acknowledged and counted in a tenth of a second or two of work."""
    async with FakeSlack() as slack, ClientSession() as session, bolt_client(slack) as client:
        acme = slack.world.workspace("Acme")
        ann = slack.world.user(acme.id, "Ann")
        room = slack.world.channel(acme.id, "general", members=[ann.id, acme.bot])
        url = (await client.apps_connections_open(app_token=slack.app_token))["url"]
        async with session.ws_connect(url) as socket:
            await socket.receive_json()
            before = time.process_time()
            said = [slack.say(ann, room, f"message {n}") for n in range(1000)]
            for _ in said:
                await socket.send_json({"envelope_id": (await socket.receive_json())["envelope_id"]})
            for one in said:
                await one
            assert time.process_time() - before < 2
    assert all(delivery.acked for delivery in slack.deliveries)


async def test_a_redelivered_event_is_the_same_event(at: Running) -> None:
    """Its id is the same, and the retry says so; Bolt runs its listener again."""
    times: list[list[str] | None] = []

    @at.app.event("message")
    async def heard(request: AsyncBoltRequest) -> None:
        times.append(request.headers.get("x-slack-retry-num"))

    await at.slack.say(at.ann, at.room, "hello")
    await at.slack.redeliver()
    await at.slack.until(lambda: len(times) == 2)
    assert times[1] == ["1"]
    first, second = (one["event_id"] for one in at.heard)
    assert first == second
