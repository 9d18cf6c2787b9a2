"""People: what a speaker's label says of its bearer, and which labels are one person."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from bot.nlp.gazetteer import common_words, given_names
from bot.nlp.lexicons import read_lines, word_list

PERSON_TITLES = word_list("person_title")
"""Words before a person's name."""

NAME_PARTICLES = frozenset("de van von der den la du da di bin al el ter".split())
"""Words inside a name that have no capital."""

_ROLES = PERSON_TITLES | word_list("label_role")
_SUFFIXES = word_list("name_suffix")
_NOBLE = frozenset("king queen prince pope lord judge justice general dean captain coach sir mayor".split())
"""Titles that are surnames as well: they count as titles only before everything else."""
APOSTROPHES = str.maketrans(dict.fromkeys("\u2019\u02bc\u2018\u0060\u00b4", "'"))
"""Makes all apostrophes the straight one, for `str.translate`."""
_BRACKETED = re.compile(r"[(\[{](?P<inside>[^)\]}]*)[)\]}]")
_SEPARATOR = re.compile(r"\s+(?:-+|–|—|\||/|·|•)\s+|\s*[|:;·•]\s+")
_OF = re.compile(r"(?:(?P<role>.+?),? (?:of|at|from|for|with)|of|at|from|with) (?:the )?(?P<whom>\S.*)")
_BELONGING = re.compile(r"(?P<name>\S+ \S.*?) (?:of|at|from|with) (?:the )?(?P<whom>[A-Z].*)")
_PRONOUNS = re.compile(r"(?:she|he|they)(?:\s*/\s*\w+){1,2}", re.IGNORECASE)
_CHIEF_OFFICER = re.compile(
    r"\b(?:chief|managing|vice|executive)\b.*\b(?:officer|president|director|editor)\b", re.IGNORECASE
)
_MAX_GIVEN, _LONG_SURNAME = 2, 4
_MIN_SHORT_FORM = 3
"""Letters of a short form, such as Dan for Daniel."""


@dataclass(frozen=True, slots=True)
class SpeakerLabel:
    """What a label says: the bearer's name as others write it, their title or role, and whom they belong to."""

    name: str
    role: str = ""
    affiliation: str = ""


@lru_cache(maxsize=1 << 14)
def parse_label(label: str) -> SpeakerLabel:
    """Return the name, role and affiliation in a label such as "Whitfield, Dana (Quillon)" or "Chair Powell".

    A label without a name in it, such as "Moderator", is its own name.
    """
    text = " ".join(label.translate(APOSTROPHES).split()).strip(" .,:;-")
    inside = [match["inside"].strip() for match in _BRACKETED.finditer(text)]
    outside = _BRACKETED.sub(" ", text)
    parts = [part.strip(" .,") for part in _SEPARATOR.split(outside) if part.strip(" .,")]
    named = next((index for index, part in enumerate(parts) if not _is_role(part)), None)
    if named is None:
        return SpeakerLabel(text)
    name, *after = _split_commas(parts.pop(named))
    name, titles, before = _strip_titles(name)
    if titles and len(name) == 1:
        return SpeakerLabel(text)
    facts = [*titles, *before, *(fact for part in (*parts, *after, *inside) for fact in re.split(r"\s*,\s*", part))]
    role, affiliation = _role_and_affiliation([fact for fact in facts if fact and not _PRONOUNS.fullmatch(fact)])
    return SpeakerLabel(_in_mixed_case(name), role, affiliation) if name else SpeakerLabel(text)


def _words(text: str) -> list[str]:
    return [word.strip(".,'").lower() for word in text.split()]


def _is_role(text: str) -> bool:
    first = text.split(",", maxsplit=1)[0]
    words = _words(first)
    return bool(words) and (all(word in _ROLES for word in words) or bool(_CHIEF_OFFICER.search(first)))


def _has_role(text: str) -> bool:
    return any(word in _ROLES for word in _words(text))


def _split_commas(text: str) -> list[str]:
    """Return the name first, turned round if the surname stood first, and then all else that commas set off."""
    first, *rest = [part.strip() for part in re.split(r"\s*,\s*", text) if part.strip()]
    if belongs := _BELONGING.match(first):
        first, rest = belongs["name"], [*rest, belongs["whom"]]
    rest = [part for part in rest if not all(word in _SUFFIXES for word in _words(part))]
    return [f"{rest[0]} {first}", *rest[1:]] if rest and _is_given_name(rest[0], first) else [first, *rest]


