"""Misheard names: which words of a transcript only sound like a name that its episode, or the library, knows.

Words are compared by sound (keys in which what captions confuse is one) and by spelling. The fewer names come into
question, the less alike the words need to be: those of the title and of the people may be heard in many ways.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from rapidfuzz import fuzz

from bot.domain import Entity, EntityKind
from bot.nlp.gazetteer import TOKEN, Gazetteer, common_words, gazetteer_with, given_names, lookup_key

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
_CLOSE_SPELLING, _NEAR_SPELLING, _SHORT_SPELLING = 65, 70, 85
"""and in spelling to one that they sound exactly like, or like but for the vowels, or that is short."""
_OFTEN, _VERY_OFTEN = 3, 20
"""A word said so often beside a name it sounds like, or where nothing else has that name, is a name of its own."""
_MIN_SHARE = 0.75
"""How long the shorter is, as a share of the longer."""
_DERIVED = re.compile(r"(?:e|y|ie|er|ers|ed|ing|ian|ish|ist|ize|ized|ify|ly|a|o|ai|ui)")
_HEARD_KINDS = {EntityKind.COMPANY, EntityKind.PRODUCT, EntityKind.TOPIC}
_NUMBERED = re.compile(r"\d")
_MIN_PART = 3
"""Letters of each part of a word that was heard as two."""
_POSSESSIVE = re.compile(r"['’]s?$")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


@dataclass(frozen=True, slots=True)
class SoundIndex:
    """Names by their letters and by how they sound."""

    by_letters: dict[str, str] = field(default_factory=dict)
    by_close_sounds: dict[str, str] = field(default_factory=dict)
    by_sounds: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, names: Iterable[str]) -> SoundIndex:
        """Return the names that are long enough to be recognised by their sound."""
        index = cls()
        for name in names:
            if len(letters_of(name)) >= _MIN_LIBRARY_LETTERS and not any(map(str.isdigit, name)):
                index.by_letters.setdefault(letters_of(name), name)
                index.by_close_sounds.setdefault(close_sounds(name), name)
                index.by_sounds.setdefault(sounds(name), name)
        return index

    def joined(self, words: str) -> str | None:
        """Return the name that has the same letters."""
        return self.by_letters.get(letters_of(words))

    def get(self, words: str) -> str | None:
        """Return the name whose letters, or else whose sound, the words have."""
        if (name := self.joined(words)) or len(letters_of(words)) < _MIN_LETTERS:
            return name
        if len(letters_of(words)) < _MIN_LIBRARY_LETTERS:
            name = self.by_close_sounds.get(close_sounds(words))
            return name if name and _is_spelled_like(words, name, _SHORT_SPELLING) else None
        if (name := self.by_close_sounds.get(close_sounds(words))) and _is_spelled_like(words, name):
            return name
        name = self.by_sounds.get(sounds(words))
        return name if name and _is_spelled_like(words, name, _NEAR_SPELLING, 1) else None


def meant_by(words: str, count: int, likely: Mapping[str, int], here: SoundIndex, library: SoundIndex) -> str | None:
    """Return the name that words only sound like, if there is one.

    `count` is how often they stand there. `likely` are the names of the episode's title and people with how often each
    stands there; `here` are names that are said in it, and `library` those that it may have as any other.
    """
    if not all(map(_WORD.fullmatch, words.split())):
        return None
    if _is_ordinary(words):
        return (here.joined(words) or library.joined(words)) if " " in words else None
    near = {name: alike for name, said in likely.items() if (alike := _likeness(words, name, count, said))}
    if near:
        return max(near, key=lambda name: (near[name], name))
    if count < _OFTEN and (name := here.get(words)):
        return name
    if count >= _VERY_OFTEN:
        return library.joined(words) if " " in words else None
    is_plural = words.endswith("s") and not library.joined(words[:-1])
    return library.get(words) or (library.get(words[:-1]) if is_plural else None)


def _is_ordinary(words: str) -> bool:
    return all(word in common_words() or word in given_names() for word in words.lower().split())


def _is_spelled_like(words: str, name: str, least: int = _CLOSE_SPELLING, most_longer: int = _MIN_LETTERS) -> bool:
    left, right = letters_of(words), letters_of(name)
    if left != right and set(words.lower().split()) > set(name.lower().split()):
        return False
    is_as_long = abs(len(left) - len(right)) <= most_longer
    return is_as_long and fuzz.ratio(left, right) >= least and not _is_derived(words, name)


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
    is_plural = said > 0 and letters_of(words) == letters_of(name) + "s"
    if not key or key[0] != other[:1] or is_plural or _is_derived(words, name):
        return 0
    spelling, sound = fuzz.ratio(letters_of(words), letters_of(name)), fuzz.ratio(key, other)
    if close_sounds(words) == close_sounds(name) and spelling >= _CLOSE_SPELLING:
        return sound + spelling
    short, long = sorted((len(letters_of(words)), len(letters_of(name))))
    is_short = short < _MIN_LETTERS or short < _MIN_SHARE * long or len(key) < _MIN_SOUNDS
    if is_short or words.isupper() or _is_ordinary(words) or (count >= _OFTEN and said >= _OFTEN):
        return 0
    return sound + spelling if sound >= _LOOSE_SOUND and spelling >= _LOOSE_SPELLING else 0


def _is_derived(words: str, name: str) -> bool:
    heard, meant = letters_of(words), letters_of(name)
    return heard.startswith(meant) and _DERIVED.fullmatch(heard, len(meant)) is not None


def likely_names(titles: Iterable[str], people: Iterable[str], known: Gazetteer) -> Iterator[str]:
    """Yield the names in titles, and people's full names and surnames."""
    for title in titles:
        yield from (match.name for match in known.find(title))
        words = (_POSSESSIVE.sub("", token[0]) for token in TOKEN.finditer(title))
        yield from (word for word in words if word[0].isupper() and not word.isupper() and not _is_ordinary(word))
    for person in people:
        yield person
        surname = person.split()[-1]
        if surname != person and not _is_ordinary(surname):
            yield surname


