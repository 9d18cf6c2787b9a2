"""What a number counts, and over which time: the words after it."""

from __future__ import annotations

import re

from bot.nlp.lexicons import word_set

_MONTH = (
    "(?:January|February|March|April|May|June|July|August|September|October|November|December|"
    "Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)"
)
_TIME_UNIT = "(?:seconds?|minutes?|hours?|days?|weeks?|months?|quarters?|years?|decades?)"
_COUNT = (
    r"(?:\d+(?:\.\d+)?|an?|one|two|three|four|five|six|seven|eight|nine|ten|twelve|a couple(?: of)?|a few|several|"
    r"a single|couple(?: of)?|few)"
)
PERIOD = re.compile(
    r"\b(?:(?:a|an|per|each|every) (?:single )?(?:second|minute|hour|day|week|month|quarter|year|night)\b(?! "
    r"(?:and|of))"
    r"|annual(?:ly|i[sz]ed)|monthly|daily|weekly|yearly|hourly|overnight"
    r"|(?:year|quarter|month|week)[- ](?:over|on|to)[- ](?:year|quarter|month|week|date)|YoY|QoQ|MoM|YTD"
    rf"|(?:(?:in|over|within|during|for|of) )?(?:the )?(?:last|past|next|coming|previous|first|following) "
    rf"(?:{_COUNT} )?{_TIME_UNIT}\b"
    r"|(?:this|last|next) (?:spring|summer|fall|autumn|winter|time)"
    rf"|(?:in|within|over) {_COUNT}(?: single)? {_TIME_UNIT}\b(?! of\b)"
    rf"|(?:(?:by|in|since|until|till|through|beyond|before|after|from|as of|of|for|during|around)[ ])?"
    r"(?:the )?(?:end of |start of |beginning of |calendar year |fiscal year |fiscal |fall of |summer of |year )?"
    r"(?:early |late |mid[- ])?(?:(?:Q[1-4]|[1-4]Q|H[12]|FY)[ ]?(?:of )?(?:'\d\d|(?:19|20)?\d\d)?\b|(?:19|"
    r"20)\d\d\b(?!,\d))"
    r"|(?:the )?(?:first|second|third|fourth|last) (?:quarter|half)(?: of (?:19|20)\d\d| of (?:the|this|last) year)?"
    rf"|(?:(?:by|in|on|since|until|as of|through|this|last) )(?:early |late |mid-)?{_MONTH}\b(?: \d{{1,2}}(?:st|nd|"
    r"rd|th)?)?"
    r"(?:,? (?:19|20)\d\d)?|this (?:year|month|week|quarter)\b|today\b|yesterday\b|so far\b)",
    re.IGNORECASE,
)
"""A stretch or point of time that a figure holds for."""

RELATIVE_TIME = re.compile(rf"(?: or so)? {_TIME_UNIT} (?:ago|later|earlier)\b")
MONTH_BEFORE = re.compile(rf"\b{_MONTH}\.? (?:the )?$")
MONTH_AFTER = re.compile(rf"(?:st|nd|rd|th)?(?: of)? {_MONTH}\b")

PERCENT = re.compile(r"[ -]?(?:%|percentage[ -]points?\b|percent\b|per cent\b)|[ -]?(?:basis points?|bps)\b")
FACTOR = re.compile(r"[ -]?(?:[xX×](?![\w])|fold\b)|[ -]times\b")
CURRENCY_WORD = re.compile(
    r"[ -](?:(?:US |Canadian |Australian )?dollars?|bucks?|euros?|pounds sterling|yen|cents?|USD|EUR|GBP)\b"
)
MEASUREMENT_UNIT = re.compile(
    r"[ -]?(?:[kKMGTP]B|[kKMGTP]iB|[kKMGT]?Hz|[kMG]bps|[kMGT]W(?:h|p)?|kWh|GWh|MWh|ms|μs|ns|nm|mm|cm|km|kg|mg|ml|"
    r"lbs?|mph|"
    r"fps|rpm|min|sec|hrs?|sq ?ft|°[CF]?|degrees|BTC|ETH|sats?)\b"
)
CURRENCY_CODES = {
    "$": "USD", "US$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "A$": "AUD", "C$": "CAD", "HK$": "HKD",
    "dollar": "USD", "dollars": "USD", "bucks": "USD", "buck": "USD", "euro": "EUR", "euros": "EUR", "usd": "USD",
    "yen": "JPY", "cents": "USD", "cent": "USD", "eur": "EUR", "gbp": "GBP", "sterling": "GBP",
}  # fmt: skip

_WORD = re.compile(r"([ -])([A-Za-z][A-Za-z'’]*(?:-[a-z]+)*)(?=([^\w]|$))")
_NOT_COUNTED = word_set(
    "a an the and or but of in on at by for from to with as than that which who is are was were be been has "
    "have had "
    "do did will would can could should may might not it he she they we you i this these those so if when while into "
    "over under per after before because since until where how what why more less each every all both there then now "
    "just about up down out off again already also only even still very really too here between across through around "
    "during without within against like such annually annualized monthly daily ago later earlier left apart away "
    "once today yesterday tomorrow when last next this first old long high tall wide deep total plus minus versus "
    "vs its his her their our your my"
)
_IRREGULAR_PLURALS = word_set("people children men women staff employees personnel data percent bitcoin ether series")
_NOT_PLURAL = word_set("is was has this its us plus less as does various previous business process access loss")
VAGUE_NOUNS = word_set(
    "thing things way ways part parts side sides kind kinds sort sorts reason reasons question questions bit "
    "bits piece "
    "pieces thought thoughts aspect aspects point pair category categories bucket buckets example examples idea ideas "
    "option options topic topics word words guy guys chance"
)
"""Nouns that make a small number no figure: two things, three reasons."""
_MAX_NOUN_WORDS, _MIN_PLURAL = 4, 3


def counted_noun(text: str, start: int) -> tuple[str, int]:
    """Return what is counted by a number that ends at `at`, and where it ends; ("", at) for nothing."""
    first, first_end = "", start
    place = start
    for _ in range(_MAX_NOUN_WORDS):
        word = _WORD.match(text, place)
        if word is None or word[2].lower() in _NOT_COUNTED:
            break
        place = word.end(2)
        if word[1] == "-":
            return word[2].lower(), place
        if "'" in word[2] or "’" in word[2]:
            break
        if _is_plural(word[2].lower()):
            return word[2], place
        if not first and not word[2].istitle():
            first, first_end = word[2], place
    return first, first_end


def _is_plural(word: str) -> bool:
    if word in _IRREGULAR_PLURALS:
        return True
    return (
        len(word) > _MIN_PLURAL
        and word.endswith("s")
        and not word.endswith(("ss", "us", "ous"))
        and word not in _NOT_PLURAL
    )
