"""Keeps the sessions at Discord's gateway through outages; discord.py begins anew and loses what came in between."""

from __future__ import annotations

import discord
from discord.backoff import ExponentialBackoff
from discord.gateway import DiscordWebSocket, ReconnectWebSocket

TRIES_PER_GATEWAY = 3
"""Tries at a gateway, at growing intervals of at most eight seconds, before the other one has its turn."""


class ResumingShard(discord.shard.Shard):
    """A shard that takes its session up again until Discord says that the session is over."""

    _tries = 0

    async def reconnect(self) -> None:
        """Try again after the gateway could not be reached.

        A session is taken up at the gateway that Discord named for it and, if that stays away, where sessions begin.
        """
        dropped, named = self.ws, self.ws.gateway
        if dropped.session_id is None:
            await super().reconnect()
            return
        rounds, tries = divmod(self._tries, TRIES_PER_GATEWAY)
        self._tries += 1
        if tries == 0:
            # discord.py would wait up to a quarter of an hour, which no session survives.
            self._backoff = ExponentialBackoff()
        dropped.gateway = DiscordWebSocket.DEFAULT_GATEWAY if rounds % 2 else named
        await self.reidentify(ReconnectWebSocket(self.id))
        self.ws.gateway = named
        if self.ws is not dropped:
            self._tries = 0


def resume_sessions() -> None:
    """Let discord.py make such shards: it has no setting for their class."""
    # https://github.com/Rapptz/discord.py/blob/v2.7.1/discord/shard.py: reconnect() passes no session.
    vars(discord.shard)["Shard"] = ResumingShard
