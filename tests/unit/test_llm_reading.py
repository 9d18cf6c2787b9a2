"""What a model adds to reading: where it points, and what it takes names for."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import replace
from typing import TypeVar

from bot.analysts.llm.analyst import MAX_FAILURES, LLMAnalyst
from bot.analysts.llm.reader import MAX_CHUNK_CHARS, apply_classification, transcript_chunks
from bot.analysts.llm.schemas import Named
from bot.claims.extractor import extract_claims
from bot.domain import Conversation, EntityKind, Turn
from bot.llm.provider import Completion, Task
from tests.said import company, conversation, reading
from tests.writers import Writer, broken, ends, lines, nothing, read

T = TypeVar("T")

WORDS = "Tarn Foundry raised wafer prices by 40 percent. The kettles there are never cold for long, or so they say."
TALK = Conversation(
    "bench/1", "Open Bench", "Evening edition", dt.date(2031, 6, 25), (Turn(WORDS, "Ann Bay"), Turn("Hm.", "Bo Lund"))
)


def pointing(*stretches: tuple[int, str, str]) -> Writer:
    """Point at these, and say nothing else."""

    def says(task: Task) -> object:
        found = [{"turn": turn, "first": first, "last": last} for turn, first, last in stretches]
        return {"claims": found} if task.purpose == "claims" else nothing(task)

    return Writer(says)


async def test_a_model_reads_a_few_conversations_at_a_time() -> None:
    """However many there are: each has its whole time, which does not pass while others are read."""
    busiest = busy = 0

    class Slow(Writer):
        async def complete(self, task: Task, returns: type[T]) -> Completion[T]:
            nonlocal busiest, busy
            busy += 1
            busiest = max(busiest, busy)
            await asyncio.sleep(0)
            busy -= 1
            return await super().complete(task, returns)

    analyst = LLMAnalyst(Slow(nothing), readers=3)
    await asyncio.gather(*(read(TALK, analyst) for _ in range(9)))
    assert busiest == 3


async def test_what_a_model_points_at_is_a_claim_in_the_speakers_own_words() -> None:
    """It stands beside what the rules found, with the speaker of its turn."""
    found = await read(TALK, LLMAnalyst(pointing((0, "The kettles there", "so they say"))))
    quotes = {claim.quote: claim.speaker for claim in found.claims}
    assert quotes == {
        "Tarn Foundry raised wafer prices by 40 percent.": "Ann Bay",
        "The kettles there are never cold for long, or so they say.": "Ann Bay",
    }
    for claim in found.claims:
        assert claim.quote == TALK.turns[claim.turn].text[claim.start : claim.end]


async def test_what_nobody_said_is_no_claim() -> None:
    """Nor is what the rules found already, nor a turn that does not exist."""
    writer = pointing((0, "Prices doubled", "in May"), (7, "Tarn", "Foundry"), (0, "Tarn Foundry", "by 40 percent"))
    found = await read(TALK, LLMAnalyst(writer))
    assert found == replace(extract_claims(TALK), proposed=found.proposed)
    assert found.proposed <= {claim.id for claim in found.claims}


async def test_a_model_that_fails_leaves_the_plain_reading() -> None:
    """And after a few conversations in a row it is left alone for a while."""
    writer = Writer(broken)
    analyst = LLMAnalyst(writer)
    for _ in range(MAX_FAILURES + 5):
        assert await read(TALK, analyst) == extract_claims(TALK)
    assert len(writer.asked) == MAX_FAILURES


def test_names_are_sorted_by_what_the_model_makes_of_them() -> None:
    """A kind is changed and a short form joined to its full one; strangers stay apart, and who speaks is a person."""
    talk = conversation("a", "Meridian Chips raised prices.", "Meridian sued Northgate.", "Dana Whitfield saw it.")
    names = [company(name) for name in ("Meridian Chips", "Meridian", "Northgate", "Dana Whitfield")]
    told = [Named(2, 1, "company"), Named(3, 1, "place"), Named(4, 0, "topic"), Named(9, 0, "topic")]
    found = apply_classification(reading(talk, *names), names, told)
    assert {entity.name: (entity.kind, entity.aliases) for entity in found.entities} == {
        "Meridian Chips": (EntityKind.COMPANY, ("Meridian",)),
        "Northgate": (EntityKind.PLACE, ()),
        "Dana Whitfield": (EntityKind.COMPANY, ()),
    }
    assert [[mention.name for mention in claim.entities] for claim in found.claims] == [
        ["Meridian Chips"],
        ["Meridian Chips", "Northgate"],
        ["Dana Whitfield"],
    ]


def test_a_long_conversation_is_read_in_pieces() -> None:
    """Each is short enough for a small server, and every sentence stands in one of them."""
    turns = tuple(Turn(f"Crane {n} stands. " * 200, "Ann Bay") for n in range(30))
    long = Conversation("b/3", "Open Bench", "", dt.date(2031, 6, 25), turns)
    parts = list(transcript_chunks(long))
    assert max(map(len, parts)) <= MAX_CHUNK_CHARS * 1.6
    for n in range(30):
        assert sum(part.count(f"Crane {n} stands.") for part in parts) == 200


def test_what_it_reads_is_numbered_by_turn() -> None:
    """So that it can point."""
    (part,) = transcript_chunks(TALK)
    task = Task("claims", 1, "", part, 1, 1)
    assert [n for n, _ in lines(task)] == [0, 1]
    assert ends(lines(task)[0][1])[0] == "Tarn Foundry raised wafer"
