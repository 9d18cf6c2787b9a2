"""A database that was restored from a copy: what was not sent, and why."""

from __future__ import annotations

import datetime as dt

from bot.views.words import count


def in_doubt(taken: dt.datetime) -> str:
    """Say why a delivery of a restored database is not sent."""
    return f"restored from a backup taken {_moment(taken)}; it may have been sent since, so it was not sent again"


def copy_words(taken: dt.datetime) -> str:
    """Say what a copy is on which the bot has not run."""
    return f"this database is a copy taken {_moment(taken)}; what falls due until the bot runs on it is not sent by it"


def restored_words(taken: dt.datetime, doubtful: int) -> str:
    """Say at the start what came of a restored database."""
    begun = f"This database was restored from a backup taken {_moment(taken)}."
    if not doubtful:
        return f"{begun} Nothing fell due since."
    fell_due = count(doubtful, "delivery")
    return f"{begun} What fell due since may have been sent, so it is not sent again: {fell_due}, listed by `status`."


def _moment(taken: dt.datetime) -> str:
    return f"{taken:%Y-%m-%d %H:%M} UTC"
