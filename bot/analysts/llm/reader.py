"""Where a model points in a conversation, and what it takes its names for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from rapidfuzz import fuzz

from bot.analysts.llm.prompts import Prompt, numbered, outside
from bot.analysts.llm.schemas import NAMES, Claims, Entities, Named
from bot.analysts.llm.spans import pointed
from bot.domain import UNKNOWN_SPEAKER, Claim, Conversation, Entity, Kind, Mention, Reading, Stretch
from bot.domain.usage import Account
from bot.llm.provider import Llm
from bot.nlp.sentences import sentences

PIECE = 12_000
"""Characters of a conversation that are read at once, about 3,000 tokens: servers at home take few more."""

_SAME = 90
_CONTEXT = 160


async def point(conversation: Conversation, prompt: Prompt, llm: Llm) -> frozenset[Stretch]:
    """Return where the model sees claims, no two of them overlapping. Raises LlmError where it gave up."""
    account = Account(conversation.space or "")
    found: list[Stretch] = []
    for piece in pieces(conversation, min(PIECE, prompt.room)):
        said = await llm.complete(prompt.task(account, turns=piece), Claims)
        found += spans(conversation, said.value)
    return frozenset(_apart(sorted(set(found))))


def spans(conversation: Conversation, found: Claims) -> Iterator[Stretch]:
    """Yield what is pointed at and stands there; anything else is left out."""
    for one in found.claims:
        text = conversation.turns[one.turn].text if 0 <= one.turn < len(conversation.turns) else ""
        if place := pointed(text, one.first, one.last):
            yield (one.turn, *place)


def _apart(found: Iterable[Stretch]) -> Iterator[Stretch]:
    turn, until = -1, 0
    for span in found:
        if span[0] != turn or span[1] >= until:
            turn, until = span[0], span[2]
            yield span


def pieces(conversation: Conversation, most: int = PIECE) -> Iterator[str]:
    """Yield the conversation in pieces of so many characters, one numbered turn a line, long turns on several lines."""
    lines: list[str] = []
    size = 0
    for line in _lines(conversation, most // 2):
        if lines and size + len(line) > most:
            yield "\n".join(lines)
            lines, size = [], 0
        lines.append(line)
        size += len(line) + 1
    if lines:
        yield "\n".join(lines)


def _lines(conversation: Conversation, most: int) -> Iterator[str]:
    for number, turn in enumerate(conversation.turns):
        for words in _parts(turn.text, most):
            yield f"[{number}] {outside(turn.speaker or UNKNOWN_SPEAKER)}: {outside(words)}"


def _parts(text: str, most: int) -> Iterator[str]:
    """Yield a turn in parts of so many characters, by whole sentences where none is longer."""
    start = until = 0
    for _, end in sentences(text):
        if until > start and end - start > most:
            yield from _cut(text[start:until], most)
            start = until
        until = end
    yield from _cut(text[start:], most)


def _cut(text: str, most: int) -> Iterator[str]:
    parts = (text[at : at + most] for at in range(0, len(text), most))
    return (part for part in parts if part.strip())


async def sort(reading: Reading, prompt: Prompt, llm: Llm) -> Reading:
    """Return the reading with its names as the model sorted them. Raises LlmError where it gave up."""
    named = _most_named(reading)
    if not named:
        return reading
    lines = prompt.fitting(numbered(f"{entity.name}: {_context(entity, reading.claims)}" for entity in named))
    account = Account(reading.conversation.space or "")
    said = await llm.complete(prompt.task(account, names="\n".join(lines)), Entities)
    return sorted_by(reading, named, said.value.names)


def _most_named(reading: Reading) -> list[Entity]:
    counted = dict.fromkeys(reading.entities, 0)
    known = {entity.name: entity for entity in reading.entities}
    for claim in reading.claims:
        for mention in claim.entities:
            if mention.name in known:
                counted[known[mention.name]] += 1
    told = [entity for entity, times in counted.items() if times]
    return sorted(told, key=lambda entity: (-counted[entity], entity.name))[:NAMES]


def _context(entity: Entity, claims: Sequence[Claim]) -> str:
    said = next((claim.quote for claim in claims if any(m.name == entity.name for m in claim.entities)), "")
    at = max(0, said.find(entity.name) - _CONTEXT // 2)
    return said[at : at + _CONTEXT]


def sorted_by(reading: Reading, named: Sequence[Entity], found: Sequence[Named]) -> Reading:
    """Apply what the model made of the names: kinds, and forms of one name where the two look alike, too.

    A ticker stays one, and a speaker a person, whatever it says.
    """
    people = {*reading.conversation.speakers, *(person.name for person in reading.conversation.people)}
    told = [one for one in found if 0 < one.number <= len(named)]
    kinds: dict[str, Kind] = {}
    fuller: dict[str, str] = {}
    for one in told:
        entity = named[one.number - 1]
        if one.kind != "nothing" and entity.kind is not Kind.TICKER and entity.name not in people:
            kinds[entity.name] = Kind(one.kind)
        if 0 < one.same_as <= len(named) and _alike(entity.name, named[one.same_as - 1].name):
            fuller[entity.name] = named[one.same_as - 1].name
    return _renamed(reading, kinds, {short: full for short, full in fuller.items() if full not in fuller})


def _alike(short: str, full: str) -> bool:
    """Whether one name can be a form of the other: its words, its initials, or nearly its letters."""
    if short == full or len(short) > len(full):
        return False
    words = re.findall(r"\w+", full)
    initials = "".join(word[0] for word in words).lower()
    inside = {word.lower() for word in re.findall(r"\w+", short)} <= {word.lower() for word in words}
    close = fuzz.ratio(short.lower().replace(" ", ""), full.lower().replace(" ", "")) >= _SAME
    return inside or close or short.lower().replace(".", "") == initials


def _renamed(reading: Reading, kinds: dict[str, Kind], fuller: dict[str, str]) -> Reading:
    def mention(one: Mention) -> Mention:
        name = fuller.get(one.name, one.name)
        return replace(one, name=name, kind=kinds.get(name, one.kind))

    claims = tuple(
        replace(claim, entities=tuple(dict.fromkeys(map(mention, claim.entities)))) for claim in reading.claims
    )
    aliases: dict[str, list[str]] = {}
    for entity in reading.entities:
        aliases.setdefault(fuller.get(entity.name, entity.name), []).extend((entity.name, *entity.aliases))
    entities = tuple(
        Entity(
            one.name, kinds.get(one.name, one.kind), tuple(a for a in dict.fromkeys(aliases[one.name]) if a != one.name)
        )
        for one in reading.entities
        if one.name not in fuller
    )
    return replace(reading, claims=claims, entities=entities)
