"""Comparisons: "X or Y: which is cheaper?" is answered for each side by itself, in the order asked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.domain import Citation, Hit, Passage
from bot.nlp.tokens import FUNCTION_WORDS
from bot.qa.answerability import ANSWER_THRESHOLD, assess_answerability
from bot.qa.evidence import CandidateSentence, Evidence
from bot.qa.features import words_of
from bot.qa.question import ParsedQuestion, parse_question
from bot.qa.reranking import go_on, rerank, widen, without

_MAX_SIDE_WORDS = 4
_AND = r"(?:\s+and\s+|\s+with\s+|\s+to\s+|\s+against\s+|\s+vs\.?\s+|\s+versus\s+)"
_X, _Y = r"(?P<x>[^:;?]{2,60}?)", r"(?P<y>[^:;?]{2,80}?)"
_ENDS = r"(?=\s*(?:[:;?]|\s[-–—]\s|$))"
_BETWEEN = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"^\W*(?:\w+\s+){{0,2}}?compar(?:e|ing)\s+{_X}{_AND}{_Y}{_ENDS}",
        rf"\bdifferences?\s+between\s+{_X}\s+and\s+{_Y}{_ENDS}",
        rf"\bhow\s+(?:do|does|did|is|are|was|were)\s+{_X}\s+(?:differ|different)\s+(?:from|than|to)\s+{_Y}{_ENDS}",
        rf"\bhow\s+(?:do|does|did|are|were)\s+{_X}\s+and\s+(?P<y>[^:;?]{{2,60}}?)\s+(?:differ|compare|different)\b",
        rf"\bhow\s+(?:do|does|did)\s+{_X}\s+compare\s+(?:to|with|against)\s+{_Y}{_ENDS}",
        rf"(?:^|[:;,]\s*){_X}\s+(?:vs\.?|versus)\s+{_Y}{_ENDS}",
        rf"^(?:is|are|was|were|should\s+\w+\s+(?:use|buy|choose|pick))\s+{_X}\s+or\s+{_Y}{_ENDS}",
        rf"\b(?:which|who|what)\b[^:;?]*?\b\w+[:,]\s*{_X}\s+or\s+{_Y}{_ENDS}",
        rf"^{_X}\s+or\s+(?P<y>[^:;?]{{2,80}}?)\s*(?:[:;,?]|\s[-–—])\s*(?:which|who|what|where)\b",
    )
)
"""How two things that are compared are named; each needs a word that compares, or a choice between them."""
_CUE = re.compile(r"\b(?:compar|differ|vs\b|versus\b|or\b)", re.IGNORECASE)
_SIDE_ENDS = re.compile(
    r"[,:;]|\s[-–—]\s|\s+(?:on|in|for|about|by|as|at|regarding|when|where|which|who|with|over|of|if|is|are|the)\b",
    re.IGNORECASE,
)
_DETERMINER = re.compile(r"^(?:the|a|an|both|between|of|to)\s+", re.IGNORECASE)
_OWNER = re.compile(r"^(.+?)['’]s?\b(?=\s|$)")
_ASKS = re.compile(
    r"\b(?:compar\w+|differ\w*|differences?|vs\.?|versus|which|what['’]?s?|who|how|better|between|both|is|are|do|does"
    r"|did|was|were|the|or|and)(?!\w)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two things that a question compares, as written, and the rest of it: on what."""

    sides: tuple[str, str]
    aspect: str

    def questions(self) -> tuple[str, str]:
        """Return the question for each side by itself."""
        first, second = self.sides
        if not self.aspect:
            return f"what is {first}", f"what is {second}"
        return f"{first} {self.aspect}", f"{second} {self.aspect}"


@dataclass(frozen=True, slots=True)
class ComparedSide:
    """One side: its best sentence, None if nothing found answers for it; and whether anything names it."""

    name: str
    line: CandidateSentence | None
    is_named: bool
    confidence: float = 0.0


def find_comparison(parsed: ParsedQuestion) -> Comparison | None:
    """Return what a question compares; None if it compares nothing, or not two things by name."""
    question = parsed.timeless
    if not _CUE.search(question):
        return None
    for pattern in _BETWEEN:
        if not (found := pattern.search(question)):
            continue
        first, second = (_side(found[group], parsed.names) for group in ("x", "y"))
        if first and second and words_of(first) != words_of(second):
            rest = question[: found.start("x")] + " " + question[found.end("y") :]
            between = f"{_after(found['x'], first)} {_after(found['y'], second)}"
            return Comparison((first, second), _aspect(f"{between} {rest}"))
    return None


