"""The sandbox: what is read there comes back as it is; what hangs, dies or devours is ended, and the next is read."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from bot.errors import FeedError, FeedHealth
from bot.ingest.sandbox import RunSandboxed, sandbox
from tests import parsers
from tests.parsers import Part


@pytest.fixture
async def run() -> AsyncIterator[RunSandboxed]:
    """Return what runs functions in one process."""
    async with sandbox() as run:
        yield run


async def failure(run: RunSandboxed, function: Callable[..., object], seconds: float = 10) -> FeedError:
    """Return what is said where a function does not end well."""
    with pytest.raises(FeedError) as error:
        await run(function, b"body", seconds=seconds)
    return error.value


def alive(pid: int) -> bool:
    """Return whether a process is there and is no zombie."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(") ")[2]
    except OSError:
        return False
    return not state.startswith("Z")


def ends(pid: int) -> bool:
    """Return whether a process ends soon."""
    until = time.monotonic() + 20
    while alive(pid) and time.monotonic() < until:
        time.sleep(0.02)
    return not alive(pid)


async def test_what_is_read_comes_back_as_it_is(run: RunSandboxed) -> None:
    """Dataclasses with times in them, from another process, which gives way to this one."""
    moment = dt.datetime(2031, 6, 26, 12, tzinfo=dt.UTC)
    assert await run(parsers.well, b"x" * 1_000_000, "A title") == (Part("A title", moment, 1_000_000), Part("end"))
    assert await run(parsers.who, b"") != os.getpid()
    assert await run(parsers.how_nice, b"") >= 10


async def test_one_process_reads_one_after_the_other(run: RunSandboxed) -> None:
    """And only it, however many wait."""
    assert len(set(await asyncio.gather(*(run(parsers.who, b"") for _ in range(5))))) == 1


@pytest.mark.parametrize("function", [parsers.sleepy, parsers.busy])
async def test_what_takes_too_long_is_ended(run: RunSandboxed, function: Callable[..., int]) -> None:
    """Whether it waits or works; the next is read by another process, and the old one is gone."""
    first = await run(parsers.who, b"")
    error = await failure(run, function, 0.3)
    assert (error.health, "0.3 seconds" in str(error)) == (FeedHealth.LIMIT_EXCEEDED, True)
    assert await run(parsers.who, b"") != first
    assert not alive(first)


@pytest.mark.parametrize(
    ("function", "health", "words"),
    [
        (parsers.greedy, FeedHealth.LIMIT_EXCEEDED, "reading it takes too much memory"),
        (parsers.dying, FeedHealth.LIMIT_EXCEEDED, "too much memory"),
        (parsers.wordy, FeedHealth.LIMIT_EXCEEDED, "too much memory"),
        (parsers.refusing, FeedHealth.UNREADABLE, "line 12: mismatched tag"),
        (parsers.failing, FeedHealth.UNREADABLE, "it cannot be read"),
        (parsers.lying, FeedHealth.UNREADABLE, "makes no sense"),
    ],
)
async def test_what_goes_wrong_is_said_in_words(
    run: RunSandboxed, function: Callable[..., object], health: FeedHealth, words: str
) -> None:
    """Too much memory, a fault, too large a result, a reason, a surprise and a lie; afterwards all is well."""
    error = await failure(run, function)
    assert (error.health, words in str(error)) == (health, True)
    assert await run(parsers.well, b"", "next") != ()


async def test_who_gives_up_ends_the_process(run: RunSandboxed) -> None:
    """It would only go on for nobody."""
    pid = await run(parsers.who, b"")
    waiting = asyncio.create_task(run(parsers.sleepy, b""))
    await asyncio.sleep(0.1)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert await run(parsers.who, b"") != pid
    assert await asyncio.to_thread(ends, pid)


async def test_a_process_that_nobody_needs_ends() -> None:
    """And another begins when somebody does; with the sandbox, all end."""
    async with sandbox(idle=0.05) as run:
        first = await run(parsers.who, b"")
        assert await asyncio.to_thread(ends, first)
        second = await run(parsers.who, b"")
        assert second != first
    assert not alive(second)


async def test_nothing_runs_before_it_is_needed() -> None:
    """A bot without sources on the web pays for no process."""
    before = _children()
    async with sandbox():
        assert _children() == before


_PARENT = """
import asyncio, sys
from bot.ingest.sandbox import sandbox
from tests import parsers
async def main():
    async with sandbox() as run:
        print(await run(parsers.who, b""), flush=True)
        await run(parsers.{what}, b"", seconds=60)
        await asyncio.sleep(60)
if __name__ == "__main__":
    asyncio.run(main())
"""


@pytest.mark.parametrize("what", ["sleepy", "who"])
async def test_it_dies_with_its_parent(what: str) -> None:
    """Also with one that is killed, whether there is work or not."""
    script = _PARENT.format(what=what)
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", script, stdout=subprocess.PIPE)
    assert parent.stdout
    child = int(await parent.stdout.readline())
    assert alive(child)
    parent.kill()
    await parent.wait()
    assert await asyncio.to_thread(ends, child)


def _children() -> str:
    return Path(f"/proc/self/task/{os.getpid()}/children").read_text("utf-8")
