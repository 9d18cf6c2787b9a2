"""What an unknown name stands for: told by its own words and by the words around it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from bot.domain import EntityKind
from bot.nlp.gazetteer import common_words, given_names
from bot.nlp.lexicons import word_set

PERSON_TITLES = word_set(
    "ceo cto cfo coo cio president chair chairman chairwoman senator governor secretary minister professor prof "
    "dr mr mrs ms "
    "judge justice general vp director founder congressman congresswoman representative mayor king queen prince "
    "pope sir lord "
    "captain coach chancellor attorney analyst doctor"
)
"""Words before a person's name."""
_COMPANY_SUFFIXES = word_set(
    "inc corp corporation co company ltd llc labs lab group capital bank university institute foundation "
    "technologies technology "
    "partners ventures systems networks media studios airlines motors holdings college school department ministry "
    "committee "
    "association council commission agency bureau society union party church hospital fund trust records press "
    "times news "
    "journal post magazine energy robotics therapeutics pharmaceuticals semiconductor software solutions securities "
    "analytics "
    "conference conf symposium workshop team club fc board court academy museum laboratory center centre authority "
    "administration"
)
_INDUSTRY_SUFFIXES = word_set(
    "mutual grocers power hosting research compute industries brothers insurance electric pharma biosciences health "
    "financial exchange wireless telecom logistics payments steel foods air airways mining oil unified"
)
_PLACE_SUFFIXES = word_set(
    "city county island islands river lake mountain mountains valley beach street avenue road park bay sea "
    "ocean airport district province bridge square"
)
_PRODUCT_SUFFIXES = word_set(
    "act award prize cup league bowl album song framework protocol language engine library database index "
    "dataset corpus algorithm test model theorem method os"
)
_COMPANY_NOUNS = (
    "company|startup|start-up|firm|business|outfit|nonprofit|agency|lab|insurer|bank|lender|retailer|"
    "reseller|chip ?maker|carmaker|maker|"
    "broker|supplier|operator|developer|utility|airline|exchange|publisher|manufacturer|vendor|studio"
)
_COMPANY_BEFORE = re.compile(
    rf"\b(?:{_COMPANY_NOUNS}) (?:called|named|known as)[ ,\"“]*$|\b(?:{_COMPANY_NOUNS}), $|"
    r"\b(?:CEO|CTO|CFO|chief executive|chief [a-z]+ officer|founder|co-founder|cofounder|president|head|employee|"
    r"engineers?|team|shares|board|VP|director|customers|investors|lawyers|treasury) (?:of|at|from|in|for) (?:the )?$|"
    r"\b(?:works?|worked|working|job|hired|folks|people|friends|everyone) (?:at|for|over at) $|\b(?:sued|acquired|"
    r"subpoenaed|accused|subpoena to|invested in|stake in) $",
    re.IGNORECASE,
)
_COMPANY_APPOSITIVE = re.compile(
    rf",? (?:which is |who are |is )?(?:the|an?|its|our|their)(?: [\w-]+){{0,3}}? (?:{_COMPANY_NOUNS})\b", re.IGNORECASE
)
_PRODUCT_APPOSITIVE = re.compile(
    r",? (?:which is |is )?(?:the|an?|its|our|their)(?: [\w-]+){0,3}? (?:model|tool|app|agent|product|stablecoin|token|"
    r"language|framework|library|robot|machine|software|service|benchmark|game|book)\b",
    re.IGNORECASE,
)
_PRODUCT_BEFORE = re.compile(
    r"\b(?:tool|product|app|framework|library|project|language|model|software|system|platform|database|game|book|"
    r"movie|film|show|service|plugin|package|paper|dataset|protocol|site|website) (?:called|named|known as)[ "
    r",\"“]*$|\b(?:using|use|uses|used|install|installed|version of|written in|built (?:with|on|in)|running|run|on "
    r"top of) $",
    re.IGNORECASE,
)
_COMPANY_AFTER = re.compile(
    r"['’]s (?:plants?|factory|factories|customers|output|chief|lawyers|headquarters)\b|"
    r"(?:['’]s)? (?:CEO|CTO|CFO|COO|CIO|founder|co-founder|shares|stock|employees|revenue|earnings|board|valuation|"
    r"engineers|management|raised|acquired|announced|laid off|hired|"
    r"was acquired|went public|(?:has |had |have |also |now |just |already )*(?:sued|cut|cuts|ships|shipped|reported|"
    r"reports|sells|bought|buys|pays|paid|signed|ordered|denied|denies|accused|accuses|paused|makes|employs))\b"
)
_SPEECH_AFTER = re.compile(r" (?:said|says)\b")
_PERSON_AFTER = re.compile(
    r"(?:['’]s)? (?:said|says|told|thinks|wrote|tweeted|asked|argued|joined|himself|herself|mentioned|talked|"
    r"explained|who\b)"
)
_PLACE_BEFORE = re.compile(
    r"\b(?:based in|lives? in|lived in|living in|moved to|born in|trip to|visiting|fly to|flew to|flight to|"
    r"downtown|city of|town of|"
    r"state of|country of|outside|outside of|(?:plant|factory|fab|office|court|judge|hospital|fire|port|mine|store|"
    r"campus|warehouse) (?:in|near)|grew up in|headquartered in|capital of|mayor of|governor of|war in|president "
    r"of|people of) $",
    re.IGNORECASE,
)
_IN_OR_NEAR_BEFORE = re.compile(r"(?<!written )(?<!built )(?<!implemented )\b(?:in|near) $")
_PLACE_AFTER = re.compile(r"[.,;!?]|$| (?:and|is|was|are|were|has|have|last|this|next|on|by|for|with|where|who|that)\b")
HEAD_NOUNS = word_set(
    "university bank department institute bureau ministry college church association society school academy "
    "center centre "
    "conference journal office board commission committee council federation faculty museum house court league union "
    "organization organisation foundation laboratory workshop symposium chamber"
)
"""Words that an organisation's name may begin with, before "of" or "for"."""
_PAIR = 2


