"""The gate: a sentence goes out only if the claims it cites say everything that it says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Protocol

from bot.domain import Brief, Card, Claim, Modality, Statement
from bot.nlp import facts
from bot.nlp.gazetteer import lexicon, words
from bot.nlp.tokens import content, stem
from bot.verification import alignment, attribution
from bot.verification.arithmetic import derived
from bot.verification.issues import WORDS, Fault, Problem, bare, bare_words, evidence

_QUOTED = re.compile(r"“([^”]+)”")
_VERBS = (
    "said|says|say|told|tells|argued|argues|added|adds|noted|notes|thinks|expects|predicts|alleged|disagrees|warned"
)
_NAMED = r"[A-Z][\w.’'-]*(?: (?:[A-Z][\w.’'-]*|de|van|von|al|bin))*"
_SPEAKERS = re.compile(rf"(?P<before>{_NAMED}) (?:{_VERBS})\b|\b(?:{_VERBS}) (?P<after>{_NAMED})")
_STAGE = re.compile(r"\b(?:said|argued|alleged|told) on (?=[A-Z]|the same)")
_STAGE_SHOWN = 40
_ADJECTIVE, _PLACE = (1, 2), 4
_COUNTED = re.compile(
    r"(?<![\d.,])\b(?P<number>\d+|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
    r" (?:\w+ )?(?P<noun>shows?|conversations?|episodes?|claims?|people|voices?|days?)\b",
    re.IGNORECASE,
)
_NUMBERS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
_OURS = re.compile(
    r"a|according|alleged|answer|also|came|figures|last|source|voice|word|an|and|another|as|at|both|but|by|disagreement|earlier|"
    r"elsewhere|expects|first|forecast|from|heard|how|in|it|meanwhile|more|most|"
    r"next|no|nobody|not|of|on|one|only|other|others|relayed|relaying|same|says"
    r"|since|so|still|that|the|their|then|there|these|this|those|told|two|three"
    r"|four|five|six|seven|eight|nine|ten|eleven|twelve|unnamed|speaker|update|"
    r"voices|watch|what|when|where|whether|which|who|why|with"
)


class Gate(Protocol):
    """Holds a sentence against the claims it cites."""

    def __call__(self, statement: Statement, claims: Sequence[Claim], *, attributed: bool) -> list[Problem]:
        """Return what the claims do not bear out; `attributed` has it name who passed hearsay on."""


def supported(statement: str, claims: Sequence[Claim], *, attributed: bool = True) -> list[Problem]:
    """Return what the claims do not bear out; an empty list lets the sentence through.

    Headlines and the line that joins them are read together with the sentences below: with `attributed` False,
    hearsay has to name whose claim it is but not who passed it on.
    """
    if not claims:
        return [Problem(Fault.EVIDENCE, statement)]
    told = [claim for claim in claims if _tells(statement, claim)]
    return [
        *stated(statement, claims),
        *_exact(statement, claims),
        *attribution.causes(statement, claims),
        *attribution.modality(statement, told),
        *(attribution.hearsay(statement, told) if attributed else attribution.owned(statement, told)),
        *attribution.qualifiers(statement, told),
        *alignment.altered(statement, told),
    ]


def stated(statement: str, claims: Sequence[Claim], *, reworded: bool = False) -> list[Problem]:
    """Return which quotes, counts, figures, dates, names, speakers and places the claims do not have.

    Where it is `reworded`, it may open with any word of every day, and use other forms of a name.
    """
    return [
        *_quotes(statement, claims),
        *_counts(statement, claims),
        *_figures(statement, claims),
        *_dates(statement, claims),
        *_names(statement, claims, reworded=reworded),
        *_speakers(statement, claims),
        *_places(statement, claims),
    ]


def plainly(statement: Statement, claims: Sequence[Claim], *, attributed: bool) -> list[Problem]:
    """Hold a sentence of ours against the claims it cites."""
    return supported(statement.text, claims, attributed=attributed)


def check(brief: Brief, gate: Gate = plainly) -> list[Problem]:
    """Return the problems of a whole brief, cards included; one with problems never goes out."""
    known = brief.claims
    statements = [*brief.argument, brief.closing]
    statements += [part for signal in brief.signals for part in (*signal.said, signal.matters, signal.watch)]
    problems = [problem for statement in statements for problem in _statement(statement, brief, gate)]
    problems += _statement(brief.dek, brief, gate, attributed=False)
    for signal in brief.signals:
        problems += _headline(signal.headline, signal.claims, gate)
    if brief.headline:
        found = [_headline(brief.headline, signal.claims, gate) for signal in brief.signals]
        problems += next((one for one in found if not one), found[0] if found else [])
    for card in brief.cards:
        problems += unsound(card, known.get(card.claim))
    return problems


def _headline(words: str, claims: Sequence[Claim], gate: Gate) -> list[Problem]:
    """Hold a headline against the first claim of its signal; nothing else in the signal may excuse it."""
    return gate(Statement(words.removeprefix("Update: ")), claims[:1], attributed=False)


def unsound(card: Card, claim: Claim | None) -> list[Problem]:
    """Return what a card shows that its claim does not say; its hedge has to be there too."""
    if claim is None:
        return [Problem(Fault.EVIDENCE, card.value)]
    found = [] if card.value in claim.quote else [Problem(Fault.FIGURE, card.value)]
    if claim.modality is Modality.ALLEGED and not facts.ALLEGED.search(card.hedge):
        found.append(Problem(Fault.HEDGE, card.value))
    shown = f"{card.hedge} {card.value}".lower()
    lost = [figure for figure in claim.figures if figure.text in card.value and figure.hedge.lower() not in shown]
    return [*found, *(Problem(Fault.HEDGE, figure.hedge) for figure in lost), *_names(card.label, [claim])]


def _statement(statement: Statement, brief: Brief, gate: Gate, *, attributed: bool = True) -> list[Problem]:
    if not statement.text:
        return []
    known = brief.claims
    unknown = [Problem(Fault.EVIDENCE, missing) for missing in statement.claims if missing not in known]
    return unknown or gate(statement, [known[cited] for cited in statement.claims], attributed=attributed)


def _everything(claim: Claim, statement: str) -> str:
    """Return all that a sentence may take names from; a show's only as a whole: it may be called after its host."""
    show = claim.origin.show if claim.origin.show in statement else ""
    title = claim.origin.title.replace(claim.origin.show, show)
    people = (claim.speaker, claim.claimant, *claim.relayers)
    entities = (mention.name for mention in claim.entities)
    return "\n".join((evidence(claim), show, title, *people, *entities))


