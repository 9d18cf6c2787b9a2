"""Named entities: those learnt from a conversation itself, their kinds, and which of them a sentence is about."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.domain import Conversation, Entity, EntityKind, Mention
from bot.nlp.gazetteer import (
    Gazetteer,
    GazetteerEntry,
    NameMatch,
    Tokens,
    common_words,
    gazetteer_with,
    given_names,
    lookup_key,
    people_by_surname,
    surnames,
)
from bot.nlp.lexicons import cue_pattern, word_list
from bot.nlp.misheard import SoundIndex, find_misheard, library_sounds, likely_names
from bot.nlp.people import NAME_PARTICLES, PERSON_TITLES, is_same_person, parse_label

_SHORTEST = 3


def build_gazetteer(
    conversation: Conversation,
    sentences: Iterable[Tokens],
    known_entities: tuple[Entity, ...] = (),
) -> Gazetteer:
    """Return the known names and those learnt from the sentences of this conversation."""
    known = gazetteer_with(known_entities).copy()
    seen, lower = find_candidates(sentences)
    labels = [parse_label(label) for label in (*conversation.speakers, *(each.name for each in conversation.people))]
    people = [label.name for label in labels if _is_person_name(label.name)]
    full = [name for name in people if " " in name]
    titles = (conversation.title, *(chapter.title for chapter in conversation.chapters))
    likely = list(likely_names(titles, people, known))
    misheard = _find_misheard(conversation, seen, lower, known, likely, library_sounds(known_entities))
    for words, name in misheard.items():
        known.put(words, GazetteerEntry(name, EntityKind.TOPIC))
    titled = set(map(lookup_key, likely))
    named = (each for key, each in seen.items() if key in titled or each.is_name(lower))
    new = [candidate for candidate in named if not _is_covered(candidate, known)]
    plurals = _find_plurals(new)
    companies: defaultdict[str, list[GazetteerEntry]] = defaultdict(list)
    for candidate in new:
        surface = candidate.surface
        if surface in plurals:
            continue
        votes = candidate.kind_votes()
        first, *others = surface.split()
        short = seen.get(lookup_key(first)) if others else None
        kind = classify_kind(surface, votes + short.kind_votes() if short else votes)
        bearers = (
            people_by_surname(known_entities).get(surface, ()) if kind is EntityKind.PERSON and votes[kind] else ()
        )
        entry = GazetteerEntry(bearers[0] if len(bearers) == 1 else surface, kind, requires_capital=True)
        known.put(surface, entry)
        if others and kind is EntityKind.COMPANY:
            companies[first].append(entry)
        elif others and kind is EntityKind.PERSON and (short or votes[kind] or first.lower() in given_names()):
            full.append(surface)
    _add_short_company_names(known, companies, {lookup_key(candidate.surface) for candidate in new})
    _add_person_names(known, people, full)
    _add_misheard(known, misheard, seen)
    for plural, single in plurals.items():
        if entry_of := known.get(single):
            known.put(plural, entry_of)
    return known


def _find_plurals(new: Sequence[NameCandidate]) -> dict[str, str]:
    """Return those of the new names that are only another one's plural, with that one."""
    surfaces = {candidate.surface for candidate in new}
    plural = (name for name in surfaces if name.endswith("s") and name[:-1] in surfaces)
    return {
        name: name[:-1]
        for name in plural
        if not {name.lower(), name[:-1].lower()} & (surnames(ordinary=True) | given_names())
    }


def _find_misheard(
    conversation: Conversation,
    seen: Mapping[str, NameCandidate],
    lower: Counter[str],
    known: Gazetteer,
    likely: Sequence[str],
    library: SoundIndex,
) -> dict[str, str]:
    here = [
        candidate.surface
        for candidate in seen.values()
        if known.get(candidate.surface) or (candidate.count >= _SURE_COUNT and candidate.is_name(lower))
    ]
    text = "\n".join(turn.text for turn in conversation.turns).lower()
    said = {candidate.surface: candidate.count for candidate in seen.values()}
    return find_misheard(said, text, lower, likely, here, known, library)


