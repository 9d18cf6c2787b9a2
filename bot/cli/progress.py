"""A progress bar on standard error, where somebody watches."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

from bot.chat import request as chat
from bot.chat.text import plain, shorten

_TITLE = 40


@contextmanager
def bar(what: str) -> Iterator[chat.Report]:
    """Draw progress on standard error where somebody watches."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)

        def report(progress: chat.Progress) -> None:
            note = shorten(plain(progress.note), _TITLE)
            bar.update(
                task, completed=progress.done, total=progress.total or None, description=f"{what} {note}".strip()
            )

        yield report
