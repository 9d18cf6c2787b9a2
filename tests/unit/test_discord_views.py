"""What discord.py sends of our pages and forms."""

from __future__ import annotations

import json
from typing import Any

import discord
from discord.http import handle_message_parameters

from bot.platforms.discord.posting import to_modal, to_view
from bot.platforms.discord.render import build_modal, render
from tests.unit.test_slack_forms import SUBSCRIBE
from tests.unit.test_slack_render import PAGES


async def test_the_library_sends_a_page_as_it_was_drawn() -> None:
    """The components are ours, of the second version, and mention nobody."""
    (page,) = render(PAGES["following"])
    with handle_message_parameters(view=to_view(page), allowed_mentions=discord.AllowedMentions.none()) as sent:
        payload: dict[str, Any] = json.loads(json.dumps(sent.payload))
    assert payload["components"] == json.loads(json.dumps(page.components))
    assert payload["components"][0]["type"] == 17
    assert payload["flags"] == discord.MessageFlags(components_v2=True).value
    assert payload["allowed_mentions"] == {"parse": []}
    assert "content" not in payload


async def test_the_library_opens_a_form_as_it_was_drawn() -> None:
    """The modal is what was drawn, to the letter."""
    assert to_modal(build_modal(SUBSCRIBE)).to_dict() == build_modal(SUBSCRIBE)


async def test_the_library_remembers_neither() -> None:
    """Of thousands of pages and forms none is kept, since presses are told by what they carry."""
    for view in (to_view(render(PAGES["following"])[0]), to_modal(build_modal(SUBSCRIBE))):
        assert view.timeout is None
        assert view.is_finished()
        assert not view.is_dispatchable()
