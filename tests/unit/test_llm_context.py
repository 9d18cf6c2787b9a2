"""A model that takes little at once: nothing it is asked is longer, and nothing that was said is left unread."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.analysts.llm.analyst import LLMAnalyst
from bot.analysts.llm.prompts import load_prompts
from bot.analysts.llm.reader import transcript_chunks
from bot.domain import Asker, Hit, Material, ThreadContext
from bot.ingest.files import sample_conversations
from bot.llm.provider import Task
from tests.said import TODAY, conversation
from tests.writers import Writer, lines, nothing, read

SHORT = 3
"""So many characters a token has at least."""


def wordy(task: Task) -> object:
    """Write what never holds, so that everything has to be corrected, and translate nothing."""
    line = {"claims": [1], "text": "Zanthor sold 977 planets to Halden, " + "and then some more, " * 10}
    if task.purpose == "signal":
        return {"headline": line, "said": [line, line], "matters": line, "watch": line}
    if task.purpose == "brief":
        return {"dek": line, "argument": [line, line, line]}
    return nothing(task)


@pytest.mark.parametrize("context", [2_048, 4_096])
async def test_no_question_is_longer_than_the_model_takes(context: int) -> None:
    """Whatever it is asked for, with what it may answer."""
    writer = Writer(wordy)
    analyst = LLMAnalyst(writer, context=context)
    talks = sample_conversations(TODAY)
    readings = [await read(talk, analyst) for talk in talks]
    claims = tuple(claim for one in readings for claim in one.claims)
    brief = await analyst.compose(Material("", TODAY, claims, read={TODAY: len(talks)}))
    await analyst.translate(brief, "German", "slack:T1")
    hits = [Hit(passage, 1.0, coverage=1.0) for one in readings for passage in one.passages]
    question = "How much of the world's stacked memory did Orkdal make?"
    assert [one async for one in analyst.answer(question, hits, ThreadContext(), Asker("slack:T1", "U1"))]
    assert {*writer.purposes()} == {
        "claims",
        "entities",
        "stories",
        "signal",
        "brief",
        "repair",
        "translation",
        "answer",
    }
    for task in writer.asked:
        assert (len(task.system) + len(task.user)) // SHORT + task.tokens <= context, task.purpose


@given(st.text("ab. ", max_size=3_000), st.integers(100, 900))
def test_every_word_is_in_a_piece(text: str, most: int) -> None:
    """Also where nobody ever ends a sentence."""
    shown = list(transcript_chunks(conversation("talk", text or "a", "The end."), most))
    task = Task("claims", 1, "", "\n".join(shown), 1, 1)
    turns = ["".join("".join(words.split()) for n, words in lines(task) if n == number) for number in (0, 1)]
    assert turns == ["".join((text or "a").split()), "Theend."]
    assert all(len(piece) < most + 100 for piece in shown)


def test_a_model_that_takes_much_is_asked_no_more_than_is_good_for_it() -> None:
    """What comes back is as long as ever."""
    little, much = load_prompts(8_192), load_prompts(200_000)
    assert little.answer.header == much.answer.header
    assert little.answer.max_chars < much.answer.max_chars


def test_a_slow_model_has_more_time_where_nobody_waits() -> None:
    """Whoever asks has an answer as soon as ever."""
    usual, patient = load_prompts(), load_prompts(patience=5)
    assert patient.claims.header.seconds == 5 * usual.claims.header.seconds
    assert patient.answer.header == usual.answer.header
    assert patient.translation.with_timeout(3).header.seconds == 3
