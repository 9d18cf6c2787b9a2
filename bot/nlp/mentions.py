"""Which names a claim is about, and which it has only in passing."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.domain import Kind, Mention
from bot.nlp.name_finder import Found

_PASSING = re.compile(
    r"\b(?:like|such as|including|e\.g\.|unlike|than|versus|vs\.?|compared (?:to|with)|similar to|for example|for "
    r"instance|formerly (?:at|of)|ex-|used to work at|"
    r"according to|via|along with|as well as|instead of|rather than|other than|whether|or|also at|from|at|in|based "
    r"in|near)(?: the| a| an)? $",
    re.IGNORECASE,
)
_OWNER = re.compile(r"['’]s?\b")
_LISTED = 3


def mentions(quote: str, names: Sequence[Found]) -> tuple[Mention, ...]:
    """Return each name once, about the claim where any of its places is."""
    about: dict[tuple[str, Kind], bool] = {}
    for one in names:
        key = (one.name, one.kind)
        about[key] = about.get(key, False) or _about(quote, one, names)
    if about and not any(about.values()):
        about[next(iter(about))] = True
    return tuple(Mention(name, kind, said) for (name, kind), said in about.items())


def _about(quote: str, one: Found, names: Sequence[Found]) -> bool:
    before = quote[max(0, one.start - 30) : one.start]
    if _PASSING.search(before):
        return False
    if quote.rfind("(", 0, one.start) > quote.rfind(")", 0, one.start):
        return False
    return one.start == names[0].start or not (_listed(quote, one, names) or _OWNER.match(quote, one.end))


def _listed(quote: str, one: Found, names: Sequence[Found]) -> bool:
    """Tell whether a name stands in a list of three or more that does not open the sentence."""
    chain = [one]
    for other in names:
        if other.start > chain[-1].start and re.fullmatch(r",? ?(?:and|or|,)? ?", quote[chain[-1].end : other.start]):
            chain.append(other)
    for other in reversed(names):
        if other.end < chain[0].start and re.fullmatch(r",? ?(?:and|or|,)? ?", quote[other.end : chain[0].start]):
            chain.insert(0, other)
    return len(chain) >= _LISTED and chain[0].start > 0
