"""The app itself: who it is, where its gateway is, what commands it has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.servers.discord import shapes
from tests.servers.discord.errors import fail, refuse
from tests.servers.discord.kit.commands import SLASH, check_commands
from tests.servers.discord.registry import Asked, route
from tests.servers.discord.state import JSON

if TYPE_CHECKING:
    from tests.servers.discord.server import FakeDiscord

CREATES_A_DAY = 200


@route("get_current_user", "GET", "/users/@me")
def current_user(discord: FakeDiscord, _: Asked) -> JSON:
    """Return the bot."""
    return shapes.user(discord.world.bot)


@route("get_current_application", "GET", "/oauth2/applications/@me")
def oauth_application(discord: FakeDiscord, _: Asked) -> JSON:
    """Return the app."""
    return _application(discord)


@route("get_application", "GET", "/applications/@me")
def application(discord: FakeDiscord, _: Asked) -> JSON:
    """Return the app."""
    return _application(discord)


@route("get_gateway", "GET", "/gateway", is_open=True)
def gateway(discord: FakeDiscord, _: Asked) -> JSON:
    """Return where the gateway is."""
    return {"url": discord.gateway_url}


@route("get_gateway_bot", "GET", "/gateway/bot")
def gateway_bot(discord: FakeDiscord, _: Asked) -> JSON:
    """Return where the gateway is, and with how many shards to come."""
    limit = {"total": 1000, "remaining": 1000 - discord.gateway.identified, "reset_after": 0, "max_concurrency": 1}
    return {"url": discord.gateway_url, "shards": discord.shards, "session_start_limit": limit}


@route("get_commands", "GET", "/applications/{application}/commands")
def commands(discord: FakeDiscord, asked: Asked) -> list[JSON]:
    """Return the commands for every server."""
    return _known(discord, asked)


@route("overwrite_commands", "PUT", "/applications/{application}/commands")
def overwrite(discord: FakeDiscord, asked: Asked) -> list[JSON]:
    """Replace the commands for every server."""
    return _overwritten(discord, asked)


@route("get_guild_commands", "GET", "/applications/{application}/guilds/{guild}/commands")
def guild_commands(discord: FakeDiscord, asked: Asked) -> list[JSON]:
    """Return the commands of one server."""
    return _known(discord, asked)


@route("overwrite_guild_commands", "PUT", "/applications/{application}/guilds/{guild}/commands")
def overwrite_guild(discord: FakeDiscord, asked: Asked) -> list[JSON]:
    """Replace the commands of one server."""
    return _overwritten(discord, asked)


def _known(discord: FakeDiscord, asked: Asked) -> list[JSON]:
    return discord.world.commands.get(_place(discord, asked), [])


def _overwritten(discord: FakeDiscord, asked: Asked) -> list[JSON]:
    place, world = _place(discord, asked), discord.world
    asked_for: list[JSON] = asked.body.get("", [])
    check_commands(asked_for)
    before = {(one["type"], one["name"]): one["id"] for one in world.commands.get(place, ())}
    new = [one for one in asked_for if (one.get("type", SLASH), one["name"]) not in before]
    today = (place, world.now().date())
    made = world.created.get(today, 0) + len(new)
    refuse(30034, when=made > CREATES_A_DAY)
    world.created[today] = made
    world.commands[place] = [_registered(discord, one, place, before) for one in asked_for]
    return world.commands[place]


def _registered(discord: FakeDiscord, one: JSON, place: str, before: dict[tuple[int, str], str]) -> JSON:
    world, kind = discord.world, int(one.get("type", SLASH))
    made: JSON = {"description": "", "options": [], "default_member_permissions": None, "nsfw": False}
    made |= {name: value for name, value in one.items() if value is not None}
    made |= {
        "id": before.get((kind, one["name"])) or world.ids.id(),
        "version": world.ids.id(),
        "application_id": world.application,
        "type": kind,
        "contexts": one.get("contexts"),
        "integration_types": one.get("integration_types") or [0],
    }
    return made | ({"guild_id": place} if place else {})


def _place(discord: FakeDiscord, asked: Asked) -> str:
    refuse(50001, when=asked.ids["application"] != discord.world.application)
    place = asked.ids.get("guild", "")
    if place and (place not in discord.world.guilds or not discord.world.guilds[place].installed):
        fail(50001)
    return place


def _application(discord: FakeDiscord) -> JSON:
    world = discord.world
    installs: JSON = {"0": {}, "1": {}}
    return {
        "id": world.application,
        "name": "Overheard",
        "description": "",
        "icon": None,
        "bot_public": True,
        "bot_require_code_grant": False,
        "owner": shapes.user(world.bot),
        "team": None,
        "verify_key": "0" * 64,
        "flags": 0,
        "approximate_guild_count": sum(one.installed for one in world.guilds.values()),
        "integration_types_config": installs,
    }
