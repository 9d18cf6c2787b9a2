"""Who wrote a post and when, as the places write it from which posts are copied."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import pytest

from bot.domain import UNDATED, Conversation
from bot.ingest.files import Given, read_path
from bot.ingest.formats.signatures import Signature, read_signature
from bot.ingest.posts import without_stale_dates

WORDS = "Halden closed a round."
TODAY = dt.date(2031, 6, 26)


@pytest.mark.parametrize(
    ("post", "author", "date"),
    [
        (f"Mara Ilves @mara · Jun 12, 2031\n{WORDS}", "Mara Ilves", "Jun 12, 2031"),
        (f"Mara Ilves\n@mara\n·\nJun 12\n{WORDS}", "Mara Ilves", "Jun 12"),
        (f"Mara Ilves (@mara) 3h\n{WORDS}", "Mara Ilves", "3h"),
        (f"Mara Ilves\n@mara\n{WORDS}\n9:03 AM · Jun 12, 2031\n1.2M Views", "Mara Ilves", "Jun 12, 2031"),
        (f"{WORDS}\n— Mara Ilves (@mara) June 12, 2031", "Mara Ilves", "June 12, 2031"),
        (f"Mara Ilves\n• 2nd\nChair at Halden | Sailor\n3d • Edited •\n{WORDS}", "Mara Ilves", "3d"),
        (f"Posted by u/mara_i 3 days ago\n{WORDS}", "u/mara_i", "3 days ago"),
        (f"By Mara Ilves, 12 June 2031\n{WORDS}", "Mara Ilves", "12 June 2031"),
        (f"Author: Mara Ilves\nDate: 12 June 2031\n{WORDS}", "Mara Ilves", "12 June 2031"),
        (f"June 12, 2031\n{WORDS}", "", "June 12, 2031"),
        (f"Mara Ilves (@mara)\n{WORDS}", "Mara Ilves", ""),
    ],
)
def test_what_is_about_a_post_is_no_part_of_it(post: str, author: str, date: str) -> None:
    """Above it or below it, on one line or several."""
    found = read_signature(post.split("\n"))
    assert (found.author, found.date_text, found.lines) == (author, date, (WORDS,))


@pytest.mark.parametrize(
    "post",
    [
        f"Mara Ilves\n{WORDS}",
        "@mara\nwhat do you make of it?",
        "BREAKING: Halden closed\nJust now.",
        "Halden Compute\nThe mill is old.\nMarch 2000.",
        "2015: founds Halden\n2016: leaves",
        "She works there now.\nToday",
        "Mara Ilves · Jun 12, 2031",
    ],
)
def test_what_may_be_words_stays_words(post: str) -> None:
    """A name alone, an answer to somebody, years of a story; and there is always something left to read."""
    lines = tuple(post.split("\n"))
    assert read_signature(lines) == Signature("", "", lines)


def _posts(path: Path, text: str, given: Given | None = None) -> list[Conversation]:
    path.write_text(text)
    pasted = dt.datetime.combine(TODAY, dt.time(12), dt.UTC).timestamp()
    os.utime(path, (pasted, pasted))
    found = without_stale_dates(read_path(path, TODAY, given), given)
    return [item for item in found if isinstance(item, Conversation)]


def test_signatures_part_the_posts_of_a_file(tmp_path: Path) -> None:
    """Each has its own author and date; an age in months is none."""
    text = (
        f"Mara Ilves @mara · 12 May 2031\n{WORDS}\nA fox crossed the harbour.\n"
        f"Ben Arlow @ben · 2d\nTarn closed a mill.\nGil Noor @gil · 2mo\nNorthgate sued.\n"
    )
    found = _posts(tmp_path / "a.txt", text)
    assert [(post.speakers, post.date, len(post.turns)) for post in found] == [
        (("Mara Ilves",), dt.date(2031, 5, 12), 2),
        (("Ben Arlow",), dt.date(2031, 6, 24), 1),
        (("Gil Noor",), UNDATED, 1),
    ]


def test_a_post_of_a_file_that_awaits_what_is_over_is_undated(tmp_path: Path) -> None:
    """Unless whoever hands the file over gives its date; the other posts are of the day on which they were pasted."""
    text = "Halden will list on March 12.\n---\nTarn closed a mill on Monday.\n"
    old, new = _posts(tmp_path / "posts.txt", text)
    assert old.date == UNDATED
    assert new.date == TODAY
    assert {post.date for post in _posts(tmp_path / "posts.txt", text, Given(date="2031-02-01"))} == {
        dt.date(2031, 2, 1)
    }
