"""Parses what Discord sends: who wants what, where, and how the answer gets to them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import discord
import msgspec

from bot.chat.argument_parser import hidden_args, parse_command
from bot.chat.message import Action
from bot.chat.request import Verb
from bot.domain.address import Address
from bot.platforms.discord.render import MENU, field_values, parse_button

PLATFORM = "discord"

CHECK_COMMAND = "Check this claim"
"""The command in a message's menu, for the verb `check`."""

_MENTION = re.compile(r"<(?:@[!&]?|#)\d+>")
_EMOJI = re.compile(r"<a?(:\w+:)\d+>")


@dataclass(frozen=True, slots=True)
class Event:
    """Something a person did: `key` is the same when Discord sends it again. It holds plain values, to be saved.

    The answer goes to an interaction, by its `token`, or to a `message` as a reply. `form` marks a submitted form,
    `visiting` a place where only this person has the app; `posts` are the pages of the answer after its first. The
    answer to one that `settles` a question takes its place.
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
    )


def parse_message(message: discord.Message, verbs: Sequence[Verb]) -> Event | None:
    """Return what a person wrote to the bot: directly, with a mention, or in reply to it; None for anything else."""
    me = message.guild.me if message.guild else None
    by_bot = message.author.bot or message.webhook_id is not None
    if by_bot or message.type not in _USER_MESSAGE_TYPES or (message.guild and me not in message.mentions):
        return None
    user = str(message.author.id)
    command = parse_command(_readable_text(message.content), verbs)
    at = _channel_address(message.channel, str(message.guild.id)) if message.guild else direct_address(user)
    may = message.author.guild_permissions if isinstance(message.author, discord.Member) else None
    return Event(
        f"{PLATFORM}:{message.id}",
        user,
        at,
        command.verb,
        {"": command.text},
        message.channel.id,
        private=message.guild is None,
        may_manage=message.guild is None or (may is not None and (may.manage_guild or may.manage_channels)),
        message=message.id,
        own=direct_address(user) if message.guild else None,
    )


_USER_MESSAGE_TYPES = {discord.MessageType.default, discord.MessageType.reply}


def _parse_verb(interaction: discord.Interaction[Any]) -> tuple[str, dict[str, str]] | None:
    sent: Mapping[str, Any] = interaction.data or {}
    match interaction.type:
        case discord.InteractionType.application_command if sent.get("type") == discord.AppCommandType.message.value:
            messages: Mapping[str, Mapping[str, Any]] = sent.get("resolved", {}).get("messages", {})
            return "check", {"": _readable_text(" ".join(message.get("content", "") for message in messages.values()))}
        case discord.InteractionType.application_command:
            options = sent.get("options", ())
            return sent["name"], {option["name"]: str(option["value"]) for option in options if "value" in option}
        case discord.InteractionType.component if action := parse_button(_pressed(sent)):
            return action.verb, {"": action.arg}
        case discord.InteractionType.modal_submit if action := parse_button(sent["custom_id"]):
            return action.verb, field_values(sent["components"])
        case _:
            return None


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
