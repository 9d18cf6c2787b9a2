"""`manifest`: what a platform is told about the app, where it is created or invited."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import typer

from bot.config import load
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
        _check(address)
        _print(of_slack(router.verbs, address=address))
    elif platform == "discord":
        made = discord.manifest(discord.application_of(load().discord.token))
        if as_json:
            _print(made)
        else:
            typer.echo("\n".join(_lines(made)))
    else:
        message = (
            f"There is no manifest for {platform!r}; try `overheard manifest slack` or `overheard manifest discord`."
        )
        raise UserError(message)
    return 0


def _print(made: dict[str, Any]) -> None:
    typer.echo(json.dumps(made, indent=2, ensure_ascii=False))


def _lines(made: dict[str, Any]) -> Iterator[str]:
    invites = made["invites"]
    yield from ("Invite it to a server:", f"  {invites['guild']}", "")
    yield from ("Install it for yourself, to ask anywhere:", f"  {invites['user']}", "")
    if not made["application"]:
        yield from (_NO_TOKEN, "")
    yield f"In a server it may ({made['permissions']['number']}):"
    yield from _uses(made["permissions"]["names"])
    yield from ("", "It is told of, without any privileged intent:")
    yield from _uses(made["intents"])


def _uses(named: dict[str, str]) -> Iterator[str]:
    width = max(map(len, named))
    return (f"  {name:{width}}  to {use}" for name, use in named.items())


def _check(address: str) -> None:
    parts = urlsplit(address)
    if address and (parts.scheme != "https" or not parts.netloc or parts.query or parts.fragment):
        message = f"{address!r} is not an address that Slack can reach, like https://bot.example.com"
        raise UserError(message)
