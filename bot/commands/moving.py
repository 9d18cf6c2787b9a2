"""`migrate-to`: from a database file to a PostgreSQL database."""

from __future__ import annotations

from pathlib import Path

import typer

from bot.commands.progress import bar
from bot.commands.session import print_json
from bot.config import SERVER, load, shown
from bot.errors import SettingsError
from bot.failing import log_to
from bot.store.moving import move

_DONE = """\
Copied {rows:,} rows of {tables} tables from {source} to {target}; counts and contents agree.
What the bot keeps from now on is not copied. Stop it, copy once more, and start it with the new address:
    OVERHEARD_DATABASE={target}{password}
Keep OVERHEARD_SECRET_KEY as it is: secrets were copied as they are, encrypted."""


async def migrate_to(target: str, *, as_json: bool) -> int:
    """Copy everything, compare it, and say what is left to do."""
    settings = load()
    log_to(settings.folder, settings.log_level)
    if not isinstance(settings.database, Path):
        message = f"OVERHEARD_DATABASE is {shown(settings.database)} already; set it to the file that is to be copied."
        raise SettingsError(message)
    if not target.startswith(SERVER):
        message = f"{target} is no address of a PostgreSQL database; one looks like postgresql://user@host/database."
        raise SettingsError(message)
    with bar("Copying") as report:
        copied = await move(settings.database, target, report)
    if as_json:
        print_json({"source": str(settings.database), "target": shown(target), "rows": dict(copied)})
        return 0
    for table, rows in copied.items():
        typer.echo(f"{rows:>12,}  {table}")
    password = " (with its password)" if shown(target) != target else ""
    typer.echo(
        _DONE.format(
            rows=sum(copied.values()),
            tables=len(copied),
            source=settings.database,
            target=shown(target),
            password=password,
        )
    )
    return 0
