import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.analysts.rules import RuleAnalyst
from bot.domain import Analysis, Answer, Asker, Conversation, Filters, ThreadContext, Turn
from bot.nlp.passages import split_into_passages
from bot.qa.service import AnswerService
from bot.search.hybrid import open_search
from bot.store.store import open_store
from tests.fakes import FixedClock

TODAY = dt.datetime(2031, 6, 20, 12, tzinfo=dt.UTC)


def _talk(name: str, date: dt.date, *turns: tuple[str, str]) -> Conversation:
    said = tuple(Turn(words, speaker, 4.0 + n) for n, (speaker, words) in enumerate(turns))
    return Conversation(f"bench/{name}", "Open Bench", name, date, said)


MAY = dt.date(2031, 5, 4)
TALKS = [
    _talk(
        "Rates",
        MAY,
        ("Chair Orvath", "The committee raised the policy rate by half a point, because prices of services climb."),
        ("Omar Castell", "Would you ever cut rates this year?"),
        ("Chair Orvath", "We would not consider cutting rates until prices fall. Nobody expects that soon."),
    ),
    _talk(
        "Deals",
        MAY,
        ("Dana Whitfield", "Corvid bought Tarn Foundry for two billion dollars, because it needed the wafers."),
        ("Omar Castell", "Orkdal sold its mill to Pellworm the same week. Quillon hired 300 people for the new plant."),
        ("Dana Whitfield", "Lindqvist was acquired by Orkdal in spring."),
    ),
    _talk(
        "Votes",
        MAY,
        ("Omar Castell", "Marta Brink won the election in May, and Jan Holt lost the election by a hair."),
        ("Dana Whitfield", "Orkdal cancelled its phone in April. It launched a watch instead."),
    ),
    _talk("Kelp", MAY, ("Petra Lindholm", "I think kelp farms will feed our cattle. Kelp grows half a metre a day.")),
    *(_talk(f"Gardens {n}", MAY, ("Omar Castell", f"Bed {n} has tulips, and I like pears.")) for n in range(9)),
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
    ("question", "text", "nearest"),
    [
        (
            "why did Orvath cut rates?",
            "Chair Orvath speaks of raising, not of cutting (4 May 2031).",
            "raised the policy",
        ),
        (
            "why did Orvath cut rates in May 2031?",
            "Chair Orvath speaks of raising, not of cutting (4 May 2031).",
            "raised the policy",
        ),
        (
            "why did Corvid sell Tarn Foundry?",
            "I found nothing of Corvid selling Tarn Foundry; the nearest speaks of buying.",
            "Corvid bought",
        ),
        (
            "why did Quillon lay off people for the new plant",
            "I found nothing of Quillon laying off people for the new plant; the nearest speaks of hiring.",
            "Quillon hired",
        ),
        (
            "why did Jan Holt win the election?",
            "I found nothing of Jan Holt winning the election; the nearest speaks of losing.",
            "Jan Holt lost",
        ),
        (
            "when did Orkdal launch its phone?",
            "I found nothing of Orkdal launching its phone; the nearest speaks of canceling.",
            "cancelled its phone",
        ),
    ],
)
async def test_the_opposite_of_what_is_asked_is_named(
    answers: AnswerService, question: str, text: str, nearest: str
) -> None:
    """If nothing found tells of an action, and the nearest tells of its opposite, the refusal says so."""
    answer = await _ask(answers, question)
    assert (answer.answered, answer.text) == (False, text)
    assert answer.nearest
    assert nearest in answer.nearest.quote


@pytest.mark.parametrize(
    ("question", "nearest"),
    [
        ("why did Orkdal buy Tarn Foundry?", "Corvid bought"),
        ("why did Corvid acquire Lindqvist?", "acquired by Orkdal"),
    ],
)
async def test_what_somebody_else_did_is_told_as_that(answers: AnswerService, question: str, nearest: str) -> None:
    """Who asks why one company bought another isn't told why a third did."""
    answer = await _ask(answers, question)
    assert not answer.answered
    assert answer.text.endswith("; the nearest names others.")
    assert answer.nearest
    assert nearest in answer.nearest.quote


async def test_who_is_not_heard_on_a_thing_is_named(answers: AnswerService) -> None:
    """Somebody's view of what others alone speak of is refused with who does."""
    answer = await _ask(answers, "what does Dana Whitfield think about the kelp farms?")
    assert not answer.answered
    assert answer.text == "I found nothing by Dana Whitfield on the kelp farms; Petra Lindholm speaks of it."
    assert answer.nearest
    assert answer.nearest.speaker == "Petra Lindholm"


@pytest.mark.parametrize(
    ("question", "missing"),
    [
        ("how much did Zibbel pay for Tarn Foundry?", "Zibbel"),
        ("what did Tim Kelper say about kelp", "Tim Kelper"),
        ("who wrote the brindlewood report", "brindlewood"),
    ],
)
async def test_what_nobody_mentions_is_named(answers: AnswerService, question: str, missing: str) -> None:
    """A name that is nowhere in the library is named, however like another it is."""
    answer = await _ask(answers, question)
    assert not answer.answered
    assert f"Nobody here mentions {missing}" in answer.text


async def test_what_nobody_mentions_is_named_beside_the_time(answers: AnswerService) -> None:
    """Nothing from a year, and nothing at all of a company, are told together."""
    answer = await _ask(answers, "how much did Zibbel pay for Tarn Foundry in 2019?")
    assert answer.text == "I found nothing in 2019 that answers this. Nobody here mentions Zibbel."


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("why did Orvath raise rates?", "prices of services"),
        ("why did Corvid buy Tarn Foundry?", "needed the wafers"),
        ("who acquired Lindqvist?", "by Orkdal"),
        ("who won the election?", "Marta Brink"),
        ("what does Petra Lindholm think about kelp farms?", "feed our cattle"),
        ("would Orvath cut rates?", "not consider cutting"),
    ],
)
async def test_what_is_true_is_answered(answers: AnswerService, question: str, words: str) -> None:
    """A premise that the sentences bear out is no reason to refuse, nor is a question of what might be."""
    answer = await _ask(answers, question)
    assert answer.answered
    assert words in " ".join(citation.quote for citation in answer.citations)
