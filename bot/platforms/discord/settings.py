"""What is set for Discord."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, ClassVar

from msgspec import Meta


@dataclass(frozen=True, slots=True)
class DiscordSettings:
    """A Discord app; 0 shards means as many as Discord recommends, `crosspost` publishes in announcement channels."""

    env_prefix: ClassVar[str] = "DISCORD_"

    token: str = field(default="", repr=False)
    api_url: str = "https://discord.com/api/v10"
    gateway_url: str = "wss://gateway.discord.gg/"
    shards: Annotated[int, Meta(ge=0, le=1000)] = 0
    crosspost: bool = False

    @property
    def is_started(self) -> bool:
        """Whether anybody has begun to set it up."""
        return bool(self.token)

    @property
    def is_configured(self) -> bool:
        """Whether it connects."""
        return bool(self.token)
