"""What a model adds to reading: claims that it points at, and what it takes names for."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from rapidfuzz import fuzz

from bot.analysts.llm.prompts import ModelSession, numbered_lines, sanitize
from bot.analysts.llm.schemas import MAX_NAMES, Claims, Named
from bot.domain import UNKNOWN_SPEAKER, Analysis, Claim, Conversation, Entity, EntityKind, Mention, TurnSpan
from bot.nlp.sentences import sentence_spans

MAX_CHUNK_CHARS = 12_000
"""Characters of a conversation that are read at once, about 3,000 tokens: local servers take few more."""

_MIN_SIMILARITY = 90
_CONTEXT_CHARS = 160


async def propose_claims(conversation: Conversation, session: ModelSession) -> frozenset[TurnSpan]:
    """Return where the model sees claims, without overlaps; raises LlmError."""
    prompt = session.prompts.claims
    spans: set[TurnSpan] = set()
    for chunk in transcript_chunks(conversation, min(MAX_CHUNK_CHARS, prompt.max_chars)):
        spans.update(_located_spans(conversation, await session.ask(prompt, turns=chunk)))
    return frozenset(_without_overlaps(sorted(spans)))


def _located_spans(conversation: Conversation, claims: Claims) -> Iterator[TurnSpan]:
    for pointer in claims.claims:
        text = conversation.turns[pointer.turn].text if 0 <= pointer.turn < len(conversation.turns) else ""
        if span := locate_span(text, pointer.first, pointer.last):
            yield (pointer.turn, *span)


def _without_overlaps(spans: Iterable[TurnSpan]) -> Iterator[TurnSpan]:
    last_turn, last_end = -1, 0
    for turn, start, end in spans:
        if turn != last_turn or start >= last_end:
            last_turn, last_end = turn, end
            yield turn, start, end


def transcript_chunks(conversation: Conversation, max_chars: int = MAX_CHUNK_CHARS) -> Iterator[str]:
    """Yield the conversation in chunks of so many characters, a numbered turn a line, long turns on several."""
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
    """Yield a turn in parts of so many characters, in whole sentences unless one is longer."""
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


async def refine_entities(reading: Analysis, session: ModelSession) -> Analysis:
    """Return the analysis with its names as the model sorted them; raises LlmError."""
    entities = _most_mentioned(reading)
    if not entities:
        return reading
    prompt = session.prompts.entities
    lines = numbered_lines(f"{entity.name}: {_context(entity, reading.claims)}" for entity in entities)
    answer = await session.ask(prompt, names="\n".join(prompt.fitting_lines(lines)))
    return apply_classification(reading, entities, answer.names)


def _most_mentioned(reading: Analysis) -> list[Entity]:
    counts = Counter(mention.name for claim in reading.claims for mention in claim.entities)
    mentioned = [entity for entity in reading.entities if counts[entity.name]]
    return sorted(mentioned, key=lambda entity: (-counts[entity.name], entity.name))[:MAX_NAMES]


def _context(entity: Entity, claims: Sequence[Claim]) -> str:
    quote = next((claim.quote for claim in claims if any(m.name == entity.name for m in claim.entities)), "")
    start = max(0, quote.find(entity.name) - _CONTEXT_CHARS // 2)
    return quote[start : start + _CONTEXT_CHARS]


def apply_classification(reading: Analysis, entities: Sequence[Entity], labels: Sequence[Named]) -> Analysis:
    """Apply what the model made of names: their kinds, and forms of one name if the two look alike.

    A ticker stays a ticker, and a speaker a person, whatever the model says.
    """
    people = {*reading.conversation.speakers, *(person.name for person in reading.conversation.people)}
    kinds: dict[str, EntityKind] = {}
    full_names: dict[str, str] = {}
    for label in labels:
        if not 0 < label.number <= len(entities):
            continue
        entity = entities[label.number - 1]
        if label.kind != "nothing" and entity.kind is not EntityKind.TICKER and entity.name not in people:
            kinds[entity.name] = EntityKind(label.kind)
        if 0 < label.same_as <= len(entities) and _can_be_same_name(entity.name, entities[label.same_as - 1].name):
            full_names[entity.name] = entities[label.same_as - 1].name
    return _apply_renames(reading, kinds, {s: full for s, full in full_names.items() if full not in full_names})


def _can_be_same_name(short: str, full: str) -> bool:
    """Return whether one name can be a form of the other: its words, its initials, or nearly its letters."""
    if short == full or len(short) > len(full):
        return False
    words = re.findall(r"\w+", full)
    initials = "".join(word[0] for word in words).lower()
    is_inside = {word.lower() for word in re.findall(r"\w+", short)} <= {word.lower() for word in words}
    is_close = fuzz.ratio(short.lower().replace(" ", ""), full.lower().replace(" ", "")) >= _MIN_SIMILARITY
    return is_inside or is_close or short.lower().replace(".", "") == initials


def _apply_renames(reading: Analysis, kinds: dict[str, EntityKind], full_names: dict[str, str]) -> Analysis:
    def renamed(mention: Mention) -> Mention:
        name = full_names.get(mention.name, mention.name)
        return replace(mention, name=name, kind=kinds.get(name, mention.kind))

    claims = tuple(
        replace(claim, entities=tuple(dict.fromkeys(map(renamed, claim.entities)))) for claim in reading.claims
    )
    aliases: dict[str, list[str]] = {}
    for entity in reading.entities:
        aliases.setdefault(full_names.get(entity.name, entity.name), []).extend((entity.name, *entity.aliases))
    entities = tuple(
        Entity(name, kinds.get(name, entity.kind), tuple(a for a in dict.fromkeys(aliases[name]) if a != name))
        for entity in reading.entities
        if (name := entity.name) not in full_names
    )
    return replace(reading, claims=claims, entities=entities)


_WORD = re.compile(r"\w+")
_MAX_SENTENCES = 2


def locate_span(text: str, first: str, last: str) -> tuple[int, int] | None:
    """Return the sentences of a text from the one with the first words to the one with the last; None if not there.

    They are whole, so that nobody can point past a "not" or an "if"; more than two are not one claim.
    """
    matches = list(_WORD.finditer(text))
    words = [match.group().lower() for match in matches]
    begin = _find_words(words, first, 0)
    final = _find_words(words, last, begin) if begin is not None else None
    if begin is None or final is None:
        return None
    start, end = matches[begin].start(), matches[final + len(_WORD.findall(last)) - 1].end()
    spans = [span for span in sentence_spans(text) if span[1] > start and span[0] < end]
    return (spans[0][0], spans[-1][1]) if 0 < len(spans) <= _MAX_SENTENCES else None


def _find_words(words: Sequence[str], text: str, begin: int) -> int | None:
    wanted = [word.lower() for word in _WORD.findall(text)]
    places = range(begin, len(words) - len(wanted) + 1) if wanted else ()
    return next((place for place in places if words[place : place + len(wanted)] == wanted), None)
