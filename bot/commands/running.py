"""`run`: the bot on this terminal."""

from __future__ import annotations

import sys
from bisect import bisect_left

from bot.app import SPACE, App, run
from bot.commands.session import last_message, session
from bot.intake import in_words
from bot.platforms.console.adapter import Console
from bot.platforms.console.keyboard import Keyboard
from bot.platforms.console.piped import Pipe
from bot.platforms.console.screen import Screen
from bot.views.brief import brief_view

OFFERED = 8
"""How many names are offered to complete a word."""


async def run_here(*, once: bool, samples: bool) -> int:
    """Show the brief, then listen until the person leaves."""
    async with session() as app:
        screen = Screen(sys.stdout)
        if samples:
            await _read_samples(app, screen)
        else:
            await _greet(app, screen)
        if once or not _typing():
            screen.show(await last_message(app, app.request("brief")))
        if not once:
            console = Console(await _keyboard(app), screen, app.clock, app.zone)
            await run(app, {console.name: console}, *([_first_brief(app, console)] if _typing() else []))
    return 0


def _typing() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


async def _first_brief(app: App, console: Console) -> None:
    """Show the brief above the prompt, which need not wait for it."""
    edition = await app.desk.brief("", app.today, space=app.space)
    await console.send(app.request("brief").at, brief_view(edition), key="first brief")


async def _greet(app: App, screen: Screen) -> None:
    tally = await app.store.library.tally(space=SPACE)
    screen.note(
        f"Overheard · {tally.conversations} conversations, {tally.claims} claims"
        if tally.conversations
        else "Nothing has been read yet: `overheard ingest PATH` reads your transcripts, `run --samples` made-up ones."
    )


async def _read_samples(app: App, screen: Screen) -> None:
    from bot.commands.progress import bar
    from bot.ingest import samples as made_up

    with bar("Reading the sample conversations") as report:
        if not await app.store.library.hashes(said.id for said in made_up.samples(app.today)):
            await app.intake.keep(made_up.first_editions(app.today), report)
        summary = await app.intake.keep(made_up.samples(app.today), report)
        if summary.new or summary.revised:
            await app.search.refresh(report)
    screen.note(f"Overheard · made-up sample conversations: {in_words(summary)}")


async def _keyboard(app: App) -> Keyboard:
    if not _typing():
        return Pipe(sys.stdin)
    from bot.platforms.console.typed import Typed

    return Typed(Names(await app.store.registry.names(space=SPACE)).beginning)


class Names:
    """Names to complete from memory, so that typing never waits for the database."""

    def __init__(self, names: list[str]) -> None:
        self._weight = {name: weight for weight, name in enumerate(names)}
        self._sorted = sorted((name.casefold(), name) for name in names)

    def beginning(self, prefix: str) -> list[str]:
        """Return the names that begin so, the most spoken of first."""
        wanted = prefix.strip().casefold()
        at = bisect_left(self._sorted, (wanted,))
        found = []
        while at < len(self._sorted) and self._sorted[at][0].startswith(wanted):
            found.append(self._sorted[at][1])
            at += 1
        return sorted(found, key=self._weight.__getitem__)[:OFFERED]