def _add_misheard(known: Gazetteer, misheard: Mapping[str, str], seen: Mapping[str, NameCandidate]) -> None:
    for words, name in misheard.items():
        heard = seen.get(lookup_key(words))
        entry = known.get(name) or GazetteerEntry(name, classify_kind(name, heard.kind_votes() if heard else Counter()))
        capital = heard is not None and not heard.surface.islower()
        known.put(words, replace(entry, is_ambiguous=False, requires_capital=capital, is_misheard=True))


def _add_short_company_names(
    known: Gazetteer, companies: Mapping[str, Sequence[GazetteerEntry]], new_keys: Collection[str]
) -> None:
    """Let the first word of a company's name stand for it if it is no ordinary word and nobody else's name."""
    for first, names in companies.items():
        key = lookup_key(first)
        listed_as = known.get(first)
        if len(names) > 1 or len(key) < _SHORTEST or key in given_names() or (listed_as and key not in new_keys):
            continue
        if key in new_keys or key not in common_words():
            known.put(first, names[0])


def _is_covered(candidate: NameCandidate, known: Gazetteer) -> bool:
    """Return whether a candidate is known, the plural of a known name, or a known name with an ordinary word."""
    if known.get(candidate.surface) is not None:
        return True
    if (
        candidate.surface.endswith("s")
        and lookup_key(candidate.surface) not in surnames(ordinary=True)
        and (single := known.get(candidate.surface[:-1]))
    ):
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
    return all(part[0].isupper() or part in NAME_PARTICLES for part in name.split())


def _add_person_names(known: Gazetteer, people: Sequence[str], full_names: Sequence[str]) -> None:
    """Let first and last names stand for the only person here who bears them."""
    bearers: defaultdict[str, set[str]] = defaultdict(set)
    full: list[str] = []
    for name in dict.fromkeys([*people, *full_names]):
        entry = known.get(name) if name not in people or " " in name else None
        entry = entry if entry and entry.kind is EntityKind.PERSON else GazetteerEntry(name, EntityKind.PERSON)
        if " " in entry.name:
            same = next((other for other in full if is_same_person(other, entry.name)), None)
            full += [] if same else [entry.name]
            entry = replace(entry, name=same) if same else entry
        known.put(name, entry)
        parts = name.split()
        if len(parts) > 1:
            bearers[parts[0]].add(entry.name)
            bearers[parts[-1]].add(entry.name)
    for part, names in bearers.items():
        if len(names) == 1 and len(part) >= _SHORTEST and part.lower() not in PERSON_TITLES:
            _add_name_part(known, part, next(iter(names)))


def _add_name_part(known: Gazetteer, part: str, name: str) -> None:
    entry = known.get(part)
    if entry is None or entry.kind is EntityKind.PERSON or part == entry.name:
        ambiguous = part.lower() in common_words() and part.lower() not in given_names()
        known.put(part, GazetteerEntry(name, EntityKind.PERSON, is_ambiguous=ambiguous))


_NOT_NAMES = word_list("not_a_name")
_NOT_NAMES_ALONE, _NOT_IN_NAMES = _NOT_NAMES | {"may"}, _NOT_NAMES | PERSON_TITLES
_FUNCTION_WORDS = word_list("name_breaker")
_CONTRACTION = re.compile(r"['’](?:s|re|ve|m|ll|d|t|em)$|(?<=s)['’]$", re.IGNORECASE)
_NEGATED = re.compile(r"n['’]t$", re.IGNORECASE)
_CAPITAL_LETTER = re.compile(r"[^\W\d_a-z]")
_OPENING_MARKS = frozenset('.!?:;(["“‘…*–—-')
_NAME_PREPOSITIONS = frozenset({"of", "for", "on"})
_COUNTED_AFTER = re.compile(
    r"%|[ -](?:seconds?|minutes?|hours?|days?|weeks?|months?|years?|times|percent|people|of|to|or|and a half|"
    r"thousand|million|billion|trillion|dollars?)\b"
)
_NUMBER_BEFORE = re.compile(r"\d[ -]?$")
_GAPS = frozenset(" -&")
_INFLECTED_ENDINGS = ("ing", "ly", "ed", "ness", "tions", "ment", "able")
_SURE_COUNT = 5
"""How often a new name is said until words that sound like it may be it."""
_MIN_COUNT, _MAX_TOKENS, _MAX_CAPITAL_SHARE = 2, 7, 0.6