def _is_given_name(text: str, before: str) -> bool:
    """Return whether words after a comma are the given name of the surname before it."""
    words, surname = _words(text), _words(before)
    if len(words) > _MAX_GIVEN or _has_role(text) or not text[0].isalpha() or any(c.isdigit() for c in text):
        return False
    if len(words[0]) == 1:
        return True
    if len(surname) > 1 and (surname[0] not in NAME_PARTICLES or len(surname) > _LONG_SURNAME):
        return False
    return words[0] in given_names() or (
        surname[0] not in given_names() and len(words) == 1 and words[0] not in common_words() and text[1:].islower()
    )


def _strip_titles(name: str) -> tuple[str, list[str], list[str]]:
    """Return a name without titles; those titles; and whose they are: "Quillon CEO Dana Whitfield"."""
    words = name.split()
    while len(words) > 1 and _words(words[-1])[0] in _SUFFIXES:
        words.pop()
    if not any(character.isalpha() for character in words[-1]):
        return name, [], []
    lower = [word.strip(".,").lower() for word in words]
    last = len(words) - 1
    titled = [index for index, word in enumerate(lower) if word in _ROLES and index < last]
    start = 0
    while start < last and lower[start] in _ROLES:
        start += 1
    later = [index for index in titled if index >= start and lower[index] not in _NOBLE and len(lower[index]) > 1]
    if later and not _is_given(lower[0]):
        begin = later[0]
        return " ".join(words[later[-1] + 1 :]), [" ".join(words[begin : later[-1] + 1])], [" ".join(words[:begin])]
    end = last + 1
    while end - start > _MAX_GIVEN and lower[end - 1] in _ROLES - _NOBLE:
        end -= 1
    titles = [" ".join(words[:start]), " ".join(words[end:])]
    return " ".join(words[start:end]), [title for title in titles if title], []


def _is_given(word: str) -> bool:
    return word in given_names()


def _role_and_affiliation(facts: Sequence[str]) -> tuple[str, str]:
    roles, whom = [], []
    for fact in facts:
        split = _OF.fullmatch(fact)
        if split and (not split["role"] or _has_role(split["role"])):
            roles += [split["role"]] if split["role"] else []
            whom.append(split["whom"])
        elif _has_role(fact):
            roles.append(fact)
        elif not all(word in _SUFFIXES for word in _words(fact)):
            whom.append(fact)
    return ", ".join(roles), whom[0] if whom else ""


def _in_mixed_case(name: str) -> str:
    letters = [letter for letter in name if letter.isalpha()]
    is_plain = len(letters) > _MIN_SHORT_FORM and (name.isupper() or name.islower())
    return " ".join(map(_capitalize, name.split())) if is_plain else name


def _capitalize(word: str) -> str:
    if word.lower() in NAME_PARTICLES:
        return word.lower()
    word = re.sub(r"[^\W\d_]+", lambda part: part[0].capitalize(), word)
    return re.sub(r"^Mc([a-z])", lambda part: f"Mc{part[1].upper()}", re.sub(r"'S\b", "'s", word))


def plain_name(name: str) -> str:
    """Return a person's name without title, degrees and initials in its middle."""
    first, *middle = parse_label(name).name.split()
    return " ".join([first, *(word for word in middle[:-1] if len(word.strip(".")) > 1), *middle[-1:]])


@lru_cache(maxsize=1 << 14)
def name_words(name: str) -> tuple[str, ...]:
    """Return the words by which names are compared: without titles, accents, apostrophes, full stops and case."""
    plain = unicodedata.normalize("NFKD", parse_label(name).name)
    letters = "".join(c for c in plain if not unicodedata.combining(c)).casefold().replace("'", "").replace(".", " ")
    words = tuple(word for word in re.split(r"[\s,-]+", letters) if word and word not in _SUFFIXES)
    return words or (name.casefold(),)


def is_same_person(one: str, other: str) -> bool:
    """Return whether two full names, or a surname and a full name, may be one person's."""
    return _agree(name_words(one), name_words(other))


