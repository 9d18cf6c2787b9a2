"""What Discord says of a bot token, asked once; for `doctor`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout

from bot.errors import Denied, PlatformError
from bot.platforms.discord.manifest import INSTALLATION_CONTEXTS

TIMEOUT_SECONDS = 4.0
"""How many seconds Discord is given for each answer."""

_UNKNOWN = "Discord does not know this token; make another under Bot → Reset Token, and copy it whole."


@dataclass(frozen=True, slots=True)
class TokenInfo:
    """Where a bot token leads; None is what Discord did not say, `elsewhere` where interactions are sent instead."""

    bot_name: str
    application_id: str
    server_count: int | None
    contexts: frozenset[str] | None
    interactions_url: str
    commands: Sequence[Mapping[str, Any]]


async def inspect_token(token: str, api_url: str) -> TokenInfo:
    """Ask whose a bot token is, where its app may be installed, and which commands are registered.

    Raises Denied where Discord refuses it, PlatformError where Discord cannot be asked; both in words, each answer
    within `PATIENCE`.
    """
    async with ClientSession(
        timeout=ClientTimeout(total=TIMEOUT_SECONDS), headers={"Authorization": f"Bot {token}"}, trust_env=True
    ) as session:
        ask = _DiscordAPI(session, api_url.rstrip("/"))
        bot = await ask.get_object("/users/@me", "username")
        app = await ask.get_object("/applications/@me", "id")
        commands = await ask.get(f"/applications/{app['id']}/commands")
    kinds = app.get("integration_types_config")
    return TokenInfo(
        str(bot["username"]),
        str(app["id"]),
        app.get("approximate_guild_count"),
        None
        if kinds is None
        else frozenset(name for name, number in INSTALLATION_CONTEXTS.items() if str(number) in kinds),
        str(app.get("interactions_endpoint_url") or ""),
        commands if isinstance(commands, list) else [],
    )


@dataclass(frozen=True, slots=True)
class _DiscordAPI:
    session: ClientSession
    url: str

    async def get_object(self, path: str, key: str) -> Mapping[str, Any]:
        """Return an object that has a key; nothing else is Discord's answer."""
        said = await self.get(path)
        if not isinstance(said, dict) or key not in said:
            raise self._not_discord()
        return said

    async def get(self, path: str) -> object:
        """Return what Discord answers."""
        try:
            async with self.session.get(self.url + path) as response:
                if response.status == HTTPStatus.UNAUTHORIZED:
                    raise Denied(_UNKNOWN)
                if response.status >= HTTPStatus.TOO_MANY_REQUESTS:
                    message = f"Discord answers with {response.status}; try again in a minute."
                    raise PlatformError(message)
                said: object = await response.json(content_type=None)
        except (ClientError, OSError) as error:
            message = f"Discord cannot be reached at {self.url}; is there a network, and is DISCORD_API_URL right?"
            raise PlatformError(message) from error
        except ValueError as error:
            raise self._not_discord() from error
        return said

    def _not_discord(self) -> PlatformError:
        return PlatformError(f"What answers at {self.url} is not Discord.")
