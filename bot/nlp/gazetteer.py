"""The names known before anything is read: compact lists of our own, one text file a kind."""

from __future__ import annotations

from functools import cache, lru_cache
from importlib.resources import files

from bot.domain import Entity, Kind
from bot.nlp.name_finder import Lexicon, Name, keyed

_FILES = {
    Kind.TOPIC: "topic",
    Kind.PLACE: "place",
    Kind.PRODUCT: "product",
    Kind.PERSON: "person",
    Kind.COMPANY: "company",
}
_RISKY, _TICKER = "!", "$"
_TAUGHT = {Kind.PERSON, Kind.COMPANY, Kind.PRODUCT, Kind.PLACE}
_SHORTEST = 3


@cache
def must_not_merge() -> tuple[tuple[str, str], ...]:
    """Return pairs of names that look alike and stand for different things."""
    return tuple((first, second) for first, second, *_ in _rows("apart"))


@cache
def lexicon() -> Lexicon:
    """Return the lists as something that finds names in text."""
    known = Lexicon(words())
    for kind, file in _FILES.items():
        for name, *aliases in _rows(file):
            canonical = name.lstrip(_RISKY)
            entry = Name(canonical, kind, risky=name.startswith(_RISKY))
            known.add(canonical, entry)
            for alias in aliases:
                _add(known, alias, entry)
    return known


@lru_cache(maxsize=1)
def lexicon_with(known: tuple[Entity, ...]) -> Lexicon:
    """Return the lists with names from the library on top; ordinary words and first names alone are left out."""
    taught = lexicon().layer()
    for entity in known:
        for written in (entity.name, *entity.aliases):
            if entity.kind in _TAUGHT and (" " in written or _distinct(written, entity.kind)):
                taught.add(written, Name(entity.name, entity.kind, large=True))
    return taught


def _distinct(word: str, kind: Kind) -> bool:
    ordinary = keyed(word) in words() or keyed(word) in given_names()
    return kind is not Kind.PERSON and len(word) >= _SHORTEST and not ordinary


@cache
def words() -> frozenset[str]:
    """Return ordinary English words, which are no names just for beginning a sentence."""
    return frozenset(" ".join(_lines("words")).split())


@cache
def given_names() -> frozenset[str]:
    """Return given names in lower case."""
    return frozenset(" ".join(_lines("given")).split())


def _add(known: Lexicon, alias: str, entry: Name) -> None:
    if alias.startswith(_TICKER):
        known.add_ticker(alias[1:], entry)
    elif keyed(alias):
        known.add(alias, entry)


def _rows(file: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")] for line in _lines(file)]


def _lines(file: str) -> list[str]:
    text = files("bot.nlp").joinpath("names", f"{file}.txt").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]
