"""Subscribing a channel in Slack: the form, who may, and the brief that comes once."""

from __future__ import annotations

import datetime as dt

from tests.journeys.office import Office
from tests.journeys.sight import labels, words
from tests.servers.slack import Delivery, Message, Refused, View

EARLY = {"at": "07:30", "tz": "Tokyo", "days": ["Mon", "Thu", "Fri"]}


async def form(office: Office) -> View:
    """Let Ann type `/subscribe` and return the form."""
    await office.command("/subscribe")
    return office.modal()


async def test_a_form_leads_to_a_brief_that_comes_once(either_office: Office) -> None:
    """What stands in the form at first, the confirmation, and the brief on its day: Subscribe subscribes."""
    office = either_office
    view = await form(office)
    # Noon of a Thursday, UTC: in Berlin, the zone of Ann's profile, eight o'clock has passed.
    assert "the first brief arrives Fri 27 Jun, 08:00 Europe/Berlin" in words(view)
    assert view.body["submit"]["text"] == "Subscribe"
    assert not (await office.submits(view, EARLY)).errors
    assert "next arrives Fri 27 Jun, 07:30" in words(office.modal())
    listed = words(*await office.command("/overheard", "subscriptions"))
    assert "on Mon, Thu and Fri at 07:30 Asia/Tokyo" in listed
    assert office.seen(office.general, office.bob) == []
    office.clock.advance(hours=10, minutes=40)
    brief = await office.slack.until(lambda: office.seen(office.general, office.bob))
    await office.delivered()
    await office.restarts()
    await office.delivered()
    assert "Fri 27 Jun 2031" in words(*brief)
    first = [one for one in office.seen(office.general, office.bob) if not one.thread_ts]
    assert len(first) == 1
    assert "Ended 1 subscription" in words(*await office.command("/unsubscribe"))


async def test_a_zone_is_found_by_its_city_or_its_country(either_office: Office) -> None:
    """While it is typed; a time, a zone and days are chosen, so they can't be wrong."""
    office = either_office
    view = await form(office)
    kinds = {block["block_id"]: block["element"]["type"] for block in view.blocks if block["type"] == "input"}
    assert kinds == {
        "topic": "plain_text_input",
        "at": "timepicker",
        "tz": "external_select",
        "days": "checkboxes",
    }
    found = {
        typed: [one["value"] for one in await office.suggested(view, "tz", typed)]
        for typed in ("tokyo", "India", "munich", "PST", "berl", "Nowhere/Atall")
    }
    assert [zones[:1] for zones in found.values()] == [
        ["Asia/Tokyo"],
        ["Asia/Kolkata"],
        ["Europe/Berlin"],
        ["America/Los_Angeles"],
        ["Europe/Berlin"],
        [],
    ]
    assert max(map(len, found.values())) <= 100
    assert not (await office.submits(view, EARLY | {"tz": "India"})).errors
    assert "07:30 Asia/Kolkata" in words(office.modal())


async def test_what_is_chosen_in_the_form_is_what_is_kept(office: Office) -> None:
    """Topic, time, zone and days; places and countries are zones."""
    await office.submits(await form(office), EARLY | {"topic": "ai", "tz": "India"})
    (kept,) = await office.app.store.subscriptions.subscriptions(office.tenant)
    assert (kept.topic, kept.zone, kept.days) == ("ai", "Asia/Kolkata", frozenset({0, 3, 4}))


async def test_rights_are_asked_for_again(office: Office) -> None:
    """Whoever became a guest while the form was open subscribes nothing, neither then nor by its last button."""
    view = await form(office)
    preview = await office.command("/subscribe", "at 8am")
    office.ann.is_restricted = True
    await office.submits(view, EARLY)
    assert "Only people who manage this channel" in words(view)
    assert "Only people who manage this channel" in words(*await office.pressed("Subscribe", preview))
    assert await office.app.store.subscriptions.subscriptions(office.tenant) == []


async def test_guests_and_strangers_cannot_subscribe(office: Office) -> None:
    """They are told why, alone."""
    office.general.is_ext_shared = True
    world = office.slack.world
    stranger = world.user(world.workspace("Elsewhere", installed=False).id, "Zed")
    office.general.members.add(stranger.id)
    answer = await office.command("/subscribe", "at 8am", by=office.guy)
    assert "Only people who manage this channel" in words(*answer)
    for person in (office.guy, stranger):
        said = await office.says(f"{office.at_bot} subscribe at 8am", by=person)
        assert "Only people who manage this channel" in words(*said)
        assert {one.viewer for one in said} == {person.id}
    assert await office.app.store.subscriptions.subscriptions(office.tenant) == []


