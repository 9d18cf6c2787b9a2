"""The chat platforms. Adding one takes a folder beside this file and a line below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.config import Settings, load_settings
from bot.llm.registry import PROVIDERS
from bot.platforms.discord.spec import DISCORD
from bot.platforms.slack.spec import SLACK
from bot.platforms.spec import PlatformSpec

PLATFORMS: tuple[PlatformSpec[Any], ...] = (
    SLACK,
    DISCORD,
)


def read_settings(
    environment: Mapping[str, str] | None = None, platforms: Sequence[PlatformSpec[Any]] = PLATFORMS
) -> Settings:
    """Read the settings, this process's if no environment is given; raises SettingsError naming all that is wrong."""
    return load_settings(environment, [spec.settings for spec in platforms], PROVIDERS)
