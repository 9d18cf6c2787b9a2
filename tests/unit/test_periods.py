import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.analysts.rules import RuleAnalyst
from bot.domain import UNDATED, Analysis, Answer, Asker, Conversation, Filters, ThreadContext, Turn
from bot.nlp.dates import MONTHS, WEEKDAYS
from bot.nlp.passages import split_into_passages
from bot.qa.periods import Scope, asks_for_latest, find_cutoff, find_period, without_period
from bot.qa.service import AnswerService
from bot.search.hybrid import open_search
from bot.store.store import open_store
from tests.fakes import FixedClock

TODAY = dt.date(2031, 6, 20)  # a Friday


def bounds(question: str) -> tuple[str, str] | None:
    """Return the first and last day that a question asks about, "" for no bound."""
    period = find_period(question, TODAY)
    return period and (str(period.since or ""), str(period.until or ""))


@pytest.mark.parametrize(
    ("question", "since", "until"),
    [
        ("what did Dana Whitfield say about copper in 2029", "2029-01-01", "2029-12-31"),
        ("what was said of Tarn in june 2030?", "2030-06-01", "2030-06-30"),
        ("Omar Castell on robots since March", "2031-03-01", ""),
        ("Omar Castell on robots since november", "2030-11-01", ""),
        ("what did she say before 2028", "", "2027-12-31"),
        ("prices as of 1 May 2030", "", "2030-05-01"),
        ("who left after May 3rd, 2030", "2030-05-04", ""),
        ("what was said last week", "2031-06-09", "2031-06-15"),
        ("what happened at Tarn this year", "2031-01-01", "2031-12-31"),
        ("what did they say yesterday", "2031-06-19", "2031-06-19"),
        ("anything on copper in the last 3 months", "2031-03-20", "2031-06-20"),
        ("what was said between March and May 2030", "2030-03-01", "2030-05-31"),
        ("Tarn from 2027 to 2029", "2027-01-01", "2029-12-31"),
        ("according to the april 2030 episode, who sold it?", "2030-04-01", "2030-04-30"),
        ("tarn ipo june 2030", "2030-06-01", "2030-06-30"),
        ("what did Dana say in Q1 2030", "2030-01-01", "2030-03-31"),
        ("what did Dana say two weeks ago", "2031-06-02", "2031-06-08"),
        ("what was said from 2029 on", "2029-01-01", ""),
        ("what was said from Jan to March 2030", "2030-01-01", "2030-03-31"),
        ("what was said from Jan on?", "2031-01-01", ""),
        ("what was said in Jan", "2031-01-01", "2031-01-31"),
        ("what did people say in 2029", "2029-01-01", "2029-12-31"),
        ("did people leave in 2029 users ask", "2029-01-01", "2029-12-31"),
        ("who left in \u017fpring 2020", "2020-01-01", "2020-12-31"),
        ("Tarn revenue 2029?", "2029-01-01", "2029-12-31"),
    ],
)
def test_the_time_of_a_question_is_found(question: str, since: str, until: str) -> None:
    """A question is about the days that its words name; without a year, the last such days are meant."""
    assert bounds(question) == (since, until)


@pytest.mark.parametrize(
    "question",
    [
        "who won the 2030 harbour race final",
        "what may it cost",
        "who will march for science",
        "what does Tarn make today?",
        "how many of the 2,000 people left",
        "did it grow by 2030%",
        "Did over 2000 people leave?",
        "did 2000 people leave?",
        "did it cost up to 2000 dollars?",
        "is it used by 2000 users",
        "are they within 2000 miles of Tarn",
        "does it work at 2000 metres",
        "what is Windows 2000?",
        "Who is June?",
        "what did we hear from Jan?",
        "300 decades ago",
        "anything on copper in the last 250 decades",
        "0000-01-01",
        "what was said after 9999-12-31",
        "what was said on thur\u017fday",
        "what was said this fr\u0131day",
    ],
)
def test_what_only_looks_like_a_time_bounds_nothing(question: str) -> None:
    """Numbers, other words, and years that are part of a name are no period."""
    assert find_period(question, TODAY) is None


