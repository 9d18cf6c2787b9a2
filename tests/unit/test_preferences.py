"""What a channel wants more or less of."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.briefs.preferences import arrange_signals
from bot.domain import Brief, Decision, EntityKind, Explanation, Mention, Signal, Stage, Statement
from bot.views.explanation import explanation_view
from tests.claims import TODAY, origin

NAMES = ("Oster", "Palmgren", "Quist", "Rask", "Sund")


def signal(name: str) -> Signal:
    """Make a signal about a company."""
    nothing = Statement("")
    return Signal(name.lower(), f"{name} sold a mill", (), nothing, nothing, (), Mention(name, EntityKind.COMPANY))


BRIEF = Brief(
    "",
    TODAY,
    "Oster sold a mill",
    Statement("It was its last.", ("c1",)),
    signals=tuple(map(signal, NAMES)),
    statements=7,
)


def order(brief: Brief) -> list[str]:
    """Return the names of a brief's stories in order."""
    return [one.entity.name for one in brief.signals if one.entity]


def test_more_moves_a_story_up_and_less_moves_it_down() -> None:
    """What leads gives the brief its headline; what led up to another story is gone, and isn't counted."""
    arranged = arrange_signals(BRIEF, {"Sund": 2, "Oster": -1})
    assert order(arranged) == ["Sund", "Palmgren", "Quist", "Oster", "Rask"]
    assert (arranged.headline, arranged.dek.text, arranged.statements) == ("Sund sold a mill", "", 6)


def test_what_only_moves_below_the_lead_changes_nothing_else() -> None:
    """The headline and the line below it stay."""
    arranged = arrange_signals(BRIEF, {"Quist": -1})
    assert order(arranged) == ["Oster", "Palmgren", "Rask", "Sund", "Quist"]
    assert replace(arranged, signals=BRIEF.signals) == BRIEF


@given(st.dictionaries(st.sampled_from((*NAMES, "Tarn")), st.integers(-9, 9)))
def test_no_story_is_lost(wanted: dict[str, int]) -> None:
    """Whatever is wanted, the brief has the same stories; taking it all back is the brief as it was."""
    assert sorted(order(arrange_signals(BRIEF, wanted))) == sorted(NAMES)
    assert arrange_signals(BRIEF, dict.fromkeys(wanted, 0)) == BRIEF


def test_why_says_what_is_wanted_here() -> None:
    """Only where somebody pressed a button."""
    explained = Explanation(
        "Oster sold a mill.", "Dana Whitfield", origin(), Decision("c1", Stage.PUBLISHED, "It leads.")
    )
    asked = {"Sund": 1, "Rask": 2, "Oster": -1, "Quist": 0}
    told = " ".join(map(str, explanation_view([explained], TODAY, asked).groups))
    assert "Rask and Sund stand higher" in told
    assert "Oster stand lower" in told
    assert "Quist" not in told
    assert "stand" not in " ".join(map(str, explanation_view([explained], TODAY).groups))
