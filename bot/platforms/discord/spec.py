"""Discord, as the rest of the house knows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, ClassVar

from msgspec import Meta

from bot.chat.platform import Platform
from bot.chat.request import Verb
from bot.config import Settings
from bot.platforms.spec import Finding, Manifest, PlatformServices, PlatformSpec

REFUSAL_ADVICE = "Discord does not know this token; make another under Bot → Reset Token, and copy it whole."
"""What to do about a token that Discord refuses."""


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


async def _build(settings: DiscordSettings, services: PlatformServices) -> Platform:
    from bot.platforms.discord.adapter import Discord
    from bot.platforms.inbox_worker import LossReports

    store, clock = services.store, services.clock
    return Discord(
        settings,
        store.inbox,
        store.threads,
        store.registry,
        store.follows,
        LossReports(store.outbox, store.replies, clock),
        clock,
        services.notify,
        services.metrics,
        services.replicas,
        services.settings.delivery,
        services.timer,
    )


def _problems(settings: Settings) -> Sequence[Finding]:
    from bot.platforms.discord.doctor import problems

    return problems(settings.platform(DiscordSettings))


async def _examine(settings: Settings, verbs: Sequence[Verb]) -> Sequence[Finding]:
    from bot.platforms.discord.doctor import examine

    return await examine(settings.platform(DiscordSettings), verbs)


def _manifest(settings: Settings, verbs: Sequence[Verb], address: str) -> Manifest:
    from bot.platforms.discord.manifest import application_id_from_token, describe, manifest

    del verbs, address
    content = manifest(application_id_from_token(settings.platform(DiscordSettings).token))
    return Manifest(content, describe(content))


DISCORD = PlatformSpec(
    name="discord",
    settings=DiscordSettings,
    build=_build,
    problems=_problems,
    examine=_examine,
    manifest=_manifest,
    setup_advice="The README has the five steps; `overheard manifest discord` prints the invite.",
    modules=("cachetools", "discord"),
)