def test_what_is_said_is_bound_by_when_it_was_said() -> None:
    """A question about somebody's words is bound by their date; one about an event may be answered later."""
    said, happened = find_period("what did Dana say in 2029", TODAY), find_period("who bought Tarn in 2029", TODAY)
    assert said
    assert happened
    assert (said.scope, happened.scope) == (Scope.SAID, Scope.HAPPENED)
    assert happened.is_named_in("Back in 2029 Halden bought Tarn.")
    assert not happened.is_named_in("Halden bought Tarn.")


def test_the_words_of_a_time_are_not_looked_for() -> None:
    """What bounds a search is no part of what is searched for."""
    question = "what did Dana say about copper in 2029?"
    assert without_period(question, find_period(question, TODAY)) == "what did Dana say about copper ?"


def test_the_latest_is_recognised() -> None:
    """A question may ask for what is newest."""
    assert asks_for_latest("what's the latest on Tarn?")
    assert not asks_for_latest("who was late?")


DAYS = [dt.date(2025 + n // 12, n % 12 + 1, 14) for n in range(48)]


def chronicle() -> list[Conversation]:
    """Make a talk for each of some months, in which one person speaks of one thing."""
    return [
        Conversation(
            f"chronicle/{day}",
            "Open Bench",
            f"Copper in {day:%B}",
            day,
            (
                Turn("What do you make of copper prices?", "Omar Castell", 4.0),
                Turn(
                    f"Copper prices rose by {day.month + 2} percent because {day.year % 100} mines closed.",
                    "Dana Whitfield",
                    9.0,
                ),
            ),
        )
        for day in DAYS
    ]


@pytest.fixture
async def chronicled(tmp_path: Path) -> AsyncIterator[AnswerService]:
    """Answer from those talks."""
    async with open_store(tmp_path / "chronicle.db") as store:
        await store.library.save([Analysis(one, (), (), split_into_passages(one)) for one in chronicle()])
        search = open_search(store.index, store.index)
        await search.refresh()
        yield AnswerService(search, RuleAnalyst(), FixedClock(dt.datetime.combine(TODAY, dt.time(12), dt.UTC)))


async def _answer(answers: AnswerService, question: str, context: ThreadContext | None = None) -> Answer:
    states = answers.answer(question, Filters(), context or ThreadContext(), Asker())
    return [answer async for answer, _ in states][-1]


async def test_nothing_from_another_time_is_told(chronicled: AnswerService) -> None:
    """Of every month and year, before, since and in it, an answer cites nothing that lies outside."""
    for day in DAYS[::5]:
        for words in ("in", "before", "since", "as of"):
            question = f"what did Dana Whitfield say about copper prices {words} {day:%B %Y}?"
            period = find_period(question, TODAY)
            assert period
            answer = await _answer(chronicled, question)
            assert all(period.covers(citation.origin.date) for citation in answer.citations)


async def test_nothing_from_a_time_is_said_with_what_is_nearest(chronicled: AnswerService) -> None:
    """A question about a year of which there is nothing is refused, and the nearest line is shown with its date."""
    answer = await _answer(chronicled, "what did Dana Whitfield say about copper prices in 2020?")
    assert not answer.answered
    assert answer.text.startswith("I found nothing in 2020")
    assert answer.nearest


async def test_the_latest_comes_first(chronicled: AnswerService) -> None:
    """Asked for the latest, an answer begins with what is newest."""
    answer = await _answer(chronicled, "what is the latest on copper prices?")
    assert answer.citations[0].origin.date == DAYS[-1]


NAMES = [*MONTHS, "Q3", "spring", "winter"]
COUNTS_OF_UNITS = st.builds(
    "{} {}s".format,
    st.integers(0, 9999) | st.sampled_from(["a", "a few", "a couple of", "ten"]),
    st.sampled_from(["day", "week", "month", "quarter", "year", "decade"]),
)
TIMES = st.one_of(
    COUNTS_OF_UNITS.map("{} ago".format),
    COUNTS_OF_UNITS.map("the last {}".format),
    st.builds("{:04}-{:02}-{:02}".format, st.integers(0, 9999), st.integers(0, 13), st.integers(0, 32)),
    st.builds("{} {}".format, st.sampled_from(["last", "this", "on", "past"]), st.sampled_from([*WEEKDAYS, "week"])),
    st.builds(
        "{}{} {}".format, st.sampled_from(["", "early ", "end of "]), st.sampled_from(NAMES), st.integers(0, 9999)
    ),
    st.builds("{} {}, {}".format, st.sampled_from(NAMES), st.integers(0, 32), st.integers(0, 9999)),
    st.integers(0, 9999).map("{:02}s".format),
)
BOUNDS = [
    "in",
    "since",
    "before",
    "until",
    "after",
    "as of",
    "from",
    "to",
    "and",
    "between",
    "onwards",
    "or earlier",
    "",
]


async def test_a_date_that_nobody_knows_is_not_told(tmp_path: Path) -> None:
    """An undated talk answers no question about a time, and neither its answer nor what is recalled tells a date."""
    talk = replace(chronicle()[0], date=UNDATED, title="Copper")
    async with open_store(tmp_path / "undated.db") as store:
        await store.library.save([Analysis(talk, (), (), split_into_passages(talk))])
        search = open_search(store.index, store.index)
        await search.refresh()
        answers = AnswerService(search, RuleAnalyst(), FixedClock(dt.datetime.combine(TODAY, dt.time(12), dt.UTC)))
        question = "what did Dana Whitfield say about copper prices"
        before, during = (
            await _answer(answers, f"{question} before 2028?"),
            await _answer(answers, f"{question} in 2029?"),
        )
        *_, (dated, context) = [state async for state in answers.answer(question, Filters(), ThreadContext(), Asker())]
        recalled = [await _answer(answers, asked, context) for asked in ("when?", "source?")]
    assert not before.answered
    assert not during.answered
    assert during.nearest
    assert dated.answered
    assert all("1900" not in answer.text for answer in (before, during, dated, *recalled))
    assert all("undated" in answer.text.lower() for answer in (before, during, dated, *recalled))


@settings(max_examples=500)
@given(
    st.text(max_size=80)
    | st.lists(
        st.builds("{} {}".format, st.sampled_from(BOUNDS), TIMES | TIMES.map(lambda time: time.replace("s", "\u017f"))),
        min_size=1,
        max_size=3,
    ).map(" ".join),
    st.dates(dt.date(1990, 1, 1), dt.date(2090, 1, 1)),
)
def test_any_text_may_have_a_time(question: str, today: dt.date) -> None:
    """Whatever is typed, what bounds it is a span of days."""
    period = find_period(question, today)
    assert period is None or not (period.since and period.until) or period.since <= period.until
    cutoff = find_cutoff(question, period, today)
    assert cutoff is None or cutoff.until


@given(
    st.sampled_from(["in", "since", "before", "until", "after", "as of", ""]),
    st.sampled_from(["2029", "May 2029", "3 May 2029", "last week", "Q3 2028", "yesterday", "the last 2 years"]),
    st.dates(dt.date(2029, 6, 1), dt.date(2032, 1, 1)),
)
def test_a_bound_faces_the_way_its_words_say(word: str, time: str, today: dt.date) -> None:
    """A bound from below is no bound from above, and the other way round."""
    period = find_period(f"what did Dana say about copper {word} {time}", today)
    assert period
    assert (period.since is None) == (word in {"before", "until", "as of"})
    assert (period.until is None) == (word in {"since", "after"})


@pytest.mark.parametrize(
    ("question", "cutoff"),
    [
        ("What did Halden say in 2023, as of 24 May 2018?", "2018-05-24"),
        ("How many plants closed in 2024 before 3 March 2024?", "2024-03-02"),
        ("How many plants closed as of May 2024, as of 19 April 2022?", "2022-04-19"),
        ("How many plants closed as of May 2024?", None),
        ("How many plants closed in 2024?", None),
        ("How many plants closed from 2027 until 2029?", None),
        ("How many plants closed between 2027 and 2029?", None),
        ("How many plants closed from March until May 2030?", None),
        ("How many plants closed from 2027 until 2029, as of May 2028?", "2028-05-31"),
    ],
)
def test_a_second_bound_holds_beside_the_first(question: str, cutoff: str | None) -> None:
    """Nothing from after it counts, whatever the question is about."""
    found = find_cutoff(question, find_period(question, TODAY), TODAY)
    bounds = [bound for bound in (found, find_period(question, TODAY)) if bound and bound.until]
    assert (found is not None) == (cutoff is not None)
    assert cutoff is None or str(min(bound.until for bound in bounds if bound.until)) == cutoff
