import json
import re
from collections import Counter
from pathlib import Path
from typing import Any, TypeAlias

import pytest

Record: TypeAlias = dict[str, Any]

SAMPLES = Path(__file__).parents[2] / "bot" / "samples"
KEYS = {"id", "show", "title", "days_ago", "url", "lang", "licence", "source", "people", "chapters", "turns"}


def _records(name: str) -> list[Record]:
    return [json.loads(line) for line in (SAMPLES / name).read_text(encoding="utf-8").splitlines()]


CONVERSATIONS = _records("conversations.jsonl")
EDITED = _records("edited.jsonl")


def _said(record: Record) -> str:
    return "\n".join(turn["text"] for turn in record["turns"])


def _telling(pattern: str) -> list[Record]:
    return [record for record in CONVERSATIONS if re.search(pattern, _said(record))]


def _shows(found: list[Record]) -> set[str]:
    return {record["show"] for record in found}


@pytest.mark.parametrize("record", [*CONVERSATIONS, *EDITED], ids=lambda record: record["id"])
def test_every_record_is_whole(record: Record) -> None:
    """A sample has the keys of a conversation, with `days_ago` in place of a date, and words in every turn."""
    assert set(record) == KEYS
    assert 0 <= record["days_ago"] <= 13
    assert record["title"]
    assert record["lang"] == "en"
    assert all(turn["text"] == " ".join(turn["text"].split()) != "" for turn in record["turns"])


@pytest.mark.parametrize("record", [*CONVERSATIONS, *EDITED], ids=lambda record: record["id"])
def test_every_record_is_marked_as_sample(record: Record) -> None:
    """Nobody can take a sample for a real show: its name, id, source and licence say so, and its link is nobody's."""
    assert record["show"].endswith("(sample)")
    assert record["id"].startswith("sample:")
    assert record["source"] == "sample"
    assert record["licence"] == "MIT, part of this project's sample"
    assert record["url"] is None or record["url"].startswith("https://example.com/")


@pytest.mark.parametrize("record", CONVERSATIONS, ids=lambda record: record["id"])
def test_a_sample_has_the_length_of_a_short_episode(record: Record) -> None:
    """Each is 480 to 1,100 words in 12 to 40 turns, so that reading them all takes no time."""
    assert 480 <= len(_said(record).split()) <= 1100
    assert 12 <= len(record["turns"]) <= 40


@pytest.mark.parametrize("record", CONVERSATIONS, ids=lambda record: record["id"])
def test_times_run_forward_and_speakers_are_named_in_the_people_list(record: Record) -> None:
    """Turns have rising times or none at all; whoever is named as speaking is somebody the show names."""
    times = [turn["t"] for turn in record["turns"]]
    assert times == [None] * len(times) or times == sorted(times)
    assert {turn["speaker"] for turn in record["turns"]} - {None} <= {person["name"] for person in record["people"]}
    assert {person["role"] for person in record["people"]} <= {"host", "guest"}


def test_there_are_enough_of_them() -> None:
    """About two dozen conversations from at least eight shows, no id twice."""
    assert len(CONVERSATIONS) >= 24
    assert len(_shows(CONVERSATIONS)) >= 8
    assert len({record["id"] for record in CONVERSATIONS}) == len(CONVERSATIONS)


def test_today_and_every_recent_day_have_something() -> None:
    """The days are spread over two weeks; today and yesterday have the most."""
    days = Counter(record["days_ago"] for record in CONVERSATIONS)
    assert set(range(14)) == set(days)
    assert days[0] + days[1] >= 6


@pytest.mark.parametrize(
    ("story", "several"),
    [
        (r"Orkdal", 3),
        (r"(?i)paused (its )?redemptions|stopped redemptions", 2),
        (r"38 (states|state attorneys general)", 3),
        (r"12 million requests", 2),
        (r"(?i)74 (of the 500 LongHaul|leaked tasks)", 2),
        (r"(slip by|come|are) two quarters|two quarters later", 2),
        (r"6,400", 2),
    ],
)
def test_stories_are_told_on_several_shows(story: str, several: int) -> None:
    """A story that several shows tell can be seen to be one."""
    assert len(_shows(_telling(story))) >= several


