"""What people read of a source on the web."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.chat.message import Message
from bot.domain.feed import Feed, NotedList
from bot.errors import FeedHealth
from bot.views.sources import describe_health, describe_noted, feed_notice_view
from tests.conftest import NOON

FEED = Feed("f1", "slack:T1", "U1", "https://a.test/feed", NOON, NOON)


@pytest.mark.parametrize("health", list(FeedHealth))
def test_every_health_has_words(health: FeedHealth) -> None:
    """For the list, and for a message to whoever added it."""
    feed = replace(FEED, health=health, detail="line 12: mismatched tag", title="A *show*")
    assert "line 12" in describe_health(feed)
    assert isinstance(feed_notice_view(feed), Message)
    assert feed_notice_view(feed).summary.startswith("A *show*: ")


def test_a_list_that_finds_no_room_says_why_and_what_to_do() -> None:
    """And what came of its other lines."""
    assert describe_noted(NotedList(new=5_000, known=1, left=14_999)) == (
        "5,000 sources noted, to be checked one after another; 1 line is here already; 14,999 found no room, since at "
        "most 5,000 wait to be checked at a time: add the list again when these are, and it goes on where it ended"
    )


def test_how_often_it_was_tried_is_said() -> None:
    """And whether it still is."""
    slow = replace(FEED, health=FeedHealth.TIMED_OUT, detail="it takes too long", failures=3)
    assert describe_health(slow) == "it takes too long to answer (it takes too long), 3 times in a row"
    assert describe_health(replace(FEED, health=FeedHealth.OK, is_paused=True)) == "fine; paused"
