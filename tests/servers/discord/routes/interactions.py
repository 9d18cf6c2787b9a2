"""The first response to an interaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.servers.discord import shapes
from tests.servers.discord.delivery import COMMAND, COMPLETION, COMPONENT, SUBMISSION, Interaction
from tests.servers.discord.errors import fail, refuse
from tests.servers.discord.kit.check import Check
from tests.servers.discord.kit.modals import check_modal
from tests.servers.discord.posting import rewritten, thinking, written
from tests.servers.discord.registry import Asked, route
from tests.servers.discord.state import JSON, Flag, Modal

if TYPE_CHECKING:
    from tests.servers.discord.server import FakeDiscord

MESSAGE, DEFER, DEFER_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9
"""The kinds of response, by Discord's numbers."""

MOST_CHOICES = 25


@route("create_response", "POST", "/interactions/{interaction}/{token}/callback", is_open=True)
def create_response(discord: FakeDiscord, asked: Asked) -> JSON | None:
    """Respond to an interaction: once, and within three seconds."""
    interaction = discord.interactions.by_token(asked.ids["token"])
    if interaction is None or interaction.id != asked.ids["interaction"] or interaction.failure:
        fail(10062)
    refuse(40060, when=interaction.response is not None)
    kind, body = int(asked.body["type"]), asked.body.get("data") or {}
    if kind not in _fitting(interaction):
        check = Check()
        check.fault("type", "BASE_TYPE_CHOICES", f"Value must be one of {sorted(_fitting(interaction))}.")
        check.done()
    _respond(discord, interaction, kind, body)
    interaction.response = kind
    interaction.settle()
    return _told(discord, interaction) if asked.query.get("with_response") in {"1", "true"} else None


def _fitting(interaction: Interaction) -> set[int]:
    if interaction.kind == COMPLETION:
        return {CHOICES}
    updates = {DEFER_UPDATE, UPDATE} if interaction.source else set()
    opens = {MODAL} if interaction.kind in {COMMAND, COMPONENT} else set()
    return {MESSAGE, DEFER} | updates | opens


def _respond(discord: FakeDiscord, interaction: Interaction, kind: int, body: JSON) -> None:
    match kind:
        case 4:
            viewer = viewer_of(interaction, body)
            message = written(discord, interaction.channel, body, viewer=viewer, interaction=interaction.id)
            interaction.original = message
        case 5:
            _defer(discord, interaction, body)
        case 6:
            interaction.original = interaction.source
        case 7 if interaction.source:
            interaction.original = rewritten(discord, interaction.source, body)
        case 8:
            interaction.choices = _checked(body)
        case 9:
            _open(discord, interaction, body)
    if interaction.kind == SUBMISSION:
        discord.world.modals.pop(interaction.user.id, None)


def _defer(discord: FakeDiscord, interaction: Interaction, body: JSON) -> None:
    check = Check()
    if int(body.get("flags") or 0) & ~Flag.EPHEMERAL:
        check.fault("data.flags", "BASE_TYPE_CHOICES", "A deferred response may only be ephemeral.")
    check.done()
    viewer = viewer_of(interaction, body)
    interaction.original = thinking(discord, interaction.channel, viewer, interaction.id)
    interaction.deferred = True


def _checked(body: JSON) -> list[JSON]:
    check = Check()
    choices = check.items(body, "choices", "data", MOST_CHOICES, least=0)
    for choice, at in check.objects(choices, "data.choices"):
        check.string(choice, "name", at, 100, needed=True)
        if isinstance(choice.get("value"), str):
            check.string(choice, "value", at, 100)
        else:
            check.needed(choice, "value", at)
    check.done()
    return choices


def _open(discord: FakeDiscord, interaction: Interaction, body: JSON) -> None:
    check_modal(body)
    user = interaction.user.id
    modal = Modal(body["custom_id"], body["title"], body["components"], user, interaction.id)
    interaction.modal = discord.world.modals[user] = modal


def viewer_of(interaction: Interaction, body: JSON) -> str | None:
    """Return the only person who will see a response, if it is for one alone."""
    ephemeral = bool(int(body.get("flags") or 0) & Flag.EPHEMERAL) or interaction.hidden
    return interaction.user.id if ephemeral else None


def _told(discord: FakeDiscord, interaction: Interaction) -> JSON:
    told: JSON = {"id": interaction.id, "type": interaction.kind}
    answer: JSON = {"interaction": told}
    if interaction.original and interaction.response in {MESSAGE, DEFER, UPDATE}:
        message = interaction.original
        told["response_message_id"] = message.id
        told["response_message_loading"] = message.thinking
        told["response_message_ephemeral"] = message.viewer is not None
        answer["resource"] = {"type": interaction.response, "message": shapes.message(discord.world, message)}
    return answer