@lru_cache(maxsize=1)
def library_sounds(entities: tuple[Entity, ...]) -> SoundIndex:
    """Return the companies, products and full names that the lists and the library know."""
    return SoundIndex.of(
        entry.name
        for entry in gazetteer_with(entities).entries()
        if entry.kind in _HEARD_KINDS or (entry.kind is EntityKind.PERSON and " " in entry.name)
    )


def find_misheard(
    said: Mapping[str, int],
    text: str,
    plain: Collection[str],
    likely: Iterable[str],
    here: Iterable[str],
    known: Gazetteer,
    library: SoundIndex,
) -> dict[str, str]:
    """Return the words that only sound like a name, each with that name.

    `said` are capitalised words with how often they are said, `plain` those in lower case, and `text` is all of it in
    lower case. `here` are names that are said in this conversation, and so need less proof than those of the library.
    """
    counts = {lookup_key(words): count for words, count in said.items()}
    sure = {
        name: counts.get(lookup_key(name), 0)
        for name in likely
        if len(letters_of(name)) >= _MIN_LETTERS and name.lower() not in given_names() and not _NUMBERED.search(name)
    }
    nearby, sure_keys = SoundIndex.of(here), set(map(lookup_key, sure))
    found = {
        words: name
        for words, count in said.items()
        if lookup_key(words) not in sure_keys
        and known.get(words) is None
        and (name := meant_by(words, count, sure, nearby, library))
        and lookup_key(name) != lookup_key(words)
        and not (" " in words and _has_other_name(words, name, known))
    }
    return dict(_in_lower_case(text, plain, sure, known)) | found


def _has_other_name(words: str, name: str, known: Gazetteer) -> bool:
    """Return whether one of several words is a known name that the whole name has no part in."""
    others = set(words.lower().split()) - set(name.lower().split()) - common_words()
    return letters_of(words) != letters_of(name) and any(known.get(word) for word in others)


def _in_lower_case(
    text: str, plain: Collection[str], sure: Iterable[str], known: Gazetteer
) -> Iterator[tuple[str, str]]:
    """Yield what captions without capitals make of the names that an episode is sure to have."""
    sounding = {close_sounds(name): name for name in sure if len(letters_of(name)) >= _MIN_LIBRARY_LETTERS}
    for word in plain if sounding else ():
        may_be = len(word) >= _MIN_LIBRARY_LETTERS and word not in common_words()
        name = sounding.get(close_sounds(word)) if may_be else None
        if name and word != name.lower() and known.get(word) is None and _is_spelled_like(word, name):
            yield word, name
    for name in sounding.values():
        word = name.lower()
        for cut in range(_MIN_PART, len(word) - _MIN_PART + 1) if word.isalpha() else ():
            head, tail = word[:cut], word[cut:]
            if head in plain and tail in plain and (parts := f"{head} {tail}") in text and known.get(parts) is None:
                yield parts, name