async def test_a_channel_without_the_bot_is_told_how_to_invite_it(office: Office) -> None:
    """No form is opened for what could not be sent."""
    assert "/invite @Overheard" in words(*await office.command("/subscribe", where=office.quiet))
    assert office.slack.modal(office.ann) is None


async def test_words_subscribe_too(office: Office) -> None:
    """By a button under what was understood."""
    preview = await office.command("/subscribe", "at 8am in Berlin on weekdays")
    assert "next arrives Fri 27 Jun, 08:00" in words(*await office.pressed("Subscribe", preview))
    assert "on weekdays at 08:00" in words(*await office.command("/overheard", "subscriptions"))


async def test_a_late_form_is_offered_by_a_button(office: Office) -> None:
    """A trigger lives for three seconds; the button brings a new one."""
    office.slack.fault("views.open", Refused("expired_trigger_id"))
    offer = await office.command("/subscribe")
    assert office.slack.modal(office.ann) is None
    await office.pressed("Open the form", offer)
    assert "Fri 27 Jun" in words(office.modal())


async def test_a_channel_that_went_away_is_paused(office: Office) -> None:
    """The subscription says why, on the bot's page and in the list."""
    await office.pressed("Subscribe", await office.command("/subscribe", "at 12:30 utc"))
    office.general.archived = True
    office.clock.advance(minutes=31)
    store = office.app.store.subscriptions

    async def paused() -> bool:
        return (await store.subscriptions(office.tenant))[0].state != "on"

    while not await paused():
        await office.slack.until(lambda: office.slack.calls_of("chat.postMessage"))
        await office.delivered()
    assert "paused: That channel is gone or archived" in words(await office.home())
    await office.ticks()
    await office.ticks()
    (notice,) = office.seen(office.with_ann, office.ann)
    assert "The daily brief for" in words(notice)
    assert "is paused" in words(notice)
    assert "That channel is gone or archived" in words(notice)
    office.general.archived = False
    answer = await office.pressed("Resume", [notice])
    assert "Resumed. The daily brief next arrives Fri 27 Jun" in words(*answer)
    assert "paused:" not in words(await office.home())


async def test_the_page_shows_what_concerns_a_person(either_office: Office) -> None:
    """Today's headline, what they follow, the channels that get the brief, and settings; each button works."""
    office = either_office
    await office.command("/follow", "halden hourly")
    await office.pressed("Subscribe", await office.command("/subscribe", "at 8am"))
    page = await office.home()
    assert "Thu 26 Jun 2031" in words(page)
    assert "at most once an hour" in words(page)
    assert "The daily brief" in words(page)
    assert "You aren't following anyone yet" in words(await office.home(office.bob))
    await office.presses("Read the brief", page)
    assert "Sources" in words(office.modal())
    assert "Share here" not in labels(office.modal())
    office.slack.close_view(office.modal(), office.ann)
    await office.presses("Unfollow", page)
    assert "no longer follow" in words(office.modal())
    # The page itself is drawn anew.
    assert "You aren't following anyone yet" in words(office.page())
    assert office.seen(office.general, office.bob) == []


async def test_a_subscription_is_changed_and_ended_from_the_page(office: Office) -> None:
    """By whoever made it, wherever it goes."""
    await office.pressed("Subscribe", await office.command("/subscribe", "at 12:30 utc"))
    await office.pressed("Subscribe", await office.command("/subscribe", "ai at 12:45 utc"))
    page = await office.home()
    await office.presses("Edit", page)
    await office.submits(office.modal(), {"at": "13:15", "tz": "UTC", "days": ["Mon", "Thu"]})
    assert "next arrives" in words(office.modal())
    kept = await office.app.store.subscriptions.subscriptions(office.tenant)
    assert [(one.topic, f"{one.at_time:%H:%M}", one.days) for one in kept] == [
        ("", "13:15", frozenset({0, 3})),
        ("ai", "12:45", frozenset(range(7))),
    ]
    office.slack.close_view(office.modal(), office.ann)
    await office.presses("End", page)
    assert "Ended 1 subscription" in words(office.modal())
    assert [one.topic for one in await office.app.store.subscriptions.subscriptions(office.tenant)] == ["ai"]
    assert "Edit" not in labels(await office.home(office.bob))


