"""Buttons in Slack: what they open, for whom, and that what they do is done once."""

from __future__ import annotations

import re
from functools import partial

import pytest

from bot.domain.address import Address
from bot.domain.delivery import DeliveryState
from tests.journeys.chats import comes_to
from tests.journeys.office import Office
from tests.journeys.sight import action, labels, words
from tests.servers.slack import Message

ORKDAL = "How much of the world's stacked memory did Orkdal make?"


async def shared(office: Office) -> list[Message]:
    """Wait until the channel shows something to Bob, and nothing more is on its way; return it."""
    await office.slack.until(lambda: office.seen(office.general, office.bob))
    await office.delivered()
    return office.seen(office.general, office.bob)


async def test_receipts_are_the_exact_words(either_office: Office) -> None:
    """From a brief among all, they go to whoever presses, and to nobody else."""
    office = either_office
    brief = await office.says(f"{office.at_bot} brief")
    receipts = await office.pressed("Receipts", brief, office.bob)
    assert re.search(r"\d+ quotes? from \d+ conversations?", words(*receipts))
    assert "Exact words, as in the transcript" in words(*receipts)
    assert {page.viewer for page in receipts} == {office.bob.id}


async def test_a_topic_of_a_signal_can_be_asked_about(office: Office) -> None:
    """Three questions are offered; the button of one asks it in the person's place."""
    brief = await office.command("/brief")
    offered = await office.pressed("Ask about this", brief)
    assert len(labels(*offered)) == 3
    answer = await office.pressed(labels(*offered)[0], offered)
    assert re.search(r"Searched \d+ conversations", words(*answer))
    assert {page.viewer for page in answer} == {office.ann.id}


async def test_the_rest_of_a_brief_is_a_press_away(office: Office) -> None:
    """Who asks for it alone gets one screen, and all of it from the button; in a channel it is in the thread."""
    (alone,) = await office.command("/brief")
    assert "Sources" not in words(alone)
    assert "Sources" in words(*await office.pressed("Full brief", [alone]))
    brief = await office.says(f"{office.at_bot} brief")
    assert "Sources" in words(*brief)
    assert {page.thread_ts for page in brief[1:]} == {brief[0].thread_ts or brief[0].ts}


async def test_a_question_can_be_typed_into_a_form(office: Office) -> None:
    """The answer stands in its place."""
    await office.pressed("Ask", await office.command("/brief"))
    await office.submits(office.modal(), {"question": ORKDAL})
    assert "14 percent" in words(office.modal())


async def test_following_asks_how_often(either_office: Office) -> None:
    """First the volume, then the pace; what is followed is listed, and can be ended there."""
    office = either_office
    preview = await office.command("/follow", "halden")
    assert "Halden" not in words(*await office.command("/following"))
    assert "You now follow Halden" in words(*await office.pressed("At most hourly", preview))
    listed = await office.command("/following")
    assert "at most once an hour" in words(*listed)
    assert "Halden" not in words(*await office.command("/following", by=office.bob))
    assert "no longer follow Halden" in words(*await office.pressed("Unfollow", listed))
    assert "You aren't following anyone" in words(*await office.command("/following"))


async def test_what_is_followed_reaches_the_person_directly(office: Office) -> None:
    """Whoever follows from a channel hears of it alone."""
    await office.command("/follow", "halden at once")
    await office.reads("Last week Halden opened a plant in Oslo with 700 workers.")
    alert = await office.slack.until(lambda: office.seen(office.with_ann, office.ann))
    assert "Halden opened a plant in Oslo" in words(*alert)
    assert office.seen(office.general, office.bob) == []
    await office.delivered()
    assert len(office.seen(office.with_ann, office.ann)) == 1


async def test_an_answer_is_shared_once(either_office: Office) -> None:
    """Pressed twice, sent twice by Slack, and pressed again: the channel has it once."""
    office = either_office
    answer = await office.command("/ask", ORKDAL)
    page = next(page for page in answer if "Share here" in labels(page))
    first, second = (office.slack.press(page, action(page, "Share here"), office.ann) for _ in range(2))
    await first
    await second
    await office.slack.redeliver(first)
    await office.idle()
    assert "already has it" in words(*await office.pressed("Share here", answer))
    for_all = await shared(office)
    assert len(for_all) == 1
    assert f"Ann asked: {ORKDAL}" in words(*for_all)
    assert "14 percent" in words(*for_all)
    assert "Share here" not in labels(*for_all)


async def test_buttons_outlive_a_restart(office: Office) -> None:
    """An old answer can still be shared, and an old brief still opens."""
    answer, brief = await office.command("/ask", ORKDAL), await office.command("/brief")
    await office.restarts()
    await office.pressed("Share here", answer)
    assert "14 percent" in words(*await shared(office))
    assert "Exact words" in words(*await office.pressed("Receipts", brief))