def questions_for_missing(question: str, hits: Sequence[Hit]) -> list[str]:
    """Return, for each side of a comparison that none of some hits names, the question about it alone."""
    comparison = find_comparison(parse_question(question)) if _CUE.search(question) else None
    if comparison is None:
        return []
    texts = [_text_of(hit.passage) for hit in hits]
    return [
        asked
        for side, asked in zip(comparison.sides, comparison.questions(), strict=True)
        if not any(_names(side, text) for text in texts)
    ]


def _side(written: str, names: Sequence[str]) -> str:
    """Return the name of a side without what follows it; empty if it is too long to be one."""
    text = _DETERMINER.sub("", written.strip())
    if owner := _OWNER.match(text):
        text = owner[1]
    for name in sorted(names, key=len, reverse=True):
        if re.match(rf"{re.escape(name)}(?!\w)", text, re.IGNORECASE):
            return text[: len(name)]
    text = text[: ends.start()] if (ends := _SIDE_ENDS.search(text, 1)) else text
    is_named = any(word not in FUNCTION_WORDS for word in words_of(text))
    return text.strip() if is_named and len(text.split()) <= _MAX_SIDE_WORDS else ""


def _after(written: str, side: str) -> str:
    return written[written.find(side) + len(side) :]


def _aspect(rest: str) -> str:
    return " ".join(re.findall(r"[\w'%$€£.+-]*\w", _ASKS.sub(" ", rest)))


def compare(
    comparison: Comparison, evidence: Sequence[Evidence], told: Sequence[Citation], *, is_answerable: bool
) -> list[ComparedSide]:
    """Return the best sentence of each side, in the order asked; if all of it is answerable, the least sure, too."""
    first, second = comparison.sides
    least = 0.0 if is_answerable else ANSWER_THRESHOLD
    pairs = zip(comparison.questions(), (first, second), (second, first), strict=True)
    return [_compared_side(question, side, other, evidence, told, least) for question, side, other in pairs]


_BOTH_ODDS = 1.5
"""What a sentence loses, in log-odds, that names the other side, too, without comparing: it tells less of this one."""
_CONTRAST = re.compile(r"\b(?:than|while|whereas|unlike|but|instead|compared|both)\b", re.IGNORECASE)


def _compared_side(
    question: str, side: str, other: str, evidence: Sequence[Evidence], told: Sequence[Citation], least: float
) -> ComparedSide:
    parsed = parse_question(question)
    own = _ranked([each for each in evidence if _names(side, _text_of(each.hit.passage))][:_PASSAGES_OF_SIDE])
    ranking = without(rerank(parsed, own), told)
    of_side = [each for each in ranking.nearest if _is_of(side, each.candidate)]
    sure = assess_answerability(parsed, own, ranking).confidence
    if not of_side or sure < least:
        return ComparedSide(side, None, is_named=bool(own), confidence=sure)
    best = max(of_side, key=lambda each: each.score - _BOTH_ODDS * _is_shared(each.candidate, other))

    def belongs(beside: CandidateSentence) -> bool:
        return not _names(other, beside.text)

    line = go_on(widen(best, [best], ranking, [], belongs), best.row, ranking, belongs)
    return ComparedSide(side, line, is_named=True, confidence=sure)


def _ranked(evidence: Sequence[Evidence]) -> list[Evidence]:
    """Return some of the evidence with its ranks counted anew."""
    return [
        Evidence(each.hit, tuple(replace(line, rank=rank) for line in each.candidates))
        for rank, each in enumerate(evidence)
    ]


_PASSAGES_OF_SIDE = 24
"""Of so many of the nearest passages that name a side its best sentence is one."""


def _is_shared(line: CandidateSentence, other: str) -> bool:
    return _names(other, line.text) and not _CONTRAST.search(line.text)


def _text_of(passage: Passage) -> str:
    return " ".join((passage.text, passage.speaker, *passage.speakers))


def _is_of(side: str, line: CandidateSentence) -> bool:
    return _names(side, line.quote) or _names(side, line.speaker)


def _names(side: str, text: str) -> bool:
    """Return whether a text has all the words of a side, whatever their plural; of a person, the surname does."""
    words = {word.removesuffix("s") for word in words_of(text)}
    asked = [word.removesuffix("s") for word in words_of(side) if word not in FUNCTION_WORDS]
    return bool(asked) and (words.issuperset(asked) or (side[0].isupper() and len(asked) > 1 and asked[-1] in words))
