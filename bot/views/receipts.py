"""Receipts: the exact words behind a story, each with its speaker, show, date and time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from bot.chat.message import ACTION_LIMIT, Group, Heading, Message, Note, Prose, Quote
from bot.chat.text import md
from bot.domain import Brief, Claim
from bot.views.wording import claim_byline, pluralise

_MAX_REFERENCE_LENGTH = ACTION_LIMIT - len("receipts:")


@dataclass(frozen=True, slots=True)
class SignalReference:
    """Which signal of which edition a Receipts button means; reads `2026-06-27/<story key>/<topic>`.

    The key may be the beginning of one: a long topic leaves less room for it.
    """

    date: dt.date
    key: str
    topic: str

    def __str__(self) -> str:
        """Write the place as a button carries it."""
        room = _MAX_REFERENCE_LENGTH - len(f"{self.date.isoformat()}//{self.topic}")
        return f"{self.date.isoformat()}/{self.key[: max(room, 0)]}/{self.topic}"

    @classmethod
    def parse(cls, written: str) -> Self:
        """Read a place back; raises ValueError for anything else."""
        date, _, rest = written.partition("/")
        key, _, topic = rest.partition("/")
        return cls(dt.date.fromisoformat(date), key, topic)

    def claims(self, brief: Brief) -> tuple[Claim, ...]:
        """Return what the signal stands on, empty where the edition has no such signal."""
        meant = [signal for signal in brief.signals if self.key and signal.key.startswith(self.key)]
        return min(meant, key=lambda signal: len(signal.key)).claims if meant else ()


def receipts_view(claims: Sequence[Claim], headline: str = "") -> Message:
    """Show every claim's exact words; `headline` is the story they belong to."""
    if not claims:
        gone = "There are no receipts for that any more: the conversation was removed or edited."
        return Message((Group((Prose(md(gone)),)),), gone)
    shows = pluralise(len({claim.origin.conversation for claim in claims}), "conversation")
    summary = f"{pluralise(len(claims), 'quote')} from {shows}"
    kicker = f"Receipts · {summary}" if headline else summary
    heading = Heading(md("{title}", title=headline or "Receipts"), md("{kicker}", kicker=kicker))
    quotes = tuple(Group((Quote(claim.quote, claim_byline(claim)),)) for claim in claims)
    note = Note(md("These are the exact words, as the transcript has them."))
    return Message((Group((heading,)), *quotes, Group((note,))), f"Receipts: {summary}")
