"""Misheard names: which words of a transcript only sound like a name that its episode, or the library, knows.

Words are compared by sound (keys in which what captions confuse is one) and by spelling. The fewer names come into
question, the less alike the words need to be: those of the title and of the people may be heard in many ways.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from rapidfuzz import fuzz

from bot.nlp.gazetteer import common_words, given_names

_SILENT_OPENING = re.compile(r"^(?:k(?=n)|g(?=n)|w(?=r)|p(?=[nst])|m(?=n))")
_GRAPHEMES = {
    "tion": "Sn", "sion": "Sn", "cian": "Sn", "sch": "S", "tch": "S", "sh": "S", "chr": "kr", "ch": "S", "ph": "f",
    "th": "t", "wh": "w", "ck": "k", "qu": "kw", "dge": "j", "dg": "j", "ce": "se", "ci": "si", "cy": "sy", "c": "k",
    "q": "k", "x": "ks", "z": "s", "v": "f", "b": "p", "d": "t", "ght": "t", "gh": "k", "g": "k",
}  # fmt: skip
_GRAPHEME = re.compile("|".join(sorted(_GRAPHEMES, key=len, reverse=True)))
_VOWELS = re.compile(r"[aeiouy][aeiouyw]*")
_VOWEL_CLASSES = {"a": "a", "e": "i", "i": "i", "y": "i", "o": "o", "u": "u"}
_REPEATED = re.compile(r"(.)\1+")


@lru_cache(maxsize=1 << 15)
def letters_of(name: str) -> str:
    """Return the letters of a name, without accents, gaps and case."""
    plain = name if name.isascii() else unicodedata.normalize("NFKD", name)
    return "".join(filter(str.isalpha, plain.lower()))


@lru_cache(maxsize=1 << 15)
def close_sounds(name: str) -> str:
    """Return how a name sounds: voiced and voiceless consonants are one, and so are the spellings of one vowel."""
    spelled = _GRAPHEME.sub(lambda part: _GRAPHEMES[part[0]], _SILENT_OPENING.sub("", letters_of(name)))
    spoken = spelled[:1] + spelled[1:].replace("h", "").removesuffix("e")
    return _REPEATED.sub(r"\1", _VOWELS.sub(lambda vowels: _VOWEL_CLASSES[vowels[0][0]], spoken))


@lru_cache(maxsize=1 << 15)
def sounds(name: str) -> str:
    """Return roughly how a name sounds: all vowels are one, too, and none ends it."""
    return _REPEATED.sub(r"\1", re.sub(r"[iou]", "a", close_sounds(name))).rstrip("a")


_MIN_LETTERS, _MIN_LIBRARY_LETTERS, _MIN_SOUNDS = 5, 6, 3
_LOOSE_SOUND, _LOOSE_SPELLING = 88, 60
"""How alike, of 100, words must be to a name that the episode is sure to have,"""
_CLOSE_SPELLING = 65
"""and in spelling to one that they sound exactly like."""
_OFTEN, _VERY_OFTEN = 3, 8
"""A word said so often beside a name it sounds like, or where nothing else has that name, is a name of its own."""
_DERIVED = re.compile(r"(?:y|ie|er|ers|ed|ing|ian|ish|ist|ize|ized|ify|ly|a|o|ai|ui)")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


@dataclass(frozen=True, slots=True)
class SoundIndex:
    """Names by their letters and by how they sound."""

    letters: dict[str, str] = field(default_factory=dict)
    sounds: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, names: Iterable[str]) -> SoundIndex:
        """Return the names that are long enough to be recognised by their sound."""
        index = cls()
        for name in names:
            if len(letters_of(name)) >= _MIN_LIBRARY_LETTERS and not any(map(str.isdigit, name)):
                index.letters.setdefault(letters_of(name), name)
                index.sounds.setdefault(close_sounds(name), name)
        return index

    def get(self, words: str) -> str | None:
        """Return the name whose letters, or else whose sound, the words have."""
        letters = letters_of(words)
        if len(letters) < _MIN_LIBRARY_LETTERS or (name := self.letters.get(letters)):
            return self.letters.get(letters)
        name = self.sounds.get(close_sounds(words))
        return name if name and " " not in words and _is_spelled_like(words, name) else None


def meant_by(words: str, count: int, likely: Mapping[str, int], here: SoundIndex, library: SoundIndex) -> str | None:
    """Return the name that words only sound like, if there is one.

    `count` is how often they stand there. `likely` are the names of the episode's title and people with how often each
    stands there; `here` are names that are said in it, and `library` those that it may have as any other.
    """
    if not all(map(_WORD.fullmatch, words.split())) or _is_ordinary(words):
        return here.letters.get(letters_of(words)) or library.letters.get(letters_of(words)) if " " in words else None
    near = {name: alike for name, said in likely.items() if (alike := _likeness(words, name, count, said))}
    if near:
        return max(near, key=lambda name: (near[name], name))
    if count < _OFTEN and (name := here.get(words)):
        return name
    return library.get(words) if count < _VERY_OFTEN else None


def _is_ordinary(words: str) -> bool:
    return all(word in common_words() or word in given_names() for word in words.lower().split())


def _is_spelled_like(words: str, name: str) -> bool:
    return fuzz.ratio(letters_of(words), letters_of(name)) >= _CLOSE_SPELLING and not _is_derived(words, name)


def _likeness(words: str, name: str, count: int, said: int) -> float:
    """Return how alike words are to a name of this episode (0 to 200), 0 if they are another."""
    left, right = words.lower().split(), name.lower().split()
    if letters_of(words) == letters_of(name):
        return 200 if left != right else 0
    if len(left) == len(right) > 1 and set(left) & set(right):
        pairs = [(one, other) for one, other in zip(left, right, strict=True) if one != other]
        return min(_word_likeness(one, other, count, said) for one, other in pairs) if pairs else 0
    return 0 if set(left) <= set(right) or set(right) <= set(left) else _word_likeness(words, name, count, said)


def _word_likeness(words: str, name: str, count: int, said: int) -> float:
    key, other = sounds(words), sounds(name)
    if not key or key[0] != other[:1] or _is_derived(words, name):
        return 0
    spelling, sound = fuzz.ratio(letters_of(words), letters_of(name)), fuzz.ratio(key, other)
    if close_sounds(words) == close_sounds(name) and spelling >= _CLOSE_SPELLING:
        return sound + spelling
    is_short = min(len(letters_of(words)), len(letters_of(name))) < _MIN_LETTERS or len(key) < _MIN_SOUNDS
    if is_short or _is_ordinary(words) or (count >= _OFTEN and said >= _OFTEN):
        return 0
    return sound + spelling if sound >= _LOOSE_SOUND and spelling >= _LOOSE_SPELLING else 0


def _is_derived(words: str, name: str) -> bool:
    short, long = sorted((letters_of(words), letters_of(name)), key=len)
    return long.startswith(short) and _DERIVED.fullmatch(long[len(short) :]) is not None
