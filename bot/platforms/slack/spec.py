"""Slack, as the rest of the house knows it."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from bot.chat.platform import Platform
from bot.chat.request import Verb
from bot.config import Settings
from bot.domain.finding import Finding
from bot.errors import UserError
from bot.platforms.slack.settings import SlackSettings
from bot.platforms.spec import Manifest, PlatformServices, PlatformSpec


async def _build(settings: SlackSettings, services: PlatformServices) -> Platform:
    from bot.platforms.slack.adapter import Slack
    from bot.platforms.slack.connection import Connection

    store, shared = services.store, (services.notify, services.metrics, services.replicas, services.timer)
    connection: Connection
    if settings.uses_socket_mode:
        from bot.platforms.slack.socket_mode import SocketConnection

        connection = SocketConnection(settings, services.clock, *shared)
    else:
        from bot.platforms.slack.http_mode import HTTPConnection

        # A missing or wrong key is reported now, not when the first workspace installs; an older one is retired.
        await store.vault.rotate()

        async def on_uninstalled(team: str) -> None:
            await store.privacy.erase_space(f"slack:{team}")

        address = (services.settings.http_host, services.settings.http_port)
        connection = HTTPConnection(settings, store.vault, services.clock, address, on_uninstalled, *shared)
    return Slack(connection, store.inbox, store.threads, services.clock, services.metrics)


def _problems(settings: Settings) -> Sequence[Finding]:
    from bot.platforms.slack.doctor import problems

    return list(problems(settings))


async def _examine(settings: Settings, verbs: Sequence[Verb]) -> Sequence[Finding]:
    from bot.platforms.slack.doctor import examine

    del verbs
    return await examine(settings)


def _manifest(settings: Settings, verbs: Sequence[Verb], address: str) -> Manifest:
    from bot.platforms.slack.manifest import manifest

    del settings
    parts = urlsplit(address)
    if address and (parts.scheme != "https" or not parts.netloc or parts.query or parts.fragment):
        message = f"{address!r} is not an address that Slack can reach, like https://bot.example.com"
        raise UserError(message)
    return Manifest(manifest(verbs, address=address))


SLACK = PlatformSpec(
    name="slack",
    settings=SlackSettings,
    build=_build,
    problems=_problems,
    examine=_examine,
    manifest=_manifest,
    setup_advice="The README has the five steps; they begin with `overheard manifest slack`.",
    modules=("aiohttp", "cryptography", "slack_bolt"),
)
