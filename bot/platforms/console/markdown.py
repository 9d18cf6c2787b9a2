"""A message as Markdown, for files and pipes; outside text is escaped and stays text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import assert_never

from bot.chat.message import Block, Callout, Choices, Heading, Item, Message, Note, Prose, Quote, Source, Sources, Stats
from bot.chat.text import Span, Text, sanitise

_MARKUP = re.compile(r"([\\`*_{}\[\]<>#+|~!])")


def to_markdown(message: Message) -> str:
    """Return the message as Markdown, without its buttons, which a file cannot have."""
    blocks = (_block(block) for group in message.groups for block in group.blocks)
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
        case Item(title, body):
            return f"- **{_line(title)}** {_line(body)}".rstrip()
        case Callout(label, text):
            return f"> **{_escape(label)}:** {_line(text)}"
        case Note(text):
            return f"<small>{_line(text)}</small>"
        case Sources(items):
            return "\n".join(_numbered(items))
        case Choices():
            return ""
        case _:
            assert_never(block)


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
