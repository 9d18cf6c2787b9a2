"""What is drawn of a statement: whose exact words it has, and what a headline above it says already."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain import Claim, Statement
from bot.nlp.tokens import content_stems

_MAX_NEW_SHARE = 0.4
"""A sentence below a headline says nothing new if a smaller share of its meaning is not in there."""

_MIN_CONTINUATION = 8
"""Words that go on where a headline ends; fewer are a fragment."""

_ENDS_WITH_QUOTE = re.compile(r"(?P<lead>.*?)“(?P<words>.+)”$", re.DOTALL)
_ENDS_WITH_ATTRIBUTION = re.compile(
    r"(?P<words>.+), (?:according to (?:a pasted|the same) post|as told on |(?:.+?) (?:said|says|argued|alleged)\b).*$",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Telling:
    """A statement with the claims it rests on.

    `words` are a speaker's own, empty if the statement is worded otherwise; `exact` is True if a quote has them so.
    `lead` is what the statement says before a quotation: `Mara objects:`.
    """

    statement: Statement
    claims: tuple[Claim, ...]
    words: str = ""
    exact: bool = False
    lead: str = ""

    @property
    def unnamed(self) -> tuple[Claim, ...]:
        """The claims whose speaker or claimant has to be named beside it."""
        text = "" if self.words else self.statement.text
        return tuple(claim for claim in self.claims if claim.speaker not in text or claim.claimant not in text)

    def below(self, headline: str, *, is_first: bool) -> Telling | None:
        """Return what is left to tell below a headline, None if that says it all.

        A headline is made from the first statement: words that begin with those of the headline go on where it ends.
        """
        if not self.words:
            return self
        if self.words.rstrip(".").casefold() in headline.casefold():
            return None
        known = headline.removeprefix(f"{self.claims[0].speaker}: ").strip("“”.")
        if is_first and self.exact and self.words.casefold().startswith(known.casefold()):
            rest = self.words[len(known) :].lstrip(" ,;:–—")
            is_fragment = len(rest.split()) < _MIN_CONTINUATION
            return None if is_fragment else Telling(self.statement, self.claims, f"… {rest}", exact=True)
        return None if _says_nothing_new(self.words, headline) else self


def tell(statement: Statement, claims: Sequence[Claim]) -> Telling:
    """Return a statement with the claims it rests on; our own wording is never anybody's words."""
    plain = Telling(statement, tuple(claims))
    if len(claims) != 1 or statement.ours:
        return plain
    (claim,) = claims
    if words := _exact_words(statement.text, claim):
        return Telling(statement, plain.claims, words, exact=True, lead=_lead_in(statement.text, claim))
    return Telling(statement, plain.claims, _unattributed_words(statement.text, claim))


def _says_nothing_new(words: str, headline: str) -> bool:
    told, known = content_stems(words), set(content_stems(headline))
    new = [stem for stem in told if stem not in known]
    return len(new) < _MAX_NEW_SHARE * len(told) and not any(char.isdecimal() for stem in new for char in stem)


def _exact_words(sentence: str, claim: Claim) -> str:
    """Return the words of the sentence that appear in the claim's quote, empty if it paraphrases.

    A sentence is all quote, ends with one in marks, or is followed by who said it: `words, Mara said on a show.` It may
    begin in the middle of what was said, and then with a capital of ours.
    """
    matches = (pattern.match(sentence) for pattern in (_ENDS_WITH_QUOTE, _ENDS_WITH_ATTRIBUTION))
    candidates = (sentence, *(match["words"] for match in matches if match))
    endings = (words for full in candidates for words in (f"{full}.", full, full.removesuffix(".")))
    spellings = (words for ending in endings for words in (ending, ending[:1].lower() + ending[1:]))
    return next((words for words in spellings if words in claim.quote), "")


def _unattributed_words(sentence: str, claim: Claim) -> str:
    """Return a sentence without its attribution, empty unless the claim has those very words."""
    match = _ENDS_WITH_ATTRIBUTION.match(sentence)
    words = match["words"] if match else ""
    return f"{words.rstrip('.')}." if words and words.lower() in claim.text.lower() else ""


def _lead_in(sentence: str, claim: Claim) -> str:
    """Return what comes before a quotation if that says more than who said it: `Mara objects:`."""
    match = _ENDS_WITH_QUOTE.match(sentence)
    lead = match["lead"].strip() if match else ""
    return "" if f"{claim.speaker} said" in lead or lead.lower().startswith(("according to", "as told on")) else lead
