"""How many wrong sentences the gate for a model's own words stops, and how many right ones.

Run: python bench/admitting.py [--show N]
`reworded.jsonl` has sentences written by hand about claims of the real conversations, in other words and another order,
each true to its claim. Each must pass; with one figure, date, name, speaker, show or hedge altered, or a cause made up,
it must not. Lost doubts and causes that nobody gave are written by hand, too. `--show N` prints N misses of each sort.
"""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from zlib import crc32

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.claims import DATA, conversations
from bench.grounding import Mutation, digit
from bot.claims.extractor import extract_claims
from bot.domain import UNKNOWN_SPEAKER, Claim
from bot.nlp.entities import find_names
from bot.verification.abstractive import violations

REWORDED = Path(__file__).parent / "reworded.jsonl"

MONTHS = "January February March April May June July August September October November December".split()


def magnitude(words: str, _: Claim, __: Claim) -> str:
    """Swap thousands, millions and billions."""
    pairs = (("thousand", "million"), ("million", "billion"), ("billion", "million"), ("trillion", "billion"))
    for old, new in pairs:
        if re.search(rf"\b{old}", words):
            return re.sub(rf"\b{old}", new, words, count=1)
    return re.sub(r"(?<=\d)(?=\b(?![.,]\d|%| percent|-|:))", " million", words, count=1) if "$" in words else words


def share(words: str, _: Claim, __: Claim) -> str:
    """Make a share of a number, or a number of a share."""
    if re.search(r"\d ?(?:%|percent)", words):
        return re.sub(r"(?<=\d) ?(?:%|percent(?:age points)?)", " billion", words, count=1)
    return words


def year(words: str, _: Claim, __: Claim) -> str:
    """Move a year, or a month."""
    if found := re.search(r"\b(19|20)(\d\d)\b", words):
        moved = f"{found[1]}{(int(found[2]) + 3) % 100:02}"
        return words[: found.start()] + moved + words[found.end() :]
    return next((words.replace(m, MONTHS[(n + 5) % 12], 1) for n, m in enumerate(MONTHS) if f" {m} " in words), words)


def quarter(words: str, _: Claim, __: Claim) -> str:
    """Move a quarter or a weekday."""
    moves = {"Q1": "Q3", "Q2": "Q4", "Q3": "Q1", "Q4": "Q2", "Monday": "Thursday", "Friday": "Tuesday"}
    moves |= {"first quarter": "third quarter", "second quarter": "fourth quarter", "third quarter": "first quarter"}
    moves |= {"fourth quarter": "second quarter", "Saturday": "Monday", "Sunday": "Wednesday"}
    return next((words.replace(old, new, 1) for old, new in moves.items() if old in words), words)


def currency(words: str, _: Claim, __: Claim) -> str:
    """Swap a currency."""
    swaps = {"$": "€", "€": "£", "£": "$", "dollars": "euros", "euros": "pounds"}
    return next((words.replace(old, new, 1) for old, new in swaps.items() if old in words), words)


def sign(words: str, _: Claim, __: Claim) -> str:
    """Turn a rise into a fall, more into less, or the other way round."""
    swaps = {"rise": "fall", "rose": "fell", "increase": "decrease", "grew": "shrank", "grow": "shrink"}
    swaps |= {"more than": "less than", "at least": "at most", "faster": "slower", "gains": "losses"}
    swaps |= {"higher": "lower", "above": "below", "larger": "smaller", "bigger": "smaller"}
    both = swaps | {new: old for old, new in swaps.items()}
    found = re.search(rf"\b({'|'.join(map(re.escape, both))})(?=\b|ed\b|d\b|s\b|ing\b)(?! all\b)", words)
    return words[: found.start()] + both[found[1]] + words[found.end() :] if found else words


def hedge(words: str, _: Claim, __: Claim) -> str:
    """Drop what makes an amount uncertain."""
    around = (
        r"nearly|almost|about|around|roughly|approximately|up to|at least|at most|more than|less than|over|close to"
    )
    around += r"|just under|just over|well over|some|perhaps|maybe|as many as|upwards of|no more than"
    return re.sub(rf"\b(?:{around}) (?=[$€£]?\d)", "", words, count=1)


