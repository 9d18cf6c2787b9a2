"""What people type: greetings, thanks, links and chat spelling taken off a question, so that the question is left."""

from __future__ import annotations

import re

from bot.chat.text import one_line
from bot.nlp.people import APOSTROPHES

_QUOTES = APOSTROPHES | str.maketrans({"“": '"', "”": '"', "«": '"', "»": '"', "\N{EN DASH}": "-", "—": "-"})
_LABELLED_LINK = re.compile(r"<(?:https?|mailto):[^>|\s]*\|(?P<label>[^>]+)>")
_LINK = re.compile(r"<?\b(?:https?://|mailto:)[^\s>]+>?")
_MENTION = re.compile(r"<[@#!][^>]*>")
_MARKUP = re.compile(r"```|`|\*\*|__|~~|(?<!\w)[*_~](?=\w)|(?<=[\w?.!])[*_~](?!\w)|^\s*>\s*")
_OPENING = re.compile(
    r"^\W*(?:(?:hi|hey|hello|hiya|yo|good (?:morning|afternoon|evening)|dear)(?: (?:there|all|team|bot|overheard))*"
    r"|@?overheard|quick question|question|one more(?: thing| question)?|ok(?:ay)?|thanks|thank you|please|pls)"
    r"\s*[,:;!.?-]+\s*"
    r"|^\W*(?:hi|hey|hello)(?: there| overheard)? (?=\w+ \w+)"
    r"|^\W*(?:(?:can|could|would|will) (?:you|u)(?: please| pls)? (?:tell|remind|show) (?:me|us)|"
    r"(?:please |pls )?(?:tell|remind) (?:me|us)|do (?:you|we|u) (?:happen to )?know|any(?:one|body) know|"
    r"i(?:'m| am)? (?:was |just )?(?:wondering|curious)|i(?:'d| would) (?:like|love) to know|i (?:want|need) to know)"
    r"(?: if| whether)?,? (?=\w+ \w+)",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"[\s,.!?-]*(?:\b(?:please|pls|plz|thanks|thank you|thx|ty|cheers|asap)(?: (?:so|very) much| a lot| in advance)?"
    r"|[:;]-?[)D(]|\N{PERSON WITH FOLDED HANDS}|\N{SLIGHTLY SMILING FACE})[\s.!]*$",
    re.IGNORECASE,
)
_CHAT_SPELLING = {
    "wat": "what", "wut": "what", "whats": "what's", "whos": "who's", "hows": "how's", "wheres": "where's",
    "dont": "don't", "doesnt": "doesn't", "didnt": "didn't", "isnt": "isn't", "arent": "aren't", "wasnt": "wasn't",
    "cant": "can't", "couldnt": "couldn't", "wont": "won't", "wouldnt": "wouldn't", "shouldnt": "shouldn't",
    "hasnt": "hasn't", "havent": "haven't", "thats": "that's", "abt": "about", "bc": "because", "cuz": "because",
    "u": "you", "ur": "your", "ppl": "people", "w": "with", "wrt": "about",
}  # fmt: skip
"""Spellings of chats that are no other word."""
_CHAT_WORD = re.compile(rf"(?<![\w'/])(?:{'|'.join(_CHAT_SPELLING)})(?![\w'])", re.IGNORECASE)


def plain_question(text: str) -> str:
    """Return the question in what somebody typed, in one line; all of it if nothing else would be left."""
    plain = _LINK.sub(" ", _LABELLED_LINK.sub(lambda link: link["label"], text))
    plain = one_line(_MARKUP.sub("", _MENTION.sub(" ", plain)).translate(_QUOTES))
    bare = _without(_OPENING, _without(_CLOSING, plain))
    return _CHAT_WORD.sub(lambda word: _CHAT_SPELLING[word[0].lower()], bare or plain)


def _without(affix: re.Pattern[str], text: str) -> str:
    while (shorter := affix.sub("", text)) != text:
        if not shorter.strip(" ?!."):
            break
        text = shorter + ("?" if "?" in text[len(shorter) :] and not shorter.endswith("?") else "")
    return text.strip()
