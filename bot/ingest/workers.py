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

from bot.domain import Conversation, Reading, Stretch

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

Read: TypeAlias = Callable[[Conversation, frozenset[Stretch]], Reading]
Begin: TypeAlias = Callable[[Conversation, frozenset[Stretch]], futures.Future[Reading]]

_NICENESS = 10
_GRACE_SECONDS = 5
_reader: list[Read] = []


@asynccontextmanager
async def readers(workers: int, read: Read) -> AsyncIterator[Begin]:
    """Begin readings in so many processes, or in one thread where that is 0.

    `read` travels to each process once, so it may carry what it knows. Whatever ends the block, even a
    killed parent, ends the processes too.
    """
    if not workers:
        thread = futures.ThreadPoolExecutor(1)
        try:
            yield lambda conversation, pointed: thread.submit(read, conversation, pointed)
        finally:
            await asyncio.to_thread(thread.shutdown, cancel_futures=True)
        return
    # Spawned, not forked: the parent has threads. The workers' end of this pipe closes when the parent dies.
    context = mp.get_context("spawn")
    lifeline, held = context.Pipe(duplex=False)
    pool = futures.ProcessPoolExecutor(workers, context, initializer=_begin, initargs=(lifeline, read))
    try:
        yield lambda conversation, pointed: pool.submit(_read, conversation, pointed)
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


def _read(conversation: Conversation, pointed: frozenset[Stretch]) -> Reading:
    return _reader[0](conversation, pointed)


def _begin(lifeline: Connection, read: Read) -> None:
    _reader.append(read)
    serve_below(lifeline)


def serve_below(lifeline: Connection) -> None:
    """Make this process one that works behind another: it gives way, leaves Ctrl-C to it, and ends when it does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
    threading.Thread(target=_end_with_parent, args=(lifeline,), daemon=True).start()


def _end_with_parent(lifeline: Connection) -> None:
    lifeline.poll(None)
    os._exit(1)
