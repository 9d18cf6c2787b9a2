"""The bot token of each workspace that installed the app: cached, renewed in time, purged at once."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_bolt.context.async_context import AsyncBoltContext
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.installation_store.models.bot import Bot
from slack_sdk.oauth.installation_store.models.installation import Installation
from slack_sdk.web.async_client import AsyncWebClient

from bot.due_times import Clock
from bot.errors import Busy, Denied, PlatformError
from bot.platforms.slack.api import Refused, exchange_token
from bot.platforms.slack.spec import SlackSettings
from bot.retry import RetryPolicy
from bot.store.vault import Vault

_logger = logging.getLogger(__name__)

RENEW_EARLY_SECONDS = 2 * 3600
"""How long before it expires a token is renewed."""

RETRY_SECONDS = 60
RENEWALS = RetryPolicy(first=RETRY_SECONDS, factor=1)
"""When a renewal that failed is tried again."""

_NOT_INSTALLED = "Overheard is not installed in this workspace; someone who can add apps can install it."
_ACCESS_LAPSED = (
    "Slack no longer renews Overheard's access to this workspace; someone who can add apps can reinstall it."
)


@dataclass(frozen=True, slots=True)
class _CachedBot:
    """A bot, or None if its token has expired, and until when, in Unix seconds, that need not be checked again.

    `refusals` counts how often Slack has refused to renew it since the last renewal.
    """

    bot: Bot | None
    fresh_until: float
    refusals: int = 0


class Tokens:
    """The bots of all workspaces, for events and scheduled posts alike, cached in memory.

    `on_purged` is called with each workspace that is purged.
    """

    def __init__(
        self,
        installations: Installations,
        client: AsyncWebClient,
        settings: SlackSettings,
        clock: Clock,
        on_purged: Callable[[str], Awaitable[object]],
    ) -> None:
        self._installations = installations
        self._client = client
        self._settings = settings
        self._clock = clock
        self._on_purged = on_purged
        self._cache: dict[str, _CachedBot] = {}
        self._owners: dict[str, str] = {}
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._renewals: set[asyncio.Task[_CachedBot | None]] = set()

    async def token(self, team: str) -> str:
        """Return a valid token; see `bot`."""
        return (await self.bot(team)).bot_token

    async def bot(self, team: str, org: str = "") -> Bot:
        """Return the bot that serves a workspace: its own, else that of its organisation.

        Raises Denied if there is none or its access has lapsed, Busy if Slack did not renew it in time.
        """
        home = self._owners.get(team, team)
        known = self._cache.get(home)
        if known is None or self._now() >= known.fresh_until:
            home = await self._installations.owner(team, org)
            known = await self._renew_shielded(home) if home else None
        if known is None:
            raise Denied(_NOT_INSTALLED)
        if known.bot is None:
            raise Denied(_ACCESS_LAPSED) if known.refusals > 1 else Busy(known.fresh_until - self._now())
        self._owners[team] = home
        return known.bot

    async def save(self, installation: Installation) -> None:
        """Save a new installation."""
        home = installation.enterprise_id if installation.is_enterprise_install else installation.team_id
        async with self._locks[home or ""]:
            await self._installations.async_save(installation)
            self.invalidate(home or "")

    def invalidate(self, team: str) -> None:
        """Drop a workspace from the cache, since Slack rejected its token."""
        self._cache.pop(self._owners.pop(team, team), None)

    async def handle_uninstall(self, body: Mapping[str, Any]) -> None:
        """Purge the workspace of an `app_uninstalled` or `tokens_revoked`, unless it has reinstalled the app since."""
        event = body["event"]
        if event["type"] == "tokens_revoked" and not event.get("tokens", {}).get("bot"):
            return
        granted = (body.get("authorizations") or [body])[0]
        whose = "enterprise_id" if granted.get("is_enterprise_install") else "team_id"
        when = body.get("event_time")
        await self.purge(body[whose], dt.datetime.fromtimestamp(when, dt.UTC) if when else None)

    async def purge(self, team: str, before: dt.datetime | None = None) -> None:
        """Delete the tokens of a workspace or organisation at once, and call `on_purged` for each workspace.

        What was installed after `before` stays. This is idempotent, also if it was interrupted.
        """
        if not await self._forget(team, before):
            return
        for workspace in [team, *await self._installations.workspaces(team)]:
            await self._on_purged(workspace)
            await self._forget(workspace)

    async def close(self) -> None:
        """Wait for renewals in progress: a new token that isn't saved is lost for good."""
        await asyncio.gather(*self._renewals, return_exceptions=True)

    async def _forget(self, team: str, before: dt.datetime | None = None) -> bool:
        async with self._locks[team]:
            bot = await self._stored_bot(team) if before else None
            if bot and before and bot.installed_at > before.timestamp():
                return False
            await self._installations.async_delete_all(enterprise_id=None, team_id=team)
            self.invalidate(team)
        return True

    async def _renew_shielded(self, owner: str) -> _CachedBot | None:
        # The caller may give up waiting; a token that Slack has issued must still be saved.
        renewal = asyncio.create_task(self._renew(owner))
        self._renewals.add(renewal)
        renewal.add_done_callback(self._renewals.discard)
        return await asyncio.shield(renewal)

    async def _renew(self, owner: str) -> _CachedBot | None:
        async with self._locks[owner]:
            known = self._cache.get(owner)
            if known and self._now() < known.fresh_until:
                return known
            bot = await self._stored_bot(owner)
            if bot is None:
                return None
            self._cache[owner] = known = (
                await self._refresh(owner, bot) if self._now() >= _renewal_time(bot) else _cached_until_renewal(bot)
            )
            return known

    async def _refresh(self, owner: str, bot: Bot) -> _CachedBot:
        try:
            answer = await exchange_token(
                self._client, self._settings, grant_type="refresh_token", refresh_token=bot.bot_refresh_token or ""
            )
        except PlatformError as error:
            return await self._after_failed_refresh(owner, bot, error)
        bot.bot_token = answer["access_token"]
        bot.bot_refresh_token = answer["refresh_token"]
        bot.bot_token_expires_at = int(self._now() + answer["expires_in"])
        await self._installations.async_save_bot(bot)
        return _cached_until_renewal(bot)

    async def _after_failed_refresh(self, owner: str, bot: Bot, error: PlatformError) -> _CachedBot:
        """Return what can still be used after a failed exchange, and for how long."""
        stored = await self._stored_bot(owner)
        if stored and stored.bot_token != bot.bot_token:
            return _cached_until_renewal(stored)
        _logger.warning("The token of %s was not renewed: %s", owner, error)
        # One refusal proves nothing: another process may have been faster, and be about to save its token.
        earlier, refused = self._cache.get(owner), isinstance(error, Refused)
        refusals = (earlier.refusals if earlier else 0) + refused
        now, expires = self._now(), bot.bot_token_expires_at or 0
        if now < expires:
            return _CachedBot(bot, min(now + RENEWALS.backoff(0), expires), refusals)
        hint = error.retry_after if isinstance(error, Busy) else None
        return _CachedBot(None, now + RENEWALS.backoff(0, hint), refusals)

    async def _stored_bot(self, owner: str) -> Bot | None:
        return await self._installations.async_find_bot(enterprise_id=None, team_id=owner)

    def _now(self) -> float:
        return self._clock.now().timestamp()


