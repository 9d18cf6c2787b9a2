"""The tree of failures a person can meet.

    OverheardError
    ├── UserError           a person's mistake: say what to do instead (exit code 1)
    │   ├── InputError      a file or folder that cannot be read, with name, place and reason
    │   ├── NotTheirs       what somebody else saved, and nobody else may delete
    │   └── SettingsError   invalid settings, all of them at once
    ├── PlatformError       a chat platform refused
    │   ├── Busy            try again after some seconds
    │   │   └── Unconfirmed it isn't known whether it did what was asked
    │   ├── Unverifiable    and that cannot be found out either
    │   ├── Gone            the channel or message no longer exists
    │   └── Denied          the bot may not do that there
    │       └── TokenRefused  its token is no longer accepted anywhere
    ├── StoreError          the database isn't responding
    ├── LlmError            the language model gave no usable answer
    │   └── OverBudget      and may not be asked before a certain time
    └── FeedError           a source could not be fetched or understood

The docstring of each class is the sentence a person reads when nothing better is known.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Mapping
from enum import StrEnum


class OverheardError(Exception):
    """Something went wrong on our side; the log has the details."""

    def __str__(self) -> str:
        """Return the given sentence, or the docstring if none was given."""
        return super().__str__() or inspect.cleandoc(type(self).__doc__ or "")


class UserError(OverheardError):
    """I can't do that as written; try `help`."""

    def __init__(self, message: str = "", arg: str = "", *, by_arg: Mapping[str, str] | None = None) -> None:
        """Keep the sentence, and the argument it is about, if any; `by_arg` has one for each of several."""
        self.by_arg = by_arg or ({arg: message} if arg else {})
        super().__init__(message)


class InputError(UserError):
    """That file could not be read."""

    def __init__(self, name: str, location: str, reason: str) -> None:
        """Name the file, the place inside it (may be empty) and the reason."""
        self.name, self.location, self.reason = name, location, reason
        super().__init__(f"{name}{f', {location}' if location else ''}: {reason}")


class NotTheirs(UserError):
    """Only whoever saved it, or someone who manages this workspace, can have it forgotten."""


class SettingsError(UserError):
    """Some settings are invalid; run `overheard doctor`."""


class PlatformError(OverheardError):
    """The chat platform rejected that."""


class RateLimitScope(StrEnum):
    """Whom a platform asks to wait."""

    CHANNEL = "channel"
    SPACE = "space"
    PLATFORM = "platform"


class Busy(PlatformError):
    """The chat platform asks us to slow down; this will be sent a little later."""

    def __init__(self, retry_after: float, scope: RateLimitScope = RateLimitScope.CHANNEL) -> None:
        """Keep how many seconds the platform asks the bot to wait, and with what."""
        self.retry_after, self.scope = retry_after, scope
        super().__init__()


class Unconfirmed(Busy):
    """The chat platform did not confirm that."""

    def __init__(self, retry_after: float = 5.0) -> None:
        """Wait a while before trying again: what was accepted late will have arrived by then."""
        super().__init__(retry_after)


class Unverifiable(PlatformError):
    """It isn't known whether that was posted."""


class Gone(PlatformError):
    """That channel is gone or archived."""


class Denied(PlatformError):
    """The bot is not allowed to post there; invite it and try again."""


class TokenRefused(Denied):
    """The chat platform no longer accepts the bot's token."""


class StoreError(OverheardError):
    """The database isn't responding; try again in a minute."""


class LlmError(OverheardError):
    """The language model gave no usable answer."""


class OverBudget(LlmError):
    """Today's budget for the language model is spent."""


class FeedHealth(StrEnum):
    """How a polled source is doing; the words for each state are in `views/sources.py`."""

    NEW = "new"
    LISTED = "listed"
    OK = "fine"
    EMPTY = "empty"
    NO_TRANSCRIPTS = "silent"
    MOVED = "moved"
    BROWSERS_ONLY = "challenged"
    LOGIN_REQUIRED = "locked"
    DENIED = "denied"
    NOT_FOUND = "missing"
    GONE = "gone"
    BUSY = "busy"
    SERVER_ERROR = "broken"
    TOO_LARGE = "large"
    TIMED_OUT = "slow"
    UNREACHABLE = "unreachable"
    ADDRESS_BLOCKED = "forbidden"
    BAD_CERTIFICATE = "insecure"
    TOO_MANY_REDIRECTS = "astray"
    BAD_RESPONSE = "garbled"
    UNREADABLE = "unreadable"
    LIMIT_EXCEEDED = "heavy"
    INTERNAL_ERROR = "ours"


class FeedError(OverheardError):
    """That source could not be read."""

    def __init__(self, message: str = "", health: FeedHealth = FeedHealth.UNREADABLE, retry_after: str = "") -> None:
        """Keep the sentence, the state of the source, and the header by which it asks us to wait."""
        self.health, self.retry_after = health, retry_after
        super().__init__(message)


def is_cut_off() -> bool:
    """Return whether the running task was told to stop: what fails then is only how it ends."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
