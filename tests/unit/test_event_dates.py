"""When an event happened or is due, by the words and the day on which they were said."""

from __future__ import annotations

import datetime as dt

import pytest

from bot.claims.extractor import extract_claims
from bot.domain import Conversation, Turn
from bot.nlp.event_dates import event_date
from bot.nlp.missed_dates import missed_date

SAID = dt.date(2031, 6, 26)
"""A Thursday."""


def dated(text: str, said: dt.date = SAID) -> str | None:
    """Return the date of a text's event as its first and last day, or as one day."""
    date = event_date(text, said)
    if date is None:
        return None
    return str(date.first) if date.first == date.last else f"{date.first}..{date.last}"


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("Back in 2021 Halden had nine welders.", "2021-01-01..2021-12-31"),
        ("In the year 2024, Halden closed a plant.", "2024-01-01..2024-12-31"),
        ("In twenty twenty-four Halden closed a plant.", "2024-01-01..2024-12-31"),
        ("In nineteen eighty-seven they built boats.", "1987-01-01..1987-12-31"),
        ("They built boats in '87.", "1987-01-01..1987-12-31"),
        ("In the nineties they built boats.", "1990-01-01..1999-12-31"),
        ("They built boats in the late 1990s.", "1995-01-01..1999-12-31"),
        ("In the 19th century they built boats.", "1801-01-01..1900-12-31"),
        ("From 2015 to 2018 Dana Whitfield ran it.", "2015-01-01..2018-12-31"),
        ("Halden opened it on 12 May 2029.", "2029-05-12"),
        ("Halden opened it on May 12th, 2029.", "2029-05-12"),
        ("Halden opened it on 2029-05-12.", "2029-05-12"),
        ("Halden met in London, May 12-15, 2029.", "2029-05-12..2029-05-15"),
        ("In the spring of last year Corvid released 3.0.", "2030-03-01..2030-05-31"),
        ("In March of last year Corvid released 3.0.", "2030-03-01..2030-03-31"),
        ("Revenue doubled in the third quarter of 2029.", "2029-07-01..2029-09-30"),
        ("Revenue doubled in the first half of last year.", "2030-01-01..2030-06-30"),
        ("It opened late last year.", "2030-07-02..2030-12-31"),
        ("It will open at the end of next year.", "2032-10-01..2032-12-31"),
        ("It opened in late 2029 or early 2030.", "2029-07-02..2030-07-01"),
    ],
)
def test_what_is_named_is_the_span_of_its_days(text: str, date: str) -> None:
    """Days, months, quarters, seasons, years, decades and centuries, in digits and in words, and parts of them."""
    assert dated(text) == date


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("They met yesterday.", "2031-06-25"),
        ("They met the day before yesterday.", "2031-06-24"),
        ("Halden cut its price last week.", "2031-06-16..2031-06-22"),
        ("Halden cut its price last month.", "2031-05-01..2031-05-31"),
        ("Halden's revenue doubled last quarter.", "2031-01-01..2031-03-31"),
        ("Earlier this year Halden cut its price.", "2031-01-01..2031-06-26"),
        ("Later this year Halden will cut its price.", "2031-06-26..2031-12-31"),
        ("It launched two years ago.", "2028-12-26..2029-12-26"),
        ("It launched two and a half years ago.", "2028-06-26..2029-06-26"),
        ("It launched six months ago.", "2030-12-11..2031-01-11"),
        ("It launched 30 years ago.", "1998-06-26..2004-06-26"),
        ("It launched a couple of weeks ago.", "2031-06-05..2031-06-19"),
        ("Over the last two years it lost half its members.", "2029-06-26..2031-06-26"),
        ("Around this time last year it lost half its members.", "2030-04-26..2030-08-26"),
        ("It will double within three years.", "2031-06-26..2034-06-26"),
        ("It will double in the next six months.", "2031-06-26..2031-12-26"),
        ("Next Sunday they will meet.", "2031-06-29"),
        ("It will be gone by the end of the decade.", "2031-06-26..2039-12-31"),
    ],
)
def test_what_is_relative_counts_from_the_day_it_was_said(text: str, date: str) -> None:
    """Counts are as inexact as people mean them; weeks begin on Mondays."""
    assert dated(text) == date


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("Halden has grown every month since 2029.", "2029-01-01..2031-06-26"),
        ("Halden will have grown by 2040.", "2031-06-26..2040-12-31"),
        ("By 2019 Halden had nine plants.", "2019-01-01..2019-12-31"),
        ("Corvid will run it through 2033.", "2031-06-26..2033-12-31"),
    ],
)
def test_since_and_by_reach_to_the_day_it_was_said(text: str, date: str) -> None:
    """What lasts until now ends now, and what is due until then begins now."""
    assert dated(text) == date


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("Halden opened the plant in March.", "2031-03-01..2031-03-31"),
        ("Halden will open the plant in March.", "2032-03-01..2032-03-31"),
        ("Halden opened the plant in November.", "2030-11-01..2030-11-30"),
        ("Halden may open it in November.", "2031-11-01..2031-11-30"),
        ("Over the 12 months ending in May, prices rose.", "2031-05-01..2031-05-31"),
        ("Halden closed it in March, April and May.", "2031-03-01..2031-05-31"),
        ("They will meet tomorrow.", "2031-06-27"),
        ("The plant will be opened in November.", "2031-11-01..2031-11-30"),
        ("It is due next June.", "2032-06-01..2032-06-30"),
        ("In Q1 revenue doubled.", "2031-01-01..2031-03-31"),
        ("In Q3 revenue will double.", "2031-07-01..2031-09-30"),
        ("The vote is on July 12th.", "2031-07-12"),
    ],
)
def test_the_tense_tells_which_of_two_is_meant(text: str, date: str) -> None:
    """The nearest in the past or in the future; a date without tense only if it is near."""
    assert dated(text) == date


