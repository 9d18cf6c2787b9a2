"""`backup`: a copy of the database while the bot runs."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import typer

from bot.app import SystemClock
from bot.cli.failures import configure_logging
from bot.cli.session import print_json, progress_bar
from bot.config import POSTGRES_SCHEMES, redact_password
from bot.errors import SettingsError, UserError
from bot.platforms.registry import read_settings
from bot.store.backup import back_up
from bot.store.transfer import transfer_database
from bot.views.wording import pluralise


async def backup(path: Path, *, force: bool, as_json: bool) -> int:
    """Write the copy, and say what it holds."""
    # Not opened as in the other commands: the running bot may be of an older version.
    settings = read_settings()
    source = settings.database
    if not isinstance(source, Path):
        message = "The database is on a PostgreSQL server; back it up with `pg_dump`."
        raise UserError(message)
    target = _target_path(source, path, force=force)
    configure_logging(settings.log_folder, settings.log_level)
    with progress_bar("Copying") as report:
        copied = await back_up(source, target, SystemClock().now(), report)
    if as_json:
        print_json({"path": str(target), **asdict(copied)})
        return 0
    counts = ", ".join(
        (
            pluralise(copied.conversations, "conversation"),
            pluralise(copied.claims, "claim"),
            pluralise(copied.subscriptions, "subscription"),
            pluralise(copied.deliveries, "delivery"),
        )
    )
    typer.echo(f"{target}: {counts}, {copied.bytes / 1e6:,.1f} MB; checked and complete.")
    return 0


def _target_path(source: Path, path: Path, *, force: bool) -> Path:
    """Return where the copy goes; raises UserError for a place that won't do."""
    target = path.expanduser().absolute()
    if not source.is_file():
        problem = f"There is no database at {source} yet."
    elif not target.parent.is_dir():
        problem = f"There is no folder {target.parent}."
    elif target.is_dir():
        problem = f"{target} is a folder; name a file for the copy."
    elif target.exists() and target.samefile(source):
        problem = f"{target} is the database itself."
    elif target.exists() and not force:
        problem = f"{target} already exists; `--force` replaces it."
    else:
        return target
    raise UserError(problem)


_MIGRATED = """\
Copied {rows:,} rows of {tables} tables from {source} to {target}; counts and contents agree.
What the bot stores from now on isn't copied. Stop it, copy once more, and start it with the new address:
    OVERHEARD_DATABASE={target}{password}
Keep OVERHEARD_SECRET_KEY as it is: secrets were copied in encrypted form."""


async def migrate_to(target: str, *, as_json: bool) -> int:
    """Copy everything, compare it, and say what is left to do."""
    settings = read_settings()
    configure_logging(settings.log_folder, settings.log_level)
    if not isinstance(settings.database, Path):
        place = redact_password(settings.database)
        message = f"OVERHEARD_DATABASE is {place} already; set it to the file to copy."
        raise SettingsError(message)
    if not target.startswith(POSTGRES_SCHEMES):
        message = (
            f"{target} isn't the address of a PostgreSQL database; one looks like postgresql://user@host/database."
        )
        raise SettingsError(message)
    with progress_bar("Copying") as report:
        copied = await transfer_database(settings.database, target, report)
    if as_json:
        print_json({"source": str(settings.database), "target": redact_password(target), "rows": dict(copied)})
        return 0
    for table, rows in copied.items():
        typer.echo(f"{rows:>12,}  {table}")
    password = " (with its password)" if redact_password(target) != target else ""
    typer.echo(
        _MIGRATED.format(
            rows=sum(copied.values()),
            tables=len(copied),
            source=settings.database,
            target=redact_password(target),
            password=password,
        )
    )
    return 0