def _tells(statement: str, claim: Claim) -> bool:
    named = {stem(word) for word in WORDS.findall(f"{claim.speaker} {claim.claimant} {claim.origin.show}")}
    return len((set(content(statement)) & set(content(evidence(claim)))) - named) > 1


def _quotes(statement: str, claims: Sequence[Claim]) -> Iterator[Problem]:
    for quoted in _QUOTED.findall(statement):
        pieces = [piece.strip(" .,;") for piece in quoted.split("…") if piece.strip(" .,;")]
        if not any(_in_order(pieces, text) for claim in claims for text in (claim.quote, claim.text)):
            yield Problem(Fault.QUOTE, quoted)


def _in_order(pieces: Sequence[str], text: str) -> bool:
    at, text = 0, text.lower()
    for piece in pieces:
        at = text.find(piece.lower(), at)
        if at < 0:
            return False
        at += len(piece)
    return True


def _counts(statement: str, claims: Sequence[Claim]) -> Iterator[Problem]:
    said = " ".join(evidence(claim).lower() for claim in claims)
    for match in _COUNTED.finditer(_QUOTED.sub("", statement)):
        number, noun = match["number"].lower(), match["noun"].lower().rstrip("s")
        count = int(number) if number.isdigit() else _NUMBERS.index(number)
        named = "pe(?:rson|ople)" if noun == "people" else noun
        if count not in _countable(noun, claims) and not re.search(rf"\b{number}[ -](?:\w+ )?{named}", said):
            yield Problem(Fault.COUNT, match.group())


def _countable(noun: str, claims: Sequence[Claim]) -> set[int]:
    dates = {claim.origin.date for claim in claims}
    counts = {
        "show": {len({claim.origin.show for claim in claims})},
        "claim": {len(claims)},
        "people": {len({claim.speaker for claim in claims})},
        "voice": {len({claim.speaker for claim in claims})},
        "day": {(max(dates) - min(dates)).days + 1},
    }
    return counts.get(noun, {len({claim.origin.conversation for claim in claims})})


def _figures(statement: str, claims: Sequence[Claim]) -> Iterator[Problem]:
    known = _amounts(claims)
    named = " ".join(f"{_named(claim)} {claim.origin.title}" for claim in claims)
    for amount in facts.amounts(_COUNTED.sub("", statement)):
        said = any(amount.same(other) for other in known) or derived(amount, known, statement)
        if not said and not re.search(rf"(?<!\w){re.escape(amount.text)}(?!\w)", named):
            yield Problem(Fault.FIGURE, amount.text)


