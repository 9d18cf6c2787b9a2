"""Slips and second thoughts at the console: what is nearly right is asked back, and a question can be left."""

from __future__ import annotations

import pytest

from bot.store.tables import PERSONAL, WITH_THEIR_WORDS
from bot.views.status import kept_view
from tests.journeys.conftest import Visitor


async def test_a_language_is_refused_at_once_without_a_model(visitor: Visitor) -> None:
    """Nothing could be translated, so no channel is said to be in German; what is off can be turned off."""
    refused = await visitor.says("language German")
    assert "need a language model" in refused
    assert "Answers here are in the language of the question" in await visitor.says("language off")


async def test_a_misspelt_name_is_asked_back_before_it_is_followed(visitor: Visitor) -> None:
    """A name of the library or a well-known one; the press follows the right one, or what was written."""
    asked = await visitor.says("follow Nvdia")
    assert "Did you mean Nvidia" in asked
    assert "Follow Nvidia?" in await visitor.presses("Nvidia", asked)
    assert "Did you mean Halden Compute" in await visitor.says("follow Halden Compte hourly")
    assert "You aren't following anyone yet" in await visitor.says("following")
    assert "Follow Nvdia?" in await visitor.presses("Follow “Nvdia” as written", asked)


async def test_a_pace_is_kept_while_the_name_is_asked_back(visitor: Visitor) -> None:
    """Who said `hourly` isn't asked again how often."""
    asked = await visitor.says("follow Halden Compte hourly")
    assert "at most once an hour" in await visitor.presses("Halden Compute", asked)


@pytest.mark.parametrize("slip", ["Quilon", "quill", "Quillon Semiconducter"])
async def test_a_near_miss_of_a_followed_name_is_asked_back(visitor: Visitor, slip: str) -> None:
    """Its beginning, or a spelling near it; only what is followed is offered."""
    await visitor.says("follow Quillon hourly", "follow Tarn hourly")
    asked = await visitor.says(f"unfollow {slip}")
    if "You no longer follow Quillon Semiconductor" not in asked:
        assert "Did you mean Quillon Semiconductor?" in asked
        assert "You no longer follow" in await visitor.presses("Unfollow Quillon Semiconductor", asked)
    assert "Quillon" not in await visitor.says("following")


@pytest.mark.parametrize(
    ("line", "confirm"),
    [
        ("subscribe ai at 8am", "Subscribe"),
        ("follow Halden", "At once"),
        ("privacy forget", "Erase all of it"),
    ],
)
async def test_what_is_asked_can_be_left(visitor: Visitor, line: str, confirm: str) -> None:
    """Cancel stands beside what confirms; once either is pressed, neither does anything."""
    await visitor.says("follow Tarn hourly")
    asked = await visitor.says(line)
    assert "Nothing was changed." in await visitor.presses("Cancel", asked)
    assert "has been used" in await visitor.presses(confirm, asked)
    assert "has been used" in await visitor.presses("Cancel", asked)
    again = await visitor.says(line)
    assert "Nothing was changed." not in await visitor.presses(confirm, again)
    assert "has been used" in await visitor.presses(confirm, again)


async def test_a_subscription_that_replaces_another_says_so(visitor: Visitor) -> None:
    """Before and after; a brief on something else stands beside it."""
    await visitor.presses("Subscribe", await visitor.says("subscribe ai at 8am on weekdays"))
    asked = " ".join((await visitor.says("subscribe ai at 9am")).split())
    assert "This replaces what you set up here: on weekdays at 08:00 UTC." in asked
    told = " ".join((await visitor.presses("Replace it", asked)).split())
    assert "It no longer comes on weekdays at 08:00 UTC." in told
    assert "This replaces" not in await visitor.says("subscribe chips at 9am")


async def test_what_is_kept_is_said_in_words(visitor: Visitor) -> None:
    """How many of what, and what they are for; all of it can be read or erased from there."""
    await visitor.says("follow Halden instant", "follow Tarn instant", "Who runs Halden?")
    kept = await visitor.says("privacy")
    assert "2 followed names" in kept
    assert "1 remembered subject" in kept
    assert "tenant" not in kept
    assert "tenant: console:local" in await visitor.presses("Export all of it", kept)
    assert "Erase the 3 records kept about you?" in await visitor.presses("Erase all of it", kept)


def test_every_table_about_a_person_has_words() -> None:
    """One that is added must be called something that people understand."""
    tables = {table: [{"user": "ann"}] for table in (*PERSONAL, *WITH_THEIR_WORDS)}
    assert kept_view(tables).summary == "What is kept about you"
