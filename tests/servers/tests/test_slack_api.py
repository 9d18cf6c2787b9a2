"""The fake's Web API, asked by the real client."""

from __future__ import annotations

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
