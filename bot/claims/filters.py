"""Filters: questions, small talk, housekeeping, introductions, stage directions, code and adverts are never claims."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from bot.domain import Conversation
from bot.nlp.lexicons import cue_pattern, word_list

# All patterns but the introduction are matched against lower case: a case-blind search costs several times more.
_STAGE_DIRECTION = re.compile(
    rf"[\[(](?:(?:\w+ ){{0,2}}(?:{cue_pattern('stage_direction')})[^\])]{{0,40}}|\d\d?:\d\d[\d:. ]*)[\])]",
    re.IGNORECASE,
)
_QUESTION_LEAD_IN = rf"(?:(?:{cue_pattern('question_lead')})[, ]+)*"
_QUESTION = re.compile(
    rf"\?[\"'”’)\]]*$|\b(?:{cue_pattern('question_tag')})\?|^{_QUESTION_LEAD_IN}(?:{cue_pattern('question')})",
)
_SMALL_TALK = re.compile(rf"^(?:(?:{cue_pattern('small_talk_lead')})[,.! -]+)*(?:{cue_pattern('small_talk')})")
_HOUSEKEEPING = re.compile(rf"\b(?:{cue_pattern('housekeeping')})")
_INTRODUCTION = re.compile(
    rf"^(?:(?:{cue_pattern('greeting')})[,.! ]+(?:(?:everyone|everybody|all|folks|there|guys)[,.! ]+)?)*"
    rf"(?:{cue_pattern('introduction')})"
)
_CODE = re.compile(
    r"[{};<>=\\|$_]{2,}|\w\(\)|\b(?:def|const|var|import|sudo|npm|pip|return|function) [\w.]+ ?[=({:;]|\b(?:sudo|"
    r"npm|pip|git|docker|brew|apt-get) (?:install|run|add|clone|i|commit|push) |^\s*(?:\$ |>>>|//|/\*|<\w)|\w\.\w+\("
)
_URL_ONLY = re.compile(r"^(?:\W*(?:https?://\S+|www\.\S+|[\w-]+\.(?:com|org|net|io|dev)\S*)\W*)+$")
_LETTER = re.compile(r"[^\W\d_]")
_MIN_WORDS = 3
_MIN_TURN_WORDS, _MAX_TURNS, _TURN_END_CHARS = 8, 3, 400
_MIN_SPEAKERS = 4


def is_noise(sentence: str) -> bool:
    """Return whether a sentence on its own is a question, small talk, housekeeping or not prose at all."""
    bare = strip_stage_directions(sentence)
    if bare.endswith(":"):
        return True  # it only leads up to what comes next
    if bare.count(" ") < _MIN_WORDS - 1 or _LETTER.search(bare) is None or _INTRODUCTION.search(bare) is not None:
        return True
    flat = bare.replace("’", "'").lower()
    return any(pattern.search(flat) for pattern in (_SMALL_TALK, _QUESTION, _HOUSEKEEPING, _URL_ONLY, _CODE))


def questioner_turns(conversation: Conversation) -> frozenset[int]:
    """Return the turns of those who are there only to ask, such as reporters, in which they lead up to a question."""
    turns: defaultdict[str, list[int]] = defaultdict(list)
    for index, turn in enumerate(conversation.turns):
        if turn.speaker and turn.text.count(" ") >= _MIN_TURN_WORDS:
            turns[turn.speaker].append(index)
    asking: set[int] = set()
    if len(turns) < _MIN_SPEAKERS:
        return frozenset()
    for own in turns.values():
        if len(own) <= _MAX_TURNS and all("?" in conversation.turns[index].text[-_TURN_END_CHARS:] for index in own):
            asking.update(own)
    return frozenset(asking)


def strip_stage_directions(sentence: str) -> str:
    """Return the sentence without stage directions such as [laughter]."""
    return _STAGE_DIRECTION.sub(" ", sentence).strip() if "[" in sentence or "(" in sentence else sentence


_OPENING = re.compile(rf"\b(?:{cue_pattern('advert_opening')})")
_TOP_LEVEL_DOMAINS = "com|io|dev|ai|org|net|co|app|so|fm|sh"
_SITE = rf"[\w-]+(?:\.| dot )(?:{_TOP_LEVEL_DOMAINS})\b"
_CALL_TO_ACTION = re.compile(rf"\b(?:{cue_pattern('advert_call_to_action').replace('{site}', _SITE)})")
_RETURN_TO_SHOW = re.compile(rf"\b(?:{cue_pattern('advert_end')})")
_PITCH = re.compile(rf"\b(?:{cue_pattern('advert_pitch')})\b|[\w-]+\.(?:{_TOP_LEVEL_DOMAINS})\b")
_SPONSOR = re.compile(
    rf"(?i:{cue_pattern('sponsor_credit')})(?: (?:our|the|my|good|friends|at|sponsors?|partners?),?)*:? ((?:[A-"
    r"Z][\w&.'-]*|[a-z]+[A-Z]\w*)(?: [A-Z][\w&'-]*)*)"
)
_DOMAIN = re.compile(
    rf"\b([A-Za-z][\w-]{{2,}})(?:\.| dot )(?:{_TOP_LEVEL_DOMAINS})\b(?:(?:/| slash )([A-Za-z][\w-]{{3,}}))?"
)
_NOT_SPONSORS = word_list("not_sponsor")
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
    match = _SPONSOR.search(words)
    names = {match[1].lower().rstrip(".")} if match else set()
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
