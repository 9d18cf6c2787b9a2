"""What people type: greetings, thanks, links and chat spelling taken off a question, so that the question is left."""

from __future__ import annotations

import re

from bot.chat.courtesies import GREETING, THANKS, WHOM, without_typography
from bot.chat.text import one_line
from bot.nlp.people import APOSTROPHES

_SIGNS = APOSTROPHES | str.maketrans({"\N{EN DASH}": "-", "—": "-"})
_LINK = re.compile(r"<?\b(?:https?://|mailto:)[^\s>]+>?")
_MENTION = re.compile(r"<[@#!][^<>]*>")
_OPENING = re.compile(
    rf"\W*(?:{GREETING}(?: {WHOM}){{0,4}}"
    r"|@?overheard|quick question|question|one more(?: thing| question)?|ok(?:ay)?|please|pls"
    rf"|{THANKS}(?: for(?: [\w']+){{1,5}})?)"
    r"\s*[,:;!?.-]*(?:[,:;!?]|[.-](?!\w))\s*"
    r"|\W*(?:hi|hey|hello)(?: there| overheard)? (?=\w+ \w+)"
    r"|\W*(?:(?:can|could|would|will) (?:you|u)(?: please| pls)? (?:tell|remind|show) (?:me|us)|"
    r"(?:please |pls )?(?:tell|remind) (?:me|us)|do (?:you|we|u) (?:happen to )?know|any(?:one|body) know|"
    r"i(?:'m| am)? (?:was |just )?(?:wondering|curious)|i(?:'d| would) (?:like|love) to know|i (?:want|need) to know)"
    r"(?: if| whether)?,? (?=\w+ \w+)",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    rf"(?:(?<!\bsay)(?<!\bsays)(?<!\bsaid)\s(?:please|pls|plz|{THANKS}|asap)"
    rf"|[,.!?-]\s*(?:please|pls|plz|{THANKS}|asap|cheers|(?-i:ty)))$"
    r"|[:;]-?[)D(]$|[\N{PERSON WITH FOLDED HANDS}\N{SLIGHTLY SMILING FACE}]$",
    re.IGNORECASE,
)
"""Without a mark before them, thanks may be what is asked about: "why do sailors say cheers"."""
_LONGEST_CLOSING = 40
_CHAT_SPELLING = {
    "wat": "what", "wut": "what", "whats": "what's", "whos": "who's", "hows": "how's", "wheres": "where's",
    "dont": "don't", "doesnt": "doesn't", "didnt": "didn't", "isnt": "isn't", "arent": "aren't", "wasnt": "wasn't",
    "cant": "can't", "couldnt": "couldn't", "wont": "won't", "wouldnt": "wouldn't", "shouldnt": "shouldn't",
    "hasnt": "hasn't", "havent": "haven't", "thats": "that's", "abt": "about", "bc": "because", "cuz": "because",
    "u": "you", "ur": "your", "ppl": "people", "wrt": "about",
}  # fmt: skip
"""Spellings of chats that are no other word."""
_CHAT_WORD = re.compile(rf"(?<![\w'./-])(?:{'|'.join(_CHAT_SPELLING)})(?![\w'/-]|\.\w)")
"""In small letters only, and by itself: "U.S.", "U-boat" and "BC" are something else."""


def plain_question(text: str) -> str:
    """Return the question in what somebody typed, in one line; all of it if nothing else would be left.

    To read a plain question again changes nothing.
    """
    while (plain := _plainer(text)) != text:
        text = plain
    return text


def _plainer(text: str) -> str:
    plain = without_typography(_MENTION.sub(" ", text)).translate(_SIGNS)
    plain = one_line(_LINK.sub(" ", plain)).lstrip("> ")
    bare = _without_opening(_without_closing(plain)).strip()
    return _CHAT_WORD.sub(lambda word: _CHAT_SPELLING[word[0]], bare or plain)


def _without_opening(text: str) -> str:
    start = 0
    while (opening := _OPENING.match(text, start)) and text[opening.end() :].strip(" ?!."):
        start = opening.end()
    return text[start:]


def _without_closing(text: str) -> str:
    while True:
        end = len(text.rstrip(" .!"))
        closing = _CLOSING.search(text, max(0, end - _LONGEST_CLOSING), end)
        if closing is None:
            return text
        shorter = text[: closing.start()].rstrip(" ,.!?-")
        if not shorter.strip(" ?!."):
            return text
        text = shorter + "?" * ("?" in text[len(shorter) :])
