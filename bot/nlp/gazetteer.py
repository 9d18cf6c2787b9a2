"""The gazetteer: names known before anything is read, from compact lists of our own, and how they are found in text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import NamedTuple

from bot.domain import Entity, EntityKind
from bot.nlp.lexicons import cue_pattern, read_lines

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
    return tuple((first, second) for first, second, *_ in _read_rows("confusable"))


@cache
def default_gazetteer() -> Gazetteer:
    """Return the lists as a gazetteer."""
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
    """Return the lists and the names of the library; ordinary words and lone first names are left out."""
    gazetteer = default_gazetteer().copy()
    for entity in entities:
        for written in (entity.name, *entity.aliases):
            if entity.kind in _LEARNABLE_KINDS and (" " in written or _is_distinctive(written, entity.kind)):
                gazetteer.put_if_absent(written, GazetteerEntry(entity.name, entity.kind, requires_capital=True))
    return gazetteer


@lru_cache(maxsize=1)
def people_by_surname(entities: tuple[Entity, ...]) -> Mapping[str, Sequence[str]]:
    """Return the full names that the lists and the library know, by surname."""
    people = {entry.name for entry in gazetteer_with(entities).entries() if entry.kind is EntityKind.PERSON}
    found: dict[str, list[str]] = {}
    for name in sorted(people):
        if " " in name:
            found.setdefault(name.split()[-1], []).append(name)
    return found


def _is_distinctive(word: str, kind: EntityKind) -> bool:
    ordinary = lookup_key(word) in common_words() or lookup_key(word) in given_names()
    return kind is not EntityKind.PERSON and len(word) >= _SHORTEST and not ordinary


@cache
def common_words() -> frozenset[str]:
    """Return ordinary English words, which are not names just because they begin a sentence."""
    return frozenset(" ".join(read_lines("names/common_words.txt")).split())


@cache
def given_names() -> frozenset[str]:
    """Return given names in lower case."""
    return frozenset(" ".join(read_lines("names/given_names.txt")).split())


@cache
def surnames(*, ordinary: bool) -> frozenset[str]:
    """Return surnames in lower case, with those that are ordinary words or without."""
    listed = " ".join(read_lines("names/surnames.txt")).split()
    return frozenset(
        name.lstrip(_AMBIGUOUS_MARK) for name in listed if ordinary or not name.startswith(_AMBIGUOUS_MARK)
    )


def _add_alias(known: Gazetteer, alias: str, entry: GazetteerEntry) -> None:
    if alias.startswith(_TICKER_MARK):
        known.add_ticker(alias[1:], entry)
    elif lookup_key(alias):
        known.put_if_absent(alias, entry)


def _read_rows(file: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")] for line in read_lines(f"names/{file}.txt")]


TOKEN = re.compile(r"[^\W_]+(?:[.&'’+·][^\W_]+)*[+#]*")
_GAP = re.compile(r"[ \-–]|\. |, (?=D\.C|Inc)|\.(?=\s)")
_POSSESSIVE = re.compile(r"['’]s$|(?<=s)['’]$")
_COMPANY_ACTION = re.compile(rf"(?:['’]s)? (?:{cue_pattern('company_action')})\b")


@dataclass(frozen=True, slots=True)
class GazetteerEntry:
    """What a name stands for; an ambiguous one is also an ordinary word, and a misheard one only sounds like it."""

    name: str
    kind: EntityKind
    is_ambiguous: bool = False
    requires_capital: bool = False
    is_misheard: bool = False


class NameMatch(NamedTuple):
    """A name in a text: `text[start:end]` is how it is written there, or misheard."""

    start: int
    end: int
    name: str
    kind: EntityKind
    is_misheard: bool = False


@lru_cache(maxsize=1 << 15)
def lookup_key(name: str) -> str:
    """Return the form in which a name is looked up."""
    return " ".join(token.lower() for token in TOKEN.findall(name)).replace("’", "'")


class Tokens:
    """The words of a text as names are looked up; where each stands is worked out only if it is asked for."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.words: list[str] = TOKEN.findall(text)

    @cached_property
    def starts(self) -> list[int]:
        """Where each word starts."""
        return [token.start() for token in TOKEN.finditer(self.text)]

    def end(self, index: int) -> int:
        """Return where a word ends."""
        return self.starts[index] + len(self.words[index])

    def gap(self, index: int) -> str:
        """Return what stands between a word and the next one."""
        return self.text[self.end(index) : self.starts[index + 1]]


