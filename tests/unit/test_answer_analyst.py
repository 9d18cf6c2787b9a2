import datetime as dt
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from bot.analysts.rules import RuleAnalyst
from bot.briefs.composer import compose_brief
from bot.claims.extractor import extract_claims
from bot.domain import Asker, Conversation, Hit, Material, ThreadContext, Turn
from bot.qa.answer import answer_question
from tests.writers import read

P = ParamSpec("P")
T = TypeVar("T")

DAY = dt.date(2031, 6, 20)
TALK = Conversation(
    "talk/1",
    "Open Bench",
    "Evening edition",
    DAY,
    (Turn("Tarn Foundry raised wafer prices by 40 percent.", "Ann Bay"),),
)


async def test_the_plain_analyst_does_what_its_parts_do() -> None:
    """Reading, composing, resolving and answering come out as their functions make them."""
    analyst = RuleAnalyst()
    reading = await read(TALK, analyst)
    assert reading == extract_claims(TALK)
    material = Material("", DAY, reading.claims)
    assert await analyst.compose(material) == compose_brief(material)
    asked = await analyst.resolve("Who raised wafer prices?", ThreadContext(), Asker())
    hits = [Hit(passage, 1.0) for passage in reading.passages]
    (given,) = [one async for one in analyst.answer(asked.question, hits, asked.context, Asker())]
    assert given == answer_question(asked.question, hits, asked.context)
    assert given.citations[0].speaker == "Ann Bay"


class Counting(ThreadPoolExecutor):
    """A thread pool that counts what it is given."""

    given = 0

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Count, and do the work."""
        self.given += 1
        return super().submit(fn, *args, **kwargs)


async def test_thinking_is_done_on_the_executor() -> None:
    """Work goes to the executor that was given, so that the event loop stays free."""
    with Counting(1) as executor:
        await anext(RuleAnalyst(executor).answer("Who raised wafer prices?", [], ThreadContext(), Asker()))
        assert executor.given == 1
