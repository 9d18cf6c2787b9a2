"""The chat platforms. Adding one takes a folder beside this file and a line below."""

from __future__ import annotations

from typing import Any

from bot.platforms.discord.spec import DISCORD
from bot.platforms.slack.spec import SLACK
from bot.platforms.spec import PlatformSpec

PLATFORMS: tuple[PlatformSpec[Any], ...] = (
    SLACK,
    DISCORD,
)
