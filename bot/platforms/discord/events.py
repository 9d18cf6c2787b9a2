"""Parses what Discord sends: who wants what, where, and how the answer gets to them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

import discord
import msgspec

from bot.chat.argument_parser import hidden_args, lacks_text, parse_command
from bot.chat.message import Action
from bot.chat.request import Verb
from bot.chat.text import without_code
from bot.domain.address import Address
from bot.platforms.attachments import FileLink
from bot.platforms.discord.render import MENU, field_values, parse_button

PLATFORM = "discord"

MESSAGE_COMMANDS = {"Check this claim": "check", "Save as a note": "note"}
"""The commands in a message's menu, each with its verb."""

_MENTION = re.compile(r"<(?:@[!&]?|#)\d+>")
_EMOJI = re.compile(r"<a?(:\w+:)\d+>")


@dataclass(frozen=True, slots=True)
class Event:
    """Something a person did: `key` is the same when Discord sends it again. It holds plain values, to be saved.

    The answer goes to an interaction, by its `token`, or to a `message` as a reply. `form` marks a submitted form,
    `visiting` a place where only this person has the app; `posts` are the pages of the answer after its first. The
    answer to one that `settles` a question takes its place. `answer` is one that could not be shown yet, and `expires`
    the moment, in Unix seconds, after which it can't be shown any more. The answer to the event with the key `replaces`
    goes: its question was edited, or deleted if there is no verb.
    """

    key: str
    user: str
    at: Address
    verb: str
    args: Mapping[str, str]
    channel: int
    private: bool = True
    may_manage: bool = False
    may_post: bool = True
    visiting: bool = False
    form: bool = False
    settles: bool = False
    application: int = 0
    token: str = ""
    message: int = 0
    own: Address | None = field(default=None)
    posts: tuple[int, ...] = ()
    files: tuple[FileLink, ...] = ()
    answer: str = ""
    expires: float = 0.0
    replaces: str = ""


def serialize(event: Event, verbs: Sequence[Verb]) -> str:
    """Return an event as JSON, without the secrets in it."""
    hidden = hidden_args(event.verb, verbs)
    args = {name: value for name, value in event.args.items() if name not in hidden}
    return msgspec.json.encode(replace(event, args=args)).decode()


def direct_address(user: str) -> Address:
    """Return the address of the direct conversation with a person; it is a space of its own."""
    return Address(PLATFORM, f"@{user}", user)


def parse_interaction(interaction: discord.Interaction[Any]) -> Event | None:
    """Return what a person asked for with a command, a button or a form; None for anything else."""
    parsed = _parse_verb(interaction)
    channel = interaction.channel
    if parsed is None or channel is None:
        return None
    verb, args = parsed
    user = str(interaction.user.id)
    at = _interaction_address(interaction, user)
    alone = at.channel == user
    may = interaction.permissions
    visiting = not alone and not interaction.is_guild_integration()
    return Event(
        f"{PLATFORM}:{interaction.id}",
        user,
        at,
        verb,
        args,
        channel.id,
        may_manage=alone or may.manage_guild or may.manage_channels,
        may_post=alone or (not visiting and _can_post(interaction)),
        visiting=visiting,
        form=interaction.type is discord.InteractionType.modal_submit,
        settles=interaction.type is discord.InteractionType.component and Action(verb, args[""]).settles,
        application=interaction.application_id,
        token=interaction.token,
        own=None if alone else direct_address(user),
        files=_interaction_files(interaction.data or {}),
    )


def parse_message(message: discord.Message, verbs: Sequence[Verb]) -> Event | None:
    """Return what a person wrote to the bot: directly, with a mention, or in reply to it; None for anything else."""
    by_bot = message.author.bot or message.webhook_id is not None
    if by_bot or message.type not in _USER_MESSAGE_TYPES or not _is_addressed(message):
        return None
    user = str(message.author.id)
    passed_on = (file for snapshot in message.message_snapshots for file in snapshot.attachments)
    attached = chain(message.attachments, passed_on)
    files = tuple(FileLink(file.filename, file.size, file.url) for file in attached)
    verb, words = _wanted(message, verbs, has_files=bool(files))
    at = _channel_address(message.channel, str(message.guild.id)) if message.guild else direct_address(user)
    may = message.author.guild_permissions if isinstance(message.author, discord.Member) else None
    return Event(
        f"{PLATFORM}:{message.id}",
        user,
        at,
        verb,
        {"": words},
        message.channel.id,
        private=message.guild is None,
        may_manage=message.guild is None or (may is not None and (may.manage_guild or may.manage_channels)),
        message=message.id,
        own=direct_address(user) if message.guild else None,
        files=files,
    )


def parse_edit(message: discord.Message, verbs: Sequence[Verb]) -> Event | None:
    """Return what a person wants instead, having edited their message; None if it was only given a preview."""
    event = parse_message(message, verbs) if message.edited_at else None
    if event is None or message.edited_at is None:
        return None
    return replace(event, key=f"{event.key}/{message.edited_at.timestamp():.3f}", replaces=event.key)


def parse_deletion(message: int, channel: int, guild: int | None) -> Event | None:
    """Return that a question was deleted; None if it was a private one, whose answer stays."""
    if guild is None:
        return None
    question, at = f"{PLATFORM}:{message}", Address(PLATFORM, str(guild), str(channel))
    return Event(f"{question}/deleted", "", at, "", {}, channel, private=False, message=message, replaces=question)


