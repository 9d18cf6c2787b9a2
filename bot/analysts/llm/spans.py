"""From words that somebody points with to the exact stretch of text; what is pointed at is whole sentences."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.nlp.sentences import sentence_spans

_WORD = re.compile(r"\w+")
_MAX_SENTENCES = 2


def locate_span(text: str, first: str, last: str) -> tuple[int, int] | None:
    """Return the sentences of a text from the one with the first words to the one with the last; None if not there.

    Whole sentences, so that nobody can point past a "not" or an "if"; more than two are no single claim.
    """
    words = [(found.group().lower(), found.start(), found.end()) for found in _WORD.finditer(text)]
    said = [word for word, _, _ in words]
    begin = _find_words(said, first, 0)
    final = _find_words(said, last, begin) if begin is not None else None
    if begin is None or final is None:
        return None
    start, end = words[begin][1], words[final + len(_WORD.findall(last)) - 1][2]
    spans = [span for span in sentence_spans(text) if span[1] > start and span[0] < end]
    return (spans[0][0], spans[-1][1]) if 0 < len(spans) <= _MAX_SENTENCES else None


def _find_words(words_of_text: Sequence[str], words: str, begin: int) -> int | None:
    wanted = [word.lower() for word in _WORD.findall(words)]
    places = range(begin, len(words_of_text) - len(wanted) + 1) if wanted else ()
    return next((at for at in places if words_of_text[at : at + len(wanted)] == wanted), None)
