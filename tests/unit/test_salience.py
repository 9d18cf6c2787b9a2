"""How claims are judged for a brief."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.briefs import salience
from bot.briefs.salience import MAX_PER_CONVERSATION, MEASURES, judge
from bot.domain import PASTED
from tests.claims import claim, origin

NEWS = claim("Halden cut 400 jobs in Oslo after losing $90 million last year.", about=["Halden"])
LEANING = claim("They said that this one would cost about the same.", importance=0.9, needs_context=0.8, turn=4)
CHATTER = claim("I joined the show because my dad loved it, you know.", importance=0.8, needs_context=0.3, turn=9)


def test_the_weights_are_those_of_what_is_measured() -> None:
    """Each measure has its mean, its scale, a weight for each judgement, and what that gains in posts."""
    stored = json.loads((files("bot.briefs") / salience.WEIGHTS_FILE).read_text("utf-8"))
    assert set(stored) == {*MEASURES, "bias"}
    assert all(len(stored[name]) == 6 for name in MEASURES)
    assert len(stored["bias"]) == 4
    assert all(stored[name][1] > 0 for name in MEASURES)


def test_news_is_told_before_what_leans_on_other_words_and_before_chatter() -> None:
    """By itself and beside the others."""
    _, judged = judge([NEWS, LEANING, CHATTER])
    assert judged[NEWS.id].telling > 0.7
    assert max(judged[LEANING.id].telling, judged[CHATTER.id].telling) < 0.3
    assert judged[NEWS.id].score > judged[CHATTER.id].score


def test_a_post_is_judged_as_a_post_beside_talk_too() -> None:
    """The same words are told of a post that would not be of talk, and talk beside it is judged as before."""
    words = "Quillon opened its second plant in Turku."
    post = claim(words, about=["Quillon"], at=replace(origin("Post"), show=PASTED), importance=1.8)
    talk = claim(words, about=["Quillon"], importance=1.8)
    together = judge([post, talk])[1]
    assert together[post.id].telling > together[talk.id].telling
    assert together[talk.id].telling == pytest.approx(judge([talk])[1][talk.id].telling, abs=1e-5)


@given(st.permutations([NEWS, LEANING, CHATTER]))
def test_order_makes_no_difference(claims: list[salience.Claim]) -> None:
    """A claim is judged the same wherever it stands."""
    _, judged = judge(claims)
    _, expected = judge([NEWS, LEANING, CHATTER])
    assert all(judged[each.id].telling == pytest.approx(expected[each.id].telling, abs=1e-5) for each in claims)


@given(st.lists(st.text(max_size=80), max_size=6))
def test_any_words_can_be_judged(texts: list[str]) -> None:
    """Empty, foreign and odd text has a chance, too."""
    for judged in judge([claim(text, turn=turn) for turn, text in enumerate(texts)])[1].values():
        assert 0 <= judged.telling <= 1
        assert 0 <= judged.news <= 1


def test_of_a_long_conversation_the_most_important_claims_are_judged() -> None:
    """Others of it aren't, and a claim that isn't wanted takes no place."""
    long = [claim(f"Halden opened plant {n} in Oslo.", about=["Halden"], turn=n, importance=n / 100) for n in range(60)]
    other = claim("Quillon raised its prices by 12%.", about=["Quillon"], at=origin("Night Desk"))
    assert set(judge([*long, other])[0]) == {*long[-MAX_PER_CONVERSATION:], other}
    assert set(judge([*long, other], {long[3].id})[0]) == {long[3]}
