"""Capitalised runs in speech and writing that may be names, and what their neighbours say they are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from bot.domain import Kind
from bot.nlp.entity_kinds import HEADS, TITLES, by_neighbours
from bot.nlp.gazetteer import given_names, words
from bot.nlp.lexicons import listed
from bot.nlp.name_finder import TOKEN, keyed

_NEVER = listed(
    "i monday tuesday wednesday thursday friday saturday sunday january february march april june july august "
    "september october november december jan feb mar apr jun jul aug sep sept oct nov dec ok okay tv "
    "american americans chinese english french german japanese british russian indian spanish italian european "
    "dutch korean "
    "african asian canadian australian israeli iranian ukrainian mexican brazilian swedish swiss latin greek "
    "christian danish polish "
    "christmas thanksgiving easter halloween god jesus q1 q2 q3 q4 am pm est pst gmt utc usd eur lol imo btw omg "
    "wtf idk smh "
    "rt dm faq pr prs ps id ids inc llc breaking watch part yes no oh yeah hey hi mom dad well mr mrs ms"
)
_GRAMMAR = listed(
    "is are was were has have had do does did will would can could should the and or but if of to in on for "
    "with from "
    "i we you they he she it that this my your"
)
_CONTRACTION = re.compile(r"['’](?:s|re|ve|m|ll|d|t|em)$|(?<=s)['’]$", re.IGNORECASE)
_NEGATED = re.compile(r"n['’]t$", re.IGNORECASE)
_LARGE = re.compile(r"[^\W\d_a-z]")
_OPENING = re.compile(r"(?:^|[.!?:;(\[\"“‘…*–—-]|\.\.\.|--)[\s\"'“‘(\[*]*$")
_LINKS = frozenset({"of", "for", "on"})
_MEASURED = re.compile(r"\d[ -]?$")
_GAP = re.compile(r" |-|&")
_INFLECTED = ("ing", "ly", "ed", "ness", "tions", "ment", "able")
_LEAST, _LONGEST, _OVER = 2, 7, 0.6


@dataclass(slots=True)
class Seen:
    """A candidate: how it was first written, how often it was seen, how often inside a sentence, and as what."""

    written: str
    count: int = 0
    inside: int = 0
    kinds: Counter[Kind] = field(default_factory=Counter)

    def sure(self, lower: Counter[str]) -> bool:
        """Tell whether it is a name rather than an ordinary word written large."""
        parts = keyed(self.written).split(" ")
        strange = [part for part in parts if part not in words() and not part.isdigit()]
        if len(parts) > 1:
            return bool(strange) or self.inside >= _LEAST
        if strange:
            plain = self.written[1:].islower() and self.written.endswith(_INFLECTED)
            return self.inside > 0 or not (plain or (self.count < _LEAST and self.written[1:].islower()))
        return self.inside > max(1, lower[parts[0]]) and not self.written.isupper()


def candidates(sentences: Iterable[tuple[str, Sequence[re.Match[str]]]]) -> tuple[dict[str, Seen], Counter[str]]:
    """Return candidates by key, and how often each word was written small. Sentences come with their tokens."""
    seen: dict[str, Seen] = {}
    lower: Counter[str] = Counter()
    for sentence, tokens in sentences:
        small = [token[0] for token in tokens if token[0].islower()]
        lower.update(small)
        large = len(tokens) - len(small)
        if large and (large <= _LONGEST or large <= _OVER * len(tokens)):
            for first, last in _runs(sentence, tokens):
                _note(sentence, tokens, first, last, seen)
    return seen, lower


def tokens(sentence: str) -> list[re.Match[str]]:
    """Split a sentence into words as names are looked up."""
    return list(TOKEN.finditer(sentence))


def _runs(sentence: str, tokens: Sequence[re.Match[str]]) -> Iterator[tuple[int, int]]:
    index = 0
    while index < len(tokens):
        if not _capital(tokens[index][0]):
            index += 1
            continue
        last = index
        while (step := _step(sentence, tokens, last)) > 0:
            last += step
        yield index, last
        index = last + 1


def _step(sentence: str, tokens: Sequence[re.Match[str]], last: int) -> int:
    """Return how many more tokens belong to a run: one, or a head's "of" and what follows it, or none."""
    if last + 1 < len(tokens) and _continues(sentence, tokens[last], tokens[last + 1]):
        return 1
    if last + 2 >= len(tokens) or tokens[last][0].lower() not in HEADS or tokens[last + 1][0] not in _LINKS:
        return 0
    step = 3 if tokens[last + 2][0] == "the" and last + 3 < len(tokens) else 2
    between = sentence[tokens[last].end() : tokens[last + step].start()]
    return step if _capital(tokens[last + step][0]) and not set(between) & set(",.;:()") else 0


