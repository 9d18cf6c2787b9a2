"""Where conversations are read: low-priority processes for much, a thread for little."""

from __future__ import annotations

import asyncio
import gc
import multiprocessing as mp
import os
import signal
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent import futures
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeAlias

from bot.domain import Analysis, Conversation, TurnSpan

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

Extract: TypeAlias = Callable[[Conversation, frozenset[TurnSpan]], Analysis]
ExtractAsync: TypeAlias = Callable[[Conversation, frozenset[TurnSpan]], Awaitable[Analysis]]

_GARBAGE_THRESHOLD = 50_000
_NICENESS = 10
_GRACE_SECONDS = 5
_extractors: list[Extract] = []


@asynccontextmanager
async def worker_pool(workers: int, extract: Extract) -> AsyncIterator[ExtractAsync]:
    """Extract in so many processes, or in one thread if that is 0.

    `extract` travels to each process once, so it may carry what it knows. Whatever ends the block, even a killed
    parent, ends the processes too.
    """
    if not workers:
        thread = futures.ThreadPoolExecutor(1)
        try:
            yield lambda conversation, spans: asyncio.wrap_future(thread.submit(extract, conversation, spans))
        finally:
            await asyncio.to_thread(thread.shutdown, cancel_futures=True)
        return
    # Spawned, not forked: the parent has threads. The workers' end of this pipe closes when the parent dies.
    context = mp.get_context("spawn")
    lifeline, our_end = context.Pipe(duplex=False)
    pool = futures.ProcessPoolExecutor(workers, context, initializer=_init_worker, initargs=(lifeline, extract))
    try:
        yield lambda conversation, spans: asyncio.wrap_future(pool.submit(_extract, conversation, spans))
    finally:
        ending = asyncio.create_task(asyncio.to_thread(pool.shutdown, cancel_futures=True))
        try:
            # Let a worker finish: one cut off while it sends a result would leave the pool waiting for the rest of
            # it. One that takes longer than this has no result to send yet.
            await asyncio.wait({ending}, timeout=_GRACE_SECONDS)
        finally:
            our_end.close()
        await ending
        lifeline.close()


def _extract(conversation: Conversation, spans: frozenset[TurnSpan]) -> Analysis:
    return _extractors[0](conversation, spans)


def _init_worker(lifeline: Connection, extract: Extract) -> None:
    _extractors.append(extract)
    gc.set_threshold(_GARBAGE_THRESHOLD)  # reading makes much that lives briefly and has no cycles: a tenth faster
    become_child_worker(lifeline)


def become_child_worker(lifeline: Connection) -> None:
    """Make this process work for another: at low priority, deaf to Ctrl-C, and gone when the other is."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
    threading.Thread(target=_end_with_parent, args=(lifeline,), daemon=True).start()


def _end_with_parent(lifeline: Connection) -> None:
    lifeline.poll(None)
    os._exit(1)
