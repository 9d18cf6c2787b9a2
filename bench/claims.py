"""How fast conversations are read, how many claims they give, and that every quote stands on its turn.

Run: python bench/claims.py [folder of conversation JSONL.gz files] [--show N]
Counts quotes that are not the exact span of their turn and claims whose speaker is not the turn's own: both must
be 0. `--show N` prints N claims, evenly spread over all, to be judged by eye.
"""

from __future__ import annotations

import datetime as dt
import gzip
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bot.claims.extractor import extract_claims
from bot.domain import UNKNOWN_SPEAKER, Claim, Conversation, Person, Role, Turn

DATA = Path(__file__).parents[2] / "shared/data/conversations"


def conversations(folder: Path) -> Iterator[Conversation]:
    """Read the records of every file in a folder."""
    for path in sorted(folder.glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                record = json.loads(line)
                yield Conversation(
                    record["id"],
                    record["show"],
                    record["title"],
                    dt.date.fromisoformat(record["date"]),
                    tuple(Turn(turn["text"], turn["speaker"], turn["t"]) for turn in record["turns"]),
                    people=tuple(Person(one["name"], Role(one["role"])) for one in record.get("people") or ()),
                )


def wrong(conversation: Conversation, claim: Claim) -> bool:
    """Tell whether a claim's quote, figures or speaker are not the turn's own."""
    turn = conversation.turns[claim.turn]
    figures = all(claim.quote[one.start : one.end] == one.text for one in claim.figures)
    return (
        turn.text[claim.start : claim.end] != claim.quote
        or not figures
        or claim.speaker != (turn.speaker or UNKNOWN_SPEAKER)
    )


def main() -> None:
    """Print the figures."""
    arguments = [one for one in sys.argv[1:] if not one.startswith("--")]
    show = int(arguments.pop()) if "--show" in sys.argv else 0
    folder = Path(arguments[0]) if arguments else DATA
    words = seconds = count = bad = 0.0
    claims: list[Claim] = []
    moods: Counter[str] = Counter()
    for conversation in conversations(folder):
        start = time.process_time()
        reading = extract_claims(conversation)
        seconds += time.process_time() - start
        words += sum(len(turn.text.split()) for turn in conversation.turns)
        count += 1
        bad += sum(wrong(conversation, claim) for claim in reading.claims)
        moods.update(claim.modality.value for claim in reading.claims)
        claims += reading.claims
    if not count:
        print(f"no conversations in {folder}")
        return
    print(f"{count:.0f} conversations, {words:.0f} words in {seconds:.1f} s: {words / seconds:.0f} words a second")
    dense = 1e4 * len(claims) / words
    print(f"{len(claims)} claims, {len(claims) / count:.1f} a conversation, {dense:.1f} in 10,000 words")
    print(f"quotes, figures or speakers that are not the turn's own: {bad:.0f}")
    relayed, measured = sum(bool(one.relayers) for one in claims), sum(bool(one.figures) for one in claims)
    print(f"relayed {relayed}, with figures {measured}, {dict(moods)}")
    for claim in claims[:: max(1, len(claims) // show)] if show else ():
        print(f"- {claim.origin.show} | {claim.claimant}, {claim.modality.value}: {claim.text}")


if __name__ == "__main__":
    main()
