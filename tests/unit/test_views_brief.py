"""The wording of the brief."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.chat.message import Heading, Sources, Stats
from bot.chat.text import unstyled
from bot.domain import Brief, EntityKind, Mention, Modality, Signal, StatCard, Statement
from bot.views.brief import SignalReference, brief_view
from tests.pages import blocks, quotes, texts, words
from tests.snapshots.content import BRIEF, LEDGER, NORTHWIND, PRICE, QUIET, SOLD_OUT, claim


def test_a_quiet_brief_is_one_line() -> None:
    """A day without news says so once."""
    assert (
        words(brief_view(QUIET))
        == "Sat 27 Jun 2026 · robotics · Nothing new was said about robotics in 4 conversations."
    )


def test_a_brief_lists_each_conversation_it_counts() -> None:
    """The count has its proof: every conversation by show, title and date, with its link."""
    page = brief_view(BRIEF)
    assert "From 3 conversations: The Ledger Hour, Open Weights and Grid & Gravel." in words(page)
    (sources,) = (block for block in blocks(page) if isinstance(block, Sources))
    assert [source.href for source in sources.items] == [origin.url for origin in BRIEF.origins]


def test_exact_words_are_quotes_and_our_own_words_are_italic() -> None:
    """Evidence and what we make of it look different."""
    page = brief_view(BRIEF)
    held = [said.quote for said in BRIEF.claims_by_id.values()]
    assert all(any(quote.words in known for known in held) for quote in quotes(page))
    ours = next(text for text in texts(page) if "buying a market" in unstyled(text))
    assert ours[0].italic
    evidence = next(span for text in texts(page) for span in text if "At Port Velos" in span.text)
    assert not evidence.italic


@pytest.mark.parametrize(
    ("told", "lead", "quoted"),
    [
        ("We ship twice the code, Oskar Lind said on Open Weights.", None, "We ship twice the code"),
        ("Oskar Lind said: “We ship twice the code.”", None, "We ship twice the code"),
        (
            "Oskar Lind objects: “We ship twice the code.”",
            "Oskar Lind objects:",
            "We ship twice the code",
        ),
        ("It is late, Oskar Lind says on the same show.", None, "It is late."),
        ("Code doubled, Oskar Lind said.", "Code doubled, Oskar Lind said. [1]", None),
    ],
)
def test_words_that_are_told_exactly_are_drawn_as_a_quote(told: str, lead: str | None, quoted: str | None) -> None:
    """A sentence around exact words becomes the quote, and what else it says stays in front."""
    said = claim("k", LEDGER, "We ship twice the code, on most days. It is late.", "Oskar Lind", NORTHWIND)
    signal = Signal("s", "Code", (Statement(told, ("k",)),), Statement(""), Statement(""), (said,))
    page = brief_view(Brief("", BRIEF.date, "Code", signals=(signal,)))
    assert [quote.words for quote in quotes(page)] == ([quoted] if quoted else [])
    assert (lead is None) or lead in words(page)


def test_what_the_headline_says_is_not_said_again() -> None:
    """Below a headline in somebody's own words stands only whose they are, where and when."""
    told = (Statement(f"{PRICE.quote.removesuffix('.')}, {PRICE.speaker} said.", (PRICE.id,)),)
    signal = replace(BRIEF.signals[0], headline=PRICE.quote.removesuffix("."), said=told)
    page = words(brief_view(replace(BRIEF, signals=(signal, BRIEF.signals[1]))))
    assert PRICE.quote not in page
    assert f"{PRICE.speaker} · " in page


def test_the_lead_is_not_printed_twice() -> None:
    """The signal that gave the brief its headline is named by what it is about."""
    lead = replace(BRIEF.signals[0], entity=Mention("Halden AI", EntityKind.COMPANY))
    page = brief_view(replace(BRIEF, headline=lead.headline, signals=(lead, BRIEF.signals[1])))
    headings = [unstyled(block.title) for block in blocks(page) if isinstance(block, Heading)]
    assert headings.count(lead.headline) == 1
    assert "The lead: Halden AI" in headings


