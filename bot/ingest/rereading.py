"""After the reader has changed: what an older version read is read again, beside all other work."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from concurrent.futures import BrokenExecutor

from bot.claims.version import is_outdated
from bot.domain import Analysis
from bot.ingest.workers import Extract, ExtractAsync, worker_pool
from bot.store.library import Rereading, StoredConversation

BATCH_CONVERSATIONS = 10
"""Conversations that are in memory at once and saved together; so many are read again after a kill."""

FEW_CONVERSATIONS = 5
"""So few are read in a thread: starting a process would take longer."""

logger = logging.getLogger(__name__)


async def reread_outdated(rereading: Rereading, extract: Extract, workers: int) -> int:
    """Read again what an older version of the reader read, the newest first; return how many conversations.

    One process of low priority does it, or a thread if `workers` is 0. No model is asked: claims at which one pointed
    before are kept. One that trips the reader keeps its claims, and is tried again by the next run. Raises
    BrokenExecutor if the process dies; what is saved until then stays.
    """
    outdated = await count_outdated(rereading)
    done, failed = 0, set[str]()
    if not outdated:
        return done
    logger.info("Reading %d conversations again, as the reader has changed", outdated)
    async with worker_pool(1 if workers and outdated > FEW_CONVERSATIONS else 0, extract) as run:
        while batch := await rereading.due(await _outdated_readers(rereading), failed, BATCH_CONVERSATIONS):
            failed |= await _reread_batch(rereading, batch, run)
            done += len(batch)
            logger.info("Read %d of %d conversations again", done, max(done, outdated))
    return done - len(failed)


async def count_outdated(rereading: Rereading) -> int:
    """Return how many conversations an older version of the reader read last."""
    readers = await rereading.readers()
    return sum(count for reader, count in readers.items() if is_outdated(reader))


async def _outdated_readers(rereading: Rereading) -> list[str]:
    return [reader for reader in await rereading.readers() if is_outdated(reader)]


async def _reread_batch(rereading: Rereading, batch: Sequence[StoredConversation], run: ExtractAsync) -> set[str]:
    """Read a batch and save it; return the ids of conversations that could not be read."""
    reading = [run(stored.conversation, stored.proposed) for stored in batch]
    results = await asyncio.gather(*reading, return_exceptions=True)
    saved: list[tuple[StoredConversation, Analysis]] = []
    failed = set()
    for stored, result in zip(batch, results, strict=True):
        if isinstance(result, Analysis):
            saved.append((stored, result))
        elif isinstance(result, BrokenExecutor) or not isinstance(result, Exception):
            raise result
        else:
            logger.error("Reading %s again failed", stored.conversation.id, exc_info=result)
            failed.add(stored.conversation.id)
    await rereading.save(saved)
    return failed
