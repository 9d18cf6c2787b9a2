"""Pages stay within a platform's limits, in order and with nothing lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.message import (
    Action,
    Block,
    Button,
    Callout,
    Choices,
    Group,
    Heading,
    Item,
    Message,
    Note,
    Prose,
    Quote,
    Source,
    Sources,
    Stat,
    Stats,
)
from bot.chat.text import Text, md, styled_text, unstyled
from bot.platforms.pagination import Size, paginate
from bot.views.brief import brief_view
from tests.snapshots.content import BRIEF

SMALLEST = 80


def words_of(block: Block) -> str:
    """Return every word of a block, in reading order."""
    match block:
        case Heading(title, kicker):
            return unstyled(kicker) + unstyled(title)
        case Prose(text) | Note(text):
            return unstyled(text)
        case Quote(words, by):
            return words + unstyled(by)
        case Stats(items):
            return "".join(item.label + item.value + item.hedge for item in items)
        case Item(title, body, beside, note):
            return unstyled(title) + unstyled(body) + "".join(one.label for one in beside) + unstyled(note)
        case Callout(label, text):
            return label + unstyled(text)
        case Sources(sources):
            return "".join(unstyled(source.text) for source in sources)
        case Choices(buttons):
            return "".join(button.label for button in buttons)


def words_in(group: Group) -> str:
    """Return every word of a group."""
    return "".join(map(words_of, group.blocks))


def measure(group: Group) -> Size:
    """Count characters and blocks, as a chat platform would."""
    return Size(len(words_in(group)), len(group.blocks))


words = st.text(st.sampled_from("abc é字. !\n"), max_size=400)
some = words.filter(bool)
label = st.text("xyz", min_size=1, max_size=20)
text = st.lists(st.builds(lambda w, b: styled_text(w, bold=b), words, st.booleans()), max_size=3).map(
    lambda parts: tuple(span for part in parts for span in part)
)
button = st.builds(Button, label, st.just(Action("ask", "x")))
stat = st.builds(Stat, words, some, words)
source = st.builds(Source, text, st.none())
block = st.one_of(
    st.builds(Heading, text, text),
    st.builds(Prose, text),
    st.builds(Quote, words, text),
    st.builds(Stats, st.lists(stat, min_size=1, max_size=5).map(tuple)),
    st.builds(Item, text, text, st.lists(button, max_size=3).map(tuple), text),
    st.builds(Callout, label, text),
    st.builds(Note, text),
    st.builds(Sources, st.lists(source, min_size=1, max_size=5).map(tuple)),
    st.builds(Choices, st.lists(button, min_size=1, max_size=5).map(tuple)),
)
group = st.builds(Group, st.lists(block, max_size=6).map(tuple))
groups = st.lists(group, max_size=6).map(tuple)
message = st.builds(Message, groups, st.just("summary"), st.just(()) | groups)
limits = st.builds(Size, st.integers(SMALLEST, 1500), st.integers(1, 12))


@given(message, limits)
def test_every_page_is_within_the_limits(message: Message, limits: Size) -> None:
    """No page passes either limit, whatever the message."""
    for page in paginate(message, measure, limits):
        assert sum(map(measure, page.groups), Size(0, 0)).fits_within(limits)


@given(message, limits)
def test_nothing_is_lost_and_the_order_is_kept(message: Message, limits: Size) -> None:
    """All words and buttons of all pages, one after the other, are those of the message."""
    split = paginate(message, measure, limits)
    drawn = "".join(words_in(g) for page in split for g in page.groups)
    assert drawn == "".join(map(words_in, message.unfolded.groups))
    assert [b for page in split for b in page.buttons] == list(message.buttons)


@given(message)
def test_a_message_that_fits_is_one_page(message: Message) -> None:
    """Nothing is touched where nothing has to be, but its thread begins another page."""
    pages = paginate(message, measure, Size(10**6, 10**6))
    parts = [part for part in (message.groups, message.thread) if part]
    assert [page.groups for page in pages] == (parts or [()])


@given(st.lists(group, min_size=1, max_size=8).map(tuple), st.integers(0, 7))
def test_a_page_breaks_between_groups(groups: tuple[Group, ...], at: int) -> None:
    """Groups that fit on a page are never torn apart."""
    widest = max(measure(g).characters for g in groups) + at
    limits = Size(max(widest, SMALLEST), max(len(g.blocks) for g in groups) + at)
    assert groups == tuple(g for page in paginate(Message(groups, ""), measure, limits) for g in page.groups)


def test_long_prose_breaks_between_sentences() -> None:
    """A paragraph over the limit is cut where a sentence ends."""
    prose = Prose(md("**One** sentence is here. Another one follows it. And a third closes."))
    split = paginate(Message((Group((prose,)),), ""), measure, Size(50, 5))
    found = [words_in(g) for page in split for g in page.groups]
    assert found == ["One sentence is here. ", "Another one follows it. And a third closes."]


def test_emphasis_survives_a_cut() -> None:
    """Bold words are bold on both sides of a page break."""
    bold: Text = md("**{words}**", words="word " * 30)
    split = paginate(Message((Group((Prose(bold),)),), ""), measure, Size(80, 5))
    spans = [s for p in split for g in p.groups for b in g.blocks if isinstance(b, Prose) for s in b.text]
    assert all(span.bold for span in spans)


def test_numbers_of_sources_go_on_after_a_page_break() -> None:
    """[3] is still [3] on the next page."""
    sources = Sources(tuple(Source(styled_text("x" * 40)) for _ in range(4)))
    split = paginate(Message((Group((sources,)),), ""), measure, Size(80, 5))
    firsts = [b.first for p in split for g in p.groups for b in g.blocks if isinstance(b, Sources)]
    assert firsts == [1, 3]


@pytest.mark.parametrize(("limits", "expected"), [(Size(12_000, 50), 2), (Size(600, 40), 6)])
def test_a_brief_is_as_many_pages_as_the_platform_needs(limits: Size, expected: int) -> None:
    """A small edition is one page and one for its thread, and several smaller ones."""
    assert expected == len(paginate(brief_view(BRIEF), measure, limits))