async def test_a_modal_leads_on_to_the_next(office: Office) -> None:
    """Receipts of a brief that was opened from the page stand in its place."""
    await office.presses("Read the brief", await office.home())
    await office.presses("Receipts", office.modal())
    assert "Exact words" in words(office.modal())


async def test_the_page_subscribes_the_person(office: Office) -> None:
    """Their own conversation with the bot gets the brief."""
    await office.presses("Send me the daily brief", await office.home())
    await office.submits(office.modal(), {"at": "12:30", "tz": "UTC"})
    office.clock.advance(minutes=31)
    brief: list[Message] = await office.slack.until(lambda: office.seen(office.with_ann, office.ann))
    assert "Thu 26 Jun 2031" in words(*brief)
    assert office.seen(office.general, office.bob) == []


async def test_a_repeated_submission_is_answered_once(office: Office) -> None:
    """Nothing is subscribed twice."""
    sent: Delivery = await office.submits(await form(office), EARLY)
    await office.slack.redeliver(sent)
    await office.idle()
    due = await office.app.store.subscriptions.subscriptions(office.tenant)
    assert [one.at_time for one in due] == [dt.time(7, 30)]


async def test_replacing_a_subscription_asks_and_tells_the_one_before(office: Office) -> None:
    """By a form as by words: nothing changes until that is confirmed, and only somebody else is told."""
    await office.submits(await form(office), EARLY)
    for again in (True, False):
        await office.command("/subscribe", by=office.bob)
        await office.submits(office.modal(office.bob), {"at": "09:00", "tz": "UTC"}, office.bob)
        view = office.modal(office.bob)
        assert f"This replaces what {'Ann' if again else 'you'} set up here" in words(view)
        await office.presses("Replace it", view, office.bob)
        assert "next arrives Fri 27 Jun, 09:00" in words(office.modal(office.bob))
        office.slack.close_view(office.modal(office.bob), office.bob)
        await office.delivered()
    (told,) = office.seen(office.with_ann, office.ann)
    assert "Bob replaced your subscription" in words(told)
    assert "every day at 09:00 UTC instead of on Mon, Thu and Fri at 07:30 Asia/Tokyo" in words(told)
    (kept,) = await office.app.store.subscriptions.subscriptions(office.tenant)
    assert (kept.user, kept.at_time) == (office.bob.id, dt.time(9))


async def test_who_set_it_up_and_who_changed_it_is_told_by_name(office: Office) -> None:
    """In the confirmation, in the list and on the page of the bot; Bob is told of nothing that he did himself."""
    await office.submits(await form(office), EARLY)
    assert "Set up by Ann." in words(office.modal())
    office.slack.close_view(office.modal(), office.ann)
    listed = await office.command("/overheard", "subscriptions", by=office.bob)
    assert "set up by Ann" in words(*listed)
    assert "changed by" not in words(*listed)
    await office.pressed("Edit", listed, office.bob)
    await office.submits(office.modal(office.bob), {"at": "09:00"}, office.bob)
    assert "Set up by Ann, changed by Bob." in words(office.modal(office.bob))
    assert "set up by Ann, changed by Bob" in words(await office.home())
    (kept,) = await office.app.store.subscriptions.subscriptions(office.tenant)
    assert kept.user == office.ann.id


async def test_a_paused_subscription_stays_paused_when_it_is_edited(office: Office) -> None:
    """A new time doesn't mend what paused it; Resume does, once that is seen to."""
    await office.pressed("Subscribe", await office.command("/subscribe", "at 12:30 utc"))
    store = office.app.store.subscriptions
    (before,) = await store.subscriptions(office.tenant)
    await store.pause(before.at, "The channel is gone.")
    await office.presses("Edit", await office.home())
    await office.submits(office.modal(), {"at": "13:15"})
    assert "stays paused: The channel is gone." in words(office.modal())
    assert "Resume" in labels(office.modal())
    (kept,) = await store.subscriptions(office.tenant)
    assert (kept.id, kept.state, kept.at_time) == (before.id, "The channel is gone.", dt.time(13, 15))
    office.slack.close_view(office.modal(), office.ann)
    page = await office.home()
    await store.unsubscribe(before.at, "")
    await office.presses("Edit", page)
    assert await store.subscriptions(office.tenant) == []
