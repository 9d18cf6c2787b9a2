"""What stands around a command and means nothing to it: mentions, greetings, thanks, and the typography of chats."""

from __future__ import annotations

import html
import re

AUDIENCE = "us|me|everyone|everybody|this channel|the channel|our channel|this room|the team|our team"
"""Whom something may be for, beside a name."""

_LINK = re.compile(r"<(?P<address>(?:https?|mailto):[^<>|\s]*)(?:\|(?P<label>[^<>]*))?>")
_MARKS = re.compile(r"`+|(?<![\w*~])[*_~]+(?=[^\W_])|(?:(?<=[^\W_])|(?<=[?.!)'\"]))[*_~]+(?!\w)")
_EMOJI = r"\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff\ufe0f\u200d\u20e3"
_PICTURES = re.compile(
    rf"(?<!\S)(?::[a-z_+-][\w+-]*:|[{_EMOJI}]+|[:;]-?[)D(])(?!\S)|(?<![{_EMOJI}])[{_EMOJI}]+$", re.IGNORECASE
)
QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "«": '"', "»": '"', "\u00a0": " "})

_MENTION = r"(?:@overheard\b|<[@!&]+\w+>|@[UW][A-Z0-9]{7,}\b)"
_LEADING_MENTION = re.compile(rf"{_MENTION}[,:]*\s*", re.IGNORECASE)
_PLEASE = r"(?:(?:pretty\s+)?(?:please|pls|plz)|kindly|just|also|maybe|possibly|go\s+ahead\s+and)"
WHOM = rf"(?:hi|there|all|team|everyone|everybody|folks|again|bot|overheard|{_MENTION})"
GREETING = r"(?:hi|hiya|hey|hello|yo|howdy|greetings|dear|good\s+(?:morning|afternoon|evening|day))"
_ASIDE = (
    r"(?:morning|afternoon|evening|ok(?:ay)?|so|right|alright|well|great|cool|nice|perfect|sorry|excuse\s+me|thanks"
    r"|thank\s+you|thx|hm+|oh|ah|actually|quick\s+(?:one|question|request|thing)|one\s+(?:more\s+)?(?:thing|request)"
    r"|(?:a\s+)?small\s+(?:request|favou?r)|another\s+(?:one|thing)|and|now|next|then)"
)
_APOLOGY = (
    r"(?:sorry\s+to\s+(?:bother|disturb|trouble)\s+you(?:\s+again)?"
    r"|if\s+(?:it's|it\s+is|that's)\s+not\s+too\s+much(?:\s+trouble|\s+to\s+ask)?"
    r"|if\s+you\s+(?:don't|do\s+not|wouldn't)\s+mind|if\s+(?:possible|you\s+can|you\s+could)"
    r"|when(?:ever)?\s+you\s+(?:have|get)\s+(?:a\s+)?(?:minute|moment|chance|time|second)|no\s+rush(?:,?\s+but)?"
    r"|(?:do|could\s+you\s+do)\s+me\s+a\s+favou?r(?:\s+and)?)"
)
_REQUEST = (
    r"(?:would\s+you\s+be\s+(?:so\s+)?(?:kind|good)\s+(?:as\s+|enough\s+)?to|(?:would|do)\s+you\s+mind|mind(?=\s+\w+ing\b)"
    r"|(?:can|could|would|will)\s+(?:you|u|we)|(?:can|could)\s+i(?=\s+(?:get|have|see|read|follow|subscribe)\b)|(?:i|we)(?:'d|\s+would)\s+(?:like|love|prefer)\s+(?:you\s+)?to"
    r"|(?:i|we)\s+(?:want|need|wish)\s+(?:you\s+)?to|let(?:'s|\s+us|\s+me)(?!\s+know\b)"
    r"|(?:is\s+it|would\s+it\s+be)\s+possible\s+to|are\s+you\s+able\s+to|it\s+would\s+be\s+(?:nice|great|lovely)\s+(?:if\s+you\s+could|to)"
    r"|(?:is\s+there\s+)?any\s+(?:chance|way)\s+(?:(?:that\s+)?(?:you|we|i)\s+(?:can|could)|to|of(?=\s+\w+ing\b)))\s+"
)
_OPENINGS = (
    rf"{_MENTION}[,:]*\s*|overheard\s*[,:]+\s*",
    rf"{GREETING}(?:,?\s+{WHOM})*(?:[,.!:–—-]+\s*|\s+)",
    rf"{_ASIDE}(?:\s+{WHOM})*[,.!:–—-]+\s+",
    rf"{_APOLOGY}[,:]*\s+",
    r"(?:and\s+|so\s+)?(?:now|then)\s+",
    rf"{_PLEASE}[,:]*\s+",
    _REQUEST,
)
_OPENING = re.compile(rf"(?:[\s*_~`>{_EMOJI}]|:[a-z_+-]+:)*(?:{'|'.join(_OPENINGS)})", re.IGNORECASE)
THANKS = (
    r"(?:many\s+)?(?:thanks|thank\s+you|thx)"
    r"(?:\s+(?:so|very)\s+much|\s+a\s+(?:lot|bunch|million)|\s+in\s+advance|\s+again|\s+(?:bot|overheard|all|everyone|team))*"
)
_POLITE_CLOSING = (
    rf"(?:(?:pretty\s+)?(?:please|pls|plz)|{THANKS}|asap|right\s+(?:now|away)"
    r"|if\s+(?:you\s+(?:can|could|would|don't\s+mind)|possible|that's\s+(?:ok(?:ay)?|possible|all\s+right))"
    r"|(?:that\s+)?would\s+be\s+(?:nice|great|lovely|good|perfect|helpful|appreciated)"
    r"|when(?:ever)?\s+you\s+(?:can|(?:have|get)\s+(?:a\s+)?(?:time|minute|moment|chance)))"
)
_PLACE_CLOSING = (
    r"(?:for\s+(?:us|me|our\s+team|the\s+team|this\s+channel|everyone)|(?:over\s+)?(?:in\s+)?here"
    r"|(?:in|to|for)\s+this\s+channel)"
)
_CLOSING = re.compile(
    rf"(?:(?<!\bno)(?:\s*[,.!?;–—-]+\s*|\s+)(?:{_POLITE_CLOSING}|{_PLACE_CLOSING})|\s*,?\s*{_MENTION}"
    r"|\s*[,.!;–—-]\s*(?:ty|tia|cheers|ok(?:ay)?|would\s+you|could\s+you|can\s+you|will\s+you|no\s+rush))\s*[?.!]*$",
    re.IGNORECASE,
)
_LONGEST_CLOSING = 70
"""Characters at the end of a line in which a courtesy is looked for."""

