"""Slack, as the rest of the house knows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar
from urllib.parse import urlsplit

from bot.chat.platform import Platform
from bot.chat.request import Verb
from bot.config import Settings
from bot.errors import UserError
from bot.platforms.spec import Finding, Manifest, PlatformServices, PlatformSpec

_UNKNOWN = "Slack does not know this token; copy it once more, whole."
_REVOKED = "This token is no longer good: install the app again and copy the new one."
TOKEN_REFUSALS = {
    "invalid_auth": _UNKNOWN,
    "not_authed": _UNKNOWN,
    "account_inactive": _REVOKED,
    "token_revoked": _REVOKED,
    "token_expired": _REVOKED,
    "not_allowed_token_type": "This is a token of another kind.",
    "missing_scope": "This token lacks the scope connections:write; generate another one with it.",
}
"""What to do about a token that Slack refuses, by Slack's error code."""


@dataclass(frozen=True, slots=True)
class SlackSettings:
    """A Slack app: two tokens connect one workspace by Socket Mode, the client's id and secret many over HTTP."""

    env_prefix: ClassVar[str] = "SLACK_"

    bot_token: str = field(default="", repr=False)
    app_token: str = field(default="", repr=False)
    signing_secret: str = field(default="", repr=False)
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    api_url: str = "https://slack.com/api/"
    authorize_url: str = "https://slack.com/oauth/v2/authorize"

    @property
    def is_started(self) -> bool:
        """Whether anybody has begun to set it up."""
        given = (self.bot_token, self.app_token, self.client_id, self.client_secret, self.signing_secret)
        return any(given)

    @property
    def is_configured(self) -> bool:
        """Whether it connects at all."""
        return self.uses_socket_mode or bool(self.client_id and self.client_secret and self.signing_secret)

    @property
    def uses_socket_mode(self) -> bool:
        """Whether it connects one workspace by Socket Mode, rather than many over HTTP."""
        return bool(self.bot_token and self.app_token)


async def _build(settings: SlackSettings, services: PlatformServices) -> Platform:
    from bot.platforms.inbox_worker import LossReports
    from bot.platforms.slack.adapter import Slack
    from bot.platforms.slack.connection import Connection

    store, shared = services.store, (services.notify, services.metrics, services.replicas)
    connection: Connection
    if settings.uses_socket_mode:
        from bot.platforms.slack.socket_mode import SocketConnection

        connection = SocketConnection(settings, services.clock, *shared, services.timer)
    else:
        from bot.platforms.slack.http_mode import HTTPConnection

        # A missing or wrong key is reported now, not when the first workspace installs; an older one is retired.
        await store.vault.rotate()

        async def on_uninstalled(team: str) -> None:
            await store.privacy.erase_space(f"slack:{team}")

        address = (services.settings.http_host, services.settings.http_port)
        more = (services.refusals, services.timer)
        connection = HTTPConnection(settings, store.vault, services.clock, address, on_uninstalled, *shared, *more)
    losses = LossReports(store.outbox, store.replies, services.clock)
    return Slack(
        connection,
        store.inbox,
        store.threads,
        losses,
        services.clock,
        services.metrics,
        services.settings.delivery,
        services.timer,
    )


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
