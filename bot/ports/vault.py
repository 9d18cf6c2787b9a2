"""What others entrusted to us, kept so that only we can read it."""

from __future__ import annotations

from typing import Protocol


class Vault(Protocol):
    """Secrets by name, such as `slack/T1/bot`: names are kept in clear, values never.

    A name that ends a path of its own, as `slack/T1/`, holds apart what belongs to `T1` and to `T10`.
    Raises SettingsError where no key, or none that fits, is set.
    """

    async def put(self, name: str, value: str) -> None:
        """Keep a secret, in place of what had the name before."""

    async def get(self, name: str) -> str | None:
        """Return a secret."""

    async def drop(self, prefix: str) -> int:
        """Forget every secret whose name begins so; of several who ask at once, one is told that it was there."""

    async def names(self, prefix: str) -> list[str]:
        """Return the names that begin so, in order."""
