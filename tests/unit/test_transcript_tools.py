"""What transcription tools write is read as what was said: the table of `docs/formats.md`, sample by sample."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from bot.domain import Conversation, Turn
from bot.ingest.files import format_name, read_file

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "tests" / "transcripts"
TODAY = dt.date(2026, 6, 15)

QUESTION = "Who bought them?"
SAID = (
    (3.0, "Dana Whitfield", "Good morning. Quillon sold 3 million chips in June."),
    (10.0, "Tom O'Brien", QUESTION),
    (12.0, "Dana Whitfield", "Mostly phone makers. Prices rose 20 percent."),
)


def _rows() -> list[list[str]]:
    page = (ROOT / "docs" / "formats.md").read_text("utf-8")
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines() if "/transcripts/" in line
    ]
    return [[sample.partition("]")[0].removeprefix("["), *cells] for _, sample, *cells in rows]


def _expected(speakers: str, times: str) -> tuple[Turn, ...]:
    """Return the turns of a sample whose voices are named, numbered, or not told apart."""
    if speakers == "none":
        return (Turn(" ".join(text for _, _, text in SAID), None, 3.0),)
    if speakers == "dashes":
        return tuple(Turn(text, None, 12.0 if place == 2 else 3.0) for place, (_, _, text) in enumerate(SAID))
    first = SAID[0][0] if times == "clock" else 0.0
    named = {"named": str, "capitals": str.upper}.get(speakers)
    return tuple(
        Turn(text, named(name) if named else None, None if times == "no" else t - first) for t, name, text in SAID
    )


@pytest.mark.parametrize(("sample", "read_as", "speakers", "times"), _rows())
def test_what_a_tool_writes_is_read(sample: str, read_as: str, speakers: str, times: str) -> None:
    """Each line once, in order, by whoever said it, with its time; headers and the tool's own lines are no speech."""
    (found,) = read_file(SAMPLES / sample, TODAY)
    assert isinstance(found, Conversation), found
    said = [turn for turn in found.turns if turn.text != "Thank you."]
    assert tuple(said) == _expected(speakers, times)
    assert format_name(SAMPLES / sample) == read_as


def test_the_page_lists_every_sample() -> None:
    """No sample is without a row, and no row without its sample."""
    assert sorted(row[0] for row in _rows()) == sorted(path.name for path in SAMPLES.iterdir())
