"""How a statement is put forward is read from its words."""

from __future__ import annotations

import datetime as dt

import pytest

from bot.domain import Modality, Origin
from bot.nlp.annotate import annotate_lines

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


DENIED = [
    "It is simply not true that Orlo sold the data.",
    "No, we have no plans to leave Lisbon.",
    "The rumor that the plant will close is wrong.",
    "That doesn't mean the market has collapsed.",
    "The minister denied that he had met the lobbyist.",
]
LEAST_RIGHT = 0.6
"""The share of each kind that has to be right: heads that learn from readers are not always of one mind with us."""
ORIGIN = Origin("t:1", "Harbor Talk", "Harbor Talk 1", dt.date(2026, 6, 20))


@pytest.mark.parametrize(
    ("sentences", "expected"),
    [
        (ALLEGED, Modality.ALLEGED),
        (FORECAST, Modality.FORECAST),
        (OPINION, Modality.OPINION),
        (ASSERTED, Modality.ASSERTED),
        (DENIED, Modality.DENIED),
    ],
)
def test_the_words_tell_how_a_statement_is_put_forward(sentences: list[str], expected: Modality) -> None:
    """Most of each kind are seen for what they are."""
    found = [annotate_lines([sentence], ORIGIN)[0].scores.modality for sentence in sentences]
    assert found.count(expected) >= LEAST_RIGHT * len(sentences), found
