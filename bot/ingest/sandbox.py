"""Parses what came from outside, in a process with little memory and little time that may be killed.

The result comes back as plain data, so that a process that was taken over can return no more than a wrong answer.
"""

from __future__ import annotations

import asyncio
import logging
import math
import multiprocessing as mp
import sys
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar, get_type_hints

import msgspec

from bot.errors import FeedError, FeedHealth
from bot.ingest.formats.parsed import ParseError
from bot.ingest.workers import become_child_worker

if sys.platform != "win32":
    import resource

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess

Result = TypeVar("Result")

logger = logging.getLogger(__name__)

TIMEOUT_SECONDS = 10.0
"""How long a function may take by default."""

MAX_MEMORY_BYTES = 1_000_000_000
"""A process's address space in bytes, on systems that can limit it; Python itself takes a sixth."""

IDLE_SECONDS = 60.0
"""Seconds after which an idle process ends."""

MAX_RESULT_BYTES = 32_000_000
"""The largest result, in bytes."""

_START_TIMEOUT_SECONDS = 60.0
_OK, _ERROR = b"=", b"!"


class RunSandboxed(Protocol):
    """Runs a function of a module in a process of its own."""

    async def __call__(
        self, function: Callable[..., Result], *args: object, seconds: float = TIMEOUT_SECONDS
    ) -> Result:
        """Return what the function returns, of the type that it is annotated with.

        Raises FeedError if the function does, if it takes more seconds or memory than it may, or if it fails.
        """


@asynccontextmanager
async def sandbox(
    workers: int = 1, memory: int = MAX_MEMORY_BYTES, idle: float = IDLE_SECONDS
) -> AsyncIterator[RunSandboxed]:
    """Run functions in so many processes, started when needed; whatever ends the block ends them, too."""
    pool = _WorkerPool(workers, memory, idle)
    try:
        yield pool.run
    finally:
        await pool.close()


class _WorkerPool:
    def __init__(self, workers: int, memory: int, idle: float) -> None:
        self._memory, self._idle_seconds = memory, idle
        self._slots = asyncio.Semaphore(workers)
        self._threads = ThreadPoolExecutor(workers + 1, "sandbox")
        self._idle_workers: dict[_Worker, asyncio.TimerHandle] = {}

    async def run(self, function: Callable[..., Result], *args: object, seconds: float = TIMEOUT_SECONDS) -> Result:
        loop = asyncio.get_running_loop()
        decoder: msgspec.msgpack.Decoder[Result] = msgspec.msgpack.Decoder(get_type_hints(function)["return"])
        async with self._slots:
            worker = await self._acquire_worker()
            try:
                reply = await loop.run_in_executor(self._threads, worker.run, function, args, seconds)
            except BaseException:
                self._threads.submit(worker.close)
                raise
            self._idle_workers[worker] = loop.call_later(self._idle_seconds, self._stop_worker, worker)
        return _decode_reply(reply, decoder, function.__qualname__)

    async def close(self) -> None:
        for worker in tuple(self._idle_workers):
            self._stop_worker(worker)
        await asyncio.to_thread(self._threads.shutdown)

    async def _acquire_worker(self) -> _Worker:
        if not self._idle_workers:
            return await asyncio.get_running_loop().run_in_executor(self._threads, _start_worker, self._memory)
        worker, ending = self._idle_workers.popitem()
        ending.cancel()
        return worker

    def _stop_worker(self, worker: _Worker) -> None:
        self._idle_workers.pop(worker).cancel()
        self._threads.submit(worker.close)


@dataclass(frozen=True, slots=True, eq=False)
class _Worker:
    """A process, the pipe to it, and a pipe that closes when we are gone. Its methods are called in threads."""

    process: SpawnProcess
    pipe: Connection
    lifeline: Connection

    def run(self, function: Callable[..., object], args: tuple[object, ...], seconds: float) -> bytes:
        timer = threading.Timer(seconds, self.process.kill)
        timer.start()
        try:
            self.pipe.send((function, args, seconds))
            return self.pipe.recv_bytes(MAX_RESULT_BYTES)
        except (OSError, EOFError):
            message = f"reading it takes more than {seconds:g} seconds, or too much memory"
            raise FeedError(message, FeedHealth.LIMIT_EXCEEDED) from None
        finally:
            timer.cancel()
            timer.join()

    def close(self) -> None:
        self.process.kill()
        self.process.join()
        self.process.close()
        self.pipe.close()
        self.lifeline.close()


def _start_worker(memory: int) -> _Worker:
    # Spawned, not forked: the parent has threads. The worker's end of the lifeline closes when the parent dies.
    context = mp.get_context("spawn")
    pipe, worker_end = context.Pipe()
    lifeline, our_end = context.Pipe(duplex=False)
    process = context.Process(target=_serve, args=(worker_end, lifeline, memory), daemon=True)
    process.start()
    worker_end.close()
    lifeline.close()
    worker = _Worker(process, pipe, our_end)
    with suppress(OSError, EOFError):
        if pipe.poll(_START_TIMEOUT_SECONDS) and pipe.recv_bytes(1) == _OK:
            return worker
    worker.close()
    message = "the process that should read it did not start"
    raise FeedError(message, FeedHealth.INTERNAL_ERROR)


def _decode_reply(reply: bytes, decoder: msgspec.msgpack.Decoder[Result], name: str) -> Result:
    if reply.startswith(_OK):
        try:
            return decoder.decode(reply[1:])
        except msgspec.DecodeError as error:
            logger.warning("%s returned something of another type: %s", name, error)
            message = "what was read makes no sense"
            raise FeedError(message) from error
    health, message, details = msgspec.msgpack.decode(reply[1:], type=tuple[FeedHealth, str, str])
    if details:
        logger.warning("%s failed: %s", name, details)
    raise FeedError(message, health)


def _serve(pipe: Connection, lifeline: Connection, memory: int) -> None:
    """Run what comes through the pipe, until it closes."""
    become_child_worker(lifeline)
    _limit_memory(memory)
    with suppress(EOFError, OSError):
        pipe.send_bytes(_OK)
        while True:
            function, args, seconds = pipe.recv()
            _limit_cpu_time(seconds)
            pipe.send_bytes(_call(function, args))


def _call(function: Callable[..., object], args: tuple[object, ...]) -> bytes:
    try:
        return _OK + msgspec.msgpack.encode(function(*args))
    except FeedError as error:
        failure = (error.health, str(error), "")
    except ParseError as error:
        failure = (FeedHealth.UNREADABLE, f"it {error}", "")
    except MemoryError:
        failure = (FeedHealth.LIMIT_EXCEEDED, "reading it takes too much memory", "")
    except Exception as error:
        logger.debug("A parser failed", exc_info=True)
        failure = (FeedHealth.UNREADABLE, "it cannot be read", f"{type(error).__name__}: {error}"[:500])
    return _ERROR + msgspec.msgpack.encode(failure)


def _limit_memory(memory: int) -> None:
    if sys.platform != "win32":
        # Some systems have the limit but refuse to set it.
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _limit_cpu_time(seconds: float) -> None:
    """Let the system end this process if even its parent does not."""
    if sys.platform != "win32":
        used = resource.getrusage(resource.RUSAGE_SELF)
        end = math.ceil(used.ru_utime + used.ru_stime + seconds) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (end, resource.getrlimit(resource.RLIMIT_CPU)[1]))
