"""The gate for our own sentences: one goes out only if the claims it cites say everything that it says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Protocol

from bot.domain import Brief, Claim, Modality, StatCard, Statement
from bot.nlp.dates import find_dates
from bot.nlp.entities import find_names
from bot.nlp.gazetteer import common_words, default_gazetteer
from bot.nlp.lexicons import ALLEGATION_MARKERS, cue_pattern, word_list
from bot.nlp.numbers import Amount, find_amounts, parse_number
from bot.nlp.tokens import shared_stems, stem
from bot.verification import alignment, attribution
from bot.verification.arithmetic import is_derivable
from bot.verification.issues import (
    WORD_PATTERN,
    Violation,
    ViolationKind,
    evidence_text,
    normalize_word,
    normalized_words,
)

_QUOTED = re.compile(r"“([^”]+)”")
_SPEECH_VERBS = cue_pattern("speech_verb")
_NAME = r"[A-Z][\w.’'-]*(?: (?:[A-Z][\w.’'-]*|de|van|von|al|bin))*"
_SPEAKERS = re.compile(rf"(?P<before>{_NAME}) (?:{_SPEECH_VERBS})\b|\b(?:{_SPEECH_VERBS}) (?P<after>{_NAME})")
_SPOKE_ON_SHOW = re.compile(r"\b(?:said|argued|alleged|told) on (?=[A-Z]|the same)")
_SHOWN_CHARS = 40
_ADJECTIVE_ENDINGS, _MIN_PLACE_CHARS = (1, 2), 4
_COUNTED = re.compile(
    r"(?<![\d.,])\b(?P<number>\d+|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
    r" (?:\w+ )?(?P<noun>shows?|conversations?|episodes?|claims?|people|voices?|days?)\b",
    re.IGNORECASE,
)
_CONNECTIVE_WORDS = word_list("connective")


class Verifier(Protocol):
    """Checks a sentence against the claims it cites."""

    def __call__(self, statement: Statement, claims: Sequence[Claim], *, require_relayer: bool) -> list[Violation]:
        """Return what the claims do not support; with `require_relayer`, it has to name who passed hearsay on."""


def violations(statement: str, claims: Sequence[Claim], *, require_relayer: bool = True) -> list[Violation]:
    """Return what the claims do not support; an empty list lets the sentence through.

    Headlines and the line that joins them are read together with the sentences below: with `require_relayer` False,
    hearsay has to name whose claim it is but not who passed it on.
    """
    if not claims:
        return [Violation(ViolationKind.NO_EVIDENCE, statement)]
    restated = [claim for claim in claims if _is_restating(statement, claim)]
    return [
        *factual_violations(statement, claims),
        *_lost_hedges(statement, claims),
        *attribution.cause_violations(statement, claims),
        *attribution.modality_violations(statement, restated),
        *(
            attribution.hearsay_violations(statement, restated)
            if require_relayer
            else attribution.claimant_violations(statement, restated)
        ),
        *attribution.qualifier_violations(statement, restated),
        *alignment.alignment_violations(statement, restated),
    ]


def factual_violations(statement: str, claims: Sequence[Claim], *, is_reworded: bool = False) -> list[Violation]:
    """Return the quotes, counts, figures, dates, names, speakers and places that the claims do not have.

    A sentence that `is_reworded` may open with any ordinary word, and use other forms of a name.
    """
    return [
        *_quote_violations(statement, claims),
        *_count_violations(statement, claims),
        *_figure_violations(statement, claims),
        *_date_violations(statement, claims),
        *_name_violations(statement, claims, is_reworded=is_reworded),
        *_speaker_violations(statement, claims),
        *_speaker_show_violations(statement, claims),
    ]


def statement_violations(statement: Statement, claims: Sequence[Claim], *, require_relayer: bool) -> list[Violation]:
    """Return what a statement says that the claims it cites do not support."""
    return violations(statement.text, claims, require_relayer=require_relayer)


def brief_violations(brief: Brief, verifier: Verifier = statement_violations) -> list[Violation]:
    """Return the violations of a whole brief, cards included; a brief that has any never goes out."""
    known = brief.claims_by_id
    statements = [*brief.argument, brief.closing, *(part for signal in brief.signals for part in signal.sentences)]
    problems = [issue for statement in statements for issue in _cited_violations(statement, brief, verifier)]
    problems += _cited_violations(brief.dek, brief, verifier, require_relayer=False)
    for signal in brief.signals:
        problems += _headline_violations(signal.headline, signal.claims, verifier)
    if brief.headline:
        violations = [_headline_violations(brief.headline, signal.claims, verifier) for signal in brief.signals]
        problems += min(violations, key=bool, default=[])
    for card in brief.cards:
        problems += card_violations(card, known.get(card.claim))
    return problems


def _headline_violations(text: str, claims: Sequence[Claim], verifier: Verifier) -> list[Violation]:
    """Check a headline against the first claim of its signal; nothing else in the signal may excuse it."""
    return verifier(Statement(text.removeprefix("Update: ")), claims[:1], require_relayer=False)


def card_violations(card: StatCard, claim: Claim | None) -> list[Violation]:
    """Return what a card shows that its claim does not say, and the hedge that it lacks."""
    if claim is None:
        return [Violation(ViolationKind.NO_EVIDENCE, card.value)]
    violations = [] if card.value in claim.quote else [Violation(ViolationKind.FIGURE, card.value)]
    if claim.modality is Modality.ALLEGED and not ALLEGATION_MARKERS.search(card.hedge):
        violations.append(Violation(ViolationKind.HEDGE, card.value))
    shown = f"{card.hedge} {card.value}".lower()
    lost = [figure for figure in claim.figures if figure.text in card.value and figure.hedge.lower() not in shown]
    return [
        *violations,
        *(Violation(ViolationKind.HEDGE, figure.hedge) for figure in lost),
        *_name_violations(card.label, [claim]),
    ]


def _cited_violations(
    statement: Statement, brief: Brief, verifier: Verifier, *, require_relayer: bool = True
) -> list[Violation]:
    if not statement.text:
        return []
    known = brief.claims_by_id
    unknown = [Violation(ViolationKind.NO_EVIDENCE, missing) for missing in statement.claims if missing not in known]
    return unknown or verifier(statement, [known[cited] for cited in statement.claims], require_relayer=require_relayer)


def _name_sources(claim: Claim, statement: str) -> str:
    """Return all that a sentence may take names from; a show's only as a whole, as it may be named after its host."""
    show = claim.origin.show if claim.origin.show in statement else ""
    title = claim.origin.title.replace(claim.origin.show, show)
    people = (claim.speaker, claim.claimant, *claim.relayers)
    entities = (mention.name for mention in claim.entities)
    return "\n".join((evidence_text(claim), show, title, *people, *entities))


