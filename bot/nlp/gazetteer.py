"""The names known before anything is read: compact lists of our own, one text file a kind."""

from __future__ import annotations

from functools import cache, lru_cache
from importlib.resources import files

from bot.domain import Entity, EntityKind
from bot.nlp.name_finder import Gazetteer, GazetteerEntry, lookup_key

_FILES = {
    EntityKind.TOPIC: "topic",
    EntityKind.PLACE: "place",
    EntityKind.PRODUCT: "product",
    EntityKind.PERSON: "person",
    EntityKind.COMPANY: "company",
}
_AMBIGUOUS_MARK, _TICKER_MARK = "!", "$"
_LEARNABLE_KINDS = {EntityKind.PERSON, EntityKind.COMPANY, EntityKind.PRODUCT, EntityKind.PLACE}
_SHORTEST = 3


@cache
def confusable_names() -> tuple[tuple[str, str], ...]:
    """Return pairs of names that look alike and stand for different things."""
    return tuple((first, second) for first, second, *_ in _read_rows("apart"))


@cache
def default_gazetteer() -> Gazetteer:
    """Return the lists as something that finds names in text."""
    known = Gazetteer(common_words())
    for kind, file in _FILES.items():
        for name, *aliases in _read_rows(file):
            canonical = name.lstrip(_AMBIGUOUS_MARK)
            entry = GazetteerEntry(canonical, kind, is_ambiguous=name.startswith(_AMBIGUOUS_MARK))
            known.put_if_absent(canonical, entry)
            for alias in aliases:
                _add_alias(known, alias, entry)
    return known


@lru_cache(maxsize=1)
def gazetteer_with(entities: tuple[Entity, ...]) -> Gazetteer:
    """Return the lists with names from the library on top; ordinary words and first names alone are left out."""
    taught = default_gazetteer().copy()
    for entity in entities:
        for written in (entity.name, *entity.aliases):
            if entity.kind in _LEARNABLE_KINDS and (" " in written or _is_distinctive(written, entity.kind)):
                taught.put_if_absent(written, GazetteerEntry(entity.name, entity.kind, requires_capital=True))
    return taught


def _is_distinctive(word: str, kind: EntityKind) -> bool:
    ordinary = lookup_key(word) in common_words() or lookup_key(word) in given_names()
    return kind is not EntityKind.PERSON and len(word) >= _SHORTEST and not ordinary


@cache
def common_words() -> frozenset[str]:
    """Return ordinary English words, which are no names just for beginning a sentence."""
    return frozenset(" ".join(_read_lines("words")).split())


@cache
def given_names() -> frozenset[str]:
    """Return given names in lower case."""
    return frozenset(" ".join(_read_lines("given")).split())


def _add_alias(known: Gazetteer, alias: str, entry: GazetteerEntry) -> None:
    if alias.startswith(_TICKER_MARK):
        known.add_ticker(alias[1:], entry)
    elif lookup_key(alias):
        known.put_if_absent(alias, entry)


def _read_rows(file: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")] for line in _read_lines(file)]


def _read_lines(file: str) -> list[str]:
    text = files("bot.nlp").joinpath("names", f"{file}.txt").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]
