"""The fake's Web API, asked by the real client."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes import FixedClock
from tests.servers.slack import Channel, FakeSlack, User, Workspace
from tests.servers.slack.stock import client as opened


@dataclass
class Scene:
    """A workspace with one person, one channel the app is in, and a client."""

    slack: FakeSlack
    acme: Workspace
    ann: User
    room: Channel
    client: AsyncWebClient


@asynccontextmanager
async def scene(clock: FixedClock, **options: object) -> AsyncIterator[Scene]:
    """Open one."""
    async with FakeSlack(clock, **options) as slack:
        acme = slack.world.workspace("Acme")
        ann = slack.world.user(acme.id, "Ann", tz="Asia/Kolkata")
        room = slack.world.channel(acme.id, "general", members=[ann.id, acme.bot])
        async with opened(slack, acme.bot_token) as client:
            yield Scene(slack, acme, ann, room, client)


@pytest.fixture
async def at(clock: FixedClock) -> AsyncIterator[Scene]:
    """Return the usual scene."""
    async with scene(clock) as made:
        yield made


def code(failed: pytest.ExceptionInfo[SlackApiError]) -> str:
    """Return the error code of a refused call."""
    return str(failed.value.response["error"])


async def test_a_token_says_who_it_speaks_for_and_what_it_may(at: Scene) -> None:
    """In the body the workspace and the bot, in a header the scopes."""
    answer = await at.client.auth_test()
    assert (answer["team_id"], answer["user_id"]) == (at.acme.id, at.acme.bot)
    assert "chat:write" in answer.headers["x-oauth-scopes"].split(",")


async def test_a_post_is_seen_by_everybody_there(at: Scene) -> None:
    """With its text, its flags and the time stamp the app was told."""
    metadata = {"event_type": "brief", "event_payload": {"page": 1}}
    answer = await at.client.chat_postMessage(
        channel=at.room.id, text="Good morning", metadata=metadata, unfurl_links=False, unfurl_media=False
    )
    (message,) = at.slack.seen(at.room, at.ann)
    assert (message.ts, message.text, message.metadata) == (answer["ts"], "Good morning", metadata)
    assert (message.unfurl_links, message.unfurl_media) == (False, False)


async def test_time_stamps_rise_while_the_clock_stands(at: Scene) -> None:
    """No two messages share one, in whatever channel."""
    stamps = [(await at.client.chat_postMessage(channel=at.room.id, text=str(n)))["ts"] for n in range(20)]
    assert stamps == sorted(set(stamps))


async def test_an_edit_without_blocks_drops_them(at: Scene) -> None:
    """As Slack does when only text is sent."""
    block = {"type": "section", "text": {"type": "plain_text", "text": "old"}}
    sent = await at.client.chat_postMessage(channel=at.room.id, text="old", blocks=[block])
    await at.client.chat_update(channel=at.room.id, ts=sent["ts"], text="new")
    (message,) = at.slack.seen(at.room, at.ann)
    assert (message.text, message.blocks, message.edits, message.history) == ("new", [], 1, ["old"])


async def test_a_private_reply_is_seen_by_one_and_cannot_be_edited(at: Scene) -> None:
    """Methods find no such message; only a response_url would."""
    bob = at.slack.world.user(at.acme.id, "Bob")
    at.room.members.add(bob.id)
    sent = await at.client.chat_postEphemeral(channel=at.room.id, user=at.ann.id, text="psst")
    assert [one.text for one in at.slack.seen(at.room, at.ann)] == ["psst"]
    assert at.slack.seen(at.room, bob) == []
    with pytest.raises(SlackApiError) as failed:
        await at.client.chat_update(channel=at.room.id, ts=sent["message_ts"], text="louder")
    assert code(failed) == "message_not_found"


async def test_direct_messages_open_once(at: Scene) -> None:
    """By conversations.open or by posting to the person; bots take none."""
    first = (await at.client.conversations_open(users=at.ann.id))["channel"]["id"]
    again = (await at.client.chat_postMessage(channel=at.ann.id, text="hello"))["channel"]
    assert first == again
    for users, expected in ((at.acme.bot, "cannot_dm_bot"), ("U404", "user_not_found")):
        with pytest.raises(SlackApiError) as failed:
            await at.client.conversations_open(users=users)
        assert code(failed) == expected


async def test_where_the_app_may_not_post_it_is_told_why(at: Scene) -> None:
    """Unknown, private without it, public without it, archived: a code of its own each."""
    at.slack.world.tokens[at.acme.bot_token].scopes -= {"chat:write.public"}
    hidden = at.slack.world.channel(at.acme.id, "hidden", "private", [at.ann.id])
    public = at.slack.world.channel(at.acme.id, "public", members=[at.ann.id])
    closed = at.slack.world.channel(at.acme.id, "closed", members=[at.acme.bot])
    closed.archived = True
    expected = {
        "C404": "channel_not_found",
        hidden.id: "channel_not_found",
        public.id: "not_in_channel",
        closed.id: "is_archived",
    }
    for channel, error in expected.items():
        with pytest.raises(SlackApiError) as failed:
            await at.client.chat_postMessage(channel=channel, text="hello")
        assert code(failed) == error


async def test_a_scope_lets_the_app_post_where_it_is_no_member(at: Scene) -> None:
    """chat:write.public reaches public channels, and no private ones."""
    public = at.slack.world.channel(at.acme.id, "public", members=[at.ann.id])
    await at.client.chat_postMessage(channel=public.id, text="hello")
    assert [one.text for one in at.slack.seen(public, at.ann)] == ["hello"]


async def test_another_workspace_is_out_of_reach(at: Scene) -> None:
    """Its channels, people and messages are not found by this one's token."""
    other = at.slack.world.workspace("Other")
    eve = at.slack.world.user(other.id, "Eve")
    theirs = at.slack.world.channel(other.id, "theirs", members=[eve.id, other.bot])
    with pytest.raises(SlackApiError) as failed:
        await at.client.chat_postMessage(channel=theirs.id, text="hello")
    assert code(failed) == "channel_not_found"
    with pytest.raises(SlackApiError) as failed:
        await at.client.users_info(user=eve.id)
    assert code(failed) == "user_not_found"


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