def _is_restating(statement: str, claim: Claim) -> bool:
    named = {stem(word) for word in WORD_PATTERN.findall(f"{claim.speaker} {claim.claimant} {claim.origin.show}")}
    return len(shared_stems(statement, evidence_text(claim)) - named) > 1


def _quote_violations(statement: str, claims: Sequence[Claim]) -> Iterator[Violation]:
    for quoted in _QUOTED.findall(statement):
        pieces = [piece.strip(" .,;") for piece in quoted.split("…") if piece.strip(" .,;")]
        if not any(_has_in_order(pieces, text) for claim in claims for text in (claim.quote, claim.text)):
            yield Violation(ViolationKind.QUOTE, quoted)


def _has_in_order(pieces: Sequence[str], text: str) -> bool:
    at, text = 0, text.lower()
    for piece in pieces:
        at = text.find(piece.lower(), at)
        if at < 0:
            return False
        at += len(piece)
    return True


def _count_violations(statement: str, claims: Sequence[Claim]) -> Iterator[Violation]:
    evidence = " ".join(evidence_text(claim).lower() for claim in claims)
    for match in _COUNTED.finditer(_QUOTED.sub("", statement)):
        number, noun = match["number"].lower(), match["noun"].lower().rstrip("s")
        count = parse_number(number)
        named = "pe(?:rson|ople)" if noun == "people" else noun
        if count not in _known_counts(noun, claims) and not re.search(rf"\b{number}[ -](?:\w+ )?{named}", evidence):
            yield Violation(ViolationKind.COUNT, match.group())


def _known_counts(noun: str, claims: Sequence[Claim]) -> set[int]:
    dates = {claim.origin.date for claim in claims}
    counts = {
        "show": {len({claim.origin.show for claim in claims})},
        "claim": {len(claims)},
        "people": {len({claim.speaker for claim in claims})},
        "voice": {len({claim.speaker for claim in claims})},
        "day": {(max(dates) - min(dates)).days + 1},
    }
    return counts.get(noun, {len({claim.origin.conversation for claim in claims})})


def _figure_violations(statement: str, claims: Sequence[Claim]) -> Iterator[Violation]:
    known = _evidence_amounts(claims)
    named = " ".join(f"{_names_in_claim(claim)} {claim.origin.title}" for claim in claims)
    for amount in _stated_amounts(statement):
        supported = any(amount.matches(other) for other in known) or is_derivable(amount, known, statement)
        if not supported and not re.search(rf"(?<!\w){re.escape(amount.text)}(?!\w)", named):
            yield Violation(ViolationKind.FIGURE, amount.text)


def _lost_hedges(statement: str, claims: Sequence[Claim]) -> Iterator[Violation]:
    """Yield amounts without the hedge that everybody who gave them put before them."""
    known = _evidence_amounts(claims)
    for amount in _stated_amounts(statement):
        same = [other for other in known if amount.matches(other)]
        if same and not amount.hedged and all(other.hedged for other in same):
            yield Violation(ViolationKind.HEDGE, amount.text)


