"""Names learnt from the conversation itself: its people, and capitalised names that nobody listed."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from bot.domain import Conversation, Entity, EntityKind
from bot.nlp.capitalised import NameCandidate, find_candidates
from bot.nlp.entity_kinds import PERSON_TITLES, classify_kind
from bot.nlp.gazetteer import common_words, gazetteer_with, given_names
from bot.nlp.lexicons import word_set
from bot.nlp.name_finder import Gazetteer, GazetteerEntry, lookup_key

_SHORTEST = 3
_PARTICLES = word_set("de van von der den la du da di bin al el ter")


def build_gazetteer(
    conversation: Conversation,
    sentences: Iterable[tuple[str, Sequence[re.Match[str]]]],
    known_entities: tuple[Entity, ...] = (),
) -> Gazetteer:
    """Return the known names with those of this conversation on top. Sentences come with their tokens."""
    known = gazetteer_with(known_entities).copy()
    seen, lower = find_candidates(sentences)
    people = [
        name for name in (*conversation.speakers, *(one.name for one in conversation.people)) if _is_person_name(name)
    ]
    full = [name for name in people if " " in name]
    sure = [one for one in seen.values() if one.is_name(lower) and not _is_covered(one, known)]
    companies: defaultdict[str, list[GazetteerEntry]] = defaultdict(list)
    for one in sure:
        first, *others = one.surface.split()
        short = seen.get(lookup_key(first)) if others else None
        kind = classify_kind(one.surface, one.kind_votes + short.kind_votes if short else one.kind_votes)
        known.put(one.surface, GazetteerEntry(one.surface, kind, requires_capital=True))
        if others and kind is EntityKind.COMPANY:
            companies[first].append(GazetteerEntry(one.surface, kind, requires_capital=True))
        elif others and kind is EntityKind.PERSON and (short or one.kind_votes[kind] or first.lower() in given_names()):
            full.append(one.surface)
    _add_short_company_names(known, companies, {lookup_key(one.surface) for one in sure})
    _add_person_names(known, people, full)
    return known


def _add_short_company_names(
    known: Gazetteer, companies: Mapping[str, Sequence[GazetteerEntry]], sure: Collection[str]
) -> None:
    """Let the first word of a company's name stand for it, where that is no ordinary word and no other's name."""
    for first, names in companies.items():
        key = lookup_key(first)
        listed_as = known.get(first)
        if len(names) > 1 or len(key) < _SHORTEST or key in given_names() or (listed_as and key not in sure):
            continue
        if key in sure or key not in common_words():
            known.put(first, names[0])


def _is_covered(candidate: NameCandidate, known: Gazetteer) -> bool:
    """Tell whether a candidate is known, a plural of what is known, or a known name with an ordinary word."""
    if known.get(candidate.surface) is not None:
        return True
    if candidate.surface.endswith("s") and (single := known.get(candidate.surface[:-1])):
        known.put(candidate.surface, single)
        return True
    inner = known.find(candidate.surface)
    rest = candidate.surface[inner[0].end :] if inner and inner[0].start == 0 else candidate.surface
    if rest == candidate.surface:
        return False
    return all(part.lower() in common_words() or known.get(part) is not None for part in rest.split())


def _is_person_name(name: str) -> bool:
    if len(name) < _SHORTEST or lookup_key(name) in common_words() or any(c.isdigit() for c in name):
        return False
    return all(part[0].isupper() or part in _PARTICLES for part in name.split())


def _add_person_names(known: Gazetteer, people: Sequence[str], full_names: Sequence[str]) -> None:
    """Let first and last names stand for the one person here who bears them."""
    bearers: defaultdict[str, set[str]] = defaultdict(set)
    for name in dict.fromkeys([*people, *full_names]):
        entry = known.get(name) if name not in people or " " in name else None
        entry = entry if entry and entry.kind is EntityKind.PERSON else GazetteerEntry(name, EntityKind.PERSON)
        known.put(name, entry)
        parts = name.split()
        if len(parts) > 1:
            bearers[parts[0]].add(entry.name)
            bearers[parts[-1]].add(entry.name)
    for part, names in bearers.items():
        if len(names) == 1 and len(part) >= _SHORTEST and part.lower() not in PERSON_TITLES:
            _add_name_part(known, part, next(iter(names)))


def _add_name_part(known: Gazetteer, part: str, name: str) -> None:
    standing = known.get(part)
    if standing is None or standing.kind is EntityKind.PERSON or part == standing.name:
        risky = part.lower() in common_words() and part.lower() not in given_names()
        known.put(part, GazetteerEntry(name, EntityKind.PERSON, is_ambiguous=risky))
