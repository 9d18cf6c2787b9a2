"""From words that point to the exact stretch of text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.analysts.llm.reader import locate_span
from bot.nlp.sentences import sentence_spans

TEXT = "I do not think that prices will fall. They rose by 12% in May, and nobody knows why. That was all."


def test_whole_sentences_are_pointed_at() -> None:
    """Whoever points past a denial gets it all the same."""
    start, end = locate_span(TEXT, "prices will", "will fall") or (0, 0)
    assert TEXT[start:end] == "I do not think that prices will fall."


def test_case_and_marks_do_not_matter() -> None:
    """A model copies words rather than commas."""
    start, end = locate_span(TEXT, "they ROSE by 12", "nobody knows, why") or (0, 0)
    assert TEXT[start:end] == "They rose by 12% in May, and nobody knows why."


def test_what_is_not_there_is_not_pointed_at() -> None:
    """Neither words that nobody said, nor the end before the beginning, nor a whole paragraph."""
    assert locate_span(TEXT, "prices doubled", "will fall") is None
    assert locate_span(TEXT, "That was all", "will fall") is None
    assert locate_span(TEXT, "", "") is None
    assert locate_span(TEXT, "I do not", "was all") is None


@given(st.lists(st.sampled_from(["Nine cranes stand.", "Ten dams hold 4 km?", "No!"]), min_size=1), st.data())
def test_a_stretch_is_one_or_two_sentences(parts: list[str], data: st.DataObject) -> None:
    """It begins where a sentence does, and ends where one does."""
    text = " ".join(parts)
    words = data.draw(st.sampled_from(text.split()))
    if place := locate_span(text, words, words):
        spans = sentence_spans(text)
        assert place[0] in {start for start, _ in spans}
        assert place[1] in {end for _, end in spans}