@dataclass(slots=True)
class NameCandidate:
    """A capitalised run: how it was first written, how often it was seen, how often inside a sentence, and where.

    Each of the `places` is a sentence, with start and end in it, and whether a person's title stands before it.
    """

    surface: str
    count: int = 0
    mid_sentence_count: int = 0
    places: list[tuple[str, int, int, bool]] = field(default_factory=list)

    def kind_votes(self) -> Counter[EntityKind]:
        """Return how often the words around it suggest each kind."""
        votes: Counter[EntityKind] = Counter()
        for sentence, start, end, titled in self.places:
            if kind := EntityKind.PERSON if titled else kind_from_context(sentence, start, end):
                votes[kind] += _MIN_COUNT if titled else 1
        return votes

    def is_name(self, lowercase_counts: Counter[str]) -> bool:
        """Return whether it is a name rather than an ordinary word with a capital."""
        parts = lookup_key(self.surface).split(" ")
        strange = [part for part in parts if part not in common_words() and not part.isdigit()]
        if len(parts) > 1:
            return bool(strange) or self.mid_sentence_count >= _MIN_COUNT
        if strange:
            plain = self.surface[1:].islower() and self.surface.endswith(_INFLECTED_ENDINGS)
            return self.mid_sentence_count > 0 or not (
                plain or (self.count < _MIN_COUNT and self.surface[1:].islower())
            )
        return self.mid_sentence_count > max(1, lowercase_counts[parts[0]]) and not self.surface.isupper()


def find_candidates(sentences: Iterable[Tokens]) -> tuple[dict[str, NameCandidate], Counter[str]]:
    """Return candidates by key, and how often each word was in lower case."""
    seen: dict[str, NameCandidate] = {}
    lower: list[str] = []
    for tokens in sentences:
        lower += filter(str.islower, tokens.words)
        capitals = [index for index, word in enumerate(tokens.words) if not word.islower()]
        if len(capitals) <= _MAX_TOKENS or len(capitals) <= _MAX_CAPITAL_SHARE * len(tokens.words):
            for first, last in _capital_runs(tokens, capitals):
                _add_run(tokens, first, last, seen)
    return seen, Counter(lower)


def _capital_runs(tokens: Tokens, capitals: Sequence[int]) -> Iterator[tuple[int, int]]:
    last = -1
    for index in capitals:
        if index > last and _has_capital(tokens.words[index]):
            last = index
            while (step := _extension_length(tokens, last)) > 0:
                last += step
            yield index, last


def _extension_length(tokens: Tokens, last: int) -> int:
    """Return how many more tokens belong to a run: one, or "of" and what follows it after a head noun, or none."""
    words = tokens.words
    if last + 1 < len(words) and not words[last + 1].islower() and _continues_name(tokens, last):
        return 1
    if last + 2 >= len(words) or words[last + 1] not in _NAME_PREPOSITIONS or words[last].lower() not in HEAD_NOUNS:
        return 0
    step = 3 if words[last + 2] == "the" and last + 3 < len(words) else 2
    between = tokens.text[tokens.end(last) : tokens.starts[last + step]]
    return step if _has_capital(words[last + step]) and not set(between) & set(",.;:()") else 0


def _has_capital(word: str) -> bool:
    if word[0].isupper():
        return True
    return not word.islower() and not word[0].isdigit() and _CAPITAL_LETTER.search(word) is not None


def _continues_name(tokens: Tokens, index: int) -> bool:
    """Return whether the word after one belongs to the same name, if only a space or the like is between them."""
    left, right = tokens.words[index : index + 2]
    gap = tokens.gap(index)
    initial = gap == ". " and len(left) == 1 and _has_capital(right)
    if not (initial or gap in _GAPS) or _CONTRACTION.search(left):
        return False
    if _has_capital(right):
        return _normalize(right) not in _NOT_NAMES and _normalize(left) not in PERSON_TITLES
    numbered = right.replace(".", "").isdigit() and len(right) < _MAX_TOKENS
    if not numbered or len(left) < _PAIR or _normalize(left) in common_words():
        return False
    return _COUNTED_AFTER.match(tokens.text, tokens.end(index + 1)) is None


def _normalize(word: str) -> str:
    # Few words have an apostrophe, and substituting in all of them costs a tenth of all reading.
    return _NEGATED.sub("", _CONTRACTION.sub("", word)).lower() if "'" in word or "’" in word else word.lower()