def test_more_of_a_topic_is_its_newest_claims() -> None:
    """The last button searches claims, which never comes back empty-handed as a question may."""
    more = next(button for button in brief_view(BRIEF).buttons if button.label.startswith("What else"))
    assert str(more.action) == f"claims:{BRIEF.topic}"


def test_our_own_wording_is_never_drawn_as_a_quote() -> None:
    """Derived words stay derived, even where they happen to be somebody's."""
    said = (Statement(PRICE.quote, (PRICE.id,), ours=True),)
    page = brief_view(replace(BRIEF, signals=(replace(BRIEF.signals[0], said=said),)))
    assert not quotes(page)


@pytest.mark.parametrize("modality", [Modality.ALLEGED, Modality.FORECAST, Modality.OPINION])
def test_a_hedge_is_never_lost(modality: Modality) -> None:
    """What is alleged, forecast or opinion is marked so wherever a claim is used: in text, quote and card."""
    said = replace(PRICE, modality=modality)
    statement = Statement("Prices fell.", (said.id,), ours=True)
    signal = Signal("s", "Prices", (Statement(said.quote, (said.id,)),), statement, statement, (said,))
    card = StatCard("off", "40 percent", "", said.id)
    page = brief_view(Brief("ai", BRIEF.date, "Prices", statement, (statement,), (card,), (signal,), statement))
    assert words(page).count(f"[1, {modality}]") == 5
    assert [stat.hedge for block in blocks(page) if isinstance(block, Stats) for stat in block.items] == [modality]
    assert all(f" · {modality} · " in unstyled(quote.by) for quote in quotes(page))


def test_hearsay_in_our_words_still_names_whom_it_comes_from() -> None:
    """A told sentence that leaves the speaker or the claimant out has them named below."""
    signal = replace(BRIEF.signals[1], said=(Statement("Kestrel was copied 29 million times.", ("c3",)),))
    page = brief_view(replace(BRIEF, signals=(signal,)))
    assert "Priya Raman, relaying Halden AI · alleged" in words(page)


def test_the_footer_says_what_was_read_and_what_was_proved() -> None:
    """Conversations read, sources that failed, statements supported."""
    footer = "Read 38 conversations · 2 sources could not be read · 17 of 17 statements supported"
    assert words(brief_view(BRIEF)).endswith(footer)


def test_late_and_update_are_said() -> None:
    """A late brief says so, and so does a story that was told before."""
    page = brief_view(BRIEF, late=True)
    headings = [str(block) for block in blocks(page)]
    assert any("27 Jun 2026 · ai · late" in heading for heading in headings)
    assert any("Update: " in heading for heading in headings)


def test_receipts_of_a_button_find_their_claims_again() -> None:
    """What a Receipts button carries is read back, and names the signal's claims in the kept edition."""
    first = next(button for button in brief_view(BRIEF).buttons if button.label == "Receipts")
    place = SignalReference.parse(first.action.arg)
    assert place == SignalReference(BRIEF.date, "tarn-price", "ai")
    signal = place.signal(BRIEF)
    assert signal is not None
    assert signal.claims == (PRICE, SOLD_OUT)
    assert replace(place, key="gone").signal(BRIEF) is None


def test_a_topic_may_have_a_slash() -> None:
    """`ai/chips` is one topic."""
    place = SignalReference(BRIEF.date, "key", "ai/chips")
    assert SignalReference.parse(str(place)) == place


def test_receipts_open_under_a_long_topic() -> None:
    """A long topic shortens the key in the button, which still finds its own signal."""
    twin = replace(BRIEF.signals[1], key="tarn-price-2")
    edition = replace(BRIEF, topic="t" * 72, signals=(twin, BRIEF.signals[0]))
    last = [button for button in brief_view(edition).buttons if button.label == "Receipts"][-1]
    signal = SignalReference.parse(last.action.arg).signal(edition)
    assert signal is not None
    assert signal.claims == (PRICE, SOLD_OUT)