class Authorization(AsyncAuthorize):
    """AsyncApp's `authorize`: it identifies the bot from memory, without calling Slack."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens

    async def __call__(
        self,
        *,
        context: AsyncBoltContext,
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None,
        **actors: str | None,
    ) -> AuthorizeResult | None:
        """Return the bot for an event; None if the app is not installed."""
        del context, user_id, actors
        try:
            bot = await self._tokens.bot(team_id or enterprise_id or "", enterprise_id or "")
        except Denied as error:
            _logger.info("Nobody answers in %s: %s", team_id or enterprise_id, error)
            return None
        return AuthorizeResult(
            enterprise_id=enterprise_id,
            team_id=team_id,
            team=bot.team_name,
            bot_user_id=bot.bot_user_id,
            bot_id=bot.bot_id,
            bot_token=bot.bot_token,
            bot_scopes=bot.bot_scopes,
        )


def _renewal_time(bot: Bot) -> float:
    return float("inf") if bot.bot_token_expires_at is None else bot.bot_token_expires_at - RENEW_EARLY_SECONDS


def _cached_until_renewal(bot: Bot) -> _CachedBot:
    return _CachedBot(bot, _renewal_time(bot))


_BOT_FIELDS = ("bot_token", "bot_id", "bot_user_id", "bot_scopes", "bot_refresh_token", "bot_token_expires_at")


class Installations(AsyncInstallationStore):
    """The SDK's installation store in a Vault; a bot's tokens are stored once, beside the people who installed it."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    @property
    def logger(self) -> logging.Logger:
        """Return the log of this store."""
        return _logger

    async def async_save(self, installation: Installation) -> None:
        """Save who installed the app, and the bot that came with it."""
        if installation.bot_token:
            await self.async_save_bot(installation.to_bot())
        home = _prefix(installation.enterprise_id, installation.team_id, org_wide=installation.is_enterprise_install)
        kept = {name: value for name, value in vars(installation).items() if name not in _BOT_FIELDS}
        await self._vault.put(f"{home}installers/{installation.user_id}/", json.dumps(kept))

    async def async_save_bot(self, bot: Bot) -> None:
        """Save a bot with its tokens, replacing the previous one."""
        home = _prefix(bot.enterprise_id, bot.team_id, org_wide=bot.is_enterprise_install)
        await self._vault.put(f"{home}bot", json.dumps(vars(bot)))

    async def async_find_bot(
        self, *, enterprise_id: str | None, team_id: str | None, is_enterprise_install: bool | None = False
    ) -> Bot | None:
        """Return the bot of a workspace or, if requested, of its organisation."""
        home = _prefix(enterprise_id, team_id, org_wide=bool(is_enterprise_install))
        kept = await self._vault.get(f"{home}bot")
        return Bot(**json.loads(kept)) if kept else None

    async def async_find_installation(
        self,
        *,
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None = None,
        is_enterprise_install: bool | None = False,
    ) -> Installation | None:
        """Return the installation by a person, or the latest, with the current bot."""
        found = await self._installations(_prefix(enterprise_id, team_id, org_wide=bool(is_enterprise_install)))
        theirs = [one for one in found if user_id in {None, one.user_id}]
        if not theirs:
            return None
        latest = max(theirs, key=lambda one: one.installed_at)
        bot = await self.async_find_bot(
            enterprise_id=enterprise_id, team_id=team_id, is_enterprise_install=is_enterprise_install
        )
        for name in _BOT_FIELDS if bot else ():
            setattr(latest, name, getattr(bot, name))
        return latest

    async def async_delete_bot(self, *, enterprise_id: str | None, team_id: str | None) -> None:
        """Delete a bot and its tokens."""
        await self._vault.drop(f"{_prefix(enterprise_id, team_id)}bot")

    async def async_delete_installation(
        self, *, enterprise_id: str | None, team_id: str | None, user_id: str | None = None
    ) -> None:
        """Delete the installation by a person, or all of them."""
        one = f"{user_id}/" if user_id else ""
        await self._vault.drop(f"{_prefix(enterprise_id, team_id)}installers/{one}")

    async def async_delete_all(self, *, enterprise_id: str | None, team_id: str | None) -> None:
        """Delete everything about a workspace or an organisation."""
        await self._vault.drop(_prefix(enterprise_id, team_id))

    async def owner(self, team: str, org: str = "") -> str:
        """Return whose bot serves a workspace: its own, else that of its organisation; empty if there is none.

        An organisation, once told, is remembered, so that a scheduled post finds it too.
        """
        if await self._vault.names(f"slack/{team}/bot"):
            return team
        known = await self._vault.get(f"slack/{team}/org") or ""
        org = org or known
        if not org or not await self._vault.names(f"slack/{org}/bot"):
            return ""
        if org != known:
            await self._vault.put(f"slack/{team}/org", org)
        return org

    async def workspaces(self, org: str) -> list[str]:
        """Return the workspaces that an organisation's bot has served."""
        marks = [name for name in await self._vault.names("slack/") if name.endswith("/org")]
        return [name.split("/")[1] for name in marks if await self._vault.get(name) == org]

    async def _installations(self, prefix: str) -> list[Installation]:
        kept = [await self._vault.get(name) for name in await self._vault.names(f"{prefix}installers/")]
        return [Installation(**json.loads(one)) for one in kept if one]


def _prefix(org: str | None, team: str | None, *, org_wide: bool = False) -> str:
    return f"slack/{org if org_wide or not team else team}/"
