"""Which language words are in; only where there are enough of them to tell."""

from __future__ import annotations

from importlib.util import find_spec

UNKNOWN = "und"
"""The code for a language that could not be told."""

LEAST = 20
"""Characters; fewer say nothing."""

PLENTY = 120
"""Characters that are believed over what was declared: of 3,063 English turns as long, 20 were taken for another."""

_SAMPLE = 20_000
_FAR, _FARTHER = 1_200, 1_600
"""How unlike a language's usual letters words may be; scripts with thousands of letters never come near."""


def language(words: str, declared: str = "") -> str:
    """Return the language in two letters: what plenty of words are in, else what is declared, else what few are in."""
    sample, code = words.strip()[:_SAMPLE], declared.strip().lower()[:2]
    if len(sample) < (LEAST if not code else PLENTY) or find_spec("resiliparse") is None:
        return code or UNKNOWN
    return _heard(sample) or code or UNKNOWN


def _heard(words: str) -> str:
    from resiliparse.parse.lang import detect_fast

    letters = [letter for letter in words if letter.isalpha()]
    latin = sum(letter.isascii() for letter in letters) * 2 > len(letters)
    found, _ = detect_fast(words, cutoff=_FAR if latin else _FARTHER)
    return "" if found == "unknown" else str(found)[:2]
