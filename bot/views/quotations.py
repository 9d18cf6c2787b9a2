"""Finds somebody's exact words in a sentence that tells them."""

from __future__ import annotations

import re

from bot.domain import Claim

_ENDS_WITH_QUOTE = re.compile(r"(?P<lead>.*?)“(?P<words>.+)”$", re.DOTALL)
_ENDS_WITH_ATTRIBUTION = re.compile(
    r"(?P<words>.+), (?:according to (?:a pasted|the same) post|as told on |(?:.+?) (?:said|says|argued|alleged)\b).*$",
    re.DOTALL,
)


def exact_words(sentence: str, claim: Claim) -> str:
    """Return the words of the sentence that stand in the claim's quote, empty where it tells them otherwise.

    A sentence is all quote, ends with one in marks, or is followed by who said it: `words, Mara said on a show.`
    """
    matches = (pattern.match(sentence) for pattern in (_ENDS_WITH_QUOTE, _ENDS_WITH_ATTRIBUTION))
    told = (sentence, *(match["words"] for match in matches if match))
    endings = (words for full in told for words in (f"{full}.", full, full.removesuffix(".")))
    return next((words for words in endings if words in claim.quote), "")


def unattributed_words(sentence: str, claim: Claim) -> str:
    """Return the words of a sentence without who said them where, empty unless the claim has them as they are."""
    match = _ENDS_WITH_ATTRIBUTION.match(sentence)
    words = match["words"] if match else ""
    return f"{words.rstrip('.')}." if words and words.lower() in claim.text.lower() else ""


def lead_in(sentence: str, claim: Claim) -> str:
    """Return what comes before a quote in marks where that says more than who said it: `Mara objects:`."""
    match = _ENDS_WITH_QUOTE.match(sentence)
    lead = match["lead"].strip() if match else ""
    return "" if f"{claim.speaker} said" in lead or lead.lower().startswith(("according to", "as told on")) else lead
