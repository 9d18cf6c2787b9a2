"""How well a claim can be told to somebody who did not hear the conversation."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from bot.domain import UNKNOWN_SPEAKER, Claim, Kind, Mention
from bot.nlp import clauses
from bot.nlp.tokens import content

LONGEST = 230
"""Characters that a told sentence may have; a longer claim is told in part, or not at all."""

_OPENS_ELSEWHERE = re.compile(
    r"^[\"“]|^(?:just an?|on the (?:first|second|other)|not|or|nor|"
    r"it|its|it['’]s|they|they['’]\w+|their|them|he|he['’]\w+|his|him|she|she['’]\w+|her|this|that|that['’]s|these|"
    r"those|such|which|who|whose|there|there['’]s|here|here['’]s|then|both|neither|either|another|"
    r"the other|the same|one|"
    r"my|you|you['’]\w+|your|some of (?:it|them|these|those)|all of (?:it|them|that|this)|each|every one|"
    r"\w+['’]s (?:is|are|was|were)|what|how|why|let['’]s|let me|imagine|say|maybe|mine|"
    r"thank\w*|please|welcome|hello|hi)\b",
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(
    r"\b(?:it|they|them|their|he|him|his|she|her|this|that one|these|those|there|here|above|aforementioned|"
    r"the (?:former|latter|company|firm|guy|thing|paper|book|talk|post|article|product|project|tool|model|"
    r"episode|team))\b",
    re.IGNORECASE,
)
_CHAT = re.compile(
    r"\b(?:you know|i mean|kind of|sort of|gonna|wanna|stuff|whatever|lol|haha|um|uh|blah|guys|dude|awesome|"
    r"y['’]?all|super|crazy|totally|literally|laughs?|unintelligible|crosstalk|podcast|episode|listeners?|"
    r"show notes|sponsor\w*|"
    r"subscribe|transcripts?|promo|discount|welcome|thank you|thanks|i guess|i don['’]t know|something like that|etc|"
    r"i['’]m [a-z]+ and|for the week of|as i (?:said|mentioned)|like i said|thing is|tell (?:you|us)|"
    r"let me|let['’]s|hey|oh|yeah|wow)\b|\[|\.\.\.|…|--",
    re.IGNORECASE,
)
_BROKEN = re.compile(r"\w—\w|\b(\w+)[,—-]? \1\b|\b(\w+ \w+), \2\b|\b(?:uh|um)\b|\w- |-$|\*")
_WHEN = re.compile(
    r"\b(?:yesterday|today|tomorrow|tonight|this (?:morning|afternoon|evening|week|month)|last (?:night|week)|"
    r"next week|right now|just now|a (?:moment|minute|second) ago|earlier)\b",
    re.IGNORECASE,
)
_TIMELESS = re.compile(
    r"^[^,;:]{2,50}?\b(?:is|are|was|were|isn['’]t|doesn['’]t|has|have|can)\s(?:an?|the|not|quite|really|"
    r"very|always|basically|"
    r"essentially|made|originally|also|so|good|great|just|like|probably|almost)\b",
    re.IGNORECASE,
)
_PADDING = re.compile(r"\b(?:basically|essentially|actually|really|quite|very|probably|pretty|obviously|effectively)\b")
_NO_NAME = re.compile(r"['’](?!s\b)[a-z]+\b", re.IGNORECASE)
_EVENT = re.compile(
    r"\b(?:launch(?:ed|es)|releas(?:ed|es)|announc(?:ed|es)|rais(?:ed|es)|pass(?:ed|es)|cuts?|fil(?:ed|"
    r"es)|acquir(?:ed|es)|"
    r"bought|buys|sold|sells|grew|grows|fell|falls|rose|rises|dropp?(?:ed|s)|accus(?:ed|es)|convict(?:ed|"
    r"s)|su(?:ed|es)|"
    r"report(?:ed|s)|bann?(?:ed|s)|open(?:ed|s)|clos(?:ed|es)|sign(?:ed|s)|paus(?:ed|es)|order(?:ed|s)|"
    r"approv(?:ed|es)|"
    r"reject(?:ed|s)|hit|hits|reach(?:ed|es)|beats?|won|wins|lost|loses|doubl(?:ed|es)|tripl(?:ed|es)|"
    r"halv(?:ed|es)|leak(?:ed|s)|"
    r"hack(?:ed|s)|shipp?(?:ed|s)|publish(?:ed|es)|join(?:ed|s)|hir(?:ed|es)|fir(?:ed|es)|resign(?:ed|s)|"
    r"will|expects?|forecasts?|"
    r"overtook|surpass(?:ed|es)|agreed|merg(?:ed|es)|switch(?:ed|es)|mov(?:ed|es)|spent|spends|paid|pays|"
    r"costs?|"
    r"first|largest|biggest|record)\b",
    re.IGNORECASE,
)
_OCCURRENCE = re.compile(
    r"\b(?:fires?|floods?|outages?|breach(?:es)?|leaks?|explosions?|earthquakes?|hacks?|lawsuits?|subpoenas?|"
    r"strikes?|mergers?|acquisitions?|takeovers?|bankruptc(?:y|ies)|bans?|recalls?|verdicts?|rulings?|elections?|"
    r"shutdowns?|layoffs?|resignations?|sanctions|tariffs?|settlements?|trademarks?|IPOs?|crash(?:es)?)\b"
)
_CHANGE = re.compile(
    r"\b(?:fell|rose|dropped|jumped|stopped|paused|ordered|cut|cuts|signed|filed|files|raised|closed|opened|"
    r"launched|released|announced|"
    r"accused|accuses|sued|sues|convicted|banned|bought|acquired|sold|resigned|fired|won|lost|beat|passed|"
    r"approved|rejected|subpoenaed|received|hit|"
    r"surpassed|overtook|doubled|tripled|halved|leaked|hacked|published|agreed|recalled)\b"
)
_HAPPENED, _CHANGED = 0.9, 0.5
_SINGULAR = re.compile(r"\b(?:I|I['’]\w+|my|me|mine|myself)\b")
_FIRST = re.compile(r"\b(?:I|I['’]\w+|[Mm]y|[Mm]e|[Mm]yself|[Ww]e|[Ww]e['’]\w+|[Oo]ur|[Uu]s|[Oo]urs)\b")
_SECOND = re.compile(r"\b(?:you|you['’]\w+|your|yours)\b", re.IGNORECASE)
_HALF = re.compile(r"(?:because|so that|which|as if)\b", re.IGNORECASE)
_FEW_WORDS, _FULL_WORDS, _MANY_WORDS = 6, 10, 30
_NAME_LENGTH = 4
_SAME = 0.65
_CUT = 0.8
_SHARED_WORDS = 4
_STRONG = frozenset({Kind.COMPANY, Kind.PERSON, Kind.PRODUCT})


@lru_cache(maxsize=20_000)
def telling(claim: Claim) -> float:
    """Score how well a claim stands on its own, from 0 (it cannot be told) to about 4.

    It can when its subject is named in it, nothing points outside it, and it is neither chat nor a question.
    """
    text = clauses.clean(claim.text)
    told = clauses.tightened(clauses.shortened(text, LONGEST))
    if (
        not told
        or text.endswith("?")
        or len(told.split()) < _FEW_WORDS
        or _OPENS_ELSEWHERE.match(told)
        or _HALF.match(claim.text)
        or not clauses.whole(told)
    ):
        return 0.0
    about = [mention for mention in subjects(claim) if spoken(mention.name, told)]
    if _points_away(told, about) or not (about or (claim.figures and not firsthand(told))):
        return 0.0
    lost = _CUT if len(told) < len(text) / 2 else 0.0
    return max(0.0, 1.0 + _substance(claim, told, about) - _noise(told) - lost)


@lru_cache(maxsize=20_000)
def subjects(claim: Claim) -> tuple[Mention, ...]:
    """Return what a claim is about, without its own speaker and show."""
    own = {*claim.speaker.lower().split(), *claim.origin.show.lower().split()}
    return tuple(
        mention
        for mention in dict.fromkeys(claim.entities)
        if mention.about and not own.issuperset(mention.name.lower().split()) and not _NO_NAME.search(mention.name)
    )


def repeats(claim: Claim, told: Sequence[Claim]) -> bool:
    """Whether most of a claim's words were told already."""
    mine = set(content(claim.text))
    return any(len(mine & set(content(other.text))) >= _SAME * len(mine) for other in told)


