"""Words that the views share."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from bot.chat.text import unstyled
from bot.domain import Claim, LeadIn, Modality
from bot.views.wording import claim_byline, deep_link, format_local_time, join_names, pluralise, quoted_words, timecode
from tests.snapshots.content import COPIED, LEDGER, PRICE, QUEUE, SOLD_OUT


def test_moments_are_told_in_the_persons_own_zone() -> None:
    """An instant reads as the clock on the wall, with its zone."""
    assert (
        format_local_time(dt.datetime(2026, 11, 23, 7, tzinfo=dt.UTC), "Europe/Berlin")
        == "Mon 23 Nov, 08:00 Europe/Berlin"
    )


@pytest.mark.parametrize(("seconds", "shown"), [(0, "0:00:00"), (752.9, "0:12:32"), (36_000, "10:00:00")])
def test_places_in_a_recording_have_hours(seconds: float, shown: str) -> None:
    """A time is h:mm:ss, however short."""
    assert timecode(seconds) == shown


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        ([], ""),
        (["A"], "A"),
        (["A", "B"], "A and B"),
        (["A", "B", "C"], "A, B and C"),
        ([*"ABCDE"], "A, B, C and 2 more"),
    ],
)
def test_names_are_listed_as_people_do(names: str, shown: str) -> None:
    """Commas, one "and", and a count for the rest."""
    assert join_names(names, 3) == shown


@pytest.mark.parametrize(("number", "shown"), [(1, "1 reply"), (1200, "1,200 replies")])
def test_numbers_agree_with_their_noun(number: int, shown: str) -> None:
    """One reply, several replies."""
    assert pluralise(number, "reply") == shown


@pytest.mark.parametrize(
    ("url", "t", "href"),
    [
        ("https://a.example/1", None, "https://a.example/1"),
        ("https://a.example/1", 61.7, "https://a.example/1#t=61"),
        ("https://a.example/1#top", 61.7, "https://a.example/1#top"),
        ("https://www.youtube.com/watch?v=x", 61.7, "https://www.youtube.com/watch?v=x&t=61"),
        ("https://youtu.be/x", 61.7, "https://youtu.be/x?t=61"),
        ("http://a.example/1", 61.7, None),
        ("javascript:alert(1)", None, None),
        (None, 61.7, None),
    ],
)
def test_links_go_to_the_second_and_only_over_https(url: str | None, t: float | None, href: str | None) -> None:
    """A link opens where the words were said; without a safe address there is none."""
    assert deep_link(replace(LEDGER, url=url), t) == href


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (PRICE, "Mara Ilves · The Ledger Hour, 24 Jun 2026 · 0:12:32"),
        (
            SOLD_OUT,
            "Joss Ferreira, relaying Northwind’s management · forecast · The Ledger Hour, 24 Jun 2026 · 0:13:23",
        ),
        (COPIED, "Priya Raman, relaying Halden AI · alleged · Open Weights, 25 Jun 2026 · 0:31:51"),
        (replace(PRICE, modality=Modality.DENIED), "Mara Ilves · denied · The Ledger Hour, 24 Jun 2026 · 0:12:32"),
        (QUEUE, "Unknown speaker · Grid & Gravel, 26 Jun 2026"),
        (
            replace(SOLD_OUT, claimant="Halden", relayers=("Joss Ferreira", "Mara Ilves")),
            "Joss Ferreira, relaying Mara Ilves, relaying Halden · forecast · The Ledger Hour, 24 Jun 2026 · 0:13:23",
        ),
    ],
)
def test_who_said_it_and_how_it_was_meant_is_always_shown(said: Claim, shown: str) -> None:
    """Speaker, whom they relay, hedge, show, date and time, where each is known."""
    assert unstyled(claim_byline(said)) == shown


BEFORE = LeadIn(PRICE.turn, PRICE.start - 21, PRICE.start - 1, "Northwind said this.")


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (PRICE, PRICE.quote),
        (replace(PRICE, lead_in=BEFORE), f"Northwind said this. {PRICE.quote}"),
        (replace(PRICE, lead_in=replace(BEFORE, end=PRICE.start - 9)), f"Northwind said this. … {PRICE.quote}"),
        (replace(PRICE, lead_in=replace(BEFORE, turn=PRICE.turn - 1)), f"Northwind said this. … {PRICE.quote}"),
        (replace(PRICE, lead_in=BEFORE, about="Northwind"), f"[Northwind] {PRICE.quote}"),
    ],
)
def test_a_quote_is_shown_with_what_it_leans_on(said: Claim, shown: str) -> None:
    """The words before it, with dots where some were left out, or one name in brackets; the quote stays as it was."""
    assert quoted_words(said) == shown
