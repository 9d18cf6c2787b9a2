"""Draws messages for a terminal; outside text can neither move the cursor nor change a colour."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import TypeAlias, assert_never

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.console import Group as Stack
from rich.padding import Padding
from rich.rule import Rule
from rich.segment import Segment
from rich.style import Style
from rich.table import Table
from rich.text import Text as Ink

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
from bot.chat.text import Span, Text, one_line, sanitise

NumberAction: TypeAlias = Callable[[Action], int]
"""Returns the number that a person types for an action."""

MAX_WIDTH = 88
"""The widest line in cells; longer ones are hard to read."""

_ACCENT = "cyan"
_HEDGE = "not dim italic yellow"
_MARGIN = 2
_CARD_WIDTH = 18
_LINK = re.compile(r"https://[!-~]+")


class Page:
    """A message that rich can draw at any width; `links` is False if the terminal can't follow them."""

    def __init__(self, message: Message, number: NumberAction, *, links: bool = True) -> None:
        self._message = message
        self._renderer = _Renderer(number, links=links)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw group after group within the width, with a blank line between them."""
        within = options.update(width=min(options.max_width, MAX_WIDTH + 2 * _MARGIN))
        for group in self._message.groups:
            inside = Padding(self._renderer.group(group), (0, _MARGIN, 1, _MARGIN))
            for line in console.render_lines(inside, within, pad=False):
                yield from _without_trailing_blanks(line)
                yield Segment.line()


class _Renderer:
    def __init__(self, number: NumberAction, *, links: bool) -> None:
        self._number_of = number
        self._links = links

    def group(self, group: Group) -> RenderableType:
        """Draw blocks under each other; items and callouts in a row share their columns."""
        parts: list[RenderableType] = []
        before: Block | None = None
        for kind, run in groupby(group.blocks, type):
            blocks = list(run)
            shared = kind in {Item, Callout} and not any(map(_is_story, blocks))
            drawn = [self._rows(blocks)] if shared else [self.block(block) for block in blocks]
            for block, part in zip(blocks, drawn, strict=False):
                parts += [Ink()] if before and _needs_blank_line(before, block) else []
                parts.append(part)
                before = block
        return Stack(*parts)

    def block(self, block: Block) -> RenderableType:
        """Draw one block by its meaning."""
        drawn: RenderableType
        match block:
            case Heading(title, kicker):
                drawn = self._heading(title, kicker)
            case Prose(text):
                drawn = self.styled(text)
            case Quote(words, by):
                drawn = _QuoteBar(Stack(Ink(sanitise(words)), *((self.small_print(by),) if by else ())))
            case Stats(items):
                drawn = _Cards(items)
            case Item() if _is_story(block):
                drawn = self._story(block)
            case Item() | Callout():
                drawn = self._rows([block])
            case Note(text):
                drawn = self.small_print(text)
            case Sources(items, first):
                drawn = self._sources(items, first)
            case Choices(buttons):
                drawn = _Flow([self._button(button) for button in buttons])
            case _:
                assert_never(block)
        return drawn

    def small_print(self, text: Text) -> Ink:
        """Draw small print, where emphasis alone is as bright as other text."""
        ink = self.styled(text, "dim")
        for mark in tuple(ink.spans):
            if isinstance(mark.style, Style) and (mark.style.italic or mark.style.bold):
                ink.stylize(_HEDGE if mark.style.italic else "not dim", mark.start, mark.end)
        return ink

    def styled(self, text: Text, style: str = "") -> Ink:
        """Turn spans into styled text, and nothing in them into control."""
        ink = Ink(style=style)
        for span in text:
            link = span.href if span.href and self._links and _LINK.fullmatch(span.href) else None
            colour = _ACCENT if span.code else None
            ink.append(
                sanitise(span.text), Style(color=colour, bold=span.bold or None, italic=span.italic or None, link=link)
            )
        return ink

    def _heading(self, title: Text, kicker: Text) -> RenderableType:
        if not kicker:
            return Stack(Rule(style="dim"), self.styled(title, "bold"))
        return Stack(
            Rule(style=_ACCENT, characters="━"), self.styled(kicker, _ACCENT), Ink(), self.styled(title, "bold")
        )

    def _rows(self, blocks: Iterable[Block]) -> RenderableType:
        grid = Table.grid(padding=(0, 2))
        grid.add_column(max_width=MAX_WIDTH // 2)
        grid.add_column()
        for block in blocks:
            if isinstance(block, Item):
                grid.add_row(self.styled(block.title, "bold"), self._body(block))
            elif isinstance(block, Callout):
                grid.add_row(Ink(sanitise(block.label), _ACCENT), self.styled(block.text))
        return grid

    def _body(self, item: Item) -> RenderableType:
        return _Flow([*((self.styled(item.body),) if item.body else ()), *map(self._button, item.buttons)])

    def _story(self, item: Item) -> RenderableType:
        return Stack(
            self.styled(item.title, "bold"),
            *((self.styled(item.body),) if item.body else ()),
            *((self.small_print(item.note),) if item.note else ()),
            *((_Flow([*map(self._button, item.buttons)]),) if item.buttons else ()),
        )

    def _sources(self, items: Iterable[Source], first: int) -> RenderableType:
        grid = Table.grid(padding=(0, 1))
        grid.add_column(justify="right", style=_ACCENT)
        grid.add_column()
        for number, source in enumerate(items, first):
            grid.add_row(f"[{number}]", self._source(source))
        return grid

    def _source(self, source: Source) -> RenderableType:
        """Link the words to the source, or write its address out if the terminal has no links."""
        text = self.styled(source.text)
        if source.href is None or not _LINK.fullmatch(source.href):
            return text
        if self._links:
            text.stylize(Style(link=source.href))
            return text
        return Stack(text, Ink(source.href, "dim", overflow="fold"))

    def _button(self, button: Button) -> Ink:
        return Ink.assemble((f"{self._number_of(button.action)})", f"bold {_ACCENT}"), " ", one_line(button.label))


class _QuoteBar:
    """Draws a bar down the left of somebody's words."""

    def __init__(self, inner: RenderableType) -> None:
        self._inner = inner

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        inside = options.update(width=max(options.max_width - 2, 1))
        for line in console.render_lines(self._inner, inside, pad=False):
            yield Segment("▎ ", Style(color=_ACCENT))
            yield from line
            yield Segment.line()


