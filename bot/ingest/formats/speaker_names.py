"""Speakers' labels as tools write them: which name somebody, which only number a voice, and which may be names."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from bot.nlp.gazetteer import common_words
from bot.nlp.lexicons import cue_pattern

MAX_LABEL_CHARS = 60

_REMEMBERED = 4_096
"""Labels: a transcript has few, and each comes hundreds of times."""

# Marks that turn the direction of text stand around names in right-to-left scripts and are no part of them.
_INVISIBLE = dict.fromkeys(
    map(ord, "\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff")
)
_APOSTROPHES = str.maketrans(dict.fromkeys("’‘\u02bc\u02b9\u00b4`", "'"))
_BRACKETS = {"[": "]", "(": ")", "<": ">"}

_ANONYMOUS = re.compile(
    r"(?:unknown|unidentified|unnamed|anonymous|unbekannter?|inconnue?|desconocid[oa]|desconhecid[oa]|new|male|female)?"
    rf"\s*(?:{cue_pattern('voice')})?[\s_#-]*(?:\d{{1,3}}|[a-z])?(?:\s*\(\d+\))?"
    r"|(?:multiple|several|all|various|overlapping) (?:speakers|voices|participants)|audience(?: member)?|unattributed"
    r"|(?:man|woman|boy|girl|child|voice|both|all|crowd|everyone|everybody)(?: \d)?|voice-?over"
    r"|(?:iphone|ipad|android|galaxy|pixel|phone|zoom user)(?:\s*\(?\d*\)?)?|[+(]?[\d*][\d*()\s-]{5,}"
    r"|\?+|n/?a|none|null|break|q|a",
    re.IGNORECASE,
)
"""Labels that machines and typists give to voices whose names they don't know, in the languages of the main tools."""


@lru_cache(_REMEMBERED)
def clean_label(label: str) -> str:
    """Return a label in one spelling: composed and half-width letters, straight apostrophes, no invisible marks."""
    name = unicodedata.normalize("NFKC", label.translate(_INVISIBLE)).translate(_APOSTROPHES)
    name = " ".join(name.split()).strip(":,;|*")
    if name and name[-1] == _BRACKETS.get(name[0]) and not _BRACKETS.keys() & set(name[1:]):
        name = name[1:-1].strip(" :")
    return name


def speaker_name(label: str | None) -> str | None:
    """Return the name a label gives, or None if it names nobody ("Speaker 1", "SPEAKER_00", "Unknown", "Q")."""
    name = clean_label(label or "")
    return None if _ANONYMOUS.fullmatch(name) else name


_NOT_IN_A_NAME = re.compile(
    r"[!?…{}<>=“”\"♪]|https?:|www\.|\.\.|-->|[^\W\d_]{4,}\.(?:\s|$)|:\s|,$|[,;]\s[^,;]*[,;]\s[^,;]*[,;]\s"
)
_ASIDE = re.compile(r"[(\[][^()\[\]]*[)\]]")
_MAX_NAME_WORDS = 7
_LIST_MARKS = "-*+#>|•=~"
_PARTICLES = frozenset(
    "van von de der den del della di da dos du la le bin al el of the and y e und et zu zur af av ter".split()
)
_NOT_A_NAME = re.compile(
    r"breaking|just|in|update[ds]?|notes?|warning|edit|ps|tl;?dr|sources?|links?|via|question|answer|examples?|step|part|"
    r"chapter|date|title|topics?|intro|introduction|summary|conclusion|details?|include|here|why|how|what|when|where|who|"
    r"important|reminder|tip|correction|disclaimer|copyright|sponsors?|https?|today|tomorrow|yesterday|however|"
    r"meanwhile|(?:mon|tues|wednes|thurs|fri|satur|sun)day|exclusive|watch|read|new|news|alert|developing|thread|"
    r"first|second|third|finally|also|bonus|so|and|but|then|attendees|participants|speakers|transcript|slide|page|section|"
    r"episode|season",
    re.IGNORECASE,
)


def could_be_name(label: str) -> bool:
    """Return whether a label is short and free of what only sentences have; in any script, with digits and asides."""
    return len(label) <= MAX_LABEL_CHARS and _could_be_name(label)


@lru_cache(_REMEMBERED)
def _could_be_name(label: str) -> bool:
    words = _words(label)
    if not 0 < len(words) <= _MAX_NAME_WORDS or label[0] in _LIST_MARKS or _NOT_IN_A_NAME.search(label):
        return False
    letters = [word.strip(".'-0123456789") for word in words]
    return any(letters) and not all(_NOT_A_NAME.fullmatch(word) for word in letters if word)


def looks_like_name(label: str) -> bool:
    """Return whether a label could be a name and is written as one: no word but a particle begins in lower case."""
    return could_be_name(label) and _is_written_as_name(label)


@lru_cache(_REMEMBERED)
def _is_written_as_name(label: str) -> bool:
    words = _words(label)
    return len(words) == 1 or all(map(_is_name_word, words))


@lru_cache(_REMEMBERED)
def is_ordinary(label: str) -> bool:
    """Return whether every word of a label is an ordinary English one: "Key Takeaways"."""
    return all(word.strip(".,'").lower() in common_words() for word in _words(label))


def _words(label: str) -> list[str]:
    return _ASIDE.sub(" ", label).split() or label.strip("()[] ").split()


def _is_name_word(word: str) -> bool:
    # "iPhone" and "van" begin in lower case; letters of most scripts have no case at all.
    first = word.lstrip("'’\"(-@#")[:1]
    return not first.islower() or word in _PARTICLES or any(map(str.isupper, word)) or "@" in word or len(word) == 1
