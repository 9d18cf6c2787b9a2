"""Pages and forms as discord.py sends them."""

from __future__ import annotations

import discord

from bot.platforms.discord.limits import Node
from bot.platforms.discord.render import Page


class _PageView(discord.ui.LayoutView):
    """Components as they were drawn; discord.py keeps nothing of it, since presses are told by what they carry."""

    def __init__(self, components: list[Node]) -> None:
        super().__init__(timeout=None)
        self._payload = components

    def to_components(self) -> list[Node]:
        return self._payload

    def has_components_v2(self) -> bool:
        return True

    def is_finished(self) -> bool:
        return True


class _FormModal(discord.ui.Modal):
    """A modal as it was drawn, of which discord.py keeps nothing either."""

    def __init__(self, payload: Node) -> None:
        super().__init__(title=payload["title"], custom_id=payload["custom_id"])
        self._payload: list[Node] = payload["components"]

    def to_components(self) -> list[Node]:
        return self._payload

    def is_finished(self) -> bool:
        return True


def to_view(page: Page) -> discord.ui.LayoutView:
    """Return a page to be sent as `view=`; it takes no presses itself."""
    return _PageView(page.components)


def to_modal(payload: Node) -> discord.ui.Modal:
    """Return a form to be opened with `send_modal`; it takes no submission itself."""
    return _FormModal(payload)
