"""Passages found, as they were said."""

from __future__ import annotations

from collections.abc import Sequence

from bot.chat.message import Group, Heading, Message, Prose, Quote
from bot.chat.text import md, shorten
from bot.domain import Citation, Hit
from bot.views.wording import citation_byline, join_names, pluralise

_MAX_EXCERPT_LENGTH = 400


def search_view(hits: Sequence[Hit], query: str) -> Message:
    """Show the passages found for the words `asked`, best first."""
    if not hits:
        nothing = md("Nothing was said about **{asked}** in what has been read so far.", asked=query)
        return Message((Group((Prose(nothing),)),), f"Nothing found for {query}")
    found = pluralise(len(hits), "passage")
    heading = Heading(md("{asked}", asked=query), md("Search · {found}", found=found))
    return Message((Group((heading,)), *(Group((_quote(hit),)) for hit in hits)), f"{found}: {query}")


def _quote(hit: Hit) -> Quote:
    passage = hit.passage
    words = shorten(passage.text, _MAX_EXCERPT_LENGTH)
    speakers = join_names(list(dict.fromkeys(passage.speakers)) or [passage.speaker])
    return Quote(words, citation_byline(Citation(passage.origin, words, speakers, passage.t)))
