"""What people say to a bot besides questions, and short questions about the answer before."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum, auto

from bot.chat.courtesies import GREETING, THANKS, WHOM
from bot.chat.text import one_line
from bot.domain import UNKNOWN_SPEAKER, Answer, Citation
from bot.qa.evidence import source_date
from bot.qa.wording import plain_question


class Courtesy(Enum):
    """What somebody says who asks for nothing that was said in a conversation."""

    GREETING = auto()
    THANKS = auto()
    IDENTITY = auto()
    ABILITY = auto()
    NEWS = auto()


class Reference(Enum):
    """What somebody wants to know about the answer before."""

    WHO = auto()
    WHEN = auto()
    SOURCE = auto()
    MORE = auto()


_GREETING = rf"{GREETING}(?:,? (?:{WHOM}|you))*"
_ASKING = r"(?:who|what|whose|when|where|which|why|how|is|are|was|were|do|does|did|can|could|will|would)"
_LONGEST_COURTESY = 80
"""Characters; what is longer says something else, too."""
_COURTESIES = {
    Courtesy.GREETING: rf"{_GREETING}|(?:{_GREETING}\W+)?how(?: are|'re) you(?: doing)?(?: today)?",
    Courtesy.THANKS: (
        rf"(?:(?:ok(?:ay)?|hey|hi|great|perfect|cool|nice|awesome|super)\W+)?(?:{THANKS}|ty|cheers)(?: {WHOM})*"
        rf"(?: for(?: (?!{_ASKING}\b)[\w']+){{1,5}})?"
        r"|(?:great|perfect|cool|nice|awesome|good (?:job|bot|one)|well done|got it|ok(?:ay)?|bye|goodbye|see you)"
    ),
    Courtesy.IDENTITY: r"(?:who|what) are you|what(?:'s| is) (?:this bot|overheard(?: bot)?)"
    r"|are you (?:a )?(?:bot|human|real|ai)",
    Courtesy.ABILITY: (
        r"what (?:can|do) you do|what can (?:i|we) (?:ask|do)(?: you| here)?|"
        r"how (?:do you|does (?:this bot|overheard)) work|how do i use (?:you|this|it)|what do you know(?: about)?|"
        r"help(?: me)?(?: please)?"
        r"|what are you (?:for|good for)"
    ),
    Courtesy.NEWS: (
        r"what(?:'s| is) (?:new|up|happening|going on)(?: today)?|any(?:thing)? (?:new|news)(?: today)?|news"
    ),
}
_REFERENCES = {
    Reference.WHO: r"(?:and )?(?:who (?:said|says|told you|claims?) (?:that|this|it|so)|says who|said who|who)",
    Reference.WHEN: (
        r"(?:and )?when(?: (?:was|were|is) (?:that|this|it)(?: said)?| did (?:he|she|they) say (?:that|this|it))?"
    ),
    Reference.SOURCE: (
        r"(?:what(?:'s| is) (?:the|your) )?(?:sources?|links?|references?|citations?)|"
        r"where (?:was|is|did|do) (?:that|this|it|you)(?: (?:said|from|get (?:that|this|it)))*|"
        r"which (?:show|episode|podcast)(?: was (?:that|this))?"
    ),
    Reference.MORE: (
        r"(?:tell me |say |show (?:me )?)?more(?: (?:about|on) (?:that|this|it))?|go on|continue|anything else|"
        r"what else|elaborate"
    ),
}


_COURTESY_PATTERNS = {kind: re.compile(words, re.IGNORECASE) for kind, words in _COURTESIES.items()}
_REFERENCE_PATTERNS = {kind: re.compile(words, re.IGNORECASE) for kind, words in _REFERENCES.items()}


def courtesy_of(text: str) -> Courtesy | None:
    """Return what a text says to the bot itself; None if it is a question, or anything else."""
    if len(text) > _LONGEST_COURTESY:
        return None
    whole = " ".join(text.split()).strip(" ?!.,:;)(").replace("’", "'")
    return _courtesy(whole) or _courtesy(_bare(text))


def _courtesy(words: str) -> Courtesy | None:
    return next((kind for kind, pattern in _COURTESY_PATTERNS.items() if pattern.fullmatch(words)), None)


def reference_of(text: str) -> Reference | None:
    """Return what a text asks about the answer before; None if it is a question of its own."""
    words = _bare(text)
    return next((kind for kind, pattern in _REFERENCE_PATTERNS.items() if pattern.fullmatch(words)), None)


def _bare(text: str) -> str:
    return plain_question(text).strip(" ?!.,:;)(")


def recall(question: str, kind: Reference, citations: Sequence[Citation]) -> Answer:
    """Return who said, when or where, what the answer before rests on.

    `citations` are those of its own that the library still has; without any, it is a refusal.
    """
    if not citations:
        return Answer(question, answered=False, text="What that answer was made from has been deleted since.")
    tell = {Reference.WHO: _who, Reference.WHEN: _when}.get(kind, _where)
    lines = (f"{tell(citation)} [{number}]" for number, citation in enumerate(citations, 1))
    return Answer(question, answered=True, text="\n".join(lines), citations=tuple(citations), confidence=1.0)


def _who(citation: Citation) -> str:
    speaker = "Somebody whom the transcript doesn't name"
    speaker = speaker if citation.speaker == UNKNOWN_SPEAKER else one_line(citation.speaker)
    return f"{speaker}, on {one_line(citation.origin.show)}."


def _when(citation: Citation) -> str:
    date = source_date(citation.origin)
    return f"{date[0].upper()}{date[1:]}, on {one_line(citation.origin.show)}."


def _where(citation: Citation) -> str:
    origin = citation.origin
    title = f", “{one_line(origin.title)}”" if origin.title else ""
    return f"{one_line(origin.show)}{title}, {source_date(origin)}."
