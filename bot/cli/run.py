"""`run`: the bot on this terminal."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import sys
import threading
from bisect import bisect_left
from contextlib import suppress
from dataclasses import replace
from itertools import islice, takewhile

from bot.app import LOCAL_SPACE, App, chat_platforms
from bot.chat.message import Group, Note
from bot.chat.text import styled_text
from bot.cli.session import app_session, final_message
from bot.ingest.importer import format_summary
from bot.platforms.console.adapter import Console
from bot.platforms.console.terminal import Keyboard, NoKeyboard, Pipe, Screen
from bot.runtime import run
from bot.views.brief import brief_view

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
"""The signals that stop a bot without a terminal."""

FORCED_EXIT_SECONDS = 20.0
"""Seconds after the first of them until the process exits in any case."""

MAX_COMPLETIONS = 8
"""How many names are offered to complete a word."""


async def run_bot(*, once: bool, samples: bool) -> int:
    """Show the brief, then listen until the person leaves."""
    async with app_session() as app:
        screen = Screen(sys.stdout)
        greeting = await (_read_samples(app) if samples else _greeting(app))
        typing = sys.stdin.isatty() and sys.stdout.isatty()
        if not (once or typing) and (app.settings.has_chat_platforms or await _is_service(app)):
            await _run_headless(app, screen)
            return 0
        if once or not typing:
            screen.show_note(greeting)
            brief = await final_message(app, app.request("brief"))
            screen.show(brief.unfolded.without_buttons if once else brief)
        if not once:
            keyboard = await _keyboard(app) if typing else Pipe(sys.stdin)
            console = Console(keyboard, screen, app.clock, app.zone)
            background = [_send_first_brief(app, console, greeting)] if typing else []
            await run(app, console, await chat_platforms(app, console.announce), console.announce, *background)
    return 0


async def _run_headless(app: App, screen: Screen) -> None:
    """Run without a terminal until a signal says to stop: the chat platforms, or what there is to do without one."""

    async def notify(words: str) -> None:
        screen.show_note(words)

    _stop_on_signals()
    has_chats = app.settings.has_chat_platforms
    screen.show_note("Connecting; press Ctrl-C to stop." if has_chats else "Running; press Ctrl-C to stop.")
    console = None if has_chats else Console(NoKeyboard(), screen, app.clock, app.zone)
    with suppress(asyncio.CancelledError):
        await run(app, console, await chat_platforms(app, notify), notify)


async def _is_service(app: App) -> bool:
    """Return whether there is something to run for although nobody can type: neither a person nor a pipe."""
    if sys.stdin.isatty() or not stat.S_ISCHR(os.fstat(sys.stdin.fileno()).st_mode):
        return False
    return bool(app.settings.health_port or await app.store.subscriptions.subscriptions(None))


def _stop_on_signals() -> None:
    """Shut down in order at the first signal, at once at the second, and in time even if something hangs."""
    main_task, loop = asyncio.current_task(), asyncio.get_running_loop()

    def stop() -> None:
        for stop_signal in STOP_SIGNALS:
            loop.remove_signal_handler(stop_signal)
            signal.signal(stop_signal, signal.SIG_DFL)
        # A hanging thread would keep the process alive; unfinished work is resumed at the next start.
        forced_exit = threading.Timer(FORCED_EXIT_SECONDS, os._exit, [0])
        forced_exit.daemon = True
        forced_exit.start()
        if main_task:
            main_task.cancel()

    if sys.platform != "win32":
        for stop_signal in STOP_SIGNALS:
            loop.add_signal_handler(stop_signal, stop)


async def _send_first_brief(app: App, console: Console, greeting: str) -> None:
    """Show the brief above the prompt, which need not wait for it."""
    edition = brief_view(await app.briefs.get_brief("", app.today, space=app.space))
    note = Group((Note(styled_text(greeting)),))
    await console.send(app.request("brief").at, replace(edition, groups=(note, *edition.groups)), key="first brief")


async def _greeting(app: App) -> str:
    tally = await app.store.library.tally(space=LOCAL_SPACE)
    if tally.conversations:
        return f"Overheard · {tally.conversations} conversations, {tally.claims} claims"
    return "Nothing has been read yet: `overheard ingest PATH` reads your transcripts, `run --samples` made-up ones."


async def _read_samples(app: App) -> str:
    from bot.cli.session import progress_bar
    from bot.ingest.files import sample_conversations, uncorrected_samples

    with progress_bar("Reading the sample conversations") as report:
        if not await app.store.library.hashes(sample.id for sample in sample_conversations(app.today)):
            await app.importer.import_conversations(uncorrected_samples(app.today), report)
        summary = await app.importer.import_conversations(sample_conversations(app.today), report)
        if summary.new or summary.revised:
            await app.search.refresh(report)
    return f"Overheard · made-up sample conversations: {format_summary(summary)}"


async def _keyboard(app: App) -> Keyboard:
    from bot.platforms.console.prompt import TerminalPrompt

    return TerminalPrompt(NameCompleter(await app.store.registry.names(space=LOCAL_SPACE)).complete)


class NameCompleter:
    """Completes names from memory, so that typing never waits for the database."""

    def __init__(self, names: list[str]) -> None:
        self._rank = {name: weight for weight, name in enumerate(names)}
        self._sorted = sorted((name.casefold(), name) for name in names)

    def complete(self, prefix: str) -> list[str]:
        """Return the names that begin so, the most talked about first."""
        wanted = prefix.strip().casefold()
        at = bisect_left(self._sorted, (wanted,))
        matching = takewhile(lambda pair: pair[0].startswith(wanted), islice(self._sorted, at, None))
        return sorted((name for _, name in matching), key=self._rank.__getitem__)[:MAX_COMPLETIONS]
