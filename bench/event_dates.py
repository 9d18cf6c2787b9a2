"""How often the date of an event is right, and what it costs: our own reading of times against dateparser's.

    python bench/event_dates.py [--show]

Runs over `labels/event_dates.jsonl`: 420 sentences with time words, drawn with fixed seeds (20261130 and 99) from the
optional conversations beside the project, and dated by hand. A label refers to its sentence and doesn't repeat it. A
date counts as right if it shares at least half of the shorter span with the label and neither is longer than two and
a half times the other. `--show` prints what is wrong or missed.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.claims import DATA, conversations
from bot.domain import EventDate
from bot.nlp.event_dates import event_date

LABELS = Path(__file__).parent / "labels" / "event_dates.jsonl"
MIN_OVERLAP, MAX_RATIO = 0.5, 2.5


def days(date: EventDate) -> int:
    """Return how many days a span has."""
    return (date.last - date.first).days + 1


def agree(one: EventDate, other: EventDate) -> bool:
    """Tell whether two dates mean the same time."""
    shared = (min(one.last, other.last) - max(one.first, other.first)).days + 1
    shorter, longer = sorted((days(one), days(other)))
    return shared >= MIN_OVERLAP * shorter and longer <= MAX_RATIO * shorter


def by_dateparser(text: str, said: dt.date) -> EventDate | None:
    """Return what dateparser makes of a sentence, if it finds one time: the day, month or year that it names."""
    from dateparser.date import DateDataParser
    from dateparser.search import search_dates

    now = dt.datetime.combine(said, dt.time(12))
    found = search_dates(text, languages=["en"], settings={"RELATIVE_BASE": now}) or []
    if len(found) != 1:
        return None
    period = DateDataParser(languages=["en"], settings={"RELATIVE_BASE": now}).get_date_data(found[0][0]).period
    day = found[0][1].date()
    if period == "year":
        return EventDate(dt.date(day.year, 1, 1), dt.date(day.year, 12, 31))
    if period == "month":
        first = day.replace(day=1)
        return EventDate(first, (first + dt.timedelta(31)).replace(day=1) - dt.timedelta(1))
    return EventDate(day, day)


def measure(
    read: Callable[[str, dt.date], EventDate | None], cases: list[tuple[str, dt.date, EventDate | None]]
) -> str:
    """Return how a reader does on labelled sentences."""
    outcomes: Counter[str] = Counter()
    seconds = 0.0
    for text, said, label in cases:
        began = time.process_time()
        date = read(text, said)
        seconds += time.process_time() - began
        right = date is not None and label is not None and agree(date, label)
        outcomes["right" if right else "wrong" if date else "missed" if label else "rightly none"] += 1
        if "--show" in sys.argv and not right and (date or label):
            print(f"  said {said}: {date} for {label} in {text[:160]!r}")
    given, dated = outcomes["right"] + outcomes["wrong"], sum(label is not None for _, _, label in cases)
    precision, recall = outcomes["right"] / max(given, 1), outcomes["right"] / dated
    found = f"{recall:.1%} of the {dated} dated found"
    return f"{given:3} given, {precision:.1%} of them right, {found}, {seconds / len(cases) * 1e3:.2f} ms a sentence"


def main() -> None:
    """Print the figures for each sample of sentences."""
    if not DATA.is_dir():
        print("skipped: no conversations beside the project")
        return
    warnings.simplefilter("ignore")
    talks = {talk.id: talk for talk in conversations(DATA)}
    rows = [json.loads(line) for line in LABELS.read_text("utf-8").splitlines()]
    for sample in dict.fromkeys(row["set"] for row in rows):
        cases = []
        for row in rows:
            if row["set"] == sample:
                talk = talks[row["conversation"]]
                dated = row["first"] and EventDate(*(dt.date.fromisoformat(row[end]) for end in ("first", "last")))
                cases.append((talk.turns[row["turn"]].text[row["start"] : row["end"]], talk.date, dated or None))
        print(f"{sample} sample, {len(cases)} sentences")
        print("  ours      ", measure(event_date, cases))
        print("  dateparser", measure(by_dateparser, cases))


if __name__ == "__main__":
    main()
