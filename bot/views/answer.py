"""An answer with its numbered citations, or an honest refusal with the nearest thing said."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.chat.message import Block, Group, Message, Note, Prose, Quote, Source, Sources
from bot.chat.text import Text, md, shorten, styled_text
from bot.domain import Answer, Citation
from bot.views.wording import citation_byline, deep_link, pluralise

_PARTIAL_NOTE = md("More is being written…")
_CITATION_MARK = re.compile(r"(\[\d+\])")


def answer_view(answer: Answer) -> Message:
    """Show an answer; what was searched is always said, and a refusal shows the nearest thing found."""
    searched = md("Searched {what}.", what=pluralise(answer.conversations_searched, "conversation"))
    body = _answer_blocks(answer) if answer.answered else _no_answer_blocks(answer)
    notes = [Note(md("{note}", note=answer.note))] if answer.note else []
    footer = (*notes, Note(_PARTIAL_NOTE if answer.is_partial else searched))
    return Message(tuple(Group(part) for part in (*body, footer)), shorten(answer.text, 150))


def _answer_blocks(answer: Answer) -> Iterator[tuple[Block, ...]]:
    yield (Prose(_linked_text(answer)),)
    if answer.citations:
        yield (Sources(tuple(_source(citation, answer.text) for citation in answer.citations)),)


def _no_answer_blocks(answer: Answer) -> Iterator[tuple[Block, ...]]:
    yield (Prose(md("{text}", text=answer.text)),)
    if answer.nearest:
        nearest = Quote(answer.nearest.quote, citation_byline(answer.nearest))
        yield Prose(md("The nearest thing said:")), nearest


def _source(citation: Citation, answer: str) -> Source:
    """Quote the words behind an answer, unless the answer is made of them."""
    template = "{by}" if citation.quote in answer else "“{quote}”\n{by}"
    text = md(template, quote=citation.quote, by=citation_byline(citation))
    return Source(text, deep_link(citation.origin, citation.t))


def _linked_text(answer: Answer) -> Text:
    """Let each [1] open what it stands for."""
    hrefs = {f"[{n}]": deep_link(c.origin, c.t) for n, c in enumerate(answer.citations, 1)}
    return tuple(span for part in _CITATION_MARK.split(answer.text) for span in styled_text(part, href=hrefs.get(part)))
