import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.analysts.rules import RuleAnalyst
from bot.claims.extractor import extract_claims
from bot.domain import Answer, Asker, Conversation, Filters, ThreadContext, Turn
from bot.qa.events import find_event_bound
from bot.qa.service import AnswerService
from bot.search.hybrid import open_search
from bot.store.store import open_store
from tests.fakes import FixedClock

TODAY = dt.datetime(2031, 6, 20, 12, tzinfo=dt.UTC)


def _talk(date: dt.date, *turns: tuple[str, str]) -> Conversation:
    said = tuple(Turn(words, speaker, 4.0 + n) for n, (speaker, words) in enumerate(turns))
    return Conversation(f"bench/{date}", "Open Bench", "Wafers", date, said)


TALKS = [
    _talk(
        dt.date(2031, 1, 10),
        ("Dana Whitfield", "A wafer of Corvid costs 400 dollars today, and Corvid has few buyers."),
    ),
    _talk(
        dt.date(2031, 3, 14),
        ("Omar Castell", "Corvid and Tarn Foundry completed their merger on 12 March 2031. Both boards agreed to it."),
    ),
    _talk(
        dt.date(2031, 5, 2),
        ("Dana Whitfield", "A wafer of Corvid costs 520 dollars since the merger, and buyers moan."),
    ),
    _talk(dt.date(2031, 2, 4), ("Petra Lindholm", "A strike closed the harbour of Norby, and 900 dockers walked out.")),
    _talk(
        dt.date(2031, 4, 8),
        ("Petra Lindholm", "The strike at the harbour of Norby is over, and ships from Norby sail again."),
    ),
]


@pytest.fixture
async def answers(tmp_path: Path) -> AsyncIterator[AnswerService]:
    """Answer from those talks."""
    async with open_store(tmp_path / "talks.db") as store:
        await store.library.save([extract_claims(one) for one in TALKS])
        search = open_search(store.index, store.index)
        await search.refresh()
        yield AnswerService(search, RuleAnalyst(), FixedClock(TODAY))


async def _ask(answers: AnswerService, question: str) -> Answer:
    states = answers.answer(question, Filters(), ThreadContext(), Asker())
    return [answer async for answer, _ in states][-1]


@pytest.mark.parametrize(
    ("question", "phrase", "side"),
    [
        ("what did a wafer cost before the merger?", "before the merger", "before"),
        ("what has Corvid done since its IPO", "since its IPO", "after"),
        ("after Corvid's flotation, who left?", "after Corvid's flotation", "after"),
        ("what did a wafer cost before the collision?", "before the collision", "before"),
        ("what did she say prior to the strike at Norby?", "prior to the strike at Norby", "before"),
        ("who ran Tarn before Corvid bought Tarn Foundry?", "before Corvid bought Tarn Foundry", "before"),
    ],
)
def test_an_event_that_bounds_a_time_is_found(question: str, phrase: str, side: str) -> None:
    """By its noun or by a clause, before it or after it."""
    bound = find_event_bound(question)
    assert bound
    assert (bound.phrase, "after" if bound.is_after else "before") == (phrase, side)


@pytest.mark.parametrize(
    "question",
    [
        "when was the merger?",
        "what did they say before lunch",
        "who spoke after the break",
        "who fired first",
        "who is the man who, before the collapse, owned a share of Corvid",
        "since when is Corvid public",
    ],
)
def test_what_is_no_event_bounds_nothing(question: str) -> None:
    """A merger that is asked about itself is no bound, nor is a meal."""
    assert find_event_bound(question) is None


@pytest.mark.parametrize(
    ("question", "words", "other"),
    [
        ("what did a wafer of Corvid cost before the merger?", "400 dollars", "520 dollars"),
        ("what does a wafer of Corvid cost since the merger?", "520 dollars", "400 dollars"),
        ("what did a wafer of Corvid cost after Corvid and Tarn Foundry merged?", "520 dollars", "400 dollars"),
    ],
)
async def test_a_time_is_bound_by_an_event(answers: AnswerService, question: str, words: str, other: str) -> None:
    """Nothing from the other side of it is told, and the answer ends with the date that was taken, and from where."""
    answer = await _ask(answers, question)
    *told, event = answer.citations
    assert words in told[0].quote
    assert not any(other in one.quote for one in told)
    assert "as 12 March 2031, by this:" in answer.text
    assert answer.text.endswith(f"[{len(answer.citations)}]")
    assert event.quote.startswith("Corvid and Tarn Foundry completed their merger")


async def test_an_event_without_a_date_was_when_it_was_first_told(answers: AnswerService) -> None:
    """Of two talks about a strike, the earlier one counts."""
    answer = await _ask(answers, "what does a wafer of Corvid cost since the strike?")
    assert "I take the strike as 4 February 2031, by this:" in answer.text
    assert "520 dollars" in answer.citations[0].quote


async def test_an_event_that_nobody_tells_of_is_said(answers: AnswerService) -> None:
    """The answer is from any time, and labelled so."""
    answer = await _ask(answers, "what does a wafer of Corvid cost since the flood?")
    assert answer.answered
    assert answer.text.startswith("I found no date for the flood, so this is from any time.\n")


async def test_nothing_from_before_an_event_is_said_with_its_date(answers: AnswerService) -> None:
    """A refusal names the event and when it is taken to have been."""
    answer = await _ask(answers, "what did Petra Lindholm say about ships before the strike?")
    assert not answer.answered
    assert answer.text.startswith("I found nothing before the strike (4 February 2031) that answers this.")
