"""A story of a brief outside of it: the reference its buttons carry, its receipts, and what one may ask about it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from bot.chat.message import ACTION_LIMIT, Button, Group, Heading, Message, Note, Quote
from bot.chat.text import md, styled_text
from bot.domain import UNKNOWN_SPEAKER, Brief, Claim, Signal
from bot.views.wording import button_question, buttons, choices, claim_byline, line_view, pluralise, quoted_words

_MAX_REFERENCE_LENGTH = ACTION_LIMIT - len("questions:")


@dataclass(frozen=True, slots=True)
class SignalReference:
    """The signal of an edition that a button refers to; reads `2026-06-27/<story key>/<topic>`.

    The key may be cut short: a long topic leaves less room for it.
    """

    date: dt.date
    key: str
    topic: str

    def __str__(self) -> str:
        """Write the reference as a button carries it."""
        room = _MAX_REFERENCE_LENGTH - len(f"{self.date.isoformat()}//{self.topic}")
        return f"{self.date.isoformat()}/{self.key[: max(room, 0)]}/{self.topic}"

    @classmethod
    def parse(cls, written: str) -> Self:
        """Read a reference back; raises ValueError for anything else."""
        date, _, rest = written.partition("/")
        key, _, topic = rest.partition("/")
        return cls(dt.date.fromisoformat(date), key, topic)

    def signal(self, brief: Brief) -> Signal | None:
        """Return the signal, None if the edition has no such one."""
        matching = (signal for signal in brief.signals if self.key and signal.key.startswith(self.key))
        return min(matching, key=lambda signal: len(signal.key), default=None)


def signal_buttons(signal: Signal, brief: Brief) -> tuple[Button, ...]:
    """Return what can be done with a signal of a brief."""
    place = str(SignalReference(brief.date, signal.key, brief.topic))
    name = signal.entity.name if signal.entity else ""
    follow = ((f"Follow {name}", "follow", name),) if name else ()
    taste = (("More like this", "more", place), ("Less like this", "less", place)) if name else ()
    return buttons(("Receipts", "receipts", place), *follow, ("Ask about this", "questions", place), *taste)


def receipts_view(claims: Sequence[Claim], headline: str = "") -> Message:
    """Show every claim's exact words, the newest first, below the headline of their story.

    A headline in somebody's exact words isn't shown above them again.
    """
    if not claims:
        return line_view("The receipts are gone: the conversation was removed or edited.")
    shows = pluralise(len({claim.origin.conversation for claim in claims}), "conversation")
    summary = f"{pluralise(len(claims), 'quote')} from {shows}"
    is_quoted = any(claim.quote.rstrip(".") in headline for claim in claims)
    title = headline if headline and not is_quoted else "Receipts"
    heading = Heading(styled_text(title), styled_text(summary if title == "Receipts" else f"Receipts · {summary}"))
    newest_first = sorted(claims, key=lambda claim: claim.origin.date, reverse=True)
    quotes = tuple(Group((Quote(quoted_words(claim), claim_byline(claim)),)) for claim in newest_first)
    note = Note(md("Exact words, as in the transcript."))
    return Message((Group((heading,)), *quotes, Group((note,))), f"Receipts: {summary}")


def questions_view(signal: Signal) -> Message:
    """Offer three questions about a signal."""
    asked = choices(*((question, "ask", question) for question in map(button_question, _questions(signal))))
    heading = Heading(styled_text(signal.headline), md("Ask about this"))
    return Message((Group((heading, *asked)),), f"Ask about: {signal.headline}")


def _questions(signal: Signal) -> tuple[str, ...]:
    """Return questions that the claims of a signal, or others about its subject, can answer."""
    about = signal.entity.name if signal.entity else signal.headline
    named = [claim.speaker for claim in signal.claims if claim.speaker != UNKNOWN_SPEAKER]
    who = f"What did {named[0]} say about {about}?" if named else f"Who has talked about {about}?"
    return f"What is the latest on {about}?", who, f"What is expected of {about}?"


def preference_view(name: str, weight: int, place: str) -> Message:
    """Say what this channel now wants about a name: more (1), less (-1), or as before (0).

    `place` is the signal that it was said of, for the button that takes it back.
    """
    if not weight:
        return line_view(md("Taken back: **{name}** counts as before.", name=name))
    wanted = "more" if weight > 0 else "less"
    noted = md("Noted: {wanted} about **{name}** in the briefs here.", wanted=wanted, name=name)
    return line_view(noted, *choices(("Undo", wanted, place)))