@pytest.mark.parametrize(
    "text",
    [
        "Halden makes boats.",
        "It may be that March is a name.",
        "April Adeyemi runs Halden.",
        "They hired 2000 people and paid $1999 for it.",
        "It runs on Larkspur 2000.",
        "Revenue was higher than in 2019.",
        "Revenue rose 9 percent from last year.",
        "It is the largest plant since 2019.",
        "Last year's revenue is in doubt.",
        "In 2019 it had nine plants, and in 2027 it had forty.",
        "In 2019 it had nine plants; two years later it had forty.",
        "Let's say Halden sold it in 2019.",
        "Every March they close the plant.",
        "The plant is the one that Halden bought in 2019.",
        "Halden, which was founded in 2019, makes boats.",
        "It works today, and it breaks tomorrow.",
        "It plays the '90s Band of Halden.",
        "There used to be a meeting last week.",
        "Did Halden close the plant in 2019?",
        'She said: "We lost money last year".',
        "The vote is on 12 January.",
        "In the winter the plant is cold.",
        "They closed it late in the year.",
        "See https://halden.example/2019/report for more.",
        "That was 700,000 years ago.",
        "In fiscal 2029 revenue doubled.",
        "They will in the coming months.",
    ],
)
def test_what_is_not_sure_has_no_date(text: str) -> None:
    """Names, amounts, comparisons, habits, two times, a story's own time, imagined, asked and quoted times."""
    assert dated(text) is None


def test_any_day_and_any_words_can_be_read() -> None:
    """Days at the ends of the calendar and counts beyond it raise nothing."""
    for said in (dt.date.min, dt.date.max, dt.date(2028, 2, 29)):
        for text in ("last year", "999 years ago", "in 900 centuries they will", "next decade they will", "in '00"):
            event_date(f"It was {text}.", said)
    event_date("İ" * 40 + " in March they may", SAID)
    assert dated("A year ago they met.", dt.date(2028, 2, 29)) == "2026-08-29..2027-08-29"


def test_a_claim_knows_when_its_event_happened() -> None:
    """The date counts from the conversation's day; a claim without times has none."""
    words = ("Halden Energy cut 400 jobs two years ago.", "Halden Energy makes 90 percent of all boats.")
    talk = Conversation("open/1", "Open Bench", "Jobs", SAID, tuple(Turn(text, "Dana") for text in words))
    spans = {(turn, 0, len(text)) for turn, text in enumerate(words)}
    cut, makes = extract_claims(talk, extra_spans=spans).claims
    assert cut.happened == event_date(cut.quote, SAID)
    assert cut.happened is not None
    assert makes.happened is None


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("Halden seeks $8 billion, with an expected listing date of March 12th.", "March 12th"),
        ("Halden will list on March 12.", "March 12"),
        ("On 3 April, Halden will stop selling looms.", "3 April"),
        ("The deal is expected to close by the end of Q1 2031.", "Q1 2031"),
        ("Halden plans to open the mill in April.", "April"),
        ("Halden will list on 20 June.", ""),
        ("Halden will list on December 12.", ""),
        ("Halden will open the mill in January.", ""),
        ("Halden said in March it would list in May.", ""),
        ("As expected, Halden closed the deal in March.", ""),
        ("Halden lost $5 billion in 2029, and will lose more.", ""),
        ("The mill, which opened in April, will close in December.", ""),
        ("In March, Halden moved its customers to another price.", ""),
        ("By 2040 Halden will employ 9,000.", ""),
    ],
)
def test_what_is_awaited_though_it_is_over_is_older(text: str, time: str) -> None:
    """By more than a week; a time without a year is the nearest one, and what is told of the past shows nothing."""
    assert missed_date(text, SAID, dt.timedelta(days=7)) == time
