"""The pipeline: each conversation is read and kept once, whatever interrupts it."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
import signal
import sys
import time
from asyncio.subprocess import PIPE
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from bot.analysts.rules import RuleAnalyst
from bot.chat.request import Progress
from bot.domain import Analysis, Conversation, Entity, EntityKind, Turn, TurnSpan
from bot.ingest.files import sample_conversations, uncorrected_samples
from bot.ingest.pipeline import BATCH_CONVERSATIONS, SMALL_INPUT_CHARS, Pipeline, Summary
from bot.ingest.workers import worker_pool
from tests.fakes import MemoryLibrary

ROOT = Path(__file__).parents[2]
NOW = dt.datetime(2026, 6, 15, 8, 0, tzinfo=dt.UTC)


class StoppedClock:
    """Every run of these tests takes place at one moment."""

    def now(self) -> dt.datetime:
        """Return that moment."""
        return NOW


class FailingLibrary(MemoryLibrary):
    """A library whose disk is full once it holds `room` conversations."""

    def __init__(self, room: int) -> None:
        super().__init__()
        self.room = room
        self.kept: list[str] = []

    async def save(self, readings: Sequence[Analysis], *, are_notes: bool = False) -> Sequence[Analysis]:
        """Store readings while there is room; raises OSError after that."""
        if len(self.kept) + len(readings) > self.room:
            message = "the disk is full"
            raise OSError(message)
        self.kept += [reading.conversation.id for reading in readings]
        return await super().save(readings, are_notes=are_notes)


def read(conversation: Conversation, _: frozenset[TurnSpan] = frozenset()) -> Analysis:
    """Find no claims, and one entity that all conversations share."""
    if "poison" in conversation.title:
        message = "the analyst stumbled"
        raise ZeroDivisionError(message)
    return Analysis(conversation, (), (Entity("Hellmouth", EntityKind.PLACE),))


def process_of(conversation: Conversation, _: frozenset[TurnSpan]) -> Analysis:
    """Name the process that reads."""
    return Analysis(conversation, (), (Entity(str(os.getpid()), EntityKind.TOPIC),))


def slowly(begun: Path, ended: Path, conversation: Conversation, _: frozenset[TurnSpan]) -> Analysis:
    """Read for a moment, and leave a mark before and after it."""
    begun.touch()
    time.sleep(0.5)
    ended.touch()
    return Analysis(conversation, (), ())


def silent(_: Progress) -> None:
    """Report to nobody."""


def _seen(mark: Path) -> None:
    while not mark.exists():
        time.sleep(0.01)


def _conversations(number: int, words: str = "Nine cranes stand.") -> list[Conversation]:
    return [Conversation(f"c{n}", "S", f"T{n}", dt.date(2026, 6, 1), (Turn(words),)) for n in range(number)]


def _records(folder: Path, number: int, words: str = "Nine cranes stand.") -> Path:
    path = folder / "all.jsonl"
    with path.open("w") as file:
        for n in range(number):
            record = {"id": f"c{n}", "show": "S", "title": f"T{n}", "date": "2026-06-01", "turns": [{"text": words}]}
            file.write(json.dumps(record) + "\n")
    return path


def _pipeline(library: MemoryLibrary, workers: int = 0) -> Pipeline:
    return Pipeline(library, read, StoppedClock(), RuleAnalyst(), workers)


async def test_files_are_read_and_counted(tmp_path: Path) -> None:
    """A run tells what is new, how much was said, and what could not be read; the library has it all."""
    _records(tmp_path, 3)
    (tmp_path / "b.txt").write_text("Mara: Nine.\nBen: Ten.\n")
    (tmp_path / "c.csv").write_text("a,b")
    library = MemoryLibrary()
    summary = await _pipeline(library).import_paths([tmp_path], silent)
    (problem,) = summary.problems
    assert problem.name == str(tmp_path / "c.csv")
    assert replace(summary, problems=(), origins=()) == Summary(new=4, entities=1, words=11, undated=1)
    assert [origin.conversation for origin in summary.origins] == ["c0", "c1", "c2", f"{tmp_path.name}/b.txt"]
    assert (await library.tally(space=None)).conversations == 4


async def test_the_same_files_again_change_nothing(tmp_path: Path) -> None:
    """What is kept as it is is not read a second time."""
    library = FailingLibrary(room=3)
    await _pipeline(library).import_paths([_records(tmp_path, 3)], silent)
    assert await _pipeline(library).import_paths([tmp_path], silent) == Summary(unchanged=3)
    assert library.kept == ["c0", "c1", "c2"]


async def test_an_edited_conversation_is_a_revision() -> None:
    """The same id with other words replaces what was kept; taking in the samples after their first edition shows it."""
    library = MemoryLibrary()
    pipeline = _pipeline(library)
    await pipeline.import_conversations(uncorrected_samples(NOW.date()), silent)
    later = await pipeline.import_conversations(sample_conversations(NOW.date()), silent)
    assert (later.revised, later.new) == (1, len(sample_conversations(NOW.date())) - 1)
    assert (await library.tally(space=None)).conversations == len(sample_conversations(NOW.date()))


async def test_samples_are_dated_relative_to_today() -> None:
    """Whenever they are read, the newest sample is of that day and none is older than two weeks."""
    dates = [sample.date for sample in sample_conversations(NOW.date())]
    assert max(dates) == NOW.date()
    assert min(dates) > NOW.date() - dt.timedelta(days=14)


async def test_of_two_conversations_with_one_id_the_first_counts() -> None:
    """The second is told as a problem, so that running again does not swap them for ever."""
    library = MemoryLibrary()
    first, _ = _conversations(2)
    twice = [first, replace(first, title="Another")]
    summary = await _pipeline(library).import_conversations(twice, silent)
    assert [str(problem) for problem in summary.problems] == [
        "c0: the same id came before in this run; the first one counts"
    ]
    assert (await _pipeline(library).import_conversations(twice, silent)).unchanged == 1
    assert await library.conversation("c0", space=None) == first


async def test_a_conversation_that_trips_the_analyst_costs_only_itself(caplog: pytest.LogCaptureFixture) -> None:
    """The others are kept, the person is told, and the log has the cause."""
    library = MemoryLibrary()
    one, two, three = _conversations(3)
    summary = await _pipeline(library).import_conversations([one, replace(two, title="poison"), three], silent)
    assert summary.new == 2
    assert [problem.name for problem in summary.problems] == ["c1"]
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.parametrize("room", [0, 1, BATCH_CONVERSATIONS, 2 * BATCH_CONVERSATIONS + 7, 89])
async def test_a_run_that_broke_off_is_finished_by_running_again(tmp_path: Path, room: int) -> None:
    """Whatever was kept before stays, nothing is kept twice, and in the end everything is there."""
    path = _records(tmp_path, 90)
    library = FailingLibrary(room)
    with pytest.raises(OSError, match="the disk is full"):
        await _pipeline(library).import_paths([path], silent)
    library.room = 1_000
    summary = await _pipeline(library).import_paths([path], silent)
    assert summary.new + summary.unchanged == 90
    assert library.kept == [f"c{n}" for n in range(90)]


async def test_progress_never_goes_back_and_ends_at_its_total(tmp_path: Path) -> None:
    """A bar can be drawn from it, also when a file holds more than could be counted."""
    _records(tmp_path, 40)
    (tmp_path / "posts.txt").write_text("Nine cranes.\n---\nTen dams.\n---\nA violin.\n")
    seen: list[Progress] = []
    await _pipeline(MemoryLibrary()).import_paths([tmp_path], seen.append)
    assert [progress.done for progress in seen] == list(range(1, 44))
    assert seen[0].total == 41
    assert seen[-1].total == 43


async def test_much_is_read_in_other_processes() -> None:
    """A large input uses as many processes as allowed, none of them this one, and they are gone afterwards."""
    many = _conversations(40, "Nine cranes stand. " * (SMALL_INPUT_CHARS // 400))
    pipeline = Pipeline(MemoryLibrary(), process_of, StoppedClock(), RuleAnalyst(), workers=2)
    summary = await pipeline.import_conversations(many, silent)
    assert summary.new == 40
    assert 1 <= summary.entities <= 2


async def test_little_is_read_without_starting_processes() -> None:
    """A small input is done before a process could be started."""
    library = MemoryLibrary()
    readings: list[str] = []

    def here(conversation: Conversation, _: frozenset[TurnSpan]) -> Analysis:
        readings.append(str(os.getpid()))
        return read(conversation)

    await Pipeline(library, here, StoppedClock(), RuleAnalyst(), workers=2).import_conversations(
        _conversations(3), silent
    )
    assert readings == [str(os.getpid())] * 3


async def test_a_cancelled_run_ends_at_once_and_keeps_whole_conversations() -> None:
    """Cancelling leaves no process behind, and what was kept is whole."""
    library = MemoryLibrary()
    many = _conversations(60, "Nine cranes stand. " * (SMALL_INPUT_CHARS // 400))
    begun = asyncio.Event()
    pipeline = Pipeline(library, read, StoppedClock(), RuleAnalyst(), workers=1)
    run = asyncio.create_task(pipeline.import_conversations(many, lambda _: begun.set()))
    await begun.wait()
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(run, 20)
    assert (await library.tally(space=None)).conversations < 60
    assert (await pipeline.import_conversations(many, silent)).unchanged > 0


async def test_what_is_being_read_is_finished(tmp_path: Path) -> None:
    """A worker cut off while it sends a result would leave whoever waits for it waiting for ever."""
    begun, ended = tmp_path / "begun", tmp_path / "ended"
    (conversation,) = _conversations(1)

    async def stumble() -> None:
        async with worker_pool(1, partial(slowly, begun, ended)) as begin:
            begin(conversation, frozenset())
            await asyncio.to_thread(_seen, begun)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await stumble()
    assert ended.exists()


INTERRUPTED = """
import asyncio, datetime, os, signal, sys
from bot.analysts.rules import RuleAnalyst
from bot.ingest.pipeline import Pipeline
from bot.domain import Conversation, Analysis, Turn
from tests.fakes import MemoryLibrary

