"""Answers with numbered citations, or an honest refusal; passages and claims found; claims for and against."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from bot.chat.message import Block, Field, Form, Group, Heading, Message, Note, Prose, Quote, Source, Sources
from bot.chat.text import Text, md, one_line, shorten, styled_text
from bot.domain import Answer, Citation, Claim, Hit, StanceReport
from bot.views.wording import (
    choices,
    citation_byline,
    claim_byline,
    deep_link,
    join_names,
    line_view,
    pluralise,
    quoted_words,
)

_PARTIAL_NOTE = md("Still writing…")
_ATTRIBUTED_LINE = re.compile(r"(?:(?!\[\d+\]).)+, \d{1,2} \w+ \d{4}\)?: (?:(?!\[\d+\]).)+ \[(?P<number>\d+)\]")
_CITATION_MARK = re.compile(r"(\[\d+\])")


def answer_view(answer: Answer, names: Sequence[str] = ()) -> Message:
    """Show an answer and how much was searched for it; a refusal shows the nearest passage.

    `names` are those that it is about; the first can be followed.
    """
    searched = md("Searched {what}.", what=pluralise(answer.conversations_searched, "conversation"))
    body = _answer_blocks(answer) if answer.answered else _no_answer_blocks(answer)
    footer: list[Block] = [Note(styled_text(answer.note))] if answer.note else []
    footer.append(Note(_PARTIAL_NOTE if answer.is_partial else searched))
    if answer.answered:
        footer += choices(*((f"Follow {name}", "follow", name) for name in names[:1]))
    return Message(tuple(Group(tuple(part)) for part in (*body, footer)), shorten(answer.text, 150))


def _answer_blocks(answer: Answer) -> Iterator[tuple[Block, ...]]:
    """Yield an answer in the speakers' own words quote by quote; in other words, with its sources below."""
    quoted = list(map(_quotation(answer), answer.text.split("\n")))
    if sum(isinstance(block, Quote) for block in quoted) == len(answer.citations) > 0:
        yield from ((block,) for block in quoted)
        return
    yield (Prose(_linked_text(answer)),)
    if answer.citations:
        yield (Sources(tuple(_source(citation, answer.text) for citation in answer.citations)),)


def _quotation(answer: Answer) -> Callable[[str], Quote | Prose]:
    """Return what draws a line: `speaker (show, date): words [1]` is the quote that [1] stands for."""

    def draw(line: str) -> Quote | Prose:
        said = _ATTRIBUTED_LINE.fullmatch(line)
        number = int(said["number"]) if said else 0
        if not 0 < number <= len(answer.citations):
            return Prose(styled_text(line))
        citation = answer.citations[number - 1]
        mark = styled_text(f"[{number}]", href=deep_link(citation.origin, citation.t))
        return Quote(citation.quote, (*mark, *styled_text(" "), *citation_byline(citation)))

    return draw


def _no_answer_blocks(answer: Answer) -> Iterator[tuple[Block, ...]]:
    yield (Prose(styled_text(answer.text)),)
    if answer.nearest:
        nearest = Quote(answer.nearest.quote, citation_byline(answer.nearest))
        yield Prose(md("The closest match:")), nearest


def _source(citation: Citation, answer: str) -> Source:
    """Quote the words behind an answer, unless the answer consists of them."""
    template = "{by}" if citation.quote in answer else "“{quote}”\n{by}"
    text = md(template, quote=citation.quote, by=citation_byline(citation))
    return Source(text, deep_link(citation.origin, citation.t))


def _linked_text(answer: Answer) -> Text:
    """Link each [1] to its source."""
    hrefs = {f"[{n}]": deep_link(c.origin, c.t) for n, c in enumerate(answer.citations, 1)}
    return tuple(span for part in _CITATION_MARK.split(answer.text) for span in styled_text(part, href=hrefs.get(part)))


_MAX_EXCERPT_LENGTH = 400


def question_form() -> Form:
    """Ask for a question; the form sends it as `question`."""
    return Form("Ask", (Field("question", "What do you want to know?"),), "question")


def search_view(hits: Sequence[Hit], query: str) -> Message:
    """Show the passages found, best first."""
    if not hits:
        nothing = md("I found nothing about **{query}** in the conversations read so far.", query=query)
        return line_view(nothing, summary=f"Nothing found for {query}")
    count = pluralise(len(hits), "passage")
    heading = Heading(styled_text(query), md("Search · {count}", count=count))
    return Message((Group((heading,)), *(Group((_quote(hit),)) for hit in hits)), f"{count}: {query}")


def _quote(hit: Hit) -> Quote:
    passage = hit.passage
    words = shorten(passage.text, _MAX_EXCERPT_LENGTH)
    speakers = join_names(list(dict.fromkeys(passage.speakers)) or [passage.speaker])
    return Quote(words, citation_byline(Citation(passage.origin, words, speakers, passage.t)))


def claims_view(claims: Sequence[Claim], query: str) -> Message:
    """Show the claims found; `query` says in words what was looked for."""
    if not claims:
        nothing = md("No claims found for **{query}**. Try fewer words or a longer period.", query=query)
        return line_view(nothing, summary=f"No claims found for {query}")
    count = pluralise(len(claims), "claim")
    heading = Heading(styled_text(query), md("Claims · {count}", count=count))
    groups = (Group((Quote(quoted_words(claim), claim_byline(claim)),)) for claim in claims)
    return Message((Group((heading,)), *groups), f"{count}: {query}")


MAX_PER_SIDE = 4
"""How many claims of each side are shown, the nearest first."""
MAX_NEAREST = 3

_MAX_STATEMENT_LENGTH = 200
_DISCLAIMER = "Overheard doesn't judge; it shows who said what."


def check_view(report: StanceReport) -> Message:
    """Show the claims for and against a statement, or that nobody said anything close to it."""
    statement = shorten(one_line(report.statement), _MAX_STATEMENT_LENGTH)
    heading = Heading(styled_text(_summary(report)), md("Checked · “{statement}”", statement=statement))
    sides = (
        *_side("For", "Much the same", report.supporting, MAX_PER_SIDE),
        *_side("Against", "The opposite, or a different number", report.opposing, MAX_PER_SIDE),
        *_side("Nearest", "On the subject, but not clearly for or against", report.related[:MAX_NEAREST], MAX_NEAREST),
    )
    return Message((Group((heading,)), *sides, Group((_footer(report),))), _summary(report))


def _summary(report: StanceReport) -> str:
    """Return how many claims are on each side."""
    supporting, opposing = (pluralise(len(claims), "claim") for claims in (report.supporting, report.opposing))
    if report.supporting or report.opposing:
        return f"{supporting} for, {len(report.opposing):,} against" if report.supporting else f"{opposing} against"
    return "No one clearly for or against" if report.related else "No one said anything close to that"


def _side(title: str, kicker: str, claims: Sequence[Claim], limit: int) -> tuple[Group, ...]:
    if not claims:
        return ()
    heading = Heading(md(title), md(kicker))
    first, *others = (Quote(quoted_words(claim), claim_byline(claim)) for claim in claims[:limit])
    rest = (Note(md("And {rest} more.", rest=len(claims) - limit)),) if len(claims) > limit else ()
    return (Group((heading, first)), *(Group((block,)) for block in (*others, *rest)))


def _footer(report: StanceReport) -> Prose | Note:
    if report.supporting or report.opposing or report.related:
        return Note(md(_DISCLAIMER))
    nothing = (
        "Nothing I have read comes close to this statement. That doesn't make it false; "
        "try other words, with the names spelled out."
    )
    return Prose(md(nothing))
