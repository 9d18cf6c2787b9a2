"""`manifest`: what to paste where an app is created."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

import typer

from bot.errors import UserError
from bot.platforms.slack.manifest import manifest as of_slack
from handlers import router


async def manifest(platform: str, address: str) -> int:
    """Print the app's manifest as JSON; raises UserError for a platform that has none, or a useless address."""
    if platform != "slack":
        message = f"There is no manifest for {platform!r}; try `overheard manifest slack`."
        raise UserError(message)
    _check(address)
    typer.echo(json.dumps(of_slack(router.verbs, address=address), indent=2, ensure_ascii=False))
    return 0


def _check(address: str) -> None:
    parts = urlsplit(address)
    if address and (parts.scheme != "https" or not parts.netloc or parts.query or parts.fragment):
        message = f"{address!r} is not an address that Slack can reach, like https://bot.example.com"
        raise UserError(message)
