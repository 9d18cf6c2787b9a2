"""Pagination within a platform's limits: pages break between groups, in order, and nothing is lost."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import TypeAlias, assert_never

from bot.chat.message import (
    Block,
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
from bot.chat.text import Text, styled_text, unstyled

_SENTENCE_BREAK = re.compile(r"(?<=[.!?…])\s+")
_WHITESPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Size:
    """What a platform counts: visible characters, and its own blocks or components."""

    characters: int
    blocks: int

    def __add__(self, other: Size) -> Size:
        """Return the size of both together."""
        return Size(self.characters + other.characters, self.blocks + other.blocks)

    def fits_within(self, limits: Size) -> bool:
        """Return whether neither limit is exceeded."""
        return self.characters <= limits.characters and self.blocks <= limits.blocks


Measure: TypeAlias = Callable[[Group], Size]


def paginate(message: Message, measure: Measure, limits: Size) -> tuple[Message, ...]:
    """Split a message into as many pages as it needs, each within the limits.

    The thread begins on a page of its own. A page breaks between groups. A group that is too large for any page breaks
    between its blocks, and a block that is too large between sentences, then words, then characters. A single button
    is never split.
    """
    pages = (*_pages(message.groups, measure, limits), *_pages(message.thread, measure, limits))
    return tuple(Message(page, message.summary) for page in pages) or (message,)


def _pages(groups: Iterable[Group], measure: Measure, limits: Size) -> Iterator[tuple[Group, ...]]:
    return _pack((part for group in groups for part in _split_group(group, measure, limits)), measure, limits)


def _pack(groups: Iterable[Group], measure: Measure, limits: Size) -> Iterator[tuple[Group, ...]]:
    page: list[Group] = []
    used = Size(0, 0)
    for group in groups:
        size = measure(group)
        if page and not (used + size).fits_within(limits):
            yield tuple(page)
            page, used = [], Size(0, 0)
        page.append(group)
        used += size
    if page:
        yield tuple(page)


def _split_group(group: Group, measure: Measure, limits: Size) -> Iterator[Group]:
    if measure(group).fits_within(limits):
        yield group
        return
    run: list[Block] = []
    for piece in (piece for block in group.blocks for piece in _split_block(block, measure, limits)):
        if run and not measure(Group((*run, piece))).fits_within(limits):
            yield Group(tuple(run))
            run = []
        run.append(piece)
    if run:
        yield Group(tuple(run))


def _split_block(block: Block, measure: Measure, limits: Size) -> Iterator[Block]:
    halves = () if measure(Group((block,))).fits_within(limits) else _split_in_two(block)
    if not halves:
        yield block
    for half in halves:
        yield from _split_block(half, measure, limits)


def _split_in_two(block: Block) -> tuple[Block, ...]:
    """Cut a block in two (or into its components); return nothing if it can't be cut."""
    halves: tuple[Block, ...]
    match block:
        case Prose(text):
            halves = tuple(Prose(half) for half in _split_text(text))
        case Note(text):
            halves = tuple(Note(half) for half in _split_text(text))
        case Quote(words, by):
            split = (Quote(unstyled(half), ()) for half in _split_text(styled_text(words)))
            halves = (Quote(words, ()), Note(by)) if by else tuple(split)
        case Heading(title, kicker):
            halves = (Note(kicker), Heading(title)) if kicker else tuple(Heading(half) for half in _split_text(title))
        case Callout(label, text):
            halves = _split_callout(label, text)
        case Item():
            halves = _split_item(block)
        case Stats(items):
            halves = _split_stats(items)
        case Sources(items, first):
            halves = _split_sources(items, first)
        case Choices(buttons):
            half = len(buttons) // 2
            halves = (Choices(buttons[:half]), Choices(buttons[half:])) if half else ()
        case _:
            assert_never(block)
    return halves


def _split_item(item: Item) -> tuple[Block, ...]:
    body = (Prose(item.body),) if item.body else ()
    buttons = (Choices(item.buttons),) if item.buttons else ()
    return (Prose(item.title), *body, *buttons, *((Note(item.note),) if item.note else ()))


def _split_callout(label: str, text: Text) -> tuple[Block, ...]:
    halves = _split_text(text)
    return (Callout(label, halves[0]), *(Prose(half) for half in halves[1:])) if halves else ()


def _split_stats(items: tuple[Stat, ...]) -> tuple[Block, ...]:
    if len(items) == 1:
        return tuple(Prose(styled_text(words)) for words in (items[0].label, items[0].value, items[0].hedge) if words)
    half = len(items) // 2
    return (Stats(items[:half]), Stats(items[half:])) if half else ()


def _split_sources(items: tuple[Source, ...], first: int) -> tuple[Block, ...]:
    if len(items) == 1:
        halves = _split_text(items[0].text)
        rest = tuple(Note(half) for half in halves[1:])
        return (Sources((replace(items[0], text=halves[0]),), first), *rest) if halves else ()
    half = len(items) // 2
    return (Sources(items[:half], first), Sources(items[half:], first + half)) if half else ()


def _split_text(text: Text) -> tuple[Text, ...]:
    """Cut a text in two near its middle, between sentences if it has several, else words; () if too short."""
    words = unstyled(text)
    if len(words) <= 1:
        return ()
    at = _nearest_boundary(_SENTENCE_BREAK, words) or _nearest_boundary(_WHITESPACE, words) or len(words) // 2
    return _before(text, at), _after(text, at)


def _nearest_boundary(boundary: re.Pattern[str], words: str) -> int:
    places = [found.end() for found in boundary.finditer(words) if 0 < found.end() < len(words)]
    return min(places, key=lambda place: abs(place - len(words) // 2), default=0)


def _before(text: Text, at: int) -> Text:
    starts = accumulate((len(span.text) for span in text), initial=0)
    return tuple(replace(s, text=s.text[: at - start]) for s, start in zip(text, starts, strict=False) if start < at)


def _after(text: Text, at: int) -> Text:
    ends = accumulate(len(span.text) for span in text)
    return tuple(
        replace(span, text=span.text[max(at - end, -len(span.text)) :])
        for span, end in zip(text, ends, strict=True)
        if end > at
    )
