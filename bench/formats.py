"""How many words keep their speaker when real conversations are written as each tool writes them, and read back.

Run: python bench/formats.py [--conversations 24]
It reads the optional real conversations beside the project (`../shared`): those in which nearly every turn has a
speaker, two of a show at most. Six words in a row count as right if a turn that holds them has their speaker, and as
wrong if it has another one; words whose speaker is lost are neither.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

sys.path.insert(0, str(Path(__file__).parents[1]))

from bot.domain import Conversation, Turn
from bot.ingest.files import read_file, read_path
from bot.ingest.formats.speaker_names import speaker_name

DATA = Path(__file__).parents[2] / "shared/data/conversations"
TODAY = dt.date(2026, 11, 30)
RUN_LENGTH = 6
"""Words in a row that are looked up; fewer are said by everybody."""

Write: TypeAlias = Callable[[str, str, str], str]
"""Writes who spoke, when (h:mm:ss), and the words."""

TOOLS: dict[str, Write] = {
    "zoom.vtt": lambda who, t, words: f"{t}.000 --> {t}.900\n{who}: {words}\n\n",
    "teams.vtt": lambda who, t, words: f"{t}.000 --> {t}.900\n\n<v {who}>{words}</v>\n\n",
    "whisperx.srt": lambda who, t, words: f"1\n{t},000 --> {t},900\n[{who}]: {words}\n\n",
    "teams-older.txt": lambda who, t, words: f"{t}.0 --> {t}.9\n{who}\n{words}\n",
    "teams-panel.txt": lambda who, t, words: f"{who}\n{_in_words(t)}{t}\n{who} {_in_words(t)}\n{words}\n",
    "meet.txt": lambda who, _, words: f"{who}: {words}\n",
    "otter.txt": lambda who, t, words: f"{who}  {t}\n{words}\n\n",
    "otter-names.txt": lambda who, _, words: f"{who}\n{words}\n\n",
    "fathom.txt": lambda who, t, words: f"{t} - {who}\n  {words}\n\n",
    "fireflies.txt": lambda who, t, words: f"{t} | {who}\n{words}\n\n",
    "zoom-page.txt": lambda who, t, words: f"{who}\n{t}\n{words}\n",
    "rev.txt": lambda who, t, words: f"{who} ({t}):\n{words}\n\n",
    "sonix.txt": lambda who, t, words: f"{who}: [{t}] {words}\n\n",
    "trint.txt": lambda who, t, words: f"{who} [{t}] {words}\n\n",
    "descript.txt": lambda who, t, words: f"[{t}] {who}: {words}\n\n",
    "descript.md": lambda who, t, words: f"**{who}:** [{t}] {words}\n\n",
    "bold-time.md": lambda who, t, words: f"**{who}:[{t}]** {words}\n\n",
    "headings.md": lambda who, t, words: f"### {who} ({t})\n\n{words}\n\n",
}


def _in_words(t: str) -> str:
    hours, minutes, seconds = map(int, t.split(":"))
    return f"{hours} hours {minutes} minutes {seconds} seconds"


def conversations(count: int) -> Iterator[Conversation]:
    """Yield so many conversations of many shows, nearly all of whose turns have a speaker."""
    taken: Counter[str] = Counter()
    for path in sorted(DATA.glob("*.jsonl.gz")):
        for item in read_path(path, TODAY):
            if not isinstance(item, Conversation) or len(item.speakers) < 2 or taken[item.show] == 2:
                continue
            if sum(1 for turn in item.turns if turn.speaker) > 0.95 * len(item.turns) and taken.total() < count:
                taken[item.show] += 1
                yield item


def written(talk: Conversation, write: Write) -> str:
    """Return a conversation as a tool writes it; where it has no times, they are made up."""
    parts, t = [], 0.0
    for turn in talk.turns:
        t = max(t + 7, turn.t or 0.0)
        clock = f"{int(t) // 3600:02}:{int(t) // 60 % 60:02}:{int(t) % 60:02}"
        parts.append(write(turn.speaker or "Unknown Speaker", clock, " ".join(turn.text.split())))
    return "".join(parts)


def score(said: Sequence[Turn], read: Sequence[Turn]) -> tuple[float, float, int]:
    """Return how many words kept their speaker, how many have another one, and how many there are."""
    heard: dict[tuple[str, ...], set[str | None]] = defaultdict(set)
    for turn in read:
        for run in _runs(turn.text):
            heard[run].add(turn.speaker)
    right = wrong = 0.0
    for turn in said:
        runs, name, words = _runs(turn.text), speaker_name(turn.speaker), len(turn.text.split())
        right += words * sum(1 for run in runs if name in heard.get(run, ())) / len(runs)
        wrong += words * sum(1 for run in runs if (found := heard.get(run)) and not found & {name, None}) / len(runs)
    return right, wrong, sum(len(turn.text.split()) for turn in said)


def _runs(text: str) -> list[tuple[str, ...]]:
    words = text.split()
    return [tuple(words[place : place + RUN_LENGTH]) for place in range(max(1, len(words) - RUN_LENGTH + 1))]


def main() -> None:
    """Print a line for each way of writing."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--conversations", type=int, default=24)
    talks = list(conversations(options.parse_args().conversations))
    print(f"{len(talks)} conversations")
    with tempfile.TemporaryDirectory() as folder:
        for name, write in TOOLS.items():
            path = Path(folder, name)
            totals = [0.0, 0.0, 0.0]
            for talk in talks:
                path.write_text(("WEBVTT\n\n" if path.suffix == ".vtt" else "") + written(talk, write), "utf-8")
                read = [
                    turn for item in read_file(path, TODAY) if isinstance(item, Conversation) for turn in item.turns
                ]
                totals = [total + part for total, part in zip(totals, score(talk.turns, read), strict=True)]
            right, wrong, words = totals
            print(f"{name:18} right {right / words:7.2%}  wrong {wrong / words:7.3%}")


if __name__ == "__main__":
    main()