class Gazetteer:
    """Names by their words."""

    def __init__(self, common_words: frozenset[str]) -> None:
        """Take the ordinary words."""
        self._common_words = common_words
        self._names: dict[str, GazetteerEntry] = {}
        self._tickers: dict[str, GazetteerEntry] = {}
        self._first_words: set[str] = set()
        self._openings: set[str] = set()
        """The words with which names of more words open."""

    def copy(self) -> Gazetteer:
        """Return a gazetteer that knows the same and may learn more."""
        copied = Gazetteer(self._common_words)
        copied._names, copied._tickers = self._names.copy(), self._tickers.copy()
        copied._first_words, copied._openings = self._first_words.copy(), self._openings.copy()
        return copied

    def put_if_absent(self, surface: str, entry: GazetteerEntry) -> None:
        """Let a surface form stand for the name, unless it already stands for one."""
        key = lookup_key(surface)
        if key and key not in self._names:
            self.put(key, entry)

    def put(self, surface: str, entry: GazetteerEntry) -> None:
        """Let a surface form stand for the name, whatever it stood for before."""
        key = lookup_key(surface)
        self._names[key] = entry
        self._first_words.add(key.split(" ", 1)[0])
        self._openings.update(key[:place] for place, letter in enumerate(key) if letter == " ")

    def add_ticker(self, symbol: str, entry: GazetteerEntry) -> None:
        """Let a ticker, written with a dollar sign, stand for the name as well."""
        self._tickers[symbol.lower()] = entry
        self._first_words.add(symbol.lower())

    def get(self, surface: str) -> GazetteerEntry | None:
        """Return what a name stands for, or None."""
        return self._names.get(lookup_key(surface))

    def entries(self) -> Iterator[GazetteerEntry]:
        """Yield what the names stand for."""
        yield from self._names.values()

    def find(self, text: str) -> list[NameMatch]:
        """Return the names in a text, in order, none inside another."""
        return self.find_in(Tokens(text))

    def find_in(self, tokens: Tokens) -> list[NameMatch]:
        """Return the names in a text whose words are known."""
        lower = list(map(str.lower, tokens.words))
        if "’" in tokens.text:
            lower = [word.replace("’", "'") for word in lower]
        priced = "$" in tokens.text
        known = self._first_words
        matches: list[NameMatch] = []
        end = 0
        for index in [index for index, word in enumerate(lower) if word in known or priced or "'" in word]:
            if index < end:
                continue
            if (priced or lower[index] in self._tickers) and self._is_ticker(tokens, index, lower[index]):
                matches += self._ticker_matches(tokens, index, lower[index])
            else:
                end = index + self._match_longest(tokens, lower, index, matches)
        return matches

    def _match_longest(self, tokens: Tokens, lower: Sequence[str], index: int, matches: list[NameMatch]) -> int:
        """Add the longest name that begins at a token, and return how many tokens it takes."""
        keys = [lower[index]]
        while keys[-1] in self._openings and index + len(keys) < len(lower):
            keys.append(f"{keys[-1]} {lower[index + len(keys)]}")
        for count in range(len(keys), 0, -1):
            written = keys[count - 1]
            for key in (written, _POSSESSIVE.sub("", written)) if "'" in written else (written,):
                name = self._names.get(key)
                if name is None or (count > 1 and not _is_contiguous(tokens, index, index + count)):
                    continue
                start, end = tokens.starts[index], tokens.end(index + count - 1) - len(written) + len(key)
                if self._is_plausible(tokens.text, start, end, key, name):
                    matches.append(NameMatch(start, end, name.name, name.kind, name.is_misheard))
                    return count
        return 0

    def _is_plausible(self, text: str, start: int, end: int, key: str, entry: GazetteerEntry) -> bool:
        written = text[start:end]
        if entry.kind is EntityKind.TOPIC and not entry.name.isupper() and len(key) > _SHORTEST and written.islower():
            return True
        if entry.requires_capital and written.islower() and not entry.name.islower():
            return False
        plain = all(word in self._common_words for word in key.split(" "))
        if not written[0].isupper() and (entry.is_ambiguous or plain):
            return False
        if written.isupper() and len(written) > _SHORTEST + 1 and plain and not entry.name.isupper():
            return False
        if len(key) <= _SHORTEST and key in self._common_words and not written.isupper() and entry.name != written:
            return False
        return (
            not (entry.is_ambiguous and _starts_sentence(text, start)) or _COMPANY_ACTION.match(text, end) is not None
        )

    def _is_ticker(self, tokens: Tokens, index: int, word: str) -> bool:
        start = tokens.starts[index]
        if tokens.text[start - 1 : start] == "$":
            return word.isalpha()
        is_listed = word in self._tickers and len(word) >= _SHORTEST and word not in self._names
        return is_listed and tokens.words[index].isupper()

    def _ticker_matches(self, tokens: Tokens, index: int, word: str) -> list[NameMatch]:
        start, end = tokens.starts[index], tokens.end(index)
        start -= tokens.text[start - 1 : start] == "$"
        matches = [NameMatch(start, end, tokens.words[index].upper(), EntityKind.TICKER)]
        if company := self._tickers.get(word):
            matches.append(NameMatch(start, end, company.name, company.kind))
        return matches


def _starts_sentence(text: str, start: int) -> bool:
    before = text[:start].rstrip(" \"'“‘(")
    return not before or before[-1] in ".!?:;\n"


def _is_contiguous(tokens: Tokens, first: int, end: int) -> bool:
    return all(
        _GAP.fullmatch(tokens.text, tokens.end(index), tokens.starts[index + 1]) is not None
        for index in range(first, end - 1)
    )
