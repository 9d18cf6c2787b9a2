"""Figures measure something; numbers in names, dates and lists do not."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlp.quantities import find_figures

READ = [
    ("The crawler made nearly 29 million requests.", [(29e6, "requests")]),
    ("Output per engineer doubled year over year.", [(2, "x")]),
    ("Lumen raised $1.3B.", [(1.3e9, "USD")]),
    ("Some 46 states joined the suit.", [(46, "states")]),
    ("About 98% of the parcels arrive on time.", [(98, "%")]),
    ("It runs 7x faster than the old engine.", [(7, "x")]),
    ("They reached 10x revenue.", [(10, "x")]),
    ("The town spent half a billion dollars on the bridge.", [(5e8, "USD")]),
    ("The climb back took 25 years and 8 months.", [(25.667, "years")]),
    ("Seats are capped at $1,500 a month.", [(1500, "USD")]),
    ("Revenue went from $9 billion to $47 billion.", [(9e9, "USD"), (47e9, "USD")]),
    ("Prices rose two and a half percent.", [(2.5, "%")]),
    ("The plant delivers 7 GW.", [(7, "GW")]),
    ("Only 1.6% of the code talks to the model.", [(1.6, "%")]),
    ("A third of the fleet is electric.", [(1 / 3, "")]),
    ("Two-thirds of voters agreed.", [(2 / 3, "")]),
    ("Its sales tripled.", [(3, "x")]),
    ("Losses were nearly 8 times higher.", [(8, "x")]),
    ("They issued 3.7 billion cards.", [(3.7e9, "cards")]),
    ("It works in 210+ countries.", [(210, "countries")]),
    ("Margins fell by 10 to 15 percent.", [(10, "%"), (15, "%")]),
    ("Expect between 20 and 30 percent.", [(20, "%"), (30, "%")]),
    ("They want $5 to $10 million.", [(5e6, "USD"), (10e6, "USD")]),
    ("The Committee raised the rate by ¼ percentage point.", [(0.25, "percentage point")]),
    ("Growth ran at a 5½ percent pace.", [(5.5, "%")]),
    ("We employ thirty-five people.", [(35, "people")]),
    ("One hundred and twenty villages lost power.", [(120, "villages")]),
    ("Rates went up 25 basis points.", [(25, "basis points")]),
    ("One in five households rents.", [(0.2, "")]),
    ("The startup paid €3.5bn for it.", [(3.5e9, "EUR")]),
    ("She trained a model with 744 billion parameters.", [(744e9, "parameters")]),
    ("A tenfold rise followed.", [(10, "x")]),
    ("It took a couple hundred hours.", [(200, "hours")]),
    ("They needed 10K physical qubits.", [(10_000, "qubits")]),
    ("A trillion and a half dollars arrived.", [(1.5e12, "USD")]),
    ("The battery holds 90kWh.", [(90, "kWh")]),
    ("The company hired 1,200 full-time equivalent agents.", [(1200, "agents")]),
    ("A box costs 19 cents.", [(0.19, "USD")]),
    ("Rent is up 12 per cent.", [(12, "%")]),
]

NO_FIGURE = [
    "GPT-5.5 and Llama 3 were compared.",
    "The S&P 493 beat the Magnificent Seven.",
    "Her iPhone 15 broke.",
    "He moved his 401k.",
    "COVID-19 and Web3 changed Orlo.",
    "They ported it to Python 3.12.",
    "Section 230 protects platforms.",
    "Call 555-010-4477 now.",
    "Version 2.4.1 fixes it.",
    "The meeting is at 8:30.",
    "Doors open at 10 AM.",
    "1. Open the lid",
    "They are number one in Lisbon.",
    "It was one of the best.",
    "The firm was founded in 2014.",
    "On March 31 they signed.",
    "There are two things to say.",
    "I'm 100% sure about that.",
    "A Boeing 737 landed.",
    "In Q1 they paused hiring.",
    "The 10-year yield moved.",
    "BIP 119 was proposed.",
    "They filed a 13F.",
    "It opened two weeks ago.",
]

HEDGED = [
    ("nearly 29 million times", "nearly"),
    ("about 40 percent", "about"),
    ("more than 300 sites", "more than"),
    ("up to $80 billion", "up to"),
    ("upward of 65%", "upward of"),
    ("an estimated 12,000 people", "an estimated"),
    ("at least 60 countries", "at least"),
    ("some 46 states", "some"),
    ("210+ countries", "+"),
    ("40 boats or so", ""),
]

PERIODS = [
    ("Seats cost $1,500 a month.", "a month"),
    ("Code per developer doubled year over year.", "year over year"),
    ("The index gained 18% over the last 27 days.", "over the last 27 days"),
    ("They posted Q1 2026 revenue of $4.69 billion.", "Q1 2026"),
    ("Supply grows 20% by 2027.", "by 2027"),
    ("Sales fell 60% last year.", "last year"),
    ("The bill jumped 700% in a single day.", "in a single day"),
    ("In 2024, Lumen lost $5.09 billion.", "In 2024"),
]


@pytest.mark.parametrize(("quote", "expected"), READ)
def test_a_measured_number_is_read_with_its_value_and_unit(quote: str, expected: list[tuple[float, str]]) -> None:
    """Digits, words, fractions, factors and money become values with their magnitude applied."""
    found = [(pytest.approx(figure.value, rel=1e-3), figure.unit) for figure in find_figures(quote)]
    assert expected == found


@pytest.mark.parametrize("quote", NO_FIGURE)
def test_a_number_in_a_name_a_date_or_a_list_is_no_figure(quote: str) -> None:
    """Models, indexes, sections, versions, times of day and dates measure nothing."""
    assert find_figures(quote) == ()


@pytest.mark.parametrize(("quote", "hedge"), HEDGED)
def test_the_hedge_is_the_speakers_own_word(quote: str, hedge: str) -> None:
    """What softens a number stays with it."""
    assert [figure.hedge for figure in find_figures(quote)][:1] == [hedge] or (
        not hedge and find_figures(quote)[0].hedge == "or so"
    )


@pytest.mark.parametrize(("quote", "period"), PERIODS)
def test_the_period_is_the_time_the_figure_holds_for(quote: str, period: str) -> None:
    """A year or a month is a period of a figure, never a figure."""
    assert [(period, quote.startswith("x"))] == [(figure.period, False) for figure in find_figures(quote)]


@given(
    st.text(max_size=200)
    | st.lists(st.sampled_from("the 5 $3 million 2, % x half a 10 to 15 and of -1/2 k".split())).map(" ".join)
)
def test_a_figure_is_a_span_of_the_quote_whatever_the_text(quote: str) -> None:
    """`text` is the substring from `start` to `end`, in order and without overlap."""
    found = find_figures(quote)
    assert [quote[figure.start : figure.end] for figure in found] == [figure.text for figure in found]
    assert all(one.end <= two.start for one, two in pairwise(found))
