"""The page of a checked statement: quotes with who said them, and no verdict."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from bot.chat.message import Heading, Message
from bot.chat.text import unstyled
from bot.domain import StanceReport
from bot.views.answer import MAX_NEAREST, MAX_PER_SIDE, check_view
from tests.pages import blocks, quotes, words
from tests.snapshots.content import COPIED, DOUBLED, PRICE, QUEUE, SOLD_OUT

STATED = "Northwind raised the price of its Tarn boards."
VERDICT = re.compile(
    r"\b(?:true|false|correct|incorrect|wrong|verified|debunked|confirmed|misleading)\b", re.IGNORECASE
)


def titles(page: Message) -> list[str]:
    """Return the headings of a page."""
    return [unstyled(block.title) for block in blocks(page) if isinstance(block, Heading)]


def test_each_side_has_exact_words_and_who_said_them() -> None:
    """For, Against and Nearest, in this order, each quote with its attribution."""
    page = check_view(StanceReport(STATED, (SOLD_OUT,), (PRICE,), (QUEUE,)))
    assert titles(page) == ["1 claim for, 1 against", "For", "Against", "Nearest"]
    assert [quote.words for quote in quotes(page)] == [SOLD_OUT.quote, PRICE.quote, QUEUE.quote]
    assert "Mara Ilves · The Ledger Hour, 24 Jun 2026 · 0:12:32" in words(page)
    assert page.summary == "1 claim for, 1 against"


def test_how_a_claim_is_meant_is_said() -> None:
    """An allegation relayed by somebody stays one."""
    page = check_view(StanceReport(STATED, (COPIED,)))
    assert "Priya Raman, relaying Halden AI · alleged" in words(page)


def test_it_judges_nothing() -> None:
    """Who said what, and never whether it is true."""
    for weighed in (StanceReport(STATED, (SOLD_OUT,), (PRICE,)), StanceReport(STATED, related=(QUEUE,))):
        page = check_view(weighed)
        assert "Overheard doesn't judge; it shows who said what." in words(page)
        assert not VERDICT.search(" ".join([*titles(page), page.summary]))


def test_nothing_near_is_said_honestly() -> None:
    """That nobody spoke of it says nothing about it."""
    page = check_view(StanceReport(STATED))
    assert titles(page) == ["No one said anything close to that"]
    assert quotes(page) == []
    assert "comes close to this statement" in words(page)
    assert "doesn't make it false" in words(page)


def test_only_near_is_no_side() -> None:
    """Without a side the page says so at the top."""
    assert titles(check_view(StanceReport(STATED, related=(QUEUE,)))) == ["No one clearly for or against", "Nearest"]
    assert titles(check_view(StanceReport(STATED, opposing=(PRICE, QUEUE)))) == ["2 claims against", "Against"]


def test_a_long_side_is_cut_and_counted() -> None:
    """The nearest of each side are shown; how many more there are is told, except of what is only near."""
    page = check_view(StanceReport(STATED, (DOUBLED,) * (MAX_PER_SIDE + 3), related=(QUEUE,) * (MAX_NEAREST + 3)))
    assert len(quotes(page)) == MAX_PER_SIDE + MAX_NEAREST
    assert words(page).count("more.") == 1
    assert "And 3 more." in words(page)


@given(st.text(max_size=2_000))
def test_what_was_pasted_is_shown_short_and_as_plain_words(statement: str) -> None:
    """No markup, no line breaks, and never so much that it crowds out the quotes."""
    (heading,) = (block for block in blocks(check_view(StanceReport(statement))) if isinstance(block, Heading))
    assert len(unstyled(heading.kicker)) < 230
    assert "\n" not in unstyled(heading.kicker)
    assert not any(span.bold or span.italic or span.code or span.href for span in heading.kicker)
