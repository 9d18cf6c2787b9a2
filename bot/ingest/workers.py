"""Where reading happens: niced processes for much, a thread for little; both end when they are let go."""

from __future__ import annotations

import asyncio
import multiprocessing as mp
import os
import signal
import threading
from collections.abc import AsyncIterator, Callable
from concurrent import futures
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeAlias

from bot.domain import Analysis, Conversation, TurnSpan

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

Extract: TypeAlias = Callable[[Conversation, frozenset[TurnSpan]], Analysis]
SubmitExtraction: TypeAlias = Callable[[Conversation, frozenset[TurnSpan]], futures.Future[Analysis]]

_NICENESS = 10
_GRACE_SECONDS = 5
_extractors: list[Extract] = []


@asynccontextmanager
async def worker_pool(workers: int, extract: Extract) -> AsyncIterator[SubmitExtraction]:
    """Begin readings in so many processes, or in one thread where that is 0.

    `read` travels to each process once, so it may carry what it knows. Whatever ends the block, even a
    killed parent, ends the processes too.
    """
    if not workers:
        thread = futures.ThreadPoolExecutor(1)
        try:
            yield lambda conversation, pointed: thread.submit(extract, conversation, pointed)
        finally:
            await asyncio.to_thread(thread.shutdown, cancel_futures=True)
        return
    # Spawned, not forked: the parent has threads. The workers' end of this pipe closes when the parent dies.
    context = mp.get_context("spawn")
    lifeline, held = context.Pipe(duplex=False)
    pool = futures.ProcessPoolExecutor(workers, context, initializer=_init_worker, initargs=(lifeline, extract))
    try:
        yield lambda conversation, pointed: pool.submit(_extract, conversation, pointed)
    finally:
        ending = asyncio.create_task(asyncio.to_thread(pool.shutdown, cancel_futures=True))
        try:
            # What is being read is finished: a worker that is cut off while it sends a result would leave the pool
            # waiting for the rest of it. One that takes longer than anybody waits is at no result yet.
            await asyncio.wait({ending}, timeout=_GRACE_SECONDS)
        finally:
            held.close()
        await ending
        lifeline.close()


def _extract(conversation: Conversation, spans: frozenset[TurnSpan]) -> Analysis:
    return _extractors[0](conversation, spans)


def _init_worker(lifeline: Connection, extract: Extract) -> None:
    _extractors.append(extract)
    become_child_worker(lifeline)


def become_child_worker(lifeline: Connection) -> None:
    """Make this process one that works behind another: it gives way, leaves Ctrl-C to it, and ends when it does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
    threading.Thread(target=_end_with_parent, args=(lifeline,), daemon=True).start()


def _end_with_parent(lifeline: Connection) -> None:
    lifeline.poll(None)
    os._exit(1)
