"""Events: which the app subscribed to and may hear, and the envelope they travel in."""

from __future__ import annotations

from collections.abc import Iterable

from tests.servers.slack.delivery import EVENT, Delivery
from tests.servers.slack.state import JSON, Channel, Message, User
from tests.servers.slack.wire import Wire
from tests.servers.slack.world import World

SUBSCRIPTIONS = frozenset(
    """app_mention message.channels message.groups message.im message.mpim app_home_opened app_context_changed
    member_joined_channel channel_left group_left channel_archive app_uninstalled tokens_revoked""".split()
)
"""The events an app hears unless it is told otherwise."""

APP = "A0000000001"
VERIFICATION = "verification"


class Events:
    """The Events API: tells the app what happened where it may know of it."""

    def __init__(self, world: World, wire: Wire, subscriptions: Iterable[str]) -> None:
        self.world = world
        self.wire = wire
        self.subscriptions = frozenset(subscriptions)

    def tell(self, team: str, event: JSON, name: str = "", scope: str = "") -> tuple[Delivery, ...]:
        """Send one event when the app subscribed to it and has the scope; return what was sent."""
        workspace = self.world.workspaces[team]
        heard = (name or event["type"]) in self.subscriptions
        if not heard or (scope and scope not in workspace.scopes) or not workspace.installed:
            return ()
        return (self.wire.deliver(EVENT, self.callback(team, event)),)

    def said(self, channel: Channel, event: JSON) -> tuple[Delivery, ...]:
        """Tell of something that happened to a message, where the app is a member."""
        if self.world.workspaces[channel.team].bot not in channel.members:
            return ()
        full = {"channel": channel.id, "channel_type": channel.type, **event}
        return self.tell(channel.team, full, f"message.{channel.family}", f"{channel.family}:history")

    def mentioned(self, message: Message, channel: Channel) -> tuple[Delivery, ...]:
        """Tell of a mention, where the app is a member; there are none in direct messages."""
        bot = self.world.workspaces[channel.team].bot
        if f"<@{bot}>" not in message.text or bot not in channel.members or channel.kind == "im":
            return ()
        event = {**self._plain(message, "app_mention"), "channel": channel.id}
        return self.tell(channel.team, event, "app_mention", "app_mentions:read")

    def posted(self, message: Message, channel: Channel) -> tuple[Delivery, ...]:
        """Tell of a new message: as a mention, as a message, or both."""
        return (*self.mentioned(message, channel), *self.said(channel, self._plain(message, "message")))

    def changed(self, message: Message, channel: Channel) -> tuple[Delivery, ...]:
        """Tell of an edit."""
        event = {"type": "message", "subtype": "message_changed", "hidden": True, "ts": self.world.stamps.ts()}
        new = self._plain(message, "message")
        was = {**new, "text": message.history[-1] if message.history else message.text}
        edited = {"edited": {"user": message.user, "ts": event["ts"]}} if message.edits else {}
        return self.said(channel, {**event, "message": new | edited, "previous_message": was, "event_ts": event["ts"]})

    def deleted(self, message: Message, channel: Channel) -> tuple[Delivery, ...]:
        """Tell of a deletion."""
        event = {"type": "message", "subtype": "message_deleted", "hidden": True, "ts": self.world.stamps.ts()}
        gone = {"deleted_ts": message.ts, "previous_message": self._plain(message, "message"), "event_ts": event["ts"]}
        return self.said(channel, {**event, **gone})

    def joined(self, channel: Channel, user: User, inviter: str = "") -> tuple[Delivery, ...]:
        """Tell of a new member."""
        event = {
            "type": "member_joined_channel",
            "user": user.id,
            "channel": channel.id,
            "channel_type": "C" if channel.kind == "public" else "G",
            "team": channel.team,
            "event_ts": self.world.stamps.ts(),
            **({"inviter": inviter} if inviter else {}),
        }
        return self.tell(channel.team, event, scope=f"{channel.family}:read")

    def _plain(self, message: Message, kind: str) -> JSON:
        author = self.world.users[message.user]
        event = _plain(message, kind, author.team)
        return event | ({"user_team": author.team, "source_team": author.team} if author.team != message.team else {})

    def callback(self, team: str, event: JSON) -> JSON:
        """Return the body an event travels in."""
        stamps, bot = self.world.stamps, self.world.workspaces[team].bot
        channel = self.world.channels.get(str(event.get("channel")))
        authorization = {
            "enterprise_id": None,
            "team_id": team,
            "user_id": bot,
            "is_bot": True,
            "is_enterprise_install": False,
        }
        return {
            "token": VERIFICATION,
            "team_id": team,
            "context_team_id": team,
            "context_enterprise_id": None,
            "api_app_id": APP,
            "event": event,
            "type": "event_callback",
            "event_id": stamps.id("Ev"),
            "event_time": int(self.world.now().timestamp()),
            "authorizations": [authorization],
            "is_ext_shared_channel": bool(channel and channel.is_ext_shared),
            "event_context": f"4-{stamps.number('context')}",
        }


def _plain(message: Message, kind: str, team: str) -> JSON:
    event: JSON = {
        "type": kind,
        "user": message.user,
        "ts": message.ts,
        "team": team,
        "text": message.text,
        "blocks": message.blocks,
        "event_ts": message.ts,
    }
    if message.thread_ts:
        event["thread_ts"] = message.thread_ts
    if message.bot_id:
        event |= {"bot_id": message.bot_id, "app_id": APP}
    else:
        event["client_msg_id"] = f"client-{message.ts}"
    if message.subtype and kind == "message":
        event["subtype"] = message.subtype
    if message.files:
        event |= {"files": message.files, "upload": False}
    if message.attachments:
        event["attachments"] = message.attachments
    return event
