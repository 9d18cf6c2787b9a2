"""The feeds that are offered to begin with."""

from __future__ import annotations

from bot.ingest.feeds.discovery import load_catalogue
from bot.ingest.feeds.urls import absolute_url


def test_every_offer_can_be_picked() -> None:
    """Each has a name, a kind, topics and a description, and an address of its own."""
    offers = load_catalogue()
    assert len(offers) > 70
    assert all(offer.name and offer.topics and offer.description.endswith(".") for offer in offers)
    assert {offer.kind for offer in offers} == {"podcast", "newsletter", "blog", "news", "paper"}
    assert [absolute_url(offer.feed_url) for offer in offers] == [offer.feed_url for offer in offers]
    assert len({offer.feed_url for offer in offers}) == len({offer.name for offer in offers}) == len(offers)


def test_a_topic_picks_its_own() -> None:
    """Who asks for chips gets what is about chips."""
    assert [offer.name for offer in load_catalogue("Chips")] == [
        "SemiAnalysis Weekly",
        "NVIDIA AI Podcast",
        "SemiAnalysis",
    ]
    assert load_catalogue("octopus") == ()
