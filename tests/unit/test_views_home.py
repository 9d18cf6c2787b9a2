"""The bot's own page: what is new, what one asked for, and what one can set."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from bot.chat.message import Callout, Heading, Item, Message
from bot.chat.text import unstyled
from bot.domain import Brief, Statement
from bot.domain.address import Address
from bot.domain.subscription import AlertFrequency, Follow
from bot.views.home import MAX_LISTED, home_view
from tests.pages import blocks, words
from tests.snapshots.content import BRIEF, HERE, QUIET, SUBSCRIPTION

NOON = dt.datetime(2026, 6, 27, 12, tzinfo=dt.UTC)
GONE = replace(SUBSCRIPTION, id=2, topic="robotics", state="That channel is gone or archived.")
LATER = replace(SUBSCRIPTION, id=3, topic="", due=SUBSCRIPTION.due + dt.timedelta(hours=1))


def follow(name: str, pace: AlertFrequency = AlertFrequency.BRIEF) -> Follow:
    """Follow a name."""
    return Follow(1, name, HERE, "you", pace, "UTC", NOON)


def titles(page: Message, kind: type[Heading | Item]) -> list[str]:
    """Return the titles of the headings or of the items."""
    return [unstyled(block.title) for block in blocks(page) if isinstance(block, kind)]


def pressed(page: Message) -> list[str]:
    """Return what the buttons do."""
    return [str(button.action) for button in page.buttons]


def test_the_page_begins_with_what_is_new() -> None:
    """The headline of today, then follows, subscriptions and settings."""
    page = home_view(BRIEF, [follow("Northwind")], [SUBSCRIPTION])
    assert titles(page, Heading) == [BRIEF.headline, "Following", "Subscriptions", "Settings and help"]
    assert BRIEF.dek.text in words(page)
    assert "3 signals from 3 conversations" in words(page)
    assert BRIEF.headline in page.summary


@pytest.mark.parametrize("brief", [QUIET, Brief("", QUIET.date)])
def test_a_quiet_day_says_so(brief: Brief) -> None:
    """Without news there is nothing to read, but the latest claims are a press away."""
    page = home_view(brief, [], [])
    assert titles(page, Heading)[0] == "Today"
    assert (brief.quiet or "Nothing new has come in.") in words(page)
    assert "brief:" not in pressed(page)
    assert "claims:" in pressed(page)


def test_a_brief_without_a_second_line_has_no_empty_one() -> None:
    """Nothing empty is drawn."""
    page = home_view(replace(BRIEF, dek=Statement("")), [], [])
    assert "" not in words(page).split("\n")


def test_follows_have_their_pace_and_an_end() -> None:
    """Each follow says how it is told, with a button that ends it."""
    page = home_view(BRIEF, [follow("Halden AI", AlertFrequency.INSTANT), follow("Northwind")], [])
    assert titles(page, Item) == ["Halden AI", "Northwind"]
    assert "at once" in words(page)
    assert {"unfollow:Halden AI", "unfollow:Northwind"} <= set(pressed(page))


def test_who_follows_nobody_is_offered_the_names_of_today() -> None:
    """One press begins a follow; on a quiet day there are none to offer."""
    page = home_view(BRIEF, [], [])
    assert [action for action in pressed(page) if action.startswith("follow:")] == [
        "follow:Northwind",
        "follow:Halden AI",
        "follow:Port Velos",
    ]
    assert "You aren't following anyone yet" in words(page)
    assert not [action for action in pressed(home_view(QUIET, [], [])) if action.startswith("follow:")]


def test_subscriptions_have_their_next_run_those_in_trouble_first() -> None:
    """What is paused comes before what runs next, with its reason and how to resume it."""
    page = home_view(BRIEF, [], [LATER, SUBSCRIPTION, GONE])
    assert titles(page, Item) == ["The robotics brief", "The ai brief", "The daily brief"]
    assert "paused: That channel is gone or archived." in words(page)
    assert "next Mon 23 Nov, 08:00 Europe/Berlin" in words(page)
    (callout,) = (block for block in blocks(page) if isinstance(block, Callout))
    assert callout.label == "1 paused"
    assert "type resume there" in unstyled(callout.text)


def test_without_trouble_nothing_is_called_out() -> None:
    """A callout is for what one has to see to."""
    page = home_view(BRIEF, [], [SUBSCRIPTION])
    assert not [block for block in blocks(page) if isinstance(block, Callout)]


def test_without_subscriptions_it_says_how_to_begin() -> None:
    """In a channel, or to oneself."""
    page = home_view(BRIEF, [], [])
    assert "No channel gets the brief yet" in words(page)
    assert "subscribe:" in pressed(page)


def test_a_long_page_stays_short_and_keeps_its_settings() -> None:
    """Of very many, some are shown and the rest is counted, with the button that lists them all."""
    follows = [follow(f"Name {number}") for number in range(MAX_LISTED + 7)]
    many = [replace(SUBSCRIPTION, id=n, at=Address("slack", "T1", f"C{n}")) for n in range(MAX_LISTED + 3)]
    page = home_view(BRIEF, follows, many)
    assert len(titles(page, Item)) == 2 * MAX_LISTED
    assert "And 7 more." in words(page)
    assert "And 3 more." in words(page)
    assert {"following:", "subscriptions:"} <= set(pressed(page))
    assert pressed(page)[-4:] == ["help:", "status:", "privacy:", "privacy:forget"]
    assert not [
        action
        for action in pressed(home_view(BRIEF, follows[:MAX_LISTED], many[:MAX_LISTED]))
        if action == "following:"
    ]


def test_what_one_subscribed_can_be_changed_and_ended_here() -> None:
    """Each with its own buttons; what others subscribed has none."""
    page = home_view(BRIEF, [], [SUBSCRIPTION, LATER], {SUBSCRIPTION.id})
    assert [action for action in pressed(page) if "#" in action] == ["edit:#1", "unsubscribe:#1"]
    assert not [button for button in page.buttons if button.action.erases]
