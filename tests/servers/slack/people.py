"""What people do: they write, type commands, open the app's home, invite it and throw it out."""

from __future__ import annotations

from collections.abc import Mapping

from tests.servers.slack.delivery import COMMAND, Delivery, Said
from tests.servers.slack.events import APP, VERIFICATION, Events
from tests.servers.slack.files import Files
from tests.servers.slack.hooks import Hooks
from tests.servers.slack.methods.views import described
from tests.servers.slack.state import JSON, Channel, Message, User, View
from tests.servers.slack.typing_in import escaped, written
from tests.servers.slack.wire import Wire
from tests.servers.slack.world import World


class People:
    """Everybody in the workspaces."""

    world: World
    wire: Wire
    events: Events
    hooks: Hooks
    files: Files
    commands: frozenset[str] | None

    def say(
        self,
        user: User,
        channel: Channel,
        text: str,
        thread: str | None = None,
        files: Mapping[str, bytes] | None = None,
    ) -> Said:
        """Write a message, with files by name, and tell the app of it where it listens.

        The text is what the person types: Slack escapes it and puts links into angle brackets.
        Raises LookupError when the person is not in the channel.
        """
        self.within(user, channel)
        ts = self.world.stamps.ts()
        message = Message(channel.team, channel.id, ts, user.id, written(text), [_typed(text)], thread_ts=thread)
        message.files = [self.files.share(user, name, content) for name, content in (files or {}).items()]
        message.subtype = "file_share" if files else None
        self.world.put(message)
        sent = self.events.posted(message, channel)
        self.world.changed()
        return Said(message, sent)

    def edit(self, message: Message, text: str) -> Said:
        """Change one's own message."""
        message.history.append(message.text)
        message.text, message.edits = written(text), message.edits + 1
        message.blocks = [_typed(text)]
        return Said(message, self.events.changed(message, self.world.channels[message.channel]))

    def share(
        self, user: User, channel: Channel, text: str, *attached: JSON, thread: str | None = None, subtype: str = ""
    ) -> Said:
        """Write a message of another kind, or one with something attached, such as a message that is passed on."""
        self.within(user, channel)
        message = Message(channel.team, channel.id, self.world.stamps.ts(), user.id, written(text), thread_ts=thread)
        message.attachments, message.subtype = list(attached), subtype or None
        sent = self.events.posted(self.world.put(message), channel)
        self.world.changed()
        return Said(message, sent)

    def delete(self, message: Message) -> Said:
        """Delete one's own message; one that has replies leaves a tombstone."""
        channel = self.world.channels[message.channel]
        if any(one.thread_ts == message.ts for one in self.world.messages[channel.id].values()):
            message.subtype, message.text = "tombstone", "This message was deleted."
            return Said(message, self.events.changed(message, channel))
        self.world.forget(message)
        return Said(message, self.events.deleted(message, channel))

    def command(self, name: str, text: str, user: User, channel: Channel) -> Delivery:
        """Type a slash command; what the app acknowledges with is shown as Slack would show it.

        Raises LookupError for a command nobody registered.
        """
        if self.commands is not None and name not in self.commands:
            message = f"{name} is not a valid command."
            raise LookupError(message)
        self.within(user, channel, joined=channel.kind != "public")
        workspace = self.world.workspaces[channel.team]
        url = self.hooks.issue(channel.team, channel.id, user.id)
        payload = {
            "token": VERIFICATION,
            "team_id": workspace.id,
            "team_domain": workspace.domain,
            "channel_id": channel.id,
            "channel_name": called(channel),
            "user_id": user.id,
            "user_name": user.name.lower(),
            "command": name,
            "text": escaped(text),
            "api_app_id": APP,
            "is_enterprise_install": "false",
            "response_url": url,
            "trigger_id": self.world.trigger(channel.team, user.id),
        }

        def shown(answer: JSON) -> None:
            if answer:
                key = url.partition("/actions/")[2]
                self.hooks.respond(self.hooks.known[key], answer)

        return self.wire.deliver(COMMAND, payload, shown)

    def open_home(self, user: User, tab: str = "home") -> tuple[Delivery, ...]:
        """Open the app's home, or with `tab="messages"` its direct messages."""
        channel = self.world.direct(user.team, [user.id])
        event: JSON = {
            "type": "app_home_opened",
            "user": user.id,
            "channel": channel.id,
            "tab": tab,
            "event_ts": self.world.stamps.ts(),
        }
        if tab == "home" and (view := self.home(user)):
            event["view"] = described(self.world, view)
        return self.events.tell(user.team, event)

    def look_at(self, user: User, *entities: JSON) -> tuple[Delivery, ...]:
        """Look at something else beside the app's direct messages."""
        channel = self.world.direct(user.team, [user.id])
        event = {
            "type": "app_context_changed",
            "user": user.id,
            "channel": channel.id,
            "context": {"entities": list(entities)} if entities else {},
            "event_ts": self.world.stamps.ts(),
        }
        return self.events.tell(user.team, event)

    def invite(self, channel: Channel, inviter: User) -> tuple[Delivery, ...]:
        """Invite the app into a channel."""
        bot = self.world.workspaces[channel.team].bot
        channel.members.add(bot)
        return self.events.joined(channel, self.world.users[bot], inviter.id)

    def remove(self, channel: Channel) -> tuple[Delivery, ...]:
        """Throw the app out of a channel."""
        channel.members.discard(self.world.workspaces[channel.team].bot)
        kind = "channel_left" if channel.kind == "public" else "group_left"
        return self.events.tell(channel.team, {"type": kind, "channel": channel.id})

    def archive(self, channel: Channel, user: User) -> tuple[Delivery, ...]:
        """Archive a channel."""
        channel.archived = True
        event = {"type": "channel_archive", "channel": channel.id, "user": user.id}
        return self.events.tell(channel.team, event, scope=f"{channel.family}:read")

    def uninstall(self, team: str, *, revoked_first: bool = True) -> tuple[Delivery, ...]:
        """Remove the app from a workspace: two events, in either order, and dead tokens."""
        workspace = self.world.workspaces[team]
        told: list[JSON] = [
            {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [workspace.bot]}},
            {"type": "app_uninstalled"},
        ]
        ordered = told if revoked_first else told[::-1]
        sent = tuple(one for event in ordered for one in self.events.tell(team, event))
        workspace.installed = False
        for token in self.world.tokens.values():
            token.inactive = token.inactive or token.team == team
        return sent

    def revoke_tokens(self, team: str) -> tuple[Delivery, ...]:
        """Revoke the app's bot tokens in a workspace."""
        for token in self.world.tokens.values():
            if token.team == team:
                token.revoked = True
        event = {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [self.world.workspaces[team].bot]}}
        return self.events.tell(team, event)

    def home(self, user: User) -> View | None:
        """Return the home tab as it stands for somebody."""
        return self.world.views.get(self.world.homes.get(user.id, ""))

    def modal(self, user: User) -> View | None:
        """Return the modal that lies on top of somebody's screen."""
        stack = self.world.stacks.get(user.id)
        return self.world.views[stack[-1]] if stack else None

    def seen(self, channel: Channel, by: User, thread: str | None = None) -> list[Message]:
        """Return what a person sees in a channel, in order: nobody else's ephemerals.

        Raises LookupError where the person may not look.
        """
        if channel.kind != "public":
            self.within(by, channel)
        posted = self.world.messages[channel.id].values()
        return [one for one in posted if one.viewer in {None, by.id} and thread in {None, one.root}]

    def within(self, user: User, channel: Channel, *, joined: bool = True) -> None:
        """Raise LookupError unless a person is where they act."""
        stranger = user.team != channel.team and not channel.is_ext_shared
        if stranger or (joined and user.id not in channel.members):
            message = f"{user.name} is not in {channel.name or channel.id}."
            raise LookupError(message)


def called(channel: Channel) -> str:
    """Return a channel's name as payloads write it."""
    return {"im": "directmessage", "private": "privategroup", "mpim": "mpdm"}.get(channel.kind, channel.name)


def _typed(text: str) -> JSON:
    span = {"type": "text", "text": text}
    section = {"type": "rich_text_section", "elements": [span]}
    return {"type": "rich_text", "block_id": "typed", "elements": [section]}
