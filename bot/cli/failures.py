"""How a command fails: one sentence on standard error, the cause in the log, and an exit code."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from pathlib import Path

import typer

from bot.errors import OverheardError, SettingsError, UserError

USER_ERROR, INTERNAL_ERROR = 1, 2
"""Exit codes for a person's mistake, and for ours."""

INTERRUPTED = 130
"""The exit code after Ctrl-C, as shells have it; typer returns it too."""

logger = logging.getLogger(__name__)


def exit_code_of(command: Callable[[], object]) -> int:
    """Run a command and return its exit code; no traceback reaches a person."""
    try:
        outcome = command()
    except UserError as error:
        return _report(str(error), USER_ERROR)
    except (KeyboardInterrupt, typer.Abort):
        outcome = INTERRUPTED
    except Exception as error:
        if show := getattr(error, "show", None):
            show()  # a usage error, which typer words well
            return USER_ERROR
        incident = secrets.token_hex(3)
        logger.exception("A command failed (incident %s)", incident)
        sentence = str(error) if isinstance(error, OverheardError) else str(OverheardError())
        return _report(f"{sentence} (incident {incident})", INTERNAL_ERROR)
    if outcome == INTERRUPTED:
        return _report("Stopped. Finished work is kept.", INTERRUPTED)
    return outcome if isinstance(outcome, int) else 0


def configure_logging(folder: Path, level: str) -> None:
    """Write the log beside the database: the terminal belongs to the conversation, except for why a command waits.

    Raises SettingsError if the folder can't be created.
    """
    from logging.handlers import RotatingFileHandler

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"Cannot create the folder {folder} ({error.strerror}); set OVERHEARD_DATABASE to another place."
        raise SettingsError(message) from error
    handler = RotatingFileHandler(folder / "overheard.log", maxBytes=1_000_000, backupCount=2, delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    waiting = logging.StreamHandler()
    waiting.addFilter(logging.Filter("bot.store.sqlite"))
    waiting.setFormatter(logging.Formatter("overheard: %(message)s"))
    logging.basicConfig(level=level, handlers=[handler, waiting], force=True)


def _report(sentence: str, code: int) -> int:
    typer.echo(f"overheard: {sentence}", err=True)
    return code
