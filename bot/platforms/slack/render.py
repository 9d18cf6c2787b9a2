"""Draws messages as Block Kit, in as many pages as Slack's limits ask for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import count, groupby
from typing import assert_never

from bot.chat.message import (
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
from bot.platforms.pagination import Measure, paginate
from bot.platforms.slack.limits import CONTAINER_CHILDREN, FIELD_TEXT, HEADER, MESSAGE, SECTION_FIELDS, VIEW, Node, size
from bot.platforms.slack.rich_text import (
    bulleted_list,
    is_link_free,
    label,
    notification_text,
    numbered_list,
    one_line,
    plain_text,
    quote,
    rich_text_block,
    safe_mrkdwn,
    section,
)

_DIVIDER: Node = {"type": "divider"}
_STYLES = {"confirm": "primary", "privacy": "danger"}
"""The few buttons that stand out: the one that confirms, and the one that erases."""


@dataclass(frozen=True, slots=True)
class Page:
    """One Slack message: its blocks, and the words for notifications."""

    blocks: list[Node]
    text: str


@lru_cache(maxsize=16)
def render(message: Message, *, containers: bool = True) -> tuple[Page, ...]:
    """Draw a message, each page within every limit; pages after the first belong into its thread.

    With `containers`, a titled group with buttons is a block of its own that folds away. A workspace may refuse
    those with `invalid_blocks`: draw without them then. The same message is drawn once, for however many channels.
    """
    split = paginate(message, _measure(containers=containers), MESSAGE)
    words = notification_text(message.summary)
    return tuple(
        Page(_Renderer(containers=containers).groups(page.groups), f"{words} ({n} of {len(split)})" if n > 1 else words)
        for n, page in enumerate(split, 1)
    )


def app_home(messages: Iterable[Message]) -> Node:
    """Draw messages under each other as an App Home; where groups no longer fit it ends with an ellipsis."""
    pen = _Renderer(containers=False)
    blocks: list[Node] = []
    for message in messages:
        for page in paginate(message, _measure(containers=False), VIEW):
            for group in page.groups:
                drawn = pen.group(group) if blocks else pen.groups((group,))
                if len(blocks) + len(drawn) >= VIEW.blocks:
                    return {"type": "home", "blocks": [*blocks, *_small_print(styled_text("…"))]}
                blocks += drawn
    return {"type": "home", "blocks": blocks}


def _measure(*, containers: bool) -> Measure:
    return lambda group: size(_Renderer(containers=containers).group(group))


def _without_leading_divider(blocks: Sequence[Node]) -> list[Node]:
    """Leave out a divider at the top, where there is nothing to divide."""
    return list(blocks[1:] if blocks and blocks[0] == _DIVIDER else blocks)


class _Renderer:
    """Draws the groups of one page; it numbers the buttons, whose ids must differ within a message."""

    def __init__(self, *, containers: bool) -> None:
        self._containers = containers
        self._numbers = count()

    def groups(self, groups: Iterable[Group]) -> list[Node]:
        return _without_leading_divider([block for group in groups for block in self.group(group)])

    def group(self, group: Group) -> list[Node]:
        """Draw blocks under each other; entries without buttons are one list."""
        container = self._container(group) if self._containers else None
        if container:
            return [container]
        titled = bool(group.blocks) and isinstance(group.blocks[0], Heading)
        return [*((_DIVIDER,) if titled else ()), *self._blocks(group.blocks)]

    def _container(self, group: Group) -> Node | None:
        """Draw a titled group with buttons, such as a signal, as one block, where it fits into one."""
        match group.blocks:
            case (Heading(title, ()), *inside, Choices() as choices):
                words = one_line(unstyled(title))
            case _:
                return None
        if not words or len(words) > HEADER or not is_link_free(words):
            return None
        children = list(self._blocks((*inside, choices)))
        if len(children) > CONTAINER_CHILDREN:
            return None
        return {
            "type": "container",
            "title": plain_text(words, HEADER),
            "is_collapsible": True,
            "child_blocks": children,
        }

    def _blocks(self, blocks: Iterable[Block]) -> Iterator[Node]:
        for listed, run in groupby(blocks, lambda block: isinstance(block, Item) and not block.button):
            if listed:
                entries = (_entry(block) for block in run if isinstance(block, Item))
                yield from rich_text_block(bulleted_list(entry for entry in entries if entry["elements"]))
            else:
                for block in run:
                    yield from self._block(block)

    def _block(self, block: Block) -> tuple[Node, ...]:
        """Draw one block by its meaning."""
        drawn: tuple[Node, ...]
        match block:
            case Heading(title, kicker):
                drawn = (*_small_print(kicker), *_header(title))
            case Prose(text):
                drawn = rich_text_block(section(text))
            case Quote(words, by):
                drawn = rich_text_block(quote(styled_text(words)), section(by))
            case Stats(items):
                drawn = _stats(items)
            case Item():
                drawn = self._item(block)
            case Callout(name, text):
                drawn = rich_text_block(section(md("**{name}** {text}", name=f"{name}:", text=text)))
            case Note(text):
                drawn = _small_print(text)
            case Sources(items, first):
                drawn = _sources(items, first)
            case Choices(buttons):
                drawn = self._actions(buttons)
            case _:
                assert_never(block)
        return drawn

    def _item(self, item: Item) -> tuple[Node, ...]:
        """Put an entry's button at its right, where its words may stand in a section; else below."""
        buttons = (item.button,) if item.button else ()
        styled = any(span.href or span.code or span.channel for span in (*item.title, *item.body))
        words = None if styled else safe_mrkdwn(((unstyled(item.title), "*"), (unstyled(item.body), "")))
        if words is None or not item.button:
            return (*rich_text_block(_entry(item)), *self._actions(buttons))
        return ({"type": "section", "text": words, "accessory": self._button(item.button)},)

    def _actions(self, buttons: Sequence[Button]) -> tuple[Node, ...]:
        elements = [self._button(button) for button in buttons]
        return ({"type": "actions", "elements": elements},) if elements else ()

    def _button(self, button: Button) -> Node:
        verb = button.action.verb
        style = {"style": _STYLES[verb]} if verb in _STYLES else {}
        return {
            "type": "button",
            "text": label(button.label, verb),
            "action_id": f"{verb}:{next(self._numbers)}",
            "value": str(button.action),
            **style,
        }


