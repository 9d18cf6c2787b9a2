"""conversations.*, users.* and reactions.*: who and what there is."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from tests.servers.slack.errors import SlackError
from tests.servers.slack.methods.chat import reach, shown, yes
from tests.servers.slack.registry import method, needed, refuse, require
from tests.servers.slack.state import JSON, Channel, Message, Token, User

if TYPE_CHECKING:
    from tests.servers.slack.server import FakeSlack

PAGE = 100
"""Messages a page of history has unless another number is asked for."""


@method("conversations.open", "im:write")
def opened(slack: FakeSlack, caller: Token, args: JSON) -> JSON:
    """Open the direct messages with one person or several."""
    users = [name for name in str(args.get("users") or "").split(",") if name]
    refuse("users_list_not_supplied", when=not users and not args.get("channel"))
    if not users:
        return {"channel": {"id": reach(slack, caller, str(args["channel"])).id}}
    for name in users:
        known = slack.world.users.get(name)
        refuse("user_not_found", when=known is None or known.team != caller.team)
        refuse("cannot_dm_bot", when=bool(known and known.is_bot))
        refuse("user_disabled", when=bool(known and known.deleted))
    if len(users) > 1:
        require(caller, "mpim:write")
    channel = slack.world.direct(caller.team, users)
    return {"channel": described(channel) if yes(args.get("return_im")) else {"id": channel.id}}


@method("conversations.info")
def info(slack: FakeSlack, caller: Token, args: JSON) -> JSON:
    """Describe a channel."""
    channel = _read(slack, caller, args, "read")
    member = slack.world.workspaces[caller.team].bot in channel.members
    return {"channel": described(channel) | {"is_member": member}}


@method("conversations.members")
def members(slack: FakeSlack, caller: Token, args: JSON) -> JSON:
    """List who is in a channel."""
    return {"members": sorted(_read(slack, caller, args, "read").members), "response_metadata": {"next_cursor": ""}}


@method("conversations.history")
def history(slack: FakeSlack, caller: Token, args: JSON) -> JSON:
    """Read a channel's messages back, the newest first."""
    channel = _read(slack, caller, args, "history")
    posted = [one for one in slack.world.messages[channel.id].values() if one.root == one.ts]
    return _page(args, posted[::-1])


@method("conversations.replies")
def replies(slack: FakeSlack, caller: Token, args: JSON) -> JSON:
    """Read a thread back, the oldest first."""
    channel = _read(slack, caller, args, "history")
    (ts,) = needed(args, "ts")
    root = slack.world.messages[channel.id].get(ts)
    refuse("thread_not_found", when=root is None)
    thread = [one for one in slack.world.messages[channel.id].values() if root and one.root == root.root]
    return _page(args, thread)


@method("conversations.join", "channels:join")
def join(slack: FakeSlack, caller: Token, args: JSON) -> JSON:
    """Let the app join a public channel."""
    channel = reach(slack, caller, needed(args, "channel")[0])
    refuse("method_not_supported_for_channel_type", when=channel.kind != "public")
    refuse("is_archived", when=channel.archived)
    bot = slack.world.workspaces[caller.team].bot
    if bot not in channel.members:
        channel.members.add(bot)
        slack.events.joined(channel, slack.world.users[bot])
    return {"channel": described(channel)}


@method("users.info", "users:read")
def user_info(slack: FakeSlack, caller: Token, args: JSON) -> JSON:
    """Describe a person."""
    user = slack.world.users.get(needed(args, "user")[0])
    if user is None or not (user.team == caller.team or _shared(slack, caller, user)):
        code = "user_not_found"
        raise SlackError(code)
    return {"user": person(user, slack.world.now()) | ({} if user.team == caller.team else {"is_stranger": True})}


@method("reactions.add", "reactions:write")
def react(slack: FakeSlack, caller: Token, args: JSON) -> JSON:
    """Put an emoji under a message."""
    channel, name, ts = needed(args, "channel", "name", "timestamp")
    reach(slack, caller, channel)
    message = slack.world.message(channel, ts)
    bot = slack.world.workspaces[caller.team].bot
    refuse("already_reacted", when=bot in message.reactions.get(name, ()))
    message.reactions.setdefault(name, []).append(bot)
    return {}


def described(channel: Channel) -> JSON:
    """Return a channel as methods show it."""
    return {
        "id": channel.id,
        "name": channel.name,
        "is_channel": channel.kind == "public",
        "is_group": channel.kind == "private",
        "is_im": channel.kind == "im",
        "is_mpim": channel.kind == "mpim",
        "is_private": channel.kind != "public",
        "is_archived": channel.archived,
        "is_ext_shared": channel.is_ext_shared,
        "is_shared": channel.is_ext_shared,
        "is_org_shared": False,
        "context_team_id": channel.team,
        "num_members": len(channel.members),
    }


def person(user: User, now: dt.datetime) -> JSON:
    """Return a person as methods show them."""
    offset = ZoneInfo(user.tz).utcoffset(now.astimezone(ZoneInfo(user.tz))) or dt.timedelta()
    return {
        "id": user.id,
        "team_id": user.team,
        "name": user.name.lower(),
        "real_name": user.name,
        "deleted": user.deleted,
        "tz": user.tz,
        "tz_label": user.tz,
        "tz_offset": int(offset.total_seconds()),
        "profile": {"real_name": user.name, "display_name": user.name, "team": user.team},
        "is_admin": user.is_admin,
        "is_owner": user.is_owner,
        "is_primary_owner": False,
        "is_restricted": user.is_restricted,
        "is_ultra_restricted": False,
        "is_bot": user.is_bot,
        "is_app_user": False,
        "locale": "en-GB",
    }


def _shared(slack: FakeSlack, caller: Token, user: User) -> bool:
    channels = slack.world.channels.values()
    return any(one.is_ext_shared and one.team == caller.team and user.id in one.members for one in channels)


def _read(slack: FakeSlack, caller: Token, args: JSON, right: str) -> Channel:
    channel = reach(slack, caller, needed(args, "channel")[0])
    require(caller, f"{channel.family}:{right}")
    member = slack.world.workspaces[caller.team].bot in channel.members
    refuse("not_in_channel", when=right == "history" and not member)
    return channel


def _page(args: JSON, found: list[Message]) -> JSON:
    low, high = str(args.get("oldest") or "0"), str(args.get("latest") or "9" * 20)
    inside = [one for one in found if not one.viewer and low <= one.ts <= high]
    if not yes(args.get("inclusive", False)):
        inside = [one for one in inside if one.ts not in {low, high}]
    limit, start = int(args.get("limit") or PAGE), int(args.get("cursor") or 0)
    page, rest = inside[start : start + limit], len(inside) > start + limit
    metadata = yes(args.get("include_all_metadata", False))
    rows = [shown(one) if metadata else shown(one) | {"metadata": None} for one in page]
    rows = [{name: value for name, value in row.items() if value is not None} for row in rows]
    cursor = str(start + limit) if rest else ""
    return {"messages": rows, "has_more": rest, "response_metadata": {"next_cursor": cursor}, "pin_count": 0}
