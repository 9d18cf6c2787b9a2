"""Writing down what is heard in a recording, where a model for that is configured."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from bot.ports.llm import Account


@dataclass(frozen=True, slots=True)
class Sound:
    """A piece of a recording: a file name that says its form, its bytes, and how long it lasts."""

    name: str
    body: bytes = field(repr=False)
    seconds: float


class Transcriber(Protocol):
    """Writes down what is heard; `most` is how many bytes a piece may have, `minutes` how long a recording may last."""

    most: int
    minutes: int

    async def write_down(self, sound: Sound, account: Account) -> str:
        """Return the words of a piece; raises LlmError, and OverBudget where none may be paid for."""