class _Cards:
    """Stat cards in as many even columns as fit."""

    def __init__(self, stats: tuple[Stat, ...]) -> None:
        self._stats = stats

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        rows = -(-len(self._stats) // max(options.max_width // _CARD_WIDTH, 1))
        columns = -(-len(self._stats) // max(rows, 1))
        grid = Table.grid(padding=(0, 2, 0, 0), expand=True)
        for _ in range(columns):
            grid.add_column(ratio=1)
        for at in range(0, len(self._stats), max(columns, 1)):
            grid.add_row(*(_card(stat) for stat in self._stats[at : at + columns]))
        yield grid


class _Flow:
    """Puts texts beside each other while there is room, each kept whole."""

    def __init__(self, parts: list[Ink]) -> None:
        self._parts = parts

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        line = Ink()
        for part in self._parts:
            if line and line.cell_len + 3 + part.cell_len > options.max_width:
                yield line
                line = Ink()
            line = Ink.assemble(line, "   ", part) if line else part
        yield line


def _card(stat: Stat) -> RenderableType:
    hedge = (Ink(sanitise(stat.hedge), _HEDGE),) if stat.hedge else ()
    return Stack(Ink(sanitise(stat.value), "bold"), Ink(sanitise(stat.label), "dim"), *hedge)


def _is_story(block: Block) -> bool:
    """Return whether an entry is told in lines of its own, rather than as a row of a table."""
    return isinstance(block, Item) and bool(block.note or not block.body)


def _needs_blank_line(before: Block, block: Block) -> bool:
    """Return whether a blank line helps the eye between two blocks of a group."""
    if isinstance(before, Heading):
        return bool(before.kicker)
    if isinstance(block, Note):
        return isinstance(before, (Stats, Sources, Choices))
    return isinstance(block, (Prose, Quote)) or type(before) is not type(block)


def _without_trailing_blanks(line: list[Segment]) -> Iterator[Segment]:
    """Drop the blanks at a line's end: they would be copied with the text."""
    while line and not line[-1].text.strip():
        line = line[:-1]
    yield from line[:-1]
    if line:
        yield Segment(line[-1].text.rstrip(), line[-1].style)


_MARKUP = re.compile(r"([\\`*_{}\[\]<>#+|~!])")


def to_markdown(message: Message) -> str:
    """Return the message as Markdown, without its buttons, which a file cannot have."""
    blocks = (_block(block) for group in message.unfolded.groups for block in group.blocks)
    return "\n\n".join(block for block in blocks if block) + "\n"


def _block(block: Block) -> str:
    match block:
        case Heading(title, kicker):
            return "\n\n".join(part for part in (_line(kicker), f"## {_line(title)}") if part)
        case Prose(text):
            return _line(text)
        case Quote(words, by):
            return f"> {_escape(words)}\n>\n> — {_line(by)}"
        case Stats(items):
            return "\n".join(f"- **{_escape(s.value)}** {_escape(s.label)}{_hedge(s.hedge)}" for s in items)
        case Item(title, body, _, note):
            return " ".join(part for part in (f"- **{_line(title)}**", _line(body), _small(note)) if part)
        case Callout(label, text):
            return f"> **{_escape(label)}:** {_line(text)}"
        case Note(text):
            return _small(text)
        case Sources(items):
            return "\n".join(_numbered(items))
        case Choices():
            return ""
        case _:
            assert_never(block)


def _small(text: Text) -> str:
    return f"<small>{_line(text)}</small>" if text else ""


def _numbered(items: tuple[Source, ...]) -> Iterator[str]:
    for number, item in enumerate(items, 1):
        yield f"{number}. {_line(item.text)}" + (f" <{item.href}>" if item.href else "")


def _hedge(hedge: str) -> str:
    return f" ({_escape(hedge)})" if hedge else ""


def _line(text: Text) -> str:
    return "".join(_span(span) for span in text)


def _span(span: Span) -> str:
    words = _escape(span.text)
    mark = "**" if span.bold else "_" if span.italic else ""
    styled = f"{mark}{words}{mark}" if mark and words.strip() else words
    return f"[{styled}](<{span.href}>)" if span.href else styled


def _escape(words: str) -> str:
    return _MARKUP.sub(r"\\\1", sanitise(words)).replace("\n", " ")
