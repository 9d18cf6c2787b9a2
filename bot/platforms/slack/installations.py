"""Who installed the app, kept in the vault: `slack/T1/...` for a workspace, `slack/E1/...` for an organisation."""

from __future__ import annotations

import json
import logging

from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.installation_store.models.bot import Bot
from slack_sdk.oauth.installation_store.models.installation import Installation

from bot.store.vault import Vault

_logger = logging.getLogger(__name__)

_BOT_FIELDS = ("bot_token", "bot_id", "bot_user_id", "bot_scopes", "bot_refresh_token", "bot_token_expires_at")


class Installations(AsyncInstallationStore):
    """The SDK's installation store on a Vault; a bot's tokens are kept once, beside the people who installed it."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    @property
    def logger(self) -> logging.Logger:
        """Return the log of this store."""
        return _logger

    async def async_save(self, installation: Installation) -> None:
        """Keep who installed the app, and the bot that came with it."""
        if installation.bot_token:
            await self.async_save_bot(installation.to_bot())
        home = _prefix(installation.enterprise_id, installation.team_id, org_wide=installation.is_enterprise_install)
        kept = {name: value for name, value in vars(installation).items() if name not in _BOT_FIELDS}
        await self._vault.put(f"{home}installers/{installation.user_id}/", json.dumps(kept))

    async def async_save_bot(self, bot: Bot) -> None:
        """Keep a bot with its tokens, in place of the one before."""
        home = _prefix(bot.enterprise_id, bot.team_id, org_wide=bot.is_enterprise_install)
        await self._vault.put(f"{home}bot", json.dumps(vars(bot)))

    async def async_find_bot(
        self, *, enterprise_id: str | None, team_id: str | None, is_enterprise_install: bool | None = False
    ) -> Bot | None:
        """Return the bot of a workspace or, where asked for, of its organisation."""
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
        """Return the installation by a person, or the latest, with the bot as it is now."""
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
        """Forget a bot and its tokens."""
        await self._vault.drop(f"{_prefix(enterprise_id, team_id)}bot")

    async def async_delete_installation(
        self, *, enterprise_id: str | None, team_id: str | None, user_id: str | None = None
    ) -> None:
        """Forget that a person installed the app, or that anybody did."""
        one = f"{user_id}/" if user_id else ""
        await self._vault.drop(f"{_prefix(enterprise_id, team_id)}installers/{one}")

    async def async_delete_all(self, *, enterprise_id: str | None, team_id: str | None) -> None:
        """Forget everything of a workspace or an organisation."""
        await self._vault.drop(_prefix(enterprise_id, team_id))

    async def owner(self, team: str, org: str = "") -> str:
        """Return whose bot serves a workspace: its own, else that of its organisation; empty where there is none.

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