def _agree(left: tuple[str, ...], right: tuple[str, ...]) -> bool:
    if left[-1] != right[-1]:
        return False
    if len(left) == 1 or len(right) == 1:
        return True
    middle, others = left[1:-1], right[1:-1]
    if middle and others and middle[0][0] != others[0][0]:
        return False
    return _is_short_for(left[0], right[0]) or left[0] in others or right[0] in middle


def _is_short_for(one: str, other: str) -> bool:
    short, full = sorted((one, other), key=len)
    if full == short or (len(short) == 1 and full.startswith(short)):
        return True
    return (len(short) >= _MIN_SHORT_FORM and full.startswith(short)) or bool(_groups(one) & _groups(other))


def _groups(given: str) -> frozenset[int]:
    return _nicknames().get(given, frozenset())


@cache
def _nicknames() -> dict[str, frozenset[int]]:
    groups: defaultdict[str, set[int]] = defaultdict(set)
    for number, line in enumerate(read_lines("names/nicknames.txt")):
        for name in line.split():
            groups[name].add(number)
    return {name: frozenset(numbers) for name, numbers in groups.items()}


def labels_of(name: str, labels: Iterable[str]) -> list[str]:
    """Return those of the labels that are the person of this name.

    A surname alone belongs to everybody here who has it. It is no full name's own if people of different names share
    it. A first name alone means somebody only if one person here has it.
    """
    asked = name_words(name)
    words = {label: name_words(label) for label in labels}
    same = [label for label, own in words.items() if own == asked or label.casefold() == name.casefold()]
    family = {label: own for label, own in words.items() if own[-1] == asked[-1]}
    if len(asked) > 1:
        kin = [label for label, own in family.items() if len(own) > 1 and _agree(own, asked)]
        is_shared = any(len(own) > 1 and not _agree(own, asked) for own in family.values())
        found = kin + [label for label, own in family.items() if len(own) == 1 and not is_shared]
    else:
        found = list(family) if any(len(own) > 1 for own in family.values()) else _first_named(asked[0], words)
    return list(dict.fromkeys([*same, *found]))


def _first_named(given: str, words: dict[str, tuple[str, ...]]) -> list[str]:
    bearers = {label: own for label, own in words.items() if len(own) > 1 and own[0] == given}
    names = list(bearers.values())
    return list(bearers) if names and all(_agree(names[0], own) for own in names) else []


def is_one_person(names: Sequence[str]) -> bool:
    """Return whether all of these names may be one person's."""
    longest = max(map(name_words, names), key=len)
    return all(_agree(name_words(name), longest) for name in names)


_NAME = r"[A-Z][^\W\d_]+(?: (?:[A-Z]\.|(?:van|von|de|der|den|di|da|la|bin|al) (?=[A-Z])|[A-Z][\w’'-]+)){1,3}"
_NAMES = rf"(?P<names>{_NAME}(?:(?:, and | and | & |, ){_NAME}){{0,3}})"
_ANNOUNCED = 1
"""Which of the patterns has a word before the names that only guests follow."""
_TITLED_GUESTS = (
    re.compile(rf"^(?:(?:[Ee]p(?:isode)?\.? ?)?#?\d+[.:]? ?(?:[-–—|:] ?)?)?{_NAMES}(?::|,? [-–—|] )"),
    re.compile(rf"\b(?:[Ww]ith|w/|[Ff]t\.?|[Ff]eat\.?|[Ff]eaturing|[Ii]nterview:) {_NAMES}\s*(?:$|[|(\[:–—-])"),
    re.compile(rf"[|–—-] {_NAMES}\s*$"),
)


_NO_PERSON = word_list("organisation_suffix", "organisation_head", "product_suffix")


@lru_cache(maxsize=1 << 10)
def titled_guests(title: str, show: str) -> tuple[str, ...]:
    """Return the people whom the title of an episode names as its guests, without whoever the show is named after."""
    for place, pattern in enumerate(_TITLED_GUESTS):
        if found := pattern.search(title):
            names = re.split(r", and | and | & |, ", found["names"])
            if all(_is_full_name(name, is_announced=place == _ANNOUNCED) for name in names):
                return tuple(name for name in names if name not in show)
    return ()


def _is_full_name(name: str, *, is_announced: bool) -> bool:
    """Return whether a name begins with a given name we know and ends as no other name does."""
    first, *_, last = name.lower().split()
    return first in given_names() and last not in (_NO_PERSON if is_announced else _NO_PERSON | common_words())
