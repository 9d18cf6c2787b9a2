"""Secrets in the database, encrypted with keys that are not in it."""

from __future__ import annotations

import base64
import secrets
from functools import cached_property
from typing import TYPE_CHECKING

from bot.errors import SettingsError
from bot.store.database import Database, Table

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

_NO_KEY = "The tokens of workspaces are kept encrypted: set OVERHEARD_SECRET_KEY. `overheard doctor` makes a key."
_MALFORMED_KEY = (
    "Key {number} of {count} in OVERHEARD_SECRET_KEY is not a key: a key is 44 letters, digits, `-`, `_` and `=`. "
    "`overheard doctor` makes one."
)
_CANNOT_DECRYPT = (
    "No key in OVERHEARD_SECRET_KEY decrypts {name}. Add the key that encrypted it after the new one and a comma; "
    "if it is lost, install the app there again."
)


def new_key() -> str:
    """Return a new random key."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


class Vault(Table):
    """Encrypted secrets; of the keys in `secret_key`, the first encrypts and any decrypts."""

    def __init__(self, database: Database, secret_key: str) -> None:
        super().__init__(database)
        self._secret_key = secret_key

    async def put(self, name: str, value: str) -> None:
        """Save a secret, replacing any of the same name."""
        await self._database.run("put_secret", name=name, value=self._encrypt(name, value))

    async def get(self, name: str) -> str | None:
        """Return a secret, whichever key encrypted it."""
        row = await self._database.reader.row("secret_of", name=name)
        return self._decrypt(name, row["value"]) if row else None

    async def drop(self, prefix: str) -> int:
        """Delete every secret whose name begins so; of several callers at once, one gets the count."""
        return await self._database.run("drop_secrets", prefix=prefix)

    async def names(self, prefix: str) -> list[str]:
        """Return the names that begin so, in order."""
        return [row["name"] for row in await self._database.reader.rows("secrets_named", prefix=prefix)]

    async def rotate(self) -> int:
        """Encrypt with the newest key what an older one encrypted; return how many. Run it at start.

        Raises SettingsError if there is no key, or a secret that none decrypts; then nothing has changed.
        """
        newest = self._keys[0]
        async with self._database.transaction() as session:
            stale = [
                row for row in await session.rows("secrets_named", prefix="") if not _can_decrypt(newest, row["value"])
            ]
            old = {row["name"]: row["value"] for row in stale}
            values = {name: self._decrypt(name, encrypted) for name, encrypted in old.items()}
            for name, value in values.items():
                await session.run("reclose_secret", name=name, was=old[name], value=self._encrypt(name, value))
        return len(values)

    @cached_property
    def _keys(self) -> list[Fernet]:
        # Imported when first needed: most bots store no tokens.
        from cryptography.fernet import Fernet

        texts = [key.strip() for key in self._secret_key.split(",") if key.strip()]
        if not texts:
            raise SettingsError(_NO_KEY)
        keys = []
        for number, key in enumerate(texts, 1):
            try:
                keys.append(Fernet(key))
            except ValueError:
                raise SettingsError(_MALFORMED_KEY.format(number=number, count=len(texts))) from None
        return keys

    def _encrypt(self, name: str, value: str) -> bytes:
        # The name is encrypted with its value, so that a row cannot pass for another.
        return self._keys[0].encrypt(f"{name}\n{value}".encode())

    def _decrypt(self, name: str, encrypted: bytes) -> str:
        from cryptography.fernet import InvalidToken, MultiFernet

        try:
            text = MultiFernet(self._keys).decrypt(encrypted).decode()
        except InvalidToken:
            text = ""
        if not text.startswith(f"{name}\n"):
            raise SettingsError(_CANNOT_DECRYPT.format(name=name))
        return text.removeprefix(f"{name}\n")


def _can_decrypt(key: Fernet, encrypted: bytes) -> bool:
    from cryptography.fernet import InvalidToken

    try:
        key.decrypt(encrypted)
    except InvalidToken:
        return False
    return True
