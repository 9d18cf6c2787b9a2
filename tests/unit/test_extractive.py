"""The gate: what the evidence does not say does not go out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain import Brief, Claim, Figure, Modality, Signal, StatCard, Statement
from bot.verification.extractive import brief_violations, card_violations, violations
from bot.verification.issues import ViolationKind
from tests.claims import TODAY, claim, origin

TRADEMARK = claim("Ferrum Labs filed a trademark for Gigabox, a modular computing hall.", about=["Ferrum Labs"])
ACCUSED = claim(
    "Northgate accused Sablewood of reaching its models nearly 29 million times.",
    modality=Modality.ALLEGED,
    about=["Northgate", "Sablewood"],
    figures=[Figure("29 million", 29e6, "times", magnitude="million", hedge="nearly")],
)
RALLY = claim("Small firms beat the seven giants by 18% over 27 days.", turn=1)
MODEL = claim("A new open model from Liangshan passed the coding test.", turn=2)
RELAYED = claim(
    "Corvane's management predicts that supply stays tight beyond 2033.",
    speaker="Miles Batten",
    claimant="Corvane's management",
    relayers=["Miles Batten"],
    modality=Modality.FORECAST,
    about=["Corvane"],
)


def faults(statement: str, *claims: Claim) -> set[ViolationKind]:
    """Return the sorts of fault found."""
    return {problem.kind for problem in violations(statement, claims)}


def test_a_date_nobody_said_is_stopped() -> None:
    """A date that stands in no cited quote does not go out, not even the episode's own."""
    assert ViolationKind.DATE in faults("Ferrum Labs filed a trademark for Gigabox on June 18, 2024.", TRADEMARK)
    assert ViolationKind.DATE in faults("Ferrum Labs filed a trademark for Gigabox in 2031.", TRADEMARK)
    assert faults("Ferrum Labs filed a trademark for Gigabox.", TRADEMARK) == set()


def test_a_lost_hedge_is_stopped() -> None:
    """An amount that was hedged when it was said keeps a hedge, and an accusation stays one."""
    assert ViolationKind.HEDGE in faults(
        "Northgate accused Sablewood of reaching its models 29 million times.", ACCUSED
    )
    assert ViolationKind.MODALITY in faults("Sablewood reached Northgate's models nearly 29 million times.", ACCUSED)
    assert faults("Northgate accused Sablewood of reaching its models almost 29M times.", ACCUSED) == set()


@pytest.mark.parametrize("hedge", ["about", "nearly", "up to", "more than", "at least", "roughly"])
def test_every_hedge_of_an_amount_is_kept(hedge: str) -> None:
    """Whatever word made an amount uncertain, some such word stands beside it still."""
    said = claim(f"The Torsund ferry carried {hedge} 400 cars.", about=["Torsund"])
    assert ViolationKind.HEDGE in faults("The Torsund ferry carried 400 cars.", said)
    assert faults(f"The Torsund ferry carried {hedge} 400 cars.", said) == set()


def test_a_card_keeps_what_the_figure_was_hedged_with() -> None:
    """The card of an accusation says alleged, and the speaker's own hedge stays on it."""
    assert card_violations(StatCard("Sablewood", "29 million", "nearly", ACCUSED.id), ACCUSED)
    assert card_violations(StatCard("Sablewood", "29 million", "alleged", ACCUSED.id), ACCUSED)
    assert card_violations(StatCard("Sablewood", "29 million", "nearly, alleged", ACCUSED.id), ACCUSED) == []
    assert card_violations(StatCard("Sablewood", "28 million", "nearly, alleged", ACCUSED.id), ACCUSED)
    assert card_violations(StatCard("Sablewood", "29 million", "nearly, alleged", ACCUSED.id), None)


@pytest.mark.parametrize("link", ["and small firms responded by beating", "which led to a rally that beat", "because"])
def test_an_invented_cause_is_stopped(link: str) -> None:
    """Two things that were said are not said to cause one another."""
    invented = f"A new open model from Liangshan passed the coding test, {link} the seven giants by 18% over 27 days."
    assert ViolationKind.CAUSE in faults(invented, MODEL, RALLY)


def test_a_cause_somebody_named_goes_out() -> None:
    """Where the quote itself says why, the sentence may."""
    why = claim("Rents fell because the ferry stopped running.")
    assert faults("Rents fell because the ferry stopped running, Dana Whitfield said on Open Bench.", why) == set()
    assert ViolationKind.CAUSE in faults("The ferry stopped running, which led to strikes.", why)


def test_flattened_hearsay_is_stopped() -> None:
    """Whose claim it is and who passed it on are both shown."""
    assert ViolationKind.HEARSAY in faults(
        "Supply will stay tight beyond 2033, Miles Batten said on Open Bench.", RELAYED
    )
    assert ViolationKind.HEARSAY in faults(
        "Corvane's management predicts that supply stays tight beyond 2033.", RELAYED
    )
    kept = "Corvane's management predicts that supply stays tight beyond 2033, Miles Batten said on Open Bench."
    assert faults(kept, RELAYED) == set()


@pytest.mark.parametrize(
    "counted", ["Told in 5 conversations.", "Three shows told it.", "Told over 4 days.", "From two episodes."]
)
def test_a_count_with_no_proof_is_stopped(counted: str) -> None:
    """A count of shows, conversations or days equals what the cited claims list."""
    assert ViolationKind.COUNT in faults(counted, TRADEMARK, RALLY)


