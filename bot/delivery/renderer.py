"""From what the outbox names to a message."""

from __future__ import annotations

from typing import Protocol

from bot.domain import Brief


class Translator(Protocol):
    """Puts briefs into other languages; what people said stays as they said it."""

    async def translate(self, brief: Brief, language: str, space: str, /) -> Brief:
        """Return the brief with our sentences in the language of that English name, or as it is with a note why.

        An empty name, and English, leave it as it is.
        """
