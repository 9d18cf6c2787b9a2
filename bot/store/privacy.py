"""Everything kept of a person or a space: theirs to read and erase."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.store.database import Table
from bot.store.library import delete_notes
from bot.store.tables import HANDED_OVER, OF_A_SPACE, PERSONAL, WITH_THEIR_WORDS


class Privacy(Table):
    """All rows of a person or a space, to be read and erased."""

    async def export(self, tenant: str, user: str) -> Mapping[str, Sequence[Mapping[str, object]]]:
        """Return every row that carries the person's id, by table."""
        tables = {
            table: await self._database.reader.rows(f"export_{table}", tenant=tenant, user=user)
            for table in (*PERSONAL, *WITH_THEIR_WORDS)
        }
        return {table: [dict(row) for row in rows] for table, rows in tables.items()}

    async def erase_user(self, tenant: str, user: str) -> int:
        """Erase every row that carries the person's id; return how many.

        A channel's subscription and a source without a login stay, and are nobody's until somebody changes them.
        """
        async with self._database.exclusive() as session:
            await session.run("merge_spending", tenant=tenant, user=user)
            await session.run("forget_logins", tenant=tenant, user=user)
            counts = [await session.run(f"hand_over_{table}", tenant=tenant, user=user) for table in HANDED_OVER]
            counts += [await session.run(f"forget_{table}", tenant=tenant, user=user) for table in PERSONAL]
            notes = await delete_notes(session, "notes_by", tenant=tenant, user=user)
        return sum(counts) + notes

    async def erase_space(self, tenant: str) -> int:
        """Erase what belongs to a space, with its own conversations and what was read in them; return how many rows.

        Records of what was sent to it stay as long as any others, so that it is never sent again.
        """
        async with self._database.exclusive() as session:
            # The full-text indexes hold no text of their own: they must be told before it is gone.
            await session.run("forget_words_of_passages", tenant=tenant)
            await session.run("forget_words_of_claims", tenant=tenant)
            await session.run("purge_logins", tenant=tenant)
            counts = [await session.run(f"purge_{table}", tenant=tenant) for table in OF_A_SPACE]
        return sum(counts)
