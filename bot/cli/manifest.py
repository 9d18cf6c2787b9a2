"""`manifest`: what a platform needs to know to create or invite the app."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import typer

from bot.errors import UserError
from bot.platforms.registry import PLATFORMS, read_settings
from bot.platforms.spec import PlatformSpec
from handlers import router


async def manifest(
    platform: str, address: str, *, as_json: bool = False, platforms: Sequence[PlatformSpec[Any]] = PLATFORMS
) -> int:
    """Print a platform's manifest: as text for people if there is one, else as JSON.

    Raises UserError for a platform that has none, or a useless address.
    """
    spec = next((spec for spec in platforms if spec.name == platform), None)
    if spec is None:
        commands = " or ".join(f"`overheard manifest {spec.name}`" for spec in platforms)
        message = f"There is no manifest for {platform!r}; try {commands}."
        raise UserError(message)
    manifest = spec.manifest(read_settings(platforms=platforms), router.verbs, address)
    as_text = manifest.text and not as_json
    typer.echo(manifest.text if as_text else json.dumps(manifest.content, indent=2, ensure_ascii=False))
    return 0