def kind_from_context(sentence: str, start: int, end: int) -> EntityKind | None:
    """Return what the words around a name say it is, or None."""
    before = sentence[max(0, start - 40) : start]
    for pattern, kind in (
        (_COMPANY_BEFORE, EntityKind.COMPANY),
        (_PRODUCT_BEFORE, EntityKind.PRODUCT),
        (_PLACE_BEFORE, EntityKind.PLACE),
    ):
        if pattern.search(before):
            return kind
    if sentence.startswith((", ", " is ", " which "), end):
        for pattern, kind in ((_COMPANY_APPOSITIVE, EntityKind.COMPANY), (_PRODUCT_APPOSITIVE, EntityKind.PRODUCT)):
            if pattern.match(sentence, end):
                return kind
    if _COMPANY_AFTER.match(sentence, end):
        return EntityKind.COMPANY
    if " " not in sentence[start:end] and _SPEECH_AFTER.match(sentence, end):
        return EntityKind.COMPANY
    if _PERSON_AFTER.match(sentence, end):
        return EntityKind.PERSON
    return EntityKind.PLACE if _IN_OR_NEAR_BEFORE.search(before) and _PLACE_AFTER.match(sentence, end) else None


def classify_kind(surface: str, votes: Counter[EntityKind]) -> EntityKind:
    """Return what an unknown name most likely is; `votes` are what its neighbours said."""
    parts = [part.strip(".,'’").lower() for part in surface.split()]
    vote = votes.most_common(1)[0][0] if votes else None
    if parts[-1] in _COMPANY_SUFFIXES or any(part in HEAD_NOUNS for part in parts[:-1]):
        return EntityKind.COMPANY
    if len(parts) > 1 and parts[-1] in _INDUSTRY_SUFFIXES and parts[0] not in common_words():
        return EntityKind.COMPANY
    if len(parts) > 1 and parts[-1] in _PLACE_SUFFIXES:
        return EntityKind.PLACE
    if parts[-1] in _PRODUCT_SUFFIXES or any(c.isdigit() for c in surface):
        return EntityKind.PRODUCT
    if len(parts) > 1:
        return _classify_multiword(surface, parts, vote)
    if parts[0] in given_names():
        return EntityKind.PERSON
    return vote or (EntityKind.TOPIC if surface.isupper() else EntityKind.PRODUCT)


def _classify_multiword(surface: str, parts: Sequence[str], vote: EntityKind | None) -> EntityKind:
    if parts[0].split("-")[0] in given_names():
        return EntityKind.PERSON
    if vote is not None:
        return vote
    strange = [part for part in parts if part not in common_words()]
    if not strange:
        return EntityKind.TOPIC
    simple = all(part[0].isupper() and part[1:].islower() for part in surface.split())
    return EntityKind.PERSON if simple and len(strange) == len(parts) == _PAIR else EntityKind.PRODUCT
