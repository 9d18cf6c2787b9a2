"""`manifest`: what a platform is told about the app, where it is created or invited."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import typer

from bot.config import load_settings
from bot.errors import UserError
from bot.platforms.discord import manifest as discord
from bot.platforms.slack.manifest import manifest as of_slack
from handlers import router

_NO_TOKEN = (
    f"{discord.PLACEHOLDER} is on General Information in the Developer Portal; with DISCORD_TOKEN set, it is filled in."
)


async def manifest(platform: str, address: str, *, as_json: bool = False) -> int:
    """Print Slack's manifest, which is JSON anyway, or Discord's invites.

    Raises UserError for a platform that has none, or a useless address.
    """
    if platform == "slack":
        _check_address(address)
        _print_manifest(of_slack(router.verbs, address=address))
    elif platform == "discord":
        made = discord.manifest(discord.application_id_from_token(load_settings().discord.token))
        if as_json:
            _print_manifest(made)
        else:
            typer.echo("\n".join(_discord_lines(made)))
    else:
        message = (
            f"There is no manifest for {platform!r}; try `overheard manifest slack` or `overheard manifest discord`."
        )
        raise UserError(message)
    return 0


def _print_manifest(content: dict[str, Any]) -> None:
    typer.echo(json.dumps(content, indent=2, ensure_ascii=False))


def _discord_lines(content: dict[str, Any]) -> Iterator[str]:
    invites = content["invites"]
    yield from ("Invite it to a server:", f"  {invites['guild']}", "")
    yield from ("Install it for yourself, to ask anywhere:", f"  {invites['user']}", "")
    if not content["application"]:
        yield from (_NO_TOKEN, "")
    yield f"In a server it may ({content['permissions']['number']}):"
    yield from _use_lines(content["permissions"]["names"])
    yield from ("", "It is told of, without any privileged intent:")
    yield from _use_lines(content["intents"])


def _use_lines(uses: dict[str, str]) -> Iterator[str]:
    width = max(map(len, uses))
    return (f"  {name:{width}}  to {use}" for name, use in uses.items())


def _check_address(address: str) -> None:
    parts = urlsplit(address)
    if address and (parts.scheme != "https" or not parts.netloc or parts.query or parts.fragment):
        message = f"{address!r} is not an address that Slack can reach, like https://bot.example.com"
        raise UserError(message)
