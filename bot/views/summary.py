"""What came of reading, in words."""

from __future__ import annotations

from bot.views.words import count


def summary_words(*, new: int, revised: int, unchanged: int, claims: int, problems: int) -> str:
    """Return the outcome of a reading: 24 new conversations, 310 claims, 1 edited, 2 problems."""
    parts = [f"{count(new, 'new conversation')}, {count(claims, 'claim')}"]
    parts += [f"{revised} edited"] if revised else []
    parts += [f"{unchanged} unchanged"] if unchanged else []
    parts += [count(problems, "problem")] if problems else []
    return ", ".join(parts)
