"""A dictionary of names that finds them in text, longest first."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from bot.domain import Kind

TOKEN = re.compile(r"[^\W_]+(?:[.&'’+·][^\W_]+)*[+#]*")
_GAP = re.compile(r"[ \-–]|\. |, (?=D\.C|Inc)|\.(?=\s)")
_POSSESSIVE = re.compile(r"['’]s$|(?<=s)['’]$")
_ACTS = re.compile(
    r"(?:['’]s)? (?:announced|reported|raised|filed|launched|acquired|said|says|posted|sued|cut|hired|released|"
    r"reports|acquires|"
    r"plans|shares|stock|CEO|laid|is (?:now|reportedly|planning|buying)|has (?:raised|launched|announced|cut|laid|"
    r"acquired|grown|shipped))\b"
)
_SHORTEST = 3


@dataclass(frozen=True, slots=True)
class Name:
    """What a name stands for; a risky one is also an ordinary word, a large one is never written small."""

    name: str
    kind: Kind
    risky: bool = False
    large: bool = False


class Found(NamedTuple):
    """A name in a text: `text[start:end]` is how it is written there."""

    start: int
    end: int
    name: str
    kind: Kind


def keyed(name: str) -> str:
    """Return the form in which a name is looked up."""
    return " ".join(token.lower() for token in TOKEN.findall(name))


class Lexicon:
    """Names by their words."""

    def __init__(
        self,
        ordinary: frozenset[str],
        names: Mapping[str, Name] | None = None,
        longest: Mapping[str, int] | None = None,
        tickers: Mapping[str, Name] | None = None,
    ) -> None:
        """Take the ordinary words, and what is known already."""
        self._ordinary = ordinary
        self._names = dict(names or {})
        self._longest = dict(longest or {})
        self._tickers = dict(tickers or {})

    def layer(self) -> Lexicon:
        """Return a lexicon that knows all this and may learn more without changing it."""
        return Lexicon(self._ordinary, self._names, self._longest, self._tickers)

    def add(self, written: str, name: Name) -> None:
        """Let `written` stand for the name; the first to come keeps it."""
        key = keyed(written)
        if key and key not in self._names:
            self.put(key, name)

    def put(self, written: str, name: Name) -> None:
        """Let `written` stand for the name, whatever it stood for before."""
        key = keyed(written)
        first, count = key.split(" ", 1)[0], key.count(" ") + 1
        self._names[key] = name
        self._longest[first] = max(count, self._longest.get(first, 0))

    def add_ticker(self, symbol: str, name: Name) -> None:
        """Let a ticker, written with a dollar sign, stand for the name as well."""
        self._tickers[symbol.lower()] = name

    def get(self, written: str) -> Name | None:
        """Return what a name stands for, or None."""
        return self._names.get(keyed(written))

    def find(self, text: str, tokens: Sequence[re.Match[str]] | None = None) -> list[Found]:
        """Return the names in a text, in order, none inside another; `tokens` where they are already known."""
        tokens = list(TOKEN.finditer(text)) if tokens is None else tokens
        lower = [token[0].lower() for token in tokens]
        found: list[Found] = []
        skip = 0
        priced = "$" in text
        for index, word in enumerate(lower):
            if index < skip:
                continue
            if (priced or word in self._tickers) and self._is_ticker(text, tokens[index], word):
                found += self._ticker(tokens[index], word)
                continue
            longest = self._longest.get(word)
            if not longest and ("'" in word or "’" in word):
                longest = self._longest.get(_POSSESSIVE.sub("", word))
            if longest:
                skip = index + self._longest_at(text, tokens, lower, index, longest, found)
        return found

    def _longest_at(
        self,
        text: str,
        tokens: Sequence[re.Match[str]],
        lower: Sequence[str],
        index: int,
        longest: int,
        found: list[Found],
    ) -> int:
        """Add the longest name that begins at a token, and return how many tokens it takes."""
        for count in range(min(longest, len(lower) - index), 0, -1):
            last = index + count - 1
            for key, end in _keys(lower, tokens, index, last):
                name = self._names.get(key)
                if name is None or (count > 1 and not _joined(text, tokens[index : last + 1])):
                    continue
                if self._fits(text, tokens[index].start(), end, key, name):
                    found.append(Found(tokens[index].start(), end, name.name, name.kind))
                    return count
        return 0

    def _fits(self, text: str, start: int, end: int, key: str, name: Name) -> bool:
        written = text[start:end]
        if name.kind is Kind.TOPIC and not name.name.isupper() and len(key) > _SHORTEST and written.islower():
            return True
        if name.large and written.islower() and not name.name.islower():
            return False
        plain = all(word in self._ordinary for word in key.split(" "))
        if not written[0].isupper() and (name.risky or plain):
            return False
        if written.isupper() and len(written) > _SHORTEST + 1 and plain and not name.name.isupper():
            return False
        if len(key) <= _SHORTEST and key in self._ordinary and not written.isupper() and name.name != written:
            return False
        return not (name.risky and _opens(text, start)) or _ACTS.match(text, end) is not None

    def _is_ticker(self, text: str, token: re.Match[str], word: str) -> bool:
        if text[token.start() - 1 : token.start()] == "$":
            return word.isalpha()
        return word in self._tickers and len(word) >= _SHORTEST and token[0].isupper() and word not in self._names

    def _ticker(self, token: re.Match[str], word: str) -> list[Found]:
        start = token.start() - (token.string[token.start() - 1 : token.start()] == "$")
        found = [Found(start, token.end(), token[0].upper(), Kind.TICKER)]
        if company := self._tickers.get(word):
            found.append(Found(start, token.end(), company.name, company.kind))
        return found


def _opens(text: str, start: int) -> bool:
    before = text[:start].rstrip(" \"'“‘(")
    return not before or before[-1] in ".!?:;\n"


def _keys(lower: Sequence[str], tokens: Sequence[re.Match[str]], index: int, last: int) -> Iterator[tuple[str, int]]:
    key = " ".join(lower[index : last + 1])
    yield key, tokens[last].end()
    if "'" in key or "’" in key:
        bare = _POSSESSIVE.sub("", key)
        if bare != key:
            yield bare, tokens[last].end() - (len(key) - len(bare))


def _joined(text: str, tokens: Sequence[re.Match[str]]) -> bool:
    return all(_GAP.fullmatch(text, one.end(), two.start()) is not None for one, two in pairwise(tokens))
