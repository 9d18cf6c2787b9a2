"""Filters: what is certainly no claim, whatever the heads make of it: code, addresses, premises of reporters."""

from __future__ import annotations

import re
from collections import defaultdict

from bot.domain import Conversation
from bot.nlp.lexicons import ALLEGATION_MARKERS, compile_cues, cue_pattern

_STAGE_DIRECTION = re.compile(
    rf"[\[(](?:(?:\w+ ){{0,2}}(?:{cue_pattern('stage_direction')})[^\])]{{0,40}}|\d\d?:\d\d[\d:. ]*)[\])]",
    re.IGNORECASE,
)
_CODE = re.compile(
    r"[{};<>=\\|$_]{2,}|\w\(\)|\b(?:def|const|var|import|sudo|npm|pip|return|function) [\w.]+ ?[=({:;]|\b(?:sudo|"
    r"npm|pip|git|docker|brew|apt-get) (?:install|run|add|clone|i|commit|push) |^\s*(?:\$ |>>>|//|/\*|<\w)|\w\.\w+\("
)
_CODE_CUE = re.compile(r"[{};<>=\\|$_(:/]|\b(?:sudo|npm|pip|git|docker|brew|apt-get) ")
"""What every line of code has that is one."""
_URL_ONLY = re.compile(r"^(?:\W*(?:https?://\S+|www\.\S+|[\w-]+\.(?:com|org|net|io|dev)\S*)\W*)+$")
_OFFER_CODE = re.compile(
    r"\b(?:use|with|enter|apply) (?:the |my |our )?(?:promo |coupon |discount |offer )?code\b|\bpromo code\b|"
    r"\bcode [A-Z][A-Z\d]{2,}\b.*(?:percent|%|\boff\b|\bfree\b|\bdiscount\b)"
)
_URL = re.compile(r"https?://\S+|www\.\S+")
_MAX_URL_SHARE = 0.3
_REFUTATION = re.compile(rf"(?:(?:and|but|well|now|no|so)[, ]+)*(?:{cue_pattern('refutation')})\b", re.IGNORECASE)
_FORETELLING = compile_cues("foretelling")
_LETTER = re.compile(r"[^\W\d_]")
_MIN_WORDS = 3
_MIN_TURN_WORDS, _MAX_TURNS = 8, 6
_MIN_SPEAKERS, _PRESS, _MOST = 4, 8, 0.5


def is_structure(text: str) -> bool:
    """Return whether a line is no sentence: too short, without letters, code, a link or a line before a list."""
    bare = strip_stage_directions(text)
    if bare.endswith(":") or bare.count(" ") < _MIN_WORDS - 1 or _LETTER.search(bare) is None:
        return True
    if "://" in bare or "www." in bare:
        linked = sum(len(url) for url in _URL.findall(bare))
        return linked > _MAX_URL_SHARE * len(bare)
    if _URL_ONLY.search(bare) is not None:
        return True
    return _CODE_CUE.search(bare) is not None and _CODE.search(bare) is not None


def is_refutation(text: str) -> bool:
    """Return whether a sentence takes back the one before: "They say the plant is dying. That's absolutely wrong."."""
    return _REFUTATION.match(text) is not None


def is_hearsay(text: str) -> bool:
    """Return whether a sentence has a word that shows that it passes on what others say, or accuses."""
    return ALLEGATION_MARKERS.search(text) is not None


def foretells(text: str) -> bool:
    """Return whether a sentence has a word that shows that it is about what is to come."""
    return _FORETELLING.search(text) is not None


def is_offer(text: str) -> bool:
    """Return whether a sentence gives a sponsor's code."""
    return "code" in text and _OFFER_CODE.search(text) is not None


def questioner_turns(conversation: Conversation) -> frozenset[int]:
    """Return the turns of those who are there only to ask, such as reporters, in which they lead up to a question."""
    turns: defaultdict[str, list[int]] = defaultdict(list)
    for index, turn in enumerate(conversation.turns):
        if turn.speaker and turn.text.count(" ") >= _MIN_TURN_WORDS:
            turns[turn.speaker].append(index)
    asking: set[int] = set()
    if len(turns) < _MIN_SPEAKERS:
        return frozenset()
    needed = _MOST if len(turns) >= _PRESS else 1.0
    for own in turns.values():
        asked = sum("?" in conversation.turns[index].text for index in own)
        if len(own) <= _MAX_TURNS and asked >= needed * len(own):
            asking.update(own)
    return frozenset(asking)


def strip_stage_directions(sentence: str) -> str:
    """Return the sentence without stage directions such as [laughter]."""
    return _STAGE_DIRECTION.sub(" ", sentence).strip() if "[" in sentence or "(" in sentence else sentence
