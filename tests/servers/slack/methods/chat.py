"""chat.*: posting, editing, deleting."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from tests.servers.slack.content import content
from tests.servers.slack.errors import SlackError
from tests.servers.slack.registry import method, needed, refuse
from tests.servers.slack.state import JSON, Channel, Message, Token

if TYPE_CHECKING:
    from tests.servers.slack.server import FakeSlack

METADATA = 8_000
"""Characters a message's metadata may have as JSON."""


@method("chat.postMessage", "chat:write")
def post_message(slack: FakeSlack, caller: Token, args: JSON) -> JSON:
    """Post a message to a channel, or to a person's direct messages."""
    channel = target(slack, caller, args, public=True)
    said = content(args, slack.world.stamps)
    message = write(slack, caller, channel, said, args)
    slack.events.posted(message, channel)
    return {"channel": channel.id, "ts": message.ts, "message": shown(message)}


@method("chat.update", "chat:write")
def update(slack: FakeSlack, caller: Token, args: JSON) -> JSON:
    """Replace what a message of the app says; text alone drops its blocks."""
    message, channel = _own(slack, caller, args, "cant_update_message")
    refuse("is_archived", when=channel.archived)
    rewrite(slack, message, content(args, slack.world.stamps, edit=True))
    message.metadata = args.get("metadata") or message.metadata
    message.streaming_since = None
    slack.events.changed(message, channel)
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": shown(message)}


@method("chat.delete", "chat:write")
def delete(slack: FakeSlack, caller: Token, args: JSON) -> JSON:
    """Delete a message of the app."""
    message, channel = _own(slack, caller, args, "cant_delete_message")
    slack.world.forget(message)
    slack.events.deleted(message, channel)
    return {"channel": channel.id, "ts": message.ts}


@method("chat.postEphemeral", "chat:write")
def post_ephemeral(slack: FakeSlack, caller: Token, args: JSON) -> JSON:
    """Show one person something in a channel."""
    (user,) = needed(args, "user")
    channel = target(slack, caller, args)
    refuse("user_not_in_channel", when=user not in channel.members)
    said = content(args, slack.world.stamps)
    message = write(slack, caller, channel, said, args, viewer=user)
    return {"message_ts": message.ts}


@method("chat.getPermalink")
def permalink(slack: FakeSlack, caller: Token, args: JSON) -> JSON:
    """Return a message's address."""
    channel, ts = needed(args, "channel", "message_ts")
    reach(slack, caller, channel)
    message = slack.world.message(channel, ts)
    domain = slack.world.workspaces[caller.team].domain
    address = f"https://{domain}.slack.com/archives/{channel}/p{ts.replace('.', '')}"
    thread = f"?thread_ts={message.thread_ts}&cid={channel}" if message.thread_ts else ""
    return {"channel": channel, "permalink": address + thread}


def reach(slack: FakeSlack, caller: Token, channel: str) -> Channel:
    """Return a channel the app may know of; raises SlackError for one it may not."""
    found = slack.world.channels.get(channel)
    bot = slack.world.workspaces[caller.team].bot
    if found is None or found.team != caller.team or not (found.kind == "public" or bot in found.members):
        code = "channel_not_found"
        raise SlackError(code)
    return found


def target(slack: FakeSlack, caller: Token, args: JSON, *, public: bool = False) -> Channel:
    """Return the channel to post to; a person stands for the direct messages with them."""
    (name,) = needed(args, "channel")
    user = slack.world.users.get(name)
    if user and user.team == caller.team:
        refuse("cannot_dm_bot", when=user.is_bot)
        refuse("user_disabled", when=user.deleted)
        return slack.world.direct(caller.team, [user.id])
    channel = reach(slack, caller, name)
    member = slack.world.workspaces[caller.team].bot in channel.members
    open_to_all = public and channel.kind == "public" and "chat:write.public" in caller.scopes
    refuse("not_in_channel", when=not member and not open_to_all)
    refuse("is_archived", when=channel.archived)
    return channel


def write(
    slack: FakeSlack,
    caller: Token,
    channel: Channel,
    said: JSON,
    args: JSON,
    *,
    viewer: str | None = None,
    streaming_since: dt.datetime | None = None,
) -> Message:
    """Put what the app says into a channel."""
    workspace = slack.world.workspaces[caller.team]
    metadata = args.get("metadata")
    refuse("metadata_too_large", when=len(str(metadata)) > METADATA)
    thread = args.get("thread_ts") or None
    if thread and not viewer:
        slack.world.statuses.pop((channel.id, thread), None)
    message = Message(
        channel.team,
        channel.id,
        slack.world.stamps.ts(),
        workspace.bot,
        **said,
        thread_ts=thread,
        bot_id=workspace.bot_id,
        metadata=metadata,
        viewer=viewer,
        unfurl_links=yes(args.get("unfurl_links", True)),
        unfurl_media=yes(args.get("unfurl_media", True)),
        streaming_since=streaming_since,
    )
    return slack.world.put(message)


def rewrite(slack: FakeSlack, message: Message, said: JSON) -> None:
    """Replace what a message says, and remember what it said."""
    message.history.append(message.text)
    message.text, message.blocks, message.attachments = said["text"], said["blocks"], said["attachments"]
    message.edits += 1
    message.chosen = {}
    slack.world.changed()


def shown(message: Message) -> JSON:
    """Return a message as methods and payloads show it."""
    shape: JSON = {
        "type": "message",
        "user": message.user,
        "ts": message.ts,
        "team": message.team,
        "text": message.text,
        "blocks": message.blocks,
    }
    optional = {
        "bot_id": message.bot_id,
        "thread_ts": message.thread_ts,
        "metadata": message.metadata,
        "attachments": message.attachments or None,
        "subtype": message.subtype,
        "files": message.files or None,
        "edited": {"user": message.user, "ts": message.ts} if message.edits else None,
    }
    return shape | {name: value for name, value in optional.items() if value is not None}


def yes(value: object) -> bool:
    """Read a truth as forms and JSON write it."""
    return value not in {False, None, "0", "false", "False", ""}


def _own(slack: FakeSlack, caller: Token, args: JSON, otherwise: str) -> tuple[Message, Channel]:
    name, ts = needed(args, "channel", "ts")
    channel = reach(slack, caller, name)
    message = slack.world.message(name, ts)
    if message.bot_id != slack.world.workspaces[caller.team].bot_id:
        raise SlackError(otherwise)
    return message, channel
