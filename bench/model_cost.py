"""What a day costs with a language model: reading 40 new conversations and writing one brief, in tokens by purpose.

Run: python bench/model_cost.py [folder of conversation JSONL.gz files]
The whole bot runs on a model server of our own that answers at once, by rules, and about as much as a model would:
every third sentence is a claim, every name has a kind, each story two sentences, one why and one watch. A token is
taken for four characters. `prefix` is what comes first and is the same in every task of a purpose; servers that keep
prefixes charge less for it where it is long enough, which for OpenAI is 1,024 tokens.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.claims import DATA, conversations
from bot.app import App, open_app
from bot.claims.extractor import extract_claims
from bot.config import ModelSettings, ServerSettings, Settings
from bot.domain import Conversation
from bot.domain.usage import NANODOLLARS, Price, Usage
from bot.ingest.pipeline import analyse
from bot.llm.provider import Task
from tests.fakes import FixedClock
from tests.modelled import purpose_of, speaking
from tests.servers.model import Asked, FakeModel, fake_model
from tests.writers import ends, lines, nothing

NEW = 40
NOON = dt.datetime(2031, 6, 26, 12, tzinfo=dt.UTC)
SPACE = "console:local"
LETTERS = 4
EXAMPLE = Price(0.25, 0.025, 2)
"""US dollars a million tokens: input, cached input and output of a small model."""

_SENTENCE = re.compile(r"[^.!?]+[.!?]")
_EVERY, _LEAST, _TOLD = 3, 8, 25


def writer(task: Task) -> object:
    """Return about as much as a model would."""
    told = [(number, f"{words.rstrip('.')}.") for number, words in _shortened(task)]
    line = [{"claims": [number], "text": text} for number, text in told] or [{"claims": [], "text": ""}]
    match task.purpose:
        case "claims":
            return {"claims": [_pointer(number, one) for number, words in lines(task) for one in _checkable(words)]}
        case "entities":
            return {"names": [{"number": n, "same_as": 0, "kind": "company"} for n, _ in lines(task)]}
        case "signal":
            return {"headline": line[0], "said": line[:2], "matters": line[-1], "watch": line[0]}
        case "brief":
            return {"dek": line[0], "argument": line[:3]}
        case "repair":
            return {"lines": [{"number": number, "text": text} for number, text in told]}
        case _:
            return nothing(task)


def _shortened(task: Task) -> list[tuple[int, str]]:
    return [(number, " ".join(words.split()[:_TOLD])) for number, words in lines(task)]


def _checkable(words: str) -> list[str]:
    long = [one for one in _SENTENCE.findall(words) if len(one.split()) >= _LEAST]
    return long[::_EVERY]


def _pointer(turn: int, sentence: str) -> dict[str, object]:
    first, last = ends(sentence)
    return {"turn": turn, "first": first, "last": last}


def spread(folder: Path) -> list[Conversation]:
    """Return conversations from all over, as if they were all of today."""
    known = list(conversations(folder))
    some = known[:: max(1, len(known) // NEW)][:NEW]
    return [replace(one, date=NOON.date()) for one in some]


async def day(app: App, said: Sequence[Conversation]) -> None:
    """Read, and write the brief."""
    await app.importer.import_conversations(said, lambda _: None)
    await app.search.refresh()
    await app.briefs.get_brief("", NOON.date(), space=SPACE)


def report(server: FakeModel, asked: Sequence[Asked]) -> None:
    """Print the table."""
    counted: Counter[tuple[str, str]] = Counter()
    for one in asked:
        purpose = purpose_of(one)
        said = json.dumps(server.answer(one), ensure_ascii=False)
        sizes = {"times": 1, "in": len(one.system + one.user) // LETTERS, "out": len(said) // LETTERS}
        sizes["prefix"] = len(one.system) // LETTERS
        for column, size in sizes.items():
            counted[purpose, column] += size
            counted["all", column] += size
    print(f"{'':10} {'asked':>6} {'in':>9} {'out':>8} {'prefix':>7} {'share':>6} {'example':>9}")
    for purpose in ["claims", "entities", "stories", "signal", "brief", "repair", "all"]:
        times, read, written, prefix = (counted[purpose, column] for column in ("times", "in", "out", "prefix"))
        dollars = EXAMPLE.cost_of(Usage("example", read, written)) / NANODOLLARS
        shares = f"{prefix // max(times, 1):7} {prefix / max(read, 1):6.0%}"
        print(f"{purpose:10} {times:6} {read:9,} {written:8,} {shares} ${dollars:8.4f}")


async def measure(folder: Path) -> None:
    """Run a day twice."""
    said = spread(folder)
    words = sum(len(turn.text.split()) for one in said for turn in one.turns)
    print(f"{len(said)} conversations, {words:,} words; an example price of $0.25 in and $2 out a million tokens")
    async with fake_model(speaking(writer)) as server:
        model = ModelSettings("reads", "writes", server=ServerSettings(base_url=server.url))
        with tempfile.TemporaryDirectory() as place:
            settings = Settings(database=Path(place) / "cost.db", workers=0, timezone="UTC", model=model)
            async with open_app(settings, FixedClock(NOON)) as app:
                await day(app, said)
                report(server, server.asked)
                first = len(server.asked)
                await day(app, said)
                print(f"the same day once more: asked {len(server.asked) - first} times, the rest is remembered")
                readings = [analyse(one, app.analyst, partial(asyncio.to_thread, extract_claims)) for one in said]
                await asyncio.gather(*readings)
                print(f"every conversation read anew: asked {len(server.asked) - first} times")


def main() -> None:
    """Measure over the conversations, where they are."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else DATA
    if not folder.exists():
        print(f"conversations are not here: {folder}")
        return
    asyncio.run(measure(folder))


if __name__ == "__main__":
    main()
