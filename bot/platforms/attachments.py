"""Files as a platform tells of them: where they are, as plain values that can be saved with the event."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from bot.chat.request import Attachment
from bot.chat.text import one_line


@dataclass(frozen=True, slots=True)
class FileLink:
    """A file with its name, its size in bytes as the platform tells it, and its address, empty if there is none."""

    name: str
    size: int
    url: str

    def attachment(self, download: Callable[[str, int], Awaitable[bytes]]) -> Attachment:
        """Return the file as handlers see it; `download` takes an address, and the most bytes that are wanted."""
        return Attachment(one_line(self.name) or "file", self.size, partial(download, self.url))
