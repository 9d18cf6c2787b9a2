"""Verbs as commands: the same handlers, the same words."""

from __future__ import annotations

import sys

import typer

from bot.app import App
from bot.chat.message import Action, Message
from bot.cli.progress import progress_bar
from bot.cli.session import app_session, final_message, print_json, to_builtins
from bot.platforms.console.screen import Screen
from bot.views.wording import pluralise

_CONFIRMING_VERBS = {"subscribe": "confirm", "follow": "follow", "privacy": "privacy"}
"""Verbs that show what would happen, with a button of this verb that makes it happen."""


async def run_verb(verb: str, words: str, *, yes: bool, as_json: bool) -> int:
    """Do what a person would by typing the verb, asking before something begins or ends for good."""
    async with app_session() as app:
        message = await final_message(app, app.request(verb, **{"": words}))
        offered = _offered_action(message, _CONFIRMING_VERBS.get(verb))
        if offered and (yes or _is_confirmed(message, quiet=as_json)):
            message = await final_message(app, app.request(offered.verb, **{"": offered.arg}))
        elif offered and not as_json and sys.stdin.isatty():
            return 0
        if as_json:
            print_json(to_builtins(message))
        else:
            Screen(sys.stdout).show(message)
        if verb == "sources" and words.startswith("add "):
            await _read_new_sources(app, as_json=as_json)
    return 0


async def export_sources(*, as_json: bool) -> int:
    """Print the sources on the web as a list that other readers take, and `sources add` too."""
    async with app_session() as app:
        feeds = await app.store.feeds.feeds(app.space)
        if as_json:
            print_json([{"url": feed.url, "title": feed.title} for feed in feeds])
            return 0
        from bot.ingest.feeds.opml import write_opml

        sys.stdout.write(write_opml(feeds))
    return 0


async def _read_new_sources(app: App, *, as_json: bool) -> None:
    """Ask what was added just now, and read it here: maybe no bot runs that would."""
    if not any(feed.polled_at is None for feed in await app.store.feeds.feeds(app.space)):
        return
    with progress_bar("Reading") as report:
        await app.feeds.poll()
        told = await app.feeds.process_pending(report)
    if as_json:
        print_json({"read": told})
    else:
        typer.echo(f"Read {pluralise(told, 'item')}: `overheard ask` and `overheard search` know them now.")


def _offered_action(message: Message, verb: str | None) -> Action | None:
    return next((button.action for button in message.buttons if button.action.verb == verb), None)


def _is_confirmed(message: Message, *, quiet: bool) -> bool:
    """Show what would happen and ask, where there is somebody to answer."""
    if quiet or not sys.stdin.isatty():
        return False
    Screen(sys.stdout).show(message)
    return typer.confirm("Go on?")