def test_a_count_that_can_be_listed_goes_out() -> None:
    """Two shows over two days are two shows over two days."""
    other = claim("Ferrum Labs filed for Gigabox.", at=origin("Market Hour", days_ago=2))
    assert faults("Two shows told it in two days: Market Hour and Open Bench.", TRADEMARK, other) == set()


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        (
            "Revenue at Halloway Mills rose 54% to $1.3 billion in Q2, Dana Whitfield said on Open Bench.",
            ViolationKind.FIGURE,
        ),
        ("Revenue at Halloway Mills rose 45 points to $1.3 million in Q2.", ViolationKind.FIGURE),
        ("Revenue at Halloway Mills rose 45% to $1.3 billion in Q3.", ViolationKind.DATE),
        ("Revenue at Galloway Mills rose 45% to $1.3 billion in Q2.", ViolationKind.NAME),
        (
            "Revenue at Halloway Mills rose 45% to $1.3 billion in Q2, Dana Whitford said on Open Bench.",
            ViolationKind.SPEAKER,
        ),
        ("Revenue at Halloway Mills rose 45% in Q2, Dana Whitfield said on Night Desk.", ViolationKind.NAME),
        ("Revenue at Halloway Mills never rose 45% in Q2.", ViolationKind.NEGATION),
        ("“Revenue at Halloway Mills rose sharply.”", ViolationKind.QUOTE),
    ],
)
def test_a_changed_word_is_stopped(statement: str, fault: ViolationKind) -> None:
    """One figure, date, name, speaker or word of a quote that differs is enough."""
    said = claim("Revenue at Halloway Mills rose 45% to $1.3 billion in Q2.", about=["Halloway Mills"])
    assert fault in faults(statement, said)


@pytest.mark.parametrize(
    ("shown", "quote"),
    [
        ("Output reached 1.3bn units", "Output reached $1.3 billion units"),
        ("Output rose 2x", "Output doubled"),
        ("Output reached twelve thousand", "Output reached 12,000"),
        ("Output fell 5 percent", "Output fell 5%"),
        ("Output fell by half", "Output halved"),
    ],
)
def test_one_amount_may_be_written_in_many_ways(shown: str, quote: str) -> None:
    """The same value in another notation is the same value."""
    assert faults(f"{shown}.", claim(f"{quote}.")) == set()


def test_a_denial_stays_a_denial() -> None:
    """What is cut may not take the "not" with it."""
    said = claim("Halloway Mills is not profitable in Europe.", about=["Halloway Mills"])
    assert ViolationKind.NEGATION in faults("Halloway Mills is profitable in Europe.", said)


def test_a_forecast_is_not_told_as_a_fact() -> None:
    """What somebody expects has not happened."""
    said = claim("Halloway Mills will close its Lisbon office.", modality=Modality.FORECAST)
    assert ViolationKind.MODALITY in faults("Halloway Mills closed its Lisbon office.", said)


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("The Torsund ferry is not fast, but the crew is used to it.", ViolationKind.NEGATION),
        ("The Torsund ferry is fast because the crew is used to it.", ViolationKind.CAUSE),
        ("The Torsund ferry will carry trucks by then, too.", ViolationKind.HEDGE),
        ("The Torsund ferry burns bech35 fuel on its way north.", ViolationKind.FIGURE),
    ],
)
def test_one_small_word_slipped_into_their_words_is_stopped(statement: str, fault: ViolationKind) -> None:
    """A sentence that follows a claim word for word may not differ in a denial, a cause, a doubt or a number."""
    said = [
        claim("The Torsund ferry is fast, but the crew is used to it.", about=["Torsund"]),
        claim("The Torsund ferry might carry trucks by then, too.", about=["Torsund"]),
        claim("The Torsund ferry burns bech32 fuel on its way north.", about=["Torsund"]),
    ]
    assert any(fault in faults(statement, one) for one in said)
    assert all(faults(one.text, one) == set() for one in said)


def test_a_show_is_named_in_full() -> None:
    """A show whose name begins with the right one's is another show."""
    other = "Ferrum Labs filed a trademark for Gigabox, Dana Whitfield said on Open Bench Weekly."
    assert ViolationKind.SPEAKER in faults(other, TRADEMARK)
    assert faults(other.replace(" Weekly", ""), TRADEMARK) == set()


def test_an_elided_quote_keeps_its_order() -> None:
    """Pieces around an ellipsis stand in the quote in that order."""
    said = claim("We shipped the press in May, over budget, and it works.")
    assert faults("Dana Whitfield said on Open Bench: “We shipped the press in May … and it works.”", said) == set()
    assert ViolationKind.QUOTE in faults("Dana Whitfield said: “It works … we shipped the press in May.”", said)


def test_a_statement_without_evidence_is_stopped() -> None:
    """Nothing stands on nothing."""
    assert faults("All is well.") == {ViolationKind.NO_EVIDENCE}


def test_a_whole_brief_is_checked() -> None:
    """A fault anywhere in a brief is found: in a card, in a signal, in a line that cites nothing known."""
    kept = Statement("Northgate accused Sablewood, Dana Whitfield said on Open Bench.", (ACCUSED.id,))
    signal = Signal("k", "Northgate accuses Sablewood", (kept,), Statement(""), Statement(""), (ACCUSED,))
    brief = Brief("", TODAY, headline=signal.headline, signals=(signal,))
    assert brief_violations(brief) == []
    assert brief_violations(replace(brief, headline="Sablewood steals 31 million answers"))
    assert brief_violations(replace(brief, cards=(StatCard("Sablewood", "29 million", "nearly", ACCUSED.id),)))
    assert brief_violations(replace(brief, closing=Statement("Northgate accused Sablewood.", ("nowhere",))))
    assert brief_violations(replace(brief, signals=(replace(signal, headline="Sablewood pays Halloway"),)))
