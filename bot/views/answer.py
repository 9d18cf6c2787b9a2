"""An answer with its numbered citations, or an honest refusal with the nearest thing said."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bot.chat.message import Block, Group, Heading, Message, Note, Prose, Quote, Source, Sources
from bot.chat.text import Text, md, sanitise, shorten, styled_text
from bot.domain import Answer, Citation, Claim, Hit, StanceReport
from bot.views.wording import citation_byline, claim_byline, deep_link, join_names, pluralise

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


def claims_view(claims: Sequence[Claim], query: str) -> Message:
    """Show claims found; `asked` says in words what was looked for."""
    if not claims:
        nothing = md("No claims found for **{asked}**. Try fewer words or a longer time.", asked=query)
        return Message((Group((Prose(nothing),)),), f"No claims found for {query}")
    found = pluralise(len(claims), "claim")
    heading = Heading(md("{asked}", asked=query), md("Claims · {found}", found=found))
    groups = tuple(Group((Quote(claim.quote, claim_byline(claim)),)) for claim in claims)
    return Message((Group((heading,)), *groups), f"{found}: {query}")


MAX_PER_SIDE = 4
"""How many claims of each side are shown, the nearest first."""
MAX_NEAREST = 3

_MAX_STATEMENT_LENGTH = 200
_DISCLAIMER = "Overheard does not judge; this is who said what."


def check_view(weighed: StanceReport) -> Message:
    """Show the claims for and against a statement, or that nothing near it was said."""
    told = shorten(" ".join(sanitise(weighed.statement).split()), _MAX_STATEMENT_LENGTH)
    heading = Group((Heading(md("{found}", found=_summary(weighed)), md("Checked · “{told}”", told=told)),))
    sides = (
        *_side("For", "Much the same", weighed.supporting, MAX_PER_SIDE),
        *_side("Against", "The opposite, or another number", weighed.opposing, MAX_PER_SIDE),
        *_side("Nearest", "About it, and not clearly for or against", weighed.related[:MAX_NEAREST], MAX_NEAREST),
    )
    return Message((heading, *sides, Group((_footer(weighed),))), _summary(weighed))


def _summary(weighed: StanceReport) -> str:
    """Return how many stand on each side, as a person says it."""
    agreeing, opposing = (pluralise(len(claims), "claim") for claims in (weighed.supporting, weighed.opposing))
    if weighed.supporting or weighed.opposing:
        return f"{agreeing} for, {len(weighed.opposing):,} against" if weighed.supporting else f"{opposing} against"
    return "Nobody clearly for or against" if weighed.related else "Nothing near that was said"


def _side(title: str, kicker: str, claims: Sequence[Claim], limit: int) -> tuple[Group, ...]:
    if not claims:
        return ()
    heading = Heading(md("{title}", title=title), md("{kicker}", kicker=kicker))
    first, *others = (Quote(claim.quote, claim_byline(claim)) for claim in claims[:limit])
    rest = (Note(md("And {rest} more.", rest=len(claims) - limit)),) if len(claims) > limit else ()
    return (Group((heading, first)), *(Group((block,)) for block in (*others, *rest)))


def _footer(weighed: StanceReport) -> Prose | Note:
    if weighed.supporting or weighed.opposing or weighed.related:
        return Note(md(_DISCLAIMER))
    nothing = (
        "In what was read, nothing comes near this statement. That says nothing about whether it is true; "
        "try it in other words, with the names in it."
    )
    return Prose(md(nothing))