class Clock:
    def now(self):
        return datetime.datetime.now(datetime.UTC)

def read(conversation, _):
    print(os.getpid(), flush=True)
    sum(range(3_000_000))
    return Analysis(conversation, (), ())

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs are deaf to it
    turn = Turn("Nine cranes stand. " * 5000)
    many = [Conversation(f"c{n}", "S", "T", datetime.date(2026, 6, 1), (turn,)) for n in range(400)]
    try:
        pipeline = Pipeline(MemoryLibrary(), read, Clock(), RuleAnalyst(), 2)
        asyncio.run(pipeline.import_conversations(many, lambda progress: None))
    except KeyboardInterrupt:
        sys.exit(1)
"""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL], ids=["Ctrl-C", "killed"])
async def test_no_process_outlives_the_bot(tmp_path: Path, how: signal.Signals) -> None:
    """Ctrl-C and even a kill of the parent end the workers, and they print no traceback of their own."""
    script = tmp_path / "interrupted.py"
    script.write_text(INTERRUPTED)
    bot = await asyncio.create_subprocess_exec(
        sys.executable,
        script,
        stdout=PIPE,
        stderr=PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        start_new_session=True,
    )
    assert bot.stdout
    workers = {await bot.stdout.readline() for _ in range(6)}
    if how is signal.SIGINT:
        os.killpg(bot.pid, how)
    else:
        bot.kill()
    # The pipes end only when the last process that holds them is gone.
    rest, errors = await asyncio.wait_for(bot.communicate(), 30)
    assert str(bot.pid).encode() not in {pid.strip() for pid in workers | set(rest.splitlines())}
    assert b"Traceback" not in errors
