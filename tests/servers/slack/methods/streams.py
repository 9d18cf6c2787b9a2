"""chat.*Stream: a message that grows while it is written."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from tests.servers.slack.content import MARKDOWN, checked
from tests.servers.slack.methods.chat import reach, shown, target, write
from tests.servers.slack.registry import method, needed, refuse
from tests.servers.slack.state import JSON, Message, Token

if TYPE_CHECKING:
    from tests.servers.slack.server import FakeSlack

LIFE = dt.timedelta(minutes=5)
"""How long Slack leaves a stream open, however busy it is."""

_CHUNKS = frozenset({"markdown_text", "task_update", "plan_update", "blocks"})


@method("chat.startStream", "chat:write")
def start(slack: FakeSlack, caller: Token, args: JSON) -> JSON:
    """Start a reply that will grow."""
    needed(args, "thread_ts")
    channel = target(slack, caller, args)
    if channel.kind != "im":
        refuse("missing_recipient_user_id", when=not args.get("recipient_user_id"))
        refuse("missing_recipient_team_id", when=not args.get("recipient_team_id"))
        refuse("team_not_found", when=args["recipient_team_id"] not in slack.world.workspaces)
        refuse("user_not_found", when=args["recipient_user_id"] not in slack.world.users)
    said = {"text": _text(args), "blocks": [], "attachments": []}
    message = write(slack, caller, channel, said, args, streaming_since=slack.world.now())
    slack.events.posted(message, channel)
    return {"channel": channel.id, "ts": message.ts}


@method("chat.appendStream", "chat:write")
def append(slack: FakeSlack, caller: Token, args: JSON) -> JSON:
    """Add to a reply that is growing."""
    refuse("no_text", when=not (args.get("markdown_text") or args.get("chunks")))
    message = _growing(slack, caller, args)
    _grow(message, args)
    return {"channel": message.channel, "ts": message.ts}


@method("chat.stopStream", "chat:write")
def stop(slack: FakeSlack, caller: Token, args: JSON) -> JSON:
    """Finish a reply; blocks stand under its text."""
    message = _growing(slack, caller, args)
    blocks = checked(args.get("blocks") or [], slack.world.stamps)
    _grow(message, args)
    message.blocks = blocks
    message.metadata = args.get("metadata")
    message.streaming_since = None
    slack.events.changed(message, slack.world.channels[message.channel])
    return {"channel": message.channel, "ts": message.ts, "message": shown(message)}


def _growing(slack: FakeSlack, caller: Token, args: JSON) -> Message:
    channel, ts = needed(args, "channel", "ts")
    reach(slack, caller, channel)
    message = slack.world.message(channel, ts)
    refuse("message_not_owned_by_app", when=message.bot_id != slack.world.workspaces[caller.team].bot_id)
    since = message.streaming_since
    refuse("message_not_in_streaming_state", when=since is None or slack.world.now() - since >= LIFE)
    return message


def _grow(message: Message, args: JSON) -> None:
    grown = _text(args)
    if grown:
        message.history.append(message.text)
        message.text += grown


def _text(args: JSON) -> str:
    chunks = args.get("chunks") or []
    refuse("invalid_chunks", when=any(chunk.get("type") not in _CHUNKS for chunk in chunks))
    pieces = [args.get("markdown_text") or "", *(chunk.get("text", "") for chunk in chunks)]
    refuse("msg_too_long", when=any(len(piece) > MARKDOWN for piece in pieces))
    return "".join(pieces)
