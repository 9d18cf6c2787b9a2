"""Where a model points in a conversation, and what it takes its names for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from rapidfuzz import fuzz

from bot.analysts.llm.prompts import Prompt, numbered_lines, sanitize
from bot.analysts.llm.schemas import MAX_NAMES, Claims, Entities, Named
from bot.domain import UNKNOWN_SPEAKER, Analysis, Claim, Conversation, Entity, EntityKind, Mention, TurnSpan
from bot.domain.usage import Account
from bot.llm.provider import LanguageModel
from bot.nlp.sentences import sentence_spans

MAX_CHUNK_CHARS = 12_000
"""Characters of a conversation that are read at once, about 3,000 tokens: servers at home take few more."""

_MIN_SIMILARITY = 90
_CONTEXT_CHARS = 160


async def propose_claims(conversation: Conversation, prompt: Prompt, llm: LanguageModel) -> frozenset[TurnSpan]:
    """Return where the model sees claims, no two of them overlapping. Raises LlmError where it gave up."""
    account = Account(conversation.space or "")
    found: list[TurnSpan] = []
    for piece in transcript_chunks(conversation, min(MAX_CHUNK_CHARS, prompt.max_chars)):
        said = await llm.complete(prompt.fill(account, turns=piece), Claims)
        found += located_spans(conversation, said.value)
    return frozenset(_without_overlaps(sorted(set(found))))


def located_spans(conversation: Conversation, found: Claims) -> Iterator[TurnSpan]:
    """Yield what is pointed at and stands there; anything else is left out."""
    for one in found.claims:
        text = conversation.turns[one.turn].text if 0 <= one.turn < len(conversation.turns) else ""
        if place := locate_span(text, one.first, one.last):
            yield (one.turn, *place)


def _without_overlaps(found: Iterable[TurnSpan]) -> Iterator[TurnSpan]:
    turn, until = -1, 0
    for span in found:
        if span[0] != turn or span[1] >= until:
            turn, until = span[0], span[2]
            yield span


def transcript_chunks(conversation: Conversation, max_chars: int = MAX_CHUNK_CHARS) -> Iterator[str]:
    """Yield the conversation in pieces of so many characters, one numbered turn a line, long turns on several lines."""
    lines: list[str] = []
    size = 0
    for line in _turn_lines(conversation, max_chars // 2):
        if lines and size + len(line) > max_chars:
            yield "\n".join(lines)
            lines, size = [], 0
        lines.append(line)
        size += len(line) + 1
    if lines:
        yield "\n".join(lines)


def _turn_lines(conversation: Conversation, max_chars: int) -> Iterator[str]:
    for number, turn in enumerate(conversation.turns):
        for words in _split_turn(turn.text, max_chars):
            yield f"[{number}] {sanitize(turn.speaker or UNKNOWN_SPEAKER)}: {sanitize(words)}"


def _split_turn(text: str, max_chars: int) -> Iterator[str]:
    """Yield a turn in parts of so many characters, by whole sentences where none is longer."""
    start = until = 0
    for _, end in sentence_spans(text):
        if until > start and end - start > max_chars:
            yield from _split_text(text[start:until], max_chars)
            start = until
        until = end
    yield from _split_text(text[start:], max_chars)


def _split_text(text: str, max_chars: int) -> Iterator[str]:
    parts = (text[at : at + max_chars] for at in range(0, len(text), max_chars))
    return (part for part in parts if part.strip())


async def refine_entities(reading: Analysis, prompt: Prompt, llm: LanguageModel) -> Analysis:
    """Return the reading with its names as the model sorted them. Raises LlmError where it gave up."""
    named = _most_mentioned(reading)
    if not named:
        return reading
    lines = prompt.fitting_lines(
        numbered_lines(f"{entity.name}: {_context(entity, reading.claims)}" for entity in named)
    )
    account = Account(reading.conversation.space or "")
    said = await llm.complete(prompt.fill(account, names="\n".join(lines)), Entities)
    return apply_classification(reading, named, said.value.names)


def _most_mentioned(reading: Analysis) -> list[Entity]:
    counted = dict.fromkeys(reading.entities, 0)
    known = {entity.name: entity for entity in reading.entities}
    for claim in reading.claims:
        for mention in claim.entities:
            if mention.name in known:
                counted[known[mention.name]] += 1
    told = [entity for entity, times in counted.items() if times]
    return sorted(told, key=lambda entity: (-counted[entity], entity.name))[:MAX_NAMES]


def _context(entity: Entity, claims: Sequence[Claim]) -> str:
    said = next((claim.quote for claim in claims if any(m.name == entity.name for m in claim.entities)), "")
    at = max(0, said.find(entity.name) - _CONTEXT_CHARS // 2)
    return said[at : at + _CONTEXT_CHARS]


def apply_classification(reading: Analysis, entities: Sequence[Entity], labels: Sequence[Named]) -> Analysis:
    """Apply what the model made of the names: kinds, and forms of one name where the two look alike, too.

    A ticker stays one, and a speaker a person, whatever it says.
    """
    people = {*reading.conversation.speakers, *(person.name for person in reading.conversation.people)}
    told = [one for one in labels if 0 < one.number <= len(entities)]
    kinds: dict[str, EntityKind] = {}
    fuller: dict[str, str] = {}
    for one in told:
        entity = entities[one.number - 1]
        if one.kind != "nothing" and entity.kind is not EntityKind.TICKER and entity.name not in people:
            kinds[entity.name] = EntityKind(one.kind)
        if 0 < one.same_as <= len(entities) and _can_be_same_name(entity.name, entities[one.same_as - 1].name):
            fuller[entity.name] = entities[one.same_as - 1].name
    return _apply_renames(reading, kinds, {short: full for short, full in fuller.items() if full not in fuller})


def _can_be_same_name(short: str, full: str) -> bool:
    """Whether one name can be a form of the other: its words, its initials, or nearly its letters."""
    if short == full or len(short) > len(full):
        return False
    words = re.findall(r"\w+", full)
    initials = "".join(word[0] for word in words).lower()
    inside = {word.lower() for word in re.findall(r"\w+", short)} <= {word.lower() for word in words}
    close = fuzz.ratio(short.lower().replace(" ", ""), full.lower().replace(" ", "")) >= _MIN_SIMILARITY
    return inside or close or short.lower().replace(".", "") == initials


def _apply_renames(reading: Analysis, kinds: dict[str, EntityKind], full_names: dict[str, str]) -> Analysis:
    def mention(one: Mention) -> Mention:
        name = full_names.get(one.name, one.name)
        return replace(one, name=name, kind=kinds.get(name, one.kind))

    claims = tuple(
        replace(claim, entities=tuple(dict.fromkeys(map(mention, claim.entities)))) for claim in reading.claims
    )
    aliases: dict[str, list[str]] = {}
    for entity in reading.entities:
        aliases.setdefault(full_names.get(entity.name, entity.name), []).extend((entity.name, *entity.aliases))
    entities = tuple(
        Entity(
            one.name, kinds.get(one.name, one.kind), tuple(a for a in dict.fromkeys(aliases[one.name]) if a != one.name)
        )
        for one in reading.entities
        if one.name not in full_names
    )
    return replace(reading, claims=claims, entities=entities)


_WORD = re.compile(r"\w+")
_MAX_SENTENCES = 2


def locate_span(text: str, first: str, last: str) -> tuple[int, int] | None:
    """Return the sentences of a text from the one with the first words to the one with the last; None if not there.

    Whole sentences, so that nobody can point past a "not" or an "if"; more than two are no single claim.
    """
    words = [(found.group().lower(), found.start(), found.end()) for found in _WORD.finditer(text)]
    said = [word for word, _, _ in words]
    begin = _find_words(said, first, 0)
    final = _find_words(said, last, begin) if begin is not None else None
    if begin is None or final is None:
        return None
    start, end = words[begin][1], words[final + len(_WORD.findall(last)) - 1][2]
    spans = [span for span in sentence_spans(text) if span[1] > start and span[0] < end]
    return (spans[0][0], spans[-1][1]) if 0 < len(spans) <= _MAX_SENTENCES else None


def _find_words(words_of_text: Sequence[str], words: str, begin: int) -> int | None:
    wanted = [word.lower() for word in _WORD.findall(words)]
    places = range(begin, len(words_of_text) - len(wanted) + 1) if wanted else ()
    return next((at for at in places if words_of_text[at : at + len(wanted)] == wanted), None)
