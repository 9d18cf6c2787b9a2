"""Advertisement reads, recognised over their whole segment and not only by their cue."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.nlp.lexicons import cue_pattern, word_set

_OPENING = re.compile(rf"\b(?:{cue_pattern('advert_opening')})")
_TOP_LEVEL_DOMAINS = "com|io|dev|ai|org|net|co|app|so|fm|sh"
_SITE = rf"[\w-]+(?:\.| dot )(?:{_TOP_LEVEL_DOMAINS})\b"
_CALL_TO_ACTION = re.compile(rf"\b(?:{cue_pattern('advert_call').replace('{site}', _SITE)})")
_RETURN_TO_SHOW = re.compile(rf"\b(?:{cue_pattern('advert_return')})")
_PITCH = re.compile(rf"\b(?:{cue_pattern('advert_pitch')})\b|[\w-]+\.(?:{_TOP_LEVEL_DOMAINS})\b")
_SPONSOR = re.compile(
    r"(?i:brought to you (?:today |in part )?by|sponsored by|supported by|friends (?:at|over at|from)|comes from|"
    r"made possible by|thanks? (?:you )?to|word from|sponsor(?:s)?(?: today| this week)?(?:,| is| are))"
    r"(?: (?:our|the|my|good|friends|at|sponsors?|partners?),?)*:? ((?:[A-Z][\w&.'-]*|[a-z]+[A-Z]\w*)(?: "
    r"[A-Z][\w&'-]*)*)"
)
_DOMAIN = re.compile(
    rf"\b([A-Za-z][\w-]{{2,}})(?:\.| dot )(?:{_TOP_LEVEL_DOMAINS})\b(?:(?:/| slash )([A-Za-z][\w-]{{3,}}))?"
)
_NOT_SPONSORS = word_set(
    "github twitter youtube arxiv wikipedia npmjs google medium reddit x the our a example show listen podcast "
    "friends deal offer free"
)
_MAX_FORWARD = 14
_MAX_BACKWARD = 12
_MAX_GAP_BACKWARD = 4
_MAX_GAP_FORWARD = 2


def find_adverts(sentences: Sequence[tuple[int, str]]) -> set[int]:
    """Return the indexes of the sentences that belong to an advertisement.

    `sentences` are (turn, words) in order. A segment opens with a cue, runs while the words pitch or name the
    sponsor, and reaches its last call to act; a call without an opening reaches back over the pitch.
    """
    flat = [(turn, words.replace("’", "'").lower()) for turn, words in sentences]
    marked: set[int] = set()
    for index, (_, words) in enumerate(flat):
        if index in marked or (not (opens := _OPENING.search(words)) and not _CALL_TO_ACTION.search(words)):
            continue
        names = _sponsor_names(sentences[index][1])
        first = index if opens else _segment_start(flat, index, names)
        marked.update(range(first, _segment_end(flat, index, names) + 1))
    return marked


def _sponsor_names(words: str) -> set[str]:
    found = _SPONSOR.search(words)
    names = {found[1].lower().rstrip(".")} if found else set()
    sites = {part.lower() for domain in _DOMAIN.findall(words) for part in domain if part}
    return (names | sites) - _NOT_SPONSORS


def _segment_end(sentences: Sequence[tuple[int, str]], start: int, names: set[str]) -> int:
    last, strange = start, 0
    for index in range(start + 1, min(len(sentences), start + 1 + _MAX_FORWARD)):
        turn, words = sentences[index]
        if _RETURN_TO_SHOW.search(words):
            return index
        if _CALL_TO_ACTION.search(words) or _OPENING.search(words) or _has_sponsor(words, names):
            last, strange = index, 0
        elif turn != sentences[start][0] or not _PITCH.search(words):
            strange += 1
        elif not strange:
            last = index
        if strange > _MAX_GAP_FORWARD:
            break
    return last


def _segment_start(sentences: Sequence[tuple[int, str]], start: int, names: set[str]) -> int:
    first, strange = start, 0
    for index in range(start - 1, max(-1, start - 1 - _MAX_BACKWARD), -1):
        if _has_sponsor(sentences[index][1], names):
            first, strange = index, 0
        else:
            strange += 1
        if strange > _MAX_GAP_BACKWARD:
            break
    return first


def _has_sponsor(words: str, names: set[str]) -> bool:
    return any(name in words or name in words.replace(" ", "") for name in names)