def test_two_experts_contradict_each_other_about_the_same_figure() -> None:
    """One robot, 310 hours or 140; one plant, spring or eighteen months."""
    assert _telling(r"310 hours(.|\n)*140 hours|140 hours(.|\n)*310 hours")
    assert _telling(r"second quarter of next year(.|\n)*I don't agree(.|\n)*eighteen months")


def test_an_accusation_is_hedged() -> None:
    """Somebody accuses somebody, allegedly, with a figure that is nearly something."""
    assert _telling(r"accuses Tallow Data(.|\n)*allegedly sent nearly 12 million requests")


def test_hearsay_goes_two_deep() -> None:
    """A guest was told by a journalist what a finance chief said."""
    assert _telling(r"Marta Ilves, .* told me that Halden's finance chief said on their call")


def test_forecasts_carry_a_date() -> None:
    """Forecasts name the year or the quarter they are about."""
    assert len(_telling(r"by the end of 20\d\d")) >= 3
    assert len(_telling(r"in the second quarter of next year")) >= 3


@pytest.mark.parametrize(
    "style", [r"brought to you by", r"with the code [A-Z]+", r"I've been sleeping on", r"example\.com/\w+"]
)
def test_advertisements_are_read_in_several_styles(style: str) -> None:
    """Sponsors are named, coded, and endorsed in person, with an address that nobody owns."""
    assert _telling(style)


def test_somebody_speaks_without_a_name() -> None:
    """In one transcript some turns have no speaker while the others do."""
    assert [r for r in CONVERSATIONS if 0 < sum(t["speaker"] is None for t in r["turns"]) < len(r["turns"])]


def test_one_transcript_has_no_times_and_one_no_link() -> None:
    """What a transcript lacks stays absent."""
    assert [r for r in CONVERSATIONS if all(turn["t"] is None for turn in r["turns"])]
    assert [r for r in CONVERSATIONS if r["url"] is None]


@pytest.mark.parametrize(
    "name", [r"Quillon Semiconductor", r"Quillon\b(?! Semiconductor)", r"(?<!\$)\bQLSC\b", r"\$QLSC\b"]
)
def test_one_company_goes_by_three_names(name: str) -> None:
    """The memory maker is called by its full name, its short name and its ticker."""
    assert _telling(name)


def test_the_three_names_are_introduced_together() -> None:
    """One speaker says in a sentence that they are one company."""
    assert _telling(r"Quillon Semiconductor, or just Quillon, ticker QLSC")


@pytest.mark.parametrize("name", ["Harbor", "Ladder", r"Corvid 3\.2", "LongHaul 500", "Porter 2", "Halden"])
def test_awkward_names_occur_on_more_than_one_show(name: str) -> None:
    """Common words that are companies, and names with digits that are no figures."""
    assert len(_shows(_telling(rf"\b{name}\b"))) >= 2


@pytest.mark.parametrize("index", ["Harrow 400", "Kestrel 50"])
def test_indices_carry_numbers_that_are_no_figures(index: str) -> None:
    """A stock index is named after a number."""
    assert _telling(rf"the {index}\b")


@pytest.mark.parametrize(
    "figure",
    [
        r"\$1\.3 billion",
        r"nearly 12 million",
        r"more than doubled",
        r"43 states",
        r"18 percent",
        r"first quarter",
        r"[Ff]rom 38 (percent )?to 61|from 61 percent to 52 percent",
        r"\b7x\b",
    ],
)
def test_figures_come_in_every_shape(figure: str) -> None:
    """Money, hedges, counts, shares, quarters, ranges and multiples are all said."""
    assert _telling(figure)


def test_one_episode_was_edited() -> None:
    """The first edition has the same id and a wrong figure, which the second corrects."""
    (first,) = EDITED
    (second,) = (record for record in CONVERSATIONS if record["id"] == first["id"])
    assert "from 61 percent to 42 percent" in _said(first)
    assert "from 61 percent to 52 percent" not in _said(first)
    assert "from 61 percent to 52 percent" in _said(second)


def test_a_topic_is_quiet() -> None:
    """Tidal energy is mentioned once, in passing, so that a brief about it has nothing to tell."""
    assert sum(_said(record).lower().count("tidal") for record in CONVERSATIONS) == 1
