"""What others must never reach on Discord: text that tries to act, and what one person was told alone."""

from __future__ import annotations

import re

import pytest

from tests.discord_markdown import Node, read
from tests.journeys.hall import Hall, words
from tests.said import conversation
from tests.servers.discord import Message
from tests.servers.discord.state import TEXT_DISPLAY, walk

ORKDAL = "How much of the world's stacked memory did Orkdal make?"
NAME = "Eve <@{max}> **Mallory**\u2066"
CONTROLS = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
ACTS = {"mention", "channel", "time", "command", "navigation", "emoji", "invite", "mail", "spoiler", "codeblock"}


def evil(hall: Hall) -> str:
    """Return what somebody says who wants to be more than words."""
    return (
        f"Zanthor cut @everyone 400 jobs in Oslo, says <@{hall.max.id}> <@&{hall.acme.id}> <#{hall.general.id}> "
        "at [the bank](https://evil.test/a), [x][1], ```code``` **bold** _it_ ~~no~~ ||spoiler|| :tada: "
        "\u202eolsO\u202c <t:1:R> </ask:1> <id:home> discord.gg/evil <https://evil.test> https://evil.test/b @here."
    )


def every(hall: Hall) -> list[Message]:
    """Return every message of the bot."""
    world = hall.discord.world
    return [one for room in world.messages.values() for one in room.values() if one.author == world.bot.id]


def kinds(nodes: list[Node]) -> set[str]:
    """Return what Discord draws in a text."""
    return {node.kind for node in nodes} | {kind for node in nodes for kind in kinds(node.inside)}


async def test_what_was_said_never_pings_links_or_formats(hall: Hall) -> None:
    """Wherever it appears, sent or edited, it is plain text; nobody is notified and nothing unfolds."""
    hall.discord.world.role(hall.acme, "bots", hall.discord.world.bot)
    hall.acme.roles[hall.acme.id].permissions |= 1 << 17
    said = evil(hall)
    speaker = NAME.format(max=hall.max.id)
    await hall.command("follow Zanthor at once")
    await hall.take_in(conversation("evil", "Welcome.", said, show="Bad @everyone **Show**", speaker=speaker))
    await hall.ticks()
    await hall.delivered(f"discord:@{hall.ann.id}")
    answer = await hall.says(f"{hall.at_bot} how many jobs did Zanthor cut?")
    await hall.says(f"{hall.at_bot} @everyone <@{hall.max.id}> `x` *y* who?")
    for typed in (
        "brief",
        "entity Zanthor",
        "claims Zanthor jobs",
        f"entity <@{hall.max.id}> @everyone",
        f"ask {said}",
    ):
        await hall.command(typed)
    await hall.asks("claims Zanthor")
    await hall.pressed("Share here", await hall.command("ask how many jobs did Zanthor cut?"))
    await hall.delivered()
    message = hall.discord.say(hall.bob, hall.general, said, ping=False).message
    await hall.checks(message)
    hall.pace.going.clear()
    asked = await hall.discord.command("ask", {"question": f"{said} who?"}, hall.ann, hall.general)
    await hall.discord.until(lambda: asked.shown)
    hall.pace.going.set()
    await hall.idle()
    assert "400 jobs" in words(*answer)
    assert len(every(hall)) > 10
    for one in every(hall):
        assert not hall.discord.pinged(one)
        assert not hall.discord.previews(one)
        assert one.allowed_mentions == {"parse": []}
        assert not CONTROLS.search(one.text)
        for part in walk(one.components):
            if part["type"] == TEXT_DISPLAY:
                assert not kinds(read(part["content"])) & ACTS, part["content"]
                assert "evil.test" not in str([node for node in read(part["content"]) if node.kind in {"link", "url"}])


async def test_a_private_answer_is_seen_by_nobody_else(hall: Hall) -> None:
    """Not in the channel, not in its threads."""
    brief = await hall.says(f"{hall.at_bot} brief")
    before = len(hall.everything(hall.general, hall.bob))
    await hall.command(f"ask {ORKDAL}")
    await hall.command("privacy")
    await hall.pressed("Receipts", brief)
    await hall.says(f"{hall.at_bot} privacy")
    assert len(hall.everything(hall.general, hall.bob)) == before


@pytest.mark.parametrize("space", ["acme", "elsewhere"])
async def test_what_a_server_keeps_is_its_own(hall: Hall, space: str) -> None:
    """A conversation of one server is known in that one alone."""
    tenant = hall.tenant if space == "acme" else "discord:1"
    await hall.take_in(conversation("secret", "Zanthor cut 400 jobs in Oslo.", space=tenant))
    found = words(*await hall.command("ask How many jobs did Zanthor cut in Oslo?"))
    assert ("400" in found) == (space == "acme")
    assert await hall.completes("entity", "name", "Zanth", where=hall.alone(hall.ann)) == []
    assert "400" not in words(*await hall.asks("How many jobs did Zanthor cut in Oslo?"))
