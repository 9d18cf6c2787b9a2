"""The brief: the day's edition for a topic, every line of it with its receipts."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from bot.chat.message import (
    ACTION_LIMIT,
    Block,
    Callout,
    Choices,
    Group,
    Heading,
    Message,
    Note,
    Prose,
    Quote,
    Source,
    Sources,
    Stat,
    Stats,
)
from bot.chat.text import Span, Text, md, styled_text
from bot.domain import PASTED, UNKNOWN_SPEAKER, Brief, Claim, EntityKind, Origin, Signal, StatCard, Statement
from bot.views.wording import (
    button_question,
    buttons,
    claim_byline,
    deep_link,
    format_date,
    format_day,
    join_names,
    line_view,
    modality_tag,
    pluralise,
    quoted_words,
)


def brief_view(brief: Brief, *, late: bool = False) -> Message:
    """Show an edition; a quiet one is a single line. `late` marks one that was due earlier."""
    if brief.quiet:
        return _quiet_brief(brief, late=late)
    marks = _CitationMarks(brief)
    parts = (
        _masthead(brief, marks, late=late),
        _sources_and_stats(brief),
        _argument(brief, marks),
        *(_signal(signal, brief, marks) for signal in brief.signals),
        _sources(brief),
        _closing(brief, marks),
    )
    return Message(tuple(Group(part) for part in parts if part), f"{format_day(brief.date)}: {brief.headline}")


class _CitationMarks:
    """Numbers the conversations of a brief, so that each sentence can cite its sources."""

    def __init__(self, brief: Brief) -> None:
        self.claims: Mapping[str, Claim] = brief.claims_by_id
        self._numbers = {origin.conversation: n for n, origin in enumerate(brief.origins, 1)}

    def claims_of(self, statement: Statement) -> list[Claim]:
        return [self.claims[key] for key in statement.claims if key in self.claims]

    def sentence(self, statement: Statement) -> Text:
        """Return the sentence, our own wording in italics, with its citations: [1][2, alleged]."""
        return (*styled_text(statement.text, italic=statement.ours), *self._citation_spans(statement))

    def _citation_spans(self, statement: Statement) -> Iterator[Span]:
        marks: dict[int, list[Claim]] = {}
        for claim in self.claims_of(statement):
            marks.setdefault(self._numbers[claim.origin.conversation], []).append(claim)
        for n, (number, claims) in enumerate(marks.items()):
            hedges = dict.fromkeys(f", {modality_tag(claim)}" for claim in claims if modality_tag(claim))
            mark = f"{'' if n else ' '}[{number}{''.join(hedges)}]"
            yield from styled_text(mark, href=deep_link(claims[0].origin, claims[0].t))


def _quiet_brief(brief: Brief, *, late: bool) -> Message:
    line = md("**{kicker}** · {quiet}", kicker=_kicker(brief, late=late), quiet=brief.quiet)
    return line_view(line, summary=f"{format_day(brief.date)}: {brief.quiet}")


def _kicker(brief: Brief, *, late: bool) -> str:
    return " · ".join(part for part in (format_day(brief.date), brief.topic, "late" if late else "") if part)


def _masthead(brief: Brief, marks: _CitationMarks, *, late: bool) -> tuple[Block, ...]:
    return (
        Heading(styled_text(brief.headline), styled_text(_kicker(brief, late=late))),
        *((Prose(marks.sentence(brief.dek)),) if brief.dek.text else ()),
    )


def _sources_and_stats(brief: Brief) -> tuple[Block, ...]:
    """Name the shows and people it comes from, above the numbers worth a card."""
    shows = list(dict.fromkeys(origin.show for origin in brief.origins))
    named = (claim.speaker for claim in brief.claims_by_id.values() if claim.speaker != UNKNOWN_SPEAKER)
    people = join_names(list(dict.fromkeys(named)))
    pasted = sum(origin.show == PASTED for origin in brief.origins)
    shows = [pluralise(pasted, "pasted post") if show == PASTED else show for show in shows]
    sources = f"From {pluralise(len(brief.origins), 'conversation')}: {join_names(shows, 4)}."
    cards = tuple(_stat(card, brief.claims_by_id) for card in brief.cards)
    note = Note(styled_text(f"{sources} People: {people}." if people else sources))
    return note, *((Stats(cards),) if cards else ())


def _stat(card: StatCard, claims: Mapping[str, Claim]) -> Stat:
    claim = claims.get(card.claim)
    hedges = dict.fromkeys(word for word in (card.hedge, modality_tag(claim) if claim else "") if word)
    return Stat(card.label, card.value, ", ".join(hedges))


def _argument(brief: Brief, marks: _CitationMarks) -> tuple[Block, ...]:
    if not brief.argument:
        return ()
    return Heading(md("The argument")), Prose(_paragraph(marks.sentence(part) for part in brief.argument))


def _paragraph(sentences: Iterator[Text]) -> Text:
    return tuple(span for n, sentence in enumerate(sentences) for span in (*styled_text(" " if n else ""), *sentence))


def _signal(signal: Signal, brief: Brief, marks: _CitationMarks) -> tuple[Block, ...]:
    shown = _signal_headline(signal, brief)
    title = md("Update: {headline}" if signal.update else "{headline}", headline=shown)
    place = SignalReference(brief.date, signal.key, brief.topic)
    name = signal.entity.name if signal.entity else ""
    follow = ((f"Follow {name}", "follow", name),) if name else ()
    wanted = (
        ("Receipts", "receipts", str(place)),
        *follow,
        ("Ask about this", "ask", button_question(signal.headline)),
    )
    return (
        Heading(title),
        *(block for statement in signal.said for block in _statement_blocks(statement, shown, marks)),
        *_callout("Why it matters", signal.matters, marks),
        *_callout("Watch", signal.watch, marks),
        Choices(buttons(*wanted)),
    )


def _signal_headline(signal: Signal, brief: Brief) -> str:
    """Return a signal's headline; the one that is the whole brief's is named after its subject instead."""
    named = signal.entity and signal.entity.kind not in {EntityKind.TOPIC, EntityKind.PLACE}
    if signal.entity and named and brief.headline.removeprefix("Update: ") == signal.headline:
        return f"The lead: {signal.entity.name}"
    return signal.headline


def _statement_blocks(statement: Statement, headline: str, marks: _CitationMarks) -> Iterator[Block]:
    """Show a speaker's exact words as a quote; below any other sentence, name the speakers it leaves out.

    Words that the headline has just used are not repeated: only their byline is shown.
    """
    claims = marks.claims_of(statement)
    if len(claims) == 1 and not statement.ours:
        words = exact_words(statement.text, claims[0])
        plain = words or unattributed_words(statement.text, claims[0])
        if plain and plain.rstrip(".") in headline:
            yield Note(claim_byline(claims[0]))
            return
        if words:
            lead = lead_in(statement.text, claims[0])
            yield from (Prose(styled_text(lead)),) if lead else ()
            yield Quote(words, claim_byline(claims[0]))
            return
        if plain:
            yield from (Prose(styled_text(plain)), Note(claim_byline(claims[0])))
            return
    yield Prose(marks.sentence(statement))
    for claim in claims:
        if claim.speaker not in statement.text or claim.claimant not in statement.text:
            yield Note(claim_byline(claim))


def _callout(label: str, statement: Statement, marks: _CitationMarks) -> tuple[Block, ...]:
    return (Callout(label, marks.sentence(statement)),) if statement.text else ()


def _closing(brief: Brief, marks: _CitationMarks) -> tuple[Block, ...]:
    more = f"What else is moving in {brief.topic}?" if brief.topic else "What else is moving?"
    edition = f"{brief.date.isoformat()}/{brief.topic}"
    wanted = (
        (more, "claims", button_question(brief.topic)),
        ("Helpful", "helpful", f"+/{edition}"),
        ("Not helpful", "helpful", f"-/{edition}"),
    )
    return (
        *((Prose(marks.sentence(brief.closing)),) if brief.closing.text else ()),
        Choices(buttons(*wanted)),
        Note(styled_text(_footer(brief))),
        *((Note(styled_text(brief.note)),) if brief.note else ()),
    )


def _footer(brief: Brief) -> str:
    parts = (
        f"Read {pluralise(brief.read, 'conversation')}",
        f"{pluralise(brief.failed, 'source')} could not be read" if brief.failed else "",
        f"{brief.supported} of {brief.statements} statements supported",
        f"{pluralise(brief.dropped, 'unsupported sentence')} left out" if brief.dropped else "",
    )
    return " · ".join(filter(None, parts))


def _sources(brief: Brief) -> tuple[Block, ...]:
    items = tuple(Source(_source_line(origin), deep_link(origin)) for origin in brief.origins)
    return Heading(md("Sources")), Sources(items)


def _source_line(origin: Origin) -> Text:
    show = "Pasted post" if origin.show == PASTED else origin.show
    return md("**{show}** · {title}, {date}", show=show, title=origin.title, date=format_date(origin))


_ENDS_WITH_QUOTE = re.compile(r"(?P<lead>.*?)“(?P<words>.+)”$", re.DOTALL)
_ENDS_WITH_ATTRIBUTION = re.compile(
    r"(?P<words>.+), (?:according to (?:a pasted|the same) post|as told on |(?:.+?) (?:said|says|argued|alleged)\b).*$",
    re.DOTALL,
)


def exact_words(sentence: str, claim: Claim) -> str:
    """Return the words of the sentence that appear in the claim's quote, empty if it paraphrases.

    A sentence is all quote, ends with one in marks, or is followed by who said it: `words, Mara said on a show.`
    """
    matches = (pattern.match(sentence) for pattern in (_ENDS_WITH_QUOTE, _ENDS_WITH_ATTRIBUTION))
    candidates = (sentence, *(match["words"] for match in matches if match))
    endings = (words for full in candidates for words in (f"{full}.", full, full.removesuffix(".")))
    return next((words for words in endings if words in claim.quote), "")


def unattributed_words(sentence: str, claim: Claim) -> str:
    """Return a sentence without its attribution, empty unless the claim has those very words."""
    match = _ENDS_WITH_ATTRIBUTION.match(sentence)
    words = match["words"] if match else ""
    return f"{words.rstrip('.')}." if words and words.lower() in claim.text.lower() else ""


def lead_in(sentence: str, claim: Claim) -> str:
    """Return what comes before a quotation if that says more than who said it: `Mara objects:`."""
    match = _ENDS_WITH_QUOTE.match(sentence)
    lead = match["lead"].strip() if match else ""
    return "" if f"{claim.speaker} said" in lead or lead.lower().startswith(("according to", "as told on")) else lead


_MAX_REFERENCE_LENGTH = ACTION_LIMIT - len("receipts:")


@dataclass(frozen=True, slots=True)
class SignalReference:
    """The signal of an edition that a Receipts button refers to; reads `2026-06-27/<story key>/<topic>`.

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


def receipts_view(claims: Sequence[Claim], headline: str = "") -> Message:
    """Show every claim's exact words; `headline` is that of the story they belong to."""
    if not claims:
        return line_view("The receipts are gone: the conversation was removed or edited.")
    shows = pluralise(len({claim.origin.conversation for claim in claims}), "conversation")
    summary = f"{pluralise(len(claims), 'quote')} from {shows}"
    kicker = f"Receipts · {summary}" if headline else summary
    heading = Heading(styled_text(headline or "Receipts"), styled_text(kicker))
    quotes = tuple(Group((Quote(quoted_words(claim), claim_byline(claim)),)) for claim in claims)
    note = Note(md("Exact words, as in the transcript."))
    return Message((Group((heading,)), *quotes, Group((note,))), f"Receipts: {summary}")
