"""What a card says that its figure measures."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.briefs.stat_cards import label_figure
from bot.domain import Claim, Figure
from tests.claims import claim


def said(words: str, figure: str, unit: str, *about: str) -> Claim:
    """Make a claim with one figure, placed as a reading places it."""
    start = words.index(figure)
    currency = unit if unit == "USD" else ""
    measured = Figure(figure, 1.0, unit, currency=currency, start=start, end=start + len(figure))
    return replace(claim(words, about=about), figures=(measured,))


@pytest.mark.parametrize(
    ("words", "figure", "unit", "wanted"),
    [
        ("Halden's market cap is $273 billion.", "$273 billion", "USD", "Halden's market cap"),
        ("In March Halden raised $80 million for its plant.", "$80 million", "USD", ""),
        ("In March, Halden raised $80 million for its plant.", "$80 million", "USD", "Halden's raise, in March"),
        ("Halden lost $4 million in 2030.", "$4 million", "USD", "Halden's loss, in 2030"),
        ("The unemployment rate was 3.5 percent in February.", "3.5 percent", "%", "Unemployment rate, in February"),
        ("Over the past year, rents rose 6 percent.", "6 percent", "%", ""),
        ("Over the past year, rental prices rose 6 percent.", "6 percent", "%", "Rental prices, up over the past year"),
        ("Halden's output fell by 12 percent.", "12 percent", "%", "Halden's output, down"),
        ("Halden's share of the market rose to 52 percent.", "52 percent", "%", "Halden's share of the market"),
        (
            "Halden cut its forecast from $6 billion to $5 billion.",
            "$5 billion",
            "USD",
            "Halden's forecast, from $6 billion",
        ),
        ("Halden's sales fell from 61 percent to 52 percent.", "52 percent", "%", "Halden's sales, from 61 percent"),
        ("Halden's plant makes up 9 percent.", "9 percent", "%", ""),
        (
            "Halden's plant is 14 percent of the iron trade.",
            "14 percent",
            "%",
            "Halden's plant: share of the iron trade",
        ),
    ],
)
def test_a_label_says_what_a_plain_sentence_measures(words: str, figure: str, unit: str, wanted: str) -> None:
    """Of whom, whether it went up or down, and when; a subject that names nothing makes none."""
    made = said(words, figure, unit, "Halden")
    assert label_figure(made, made.figures[0]) == wanted


@pytest.mark.parametrize(
    ("words", "figure", "unit"),
    [
        ("They said that 40 percent of it was gone.", "40 percent", "%"),
        ("If Halden falls 80 percent, I buy.", "80 percent", "%"),
        ("Halden's sales dropped by 20-25%.", "25%", "%"),
        ("Halden's margin is 80%, 90% at best.", "80%", "%"),
        ("While Halden's margin is 80 percent, its sales fell.", "80 percent", "%"),
        ("Halden's sales rose from 5 percent to 9 percent.", "5 percent", "%"),
        ("Its sales rose 9 percent at Halden.", "9 percent", "%"),
        ("I think Halden's sales would be $9 million.", "$9 million", "USD"),
        ("Halden's sales were not $9 million.", "$9 million", "USD"),
        ("Halden ran for 140 hours.", "140 hours", "hours"),
        ("Halden opened 12 stores.", "12 stores", "stores"),
    ],
)
def test_what_is_not_plain_has_no_label(words: str, figure: str, unit: str) -> None:
    """A condition, a range, a pronoun, a view, a negation, an earlier value or a mere count makes no card."""
    made = said(words, figure, unit, "Halden")
    assert not label_figure(made, made.figures[0])