def _stated_amounts(statement: str) -> list[Amount]:
    """Return the amounts of a sentence that aren't counts of ours, such as "three shows"."""
    counts = [match.span() for match in _COUNTED.finditer(statement)]
    return [each for each in find_amounts(statement) if not any(a <= each.start < b for a, b in counts)]


def _evidence_amounts(claims: Sequence[Claim]) -> list[Amount]:
    return [amount for claim in claims for text in (claim.quote, claim.text) for amount in find_amounts(text)]


def _date_violations(statement: str, claims: Sequence[Claim]) -> Iterator[Violation]:
    known = [day for claim in claims for day in find_dates(evidence_text(claim))]
    named = " ".join(f"{_names_in_claim(claim)} {evidence_text(claim)}" for claim in claims)
    for day in find_dates(statement):
        if not any(day.is_covered_by(other) for other in known) and not re.search(rf"\b{re.escape(day.text)}\b", named):
            yield Violation(ViolationKind.DATE, day.text)


def _names_in_claim(claim: Claim) -> str:
    return " ".join((claim.origin.show, claim.speaker, claim.claimant, *(m.name for m in claim.entities)))


def _name_violations(statement: str, claims: Sequence[Claim], *, is_reworded: bool = False) -> Iterator[Violation]:
    known = {normalize_word(word) for claim in claims for word in WORD_PATTERN.findall(_name_sources(claim, statement))}
    measured = {word for amount in find_amounts(statement) for word in WORD_PATTERN.findall(amount.text)}
    first = next(iter(WORD_PATTERN.findall(statement)), "")
    for name in find_names(statement):
        for word in WORD_PATTERN.findall(name) if normalize_word("".join(name.split())) not in known else ():
            ordinary = normalize_word(word) in _CONNECTIVE_WORDS or word in measured or find_dates(word)
            opening = word == first and statement.startswith(name) and _is_ordinary_word(normalize_word(word))
            known_so = normalize_word(word) in known or (
                is_reworded and (opening or _is_inflected_form(normalize_word(word), known))
            )
            if not ordinary and not known_so:
                yield Violation(ViolationKind.NAME, name)
                break


def _is_ordinary_word(word: str) -> bool:
    """Return whether a word is an ordinary one, in any of its forms, and nobody's name."""
    forms = (word, stem(word), f"{stem(word)}e")
    return any(form in common_words() for form in forms) and default_gazetteer().get(word) is None


def _is_inflected_form(word: str, known: set[str]) -> bool:
    """Return whether a name is known in another number, or is the adjective of one: UTXOs, Treasuries, Californian."""
    adjective = any(word[:-cut] in known for cut in _ADJECTIVE_ENDINGS if len(word) > _MIN_PLACE_CHARS + cut)
    return adjective or stem(word) in set(map(stem, known))


def _speaker_violations(statement: str, claims: Sequence[Claim]) -> Iterator[Violation]:
    evidence = " ".join(evidence_text(claim) for claim in claims)
    people = {person for claim in claims for person in (claim.speaker, claim.claimant, *claim.relayers)}
    shows = {claim.origin.show for claim in claims}
    for match in _SPEAKERS.finditer(_QUOTED.sub("“”", statement)):
        name = match["before"] or match["after"]
        known = any(normalized_words(name) <= normalized_words(person) for person in people | shows)
        if (
            not known
            and match.group() not in evidence
            and not (len(name) > 1 and normalize_word(name) in _CONNECTIVE_WORDS)
        ):
            yield Violation(ViolationKind.SPEAKER, name)
    yield from _show_violations(statement, evidence, shows)


def _show_violations(statement: str, evidence: str, shows: set[str]) -> Iterator[Violation]:
    """Yield shows that somebody is said to have spoken on and that no cited claim comes from."""
    ours = "|".join(map(re.escape, sorted({*shows, "the same show"}, key=len, reverse=True)))
    for match in _SPOKE_ON_SHOW.finditer(statement):
        named = re.match(rf"(?:{ours})(?!\w|['’]| [A-Z&])", statement[match.end() :])
        if not named and statement[match.start() : match.end() + 1] not in evidence:
            yield Violation(ViolationKind.SPEAKER, statement[match.end() :][:_SHOWN_CHARS])


def _speaker_show_violations(statement: str, claims: Sequence[Claim]) -> Iterator[Violation]:
    """Yield people said to have spoken on a show on which no cited claim has them speak."""
    pairs = {(claim.speaker, claim.origin.show) for claim in claims}
    speakers, shows = ({pair[place] for pair in pairs} for place in (0, 1))
    named = sorted(speakers | {f" on {show}" for show in shows}, key=len, reverse=True)
    speaking: list[str] = []
    for match in re.finditer("|".join(map(re.escape, named)), _QUOTED.sub("", statement)):
        if match.group() in speakers:
            speaking.append(match.group())
        else:
            show = match.group().removeprefix(" on ")
            yield from (
                Violation(ViolationKind.SPEAKER, f"{speaker} on {show}")
                for speaker in speaking
                if (speaker, show) not in pairs
            )
            speaking = []
