"""A number is read whole, in whatever spelling, or it has no value."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlp.numbers import find_amounts, find_numbers, parse_number
from bot.nlp.quantities import find_figures
from bot.nlp.sentences import sentence_spans

TEENS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
SCALES = [(10**12, "trillion"), (10**9, "billion"), (10**6, "million"), (10**3, "thousand")]


def spelled(number: int, joint: str, hyphen: str) -> str:
    """Write a whole number in words, with `joint` behind "hundred" and `hyphen` behind the tens."""
    for scale, word in SCALES:
        if number >= scale:
            rest = f" {spelled(number % scale, joint, hyphen)}" if number % scale else ""
            return f"{spelled(number // scale, joint, hyphen)} {word}{rest}"
    if number >= 100:
        rest = f"{joint}{spelled(number % 100, joint, hyphen)}" if number % 100 else ""
        return f"{TEENS[number // 100]} hundred{rest}"
    if number >= 20:
        return TENS[number // 10 - 2] + (f"{hyphen}{TEENS[number % 10]}" if number % 10 else "")
    return TEENS[number]


def lakhs(number: int) -> str:
    """Write a whole number with Indian grouping."""
    head, tail = divmod(number, 1000)
    pairs = re.sub(r"(?<=\d)(?=(?:\d\d)+$)", ",", str(head))
    return f"{pairs},{tail:03}" if head else str(tail)


@given(st.integers(1, 10**15 - 1), st.sampled_from([" ", " and "]), st.sampled_from(["-", " "]))
def test_a_whole_number_in_words_is_worth_what_it_says(number: int, joint: str, hyphen: str) -> None:
    """With or without "and", with a hyphen or without: every group counts."""
    assert number == parse_number(spelled(number, joint, hyphen))


@given(st.integers(1, 10**12))
def test_a_whole_number_in_digits_is_worth_the_same_in_any_grouping(number: int) -> None:
    """Commas by three, Indian commas, narrow spaces, none: one value."""
    written = [str(number), f"{number:,}", lakhs(number), f"{number:,}".replace(",", "\u202f")]
    assert [number] * len(written) == [parse_number(each) for each in written]


@given(st.integers(0, 99), st.lists(st.integers(0, 9), min_size=1, max_size=3), st.sampled_from(SCALES))
def test_a_decimal_is_worth_the_same_however_it_is_written(
    whole: int, decimals: list[int], scale: tuple[int, str]
) -> None:
    """A point that is spoken, a caption that cut the number, a comma for the point: one value."""
    places = "".join(map(str, decimals))
    value = float(f"{whole}.{places}") * scale[0]
    said = f"{spelled(whole, ' ', '-')} point {' '.join(TEENS[each] for each in decimals)} {scale[1]}"
    written = [f"{whole}.{places} {scale[1]}", said]
    written += [f"{whole},{places} {scale[1]}"] if len(places) < 3 else []
    assert [pytest.approx(value)] * len(written) == [parse_number(each) for each in written]
    for cut in (f"$ {whole}. {places} {scale[1]}", f"${whole} .{places} {scale[1]}"):
        assert [(pytest.approx(value), "$")] == [(each.value, each.sign) for each in find_numbers(f"for {cut}")]


@given(st.integers(1, 999), st.sampled_from(["mn", "MM", "m", "M"]), st.sampled_from(["bn", "b", "B"]))
def test_a_suffix_multiplies_as_its_word_does(number: int, million: str, billion: str) -> None:
    """$200MM is 200 million, $1bn a billion."""
    assert [number * 1e6] == [each.value for each in find_numbers(f"${number}{million}")]
    assert [number * 1e9] == [each.value for each in find_numbers(f"${number}{billion}")]


@given(st.integers(2, 8), st.sampled_from(["-", "–", " to ", " or "]), st.sampled_from(["", " million", " hundred"]))
def test_the_start_of_a_range_has_what_is_said_at_its_end(first: int, joint: str, scale: str) -> None:
    """The scale, the sign of money and the unit stand once for both ends."""
    factor = {"": 1, " million": 1e6, " hundred": 100}[scale]
    expected = [(first * factor, "%"), ((first + 1) * factor, "%")]
    assert expected == [(each.value, each.unit) for each in find_figures(f"It is {first}{joint}{first + 1}{scale}%.")]
    money = [(each.value, each.currency) for each in find_figures(f"It is ${first}{joint}{first + 1} million.")]
    assert [(first * 1e6, "USD"), ((first + 1) * 1e6, "USD")] == money


PIECES = [*TEENS[1:], *TENS, "hundred", "thousand", "million", "a", "half", "point", "12", "3.5", "400", "7,5", "1,000"]
GAPS = [" ", "-", " and ", ", ", ". ", "/", ".", ",", " to "]
NUMBER_BEFORE = re.compile(rf"(?:\d[.,/]?|(?<![a-z])(?:{'|'.join([*TEENS[1:], *TENS])})[ -])$")
NUMBER_AFTER = re.compile(rf"[.,/]?\d|[ -](?:{'|'.join([*TEENS[1:], *TENS, 'hundred', 'thousand', 'million'])})\b")


@given(st.lists(st.tuples(st.sampled_from(PIECES), st.sampled_from(GAPS)), min_size=1, max_size=6))
def test_no_figure_begins_or_ends_inside_a_longer_number(parts: list[tuple[str, str]]) -> None:
    """Where a number goes on, in digits or in words, no figure stops."""
    text = f"They sold {''.join(piece + gap for piece, gap in parts)}looms."
    for figure in find_figures(text):
        assert not NUMBER_BEFORE.search(text[: figure.start]), (text, figure.text)
        assert not NUMBER_AFTER.match(text, figure.end), (text, figure.text)


NO_VALUE = [
    "fifty fifty", "nineteen ninety-nine", "twenty twenty", "sixty forty", "nine thirty", "2.4.1", "007",
    "three fifty", "hundreds of millions", "several thousand", "a few hundred million", "fifty-50",
]  # fmt: skip


@pytest.mark.parametrize("text", NO_VALUE)
def test_words_that_make_no_number_have_no_value(text: str) -> None:
    """A share, a year in words, a version, a vague number: none is read in part."""
    assert parse_number(text) is None
    assert find_figures(f"They sold {text} of it.") == ()


WHOLE = [
    ("one point three billion", 1.3e9),
    ("two and a half million", 2.5e6),
    ("half a million", 5e5),
    ("a quarter million", 2.5e5),
    ("a trillion and a half", 1.5e12),
    ("two lakh crore", 2e12),
    ("1,50,000 crore", 1.5e12),
    ("twelve hundred", 1200),
    ("a hundred and ten", 110),
    ("one point oh five", 1.05),
    ("point five million", 5e5),
    ("1.500.000", 1.5e6),
    ("5½", 5.5),
    ("three dozen", 36),
    ("a couple hundred", 200),
]


@pytest.mark.parametrize(("text", "value"), WHOLE)
def test_a_number_is_read_with_all_its_words(text: str, value: float) -> None:
    """Decimals, halves, lakh and crore belong to the number."""
    assert parse_number(text) == pytest.approx(value)


FIGURES = [
    ("It was bought for like $2. 1 billion.", [(2.1e9, "USD")]),
    ("Wages grew by 3. 5 percent.", [(3.5, "%")]),
    ("The state spent ₹1,50,000 crore.", [(1.5e12, "INR")]),
    ("Over 3,5 billion people came.", [(3.5e9, "people")]),
    ("They offered $1.3-1.5B for it.", [(1.3e9, "USD"), (1.5e9, "USD")]),
    ("Rents rose three to five percent.", [(3, "%"), (5, "%")]),
    ("They ask five, six hundred bucks.", [(500, "USD"), (600, "USD")]),
    ("Two dollars and fifty cents is enough.", [(2.5, "USD")]),
    ("Rates stood at minus 0.5 percent.", [(-0.5, "%")]),
    ("The bank cut by fifty basis points.", [(50, "basis points")]),
    ("In 2020 three million looms were sold.", [(3e6, "looms")]),
    ("It has an 8 core chip with 16 GPU sockets.", [(8, "core"), (16, "sockets")]),
    ("They want a hundred or so dollars.", [(100, "USD")]),
]


@pytest.mark.parametrize(("text", "expected"), FIGURES)
def test_a_figure_has_the_unit_of_its_whole_number(text: str, expected: list[tuple[float, str]]) -> None:
    """Broken captions, other groupings, ranges and sums of money are read as they are meant."""
    assert expected == [(pytest.approx(each.value), each.unit) for each in find_figures(text)]


NO_FIGURE = [
    "Theirs is about a dollar and the open ones are 50.",
    "It costs a dollar fifty.",
    "In twenty twenty Halden left.",
    "In two thousand and eight Tarn closed.",
    "They sold fifty fifty of it.",
    "It is a 50-50 call.",
    "The 80/20 rule holds.",
    "An 18-wheeler hit the gate.",
    "He works for 3M in Oslo.",
    "Two Rivers closed its mill.",
    "They want a dozen or two looms.",
    "It is a three of five scheme.",
    "It came out in the 16.3 release.",
]


@pytest.mark.parametrize("text", NO_FIGURE)
def test_a_number_that_measures_nothing_by_itself_is_no_figure(text: str) -> None:
    """Coins after a dollar, years in words, shares, vehicles and names."""
    assert find_figures(text) == ()


def test_a_caption_that_cuts_a_number_ends_no_sentence() -> None:
    """What stands behind the full stop belongs to the number only if a unit or a scale follows."""
    text = (
        "It cost $2. 1 billion. It grew by 3. 5 percent. It began in 2020. 5 million came. It cost $50. 20 people came."
    )
    assert [text[start:end] for start, end in sentence_spans(text)] == [
        "It cost $2. 1 billion.", "It grew by 3. 5 percent.", "It began in 2020.", "5 million came.", "It cost $50.",
        "20 people came.",
    ]  # fmt: skip


def test_an_amount_that_has_no_value_matches_only_its_own_words() -> None:
    """The gate can't weigh "fifty fifty"; it can see that nobody said so."""
    said, same, other = (find_amounts(text)[0] for text in ("sold fifty fifty", "Fifty fifty", "hundreds of millions"))
    assert said.matches(same)
    assert not said.matches(other)


def test_an_amount_of_a_range_is_completed_like_a_figure() -> None:
    """The gate reads "$5 to 10 million" as "$5 million to $10 million"."""
    short, long = (find_amounts(text) for text in ("$5 to 10 million", "$5 million to $10 million"))
    assert [(each.value, each.unit) for each in short] == [(5e6, "$"), (10e6, "$")]
    assert all(one.matches(other) for one, other in zip(short, long, strict=True))
