"""Which language words are in; only where there are enough of them to tell."""

from __future__ import annotations

from importlib.util import find_spec

UNKNOWN_LANGUAGE = "und"
"""The code for a language that could not be told."""

MIN_CHARS = 20
"""Characters; fewer say nothing."""

RELIABLE_CHARS = 120
"""Characters that are believed over what was declared: of 3,063 English turns as long, 20 were taken for another."""

_SAMPLE_CHARS = 20_000
_LATIN_CUTOFF, _OTHER_CUTOFF = 1_200, 1_600
"""How unlike a language's usual letters words may be; scripts with thousands of letters never come near."""


def detect_language(text: str, declared: str = "") -> str:
    """Return the language in two letters: what plenty of words are in, else what is declared, else what few are in."""
    sample, code = text.strip()[:_SAMPLE_CHARS], declared.strip().lower()[:2]
    if len(sample) < (MIN_CHARS if not code else RELIABLE_CHARS) or find_spec("resiliparse") is None:
        return code or UNKNOWN_LANGUAGE
    return _detect(sample) or code or UNKNOWN_LANGUAGE


def _detect(words: str) -> str:
    from resiliparse.parse.lang import detect_fast

    letters = [letter for letter in words if letter.isalpha()]
    latin = sum(letter.isascii() for letter in letters) * 2 > len(letters)
    found, _ = detect_fast(words, cutoff=_LATIN_CUTOFF if latin else _OTHER_CUTOFF)
    return "" if found == "unknown" else str(found)[:2]
