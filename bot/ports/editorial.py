"""Making claims of conversations, and briefs and answers of claims."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from bot.domain import (
    Answer,
    Asker,
    Brief,
    Claim,
    Conversation,
    Filters,
    Hit,
    Material,
    Reading,
    Resolved,
    Stretch,
    Subject,
    Weighed,
)


class Analyst(Protocol):
    """Makes claims of conversations, briefs of claims, and answers of passages."""

    async def read(self, conversation: Conversation) -> Reading:
        """Find the claims, entities and passages of one conversation."""

    async def compose(self, material: Material) -> Brief:
        """Make the brief of a topic and date, or a quiet one."""

    async def resolve(self, question: str, subject: Subject, asker: Asker, /) -> Resolved:
        """Return a question that stands by itself, and the subject that the thread has now."""

    def answer(self, question: str, hits: Sequence[Hit], subject: Subject, asker: Asker) -> AsyncIterator[Answer]:
        """Yield the answer as it grows, made from the passages alone, or one that says that they do not answer."""

    async def weigh(self, statement: str, claims: Sequence[Claim]) -> Weighed:
        """Tell which claims say the same as a statement, which say otherwise, and which are only near."""


class Advice(Protocol):
    """What a model adds while conversations are read; without one, nothing."""

    async def point(self, conversation: Conversation, /) -> frozenset[Stretch]:
        """Return where there are claims beside those that rules find."""

    async def sort(self, reading: Reading) -> Reading:
        """Return the reading with its names sorted."""


class Translator(Protocol):
    """Puts briefs into other languages; what people said stays as they said it."""

    async def translate(self, brief: Brief, language: str, space: str, /) -> Brief:
        """Return the brief with our sentences in the language of that English name, or as it is with a note why.

        An empty name, and English, leave it as it is.
        """


class Editions(Protocol):
    """Briefs made so far, and what they told."""

    async def edition(self, topic: str, date: dt.date, *, space: str | None) -> Brief | None:
        """Return the brief of that topic and date."""

    async def adopt(self, topic: str, date: dt.date, *, space: str | None) -> Brief | None:
        """Take over the edition that was made of the same material for others who had been told the same before."""

    async def publish(self, brief: Brief) -> Brief:
        """Keep an edition; where one is already kept, that one stands and is returned."""

    async def material(self, topic: str, date: dt.date, *, space: str | None) -> Material:
        """Return the claims of the window that ends with the date, and what earlier briefs told."""


class Desk(Protocol):
    """Briefs and answers, from what has been read."""

    async def brief(self, topic: str, date: dt.date, *, space: str | None) -> Brief:
        """Return the published edition, or one made now; nothing is kept."""

    async def publish(self, topic: str, date: dt.date, *, space: str | None) -> Brief:
        """Return the edition as it will always stand."""

    def answer(
        self, question: str, within: Filters, subject: Subject, asker: Asker
    ) -> AsyncIterator[tuple[Answer, Subject]]:
        """Yield the answer as it grows, each time with what the thread is about from now on."""

    async def check(self, statement: str, within: Filters) -> Weighed:
        """Return the nearest claims for and against a statement."""
