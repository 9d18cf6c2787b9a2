"""What people do: they write, look, change their minds, invite the app and throw it out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.servers.discord.delivery import Said
from tests.servers.discord.mentions import noted
from tests.servers.discord.permissions import Permission
from tests.servers.discord.state import Channel, Guild, Message, Modal, Overwrite, Pinged, Role, Upload, User

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.servers.discord.events import Events
    from tests.servers.discord.files import Files
    from tests.servers.discord.world import World


class People:
    """Everybody on Discord."""

    world: World
    events: Events
    files: Files

    def say(
        self,
        user: User,
        channel: Channel,
        text: str,
        reply_to: Message | None = None,
        *,
        ping: bool = True,
        files: Iterable[Upload] = (),
    ) -> Said:
        """Write a message with files, perhaps in reply to one, whose author is notified unless `ping` is off.

        Raises LookupError when the person may not write there.
        """
        self.within(user, channel, self._writing(channel))
        message = Message(self.world.ids.id(), channel.id, user.id, self.world.now(), text)
        message.reply_to = reply_to.id if reply_to else None
        message.attachments = [self.files.attach(file) for file in files]
        noted(self.world, self.world.put(message), None if ping or not reply_to else {"parse": ["users", "roles"]})
        told = self.events.posted(message)
        self.world.changed()
        return Said(message, told)

    def forward(self, user: User, channel: Channel, text: str, files: Iterable[Upload] = ()) -> Said:
        """Pass on a message from elsewhere that says this; whoever does it cannot add a word."""
        self.within(user, channel, self._writing(channel))
        message = Message(self.world.ids.id(), channel.id, user.id, self.world.now())
        stamp = self.world.now().isoformat()
        message.forwarded = [
            {
                "type": 0,
                "content": text,
                "embeds": [],
                "attachments": [self.files.attach(file) for file in files],
                "timestamp": stamp,
                "edited_timestamp": None,
                "flags": 0,
                "mentions": [],
                "mention_roles": [],
            }
        ]
        told = self.events.posted(self.world.put(message))
        self.world.changed()
        return Said(message, told)

    def edit(self, message: Message, text: str) -> Said:
        """Change one's own message."""
        message.history.append(message.content)
        message.content, message.edits, message.edited = text, message.edits + 1, self.world.now()
        noted(self.world, message, message.allowed_mentions)
        return Said(message, self.events.edited(message))

    def delete(self, message: Message) -> None:
        """Delete a message."""
        self.world.forget(message)
        self.events.deleted(message)

    def seen(self, channel: Channel, by: User) -> list[Message]:
        """Return what a person sees in a channel, in order: nobody else's ephemerals.

        Raises LookupError where the person may not look.
        """
        self.within(by, channel)
        return [one for one in self.world.messages[channel.id].values() if one.viewer in {None, by.id}]

    def answers(self, said: Said) -> list[Message]:
        """Return what the app said since, in the same channel or a thread of it, for all to see, in order."""
        places = {said.message.channel, *(one.id for one in self.threads(self.world.channels[said.message.channel]))}
        every = [one for place in places for one in self.world.messages[place].values()]
        own = [one for one in every if one.author == self.world.bot.id and not one.viewer]
        return sorted((one for one in own if int(one.id) > int(said.message.id)), key=lambda one: int(one.id))

    def create(self, guild: Guild, name: str, kind: str = "text") -> Channel:
        """Open a channel in a server, and tell the app of it."""
        channel = self.world.channel(guild, name, kind)
        self.events.channel("CREATE", channel)
        return channel

    def begin(self, user: User, channel: Channel, name: str, at: Message | None = None) -> Channel:
        """Begin a thread in a channel, perhaps at a message, and tell the app of it."""
        self.within(user, channel, Permission.CREATE_PUBLIC_THREADS)
        thread = self.world.thread(channel, name, user, at.id if at else "")
        if at:
            at.thread = thread.id
        self.events.channel("CREATE", thread)
        return thread

    def threads(self, channel: Channel) -> list[Channel]:
        """Return the threads or posts of a channel, in order."""
        return [one for one in self.world.channels.values() if one.parent == channel.id]

    def modal(self, user: User) -> Modal | None:
        """Return the form on somebody's screen."""
        return self.world.modals.get(user.id)

    def dismiss(self, message: Message, user: User) -> None:
        """Dismiss an ephemeral message, of which the app is told nothing."""
        if message.viewer == user.id:
            self.world.forget(message)

    def pinged(self, message: Message) -> Pinged:
        """Return whom a message has notified, as it was posted or by any of its edits."""
        return message.pinged

    def previews(self, message: Message) -> tuple[str, ...]:
        """Return the links that unfold in a message, and the pictures that are fetched for it."""
        return message.previews

    def invite(self, guild: Guild) -> int:
        """Let the app into a server; return how many sessions were told."""
        guild.installed = True
        guild.members[self.world.bot.id] = set()
        return self.events.joined(guild)

    def kick(self, guild: Guild) -> int:
        """Throw the app out of a server; return how many sessions were told."""
        told = self.events.left(guild)
        guild.installed = False
        del guild.members[self.world.bot.id]
        return told

    def install(self, user: User) -> None:
        """Let a person install the app for themselves; the app is told nothing."""
        user.installed = True

    def deny(self, channel: Channel, *denied: Permission, to: User | Role | None = None) -> None:
        """Take permissions away in a channel, from the bot unless from somebody else."""
        self._overwrite(channel, to, denied=denied)

    def allow(self, channel: Channel, *allowed: Permission, to: User | Role | None = None) -> None:
        """Grant permissions in a channel, to the bot unless to somebody else."""
        self._overwrite(channel, to, allowed=allowed)

    def remove(self, channel: Channel) -> None:
        """Delete a channel or a thread, and the threads in it."""
        for one in self.threads(channel):
            self.remove(one)
        self.events.channel("DELETE", channel)
        del self.world.channels[channel.id], self.world.messages[channel.id]
        self.world.changed()

    def archive(self, thread: Channel, *, locked: bool = False) -> None:
        """Put a thread away; locked, only moderators may write in it again."""
        thread.archived, thread.locked = True, locked
        self.events.channel("UPDATE", thread)

    def within(self, user: User, channel: Channel, *needed: Permission) -> None:
        """Raise LookupError unless a person may do what they do where they do it."""
        allowed = self.world.allowed(user, channel)
        if any(one not in allowed for one in (Permission.VIEW_CHANNEL, *needed)):
            message = f"{user.name} may not do that in {channel.name or channel.id}."
            raise LookupError(message)

    def sees(self, message: Message, user: User) -> None:
        """Raise LookupError unless a person sees a message."""
        if not any(one is message for one in self.seen(self.world.channels[message.channel], user)):
            words = f"{user.name} does not see that."
            raise LookupError(words)

    def _writing(self, channel: Channel) -> Permission:
        return Permission.SEND_MESSAGES_IN_THREADS if channel.is_thread else Permission.SEND_MESSAGES

    def _overwrite(
        self,
        channel: Channel,
        target: User | Role | None,
        allowed: tuple[Permission, ...] = (),
        denied: tuple[Permission, ...] = (),
    ) -> None:
        one = channel.overwrites.setdefault((target or self.world.bot).id, Overwrite())
        for permission in allowed:
            one.allow, one.deny = one.allow | permission, one.deny & ~permission
        for permission in denied:
            one.allow, one.deny = one.allow & ~permission, one.deny | permission
        self.events.channel("UPDATE", channel)
        self.world.changed()
