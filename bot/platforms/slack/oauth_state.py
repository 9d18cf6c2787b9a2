"""The random words that tie an installation to the browser that began it."""

from __future__ import annotations

import hashlib
import re
import secrets

from bot.due_times import Clock
from bot.store.vault import Vault

STATE_LIFETIME_SECONDS = 600
"""How long a person may take to decide."""

_FOLDER = "slack/states/"
_STATE = re.compile(r"([0-9]{10})\.[A-Za-z0-9_-]{43}")


class OAuthStates:
    """States that are good once, also over restarts and several processes, for ten minutes."""

    def __init__(self, vault: Vault, clock: Clock) -> None:
        self._vault = vault
        self._clock = clock

    async def issue(self) -> str:
        """Return a state that nobody can guess, and forget those that ran out."""
        await self._delete_expired()
        state = f"{self._now() + STATE_LIFETIME_SECONDS:010d}.{secrets.token_urlsafe(32)}"
        await self._vault.put(_vault_name(state), "")
        return state

    async def consume(self, state: str) -> bool:
        """Use a state up; False where it is not ours, was used before or ran out."""
        form = _STATE.fullmatch(state)
        return form is not None and int(form[1]) >= self._now() and await self._vault.drop(_vault_name(state)) == 1

    async def _delete_expired(self) -> None:
        for name in await self._vault.names(_FOLDER):
            if int(name.split("/")[2]) < self._now():
                await self._vault.drop(name)

    def _now(self) -> int:
        return int(self._clock.now().timestamp())


def _vault_name(state: str) -> str:
    # Names are kept in clear, so that a state itself is in none.
    return f"{_FOLDER}{state.partition('.')[0]}/{hashlib.sha256(state.encode()).hexdigest()}"