def _is_addressed(message: discord.Message) -> bool:
    """Return whether a message is for the bot: every direct one, and one that mentions it or its role."""
    if message.guild is None:
        return True
    me = message.guild.me
    if me not in message.mentions:
        return _mentions_own_role(message)
    in_code = re.search(rf"<@!?{me.id}>", message.content) and not re.search(
        rf"<@!?{me.id}>", without_code(message.content)
    )
    replied = message.reference.resolved if message.reference else None
    return not in_code or (isinstance(replied, discord.Message) and replied.author == me)


def _mentions_own_role(message: discord.Message) -> bool:
    """Return whether a message mentions the role that Discord made for the bot."""
    own = message.guild.me.id if message.guild else 0
    return any(role.tags and role.tags.bot_id == own for role in message.role_mentions)


def _wanted(message: discord.Message, verbs: Sequence[Verb], *, has_files: bool) -> tuple[str, str]:
    """Return the verb and the words of a message, with what is passed on in it if that is all there is."""
    words = _readable_text(message.content)
    if lacks_text(words, verbs):
        attached = _attached_text(message)
        if not (attached or has_files) and (message.reference or _mentions_own_role(message)):
            return "unreadable", ""
        words = f"{words} {attached}".strip()
    command = parse_command(words, verbs, has_files=has_files)
    return command.verb, command.text


def _attached_text(message: discord.Message) -> str:
    """Return the words of cards, of a message that is passed on, and of one that somebody else is answered in."""
    replied = message.reference.resolved if message.reference else None
    quoted = isinstance(replied, discord.Message) and message.guild and replied.author != message.guild.me
    texts = [
        *(snapshot.content for snapshot in message.message_snapshots),
        *(f"{embed.title or ''} {embed.description or ''}" for embed in message.embeds),
        *([replied.content] if quoted and isinstance(replied, discord.Message) else ()),
    ]
    return _readable_text(" ".join(texts))


_USER_MESSAGE_TYPES = {discord.MessageType.default, discord.MessageType.reply}


def _parse_verb(interaction: discord.Interaction[Any]) -> tuple[str, dict[str, str]] | None:
    sent: Mapping[str, Any] = interaction.data or {}
    match interaction.type:
        case discord.InteractionType.application_command if verb := _message_command(sent):
            words = " ".join(word for message in _resolved(sent, "messages") for word in _words(message))
            return "files" if verb == "note" and _interaction_files(sent) else verb, {"": _readable_text(words)}
        case discord.InteractionType.application_command:
            options = sent.get("options", ())
            return sent["name"], {option["name"]: str(option["value"]) for option in options if "value" in option}
        case discord.InteractionType.component if action := parse_button(_pressed(sent)):
            return action.verb, {"": action.arg}
        case discord.InteractionType.modal_submit if action := parse_button(sent["custom_id"]):
            return action.verb, field_values(sent["components"])
        case _:
            return None


def _message_command(sent: Mapping[str, Any]) -> str:
    """Return the verb of a command in a message's menu; "" for any other."""
    in_menu = sent.get("type") == discord.AppCommandType.message.value
    return MESSAGE_COMMANDS.get(sent["name"], "") if in_menu else ""


def _resolved(sent: Mapping[str, Any], kind: str) -> Collection[Mapping[str, Any]]:
    """Return what the ids in an interaction stand for."""
    found: Mapping[str, Mapping[str, Any]] = sent.get("resolved", {}).get(kind, {})
    return found.values()


def _interaction_files(sent: Mapping[str, Any]) -> tuple[FileLink, ...]:
    """Return the files of an option, of a form, or of the message in whose menu a command was chosen.

    Those that the message passes on are among them.
    """
    messages = _resolved(sent, "messages")
    passed_on = (snapshot["message"] for message in messages for snapshot in message.get("message_snapshots", ()))
    in_messages = (file for message in chain(messages, passed_on) for file in message.get("attachments", ()))
    files = (*_resolved(sent, "attachments"), *in_messages)
    return tuple(FileLink(file["filename"], file["size"], file["url"]) for file in files)


def _words(message: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a message says: itself, in its cards, or in the message that it passes on."""
    yield from filter(None, [message.get("content"), message.get("title"), message.get("description")])
    inner = (message.get(name, ()) for name in ("embeds", "components"))
    snapshots = (snapshot["message"] for snapshot in message.get("message_snapshots", ()))
    for one in chain(snapshots, *inner):
        yield from _words(one)


def _pressed(sent: Mapping[str, Any]) -> str:
    """Return the button that was pressed, or chosen in a menu of several."""
    custom_id = str(sent["custom_id"])
    action = parse_button(custom_id)
    chosen = sent.get("values") if action and action.verb == MENU else ()
    return str(next(iter(chosen or ()), custom_id))


def _interaction_address(interaction: discord.Interaction[Any], user: str) -> Address:
    if interaction.guild_id is None and not interaction.context.private_channel:
        return direct_address(user)
    if not interaction.is_guild_integration():
        # If only this person has the app there, even among friends, it happens in a space of their own.
        return Address(PLATFORM, f"@{user}", str(interaction.channel_id))
    return _channel_address(interaction.channel, str(interaction.guild_id))


def _channel_address(channel: object, guild: str) -> Address:
    if isinstance(channel, discord.Thread):
        return Address(PLATFORM, guild, str(channel.parent_id), str(channel.id))
    return Address(PLATFORM, guild, str(getattr(channel, "id", "")))


def _can_post(interaction: discord.Interaction[Any]) -> bool:
    may, in_thread = interaction.app_permissions, isinstance(interaction.channel, discord.Thread)
    return may.view_channel and (may.send_messages_in_threads if in_thread else may.send_messages)


def _readable_text(content: str) -> str:
    """Return a message as people read it, without mentions."""
    return _EMOJI.sub(r"\1", _MENTION.sub("", content)).strip()
