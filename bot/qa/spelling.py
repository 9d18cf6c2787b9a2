"""Typos in questions: a word that nobody said is read as the name, or English word, that it looks or sounds like."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.nlp.gazetteer import TOKEN, common_words
from bot.nlp.misheard import letters_of, sounds
from bot.nlp.people import parse_label
from bot.qa.question import is_familiar

_MIN_LETTERS = 4
FEW = 4
"""A word in so few passages may still stand for the name beside it; any other typo is a word that none has."""
_LIKENESS, _NAME_LIKENESS = 0.8, 0.7
"""How like (of 1) a word must be to another, and to the rest of a full name of which it has the other part."""
_SAME_SOUND, _IS_NAME = 0.05, 0.02
"""What it adds to the likeness that two words sound the same, and that the word is a name of the library."""
_POSSESSIVE = re.compile(r"'s?$")


@dataclass(frozen=True, slots=True)
class Reading:
    """A question as it is read, and what was typed for which words of it."""

    question: str
    corrected: tuple[tuple[str, str], ...] = ()


def odd_words(question: str) -> list[str]:
    """Return the words of a question that may be typos: those that are no English words."""
    return list(dict.fromkeys(word for word in _words(question) if _is_odd(word)))


class Vocabulary:
    """The words of the names that a library knows."""

    def __init__(self, names: Iterable[str]) -> None:
        self._words: dict[str, str] = {}
        self._joined: dict[str, str] = {}
        self._others: defaultdict[str, dict[str, str]] = defaultdict(dict)
        for name in names:
            written = TOKEN.findall(parse_label(name).name)
            lower = [word.lower() for word in written]
            for word, as_written in zip(lower, written, strict=True):
                if not is_familiar(word):
                    self._words.setdefault(word, as_written)
            if len(written) > 1:
                self._joined.setdefault(letters_of("".join(written)), " ".join(written))
                self._others[lower[0]].setdefault(lower[-1], written[-1])
                self._others[lower[-1]].setdefault(lower[0], written[0])
        self._names = list(self._words)
        self._choices = [*self._names, *(word for word in common_words() if len(word) > _MIN_LETTERS)]

    def read(self, question: str, counts: Mapping[str, int]) -> Reading:
        """Return a question with its typos corrected; `counts` is how many passages have each of its odd words."""
        instead = self._full_names(question, counts)
        for word in odd_words(question):
            # A capital says that it is a name, where not everything is written in small letters.
            choices = self._choices if word in question else self._names
            if word in instead or counts.get(word, 0) > 1 or not (meant := self._meant(word, choices)):
                continue
            # One passage may have the same typo.
            if not counts.get(word) or (meant in common_words() and sounds(word) == sounds(meant)):
                instead[word] = meant
        corrected = [(word, meant) for word, meant in instead.items() if meant.lower() != word]
        for word, meant in corrected:
            typed = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.IGNORECASE)
            question = typed.sub(meant.replace("\\", ""), question)
        return Reading(question, tuple(corrected))

    def _meant(self, word: str, choices: Sequence[str]) -> str | None:
        if whole := self._joined.get(word):
            return whole
        if word in self._words:
            return None
        near = process.extract(
            word, choices, scorer=OSA.normalized_similarity, score_cutoff=_LIKENESS - _SAME_SOUND, limit=8
        )
        ranked = [(self._preference(word, choice, likeness), choice) for choice, likeness, _ in near]
        preference, best = max(ranked, default=(0.0, ""))
        return self._words.get(best, best) if preference >= _LIKENESS else None

    def _preference(self, word: str, choice: str, likeness: float) -> float:
        alike = sounds(word) == sounds(choice)
        if word[0] != choice[0] and not alike:
            return 0.0
        return likeness + _SAME_SOUND * alike + _IS_NAME * (choice in self._words)

    def _full_names(self, question: str, counts: Mapping[str, int]) -> dict[str, str]:
        """Return the parts of full names that were meant by words beside the other part."""
        instead: dict[str, str] = {}
        for pair in pairwise(_words(question)):
            for word, part in (pair, pair[::-1]):
                others = self._others.get(part, {})
                if not _is_odd(word) or word in others or counts.get(word, 0) > FEW or not others:
                    continue
                best = process.extractOne(
                    word, list(others), scorer=OSA.normalized_similarity, score_cutoff=_NAME_LIKENESS
                )
                if best:
                    instead[word] = others[best[0]]
        return instead


def _words(question: str) -> Sequence[str]:
    return [_POSSESSIVE.sub("", token.lower().replace("’", "'")) for token in TOKEN.findall(question)]


def _is_odd(word: str) -> bool:
    return len(word) >= _MIN_LETTERS and word.isalpha() and not is_familiar(word)
