"""Pages and forms as discord.py sends them."""

from __future__ import annotations

import discord

from bot.platforms.discord.limits import Node
from bot.platforms.discord.render import Page


class _Drawn(discord.ui.LayoutView):
    """Components as they were drawn; discord.py keeps nothing of it, since presses are told by what they carry."""

    def __init__(self, components: list[Node]) -> None:
        super().__init__(timeout=None)
        self._inside = components

    def to_components(self) -> list[Node]:
        return self._inside

    def has_components_v2(self) -> bool:
        return True

    def is_finished(self) -> bool:
        return True


class _Asked(discord.ui.Modal):
    """A modal as it was drawn, of which discord.py keeps nothing either."""

    def __init__(self, drawn: Node) -> None:
        super().__init__(title=drawn["title"], custom_id=drawn["custom_id"])
        self._inside: list[Node] = drawn["components"]

    def to_components(self) -> list[Node]:
        return self._inside

    def is_finished(self) -> bool:
        return True


def layout(page: Page) -> discord.ui.LayoutView:
    """Return a page to be sent as `view=`; it takes no presses itself."""
    return _Drawn(page.components)


def modal(drawn: Node) -> discord.ui.Modal:
    """Return a form to be opened with `send_modal`; it takes no submission itself."""
    return _Asked(drawn)
