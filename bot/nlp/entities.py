"""Names learnt from the conversation itself: its people, and capitalised names that nobody listed."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from bot.domain import Conversation, Entity, Kind
from bot.nlp.capitalised import Seen, candidates
from bot.nlp.entity_kinds import TITLES, kind_of
from bot.nlp.gazetteer import given_names, lexicon_with, words
from bot.nlp.lexicons import listed
from bot.nlp.name_finder import Lexicon, Name, keyed

_SHORTEST = 3
_PARTICLES = listed("de van von der den la du da di bin al el ter")


def learn(
    conversation: Conversation,
    sentences: Iterable[tuple[str, Sequence[re.Match[str]]]],
    library: tuple[Entity, ...] = (),
) -> Lexicon:
    """Return the known names with those of this conversation on top. Sentences come with their tokens."""
    known = lexicon_with(library).layer()
    seen, lower = candidates(sentences)
    people = [name for name in (*conversation.speakers, *(one.name for one in conversation.people)) if _personal(name)]
    full = [name for name in people if " " in name]
    sure = [one for one in seen.values() if one.sure(lower) and not _covered(one, known)]
    companies: defaultdict[str, list[Name]] = defaultdict(list)
    for one in sure:
        first, *others = one.written.split()
        short = seen.get(keyed(first)) if others else None
        kind = kind_of(one.written, one.kinds + short.kinds if short else one.kinds)
        known.put(one.written, Name(one.written, kind, large=True))
        if others and kind is Kind.COMPANY:
            companies[first].append(Name(one.written, kind, large=True))
        elif others and kind is Kind.PERSON and (short or one.kinds[kind] or first.lower() in given_names()):
            full.append(one.written)
    _shorten(known, companies, {keyed(one.written) for one in sure})
    _befriend(known, people, full)
    return known


def _shorten(known: Lexicon, companies: Mapping[str, Sequence[Name]], sure: Collection[str]) -> None:
    """Let the first word of a company's name stand for it, where that is no ordinary word and no other's name."""
    for first, names in companies.items():
        key = keyed(first)
        listed_as = known.get(first)
        if len(names) > 1 or len(key) < _SHORTEST or key in given_names() or (listed_as and key not in sure):
            continue
        if key in sure or key not in words():
            known.put(first, names[0])


def _covered(one: Seen, known: Lexicon) -> bool:
    """Tell whether a candidate is known, a plural of what is known, or a known name with an ordinary word."""
    if known.get(one.written) is not None:
        return True
    if one.written.endswith("s") and (single := known.get(one.written[:-1])):
        known.put(one.written, single)
        return True
    inner = known.find(one.written)
    rest = one.written[inner[0].end :] if inner and inner[0].start == 0 else one.written
    if rest == one.written:
        return False
    return all(part.lower() in words() or known.get(part) is not None for part in rest.split())


def _personal(name: str) -> bool:
    if len(name) < _SHORTEST or keyed(name) in words() or any(c.isdigit() for c in name):
        return False
    return all(part[0].isupper() or part in _PARTICLES for part in name.split())


def _befriend(known: Lexicon, people: Sequence[str], full: Sequence[str]) -> None:
    """Let first and last names stand for the one person here who bears them."""
    bearers: defaultdict[str, set[str]] = defaultdict(set)
    for name in dict.fromkeys([*people, *full]):
        entry = known.get(name) if name not in people or " " in name else None
        entry = entry if entry and entry.kind is Kind.PERSON else Name(name, Kind.PERSON)
        known.put(name, entry)
        parts = name.split()
        if len(parts) > 1:
            bearers[parts[0]].add(entry.name)
            bearers[parts[-1]].add(entry.name)
    for part, names in bearers.items():
        if len(names) == 1 and len(part) >= _SHORTEST and part.lower() not in TITLES:
            _share(known, part, next(iter(names)))


def _share(known: Lexicon, part: str, name: str) -> None:
    standing = known.get(part)
    if standing is None or standing.kind is Kind.PERSON or part == standing.name:
        risky = part.lower() in words() and part.lower() not in given_names()
        known.put(part, Name(name, Kind.PERSON, risky=risky))
