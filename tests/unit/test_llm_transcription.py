"""Writing recordings down by a model: what is sent, what it costs, and how it fails."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from bot.config import ModelSettings, ServerSettings
from bot.domain.feed import AudioPiece
from bot.domain.usage import Account
from bot.errors import LlmError, OverBudget
from bot.llm.openai import OpenAI
from bot.llm.transcription import ServerTranscriber
from bot.metrics import Metrics
from bot.store.store import Store
from tests.conftest import Look
from tests.fakes import FixedClock
from tests.modelled import QUICK
from tests.servers.model import FakeModel, Fault, fake_model

OURS = Account("slack:T1")
SOUND = AudioPiece("part-1.mp3", b"sound", 90.0)
WORDS = "Halden opened a plant. It has 700 workers."


@dataclass
class Bench:
    """A model that hears, on a server of our own."""

    server: FakeModel
    store: Store
    clock: FixedClock
    seconds: float = 20.0

    async def hears(self, sound: AudioPiece = SOUND, account: Account = OURS, **changed: float) -> str:
        """Have a piece written down by a model that is made for it."""
        place = ServerSettings(base_url=self.server.url)
        given = {"transcribe_price": 0.5, "budget_space": 1.0, "budget_reading": 0.2} | changed
        settings = ModelSettings(model_transcribe="ears", server=place, **given)
        model = OpenAI(place)
        try:
            ledger, memory = self.store.spending, self.store.completions
            around = (self.clock, Metrics(), QUICK, self.seconds)
            hearing = ServerTranscriber(model, settings, ledger, memory, *around)
            return await hearing.transcribe(sound, account)
        finally:
            await model.aclose()


@pytest.fixture
async def bench(store: Store, clock: FixedClock) -> AsyncIterator[Bench]:
    """Return a model that hears the same in everything."""
    async with fake_model(lambda _: WORDS) as server:
        yield Bench(server, store, clock)


async def test_a_piece_is_sent_paid_and_remembered(bench: Bench, look: Look) -> None:
    """By the minute, from the pot of whose it is; heard again, it costs nothing, and another space pays itself."""
    assert await bench.hears() == WORDS
    (asked,) = bench.server.asked
    assert asked.path == "/v1/audio/transcriptions"
    assert (asked.model, asked.body["input"], asked.body["sound"]) == ("ears", "part-1.mp3", b"sound")
    assert await bench.hears() == WORDS
    assert len(bench.server.asked) == 1
    spent = await bench.store.spending.spent_by_purpose(OURS, bench.clock.now())
    assert spent
    assert [(one.purpose, one.today) for one in spent] == [("transcription", 750_000_000)]
    await bench.hears(account=Account("slack:T2"))
    assert len(bench.server.asked) == 2
    assert look("SELECT count(*) FROM reserved") == [(0,)]


async def test_a_budget_holds(bench: Bench) -> None:
    """Before anything is sent: that of a space, and that of what is read for all."""
    await bench.hears()
    with pytest.raises(OverBudget, match="everybody here"):
        await bench.hears(AudioPiece("part-2.mp3", b"more", 60.0))
    with pytest.raises(OverBudget, match="of reading"):
        await bench.hears(account=Account())
    assert len(bench.server.asked) == 1
    bench.clock.advance(days=1)
    assert await bench.hears(AudioPiece("part-2.mp3", b"more", 60.0)) == WORDS


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault.BROKEN, "problem of its own"),
        (Fault.NO_CREDIT, "wants to be paid"),
        (Fault.NO_PATHS, "can't transcribe recordings"),
        (Fault.UNWILLING, "rejects this recording"),
        (Fault.HTML, "isn't a language model's server"),
        (Fault.NOT_JSON, "isn't a language model's server"),
    ],
)
async def test_a_failure_is_a_sentence_and_costs_nothing(bench: Bench, fault: Fault, words: str, look: Look) -> None:
    """Whatever the server has against it; nothing stays set aside."""
    bench.server.faults.add(fault)
    with pytest.raises(LlmError, match=words):
        await bench.hears()
    assert look("SELECT count(*) FROM spending") == look("SELECT count(*) FROM reserved") == [(0,)]


async def test_what_may_pass_is_tried_again(bench: Bench) -> None:
    """Twice."""
    bench.server.row.extend([Fault.BUSY, Fault.BROKEN])
    assert await bench.hears() == WORDS
    assert len(bench.server.asked) == 3


async def test_what_takes_too_long_is_paid_as_it_was_set_aside(bench: Bench, look: Look) -> None:
    """Nobody knows what it took."""
    bench.server.faults.add(Fault.SLOW)
    bench.seconds = 0.3
    with pytest.raises(LlmError, match="in time"):
        await bench.hears()
    assert look("SELECT purpose, cost FROM spending") == [("transcription", 750_000_000)]
    assert look("SELECT count(*) FROM reserved") == [(0,)]