def _add_run(tokens: Tokens, first: int, last: int, seen: dict[str, NameCandidate]) -> None:
    word = _normalize(tokens.words[first])
    if first == last and word in _NOT_NAMES_ALONE:
        return
    opening = first == 0 or opens_sentence(tokens.text, tokens.starts[first])
    if first == last and opening and word in common_words():
        return
    titled = first > 0 and _normalize(tokens.words[first - 1]) in PERSON_TITLES
    begin = first
    while first <= last and _is_outside_name(tokens.words, first, last, opening=opening and first == begin):
        titled = _normalize(tokens.words[first]) in PERSON_TITLES
        first += 1
    while last >= first and _normalize(tokens.words[last]) in _NOT_IN_NAMES:
        last -= 1
    if first <= last < first + _MAX_TOKENS:
        start, end = tokens.starts[first], tokens.end(last)
        _count_candidate(tokens.text, start, end, seen, inside=not opening or first > begin, titled=titled)


def opens_sentence(text: str, start: int) -> bool:
    """Return whether a sentence, a quotation or what is in brackets begins at a place."""
    while start:
        start -= 1
        if text[start] in _OPENING_MARKS:
            return True
        if not (text[start].isspace() or text[start] == "'"):
            return False
    return True


def _is_outside_name(words: Sequence[str], first: int, last: int, *, opening: bool) -> bool:
    """Return whether a run's first word is not part of the name: a title, or a sentence's ordinary first word."""
    word = _normalize(words[first])
    if word in _NOT_IN_NAMES:
        return True
    return opening and word in common_words() and not (word in given_names() and first < last)


def _count_candidate(
    sentence: str, start: int, end: int, seen: dict[str, NameCandidate], *, inside: bool, titled: bool
) -> None:
    written = _CONTRACTION.sub("", sentence[start:end])
    key = lookup_key(written)
    words = written.replace("-", " ").split(" ")
    is_grammar = any(word.lower() in _FUNCTION_WORDS and not word.islower() for word in words)
    if len(written) < _MIN_COUNT or is_grammar or key.split(" ", 1)[0] in _FUNCTION_WORDS:
        return
    if _NUMBER_BEFORE.search(sentence, max(0, start - 3), start):
        return
    candidate = seen.setdefault(key, NameCandidate(written))
    candidate.count += 1
    candidate.mid_sentence_count += inside
    candidate.places.append((sentence, start, start + len(written), titled))


_COMPANY_SUFFIXES = word_list("organisation_suffix")
_INDUSTRY_SUFFIXES = word_list("industry_suffix")
_PLACE_SUFFIXES = word_list("place_suffix")
_PRODUCT_SUFFIXES = word_list("product_suffix")
_COMPANY_NOUNS = cue_pattern("company_noun")
# What stands before a name is matched against lower case, which is three times as fast as ignoring case.
_COMPANY_BEFORE = re.compile(
    rf"\b(?:{_COMPANY_NOUNS}) (?:called|named|known as)[ ,\"“]*$|\b(?:{_COMPANY_NOUNS}), $|"
    rf"\b(?:{cue_pattern('company_role').lower()}) (?:of|at|from|in|for) (?:the )?$|"
    r"\b(?:works?|worked|working|job|hired|folks|people|friends|everyone) (?:at|for|over at) $|"
    r"\b(?:sued|acquired|subpoenaed|accused|subpoena to|invested in|stake in) $|"
    rf"\b(?:{_COMPANY_NOUNS})s (?:like|such as|including) (?:[\w.]+(?: [\w.]+)?,? (?:and |or )?)*$"
)
_EMPLOYER_BEFORE = re.compile(r"\b[A-Z][a-z’']+ [A-Z][a-z’']+,? (?:here )?(?:with|at|over at) (?:the )?$")
_COMPANY_APPOSITIVE = re.compile(
    rf",? (?:which is |who are |is )?(?:the|an?|its|our|their)(?: [\w-]+){{0,3}}? (?:{_COMPANY_NOUNS})\b", re.IGNORECASE
)
_PRODUCT_APPOSITIVE = re.compile(
    rf",? (?:which is |is )?(?:the|an?|its|our|their)(?: [\w-]+){{0,3}}? (?:{cue_pattern('product_class')})\b",
    re.IGNORECASE,
)
_PRODUCT_BEFORE = re.compile(
    rf"\b(?:{cue_pattern('product_noun')}) (?:called|named|known as)[ ,\"“]*$|\b(?:using|use|uses|used|install|"
    "installed|version of|written in|built (?:with|on|in)|running|run|on top of) $"
)
_COMPANY_AFTER = re.compile(
    r"['’]s (?:plants?|factory|factories|customers|output|chief|lawyers|headquarters)\b|(?:['’]s)? (?:"
    rf"{cue_pattern('company_predicate')})\b"
)
_SPEECH_AFTER = re.compile(r" (?:said|says)\b")
_PERSON_PRONOUN = re.compile(r"\b(?:he|she|him|his|her)\b")
_PERSON_AFTER = re.compile(rf"(?:['’]s)? (?:{cue_pattern('person_predicate')})")
_PLACE_BEFORE = re.compile(rf"\b(?:{cue_pattern('place_context')}) $")
_IN_OR_NEAR_BEFORE = re.compile(r"(?<!written )(?<!built )(?<!implemented )\b(?:in|near) $")
_PLACE_AFTER = re.compile(r"[.,;!?]|$| (?:and|is|was|are|were|has|have|last|this|next|on|by|for|with|where|who|that)\b")
_PLACE_NAME = re.compile(r"[A-Z][^\W\d_A-Z]+(?:[ -][A-Z][^\W\d_A-Z]+){0,2}")
HEAD_NOUNS = word_list("organisation_head")
"""Words that an organisation's name may begin with, before "of" or "for"."""
_PAIR = 2


