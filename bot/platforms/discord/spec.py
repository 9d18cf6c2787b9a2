"""Discord, as the rest of the house knows it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.chat.platform import Platform
from bot.chat.request import Verb
from bot.config import Settings
from bot.domain.finding import Finding
from bot.platforms.discord.settings import DiscordSettings
from bot.platforms.spec import Manifest, PlatformServices, PlatformSpec


async def _build(settings: DiscordSettings, services: PlatformServices) -> Platform:
    from bot.platforms.discord.adapter import Discord

    store, shared = services.store, (services.notify, services.metrics, services.replicas, services.timer)
    return Discord(settings, store.inbox, store.registry, services.clock, *shared)


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