def name(words: str, claim: Claim, other: Claim) -> str:
    """Put another claim's name in the place of one."""
    mine = [one for one in find_names(words) if one in claim.quote and one not in claim.speaker and len(one) > 2]
    known = f"{claim.quote} {claim.text} {claim.speaker} {claim.origin.show} {claim.origin.title}"
    theirs = [one for one in find_names(other.quote[1:]) if one not in known and len(one) > 2]
    return words.replace(mine[0], theirs[0], 1) if mine and theirs and not words.startswith(mine[0]) else words


def speaker(words: str, claim: Claim, other: Claim) -> str:
    """Let somebody else have said it."""
    if len(other.speaker) < len("Al"):
        return words
    unknown = UNKNOWN_SPEAKER in {claim.speaker, other.speaker} or other.speaker in claim.quote
    surname = other.speaker.split()[-1] in claim.quote or other.speaker == claim.speaker
    return words if unknown or surname else words.replace(claim.speaker, other.speaker, 1)


def show(words: str, claim: Claim, other: Claim) -> str:
    """Let it have been said on another show."""
    if claim.origin.show == other.origin.show or claim.speaker == UNKNOWN_SPEAKER:
        return words
    return f"{words.rstrip('.')}, {claim.speaker} said on {other.origin.show}."


CHANGES: dict[str, Mutation] = {
    "digit": digit,
    "K/M/B": magnitude,
    "%": share,
    "year": year,
    "quarter": quarter,
    "currency": currency,
    "sign": sign,
    "hedge": hedge,
    "name": name,
    "speaker": speaker,
    "show": show,
}


def wrong(line: dict[str, str], claim: Claim, other: Claim) -> Iterator[tuple[str, str]]:
    """Yield each sort of change with the sentence so changed."""
    for sort, change in CHANGES.items():
        changed = change(line["sentence"], claim, other)
        if changed != line["sentence"]:
            yield sort, changed
    yield from ((sort, line[key]) for sort, key in (("doubt", "doubt"), ("cause", "cause")) if line.get(key))


def measure(lines: Sequence[dict[str, str]], claims: dict[str, Claim], shown: int) -> None:
    """Print the table, and misses."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    missed: dict[str, list[str]] = defaultdict(list)
    known = [claims[line["claim"]] for line in lines if line["claim"] in claims]
    for line in lines:
        if (claim := claims.get(line["claim"])) is None:
            continue
        problems = violations(line["sentence"], [claim])
        counts["(true)"][0] += 1
        counts["(true)"][1] += bool(problems)
        missed["(true)"] += [f"{problems}\n        {line['sentence']}\n        {claim.quote}"] if problems else []
        for sort, sentence in wrong(line, claim, known[crc32(claim.id.encode()) % len(known)]):
            stopped = bool(violations(sentence, [claim]))
            counts[sort][0] += 1
            counts[sort][1] += stopped
            missed[sort] += [] if stopped else [f"{sentence}\n        {claim.quote}"]
    print(f"{'changed':10} {'count':>6} {'blocked':>8} {'share':>8}")
    for sort, (total, blocked) in counts.items():
        print(f"{sort:10} {total:6} {blocked:8} {blocked / total:8.2%}")
        for sentence in missed[sort][:shown]:
            print(f"      {sentence}")


def main() -> None:
    """Measure over the conversations, where they are."""
    if not DATA.exists():
        print(f"conversations are not here: {DATA}")
        return
    shown = int(sys.argv[sys.argv.index("--show") + 1]) if "--show" in sys.argv else 0
    lines = [json.loads(line) for line in REWORDED.read_text("utf-8").splitlines()]
    wanted = {line["claim"] for line in lines}
    claims = {c.id: c for said in conversations(DATA) for c in extract_claims(said).claims if c.id in wanted}
    measure(lines, claims, shown)


if __name__ == "__main__":
    main()