def _capital(word: str) -> bool:
    return not word.islower() and not word[0].isdigit() and _LARGE.search(word) is not None


def _continues(sentence: str, one: re.Match[str], two: re.Match[str]) -> bool:
    gap = sentence[one.end() : two.start()]
    initial = gap == ". " and len(one[0]) == 1 and _capital(two[0])
    if not (initial or _GAP.fullmatch(gap)) or _CONTRACTION.search(one[0]):
        return False
    if _capital(two[0]):
        return _small(two[0]) not in _NEVER and _small(one[0]) not in TITLES
    numbered = two[0].replace(".", "").isdigit() and len(two[0]) < _LONGEST
    return numbered and len(one[0]) > 1 and _small(one[0]) not in words()


def _small(word: str) -> str:
    # Few words have an apostrophe, and substituting in all of them costs a tenth of all reading.
    return _NEGATED.sub("", _CONTRACTION.sub("", word)).lower() if "'" in word or "’" in word else word.lower()


def _note(sentence: str, tokens: Sequence[re.Match[str]], first: int, last: int, seen: dict[str, Seen]) -> None:
    opening = first == 0 or _OPENING.search(sentence, 0, tokens[first].start()) is not None
    if first == last and (_small(tokens[first][0]) in _NEVER or (opening and _small(tokens[first][0]) in words())):
        return
    titled = first > 0 and _small(tokens[first - 1][0]) in TITLES
    begin = first
    while first <= last and _idle(tokens, first, last, opening=opening and first == begin):
        titled = _small(tokens[first][0]) in TITLES
        first += 1
    while last >= first and _small(tokens[last][0]) in _NEVER | TITLES:
        last -= 1
    if first <= last < first + _LONGEST:
        _count(
            sentence,
            tokens[first].start(),
            tokens[last].end(),
            seen,
            inside=not opening or first > begin,
            titled=titled,
        )


def _idle(tokens: Sequence[re.Match[str]], first: int, last: int, *, opening: bool) -> bool:
    """Tell whether a run's first word is no part of the name: a title, or a sentence's ordinary first word."""
    word = _small(tokens[first][0])
    if word in _NEVER or word in TITLES:
        return True
    return opening and word in words() and not (word in given_names() and first < last)


def _count(sentence: str, start: int, end: int, seen: dict[str, Seen], *, inside: bool, titled: bool) -> None:
    written = _CONTRACTION.sub("", sentence[start:end])
    key = keyed(written)
    parts = key.split(" ")
    grammar = [part for part in re.split(r"[ -]", written) if part.lower() in _GRAMMAR and not part.islower()]
    if len(written) < _LEAST or parts[0] in _GRAMMAR or grammar:
        return
    if _MEASURED.search(sentence, max(0, start - 3), start):
        return
    one = seen.setdefault(key, Seen(written))
    one.count += 1
    one.inside += inside
    if kind := Kind.PERSON if titled else by_neighbours(sentence, start, start + len(written)):
        one.kinds[kind] += _LEAST if titled else 1