_ABBREVIATION = re.compile(
    r"(?:\b(?:inc|corp|ltd|co|llc|plc|jr|sr|bros|dr|st|vs)|\b[a-z](?:\.[a-z])*)\.$", re.IGNORECASE
)


def without_mention(line: str) -> str:
    """Return a line without mentions of the bot at its beginning."""
    start = 0
    while mention := _LEADING_MENTION.match(line, start):
        start = mention.end()
    return line[start:].strip()


def without_opening(text: str) -> str:
    """Return a text without mentions, greetings and politeness at its beginning; all of it if that is all."""
    start = 0
    while (opening := _OPENING.match(text, start)) and text[opening.end() :].strip(" ?!."):
        start = opening.end()
    return text[start:].lstrip()


def without_closing(text: str) -> str:
    """Return a text without thanks, politeness and its full stop at the end; all of it if that is all."""
    while True:
        end = len(text.rstrip())
        closing = _CLOSING.search(text, max(0, end - _LONGEST_CLOSING), end)
        if closing is None or not text[: closing.start()].strip(" ?!.,:;"):
            break
        text = text[: closing.start()] + "?" * ("?" in closing[0])
    bare = text.rstrip(" !,;")
    return bare.removesuffix(".") if not _ABBREVIATION.search(bare, max(0, len(bare) - _LONGEST_CLOSING)) else bare


def without_typography(text: str, *, addresses: bool = False) -> str:
    """Return a text in one line without bold, code, emoji and entities; links are their labels, or `addresses`."""
    part = "address" if addresses else "label"
    plain = _LINK.sub(lambda link: link[part] or link["address"], html.unescape(text))
    words = " ".join(_without_marks(word) for word in plain.translate(QUOTES).split())
    return " ".join(_PICTURES.sub(" ", words).split())


def _without_marks(word: str) -> str:
    """Return a word without the signs that make it bold, italic or code; in an address they are letters."""
    return word.strip("*~`<>") if "://" in word or word.startswith("/") else _MARKS.sub("", word)
