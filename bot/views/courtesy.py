"""Replies to what people say to the bot itself: a greeting, thanks, who it is, what it can do, what is new."""

from __future__ import annotations

from collections.abc import Sequence

from bot.chat.message import Block, Item, Message, Note
from bot.chat.text import md
from bot.views.wording import choices, line_view

EXAMPLES = 3
"""How many questions about names of the library are offered."""

_QUESTIONS = ("What was said about {name}?", "Who disagrees about {name}?", "What is the latest on {name}?")
_SENTENCES = {
    "greeting": "Hi! Ask me about what was said in the podcasts, talks and articles I have read.",
    "thanks": "You're welcome.",
    "identity": "I'm Overheard. I read podcasts, talks and articles, and answer with who said what, and where.",
    "ability": "I answer questions from what was said, write a daily brief, and say when names you follow come up.",
    "news": "The brief has what is new today.",
}


def courtesy_view(courtesy: str, names: Sequence[str]) -> Message:
    """Reply as a person would, with questions about some names where these help somebody to begin.

    `courtesy` is "greeting", "thanks", "identity", "ability" or "news".
    """
    examples = [Item(md(question, name=name)) for question, name in zip(_QUESTIONS, names, strict=False)]
    below: list[Block] = [Note(md("For example:")), *examples] if examples else []
    if courtesy == "news":
        below += choices(("Read the brief", "brief", ""), ("Latest claims", "claims", ""))
    elif courtesy != "thanks":
        below += choices(("Help", "help", ""))
    return line_view(_SENTENCES[courtesy], *below)
