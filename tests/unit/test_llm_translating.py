"""Marks for what a translation may not touch: put in, and put back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.analysts.llm.analyst import LLMAnalyst
from bot.analysts.llm.translator import mask_sentence, unmask
from bot.domain import Brief, Signal, Statement
from bot.llm.provider import Task
from tests.claims import TODAY, claim
from tests.writers import Writer, broken

PRICES = claim("Halloway Mills raised its prices by 12% after the fire at Torsund.", about=["Halloway Mills"])
PARTS = ["Halloway Mills", "12%", "in May 2031", "“as they said”", "[1]", "about 40,000 looms", "so it goes", "und"]


def test_names_figures_dates_and_quotes_are_marks() -> None:
    """And nothing else is."""
    one = mask_sentence("Halloway Mills raised prices by 12% in May 2031: “never again” [1].", ["Halloway Mills"])
    assert one.text == "⟦1⟧ raised prices by ⟦2⟧ in ⟦3⟧: ⟦4⟧ ⟦5⟧."
    assert one.parts == ("Halloway Mills", "12%", "May 2031", "“never again”", "[1]")


@given(st.lists(st.sampled_from(PARTS), min_size=1, max_size=6))
def test_what_is_put_back_is_what_was_taken_out(parts: list[str]) -> None:
    """A translation that keeps all marks keeps all that they stand for, wherever it puts them."""
    sentence = " ".join(parts)
    one = mask_sentence(sentence, ["Halloway Mills"])
    assert unmask(one.text, one) == sentence
    words = one.text.split()
    turned = unmask(" ".join(reversed(words)), one)
    assert sorted(turned.split()) == sorted(sentence.split())


@given(
    st.sampled_from(PARTS[:6]), st.sampled_from(["", "⟦1⟧⟦1⟧", "⟦2⟧", "⟦1⟧ 7", "⟦1⟧ <b>", "⟦1⟧ x.com/y", "x " * 200])
)
def test_what_loses_a_mark_or_adds_something_is_no_translation(part: str, said: str) -> None:
    """It is left in English then."""
    assert unmask(said, mask_sentence(f"{part}.", ["Halloway Mills"])) == ""


def edition() -> Brief:
    """Return a brief with one sentence in the speaker's words and one of ours."""
    told = Statement(f"{PRICES.quote[:-1]}, Dana Whitfield said on Open Bench.", (PRICES.id,))
    ours = Statement("Prices at Halloway Mills move the whole valley.", (PRICES.id,), ours=True)
    signal = Signal("k", "Halloway Mills raised its prices by 12%", (told,), ours, Statement(""), (PRICES,))
    return Brief("", TODAY, "Halloway Mills raised its prices by 12%", signals=(signal,))


async def test_a_brief_is_translated_but_for_what_people_said() -> None:
    """Somebody's words stay; the headline and our own sentences change their language."""

    def says(task: Task) -> object:
        lines = [line.split("] ", 1) for line in task.user.splitlines() if line.startswith("[")]
        return {"lines": [{"number": int(n[1:]), "text": f"auf Deutsch: {text}"} for n, text in lines]}

    brief = await LLMAnalyst(Writer(says)).translate(edition(), "German", "slack:T1")
    assert brief.headline == "auf Deutsch: Halloway Mills raised its prices by 12%"
    assert brief.signals[0].said == edition().signals[0].said
    assert brief.signals[0].matters.text.startswith("auf Deutsch: ")


async def test_without_the_model_the_brief_is_english_and_says_why() -> None:
    """It goes out all the same."""
    brief = await LLMAnalyst(Writer(broken)).translate(edition(), "German", "slack:T1")
    assert brief.signals == edition().signals
    assert brief.note == "Not in German: The model did not answer in time."
