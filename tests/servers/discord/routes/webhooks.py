"""What follows the first response: its message again, and further messages, for fifteen minutes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.servers.discord import shapes
from tests.servers.discord.delivery import LIFE, Interaction
from tests.servers.discord.errors import fail, refuse
from tests.servers.discord.posting import rewritten, written
from tests.servers.discord.registry import Asked, route
from tests.servers.discord.routes.interactions import viewer_of
from tests.servers.discord.state import JSON, Message

if TYPE_CHECKING:
    from tests.servers.discord.server import FakeDiscord

PATH = "/webhooks/{application}/{token}"
ORIGINAL, ONE = f"{PATH}/messages/@original", f"{PATH}/messages/{{message}}"

FOLLOWUPS = 5
"""How many follow-ups an app may send that only the person installed."""


@route("create_followup", "POST", PATH, "webhook", is_open=True)
def create_followup(discord: FakeDiscord, asked: Asked) -> JSON:
    """Send a further message; the first after a deferral takes the place of the waiting one."""
    interaction = _live(discord, asked)
    if interaction.deferred and interaction.original and interaction.original.thinking:
        return shapes.message(discord.world, rewritten(discord, interaction.original, asked.body))
    refuse(40094, when=interaction.user_only and len(interaction.followups) >= FOLLOWUPS)
    viewer = viewer_of(interaction, asked.body)
    message = written(discord, interaction.channel, asked.body, viewer=viewer, interaction=interaction.id)
    interaction.followups.append(message)
    return shapes.message(discord.world, message)


@route("get_original", "GET", ORIGINAL, "webhook", is_open=True)
def get_original(discord: FakeDiscord, asked: Asked) -> JSON:
    """Return the first response's message."""
    return shapes.message(discord.world, _original(discord, asked))


@route("edit_original", "PATCH", ORIGINAL, "webhook", is_open=True)
def edit_original(discord: FakeDiscord, asked: Asked) -> JSON:
    """Change the first response's message."""
    return shapes.message(discord.world, rewritten(discord, _original(discord, asked), asked.body))


@route("delete_original", "DELETE", ORIGINAL, "webhook", is_open=True)
def delete_original(discord: FakeDiscord, asked: Asked) -> None:
    """Delete the first response's message."""
    _delete(discord, _original(discord, asked))


@route("get_followup", "GET", ONE, "webhook", is_open=True)
def get_followup(discord: FakeDiscord, asked: Asked) -> JSON:
    """Return a message the interaction was answered with."""
    return shapes.message(discord.world, _one(discord, asked))


@route("edit_followup", "PATCH", ONE, "webhook", is_open=True)
def edit_followup(discord: FakeDiscord, asked: Asked) -> JSON:
    """Change a message the interaction was answered with."""
    return shapes.message(discord.world, rewritten(discord, _one(discord, asked), asked.body))


@route("delete_followup", "DELETE", ONE, "webhook", is_open=True)
def delete_followup(discord: FakeDiscord, asked: Asked) -> None:
    """Delete a message the interaction was answered with."""
    _delete(discord, _one(discord, asked))


def _live(discord: FakeDiscord, asked: Asked) -> Interaction:
    interaction = discord.interactions.by_token(asked.ids["token"])
    if interaction is None or interaction.response is None:
        fail(10015)
    refuse(50027, when=discord.world.now() - interaction.at > LIFE)
    return interaction


def _original(discord: FakeDiscord, asked: Asked) -> Message:
    return _standing(discord, _live(discord, asked).original)


def _one(discord: FakeDiscord, asked: Asked) -> Message:
    interaction, key = _live(discord, asked), asked.ids["message"]
    every = [one for one in (interaction.original, *interaction.followups) if one]
    return _standing(discord, next((one for one in every if one.id == key), None))


def _standing(discord: FakeDiscord, message: Message | None) -> Message:
    if message is None or message.id not in discord.world.messages[message.channel]:
        fail(10008)
    return message


def _delete(discord: FakeDiscord, message: Message) -> None:
    discord.world.forget(message)
    discord.events.deleted(message)