def kind_from_context(sentence: str, start: int, end: int) -> EntityKind | None:
    """Return the kind that the words around a name suggest, or None."""
    before = sentence[max(0, start - 40) : start]
    lowered = before.lower()
    if _COMPANY_BEFORE.search(lowered) or _EMPLOYER_BEFORE.search(before):
        return EntityKind.COMPANY
    for pattern, kind in ((_PRODUCT_BEFORE, EntityKind.PRODUCT), (_PLACE_BEFORE, EntityKind.PLACE)):
        if pattern.search(lowered):
            return kind
    if sentence.startswith((", ", " is ", " which "), end):
        for pattern, kind in ((_COMPANY_APPOSITIVE, EntityKind.COMPANY), (_PRODUCT_APPOSITIVE, EntityKind.PRODUCT)):
            if pattern.match(sentence, end):
                return kind
    if _COMPANY_AFTER.match(sentence, end):
        return EntityKind.COMPANY
    if " " not in sentence[start:end] and _SPEECH_AFTER.match(sentence, end):
        is_person = sentence[start:end].lower() in surnames(ordinary=True) or _PERSON_PRONOUN.search(sentence, end)
        return EntityKind.PERSON if is_person else EntityKind.COMPANY
    if _PERSON_AFTER.match(sentence, end):
        return EntityKind.PERSON
    is_place = _IN_OR_NEAR_BEFORE.search(before) and _PLACE_AFTER.match(sentence, end)
    return EntityKind.PLACE if is_place and _PLACE_NAME.fullmatch(sentence, start, end) else None


_FILE_NAME = re.compile(r"\.(?:js|ts|py|rs|go|rb|sh|net)$")


def classify_kind(surface: str, votes: Counter[EntityKind]) -> EntityKind:
    """Return what an unknown name most likely is; `votes` are the kinds that its contexts suggested."""
    parts = [part.strip(".,'’").lower() for part in surface.split()]
    vote = votes.most_common(1)[0][0] if votes else None
    if _FILE_NAME.search(surface):
        return EntityKind.PRODUCT
    if parts[-1] in _COMPANY_SUFFIXES or any(part in HEAD_NOUNS for part in parts[:-1]):
        return EntityKind.COMPANY
    if len(parts) > 1 and parts[-1] in _INDUSTRY_SUFFIXES and parts[0] not in common_words():
        return EntityKind.COMPANY
    if len(parts) > 1 and parts[-1] in _PLACE_SUFFIXES:
        return EntityKind.PLACE
    if parts[-1] in _PRODUCT_SUFFIXES or any(c.isdigit() for c in surface):
        return EntityKind.PRODUCT
    if len(parts) > 1:
        return _classify_multiword(surface, parts, vote)
    if parts[0] in given_names() or (vote is None and parts[0] in surnames(ordinary=False) and surface.istitle()):
        return EntityKind.PERSON
    return vote or (EntityKind.TOPIC if surface.removesuffix("s").isupper() else EntityKind.PRODUCT)