def same_event(claim: Claim, other: Claim) -> bool:
    """Whether two claims tell one thing, rather than two things about one name."""
    return len(set(content(claim.text)) & set(content(other.text))) >= _SHARED_WORDS


def spoken(name: str, text: str) -> str:
    """Return a name as a text has it: in full, or by its first word where that is how people say it; "" if neither."""
    if name in text:
        return name
    first = name.split(" ", 1)[0]
    return first if len(first) >= _NAME_LENGTH and first[0].isupper() and first in text else ""


def happening(claim: Claim) -> float:
    """Weigh whether a claim tells something that happened rather than how things are, from 0 to 1.4."""
    words = clauses.shortened(clauses.clean(claim.text), LONGEST)
    return _HAPPENED * bool(_OCCURRENCE.search(words)) + _CHANGED * bool(_CHANGE.search(words))


def firsthand(text: str) -> bool:
    """Whether the words speak of "me" or "us", or to "you", and so make sense only as somebody's quote."""
    return bool(_FIRST.search(text) or _SECOND.search(text))


def _points_away(told: str, about: list[Mention]) -> bool:
    pointer = _ELSEWHERE.search(told)
    places = [told.find(spoken(mention.name, told)) for mention in about]
    return pointer is not None and (not places or min(places) > pointer.start())


def _substance(claim: Claim, told: str, about: list[Mention]) -> float:
    figures = [figure for figure in claim.figures if figure.text in told]
    strong = [mention for mention in about if mention.kind in _STRONG]
    score = 0.6 * min(len(figures), 2) + 0.4 * min(len(strong), 2) + 0.15 * min(len(about), 2)
    score += 0.4 if any(told.find(spoken(mention.name, told)) in range(5) for mention in strong) else 0.0
    score += 0.4 if _EVENT.search(told) else 0.0
    score -= 0.5 * sum(mention.kind is Kind.PERSON and " " not in mention.name for mention in about)
    return score + (0.3 if claim.speaker != UNKNOWN_SPEAKER else 0.0)


def _noise(told: str) -> float:
    words = len(told.split())
    score = 0.1 * max(0, _FULL_WORDS - words) + 0.15 * len(_PADDING.findall(told))
    score += 0.5 if _TIMELESS.match(told) and not any(mark.isdigit() for mark in told) else 0.0
    score += 0.7 * len(_CHAT.findall(told)) + 0.05 * max(0, words - _MANY_WORDS)
    score += 0.8 if _SINGULAR.search(told) else 0.25 if firsthand(told) else 0.0
    score += 0.8 if _BROKEN.search(told) else 0.0
    score += 0.5 if _WHEN.search(told) else 0.0
    score += 1.0 if told.startswith(("If ", "When ", "As ")) else 0.0
    return score + 0.12 * len(_ELSEWHERE.findall(told)) + (0.7 if _SECOND.search(told) else 0.0)
