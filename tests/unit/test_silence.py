"""Why an episode gave no claims, and what people read of that."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from bot.claims.extractor import extract_claims
from bot.claims.silence import why_silent
from bot.domain import Conversation, Turn
from bot.domain.feed import ConversationSource, Feed, Silence, TextKind
from bot.views.sources import episodes_view
from tests.conftest import NOON
from tests.pages import words

CHAT = "Well, good morning to you all, and welcome back to the quay, my friends."
ADVERT = (
    "This episode is brought to you by Tarnbox. Tarnbox keeps your team in one place. "
    "Go to tarnbox.com slash harbour and use code HARBOUR for ten percent off your first order."
)
FEED = Feed("f1", "slack:T1", "U1", "https://a.test/feed", NOON, NOON, title="Harbour Talk")
EPISODE = ConversationSource("f1", "https://a.test/1", "One", dt.date(2031, 6, 1), TextKind.TRANSCRIPT, "", None, "c1")


@pytest.mark.parametrize(
    ("lines", "lang", "silence"),
    [
        ([CHAT] * 8, "en", Silence.NOTHING),
        ([CHAT], "en", Silence.SHORT),
        ([ADVERT] * 4, "en", Silence.ADVERTS),
        (["Der Hafen war am Abend sehr ruhig."] * 20, "de", Silence.LANGUAGE),
    ],
)
def test_why_nothing_is_claimed(lines: list[str], lang: str, silence: Silence) -> None:
    """By what a conversation that really gives no claims is made of."""
    turns = tuple(Turn(line, "Dana Whitfield") for line in lines)
    talk = Conversation("c1", "Harbour Talk", "One", dt.date(2031, 6, 1), turns, lang=lang)
    assert extract_claims(talk).claims == ()
    assert why_silent(talk) is silence


@pytest.mark.parametrize("silence", list(Silence))
def test_every_silence_has_words_and_says_what_helps(silence: Silence) -> None:
    """In the entry and below the list, where it stands once."""
    other = replace(EPISODE, title="Two", conversation="c2")
    page = words(episodes_view(FEED, [EPISODE, other], "UTC", {"c1": silence, "c2": silence}))
    assert page.count("its transcript was read · no claims, as ") == 2
    told = words(episodes_view(FEED, [EPISODE], "UTC", {"c1": silence}))
    assert len(told) > len(words(episodes_view(FEED, [EPISODE], "UTC")))


@pytest.mark.parametrize(
    ("reason", "advice"),
    [
        ("no transcript is offered; there is no text at all", "OVERHEARD_MODEL_TRANSCRIBE"),
        ("the transcript at https://a.test/1.vtt could not be read: it answers with 404", "as soon as its entry"),
        ("it could not be read; the log has the details", "as soon as its entry"),
    ],
)
def test_what_could_not_be_read_says_what_helps(reason: str, advice: str) -> None:
    """Another text, or another try; what waits to be read needs nothing."""
    unread = replace(EPISODE, kind=None, reason=reason)
    page = words(episodes_view(FEED, [unread], "UTC"))
    assert f"nothing was read: {reason}" in page
    assert advice in page
    assert "What " not in words(episodes_view(FEED, [replace(EPISODE, kind=None)], "UTC"))


def test_how_many_claims_an_episode_gave_is_told() -> None:
    """Then nothing else is to be said."""
    page = words(episodes_view(FEED, [replace(EPISODE, claims=3)], "UTC"))
    assert "its transcript was read · 3 claims" in page
    assert "What " not in page
