"""A second program that writes holds up nobody who reads, and whoever must wait is told."""

from __future__ import annotations

import asyncio
import multiprocessing
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from bot.__main__ import app
from bot.cli.failures import exit_code_of
from bot.errors import StoreError
from bot.store import sqlite
from bot.store.store import open_store
from tests.conftest import NOON

READING = [
    ["ask", "How much of the world's stacked memory did Orkdal make?"],
    ["ask", "--json", "Who runs Orkdal?"],
    ["search", "memory"],
    ["brief"],
    ["brief", "--json"],
    ["explain", "2031-06-26"],
    ["entity", "Orkdal"],
    ["status"],
    ["following"],
    ["subscriptions"],
    ["sources"],
    ["deliveries"],
]
APART = multiprocessing.get_context("spawn")


def write(path: Path, line: Connection) -> None:
    """Hold a write transaction, say so, and commit it when told to."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE heard SET claim = claim")
        line.send("writing")
        line.recv()
        connection.execute("COMMIT")
    line.send("done")


@contextmanager
def written_elsewhere(path: Path) -> Iterator[Callable[[], None]]:
    """Let another process write to a file, until the function that this yields is called, or to the end."""
    here, there = APART.Pipe()
    other = APART.Process(target=write, args=(path, there))
    other.start()
    assert here.recv() == "writing"

    def end() -> None:
        here.send("end")
        assert here.recv() == "done"

    yield end
    here.send("end")
    other.join()


@pytest.mark.parametrize("args", READING, ids=" ".join)
def test_what_only_reads_works_while_another_writes(
    args: list[str], sampled: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Whatever it would have kept for later, it says that it could not."""
    monkeypatch.setenv("OVERHEARD_DATABASE", str(sampled))
    monkeypatch.setenv("OVERHEARD_WORKERS", "0")
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.1)
    with written_elsewhere(sampled):
        assert exit_code_of(lambda: app(args, standalone_mode=False)) == 0
    out, err = capfd.readouterr()
    assert out
    assert "incident" not in err


def test_whoever_must_wait_is_told_and_then_refused_in_words(
    sampled: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """First that there is somebody to wait for, in the end what to do."""
    monkeypatch.setenv("OVERHEARD_DATABASE", str(sampled))
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.3)
    monkeypatch.setattr(sqlite, "TELL_SECONDS", 0.1)
    with written_elsewhere(sampled):
        assert exit_code_of(lambda: app(["deliveries", "--resend", "1"], standalone_mode=False)) == 2
    err = capfd.readouterr().err
    assert err.count("waiting until it ends") == 1
    assert "try again when it has ended" in err


async def test_a_change_is_made_as_soon_as_the_other_has_ended(sampled: Path) -> None:
    """It waits on its own, and nothing is lost."""
    async with open_store(sampled) as store:
        with written_elsewhere(sampled) as end:
            accepted = asyncio.create_task(store.inbox.accept("slack:1", "{}", NOON))
            assert not (await asyncio.wait({accepted}, timeout=0.05))[0]
            await asyncio.to_thread(end)
            assert await accepted


async def test_a_change_that_waited_too_long_fails_in_words(sampled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a failure of the database, in a transaction as well as alone; the next one works."""
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.05)
    async with open_store(sampled) as store:
        with written_elsewhere(sampled):
            with pytest.raises(StoreError, match="try again"):
                await store.inbox.accept("slack:1", "{}", NOON)
            with pytest.raises(StoreError, match="try again"):
                async with store.database.transaction():
                    pass
        assert await store.inbox.accept("slack:1", "{}", NOON)
