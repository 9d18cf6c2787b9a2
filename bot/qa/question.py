"""What a question asks: its kind, its topic, the names it stands on and the sources it names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from bot.nlp.question_words import topical, words

_RUN = re.compile(
    r"[A-Z][\w&’'.+-]*"
    r"(?:(?:\s+(?:of|de|the|&)\s+(?=[A-Z])|\s+[|–-]\s+(?=[A-Z])|\s+(?=[A-Z0-9]))[A-Z0-9][\w&’'.+-]*)*"
)
_POSSESSIVE = re.compile(r"['’]s\b")
_OPENERS = frozenset(
    words(
        """
    which who whom whose what when where why how did does do is are was were has have had can could would should
    will after before between considering following given according in on at based the a an among for from and of if
    during while since with regarding both despite or but by as to i any tell please summarize summarise give
    explain describe list show compare rep sen mr mrs ms dr
    """
    )
)
_MONTHS = frozenset(
    words(
        """
    january february march april may june july august september october november december monday tuesday wednesday
    thursday friday saturday sunday
    """
    )
)
_SOURCE_AFTER = re.compile(
    r"\s*['\"’”]?s?['\"’”]?\s+(?:\w+\s+)?(?:articles?|reports?|reported|pieces?|stor(?:y|ies)|podcast|episode|show)\b"
)
_SOURCE_BEFORE = re.compile(
    r"(?:\b(?:according to|reported by|reports? (?:from|by)|covered by|(?:as )?per|published (?:in|by)|presented by"
    r"|(?:articles?|pieces?|stor(?:y|ies)|information|coverage|episodes?) (?:from|by|in|on|of|published in))"
    r"\s+(?:both\s+|an?\s+|the\s+|articles? (?:from|by|in)\s+)*['\"‘“]?)$",
    re.IGNORECASE,
)


class Wanted(StrEnum):
    """The kind of thing a question wants to know."""

    WHO = "who"
    FIGURE = "figure"
    WHEN = "when"
    WHY = "why"
    WHETHER = "whether"
    COMPARISON = "comparison"
    MEANING = "meaning"
    EVENT = "event"
    ANYTHING = "anything"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question taken apart: `topic` stems without those of `sources`, and the names as written.

    `attributed` is set where it asks for somebody's own words or opinion.
    """

    text: str
    wanted: Wanted
    topic: tuple[str, ...]
    names: tuple[str, ...]
    sources: tuple[str, ...]
    attributed: bool = False

    @property
    def figures(self) -> tuple[str, ...]:
        """The numbers and years in it."""
        return tuple(stem for stem in self.topic if stem[0].isdigit() and len(stem) > 1)


_ATTRIBUTED = re.compile(
    r"\b(?:what|how|why|when|whether|where|which|does|did|do)\b.{1,60}?\b(?:say|said|says|think|thinks|thought|believe|believes|claim"
    r"|claims|predict|predicts|predicted|argue|argues|argued|mention|mentioned|recommend|suggest|feel|expect|expects|describe)\b",
    re.IGNORECASE,
)
_KINDS: tuple[tuple[Wanted, re.Pattern[str]], ...] = (
    (
        Wanted.COMPARISON,
        re.compile(
            r"\b(?:both|compar\w+|differ\w*|disagree\w*|whereas|versus|vs|consisten\w+|inconsisten\w+|unlike|similar\w*)\b",
            re.IGNORECASE,
        ),
    ),
    (
        Wanted.FIGURE,
        re.compile(
            r"\bhow (?:many|much|big|large|long|far|old|high|tall|deep|wide|heavy|hot|cold|often|fast)\b"
            r"|\bwhat (?:percent\w*|share|number|price|amount|fraction)\b"
            r"|^\W*what\b.*\b(?:costs?|price|charges?|worth|revenue|margins?|valuation)\b",
            re.IGNORECASE,
        ),
    ),
    (Wanted.WHEN, re.compile(r"\b(?:when|what (?:year|date|day|month)|how soon)\b", re.IGNORECASE)),
    (Wanted.WHY, re.compile(r"\b(?:why|what (?:caused|causes)|how come|reasons?)\b", re.IGNORECASE)),
    (Wanted.WHO, re.compile(r"\b(?:who|whom|whose|which (?:person|individual|people|company))\b", re.IGNORECASE)),
    (Wanted.EVENT, re.compile(r"\b(?:what(?:['’]s| is| has| was)? (?:happen\w*|new)|latest|news)\b", re.IGNORECASE)),
    (Wanted.MEANING, re.compile(r"^\W*(?:what|who)(?:['’]s| is| are| was| were)\b", re.IGNORECASE)),
    (
        Wanted.WHETHER,
        re.compile(
            r"^\W*(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|might|must)\b",
            re.IGNORECASE,
        ),
    ),
)


def take_apart(question: str) -> Asked:
    """Return what a question asks; any text is a legal question."""
    names, sources = _names(question)
    attributed = {stem for source in sources for stem in topical(source)}
    topic = tuple(stem for stem in topical(question) if stem not in attributed)
    return Asked(question, _wanted(question), topic, names, sources, bool(_ATTRIBUTED.search(question)))


def _wanted(question: str) -> Wanted:
    return next((kind for kind, pattern in _KINDS if pattern.search(question)), Wanted.ANYTHING)


def _names(question: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    names: dict[str, None] = {}
    sources: dict[str, None] = {}
    for run in _RUN.finditer(question):
        name = _bare(run.group())
        if not name:
            continue
        before, after = question[: run.start()], question[run.end() :]
        attributed = _SOURCE_BEFORE.search(before) or _SOURCE_AFTER.match(after)
        (sources if attributed else names)[name] = None
    return tuple(name for name in names if name not in sources), tuple(sources)


def _bare(run: str) -> str:
    parts = _POSSESSIVE.sub("", run).split()
    while parts and parts[0].strip(".,'’").lower() in _OPENERS:
        parts = parts[1:]
    kept = [part.strip(".,'’-|") for part in parts]
    name = " ".join(part for part in kept if part)
    return name if name[1:] and kept[0].lower() not in _MONTHS else ""
