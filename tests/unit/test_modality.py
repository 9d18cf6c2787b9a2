"""How a statement is put forward is read from its words."""

from __future__ import annotations

import pytest

from bot.claims.modality import classify_modality
from bot.domain import Modality

ALLEGED = [
    "Anvil accused Borealis of copying its model.",
    "The alleged attack used fraudulent accounts.",
    "Orlo reportedly loses a dollar on every sale.",
    "A lawsuit claims that the company hid the defect.",
    "They claimed just 10K qubits were sufficient.",
    "According to the complaint, the manager deleted the files.",
    "The founder is said to have left in March.",
    "He allegedly sold the shares before the news.",
    "Rumors say the plant will close.",
    "Prosecutors say the fund moved the money offshore.",
]
FORECAST = [
    "Supply will stay tight beyond 2027.",
    "Lumen expects revenue to double next year.",
    "The bank is expected to cut rates in June.",
    "They plan to open ten stores by 2029.",
    "We're going to see prices fall, and memory is going to be scarce.",
    "Analysts predict a shortage.",
    "Orlo intends to list its shares in Lisbon.",
    "Tiny models could replace most of these tools.",
    "The company is weighing steep price cuts.",
    "I think inflation will fall below 2 percent.",
    "The factory should reach full capacity by 2029.",
    "The merger is on track to close in May.",
]
OPINION = [
    "I think Rust is a better choice for drivers.",
    "Every team should own its data.",
    "This is the best database on the market.",
    "In my opinion the tariff was a mistake.",
    "The new editor is beautiful.",
    "Frankly, the deal makes no sense.",
    "We need to rewrite the scheduler.",
    "I believe small models are underrated.",
]
ASSERTED = [
    "Lumen raised $30 million in March.",
    "The library has 80,000 stars.",
    "Orlo moved its office to Lisbon last year.",
    "Jobless claims fell to 210,000.",
    "The compiler checks types before it runs the program.",
    "Milena founded the company in 2014.",
    "When you press the button, it will open the door.",
    "We were going to call it Harbor.",
    "The will of the founder was read in court.",
    "Halden cut its revenue forecast on Monday.",
    "Rivals gained 12 percent, which tells you where people think the price is going.",
]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        *((sentence, Modality.ALLEGED) for sentence in ALLEGED),
        *((sentence, Modality.FORECAST) for sentence in FORECAST),
        *((sentence, Modality.OPINION) for sentence in OPINION),
        *((sentence, Modality.ASSERTED) for sentence in ASSERTED),
    ],
)
def test_the_words_tell_how_a_statement_is_put_forward(sentence: str, expected: Modality) -> None:
    """Accusations come before forecasts, forecasts before opinions, and the rest is asserted."""
    assert expected == classify_modality(sentence, 2026)


def test_a_year_is_ahead_only_before_it_has_come() -> None:
    """The same words are a forecast in 2024 and history in 2027."""
    words = "The target of ten plants by 2026 stands."
    assert [classify_modality(words, year) for year in (2024, 2027)] == [Modality.FORECAST, Modality.ASSERTED]
