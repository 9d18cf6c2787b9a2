"""What people read of a source on the web."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.chat.message import Message
from bot.domain.feed import Feed
from bot.errors import Health
from bot.views.source_health import feed_view, health_words
from tests.conftest import NOON

FEED = Feed("f1", "slack:T1", "U1", "https://a.test/feed", NOON, NOON)


@pytest.mark.parametrize("health", list(Health))
def test_every_health_has_words(health: Health) -> None:
    """For the list, and for a message to whoever added it."""
    feed = replace(FEED, health=health, detail="line 12: mismatched tag", title="A *show*")
    assert "line 12" in health_words(feed)
    assert isinstance(feed_view(feed), Message)
    assert feed_view(feed).summary.startswith("A *show*: ")


def test_how_often_it_was_tried_is_said() -> None:
    """And whether it still is."""
    slow = replace(FEED, health=Health.SLOW, detail="it takes too long", failures=3)
    assert health_words(slow) == "it is too slow (it takes too long), 3 times in a row"
    assert health_words(replace(FEED, health=Health.FINE, paused=True)) == "fine; paused"
