"""Events that bound a time: "before the merger", "after Nettle's flotation", "since the fire"."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain import UNDATED, Citation, Claim, EventDate
from bot.nlp.lexicons import word_list, word_pairs
from bot.qa.features import words_of
from bot.qa.periods import Period
from bot.qa.question import parse_question

_TELLING = dict(word_pairs("dated_event"))
_BOUND = re.compile(
    r"\b(?P<side>before|prior to|ahead of|until|till|after|following|since)\s+"
    r"(?P<event>(?:the\s+|its\s+|their\s+|his\s+|her\s+)?(?:[\w'’.&-]+\s+){0,3}?"
    rf"(?P<noun>{'|'.join(_TELLING)})\b(?:\s+(?:of|at|with|in|between|by)(?:\s+(?:the\s+)?[A-Z][\w'’.&-]*)+)?)"
    r"(?=\s*[?.!,;)]*\s*$|\s*,)",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    r"\b(?P<side>before|until|till|after|since)\s+(?P<event>(?:[Tt]he\s+)?[A-Z][\w'’.&-]*(?:\s+[\w'’.&-]+){1,7})"
    r"(?=\s*[?.!]*\s*$)"
)
_OTHER_NOUN = re.compile(
    r"\b(?P<side>before|prior to|ahead of|until|till|after|following|since)\s+"
    r"(?P<event>(?:the|its|their|his|her|[\w.&-]+['’]s)\s+(?:[\w'’.&-]+\s+){0,2}?"
    rf"(?P<noun>(?!(?:{'|'.join(word_list('not_an_event'))})\b)[a-z][a-z-]{{3,}}))(?=\s*[?.!,;)]*\s*$|\s*,)"
)
"""An event that the lexicon lacks; whoever tells of it calls it the same."""
_CUE = re.compile(r"\b(?:before|prior|ahead|until|till|after|following|since)\b", re.IGNORECASE)
_ONLY_A_BOUND = r"\b(?:before|prior to|ahead of|until|till|after|following|since)\s+(?:[\w'’-]+\s+){0,3}?$"
_IS_ONLY_A_BOUND = re.compile(_ONLY_A_BOUND, re.IGNORECASE)
_MAX_WORDS = 20
"""In a longer question, an event is rather part of what is described than a bound."""
_AFTER = frozenset({"after", "following", "since"})
_MAX_SPAN_DAYS = 366
"""An event that lasts longer bounds nothing."""


@dataclass(frozen=True, slots=True)
class EventBound:
    """An event before or after which a question asks: its words, and what tells of it."""

    phrase: str
    event: str
    is_after: bool
    telling: re.Pattern[str]
    names: frozenset[str]
    query: str


@dataclass(frozen=True, slots=True)
class DatedEvent:
    """When an event is taken to have been, and the claim that tells it."""

    bound: EventBound
    date: EventDate
    claim: Claim

    @property
    def period(self) -> Period:
        """The days that are asked about."""
        if self.bound.is_after:
            return Period(self.date.first, None, self.bound.phrase)
        return Period(None, self.date.first - dt.timedelta(1), self.bound.phrase)

    @property
    def when(self) -> str:
        """The date in words."""
        first, last = (f"{day.day} {day:%B %Y}" for day in (self.date.first, self.date.last))
        return first if first == last else f"{first} to {last}"

    def to_citation(self) -> Citation:
        """Return the words that tell of the event."""
        claim = self.claim
        return Citation(claim.origin, claim.quote, claim.speaker, claim.t, claim.turn)


def find_event_bound(question: str) -> EventBound | None:
    """Return the event before or after which a question asks, a noun or a clause; None if it names none."""
    if not _CUE.search(question) or len(question.split()) > _MAX_WORDS:
        return None
    found = _BOUND.search(question) or _CLAUSE.search(question)
    found = found if found and _telling_of(found) else _OTHER_NOUN.search(question)
    if found and found.end() < len(question.rstrip(" ?.!;)")) and found.start() > 0:
        return None  # in the middle of a question, it is part of something else
    told = _telling_of(found) if found else ""
    if found is None or not told:
        return None
    event = found["event"]
    inside = frozenset(word for name in parse_question(f"about {event}").names for word in words_of(name))
    inside -= frozenset(_TELLING)
    around = parse_question(question.replace(found[0], " ")).names
    return EventBound(
        found[0],
        event,
        found["side"].lower() in _AFTER,
        re.compile(rf"\b(?:{told})\b", re.IGNORECASE),
        inside or frozenset(word for name in around for word in words_of(name)),
        f"{event} {re.sub(r'[^a-z -]+', ' ', told)} {' '.join(around)}",
    )


def _telling_of(found: re.Match[str]) -> str:
    """Return what tells of an event, as an expression; of a clause, what tells the same as its verb, if it is known."""
    if found.re is _BOUND:
        return _TELLING[found["noun"].lower()]
    if found.re is _OTHER_NOUN:
        return f"{re.escape(found['noun'])}s?"
    return "|".join(told for told in _TELLING.values() if re.search(rf"\b(?:{told})\b", found["event"], re.IGNORECASE))


def date_event(bound: EventBound, claims: Sequence[Claim]) -> DatedEvent | None:
    """Return when an event was, by claims that tell of it, the nearest first; None if none does.

    A claim that dates it goes before the day on which it was first told; those with names of the question go first.
    """
    telling = [claim for claim in claims if _tells(bound, claim) and claim.origin.date != UNDATED]
    named = [claim for claim in telling if bound.names.intersection(words_of(f"{claim.text} {claim.origin.title}"))]
    telling = named or telling
    for claim in telling:
        happened = claim.happened
        if happened and (happened.last - happened.first).days <= _MAX_SPAN_DAYS and happened.first <= claim.origin.date:
            return DatedEvent(bound, happened, claim)
    first = min(telling, key=lambda claim: claim.origin.date, default=None)
    return DatedEvent(bound, EventDate(first.origin.date, first.origin.date), first) if first else None


def _tells(bound: EventBound, claim: Claim) -> bool:
    """Return whether a claim tells of an event, not only of what was before or after it."""
    return any(not _IS_ONLY_A_BOUND.search(claim.quote[: each.start()]) for each in bound.telling.finditer(claim.quote))
