"""Every verb as a slash command: in a server, alone with the bot, and where only the person has the app."""

from __future__ import annotations

import re

from tests.journeys.hall import Hall, words
from tests.servers.discord import Channel, User

ORKDAL = "How much of the world's stacked memory did Orkdal make?"

VERBS = [
    ("privacy", {}, r"Nothing is kept about you"),
    ("ask", {"question": ORKDAL}, r"The Wafer Hour.*14 percent.*The Wafer Hour"),
    ("ask", {"question": "Who won the football world cup of 1998?"}, r"I found no answer in"),
    ("brief", {}, r"Thu 26 Jun 2031.*every quote checked"),
    ("brief", {"date": "1999-01-01"}, r"Fri 1 Jan 1999 · No new sourced claims"),
    ("brief", {"topic": "halden", "date": "yesterday"}, r"Halden"),
    ("entity", {"name": "Halden"}, r"claims in total.*Who talks about it: .*Farid Mansour"),
    ("claims", {"words": "stacked memory", "by": "Tomas Brandt"}, r"Claims · \d+ claims?.*Tomas Brandt"),
    ("claims", {"words": "stacked memory by Tomas Brandt"}, r"Claims · \d+ claims?.*Tomas Brandt"),
    ("follow", {"entity": "halden"}, r"\d+ claims in the last 7 days, about \d+ a day"),
    ("following", {}, r"You aren't following anyone yet"),
    ("unfollow", {"entity": "Halden"}, r"You were not following Halden"),
    ("status", {}, r"25.*9"),
    ("subscriptions", {}, r"No subscriptions yet"),
    ("help", {}, r"What you can do"),
    ("help", {"verb": "ask"}, r"What you want to know"),
    ("help", {"verb": "subscrib"}, r"[Ss]ubscri"),
]
MANAGED = [
    (
        "subscribe",
        {"at": "8am", "tz": "Berlin", "days": "weekdays"},
        r"The first arrives Fri 27 Jun, 08:00 Europe/Berlin",
    ),
    ("subscribe", {"at": "25:00"}, r"I don't understand `?(?:at )?25:00`? as a time; try"),
    ("subscribe", {"at": "8am", "tz": "Nowhere"}, r"Nowhere"),
    ("unsubscribe", {}, r"had no such subscription"),
    ("sources", {}, r"9 shows, 25 conversations.*The Wafer Hour"),
    ("sources", {"action": "add", "target": "/etc"}, r"only be added on the machine"),
]


async def held(hall: Hall, by: User, where: Channel, *also: tuple[str, dict[str, str], str]) -> None:
    """Use every verb, and see that each answers within a second."""
    for name, options, expected in [*VERBS, *also]:
        answer = await hall.uses(name, options, by, where)
        assert re.search(expected, words(*answer)), (name, options, words(*answer))
        assert hall.last.seconds < 1, name


async def test_in_a_server_every_verb_answers_the_person_alone(hall: Hall) -> None:
    """Whatever is typed, and nobody else sees it."""
    await held(hall, hall.max, hall.general, *MANAGED)
    assert hall.everything(hall.general, hall.bob) == []
    assert len(hall.seen(hall.general, hall.max)) >= len(VERBS)


async def test_alone_with_the_bot_every_verb_works(hall: Hall) -> None:
    """There the answer is a message like any other, that stays."""
    where = hall.alone(hall.ann)
    await held(hall, hall.ann, where, *MANAGED)
    assert {page.viewer for page in hall.seen(where, hall.ann)} == {None}


async def test_who_installed_the_app_uses_it_in_foreign_servers(hall: Hall) -> None:
    """The answer is for their eyes, and no longer than five messages after the first."""
    world = hall.discord.world
    foreign = world.guild("Elsewhere", installed=False)
    visitor = world.user("Vic", foreign)
    room = world.channel(foreign, "room")
    hall.discord.install(visitor)
    await held(hall, visitor, room)
    for asked in hall.discord.asked:
        assert len(asked.followups) <= 5
        assert {page.viewer for page in asked.answers} == {visitor.id}
    assert not [call for call in hall.discord.calls if call.code]


async def test_who_installed_the_app_uses_it_among_friends(hall: Hall) -> None:
    """In a private conversation of which the bot is no part."""
    world = hall.discord.world
    visitor, friend = world.user("Vic"), world.user("Fay")
    hall.discord.install(visitor)
    room = world.private(visitor, friend)
    answer = await hall.command(f"ask {ORKDAL}", visitor, room)
    assert "14 percent" in words(*answer)
    assert hall.seen(room, friend) == []


async def test_names_are_completed(hall: Hall) -> None:
    """Companies, people, topics and zones, from what is known, and never more than Discord shows."""
    assert "Halden" in " ".join(await hall.completes("follow", "entity", "hal"))
    assert "Quillon" in " ".join(await hall.completes("entity", "name", "quil"))
    assert await hall.completes("brief", "topic", "Quil")
    assert (await hall.completes("subscribe", "tz", "berl", hall.max))[0] == "Europe/Berlin"
    assert "America/New_York" in await hall.completes("subscribe", "tz", "new york", hall.max)
    assert len(await hall.completes("subscribe", "tz", "a", hall.max)) == 25
    assert "Halden Compute" in await hall.completes("follow", "entity", "")
    assert await hall.completes("follow", "entity", "zzzzqqq") == []
    assert "Halden" in " ".join(await hall.completes("claims", "about", "hal", where=hall.alone(hall.ann)))
    await hall.command("follow Quillon hourly")
    assert await hall.completes("unfollow", "entity", "") == ["Quillon Semiconductor"]
    assert await hall.completes("unfollow", "entity", "hal") == []
    assert {asked.response for asked in hall.discord.asked if asked.choices} == {8}


async def test_commands_are_given_to_discord_only_when_they_changed(hall: Hall) -> None:
    """The second start finds them there."""
    await hall.restarts()
    assert len(hall.discord.calls_of("overwrite_commands")) == 1
    hall.discord.world.commands[""].pop()
    await hall.restarts()
    assert len(hall.discord.calls_of("overwrite_commands")) == 2


async def test_who_may_not_manage_is_not_offered_what_manages(hall: Hall) -> None:
    """And where a server offers it to them all the same, they are told who may."""
    for command in hall.discord.world.commands[""]:
        assert (command.get("default_member_permissions") == "32") == (
            command["name"] in {"subscribe", "unsubscribe", "resume", "sources", "language"}
        )
    for command in hall.discord.world.commands[""]:
        command["default_member_permissions"] = None
    for name, options in [("subscribe", {}), ("subscribe", {"at": "8am"}), ("unsubscribe", {})]:
        answer = await hall.uses(name, options)
        assert "Only people who manage this channel" in words(*answer)
    assert hall.discord.modal(hall.ann) is None
    assert await hall.app.store.subscriptions.subscriptions(hall.tenant) == []