async def test_a_private_reply_reaches_members_only(at: Scene) -> None:
    """Neither people elsewhere, nor channels the app is not in."""
    bob = at.slack.world.user(at.acme.id, "Bob")
    public = at.slack.world.channel(at.acme.id, "public", members=[bob.id])
    for channel, expected in ((at.room.id, "user_not_in_channel"), (public.id, "not_in_channel")):
        with pytest.raises(SlackApiError) as failed:
            await at.client.chat_postEphemeral(channel=channel, user=bob.id, text="psst")
        assert code(failed) == expected


async def test_only_its_own_messages_are_the_apps_to_change(at: Scene) -> None:
    """What people wrote stays as it is."""
    said = at.slack.say(at.ann, at.room, "mine")
    with pytest.raises(SlackApiError) as failed:
        await at.client.chat_update(channel=at.room.id, ts=said.ts, text="yours")
    assert code(failed) == "cant_update_message"
    with pytest.raises(SlackApiError) as failed:
        await at.client.chat_delete(channel=at.room.id, ts=said.ts)
    assert code(failed) == "cant_delete_message"


async def test_a_missing_scope_is_named(at: Scene) -> None:
    """With what is needed and what was provided."""
    at.slack.world.tokens[at.acme.bot_token].scopes = frozenset({"chat:write"})
    with pytest.raises(SlackApiError) as failed:
        await at.client.users_info(user=at.ann.id)
    answer = failed.value.response
    assert (answer["error"], answer["needed"], answer["provided"]) == ("missing_scope", "users:read", "chat:write")


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("unknown", "invalid_auth"),
        ("revoked", "token_revoked"),
        ("expired", "token_expired"),
        ("uninstalled", "account_inactive"),
        ("app", "not_allowed_token_type"),
        ("none", "not_authed"),
    ],
)
async def test_a_token_that_is_no_good_is_refused(at: Scene, state: str, expected: str) -> None:
    """Each with its own code."""
    token = at.slack.world.tokens[at.acme.bot_token]
    token.revoked = state == "revoked"
    token.expires = at.slack.clock.now() if state == "expired" else None
    if state == "uninstalled":
        at.slack.uninstall(at.acme.id)
    at.client.token = {"unknown": "xoxb-other", "app": at.slack.app_token, "none": None}.get(state, token.value)
    with pytest.raises(SlackApiError) as failed:
        await at.client.auth_test()
    assert code(failed) == expected


async def test_a_person_has_a_zone_and_a_standing(at: Scene) -> None:
    """As users.info tells it."""
    at.ann.is_admin = True
    user = (await at.client.users_info(user=at.ann.id))["user"]
    assert (user["tz"], user["tz_offset"], user["is_admin"], user["is_restricted"]) == (
        "Asia/Kolkata",
        19_800,
        True,
        False,
    )


async def test_history_is_read_back_in_pages(at: Scene) -> None:
    """The newest first, without replies and ephemerals; replies the oldest first."""
    root = (await at.client.chat_postMessage(channel=at.room.id, text="root"))["ts"]
    await at.client.chat_postEphemeral(channel=at.room.id, user=at.ann.id, text="psst")
    await at.client.chat_postMessage(channel=at.room.id, text="reply", thread_ts=root)
    await at.client.chat_postMessage(channel=at.room.id, text="later")
    history = await at.client.conversations_history(channel=at.room.id, limit=1)
    assert [[one["text"] for one in page["messages"]] async for page in history] == [["later"], ["root"]]
    thread = await at.client.conversations_replies(channel=at.room.id, ts=root)
    assert [one["text"] for one in thread["messages"]] == ["root", "reply"]


async def test_the_app_joins_a_public_channel_only(at: Scene) -> None:
    """And is a member from then on."""
    public = at.slack.world.channel(at.acme.id, "public")
    assert (await at.client.conversations_info(channel=public.id))["channel"]["is_member"] is False
    await at.client.conversations_join(channel=public.id)
    assert (await at.client.conversations_members(channel=public.id))["members"] == [at.acme.bot]
    direct = at.slack.world.direct(at.acme.id, [at.ann.id])
    with pytest.raises(SlackApiError) as failed:
        await at.client.conversations_join(channel=direct.id)
    assert code(failed) == "method_not_supported_for_channel_type"


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
    async with scene(clock, enforce_rates=True) as at:
        for n in range(5):
            await at.client.chat_postMessage(channel=at.room.id, text=str(n))
        with pytest.raises(SlackApiError) as failed:
            await at.client.chat_postMessage(channel=at.room.id, text="one more")
        assert (failed.value.response.status_code, code(failed)) == (429, "ratelimited")
        clock.advance(seconds=int(failed.value.response.headers["Retry-After"]))
        await at.client.chat_postMessage(channel=at.room.id, text="one more")
        assert at.slack.rates.made["chat.postMessage", at.acme.id] == 7
        assert clock.now() - dt.timedelta(seconds=1) == at.slack.calls[0].at