def _header(title: Text) -> tuple[Node, ...]:
    words = one_line(unstyled(title))
    if words and len(words) <= HEADER and is_link_free(words):
        return ({"type": "header", "text": plain_text(words, HEADER)},)
    return rich_text_block(section(title, bold=True))


def _small_print(text: Text) -> tuple[Node, ...]:
    """Draw small print; a link or a command in it needs a paragraph."""
    words = one_line(unstyled(text))
    if any(span.href or span.code or span.channel for span in text) or not is_link_free(words):
        return rich_text_block(section(text))
    return ({"type": "context", "elements": [plain_text(words, len(words))]},) if words else ()


def _entry(item: Item) -> Node:
    dash = styled_text(" – ") if item.title and item.body else ()
    return section((*md("**{title}**", title=item.title), *dash, *item.body))


def _stats(items: Sequence[Stat]) -> tuple[Node, ...]:
    """Draw numbers in two columns, or as a list where one could be taken for markup."""
    fields = [safe_mrkdwn(((stat.value, "*"), (stat.label, ""), (stat.hedge, "_"))) for stat in items]
    if fields and len(fields) <= SECTION_FIELDS and all(field and len(field["text"]) <= FIELD_TEXT for field in fields):
        return ({"type": "section", "fields": fields},)
    return rich_text_block(bulleted_list(entry for entry in map(_stat, items) if entry["elements"]))


def _stat(stat: Stat) -> Node:
    hedge = md(" · __{hedge}__", hedge=stat.hedge) if stat.hedge else ()
    return section(md("**{value}** {label}{hedge}", value=stat.value, label=stat.label, hedge=hedge))


def _sources(items: Iterable[Source], first: int) -> tuple[Node, ...]:
    return rich_text_block(numbered_list((section(_linked(item)) for item in items), first))


def _linked(source: Source) -> Text:
    """Let a source's name open it (all its words where none stands out), unless its words have links already."""
    if source.href is None or any(span.href for span in source.text):
        return source.text
    named = any(span.bold for span in source.text)
    return tuple(replace(span, href=source.href) if span.bold or not named else span for span in source.text)
