"""What somebody seems to want changed in Slack is asked back, and each button does what it says."""

from __future__ import annotations

from tests.journeys.office import Office
from tests.journeys.sight import labels, words


async def topics(office: Office) -> list[str]:
    """Return the topics of the channel's subscriptions."""
    return sorted(one.topic for one in await office.app.store.subscriptions.subscriptions(office.tenant))


async def subscribed(office: Office, *wanted: str) -> None:
    """Subscribe the channel to topics."""
    for topic in wanted:
        await office.pressed("Subscribe", await office.command("/subscribe", f"{topic} at 8am"))


async def test_a_guess_changes_nothing_until_it_is_confirmed(either_office: Office) -> None:
    """Its button does what the question says; whoever begins with the verb is obeyed at once."""
    office = either_office
    await subscribed(office, "ai", "chips")
    asked = await office.says(f"{office.at_bot} please stop the chips brief")
    assert "Do you mean unsubscribe chips?" in words(*asked)
    assert labels(*asked) == ["Yes, unsubscribe", "No, answer it", "Cancel"]
    assert await topics(office) == ["ai", "chips"]
    assert "Ended 1 subscription" in words(*await office.pressed("Yes, unsubscribe", asked))
    assert await topics(office) == ["ai"]
    assert "Ended 1 subscription" in words(*await office.says(f"{office.at_bot} unsubscribe from ai"))


async def test_a_guess_that_was_wrong_is_answered_or_left(office: Office) -> None:
    """As a question it keeps its words, and Cancel changes nothing."""
    asked = await office.says(f"{office.at_bot} keep us posted on Orkdal")
    assert "Do you mean follow Orkdal?" in words(*asked)
    assert "Nothing was changed" in words(*await office.pressed("Cancel", asked))
    asked = await office.says(f"{office.at_bot} keep us posted on Orkdal")
    answer = words(*await office.pressed("No, answer it", asked))
    assert "Orkdal" in answer
    assert "follow" not in answer
    assert "aren't following anyone" in words(*await office.command("/following"))


async def test_a_guess_that_is_confirmed_is_shown_first_like_any_other(office: Office) -> None:
    """A subscription with its schedule in plain words is previewed, and begins with its own button."""
    asked = await office.says(f"{office.at_bot} mondays at 9 send us the chips brief")
    assert "Do you mean subscribe chips at 09:00 on mon?" in words(*asked)
    preview = await office.pressed("Yes, subscribe", asked)
    assert await topics(office) == []
    await office.pressed("Subscribe", preview)
    assert await topics(office) == ["chips"]


async def test_what_cannot_be_done_is_said_instead_of_asked(office: Office) -> None:
    """With the sentence that the verb itself would answer."""
    said = words(*await office.says(f"{office.at_bot} no alerts from 22 to 7 unless urgent"))
    assert "I don't understand `unless urgent`" in said
    assert "Do you mean" not in said


async def test_which_of_several_briefs_should_end_is_asked(office: Office) -> None:
    """One of them, or all."""
    await subscribed(office, "ai", "chips")
    asked = await office.command("/unsubscribe")
    assert "Which should end?" in words(*asked)
    assert labels(*asked) == ["The ai brief", "The chips brief", "All of them", "Cancel"]
    await office.pressed("The ai brief", asked)
    assert await topics(office) == ["chips"]
    await subscribed(office, "ai")
    assert "Ended 2 subscriptions" in words(*await office.pressed("All of them", await office.command("/unsubscribe")))
    assert await topics(office) == []


async def test_all_briefs_end_in_one_go_for_who_says_all(office: Office) -> None:
    """Nothing is asked then."""
    await subscribed(office, "ai", "chips")
    assert "Ended 2 subscriptions" in words(*await office.says(f"{office.at_bot} unsubscribe from all of them"))
