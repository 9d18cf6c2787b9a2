"""A brief in a model's words: what is taken over, what is corrected, and what is left out."""

from __future__ import annotations

from dataclasses import replace

from bot.analysts.llm.analyst import LLMAnalyst
from bot.briefs.composer import compose_brief
from bot.chat.message import Heading, Note
from bot.chat.text import unstyled
from bot.domain import Brief, Figure, Material
from bot.llm.provider import Task
from bot.verification.extractive import brief_violations
from bot.views.brief import brief_view
from tests.claims import TODAY, claim, origin
from tests.pages import blocks
from tests.writers import Writer, broken, nothing

PRICES = claim(
    "Halloway Mills raised its prices by 12% after the fire at Torsund.",
    about=["Halloway Mills", "Torsund"],
    figures=[Figure("12%", 12, "%")],
)
ORDERS = claim(
    "Corvane booked orders for 40,000 looms last quarter.",
    speaker="Ravi Anand",
    at=origin("Market Hour"),
    about=["Corvane"],
    figures=[Figure("40,000", 40_000, "looms")],
)
MATERIAL = Material("", TODAY, (PRICES, ORDERS), read={TODAY: 2})

BECAUSE = "Halloway Mills raised its prices by 12% because the fire at Torsund burned its stocks."
GOOD = "After the Torsund fire, Dana Whitfield said, prices at Halloway Mills went up by 12%."
WRONG = "After the Torsund fire, Dana Whitfield said, prices at Halloway Mills went up by 21%."


def writing(said: str, mended: str = "") -> Writer:
    """Write this of Halloway Mills and nothing of anybody else; correct it to that."""

    def says(task: Task) -> object:
        if task.purpose == "signal" and "Halloway" in task.user:
            empty = {"claims": [], "text": ""}
            return {"headline": empty, "said": [{"claims": [1], "text": said}], "matters": empty, "watch": empty}
        if task.purpose == "repair":
            return {"lines": [{"number": 1, "text": mended}]}
        return nothing(task)

    return Writer(says)


def told(brief: Brief) -> list[str]:
    """Return the sentences of the signal about Halloway Mills."""
    return [part.text for signal in brief.signals if PRICES in signal.claims for part in signal.said]


async def test_a_sentence_that_holds_is_taken_over() -> None:
    """The story, its claims and all that the model left empty stay as they were."""
    brief = await LLMAnalyst(writing(GOOD)).compose(MATERIAL)
    plain = compose_brief(MATERIAL)
    assert told(brief) == [GOOD]
    assert [signal.claims for signal in brief.signals] == [signal.claims for signal in plain.signals]
    assert (brief.headline, brief.cards) == (plain.headline, plain.cards)
    assert (brief.dropped, brief.note, brief_violations(brief)) == (0, "", [])
    assert brief.supported == brief.statements


async def test_what_passed_the_gate_of_reworded_sentences_counts_as_supported() -> None:
    """The plain gate would not know it again; the footer says what holds."""
    reworded = "Prices at Halloway Mills went up 12 percent as a result of the fire at Torsund, Dana Whitfield said."
    because = replace(PRICES, quote=BECAUSE, text=BECAUSE, end=len(BECAUSE))
    material = replace(MATERIAL, claims=(because, ORDERS))
    brief = await LLMAnalyst(writing(reworded)).compose(material)
    assert reworded in [part.text for signal in brief.signals for part in signal.said]
    assert brief_violations(brief)
    assert brief.supported == brief.statements


async def test_a_wrong_figure_is_corrected_once() -> None:
    """The model is told what is wrong; what it makes of it has to pass, too."""
    writer = writing(WRONG, mended=GOOD)
    brief = await LLMAnalyst(writer).compose(MATERIAL)
    assert told(brief) == [GOOD]
    (repair,) = [task for task in writer.asked if task.purpose == "repair"]
    assert "figure: 21%" in repair.user
    assert PRICES.quote in repair.user


async def test_what_stays_wrong_is_left_out_and_the_reader_is_told() -> None:
    """The speaker's own words stand in its place."""
    writer = writing(WRONG, mended=WRONG)
    brief = await LLMAnalyst(writer).compose(MATERIAL)
    assert told(brief) == told(compose_brief(MATERIAL))
    assert brief.dropped == 1
    assert writer.purposes().count("repair") == 1
    notes = [unstyled(block.text) for block in blocks(brief_view(brief)) if isinstance(block, Note)]
    assert any(note.endswith("1 unsupported sentence left out") for note in notes)


async def test_a_name_alone_is_no_sentence() -> None:
    """It tells nothing, however true."""
    brief = await LLMAnalyst(writing("Halloway Mills", mended="Halloway Mills.")).compose(MATERIAL)
    assert told(brief) == told(compose_brief(MATERIAL))
    assert brief.dropped == 1


async def test_without_the_model_the_plain_brief_goes_out_marked() -> None:
    """With the reason, in words."""
    brief = await LLMAnalyst(Writer(broken)).compose(MATERIAL)
    plain = compose_brief(MATERIAL)
    assert (brief.signals, brief.dek, brief.argument) == (plain.signals, plain.dek, plain.argument)
    assert brief.note == "In the speakers' own words, without the language model: The model did not answer in time."
    assert brief.note in str(brief_view(brief))


async def test_a_quiet_day_costs_nothing() -> None:
    """There is nothing to write of."""
    writer = Writer(broken)
    assert (await LLMAnalyst(writer).compose(Material("", TODAY, ()))).quiet
    assert writer.asked == []


async def test_two_stories_are_one_where_the_model_and_the_words_say_so() -> None:
    """A model's word alone joins nothing: the claims must share a name and a word."""
    again = claim(
        "The mills at Torsund will open in May, Halloway Mills told its 300 weavers.",
        speaker="Ravi Anand",
        at=origin("Market Hour"),
        about=["Halloway Mills", "Torsund"],
        figures=[Figure("300", 300, "weavers")],
    )
    material = Material("", TODAY, (PRICES, ORDERS, again), read={TODAY: 2})
    apart = compose_brief(material)

    def says(task: Task) -> object:
        numbers = [n for n, _ in enumerate(apart.signals, 1)]
        return {"stories": [{"numbers": numbers}]} if task.purpose == "stories" else nothing(task)

    joined = await LLMAnalyst(Writer(says)).compose(material)
    assert {len(signal.claims) for signal in joined.signals if ORDERS in signal.claims} == {1}
    headings = [block for block in blocks(brief_view(joined)) if isinstance(block, Heading)]
    assert headings
