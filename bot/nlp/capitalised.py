"""Capitalised runs in speech and writing that may be names, and what their neighbours say they are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from bot.domain import EntityKind
from bot.nlp.entity_kinds import HEAD_NOUNS, PERSON_TITLES, kind_from_context
from bot.nlp.gazetteer import common_words, given_names
from bot.nlp.lexicons import word_set
from bot.nlp.name_finder import TOKEN, lookup_key

_NOT_NAMES = word_set(
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
_FUNCTION_WORDS = word_set(
    "is are was were has have had do does did will would can could should the and or but if of to in on for "
    "with from "
    "i we you they he she it that this my your"
)
_CONTRACTION = re.compile(r"['’](?:s|re|ve|m|ll|d|t|em)$|(?<=s)['’]$", re.IGNORECASE)
_NEGATED = re.compile(r"n['’]t$", re.IGNORECASE)
_CAPITAL_LETTER = re.compile(r"[^\W\d_a-z]")
_SENTENCE_START = re.compile(r"(?:^|[.!?:;(\[\"“‘…*–—-]|\.\.\.|--)[\s\"'“‘(\[*]*$")
_NAME_PREPOSITIONS = frozenset({"of", "for", "on"})
_NUMBER_BEFORE = re.compile(r"\d[ -]?$")
_GAP = re.compile(r" |-|&")
_INFLECTED_ENDINGS = ("ing", "ly", "ed", "ness", "tions", "ment", "able")
_MIN_COUNT, _MAX_TOKENS, _MAX_CAPITAL_SHARE = 2, 7, 0.6


@dataclass(slots=True)
class NameCandidate:
    """A candidate: how it was first written, how often it was seen, how often inside a sentence, and as what."""

    surface: str
    count: int = 0
    mid_sentence_count: int = 0
    kind_votes: Counter[EntityKind] = field(default_factory=Counter)

    def is_name(self, lowercase_counts: Counter[str]) -> bool:
        """Tell whether it is a name rather than an ordinary word written large."""
        parts = lookup_key(self.surface).split(" ")
        strange = [part for part in parts if part not in common_words() and not part.isdigit()]
        if len(parts) > 1:
            return bool(strange) or self.mid_sentence_count >= _MIN_COUNT
        if strange:
            plain = self.surface[1:].islower() and self.surface.endswith(_INFLECTED_ENDINGS)
            return self.mid_sentence_count > 0 or not (
                plain or (self.count < _MIN_COUNT and self.surface[1:].islower())
            )
        return self.mid_sentence_count > max(1, lowercase_counts[parts[0]]) and not self.surface.isupper()


def find_candidates(
    sentences: Iterable[tuple[str, Sequence[re.Match[str]]]],
) -> tuple[dict[str, NameCandidate], Counter[str]]:
    """Return candidates by key, and how often each word was written small. Sentences come with their tokens."""
    seen: dict[str, NameCandidate] = {}
    lower: Counter[str] = Counter()
    for sentence, tokens in sentences:
        small = [token[0] for token in tokens if token[0].islower()]
        lower.update(small)
        large = len(tokens) - len(small)
        if large and (large <= _MAX_TOKENS or large <= _MAX_CAPITAL_SHARE * len(tokens)):
            for first, last in _capital_runs(sentence, tokens):
                _add_run(sentence, tokens, first, last, seen)
    return seen, lower


def match_tokens(sentence: str) -> list[re.Match[str]]:
    """Split a sentence into words as names are looked up."""
    return list(TOKEN.finditer(sentence))


def _capital_runs(sentence: str, tokens: Sequence[re.Match[str]]) -> Iterator[tuple[int, int]]:
    index = 0
    while index < len(tokens):
        if not _has_capital(tokens[index][0]):
            index += 1
            continue
        last = index
        while (step := _extension_length(sentence, tokens, last)) > 0:
            last += step
        yield index, last
        index = last + 1


def _extension_length(sentence: str, tokens: Sequence[re.Match[str]], last: int) -> int:
    """Return how many more tokens belong to a run: one, or a head's "of" and what follows it, or none."""
    if last + 1 < len(tokens) and _continues_name(sentence, tokens[last], tokens[last + 1]):
        return 1
    if (
        last + 2 >= len(tokens)
        or tokens[last][0].lower() not in HEAD_NOUNS
        or tokens[last + 1][0] not in _NAME_PREPOSITIONS
    ):
        return 0
    step = 3 if tokens[last + 2][0] == "the" and last + 3 < len(tokens) else 2
    between = sentence[tokens[last].end() : tokens[last + step].start()]
    return step if _has_capital(tokens[last + step][0]) and not set(between) & set(",.;:()") else 0


