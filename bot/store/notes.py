"""What people noted: whose it is and since when, and how it is forgotten with all that was read in it."""

from __future__ import annotations

import datetime as dt
import json

from bot.domain.library import NoteSummary
from bot.store.database import Database, Session
from bot.store.rows import from_timestamp, to_timestamp


class Notes:
    """The Notes on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, tenant: str, conversation: str, user: str, now: dt.datetime) -> None:
        """Note whose a conversation of a space is, before its words are kept; whoever noted it first stands."""
        await self._database.run("put_note", key=conversation, tenant=tenant, user=user, at=to_timestamp(now))

    async def get(self, tenant: str, conversation: str) -> NoteSummary | None:
        """Return what is known of a note; None before its words are kept, and for any other space."""
        row = await self._database.reader.row("note", key=conversation, tenant=tenant)
        return NoteSummary(row["user"], from_timestamp(row["at"]), row["title"], row["claims"]) if row else None

    async def delete(self, tenant: str, conversation: str) -> bool:
        """Forget a note, its words and all that was read in them; return whether there was one."""
        async with self._database.exclusive() as session:
            return bool(await delete_notes(session, "note_by_key", tenant=tenant, key=conversation))

    async def prune(self, before: dt.datetime) -> int:
        """Forget what was noted before a moment; return how many."""
        async with self._database.exclusive() as session:
            return await delete_notes(session, "notes_before", before=to_timestamp(before))


async def delete_notes(session: Session, query: str, **values: object) -> int:
    """Forget the notes that a query finds, their words and all that was read in them; return how many notes."""
    keys = json.dumps([row["conversation"] for row in await session.rows(query, **values)])
    for row in await session.rows("noted", keys=keys):
        # The full-text indexes hold no text of their own: they must be told before what they read is gone.
        await session.run("forget_passages_text", conversation=row["id"])
        await session.run("forget_claims_text", conversation=row["id"])
        await session.run("drop_noted", conversation=row["id"])
    return await session.run("drop_notes", keys=keys)
