"""Copies the database file while the bot writes to it."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.chat.request import Progress, ProgressCallback
from bot.errors import UserError
from bot.store.database import Table
from bot.store.rows import from_timestamp, to_timestamp
from bot.store.sqlite import SQLite

_PROGRESS_SECONDS = 0.2
"""Seconds between looks at the progress of the copy."""


@dataclass(frozen=True, slots=True)
class BackupSummary:
    """What a copy holds."""

    conversations: int
    claims: int
    subscriptions: int
    deliveries: int
    bytes: int


async def back_up(source: Path, target: Path, now: dt.datetime, report: ProgressCallback) -> BackupSummary:
    """Write a compact copy of the database, as of one moment; `target` is written whole or not at all.

    The copy says when it was taken, so that a bot started on it sends nothing that was sent since (`CopyMark`). Raises
    UserError if it cannot be written or is damaged.
    """
    try:
        with _temporary_file(target) as copy:
            await _copy_database(source, copy, report)
            summary = await _seal(copy, now)
            copy.replace(target)
    except (OSError, sqlite3.Error) as error:
        message = f"{target} could not be written ({error}); nothing was changed."
        raise UserError(message) from error
    return summary


@contextmanager
def _temporary_file(target: Path) -> Iterator[Path]:
    """Make a file with a name of its own that only its owner may read; what is left of it is removed at the end."""
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    os.close(handle)
    try:
        yield Path(name)
    finally:
        for left in (name, f"{name}-wal", f"{name}-shm", f"{name}-journal"):
            Path(left).unlink(missing_ok=True)


async def _copy_database(source: Path, copy: Path, report: ProgressCallback) -> None:
    # SQLite's own backup starts again whenever another process writes, so it would never end beside a busy bot; this
    # reads one state, and in WAL mode no writer waits for it.
    connection = sqlite3.connect(source, check_same_thread=False)
    with closing(connection):
        total = await asyncio.to_thread(_bytes_in_use, connection)
        copying = asyncio.create_task(asyncio.to_thread(connection.execute, "VACUUM INTO ?", (str(copy),)))
        try:
            while not (await asyncio.wait({copying}, timeout=_PROGRESS_SECONDS))[0]:
                report(Progress(min(_size_of(copy), total), total))
        finally:
            connection.interrupt()
            await asyncio.wait({copying})
        copying.result()
    report(Progress(total, total))


def _size_of(path: Path) -> int:
    return path.stat().st_size


def _bytes_in_use(connection: sqlite3.Connection) -> int:
    ((pages,),) = connection.execute("PRAGMA page_count")
    ((free,),) = connection.execute("PRAGMA freelist_count")
    ((size,),) = connection.execute("PRAGMA page_size")
    return int((pages - free) * size)


async def _seal(copy: Path, now: dt.datetime) -> BackupSummary:
    """Mark a copy with its time, check it, and flush it to the disk; return what it holds."""
    async with await SQLite.open(copy) as database:
        await database.run("mark_copy", taken=to_timestamp(now))
        problems = [row["integrity_check"] for row in await database.reader.rows("check_whole")]
        counts = await database.reader.row("count_copied")
    if problems != ["ok"] or counts is None:
        message = f"The copy is damaged ({'; '.join(map(str, problems))}), so it was not kept."
        raise UserError(message)
    return BackupSummary(
        counts["conversations"],
        counts["claims"],
        counts["subscriptions"],
        counts["deliveries"],
        await asyncio.to_thread(_flush_to_disk, copy),
    )


def _flush_to_disk(path: Path) -> int:
    """Flush a file to the disk; return its size in bytes."""
    with path.open("rb") as stream:
        os.fsync(stream.fileno())
    return path.stat().st_size


class CopyMark(Table):
    """The mark on a copy of a database, which keeps it from sending again what was sent since."""

    async def taken_at(self) -> dt.datetime | None:
        """Return when this copy was taken; None if it isn't a copy, or the bot has run on it."""
        row = await self._database.reader.row("copy_taken")
        return from_timestamp(row["taken"]) if row else None

    async def mark_due_unknown(self, now: dt.datetime, reason: str) -> int:
        """Send nothing that is due now, and drop the mark; return how many deliveries are in doubt.

        Each of them ends as unknown, for this reason; events under way count as handled.
        """
        async with self._database.transaction() as session:
            if not await session.run("drop_mark"):
                return 0
            await session.run("finish_events")
            return await session.run("doubt_deliveries", now=to_timestamp(now), reason=reason)
