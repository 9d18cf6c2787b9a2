"""What one person was told alone, kept for them to show to the others."""

from __future__ import annotations

import datetime as dt
import json
import secrets
from typing import Any, get_args

import msgspec

from bot.chat.message import Block, Group, Message
from bot.domain.address import Address
from bot.store.database import Database
from bot.store.rows import to_timestamp

_BLOCK_TYPES = {kind.__name__: kind for kind in get_args(Block)}


class Replies:
    """The Replies on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, at: Address, user: str, message: Message, now: dt.datetime) -> str:
        """Keep a message for a while and return its id, which nobody can guess."""
        id_ = secrets.token_urlsafe(12)
        await self._database.run(
            "put_reply", id=id_, tenant=at.tenant, user=user, message=_encode(message), at=to_timestamp(now)
        )
        return id_

    async def get(self, tenant: str, id_: str) -> Message | None:
        """Return a message that was kept in this space."""
        row = await self._database.reader.row("reply", tenant=tenant, id=id_)
        return _decode(row["message"]) if row else None

    async def prune(self, before: dt.datetime) -> int:
        """Forget what was kept before a moment; return how many messages."""
        return await self._database.run("tidy_replies", before=to_timestamp(before))


def _encode(message: Message) -> str:
    groups = [
        [[type(block).__name__, msgspec.to_builtins(block)] for block in group.blocks] for group in message.groups
    ]
    return json.dumps({"summary": message.summary, "groups": groups}, ensure_ascii=False)


def _decode(written: str) -> Message:
    kept: dict[str, Any] = json.loads(written)
    groups = (
        Group(tuple(msgspec.convert(values, _BLOCK_TYPES[kind]) for kind, values in blocks))
        for blocks in kept["groups"]
    )
    return Message(tuple(groups), kept["summary"])