def _classify_multiword(surface: str, parts: Sequence[str], vote: EntityKind | None) -> EntityKind:
    if parts[0].split("-")[0] in given_names():
        return EntityKind.PERSON
    if vote is not None:
        return vote
    strange = [part for part in parts if part not in common_words()]
    if not strange:
        return EntityKind.TOPIC
    if parts[-1] in surnames(ordinary=False):
        return EntityKind.PERSON
    simple = all(part[0].isupper() and part[1:].islower() for part in surface.split())
    return EntityKind.PERSON if simple and len(strange) == len(parts) == _PAIR else EntityKind.PRODUCT


_PASSING_CUE = re.compile(rf"\b(?:{cue_pattern('passing_mention')})(?: the| a| an)? $", re.IGNORECASE)
_POSSESSIVE = re.compile(r"['’]s?\b")
_MIN_LIST = 3


def classify_mentions(quote: str, names: Sequence[NameMatch]) -> tuple[Mention, ...]:
    """Return each name once; the claim is about it if it is so in any of its places."""
    about: dict[tuple[str, EntityKind], bool] = {}
    heard: dict[tuple[str, EntityKind], str] = {}
    for match in names:
        key = (match.name, match.kind)
        about[key] = about.get(key, False) or _is_about(quote, match, names)
        heard[key] = _heard_as(quote, match) if heard.get(key, " ") else ""
    if about and not any(about.values()):
        about[next(iter(about))] = True
    return tuple(Mention(*key, is_about, heard[key]) for key, is_about in about.items())


_PLURAL_BEFORE = re.compile(
    r"\b(?:\d+|\w{3,}s|an?|the|of|all|both|few|many|more|most|other|our|some|those|these|two|three) $"
)
_PLURAL_AFTER = re.compile(r" (?:are|were|have|do|don['’]t|and|or|of the|we|they|that)\b")


def _heard_as(quote: str, match: NameMatch) -> str:
    """Return the words that were misheard for a name, or heard as its plural though one company is meant."""
    words = quote[match.start : match.end]
    is_plural = match.kind is EntityKind.COMPANY and words == f"{match.name}s"
    if is_plural and not (_PLURAL_BEFORE.search(quote, 0, match.start) or _PLURAL_AFTER.match(quote, match.end)):
        return words
    return words if match.is_misheard else ""


def _is_about(quote: str, name: NameMatch, names: Sequence[NameMatch]) -> bool:
    before = quote[max(0, name.start - 30) : name.start]
    if _PASSING_CUE.search(before):
        return False
    if quote.rfind("(", 0, name.start) > quote.rfind(")", 0, name.start):
        return False
    return name.start == names[0].start or not (_is_in_list(quote, name, names) or _POSSESSIVE.match(quote, name.end))


def _is_in_list(quote: str, name: NameMatch, names: Sequence[NameMatch]) -> bool:
    """Return whether a name is in a list of three or more that does not open the sentence."""
    chain = [name]
    for other in names:
        if other.start > chain[-1].start and re.fullmatch(r",? ?(?:and|or|,)? ?", quote[chain[-1].end : other.start]):
            chain.append(other)
    for other in reversed(names):
        if other.end < chain[0].start and re.fullmatch(r",? ?(?:and|or|,)? ?", quote[other.end : chain[0].start]):
            chain.insert(0, other)
    return len(chain) >= _MIN_LIST and chain[0].start > 0


_CAPITALISED_RUN = re.compile(
    r"(?<![A-Za-z0-9])(?:[A-Z][\w&.’'+#-]*[\w+#](?:\s(?:[A-Z][\w&.’'+#-]*[\w+#]|[A-Z]\b|\d[\w.]*))*|[A-Z]\b)"
)


def find_names(text: str) -> list[str]:
    """Return capitalised runs; the first word of a sentence is among them, for the caller to judge."""
    return [match.group() for match in _CAPITALISED_RUN.finditer(text)]