async def test_a_press_that_slack_repeats_after_a_restart_does_nothing(office: Office) -> None:
    """What was received is kept."""
    answer = await office.command("/ask", ORKDAL)
    await office.pressed("Share here", answer)
    assert len(await shared(office)) == 1
    sent, calls = office.slack.deliveries[-1], len(office.slack.calls_of("response_url"))
    await office.restarts()
    await office.slack.redeliver(sent)
    await office.idle()
    assert len(office.slack.calls_of("response_url")) == calls
    assert len(await shared(office)) == 1


async def test_where_the_bot_is_not_it_says_how_to_invite_it(office: Office) -> None:
    """It answers in a private channel it is not in, and cannot share there until it is."""
    answer = await office.command("/ask", ORKDAL, where=office.quiet)
    assert "/invite @Overheard" in words(*await office.pressed("Share here", answer))
    for sent in office.slack.invite(office.quiet, office.ann):
        await sent
    await office.pressed("Share here", answer)
    await office.slack.until(lambda: office.seen(office.quiet, office.bob))


async def test_a_verdict_is_kept(office: Office) -> None:
    """Each person has one, which can change."""
    brief = await office.says(f"{office.at_bot} brief")
    assert "noted" in words(*await office.pressed("Helpful", brief))
    await office.pressed("Not helpful", brief, office.bob)
    votes = [await office.app.store.privacy.export(office.tenant, who.id) for who in (office.ann, office.bob)]
    assert [len(kept["votes"]) for kept in votes] == [1, 1]


async def test_more_or_less_of_a_story_is_kept_and_taken_back(office: Office) -> None:
    """By each person for the channel, from the menu of a story."""
    brief = await office.says(f"{office.at_bot} brief")
    noted = await office.pressed("More like this", brief)
    assert "Noted: more about Halden Compute" in words(*noted)
    await office.pressed("More like this", brief, office.bob)
    at = Address("slack", office.tenant.partition(":")[2], office.general.id)
    wanted = partial(office.app.store.preferences.preferences, at)
    assert await comes_to(wanted, {"Halden Compute": 2})
    await office.pressed("Less like this", brief, office.bob)
    assert await comes_to(wanted, {})
    assert "Taken back" in words(*await office.pressed("Undo", noted))
    assert await comes_to(wanted, {"Halden Compute": -1})


async def test_no_button_of_an_answer_leads_nowhere(office: Office) -> None:
    """Every button that is shown does something sensible."""
    pages = [*await office.command("/brief"), *await office.command("/entity", "Halden")]
    for page in pages:
        for label in dict.fromkeys(labels(page)):
            if label == "Ask":
                continue  # It opens a form.
            said = words(*await office.pressed(label, [page]))
            assert said, label
            assert not re.search("went wrong|There is no|Reference", said), (label, said)


@pytest.mark.parametrize(
    ("label", "outcome"), [("At once", "follow Halden Compute: new claims"), ("Cancel", "Nothing was changed")]
)
async def test_the_answer_takes_the_place_of_the_question(office: Office, label: str, outcome: str) -> None:
    """Its buttons are gone with it: from a channel, alone with the bot, and below a mention."""
    asked = [
        await office.command("/follow", "halden"),
        await office.asks("follow halden"),
        await office.says(f"{office.at_bot} follow halden"),
    ]
    for pages in asked:
        answer = await office.pressed(label, pages)
        assert [one.ts for one in answer] == [one.ts for one in pages]
        assert outcome in words(*answer)
        assert not {"At once", "At most hourly", "Cancel"} & set(labels(*pages))


async def test_a_question_stays_open_for_who_may_answer_it(office: Office) -> None:
    """Whoever may not subscribe the channel is told so, beside the question."""
    asked = await office.says(f"{office.at_bot} subscribe at 8am")
    refused = await office.pressed("Subscribe", asked, office.guy)
    assert "Only people who manage this channel" in words(*refused)
    assert "next arrives" in words(*await office.pressed("Subscribe", asked))
    assert "Subscribe" not in labels(*asked)


@pytest.mark.parametrize("verb", ["share", "receipts", "confirm", "helpful", "nonsense", "ask"])
async def test_a_forged_button_is_answered_in_words(office: Office, verb: str) -> None:
    """Nobody can press what we never drew; should they, nothing breaks."""
    page = (await office.command("/following"))[-1]
    button = {"type": "button", "action_id": "x", "text": {"type": "plain_text", "text": "X"}, "value": f"{verb}:?"}
    page.blocks.append({"type": "actions", "block_id": "forged", "elements": [button]})
    said = words(*await office.pressed("X", [page]))
    assert said
    assert "Reference" not in said
    every = await office.app.store.outbox.deliveries(office.tenant, list(DeliveryState))
    assert every == []
