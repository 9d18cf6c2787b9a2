"""What every command needs: the application opened, and a way to print."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

from bot.app import App, open_app
from bot.chat import request as chat
from bot.chat.message import Form, Message
from bot.chat.request import Request
from bot.chat.text import sanitise, shorten
from bot.cli.failures import configure_logging
from bot.errors import UserError
from bot.platforms.console.adapter import attach
from bot.platforms.console.terminal import Screen
from bot.platforms.registry import PLATFORMS, read_settings
from bot.platforms.spec import PlatformSpec


@asynccontextmanager
async def app_session(platforms: Sequence[PlatformSpec[Any]] = PLATFORMS) -> AsyncIterator[App]:
    """Open the application with the settings of the environment."""
    settings = read_settings(platforms=platforms)
    configure_logging(settings.log_folder, settings.log_level)
    async with open_app(settings) as app:
        yield app


def to_builtins(value: object) -> object:
    """Return a value as JSON types: dates in ISO, tuples as lists."""
    plain: object = msgspec.to_builtins(value)
    return plain


def print_json(value: object) -> None:
    """Print one line of JSON."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def show(message: Message) -> None:
    """Show a message on standard output, where nobody can press its buttons."""
    Screen(sys.stdout).show(message.without_buttons)


async def final_message(app: App, request: Request) -> Message:
    """Return the final state of an answer, drawing the others as progress; raises what the handler raises.

    A form is filled in if somebody is at the terminal.
    """
    content = await _final_content(app, request)
    if isinstance(content, Form) and sys.stdin.isatty():
        answers = _prompt_fields(content)
        paths = [Path(answers[field.name]) for field in content.fields if field.is_file and answers[field.name]]
        request = replace(app.request(content.verb, **answers), attachments=tuple(map(attach, paths)))
        content = await _final_content(app, request)
    if not isinstance(content, Message):
        message = f"`{request.verb}` needs more arguments here; try `overheard {request.verb} --help`."
        raise UserError(message)
    return content


async def _final_content(app: App, request: Request) -> Message | Form | None:
    screen = Screen(sys.stderr)
    content: Message | Form | None = None
    with screen.progress() as draw:
        async for reply in app.dispatcher.handle(request):
            content = reply.content
            if isinstance(content, Message) and not reply.final:
                draw(content)
    return content


def _prompt_fields(form: Form) -> dict[str, str]:
    """Ask for the fields of a form."""
    typer.echo(form.title, err=True)
    return {
        field.name: typer.prompt(
            field.label, field.value or (None if field.required else ""), hide_input=field.hidden, err=True
        )
        for field in form.fields
    }


_MAX_NOTE_LENGTH = 40


@contextmanager
def progress_bar(title: str) -> Iterator[chat.ProgressCallback]:
    """Draw progress on standard error if somebody is watching."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    # Where nobody watches, it would still write a line break.
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(title, total=None)

        def report(progress: chat.Progress) -> None:
            note = shorten(sanitise(progress.note), _MAX_NOTE_LENGTH)
            bar.update(
                task, completed=progress.done, total=progress.total or None, description=f"{title} {note}".strip()
            )

        yield report
