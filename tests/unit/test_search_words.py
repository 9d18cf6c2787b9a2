"""What is looked for in a question."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from bot.nlp.tokens import root
from bot.search.query import MAX_QUERY_WORDS, content_words, dates_in, is_show_named, roots_in, split_clauses, tokenize


def test_words_of_asking_are_left_out() -> None:
    """What people ask about is looked for, not how they ask."""
    assert content_words("What did they say about Micron's prices?") == ["micron", "prices"]


def test_a_question_of_function_words_is_looked_for_as_it_is() -> None:
    """Somebody may quote "to be or not to be"."""
    assert content_words("to be or not to be") == ["to", "be", "or", "not"]


@given(st.text())
def test_any_text_has_a_bounded_number_of_words(question: str) -> None:
    """A pasted page costs no more than a long question."""
    assert len(content_words(question)) <= MAX_QUERY_WORDS
    assert len(split_clauses(question)) <= MAX_QUERY_WORDS


def test_dates_are_read_as_written() -> None:
    """Both usual ways to write a day are understood, and days that do not exist are none."""
    asked = "After October 31, 2023 and 2023-11-24, but before February 30, 2024?"
    assert dates_in(asked) == {dt.date(2023, 10, 31), dt.date(2023, 11, 24)}


def test_a_show_of_common_words_must_be_written_as_its_name() -> None:
    """Nobody who writes "at the age of nine" means The Age."""
    assert is_show_named("What did The Age find?", "The Age")
    assert not is_show_named("Who wrote it at the age of nine?", "The Age")
    assert is_show_named("what did music business worldwide find?", "Music Business Worldwide")


def test_a_question_that_asks_several_things_has_several_parts() -> None:
    """Each part can then find its own evidence."""
    asked = "Did the chip maker double its memory prices, while the car maker cut the price of its cheapest model?"
    assert len(split_clauses(asked)) == 2
    assert split_clauses("Who doubled memory prices?") == []


def test_derived_words_share_a_root() -> None:
    """Coverage counts "distributed" where "distribution" was asked for."""
    assert root("distribution") == root("distributed")
    assert root("prices") == root("price")


@given(
    st.lists(st.from_regex(r"(price|inflation|it's|μέλος|s1_x)[a-zé.]?(ings|s|)[ ,'’_-]?", fullmatch=True)).map("".join)
)
def test_held_roots_are_those_of_all_words(text: str) -> None:
    """Looking only at words that begin as asked finds the same as cutting every word to its root."""
    asked = tuple(map(root, ("price", "prices", "inflation", "μέλος", "s1", "pr")))
    assert roots_in(asked, text) == {one for one in asked if one in set(map(root, tokenize(text)))}
