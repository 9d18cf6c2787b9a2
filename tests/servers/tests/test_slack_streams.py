"""Streams, statuses, rates and what is kept of every call."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator

import pytest
from slack_sdk.errors import SlackApiError

from tests.fakes import FixedClock
from tests.servers.slack import FakeSlack
from tests.servers.slack.stock import Scene, scene


@pytest.fixture
async def at(clock: FixedClock) -> AsyncIterator[Scene]:
    """Return the usual scene."""
    async with scene(FakeSlack(clock)) as made:
        yield made


def code(failed: pytest.ExceptionInfo[SlackApiError]) -> str:
    """Return the error code of a refused call."""
    return str(failed.value.response["error"])


async def test_an_event_needs_a_subscription_a_scope_and_membership(clock: FixedClock) -> None:
    """Without any one of them the app hears nothing."""
    async with FakeSlack(clock, events=["app_mention", "message.channels"]) as slack:
        acme = slack.world.workspace("Acme", scopes=["channels:history", "im:history"])
        ann = slack.world.user(acme.id, "Ann")
        room = slack.world.channel(acme.id, "general", members=[ann.id, acme.bot])
        alone = slack.world.channel(acme.id, "alone", members=[ann.id])
        direct = slack.world.direct(acme.id, [ann.id])
        text = f"{slack.mention(acme.id)} hello"
        heard = {one.name or "direct": slack.say(ann, one, text).deliveries for one in (room, alone, direct)}
    assert {name: [one.event["type"] for one in sent] for name, sent in heard.items()} == {
        "general": ["message"],
        "alone": [],
        "direct": [],
    }


async def test_a_stream_grows_stops_and_then_grows_no_more(at: Scene, clock: FixedClock) -> None:
    """Five minutes after its start it is over, busy or not, until an edit mends it."""
    said = at.slack.say(at.ann, at.room, "tell me")
    whom = {"recipient_team_id": at.acme.id, "recipient_user_id": at.ann.id}
    stream = await at.client.chat_stream(channel=at.room.id, thread_ts=said.ts, buffer_size=1, **whom)
    await stream.append(markdown_text="one ")
    await stream.append(markdown_text="two")
    message = at.slack.seen(at.room, at.ann)[-1]
    assert (message.text, message.streaming_since) == ("one two", clock.now())
    clock.advance(minutes=5)
    with pytest.raises(SlackApiError) as failed:
        await stream.stop()
    assert code(failed) == "message_not_in_streaming_state"
    await at.client.chat_update(channel=at.room.id, ts=str(stream.ts), text="one two, mended")
    assert message.text == "one two, mended"


async def test_a_stream_in_a_channel_names_its_reader(at: Scene) -> None:
    """Slack wants the recipient's user and team there."""
    said = at.slack.say(at.ann, at.room, "tell me")
    with pytest.raises(SlackApiError) as failed:
        await at.client.chat_startStream(channel=at.room.id, thread_ts=said.ts)
    assert code(failed) == "missing_recipient_user_id"


async def test_status_and_prompts_stand_where_they_were_put(at: Scene) -> None:
    """An empty status takes it away; a thread has a title."""
    direct = at.slack.world.direct(at.acme.id, [at.ann.id])
    ts = at.slack.say(at.ann, direct, "hello").ts
    await at.client.assistant_threads_setStatus(channel_id=direct.id, thread_ts=ts, status="is reading")
    assert at.slack.world.status(direct.id, ts) == "is reading"
    await at.client.assistant_threads_setStatus(channel_id=direct.id, thread_ts=ts, status="")
    assert at.slack.world.statuses == {}
    prompts = [{"title": "Brief", "message": "brief me"}]
    await at.client.assistant_threads_setSuggestedPrompts(channel_id=direct.id, prompts=prompts)
    assert at.slack.world.prompts[direct.id, None]["prompts"] == prompts
    await at.client.assistant_threads_setTitle(channel_id=direct.id, thread_ts=ts, title="Reading")
    assert at.slack.world.titles == {(direct.id, ts): "Reading"}


async def test_a_status_goes_with_the_next_message_or_after_two_minutes(at: Scene, clock: FixedClock) -> None:
    """Whichever is first; only a message in that thread counts."""
    ts = at.slack.say(at.ann, at.room, "hello").ts
    await at.client.assistant_threads_setStatus(channel_id=at.room.id, thread_ts=ts, status="is reading")
    await at.client.chat_postMessage(channel=at.room.id, text="elsewhere")
    clock.advance(seconds=119)
    assert at.slack.world.status(at.room.id, ts) == "is reading"
    clock.advance(seconds=1)
    assert at.slack.world.status(at.room.id, ts) == ""
    await at.client.assistant_threads_setStatus(channel_id=at.room.id, thread_ts=ts, status="is reading on")
    await at.client.chat_postMessage(channel=at.room.id, thread_ts=ts, text="read")
    assert at.slack.world.status(at.room.id, ts) == ""


async def test_small_methods_answer_like_slack(at: Scene) -> None:
    """A permalink, a reaction, a deletion, a token given back."""
    ts = (await at.client.chat_postMessage(channel=at.room.id, text="hello"))["ts"]
    link = (await at.client.chat_getPermalink(channel=at.room.id, message_ts=ts))["permalink"]
    assert link == f"https://acme.slack.com/archives/{at.room.id}/p{ts.replace('.', '')}"
    await at.client.reactions_add(channel=at.room.id, timestamp=ts, name="eyes")
    assert at.slack.seen(at.room, at.ann)[0].reactions == {"eyes": [at.acme.bot]}
    await at.client.chat_delete(channel=at.room.id, ts=ts)
    assert at.slack.seen(at.room, at.ann) == []
    await at.client.auth_revoke()
    with pytest.raises(SlackApiError) as failed:
        await at.client.auth_test()
    assert code(failed) == "token_revoked"


async def test_every_call_is_kept_with_how_it_was_answered(at: Scene) -> None:
    """Method, arguments, token, time, status and error; one session is one connection."""
    await at.client.chat_postMessage(channel=at.room.id, text="hello")
    with pytest.raises(SlackApiError):
        await at.client.chat_delete(channel=at.room.id, ts="1.0")
    first, second = at.slack.calls
    assert (first.method, first.args["text"], first.token) == ("chat.postMessage", "hello", at.acme.bot_token)
    assert (first.error, second.error, second.status) == (None, "message_not_found", 200)
    assert at.slack.connections == 1


async def test_calls_that_come_too_fast_are_turned_away(clock: FixedClock) -> None:
    """When the fake is told to enforce Slack's rates: with a Retry-After that is true."""
    async with scene(FakeSlack(clock, enforce_rates=True)) as at:
        for n in range(5):
            await at.client.chat_postMessage(channel=at.room.id, text=str(n))
        with pytest.raises(SlackApiError) as failed:
            await at.client.chat_postMessage(channel=at.room.id, text="one more")
        assert (failed.value.response.status_code, code(failed)) == (429, "ratelimited")
        clock.advance(seconds=int(failed.value.response.headers["Retry-After"]))
        await at.client.chat_postMessage(channel=at.room.id, text="one more")
        assert at.slack.rates.made["chat.postMessage", at.acme.id] == 7
        assert clock.now() - dt.timedelta(seconds=1) == at.slack.calls[0].at