def _exact(statement: str, claims: Sequence[Claim]) -> Iterator[Problem]:
    """Find amounts told without the hedge that each of those who gave them put before them."""
    known = _amounts(claims)
    for amount in facts.amounts(_COUNTED.sub("", statement)):
        same = [other for other in known if amount.same(other)]
        if same and not amount.hedged and all(other.hedged for other in same):
            yield Problem(Fault.HEDGE, amount.text)


def _amounts(claims: Sequence[Claim]) -> list[facts.Amount]:
    return [amount for claim in claims for text in (claim.quote, claim.text) for amount in facts.amounts(text)]


def _dates(statement: str, claims: Sequence[Claim]) -> Iterator[Problem]:
    known = [day for claim in claims for day in facts.dates(evidence(claim))]
    named = " ".join(f"{_named(claim)} {evidence(claim)}" for claim in claims)
    for day in facts.dates(statement):
        if not any(day.within(other) for other in known) and not re.search(rf"\b{re.escape(day.text)}\b", named):
            yield Problem(Fault.DATE, day.text)


def _named(claim: Claim) -> str:
    return " ".join((claim.origin.show, claim.speaker, claim.claimant, *(m.name for m in claim.entities)))


def _names(statement: str, claims: Sequence[Claim], *, reworded: bool = False) -> Iterator[Problem]:
    known = {bare(word) for claim in claims for word in WORDS.findall(_everything(claim, statement))}
    measured = {word for amount in facts.amounts(statement) for word in WORDS.findall(amount.text)}
    first = next(iter(WORDS.findall(statement)), "")
    for name in facts.names(statement):
        for word in WORDS.findall(name) if bare("".join(name.split())) not in known else ():
            ordinary = _OURS.fullmatch(bare(word)) or word in measured or facts.dates(word)
            opening = word == first and statement.startswith(name) and _ordinary(bare(word))
            known_so = bare(word) in known or (reworded and (opening or _formed(bare(word), known)))
            if not ordinary and not known_so:
                yield Problem(Fault.NAME, name)
                break


def _ordinary(word: str) -> bool:
    """Whether a word is one of every day, in any of its forms, and nobody's name."""
    forms = (word, stem(word), f"{stem(word)}e")
    return any(form in words() for form in forms) and lexicon().get(word) is None


def _formed(word: str, known: set[str]) -> bool:
    """Whether a name is known in another number, or as the adjective of one: UTXOs, Treasuries, Californian."""
    adjective = any(word[:-cut] in known for cut in _ADJECTIVE if len(word) > _PLACE + cut)
    return adjective or stem(word) in {stem(one) for one in known}


def _speakers(statement: str, claims: Sequence[Claim]) -> Iterator[Problem]:
    said = " ".join(evidence(claim) for claim in claims)
    people = {person for claim in claims for person in (claim.speaker, claim.claimant, *claim.relayers)}
    shows = {claim.origin.show for claim in claims}
    for match in _SPEAKERS.finditer(_QUOTED.sub("“”", statement)):
        name = match["before"] or match["after"]
        known = any(bare_words(name) <= bare_words(person) for person in people | shows)
        if not known and match.group() not in said and not (len(name) > 1 and _OURS.fullmatch(bare(name))):
            yield Problem(Fault.SPEAKER, name)
    yield from _stages(statement, said, shows)


def _stages(statement: str, said: str, shows: set[str]) -> Iterator[Problem]:
    """Find a show that somebody is said to have spoken on and that no cited claim comes from."""
    ours = "|".join(map(re.escape, sorted({*shows, "the same show"}, key=len, reverse=True)))
    for match in _STAGE.finditer(statement):
        named = re.match(rf"(?:{ours})(?!\w|['’]| [A-Z&])", statement[match.end() :])
        if not named and statement[match.start() : match.end() + 1] not in said:
            yield Problem(Fault.SPEAKER, statement[match.end() :][:_STAGE_SHOWN])


def _places(statement: str, claims: Sequence[Claim]) -> Iterator[Problem]:
    """Find people said to have spoken on a show where no cited claim has them speak."""
    pairs = {(claim.speaker, claim.origin.show) for claim in claims}
    speakers, shows = ({pair[place] for pair in pairs} for place in (0, 1))
    named = sorted(speakers | {f" on {show}" for show in shows}, key=len, reverse=True)
    speaking: list[str] = []
    for match in re.finditer("|".join(map(re.escape, named)), _QUOTED.sub("", statement)):
        if match.group() in speakers:
            speaking.append(match.group())
        else:
            show = match.group().removeprefix(" on ")
            yield from (Problem(Fault.SPEAKER, f"{one} on {show}") for one in speaking if (one, show) not in pairs)
            speaking = []
