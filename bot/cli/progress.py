"""A progress bar on standard error, where somebody watches."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

from bot.chat import request as chat
from bot.chat.text import sanitise, shorten

_MAX_NOTE_LENGTH = 40


@contextmanager
def progress_bar(title: str) -> Iterator[chat.ProgressCallback]:
    """Draw progress on standard error where somebody watches."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None)

        def report(progress: chat.Progress) -> None:
            note = shorten(sanitise(progress.note), _MAX_NOTE_LENGTH)
            bar.update(
                task, completed=progress.done, total=progress.total or None, description=f"{title} {note}".strip()
            )

        yield report
