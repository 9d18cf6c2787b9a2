"""Verbs as commands: the same handlers, the same words."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import typer

from bot.app import App
from bot.chat.message import Action, Message
from bot.chat.request import Request
from bot.cli.session import app_session, final_message, print_json, progress_bar, show, to_builtins
from bot.domain import Entity
from bot.domain.delivery import DeliveryState
from bot.domain.feed import Feed
from bot.errors import UserError
from bot.platforms.console.adapter import attach
from bot.store.registry import Registry
from bot.views.system import deliveries_view
from bot.views.wording import pluralise

CHECK_SECONDS, READ_SECONDS = 30.0, 30.0
"""How long `sources add` goes on checking what a list names, and then reading what it found, the newest first.

A whole list or catalogue may take hours; the running bot goes on with it, and so does the same command.
"""

_CONFIRMING_VERBS = {"subscribe": "confirm", "follow": "follow", "privacy": "privacy"}
"""Verbs that show what would happen, with a button of this verb that makes it happen."""

_READING_VERB = "note"
_PATH = re.compile(r"(?!\w+://)\S*/\S*")
"""What is meant as a path, not as a text or an address."""


async def run_verb(verb: str, words: str, *, yes: bool, as_json: bool) -> int:
    """Do what typing the verb to the bot would do, asking before something begins or ends for good."""
    async with app_session() as app:
        message = await final_message(app, _to_request(app, verb, words))
        offered = _offered_action(message, _CONFIRMING_VERBS.get(verb))
        if offered and (yes or _is_confirmed(message, quiet=as_json)):
            message = await final_message(app, app.request(offered.verb, **{"": offered.arg}))
        elif offered and not as_json and sys.stdin.isatty():
            return 0
        if as_json:
            print_json(to_builtins(message))
        else:
            show(message)
        if verb == "sources" and words.startswith(("add ", "check ")):
            await _read_due_sources(app, as_json=as_json)
    return 0


def _to_request(app: App, verb: str, words: str) -> Request:
    """Return what the words ask for; a file of this machine that is to be noted goes with them as if sent in a chat.

    Raises UserError for a path at which there is none.
    """
    if verb == _READING_VERB:
        place = Path(words).expanduser()
        with suppress(OSError):
            if place.is_file():
                return replace(app.request(verb), attachments=(attach(place),))
        if _PATH.fullmatch(words):
            message = f"There is no file {words}; `overheard ingest` reads folders."
            raise UserError(message)
    return app.request(verb, **{"": words})


async def export_sources(*, as_json: bool) -> int:
    """Print the sources on the web as a list that feed readers accept, and so does `sources add`."""
    async with app_session() as app:
        feeds = await app.store.feeds.feeds(app.space)
        if as_json:
            print_json([{"url": feed.url, "title": feed.title} for feed in feeds])
            return 0
        from bot.ingest.feeds.discovery import write_opml

        sys.stdout.write(write_opml(feeds))
    return 0


async def _read_due_sources(app: App, *, as_json: bool) -> None:
    """Poll what has just been added or is to be checked, and read it here: perhaps no bot is running that would."""
    due = len(_due(await app.store.feeds.feeds(app.space), app.clock.now()))
    if not due:
        return
    await app.feeds.take_over(app.replicas.has_ended)
    with progress_bar("Checking") as report, suppress(TimeoutError):
        # This notes every item of a feed, however many there are; reading takes about a second for each.
        async with asyncio.timeout(CHECK_SECONDS):
            await app.feeds.poll(lambda progress: report(replace(progress, total=max(due, progress.done))))
    before = await app.store.items.count_due(app.clock.now())
    with progress_bar("Reading") as report, suppress(TimeoutError):
        async with asyncio.timeout(READ_SECONDS):
            await app.feeds.process_pending(report)
    left = await app.store.items.count_due(app.clock.now())
    unchecked = len(_due(await app.store.feeds.feeds(app.space), app.clock.now()))
    if as_json:
        print_json({"read": before - left, "left": left, "unchecked": unchecked})
        return
    typer.echo(f"Read {pluralise(before - left, 'item')}: `overheard ask` and `overheard search` can find them now.")
    if left:
        typer.echo(f"{pluralise(left, 'older item')} left, which the running bot reads: `overheard run`.")
    if unchecked:
        are = "source is" if unchecked == 1 else "sources are"
        typer.echo(f"{unchecked:,} {are} still to be checked, by the running bot or by this command once more.")


def _due(feeds: Sequence[Feed], now: dt.datetime) -> list[Feed]:
    return [feed for feed in feeds if feed.due <= now and not feed.is_paused]


def _offered_action(message: Message, verb: str | None) -> Action | None:
    return next((button.action for button in message.buttons if button.action.verb == verb), None)


def _is_confirmed(message: Message, *, quiet: bool) -> bool:
    """Show what would happen and ask, if there is somebody to answer."""
    if quiet or not sys.stdin.isatty():
        return False
    show(message)
    return typer.confirm("Continue?")


async def entity(name: str, same_as: str, not_same_as: str, *, as_json: bool) -> int:
    """Make the other name an alias of this one, or keep the two apart, and show the card."""
    if name and (same_as or not_same_as):
        async with app_session() as app:
            if same_as:
                await app.store.registry.merge(name, same_as)
            if not_same_as:
                await _keep_apart(app.store.registry, name, not_same_as)
    return await run_verb("entity", name, yes=False, as_json=as_json)


async def _keep_apart(registry: Registry, name: str, other: str) -> None:
    """Undo the merge of two names, if they were merged, and make sure that they never are again."""
    first, second = await _require_entity(registry, name), await _require_entity(registry, other)
    if first == second:
        await registry.split(name if other.casefold() == first.name.casefold() else other)
    else:
        await registry.keep_apart([(first.name, second.name)])


async def _require_entity(registry: Registry, name: str) -> Entity:
    known = await registry.entity(name)
    if known is None:
        message = f"No one has mentioned {name} yet."
        raise UserError(message)
    return known


UNDELIVERED = (DeliveryState.FAILED, DeliveryState.UNKNOWN)


async def deliveries(state: str | None, resend: Sequence[int], *, as_json: bool) -> int:
    """List deliveries in a state, a hundred at most, the latest first; those in `resend` are queued again.

    Raises UserError for a number that isn't a failed or unknown delivery.
    """
    async with app_session() as app:
        for number in resend:
            if not await app.store.outbox.resend(number, app.clock.now()):
                message = f"{number} isn't a failed or unknown delivery; `overheard deliveries` lists those."
                raise UserError(message)
        states = [DeliveryState(state)] if state else [DeliveryState.PENDING] if resend else UNDELIVERED
        found = await app.store.outbox.deliveries(None, states)
        listed = [delivery for delivery in found if delivery.id in resend] if resend else found
    if as_json:
        print_json([to_builtins(delivery) for delivery in listed])
    else:
        show(deliveries_view(listed, states))
    return 0
