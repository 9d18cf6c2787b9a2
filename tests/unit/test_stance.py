"""Claims for and against a statement: careful rather than complete."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.analysts.rules import RuleAnalyst
from bot.domain import Claim, StanceReport
from bot.nlp.quantities import find_figures
from bot.qa.stance import classify_stances
from tests.claims import claim

WINTER = "The wet winter kept most crews of the northern fjords in their harbours"


def said(words: str, *about: str) -> Claim:
    """Make a claim with the figures that stand in it."""
    return claim(words, about=about, figures=find_figures(words))


def side(statement: str, words: str, *about: str) -> str:
    """Return on which side of a statement a claim stands."""
    weighed = classify_stances(statement, [said(words, *about)])
    sides = {"for": weighed.supporting, "against": weighed.opposing, "near": weighed.related}
    return next((name for name, claims in sides.items() if claims), "")


@pytest.mark.parametrize(
    ("statement", "words", "about"),
    [
        ("Norvik closed its plant in Tromso.", "Norvik closed the plant in Tromso last spring.", "Norvik"),
        ("Norvik never closed its plant in Tromso.", "Norvik has never closed the plant in Tromso.", "Norvik"),
        (
            "Norvik sells 40 percent of the frozen herring.",
            "Norvik sells about 41 percent of frozen herring.",
            "Norvik",
        ),
        (
            "Herring landings rose 30 percent.",
            f"{WINTER}, so herring landings rose 30 percent, with few boats left outside.",
            "",
        ),
        ("Ferries are loud.", "Ferries are really loud.", ""),
    ],
)
def test_the_same_told_again_is_for(statement: str, words: str, about: str) -> None:
    """The same thing in the same direction, with the same numbers, also as a clause of a longer sentence."""
    assert side(statement, words, *filter(None, [about])) == "for"


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("Norvik closed its plant in Tromso.", "Norvik has not closed the plant in Tromso."),
        ("Prices of frozen herring rose in Norvik's markets.", "Norvik says prices of frozen herring fell."),
        ("Norvik's herring landings rose 30 percent.", "Norvik's herring landings fell 30 percent."),
        ("Norvik sells 40 percent of the frozen herring.", "Norvik sells 25 percent of the world's frozen herring."),
        ("Norvik freezers are not loud machines.", "Norvik freezers are loud machines, no idea why."),
        ("Norvik's freezer runs for 300 hours.", "The Norvik freezer ran for 120 hours, on average."),
    ],
)
def test_a_denial_the_other_direction_or_another_number_is_against(statement: str, words: str) -> None:
    """Only where both speak of the same thing."""
    assert side(statement, words, "Norvik") == "against"


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("Norvik will close its plant in Tromso.", "Will Norvik close its plant in Tromso?"),
        ("Norvik closed its plant in Tromso.", "If Norvik closed its plant in Tromso, we would all notice."),
        ("Norvik closed its plant in Tromso.", "It is not true that Norvik closed its plant in Tromso."),
        ("Norvik closed its plant in Tromso.", "They exaggerate that Norvik closed its plant in Tromso."),
        ("Norvik closed its plant in Tromso.", "Ostrand closed its plant in Tromso."),
        ("In 2029 Norvik sold 40 percent of the frozen herring.", "In 2024 Norvik sold 25 percent of frozen herring."),
        ("Norvik sells much frozen herring.", "Norvik will sell much frozen herring by 2040."),
        ("Norvik's herring stocks remain above the target.", "Norvik's herring stocks remain below the target."),
        ("If Norvik closed its plant in Tromso, we would all notice.", "Norvik closed its plant in Tromso."),
        ("Norvik's May Report counts herring.", "Norvik's June Report counts herring."),
        ("Norvik sells herring in Tromso.", "Norvik won't sell machines, because it sells herring in Tromso."),
        ("Norvik is the largest seller of herring.", "Norvik was the largest seller of herring a year ago."),
        ("Norvik sells 40 percent of the frozen herring.", "Norvik sells plenty of frozen herring."),
        ("Norvik sells over 20 tons of herring.", "Norvik sells 29 tons of herring."),
        ("Norvik sells 40 tons of herring.", "Norvik used to sell 25 tons of herring."),
        ("Norvik sells about 40 tons of herring.", "Norvik sells 35 tons of herring."),
        ("Freezers are not loud.", "Freezers are really loud, but nobody knows how loud other ones are."),
    ],
)
def test_what_is_not_surely_for_or_against_is_only_near(statement: str, words: str) -> None:
    """Questions, suppositions, other names, other years, bounds, numbers that moved: never on a side."""
    assert side(statement, words, *(name for name in ("Norvik", "Ostrand") if name in words)) == "near"


@pytest.mark.parametrize("statement", ["Bananas are full of potassium.", "", "Norvik.", "????", "🙂"])
def test_what_shares_too_little_is_left_out(statement: str) -> None:
    """Search proposes the nearest of what there is, however far that is."""
    assert side(statement, "Norvik closed the plant in Tromso last spring.", "Norvik") == ""


def test_a_claim_for_one_sentence_and_against_another_is_near() -> None:
    """A statement of several sentences has no single answer then."""
    statement = "Norvik closed its plant in Tromso. Norvik never closed its plant in Tromso."
    assert side(statement, "Norvik closed the plant in Tromso last spring.", "Norvik") == "near"


def test_each_side_keeps_the_order_of_the_search() -> None:
    """The nearest claim comes first."""
    told = [said(f"Norvik closed the plant in Tromso {when}.", "Norvik") for when in ("in May", "today", "again")]
    assert classify_stances("Norvik closed its plant in Tromso.", told[::-1]).supporting == tuple(told[::-1])


@given(st.text(max_size=300))
def test_any_text_can_be_weighed(statement: str) -> None:
    """Every claim stands on one side at most, whatever was pasted."""
    told = said("Norvik sells 25 percent of the world's frozen herring.", "Norvik")
    weighed = classify_stances(statement, [told])
    assert len(weighed.supporting) + len(weighed.opposing) + len(weighed.related) <= 1


async def test_the_analyst_weighs_off_the_event_loop() -> None:
    """Without claims there is nothing on any side."""
    assert await RuleAnalyst().classify_stances("Norvik closed its plant.", []) == StanceReport(
        "Norvik closed its plant."
    )
