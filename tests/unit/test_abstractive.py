"""The gate for a model's own words: what may be said otherwise, and what may not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.analysts.llm.prompts import load_prompts
from bot.domain import Modality
from bot.nlp.numbers import find_amounts
from bot.verification.abstractive import MAX_CHARS, violations
from bot.verification.arithmetic import is_derivable
from bot.verification.issues import ViolationKind
from tests.claims import claim, origin

LOOMS = claim("In the third quarter of 2030 Corvane booked orders for about 40,000 looms, up from 32,000.")
PRICES = claim("Halloway Mills raised its prices by 12% because the fire at Torsund burned its stocks.")
PLANT = claim("Northgate may close its plant at Orkdal, which makes 900 dollars a minute.", speaker="Ravi Anand")
SUED = claim(
    "Sablewood allegedly copied 29 million pages of Northgate.", modality=Modality.ALLEGED, speaker="Lena Ortiz"
)
NOT = claim("Corvane will not sell its mill, I think, before its rivals do.", modality=Modality.FORECAST)


@pytest.mark.parametrize(
    ("said", "stands_on"),
    [
        ("Orders for roughly 40,000 looms reached Corvane in Q3 2030, Dana Whitfield said.", LOOMS),
        ("Corvane's orders, about 40 thousand looms, were up from 32,000.", LOOMS),
        ("Prices at Halloway Mills went up 12 percent as a result of the fire at Torsund.", PRICES),
        ("The plant at Orkdal might be closed by Northgate, according to Ravi Anand.", PLANT),
        ("Sablewood is accused of copying 29M pages of Northgate.", SUED),
        ("Dana Whitfield expects Corvane not to sell its mill before its rivals.", NOT),
        ("Together, these orders come to 72,000 looms for Corvane, of which about 40,000 are new.", LOOMS),
    ],
)
def test_the_same_in_other_words_goes_through(said: str, stands_on: object) -> None:
    """Another notation, another order, another word of the same strength, and what follows by named arithmetic."""
    assert violations(said, [stands_on]) == []


@pytest.mark.parametrize(
    ("said", "stands_on", "fault"),
    [
        ("Orders for roughly 41,000 looms reached Corvane in Q3 2030.", LOOMS, ViolationKind.FIGURE),
        ("Orders for roughly 40 million looms reached Corvane.", LOOMS, ViolationKind.FIGURE),
        ("Orders for exactly 40,000 looms reached Corvane.", LOOMS, ViolationKind.HEDGE),
        ("Orders for 40,000 looms reached Corvane.", LOOMS, ViolationKind.HEDGE),
        ("Orders for roughly 40,000 looms reached Corvane in Q2 2030.", LOOMS, ViolationKind.DATE),
        ("Orders for roughly 40,000 looms reached Corvane in Q3 2031.", LOOMS, ViolationKind.DATE),
        ("Orders for roughly 40,000 looms reached Sablewood.", LOOMS, ViolationKind.NAME),
        ("Orders for about 40,000 looms reached Corvane, down from 32,000.", LOOMS, ViolationKind.FIGURE),
        ("Orders for about 40,000 looms reached Corvane, Ravi Anand said.", LOOMS, ViolationKind.NAME),
        ("Prices at Halloway Mills went up 12 percent, which led to the fire at Torsund.", PRICES, ViolationKind.CAUSE),
        ("Orders for about 40,000 looms reached Corvane, which drove it up from 32,000.", LOOMS, ViolationKind.CAUSE),
        ("The plant at Orkdal will be closed by Northgate.", PLANT, ViolationKind.HEDGE),
        ("The plant at Orkdal may be closed by Northgate; it makes 900 euros a minute.", PLANT, ViolationKind.FIGURE),
        ("Sablewood copied 29 million pages of Northgate.", SUED, ViolationKind.MODALITY),
        ("Dana Whitfield expects Corvane to sell its mill before its rivals.", NOT, ViolationKind.NEGATION),
        ("About 40,000 looms: see corvane-looms.com for the orders of Corvane.", LOOMS, ViolationKind.LINK_OR_MARKUP),
        ("<!channel> Corvane booked orders for about 40,000 looms.", LOOMS, ViolationKind.LINK_OR_MARKUP),
        ("Bishops everywhere dislike marmalade on Fridays, says Corvane.", LOOMS, ViolationKind.UNSUPPORTED),
    ],
)
def test_anything_else_is_refused_with_the_reason(said: str, stands_on: object, fault: ViolationKind) -> None:
    """Figures, dates, names, speakers, directions, hedges, doubts, denials, causes, addresses, and words of nobody."""
    assert fault in {problem.kind for problem in violations(said, [stands_on])}


def test_without_evidence_nothing_is_said() -> None:
    """Nor at great length."""
    assert violations("Prices rose.", [])[0].kind is ViolationKind.NO_EVIDENCE
    assert violations("looms " * MAX_CHARS, [LOOMS])
    assert violations("…", [LOOMS])


def test_no_sentence_repeats_the_prompt() -> None:
    """Six words in a row are no accident."""
    rules = load_prompts().signal.system
    words = " ".join(rules.split()[:14])
    problems = violations(f"Corvane booked about 40,000 looms. {words}", [LOOMS], prompt=rules)
    assert ViolationKind.PROMPT_ECHO in {problem.kind for problem in problems}


def test_derived_wording_may_use_more_words_but_no_figure_or_name() -> None:
    """A "why it matters" is marked as ours."""
    ours = "If the orders for looms hold, Corvane has work for years to come."
    assert violations(ours, [LOOMS], is_derived=True) == []
    assert violations("If the orders for looms hold, Corvane has work for 7 years.", [LOOMS], is_derived=True)
    assert violations("If the orders for looms hold, Quillon has work for years.", [LOOMS], is_derived=True)


def test_a_name_of_a_show_is_one_only_as_a_whole() -> None:
    """A show may be called after its host, who need not have said it."""
    said = claim("Corvane booked orders for about 40,000 looms.", at=origin("Stefan Riva Hour"))
    assert violations("Stefan Riva reports that about 40,000 looms were ordered from Corvane.", [said])
    assert not violations("On Stefan Riva Hour, about 40,000 looms were said to be ordered from Corvane.", [said])


@given(st.integers(3_000, 9_999), st.integers(20_000, 99_999))
def test_only_arithmetic_that_is_named_makes_a_figure(one: int, other: int) -> None:
    """A sum is one where the sentence says together, a difference where it says gap; any other figure is none."""
    known = find_amounts(f"{one} looms, {other} mills")
    total, gap = find_amounts(f"{one + other} of them"), find_amounts(f"{other - one} of them")
    assert all(is_derivable(amount, known, "together") for amount in total)
    assert all(is_derivable(amount, known, "a gap of") for amount in gap)
    assert not any(is_derivable(amount, known, "of them") for amount in (*total, *gap))


def test_derived_wording_keeps_a_figure_as_inexact_as_it_was() -> None:
    """A figure is no more exact for standing in a sentence of ours."""
    assert violations("If 40,000 looms are built, Corvane has work for years.", [LOOMS], is_derived=True)
    assert violations("If about 40,000 looms are built, Corvane has work for years.", [LOOMS], is_derived=True) == []
