"""Answers in a model's words: sentence by sentence, each on exact words, within the time that somebody waits."""

from __future__ import annotations

from collections.abc import Callable

from bot.analysts.llm.analyst import LLMAnalyst
from bot.analysts.llm.answerer import TIMEOUT_SECONDS
from bot.analysts.rules import RuleAnalyst
from bot.claims.extractor import extract_claims
from bot.domain import Answer, Asker, Hit, ThreadContext
from bot.llm.provider import Task
from tests.said import conversation
from tests.writers import Writer, broken, nothing

TALK = conversation(
    "prices",
    "Tarn Foundry raised wafer prices by 40 percent in May, and customers paid without a word.",
    "Norvik may close its plant at Orkdal next year, I think, if nobody buys it.",
)
HITS = [Hit(passage, 1.0, coverage=1.0) for passage in extract_claims(TALK).passages]
QUESTION = "Who raised wafer prices?"
GOOD = "Wafer prices at Tarn Foundry went up by 40 percent in May, Dana Whitfield said."
WRONG = "Wafer prices at Tarn Foundry went up by 90 percent in May, Dana Whitfield said."


ANN = Asker("slack:T1", "U1")


def cited(text: str, first: str = "Tarn Foundry raised", last: str = "without a word") -> dict[str, object]:
    """Return a sentence on the words about wafers."""
    return {"passage": 1, "first": first, "last": last, "text": text}


def answering(*sentences: dict[str, object], mended: str = "") -> Writer:
    """Answer in these sentences; correct the first wrong one to that."""

    def says(task: Task) -> object:
        said = {"answer": {"sentences": list(sentences)}, "repair": {"lines": [{"number": 0, "text": mended}]}}
        return said.get(task.purpose) or nothing(task)

    return Writer(says)


async def states(writer: Writer, question: str = QUESTION, asker: Asker = ANN) -> list[Answer]:
    """Return every state of an answer."""
    return [one async for one in LLMAnalyst(writer).answer(question, HITS, ThreadContext(), asker)]


async def plain(question: str = QUESTION) -> Answer:
    """Return what is answered without a model."""
    return await anext(RuleAnalyst().answer(question, HITS, ThreadContext(), Asker()))


async def test_an_answer_grows_by_sentences_that_hold() -> None:
    """Each is numbered and stands on the exact words that it points at."""
    second = cited("Customers of Tarn Foundry paid for wafers without a word, said Dana Whitfield.")
    grown = await states(answering(cited(GOOD), second))
    assert [one.text for one in grown] == [
        f"{GOOD} [1]",
        f"{GOOD} [1]\n{second['text']} [1]",
        f"{GOOD} [1]\n{second['text']} [1]",
    ]
    assert [one.is_partial for one in grown] == [True, True, False]
    (citation,) = grown[-1].citations
    assert citation.quote == TALK.turns[0].text
    assert grown[-1].note == ""


async def test_the_model_reads_where_and_when_each_passage_was_said() -> None:
    """So that it can tell which is the latest, and what was said in a year."""
    writer = answering()
    await states(writer)
    origin = TALK.origin
    assert (
        f"({origin.show}, {origin.title}, {origin.date.day} {origin.date:%B %Y})\n[1] Dana Whitfield: Tarn"
        in writer.asked[0].user
    )


async def test_what_does_not_hold_is_never_shown() -> None:
    """Not even while the answer grows; it may be corrected once."""
    grown = await states(answering(cited(WRONG), cited(GOOD), mended=""))
    assert all("90" not in one.text for one in grown)
    assert grown[-1].note == "One sentence was left out: nothing that was said bears it out."
    mended = await states(answering(cited(WRONG), mended=GOOD))
    assert [one.text for one in mended] == [f"{GOOD} [1]"]


