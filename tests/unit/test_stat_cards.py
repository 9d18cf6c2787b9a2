"""What a card says that its figure measures."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.briefs.stat_cards import label_figure
from bot.domain import Claim, Figure, Mention
from tests.claims import claim


def said(words: str, figure: str, unit: str, *about: str) -> Claim:
    """Make a claim with one figure, placed as a reading places it."""
    made = claim(words, about=about, figures=[Figure(figure, 1.0, unit)])
    start = words.rindex(figure)
    return replace(made, figures=(Figure(figure, 1.0, unit, start=start, end=start + len(figure)),))


@pytest.mark.parametrize(
    ("words", "figure", "about", "wanted"),
    [
        (
            "Ferrum's Torsund plant makes about 14 percent of the world's cast iron.",
            "14 percent",
            ("Ferrum", "Torsund"),
            "Ferrum's Torsund plant: share of the world's cast iron",
        ),
        ("Halloway's market cap is $273 billion.", "$273 billion", ("Halloway",), "Halloway's market cap"),
        (
            "Kestrel is seeking to raise a record $80 billion in its listing.",
            "$80 billion",
            ("Kestrel",),
            "Kestrel raise in listing",
        ),
        ("Porter 2 fell from 61 percent to 52 percent.", "52 percent", ("Porter 2",), "Porter 2, from 61 percent"),
    ],
)
def test_a_label_is_a_noun_phrase(words: str, figure: str, about: tuple[str, ...], wanted: str) -> None:
    """It names whose figure it is and what it counts; of two values the new one is shown beside the old."""
    made = said(words, figure, "%" if "percent" in figure else "", *about)
    assert label_figure(made, made.figures[0]) == wanted


@pytest.mark.parametrize(
    ("words", "figure"),
    [
        ("They said that 40 percent of it was gone.", "40 percent"),
        ("Output went down to 5 tons, instead of 9 tons.", "9 tons"),
    ],
)
def test_what_cannot_be_named_has_no_label(words: str, figure: str) -> None:
    """A sentence without a plain subject, or a value gone by, makes no card rather than a cut sentence."""
    made = said(words, figure, "%", "Kestrel")
    assert not label_figure(made, made.figures[0])


def test_a_name_in_the_label_is_one_of_the_claim() -> None:
    """Nothing in a label comes from outside the quote."""
    made = said("Kestrel Rail gained about $2 billion in new deposits.", "$2 billion", "", "Kestrel Rail")
    words = label_figure(made, made.figures[0])
    assert words == "Kestrel Rail gain in deposits"
    assert Mention("Kestrel Rail", made.entities[0].kind) in made.entities
