import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.analysts.rules import RuleAnalyst
from bot.domain import Analysis, Answer, Asker, Conversation, Filters, ThreadContext, Turn
from bot.nlp.passages import split_into_passages
from bot.qa.comparison import find_comparison
from bot.qa.question import parse_question
from bot.qa.service import AnswerService
from bot.search.hybrid import open_search
from bot.store.store import open_store
from tests.fakes import FixedClock

TODAY = dt.datetime(2031, 6, 20, 12, tzinfo=dt.UTC)


def _talk(name: str, *turns: tuple[str, str]) -> Conversation:
    said = tuple(Turn(words, speaker, 4.0 + n) for n, (speaker, words) in enumerate(turns))
    return Conversation(f"bench/{name}", "Open Bench", name, dt.date(2031, 5, 4), said)


TALKS = [
    _talk(
        "Stores",
        (
            "Dana Whitfield",
            "Corvid keeps all of it in memory, so a read takes 40 microseconds. That costs a lot.",
        ),
        ("Omar Castell", "Tarn writes to disk first, so a read takes two milliseconds. It is far cheaper to run."),
    ),
    _talk(
        "Tests",
        ("Dana Whitfield", "I think tests come before everything else. A team without tests pays for it later."),
        ("Omar Castell", "I never write tests first. I write tests when something breaks."),
    ),
    _talk(
        "Licences",
        ("Omar Castell", "Orkdal changed its licence in April. And Stack Harbour changed its licence a year before."),
        (
            "Dana Whitfield",
            "Quillon changed its licence later. Orkdal changed its licence for the money.",
        ),
    ),
    _talk("Weather", ("Petra Lindholm", "It rained for a week in the harbour, and the boats stayed in.")),
    *(
        _talk(f"Gardens {n}", ("Petra Lindholm", f"Bed {n} has tulips now, and the pear trees were cut."))
        for n in range(9)
    ),
]


@pytest.fixture
async def answers(tmp_path: Path) -> AsyncIterator[AnswerService]:
    """Answer from those talks."""
    async with open_store(tmp_path / "talks.db") as store:
        await store.library.save([Analysis(one, (), (), split_into_passages(one)) for one in TALKS])
        search = open_search(store.index, store.index)
        await search.refresh()
        yield AnswerService(search, RuleAnalyst(), FixedClock(TODAY))


async def _ask(answers: AnswerService, question: str) -> Answer:
    states = answers.answer(question, Filters(), ThreadContext(), Asker())
    return [answer async for answer, _ in states][-1]


@pytest.mark.parametrize(
    ("question", "sides"),
    [
        ("compare Corvid and Tarn on price", ("Corvid", "Tarn")),
        ("Can you compare the Corvid store with Tarn?", ("Corvid", "Tarn")),
        ("Corvid or Tarn: which is cheaper?", ("Corvid", "Tarn")),
        ("which is cheaper, Corvid or Tarn?", ("Corvid", "Tarn")),
        ("how does Corvid differ from Tarn", ("Corvid", "Tarn")),
        ("How do Corvid and Tarn differ on price?", ("Corvid", "Tarn")),
        ("how does Dana Whitfield's view of tests compare to Omar Castell's", ("Dana Whitfield", "Omar Castell")),
        ("what's the difference between corvid and tarn?", ("corvid", "tarn")),
        ("Corvid vs Tarn read speed", ("Corvid", "Tarn")),
        ("remote vs in an office: where is it quieter", ("remote", "in an office")),
        ("is copper or zinc the better buy", ("copper", "zinc")),
    ],
)
def test_what_is_compared_is_found(question: str, sides: tuple[str, str]) -> None:
    """Both sides of a comparison are found in the order asked, however it is put."""
    comparison = find_comparison(parse_question(question))
    assert comparison
    assert comparison.sides == sides


@pytest.mark.parametrize(
    "question",
    [
        "what did Dana Whitfield say about tests or reviews",
        "Compared with last year, is copper dearer?",
        "did Corvid buy Tarn, or did it not?",
        "which stores read from memory",
        "who said that nothing differs",
    ],
)
def test_what_compares_nothing_has_no_sides(question: str) -> None:
    """A question with "or", or a word that compares, need not name two sides."""
    assert find_comparison(parse_question(question)) is None


@pytest.mark.parametrize(
    ("question", "first", "second"),
    [
        ("compare Tarn and Corvid on read speed", "two milliseconds", "40 microseconds"),
        ("Corvid or Tarn: which reads faster?", "40 microseconds", "two milliseconds"),
        ("how do Omar Castell and Dana Whitfield differ on tests", "never write tests", "before everything else"),
    ],
)
async def test_both_sides_have_their_say(answers: AnswerService, question: str, first: str, second: str) -> None:
    """The best sentence of each side comes first, in the order asked, under its name."""
    answer = await _ask(answers, question)
    assert first in answer.citations[0].quote
    assert second in answer.citations[1].quote
    comparison = find_comparison(parse_question(question))
    assert comparison
    headings = [line for line in answer.text.split("\n") if "[" not in line]
    assert headings[:2] == [f"{side}:" for side in comparison.sides]


async def test_a_side_of_which_nobody_speaks_is_named(answers: AnswerService) -> None:
    """The other side is told all the same."""
    answer = await _ask(answers, "compare Corvid and Pellworm on read speed")
    assert answer.answered
    assert answer.text.startswith("Nothing I found mentions Pellworm.\nCorvid:\n")
    assert "40 microseconds" in answer.citations[0].quote


async def test_without_either_side_there_is_no_answer(answers: AnswerService) -> None:
    """Nothing else is told in their place."""
    assert not (await _ask(answers, "compare Pellworm and Zibbel on read speed")).answered


async def test_a_list_has_a_line_for_each_item(answers: AnswerService) -> None:
    """Each company is in a line of its own, and none comes twice."""
    answer = await _ask(answers, "which companies changed their licence?")
    told = [
        next(name for name in ("Orkdal", "Stack Harbour", "Quillon") if name in one.quote) for one in answer.citations
    ]
    assert sorted(told) == ["Orkdal", "Quillon", "Stack Harbour"]
    assert all(one.quote.count("changed its licence") == 1 for one in answer.citations)


async def test_a_list_of_guests_has_each_once(answers: AnswerService) -> None:
    """Who is asked for are those who speak."""
    answer = await _ask(answers, "which guests talk about tests?")
    assert sorted(one.speaker for one in answer.citations) == ["Dana Whitfield", "Omar Castell"]
