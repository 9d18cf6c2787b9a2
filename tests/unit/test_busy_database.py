"""A second program that writes holds up nobody who reads, and whoever must wait is told."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.__main__ import app
from bot.cli.failures import exit_code_of
from bot.errors import StoreError
from bot.store import sqlite
from bot.store.store import open_store
from tests.conftest import NOON

_HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
connection.execute("UPDATE heard SET claim = claim")
print("writing", flush=True)
sys.stdin.readline()
connection.execute("COMMIT")
"""
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
Hold = Callable[[Path], subprocess.Popen[str]]


@pytest.fixture
def hold() -> Iterator[Hold]:
    """Return a function that lets another process write to a file until it reads a line."""
    writing: list[subprocess.Popen[str]] = []

    def begin(path: Path) -> subprocess.Popen[str]:
        other = subprocess.Popen(
            [sys.executable, "-c", _HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        writing.append(other)
        assert other.stdout
        assert other.stdout.readline() == "writing\n"
        return other

    yield begin
    for other in writing:
        _release(other)


def _release(other: subprocess.Popen[str]) -> None:
    """Let it end, unless it has."""
    if other.poll() is None:
        other.communicate("\n")


@pytest.mark.parametrize("args", READING, ids=" ".join)
def test_what_only_reads_works_while_another_writes(
    args: list[str],
    sampled: Path,
    hold: Hold,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Whatever it would have kept for later, it says that it could not."""
    monkeypatch.setenv("OVERHEARD_DATABASE", str(sampled))
    monkeypatch.setenv("OVERHEARD_WORKERS", "0")
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.1)
    hold(sampled)
    assert exit_code_of(lambda: app(args, standalone_mode=False)) == 0
    out, err = capfd.readouterr()
    assert out
    assert "incident" not in err


def test_whoever_must_wait_is_told_and_then_refused_in_words(
    sampled: Path, hold: Hold, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """First that there is somebody to wait for, in the end what to do."""
    monkeypatch.setenv("OVERHEARD_DATABASE", str(sampled))
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.3)
    monkeypatch.setattr(sqlite, "TELL_SECONDS", 0.1)
    hold(sampled)
    assert exit_code_of(lambda: app(["deliveries", "--resend", "1"], standalone_mode=False)) == 2
    err = capfd.readouterr().err
    assert err.count("waiting until it ends") == 1
    assert "try again when it has ended" in err


async def test_a_change_is_made_as_soon_as_the_other_has_ended(empty_file: Path, tmp_path: Path, hold: Hold) -> None:
    """It waits on its own, and nothing is lost."""
    path = tmp_path / "busy.db"
    path.write_bytes(empty_file.read_bytes())
    async with open_store(path) as store:
        other = hold(path)
        accepted = asyncio.create_task(store.inbox.accept("slack:1", "{}", NOON))
        assert not (await asyncio.wait({accepted}, timeout=0.05))[0]
        await asyncio.to_thread(_release, other)
        assert await accepted


async def test_a_change_that_waited_too_long_fails_in_words(
    empty_file: Path, tmp_path: Path, hold: Hold, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a failure of the database, in a transaction as well as alone; the next one works."""
    path = tmp_path / "busy.db"
    path.write_bytes(empty_file.read_bytes())
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.05)
    async with open_store(path) as store:
        other = hold(path)
        with pytest.raises(StoreError, match="try again"):
            await store.inbox.accept("slack:1", "{}", NOON)
        with pytest.raises(StoreError, match="try again"):
            async with store.database.transaction():
                pass
        await asyncio.to_thread(_release, other)
        assert await store.inbox.accept("slack:1", "{}", NOON)