async def test_words_that_nobody_said_are_no_evidence() -> None:
    """Where nothing holds, the answer is made without the model, and says so."""
    (given,) = await states(answering(cited(GOOD, first="Prices doubled", last="in June")))
    assert given.text == (await plain()).text
    assert given.note.startswith("In the speakers' own words, without the language model: nothing it wrote")


async def test_without_the_model_there_is_an_answer_all_the_same() -> None:
    """With the reason."""
    (given,) = await states(Writer(broken))
    assert given.text == (await plain()).text
    assert given.note == ("In the speakers' own words, without the language model: The model did not answer in time.")


async def test_what_the_evidence_does_not_answer_is_not_asked() -> None:
    """So nobody pays for a refusal, and no model can talk its way out of one."""
    writer = answering(cited(GOOD))
    (given,) = await states(writer, "What did the bishop of Halden eat for breakfast?")
    assert not given.answered
    assert writer.asked == []


def german(say: Callable[[str], str]) -> Writer:
    """Answer rightly, and translate by a rule."""

    def says(task: Task) -> object:
        if task.purpose == "translation":
            words = [line.split("] ", 1) for line in task.user.splitlines() if line.startswith("[")]
            return {"lines": [{"number": int(n[1:]), "text": say(text)} for n, text in words]}
        return answering(cited(GOOD)).says(task)

    return Writer(says)


async def test_an_answer_is_given_in_the_askers_language() -> None:
    """Names and figures stand where the translation puts their marks; quotes stay as spoken."""
    asker = Asker("slack:T1", "U1", "German")
    (given,) = await states(german(lambda text: text.replace("went up by", "stiegen um")), asker=asker)
    assert given.text == "Wafer prices at Tarn Foundry stiegen um 40 percent in May, Dana Whitfield said. [1]"
    assert given.citations[0].quote == TALK.turns[0].text


async def test_a_translation_that_adds_or_loses_something_does_not_count() -> None:
    """A figure, an address, a lost name: the English sentence stands."""
    asker = Asker("slack:T1", "U1", "German")
    for say in (lambda text: f"{text} 17", lambda text: f"{text} evil.example", lambda _: "Nichts.", lambda _: ""):
        (given,) = await states(german(say), asker=asker)
        assert given.text == f"{GOOD} [1]"


async def test_a_question_in_another_language_is_understood() -> None:
    """It is searched for in English and answered in its own language; the model sees nothing that was read."""

    def says(_: Task) -> object:
        return {"language": "German", "question": "Who raised wafer prices at Tarn Foundry?"}

    writer = Writer(says)
    asked = await LLMAnalyst(writer).resolve("Wer hat bei Tarn Foundry die Preise erhöht?", ThreadContext(), Asker())
    assert (asked.question, asked.language) == ("Who raised wafer prices at Tarn Foundry?", "German")
    assert TALK.turns[0].text not in writer.asked[0].user


async def test_a_question_gains_nothing_that_the_thread_does_not_have() -> None:
    """A name or a word of the model's own is not searched for."""
    thread = ThreadContext(("What did Norvik say about Orkdal?",), ("Norvik",))
    for made, kept in (("Why will Norvik close Orkdal?", False), ("Why did Norvik say Orkdal?", True)):
        writer = Writer(lambda _, made=made: {"language": "English", "question": made})
        asked = await LLMAnalyst(writer).resolve("and why?", thread, Asker())
        assert (asked.question == made) is kept


async def test_a_question_that_stands_alone_is_not_rewritten() -> None:
    """The model is not asked."""
    writer = Writer(broken)
    assert (await LLMAnalyst(writer).resolve(QUESTION, ThreadContext(), Asker())).question == QUESTION
    assert writer.asked == []


async def test_a_translation_has_no_more_time_than_the_asker() -> None:
    """What the answer has taken already is not there for it."""
    writer = german(lambda text: text)
    await states(writer, asker=Asker("slack:T1", "U1", "German"))
    (task,) = [task for task in writer.asked if task.purpose == "translation"]
    assert task.seconds <= TIMEOUT_SECONDS
