"""Where a message goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of a space: their id, and how others saw them when they did something, "" if nobody knows."""

    user: str
    name: str = ""


NOBODY = Member("")
"""Stands where nobody did anything yet, or where what is kept of a person was erased."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a message goes; reads `slack:T1/C2` or, in a thread, `slack:T1/C2/171.5`."""

    platform: str
    space: str
    channel: str
    thread: str = ""

    def __str__(self) -> str:
        """Write the address in one line."""
        return f"{self.platform}:{self.space}/{self.channel}" + (f"/{self.thread}" if self.thread else "")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an address back; raises ValueError for anything else."""
        platform, _, rest = text.partition(":")
        space, _, where = rest.partition("/")
        channel, _, thread = where.partition("/")
        if not (platform and space and channel):
            message = f"{text!r} is not an address like slack:T1/C2"
            raise ValueError(message)
        return cls(platform, space, channel, thread)

    @property
    def tenant(self) -> str:
        """The space with its platform, `slack:T1`: the key every tenant row carries."""
        return f"{self.platform}:{self.space}"

    @property
    def channel_address(self) -> Address:
        """The channel that holds the thread."""
        return Address(self.platform, self.space, self.channel)
