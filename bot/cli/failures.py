"""How a command fails: one sentence on standard error, the cause in the log, and an exit code."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from pathlib import Path

import typer

from bot.errors import OverheardError, SettingsError, UserError

MISTAKE, FAULT = 1, 2
"""Exit codes: a person's mistake, and ours."""

STOPPED = 130
"""The exit code of what a person stopped with Ctrl-C, as shells know it; typer returns it too."""

logger = logging.getLogger(__name__)


def guarded(work: Callable[[], object]) -> int:
    """Run a command to its exit code; no traceback reaches a person."""
    try:
        outcome = work()
    except UserError as error:
        return _say(str(error), MISTAKE)
    except (KeyboardInterrupt, typer.Abort):
        outcome = STOPPED
    except Exception as error:
        if show := getattr(error, "show", None):
            show()  # a usage error, which typer words well
            return MISTAKE
        incident = secrets.token_hex(3)
        logger.exception("A command failed (incident %s)", incident)
        sentence = str(error) if isinstance(error, OverheardError) else str(OverheardError())
        return _say(f"{sentence} (incident {incident})", FAULT)
    if outcome == STOPPED:
        return _say("Stopped. What was finished is kept.", STOPPED)
    return outcome if isinstance(outcome, int) else 0


def log_to(folder: Path, level: str) -> None:
    """Write the log beside the database: the terminal belongs to the conversation.

    Raises SettingsError where there can be no such folder.
    """
    from logging.handlers import RotatingFileHandler

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"{folder} cannot be made a folder ({error.strerror}); set OVERHEARD_DATABASE to another place."
        raise SettingsError(message) from error
    handler = RotatingFileHandler(folder / "overheard.log", maxBytes=1_000_000, backupCount=2, delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=level, handlers=[handler], force=True)


def _say(sentence: str, code: int) -> int:
    typer.echo(f"overheard: {sentence}", err=True)
    return code
