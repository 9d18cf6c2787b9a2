"""Names learnt from the conversation itself: its people, and capitalised names that nobody listed."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from bot.analysis.gazetteer import given_names, lexicon, words
from bot.analysis.lexicon import TOKEN, Lexicon, Name, keyed
from bot.model import Conversation, Kind

_NEVER = frozenset(
    "i i'm i've i'd i'll monday tuesday wednesday thursday friday saturday sunday january february march april june july august "
    "september october november december jan feb mar apr jun jul aug sep sept oct nov dec mr mrs ms dr prof sir ok okay tv "
    "american americans chinese english french german japanese british russian indian spanish italian european dutch korean "
    "african asian canadian australian israeli iranian ukrainian mexican brazilian swedish swiss latin greek christian "
    "christmas thanksgiving easter halloween god jesus q1 q2 q3 q4 ceo cto cfo coo cio am pm est pst gmt utc usd eur lol imo btw "
    "rt dm faq pr prs ps id ids inc llc breaking watch part yes no oh yeah".split()
)
_TITLES = frozenset(
    "ceo cto cfo coo cio president chair chairman chairwoman senator governor secretary minister professor prof dr mr mrs ms "
    "judge justice general vp director founder congressman congresswoman representative mayor king queen prince pope sir lord "
    "captain coach chancellor attorney analyst".split()
)
_ORGANISED = frozenset(
    "inc corp corporation co company ltd llc labs lab group capital bank university institute foundation technologies technology "
    "partners ventures systems networks media studios airlines motors holdings college school department ministry committee "
    "association council commission agency bureau society union party church hospital fund trust records press times news "
    "journal post magazine energy robotics therapeutics pharmaceuticals semiconductor software solutions securities analytics "
    "conference symposium workshop team club fc board court academy museum laboratory center centre authority administration".split()
)
_PLACED = frozenset(
    "city county island islands river lake mountain mountains valley beach street avenue road park bay sea ocean airport district province bridge square".split()
)
_WORKS = frozenset(
    "act award prize cup league bowl album song framework protocol language engine library database index dataset corpus algorithm test model theorem method os".split()
)
_OF = re.compile(r" of (?:the )?$")
_CALLED = re.compile(
    r"\b(?:company|startup|start-up|firm|business|outfit|nonprofit|agency|lab) (?:called|named|known as)[ ,\"“]*$|\b(?:CEO|CTO|CFO|founder|co-founder|cofounder|president|head|employee|engineers?|team|shares|board|VP|director) (?:of|at|from) (?:the )?$|\b(?:works?|worked|working|job|hired|folks|people|friends|everyone) (?:at|for|over at) $",
    re.IGNORECASE,
)
_MADE = re.compile(
    r"\b(?:tool|product|app|framework|library|project|language|model|software|system|platform|database|game|book|movie|film|show|service|plugin|package|paper|dataset|protocol|site|website) (?:called|named|known as)[ ,\"“]*$|\b(?:using|use|uses|used|install|installed|version of|written in|built (?:with|on|in)|running|run|on top of) $",
    re.IGNORECASE,
)
_OWNS = re.compile(
    r"(?:['’]s)? (?:CEO|CTO|CFO|COO|CIO|founder|co-founder|shares|stock|employees|revenue|earnings|board|valuation|engineers|management|raised|acquired|announced|laid off|hired|was acquired|went public)\b"
)
_PERSONAL = re.compile(
    r"(?:['’]s)? (?:said|says|told|thinks|wrote|tweeted|asked|argued|joined|himself|herself|mentioned|talked|explained|who\b)"
)
_PLACE_BEFORE = re.compile(
    r"\b(?:in|near|from|to|outside|across|around|visiting|live in|lives in|based in|city of|town of) $", re.IGNORECASE
)
_RUN_GAP = re.compile(r" |-|&| & ")
_LEAST, _LONGEST, _OVER = 2, 5, 0.6


@dataclass(slots=True)
class _Seen:
    """How often a candidate was seen, and what its neighbours say it is."""

    written: str
    count: int = 0
    inside: int = 0
    kinds: Counter[Kind] = field(default_factory=Counter)


def learn(conversation: Conversation, sentences: Iterable[str]) -> Lexicon:
    """Return the known names with those of this conversation on top."""
    known = Lexicon(words(), lexicon())
    seen: dict[str, _Seen] = {}
    lower: Counter[str] = Counter()
    for sentence in sentences:
        _look(sentence, seen, lower, known)
    people = [name for name in (*conversation.speakers, *(one.name for one in conversation.people)) if _personal(name)]
    learnt = [
        (one, _kind(one)) for key, one in seen.items() if _holds(key, one, lower) and known.get(one.written) is None
    ]
    for one, kind in learnt:
        known.put(one.written, Name(one.written, kind))
    _befriend(known, people, [one.written for one, kind in learnt if kind is Kind.PERSON])
    return known


def _look(sentence: str, seen: dict[str, _Seen], lower: Counter[str], known: Lexicon) -> None:
    tokens = list(TOKEN.finditer(sentence))
    if not tokens:
        return
    capitals = [token[0][0].isupper() or not token[0].islower() for token in tokens]
    lower.update(token[0] for token, capital in zip(tokens, capitals, strict=True) if not capital)
    shouting = sum(capitals) > _OVER * len(tokens) and len(tokens) > _LONGEST
    if shouting or not any(capitals):
        return
    for first, last in _runs(sentence, tokens, capitals):
        _note(sentence, tokens, first, last, seen, known)


def _runs(sentence: str, tokens: Sequence[re.Match[str]], capitals: Sequence[bool]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    index = 0
    while index < len(tokens):
        if not capitals[index] or tokens[index][0][0].isdigit():
            index += 1
            continue
        last = index
        while last + 1 < len(tokens) and _continues(sentence, tokens, capitals, last):
            last += 1
        runs.append((index, last))
        index = last + 1
    return runs


def _continues(sentence: str, tokens: Sequence[re.Match[str]], capitals: Sequence[bool], last: int) -> bool:
    one, two = tokens[last], tokens[last + 1]
    if _RUN_GAP.fullmatch(sentence, one.end(), two.start()) is None or one[0].endswith(("'s", "’s")):
        return False
    if capitals[last + 1] and not two[0][0].isdigit():
        return two[0].lower() not in _NEVER and one[0].lower() not in _TITLES
    return two[0].replace(".", "").isdigit() and one[0].lower() not in words() and len(two[0]) < _LONGEST


def _note(
    sentence: str, tokens: Sequence[re.Match[str]], first: int, last: int, seen: dict[str, _Seen], known: Lexicon
) -> None:
    opening = not sentence[: tokens[first].start()].strip(" \"'“‘([-–—*")
    titled = first > 0 and tokens[first - 1][0].lower() in _TITLES
    while first <= last and _idle(tokens[first][0], opening=opening, alone=first == last):
        titled = tokens[first][0].lower() in _TITLES
        opening = False if titled else opening
        first += 1
    while last >= first and tokens[last][0].lower() in _NEVER | _TITLES:
        last -= 1
    if first > last or last - first >= _LONGEST:
        return
    written = re.sub(r"['’]s$|(?<=s)['’]$", "", sentence[tokens[first].start() : tokens[last].end()])
    key = keyed(written)
    if not key or len(written) < _LEAST or key.replace(" ", "").isdigit():
        return
    one = seen.setdefault(key, _Seen(written))
    one.count += 1
    one.inside += not (opening and first == 0)
    kind = (
        Kind.PERSON if titled else _by_neighbours(sentence, tokens[first].start(), tokens[first].start() + len(written))
    )
    if kind:
        one.kinds[kind] += 2 if titled else 1


def _idle(token: str, *, opening: bool, alone: bool) -> bool:
    word = token.lower()
    if word in _NEVER or word in _TITLES:
        return True
    return opening and not alone and word in words()


def _by_neighbours(sentence: str, start: int, end: int) -> Kind | None:
    before = sentence[max(0, start - 40) : start]
    for pattern, kind in ((_CALLED, Kind.COMPANY), (_MADE, Kind.PRODUCT)):
        if pattern.search(before):
            return kind
    if _OWNS.match(sentence, end):
        return Kind.COMPANY
    if _PERSONAL.match(sentence, end):
        return Kind.PERSON
    return Kind.PLACE if _PLACE_BEFORE.search(before) else None


def _holds(key: str, one: _Seen, lower: Counter[str]) -> bool:
    """Tell whether a capitalised run is a name rather than an ordinary word written large."""
    parts = key.split(" ")
    strange = [part for part in parts if part not in words() and not part.isdigit()]
    if len(parts) > 1:
        return bool(strange) or one.inside >= _LEAST
    if strange:
        return one.inside > 0 or (one.count >= _LEAST and lower[key] == 0) or not one.written[1:].islower()
    return one.inside >= _LEAST and one.inside > lower[key] and not one.written.isupper()


def _kind(one: _Seen) -> Kind:
    parts = one.written.lower().split()
    if parts[-1].rstrip(".") in _ORGANISED or parts[0] in {"university", "bank", "department", "institute"}:
        return Kind.COMPANY
    if len(parts) > 1 and parts[-1] in _PLACED:
        return Kind.PLACE
    if parts[-1] in _WORKS or any(c.isdigit() for c in one.written):
        return Kind.PRODUCT
    votes = one.kinds.most_common(1)
    if len(parts) > 1:
        return _kind_of_many(one.written, parts, votes[0][0] if votes else None)
    if one.written.isupper():
        return votes[0][0] if votes and votes[0][0] is not Kind.PLACE else Kind.TOPIC
    if parts[0] in given_names():
        return Kind.PERSON
    return votes[0][0] if votes else Kind.PRODUCT


def _kind_of_many(written: str, parts: Sequence[str], vote: Kind | None) -> Kind:
    if parts[0].split("-")[0] in given_names():
        return Kind.PERSON
    if vote is not None and vote is not Kind.PLACE:
        return vote
    ordinary = [part for part in parts if part in words()]
    if len(ordinary) == len(parts):
        return Kind.TOPIC
    simple = all(part[0].isupper() and part[1:].islower() for part in written.split())
    if simple and len(parts) == _LEAST and not ordinary:
        return Kind.PERSON
    return vote or Kind.PRODUCT


def _personal(name: str) -> bool:
    return name[:1].isupper() and keyed(name) not in words() and not any(c.isdigit() for c in name)


def _befriend(known: Lexicon, people: Sequence[str], learnt: Sequence[str]) -> None:
    """Let first and last names stand for the one person here who bears them."""
    full = dict.fromkeys([*people, *learnt])
    named = {name: known.get(name) or Name(name, Kind.PERSON) for name in full}
    bearers: defaultdict[str, set[str]] = defaultdict(set)
    for name, entry in named.items():
        parts = name.split()
        if len(parts) > 1 and entry.kind is Kind.PERSON:
            bearers[parts[0]].add(entry.name)
            bearers[parts[-1]].add(entry.name)
    for name in people:
        if named[name].kind is Kind.PERSON:
            known.put(name, named[name])
    for part, names in bearers.items():
        if len(names) == 1 and len(part) > _LEAST and part.lower() not in _TITLES:
            _share(known, part, next(iter(names)))


def _share(known: Lexicon, part: str, name: str) -> None:
    standing = known.get(part)
    risky = part.lower() in words() and part.lower() not in given_names()
    if standing is None or standing.kind is Kind.PERSON or part == standing.name:
        known.put(part, Name(name, Kind.PERSON, risky=risky))
