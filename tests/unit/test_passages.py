"""Cutting conversations into passages."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from bot.domain import UNKNOWN_SPEAKER, Conversation, Turn
from bot.nlp.passages import MAX_WORDS, split_into_passages

turns = st.lists(
    st.builds(Turn, st.text(st.sampled_from("ab .!?\n\u2028"), max_size=900), st.sampled_from(["Ana", "Ben", None])),
    max_size=12,
)


def _conversation(*said: Turn) -> Conversation:
    return Conversation("c", "Show", "Title", dt.date(2026, 6, 27), said)


@given(turns)
def test_every_word_is_in_one_passage_in_order(said: list[Turn]) -> None:
    """Nothing that was said is lost, doubled or moved."""
    passages = split_into_passages(_conversation(*said))
    assert [word for turn in said for word in turn.text.split()] == [w for p in passages for w in p.text.split()]


@given(turns)
def test_each_line_of_a_joined_passage_has_its_speaker(said: list[Turn]) -> None:
    """A passage of several turns has one line a turn, and names the speaker of each."""
    for passage in split_into_passages(_conversation(*said)):
        if passage.turn < passage.last:
            whose = [turn.speaker or UNKNOWN_SPEAKER for turn in said[passage.turn : passage.last + 1]]
            assert list(passage.speakers) == whose
            assert len(passage.text.split("\n")) == len(whose)
        else:
            assert passage.speakers == ()


def test_short_turns_share_a_passage() -> None:
    """A question and its short answer are found together."""
    (passage,) = split_into_passages(_conversation(Turn("How many?", "Ana", 3.0), Turn("Forty-six.", "Ben", 5.0)))
    assert (passage.turn, passage.last, passage.text, passage.t) == (0, 1, "How many?\nForty-six.", 3.0)
    assert passage.speakers == ("Ana", "Ben")


def test_long_turns_are_split_at_sentence_ends() -> None:
    """No passage is longer than it must be, and none begins in the middle of a sentence."""
    sentence = "One two three four five six seven eight nine ten."
    passages = split_into_passages(_conversation(Turn(" ".join([sentence] * 60), "Ana")))
    assert len(passages) == 6
    assert all(passage.text.startswith("One ") and passage.text.endswith("ten.") for passage in passages)
    assert all(len(passage.text.split()) <= MAX_WORDS for passage in passages)


def test_a_conversation_without_words_has_no_passages() -> None:
    """There is nothing to find in silence."""
    assert split_into_passages(_conversation(Turn(""), Turn(" \n "))) == ()
