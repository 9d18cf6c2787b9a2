"""Advertisement reads, recognised over their whole segment and not only by their cue."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.analysis.listed import listed

_OPEN = re.compile(
    r"\b(?:brought to you (?:today |in part )?by|sponsored by|(?:today's|this (?:episode|week|show|podcast|"
    r"segment)'s|our|the show's) (?:\w+ )?(?:sponsors?|partner|supporter)\b|support (?:for|comes|from) "
    r".{0,40}(?:comes from|provided by)|"
    r"(?:show|podcast|episode|program) is supported by|(?:is|are) supported by [\w&.' -]+, (?:the|an?|which|who|"
    r"makers?)\b|\bmid-?roll\b|my advert\w*|word (?:for|from) (?:our|the|a|today's) sponsor|(?:a |quick )?word from "
    r"(?:our|today's|a)|message from (?:our|today's)|thanks? (?:you )?to (?:our|today's) (?:\w+ )?(?:sponsors?|"
    r"partners?|friends)|(?:thanks|thank you) to [\w .&-]{2,30} for (?:sponsoring|supporting)|"
    r"(?:show|episode|podcast|program|series|changelog) (?:is|are) made possible by|(?:by|from|to|about|with) our "
    r"friends (?:over )?at |(?:time for|this week in) sponsored |pause to (?:thank|tell)|want to (?:tell you about|"
    r"thank) (?:our|a|today's) (?:sponsor|partner|friend)|sponsor (?:for|of) (?:today|this|the)|"
    r"this (?:portion|segment|message|podcast|episode|show|program) (?:is|of|comes)[^.]{0,40}(?:brought|sponsored|"
    r"supported|made possible|powered) by)"
)
_SITE = r"[\w-]+(?:\.| dot )(?:com|io|dev|ai|org|net|co|app|so|fm|sh)\b"
_CALL = re.compile(
    r"\b(?:promo code|coupon code|discount code|offer code|use (?:the |our |my )?(?:promo|offer)|the code [\w-]+ "
    r"(?:gets|saves|gives|at|for)\b|(?:use|with|enter) (?:the |our |my )?code [\"'“]?[\w-]+[\"'”]?,? (?:at|for|to "
    r"(?:get|save)|when|and get)|"
    r"\d+ ?(?:%|percent) off\b(?! (?:its|the|their|from|his|her) )|\$\d+ off\b|free (?:trial|shipping|consultation)|"
    r"(?:go|head|over|visit|check it out|check them out|check out|learn more|sign up|get started|try it|try it out|"
    rf"find out more|start building|details|more)(?: [\w']+){{0,4}} (?:at|to|on|with|over to) (?:www\.)?{_SITE}|"
    rf"(?:visit|that's|check out) {_SITE}|(?:at|to) {_SITE}(?:/| slash |, slash )[\w-]+|risk[- ]free trial|money[- "
    r"]back guarantee|terms (?:and conditions )?apply|cancel anytime|no credit card|"
    r"first (?:month|order|purchase|year) (?:free|is free|for)|limited[- ]time offer|exclusive (?:offer|discount|"
    r"deal)|(?:offer|discount|deal|special)[^.]{0,30} (?:for|to) (?:our )?listeners|tell them .{2,30} sent you|"
    r"off your (?:first|next) (?:order|purchase|month|year|box|subscription)|click the link|book a demo|request a "
    r"demo|get a demo|sign up (?:today|now|for free)|get started (?:today|for free|now)|try (?:it|them|\w+) (?:free|"
    r"for free|today)\b)"
)
_BACK = re.compile(
    r"\b(?:(?:now |and now |okay,? |alright,? )?(?:back to (?:the|our|today's) (?:show|episode|conversation|program|"
    r"interview|discussion)|on with the show|let's get back)|and we're back|we're back\b|welcome back)"
)
_PITCH = re.compile(
    r"\b(?:you|your|you're|you'll|you've|our friends|we love|i love|i've been using|teams?|customers|businesses|"
    r"developers|built for|designed for|everything you need|"
    r"whether you|ever (?:wanted|wished|tried)|imagine|say goodbye|no more|with just|makes it|lets you|helps? you|"
    r"platform|trusted by|join (?:the )?(?:\d|thousands|millions|over))\b|[\w-]+\.(?:com|io|dev|ai|org|net|co|app|"
    r"so|fm|sh)\b"
)
_SPONSOR = re.compile(
    r"(?i:brought to you (?:today |in part )?by|sponsored by|supported by|friends (?:at|over at|from)|comes from|"
    r"made possible by|thanks? (?:you )?to|word from|sponsor(?:s)?(?: today| this week)?(?:,| is| are))"
    r"(?: (?:our|the|my|good|friends|at|sponsors?|partners?),?)*:? ((?:[A-Z][\w&.'-]*|[a-z]+[A-Z]\w*)(?: "
    r"[A-Z][\w&'-]*)*)"
)
_DOMAIN = re.compile(
    r"\b([A-Za-z][\w-]{2,})(?:\.| dot )(?:com|io|dev|ai|org|net|co|app|so|fm|sh)\b(?:(?:/| slash )([A-Za-z][\w-]{3,}))?"
)
_PUBLIC = listed(
    "github twitter youtube arxiv wikipedia npmjs google medium reddit x the our a example show listen podcast "
    "friends deal offer free"
)
_AHEAD = 14
_BEHIND = 12
_APART = 4
_SLACK = 2


def adverts(sentences: Sequence[tuple[int, str]]) -> set[int]:
    """Return the indexes of the sentences that belong to an advertisement.

    `sentences` are (turn, words) in order. A segment opens with a cue, runs while the words pitch or name the
    sponsor, and reaches its last call to act; a call without an opening reaches back over the pitch.
    """
    flat = [(turn, words.replace("’", "'").lower()) for turn, words in sentences]
    marked: set[int] = set()
    for index, (_, words) in enumerate(flat):
        if index in marked or (not (opens := _OPEN.search(words)) and not _CALL.search(words)):
            continue
        names = _names(sentences[index][1])
        first = index if opens else _backward(flat, index, names)
        marked.update(range(first, _forward(flat, index, names) + 1))
    return marked


def _names(words: str) -> set[str]:
    found = _SPONSOR.search(words)
    names = {found[1].lower().rstrip(".")} if found else set()
    sites = {part.lower() for domain in _DOMAIN.findall(words) for part in domain if part}
    return (names | sites) - _PUBLIC


def _forward(sentences: Sequence[tuple[int, str]], start: int, names: set[str]) -> int:
    last, strange = start, 0
    for index in range(start + 1, min(len(sentences), start + 1 + _AHEAD)):
        turn, words = sentences[index]
        if _BACK.search(words):
            return index
        if _CALL.search(words) or _OPEN.search(words) or _named(words, names):
            last, strange = index, 0
        elif turn != sentences[start][0] or not _PITCH.search(words):
            strange += 1
        elif not strange:
            last = index
        if strange > _SLACK:
            break
    return last


def _backward(sentences: Sequence[tuple[int, str]], start: int, names: set[str]) -> int:
    first, strange = start, 0
    for index in range(start - 1, max(-1, start - 1 - _BEHIND), -1):
        if _named(sentences[index][1], names):
            first, strange = index, 0
        else:
            strange += 1
        if strange > _APART:
            break
    return first


def _named(words: str, names: set[str]) -> bool:
    return any(name in words or name in words.replace(" ", "") for name in names)