def _has_capital(word: str) -> bool:
    return not word.islower() and not word[0].isdigit() and _CAPITAL_LETTER.search(word) is not None


def _continues_name(sentence: str, left: re.Match[str], right: re.Match[str]) -> bool:
    gap = sentence[left.end() : right.start()]
    initial = gap == ". " and len(left[0]) == 1 and _has_capital(right[0])
    if not (initial or _GAP.fullmatch(gap)) or _CONTRACTION.search(left[0]):
        return False
    if _has_capital(right[0]):
        return _normalize(right[0]) not in _NOT_NAMES and _normalize(left[0]) not in PERSON_TITLES
    numbered = right[0].replace(".", "").isdigit() and len(right[0]) < _MAX_TOKENS
    return numbered and len(left[0]) > 1 and _normalize(left[0]) not in common_words()


def _normalize(word: str) -> str:
    # Few words have an apostrophe, and substituting in all of them costs a tenth of all reading.
    return _NEGATED.sub("", _CONTRACTION.sub("", word)).lower() if "'" in word or "’" in word else word.lower()


def _add_run(
    sentence: str, tokens: Sequence[re.Match[str]], first: int, last: int, seen: dict[str, NameCandidate]
) -> None:
    opening = first == 0 or _SENTENCE_START.search(sentence, 0, tokens[first].start()) is not None
    if first == last and (
        _normalize(tokens[first][0]) in _NOT_NAMES or (opening and _normalize(tokens[first][0]) in common_words())
    ):
        return
    titled = first > 0 and _normalize(tokens[first - 1][0]) in PERSON_TITLES
    begin = first
    while first <= last and _is_outside_name(tokens, first, last, opening=opening and first == begin):
        titled = _normalize(tokens[first][0]) in PERSON_TITLES
        first += 1
    while last >= first and _normalize(tokens[last][0]) in _NOT_NAMES | PERSON_TITLES:
        last -= 1
    if first <= last < first + _MAX_TOKENS:
        _count_candidate(
            sentence,
            tokens[first].start(),
            tokens[last].end(),
            seen,
            inside=not opening or first > begin,
            titled=titled,
        )


def _is_outside_name(tokens: Sequence[re.Match[str]], first: int, last: int, *, opening: bool) -> bool:
    """Tell whether a run's first word is no part of the name: a title, or a sentence's ordinary first word."""
    word = _normalize(tokens[first][0])
    if word in _NOT_NAMES or word in PERSON_TITLES:
        return True
    return opening and word in common_words() and not (word in given_names() and first < last)


def _count_candidate(
    sentence: str, start: int, end: int, seen: dict[str, NameCandidate], *, inside: bool, titled: bool
) -> None:
    written = _CONTRACTION.sub("", sentence[start:end])
    key = lookup_key(written)
    parts = key.split(" ")
    grammar = [part for part in re.split(r"[ -]", written) if part.lower() in _FUNCTION_WORDS and not part.islower()]
    if len(written) < _MIN_COUNT or parts[0] in _FUNCTION_WORDS or grammar:
        return
    if _NUMBER_BEFORE.search(sentence, max(0, start - 3), start):
        return
    one = seen.setdefault(key, NameCandidate(written))
    one.count += 1
    one.mid_sentence_count += inside
    if kind := EntityKind.PERSON if titled else kind_from_context(sentence, start, start + len(written)):
        one.kind_votes[kind] += _MIN_COUNT if titled else 1
