"""How many changed sentences the gate stops, and how many true ones: told claims with one thing altered in each.

Run: python bench/grounding.py [folder of conversation JSONL.gz files] [--show N]
Every claim that can be told is told; the sentence as it is must pass, and with one digit, unit, date, name, speaker,
show, hedge, doubt, cause or denial altered must not. `--show N` prints N of the misses of each sort.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from zlib import crc32

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.claims import DATA, conversations
from bot.claims.context import MAX_NEED, MAX_SENTENCE_LENGTH
from bot.claims.extractor import extract_claims
from bot.claims.statements import write_statement
from bot.domain import UNKNOWN_SPEAKER, Claim
from bot.nlp import sentences
from bot.verification.extractive import violations

MOST = 4_000
TELLABLE = 1.2
UNITS = (("million", "billion"), ("billion", "million"), ("percent", "points"), ("%", " points"), ("$", "€"))
DATES = (
    ("January", "March"),
    ("June", "April"),
    ("2024", "2019"),
    ("2023", "2016"),
    ("Monday", "Friday"),
    ("Q2", "Q3"),
)
LINK = re.compile(r",? and (?=[a-z]+ (?:is|was|are|has|have|will|can)\b|it |they |we )")

Mutation = Callable[[str, Claim, Claim], str]


def digit(words: str, _: Claim, __: Claim) -> str:
    """Change one digit of an amount."""
    places = [match.start() for match in re.finditer(r"(?<![A-Za-z-])\d", words)]
    if not places:
        return words
    chance = crc32(words.encode())
    at = places[chance % len(places)]
    return f"{words[:at]}{(int(words[at]) + 1 + chance % 8) % 10}{words[at + 1 :]}"


def unit(words: str, _: Claim, __: Claim) -> str:
    """Swap a magnitude, a share for points, or a currency."""
    for old, new in UNITS:
        if re.search(rf"\d ?{re.escape(old)}|{re.escape(old)}\d", words):
            return words.replace(old, new, 1)
    return words


def date(words: str, _: Claim, __: Claim) -> str:
    """Move a month, a year, a weekday or a quarter."""
    return next((words.replace(old, new, 1) for old, new in DATES if old in words), words)


def name(words: str, claim: Claim, other: Claim) -> str:
    """Put another claim's name in the place of one."""
    mine = [mention.name for mention in claim.entities if mention.name in words]
    theirs = [mention.name for mention in other.entities if mention.name not in f"{claim.quote} {claim.text}"]
    return words.replace(mine[0], theirs[0], 1) if mine and theirs and theirs[0][0].isupper() else words


def hedge(words: str, _: Claim, __: Claim) -> str:
    """Drop what made an amount uncertain."""
    return re.sub(
        r"\b(?:nearly|almost|about|around|roughly|approximately|up to|at least|at most|more than|less than|over) "
        r"(?=[$€£]?\d)",
        "",
        words,
        count=1,
    )


def doubt(words: str, _: Claim, __: Claim) -> str:
    """Drop what made a statement uncertain."""
    changed = re.sub(
        r"\b(?:probably|possibly|perhaps|maybe|reportedly|allegedly|apparently|likely) ", "", words, count=1
    )
    return changed if changed != words else re.sub(r"\b(?:may|might|could) (?=[a-z])", "will ", words, count=1)


def cause(words: str, _: Claim, __: Claim) -> str:
    """Make one of two things said side by side the cause of the other."""
    return LINK.sub(" because ", words, count=1)


def linked(words: str, claim: Claim, other: Claim) -> str:
    """Make another claim the effect of this one."""
    more = sentences.shorten_at_clause(sentences.strip_fillers(other.text), MAX_SENTENCE_LENGTH)
    return f"{words}, which led to this: {more[0].lower()}{more[1:]}" if more and claim.id != other.id else words


def denial(words: str, _: Claim, __: Claim) -> str:
    """Deny what was affirmed, or affirm what was denied."""
    affirmed = re.sub(
        r"\b(is|was|are|were|has|have|will|can|could|would|did|does|do)(?:n['’]t| not) ", r"\1 ", words, count=1
    )
    return (
        affirmed if affirmed != words else re.sub(r"\b(is|was|are|were|will|can) (?!not)", r"\1 not ", words, count=1)
    )


CHANGES: dict[str, Mutation] = {
    "digit": digit,
    "unit": unit,
    "date": date,
    "name": name,
    "hedge": hedge,
    "doubt": doubt,
    "cause": cause,
    "effect": linked,
    "denial": denial,
}


def altered(claim: Claim, other: Claim) -> Iterator[tuple[str, str, list[Claim]]]:
    """Yield each sort of change with the altered sentence and what it cites."""
    sentence = write_statement(claim).text
    words = sentences.shorten_at_clause(sentences.strip_fillers(claim.text), MAX_SENTENCE_LENGTH)
    for sort, change in CHANGES.items():
        changed = change(words, claim, other)
        if changed != words:
            yield sort, sentence.replace(words, changed, 1), [claim, other] if sort == "effect" else [claim]
    if UNKNOWN_SPEAKER not in {claim.speaker, other.speaker} and claim.speaker not in f"{other.speaker} {words}":
        yield "speaker", sentence.replace(claim.speaker, other.speaker), [claim]
    if claim.origin.show != other.origin.show and claim.origin.show not in words:
        yield "show", sentence.replace(claim.origin.show, other.origin.show), [claim]


def tellable(folder: Path) -> list[Claim]:
    """Return the claims that a brief could tell, evenly over all conversations."""
    found = [
        c
        for said in conversations(folder)
        for c in extract_claims(said).claims
        if c.importance > TELLABLE and c.needs_context < MAX_NEED and write_statement(c).text
    ]
    return found[:: max(1, len(found) // MOST)]


def report(label: str, total: int, stopped: int) -> str:
    """Return one line of the table."""
    return f"{label:10} {total:6} {stopped:6} {stopped / total:8.2%}" if total else f"{label:10}      0"


def measure(claims: Sequence[Claim], show: int) -> None:
    """Print the table."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    missed: dict[str, list[str]] = defaultdict(list)
    for claim in claims:
        good = violations(write_statement(claim).text, [claim])
        counts["(true)"][0] += 1
        counts["(true)"][1] += bool(good)
        missed["(true)"] += [f"{good} {write_statement(claim).text}"] if good else []
        for sort, sentence, cited in altered(claim, claims[crc32(claim.id.encode()) % len(claims)]) if not good else ():
            stopped = bool(violations(sentence, cited))
            counts[sort][0] += 1
            counts[sort][1] += stopped
            missed[sort] += [] if stopped else [sentence]
    print(f"{'changed':10} {'count':>6} {'blocked':>6} {'share':>8}")
    for sort, (total, blocked) in counts.items():
        print(report(sort, total, blocked))
        for sentence in islice(missed[sort], show):
            print(f"      {sentence}")
    wrong = [pair for sort, pair in counts.items() if sort != "(true)"]
    print(report("all", sum(total for total, _ in wrong), sum(blocked for _, blocked in wrong)))


def main() -> None:
    """Measure over the conversations, where they are."""
    arguments = [one for one in sys.argv[1:] if not one.startswith("--")]
    show = int(arguments.pop()) if "--show" in sys.argv else 0
    folder = Path(arguments[0]) if arguments else DATA
    if not folder.exists():
        print(f"conversations are not here: {folder}")
        return
    measure(tellable(folder), show)


if __name__ == "__main__":
    main()
