"""The messages that answer an interaction, written by its token alone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import TypeAlias

import discord
from discord.http import Route

from bot.platforms.discord.events import Event
from bot.platforms.discord.limits import Node
from bot.platforms.discord.render import Page

SaveEvent: TypeAlias = Callable[[Event], Awaitable[None]]
"""Writes an event down anew, with what was posted for it."""

_WEBHOOK_PATH = "/webhooks/{webhook_id}/{webhook_token}"
_MESSAGE_PATH = f"{_WEBHOOK_PATH}/messages/{{post}}"
_ORIGINAL = "@original"
_FLAGS = discord.MessageFlags(components_v2=True, suppress_embeds=True).value
_EPHEMERAL = discord.MessageFlags(ephemeral=True).value


class InteractionWebhook:
    """Writes the pages of one answer; for the quarter of an hour that a token lives, also after a restart.

    The first page has a name of its own, and each that follows is noted by its id as soon as Discord has it, so
    whoever goes on with the answer writes every page into its place. One case stays open, since Discord takes no key
    here: a page that it took, and whose id got lost with the connection or with the bot, is posted again.
    """

    def __init__(self, event: Event, client: discord.Client, save: SaveEvent) -> None:
        self._event = event
        self._http = client.http
        self._save = save

    async def write_page(self, index: int, page: Page) -> None:
        """Put a page in its place, the first of which is 0."""
        known: tuple[str | int, ...] = (_ORIGINAL, *self._event.posts)
        if index < len(known):
            await self._http.request(self._route("PATCH", _MESSAGE_PATH, known[index]), json=_message_payload(page))
        else:
            alone = _EPHEMERAL if self._event.own else 0
            posted = await self._http.request(self._route("POST", _WEBHOOK_PATH), json=_message_payload(page, alone))
            self._event = replace(self._event, posts=(*self._event.posts, int(posted["id"])))
            await self._save(self._event)

    async def trim(self, count: int) -> None:
        """Take away what was posted before beyond so many pages, of which there is at least one."""
        kept = self._event.posts[: count - 1]
        for post in self._event.posts[len(kept) :]:
            with suppress(discord.NotFound):
                await self._http.request(self._route("DELETE", _MESSAGE_PATH, post))
        self._event = replace(self._event, posts=kept)

    def _route(self, method: str, path: str, post: str | int = "") -> Route:
        event = self._event
        return Route(method, path, webhook_id=event.application, webhook_token=event.token, post=post)


def _message_payload(page: Page, flags: int = 0) -> Node:
    return {"components": page.components, "flags": _FLAGS | flags, "allowed_mentions": {"parse": []}}
