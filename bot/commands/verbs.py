"""Verbs as commands: the same handlers, the same words."""

from __future__ import annotations

import sys

import typer

from bot.app import App
from bot.commands.session import as_plain, last_message, print_json, session
from bot.message import Action, Message
from bot.platforms.console.screen import Screen

_ASKS_FIRST = {"subscribe": "confirm", "follow": "follow", "privacy": "privacy"}
"""Verbs that show what would happen, with a button of this verb that makes it happen."""


async def do(verb: str, words: str, *, yes: bool, as_json: bool) -> int:
    """Do what a person would by typing the verb, asking before something begins or ends for good."""
    async with session() as app:
        message = await _said(app, verb, words)
        if verb in _ASKS_FIRST:
            message = await _confirmed(app, message, _ASKS_FIRST[verb], yes=yes, quiet=as_json)
        if as_json:
            print_json(as_plain(message))
        else:
            Screen(sys.stdout).show(message)
    return 0


async def _said(app: App, verb: str, words: str) -> Message:
    return await last_message(app, app.request(verb, **{"": words}))


async def _confirmed(app: App, message: Message, verb: str, *, yes: bool, quiet: bool) -> Message:
    offered: Action | None = next((button.action for button in message.buttons if button.action.verb == verb), None)
    if offered is None:
        return message
    if not quiet:
        Screen(sys.stdout).show(message)
    if not (yes or (sys.stdin.isatty() and typer.confirm("Go on?"))):
        return message
    return await _said(app, offered.verb, offered.arg)
