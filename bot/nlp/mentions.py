"""Which names a claim is about, and which it has only in passing."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.domain import EntityKind, Mention
from bot.nlp.name_finder import NameMatch

_PASSING_CUE = re.compile(
    r"\b(?:like|such as|including|e\.g\.|unlike|than|versus|vs\.?|compared (?:to|with)|similar to|for example|for "
    r"instance|formerly (?:at|of)|ex-|used to work at|"
    r"according to|via|along with|as well as|instead of|rather than|other than|whether|or|also at|from|at|in|based "
    r"in|near)(?: the| a| an)? $",
    re.IGNORECASE,
)
_POSSESSIVE = re.compile(r"['’]s?\b")
_MIN_LIST = 3


def classify_mentions(quote: str, names: Sequence[NameMatch]) -> tuple[Mention, ...]:
    """Return each name once, about the claim where any of its places is."""
    about: dict[tuple[str, EntityKind], bool] = {}
    for one in names:
        key = (one.name, one.kind)
        about[key] = about.get(key, False) or _is_about(quote, one, names)
    if about and not any(about.values()):
        about[next(iter(about))] = True
    return tuple(Mention(name, kind, said) for (name, kind), said in about.items())


def _is_about(quote: str, name: NameMatch, names: Sequence[NameMatch]) -> bool:
    before = quote[max(0, name.start - 30) : name.start]
    if _PASSING_CUE.search(before):
        return False
    if quote.rfind("(", 0, name.start) > quote.rfind(")", 0, name.start):
        return False
    return name.start == names[0].start or not (_is_in_list(quote, name, names) or _POSSESSIVE.match(quote, name.end))


def _is_in_list(quote: str, name: NameMatch, names: Sequence[NameMatch]) -> bool:
    """Tell whether a name stands in a list of three or more that does not open the sentence."""
    chain = [name]
    for other in names:
        if other.start > chain[-1].start and re.fullmatch(r",? ?(?:and|or|,)? ?", quote[chain[-1].end : other.start]):
            chain.append(other)
    for other in reversed(names):
        if other.end < chain[0].start and re.fullmatch(r",? ?(?:and|or|,)? ?", quote[other.end : chain[0].start]):
            chain.insert(0, other)
    return len(chain) >= _MIN_LIST and chain[0].start > 0
