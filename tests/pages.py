"""Reads messages in tests: their blocks, styled texts, words and quotes."""

from __future__ import annotations

from bot.chat.message import Block, Callout, Item, Message, Note, Prose, Quote, Sources
from bot.chat.text import Text, unstyled


def blocks(message: Message) -> list[Block]:
    """Return all blocks of a message, its thread included."""
    return [block for group in message.unfolded.groups for block in group.blocks]


def texts(message: Message) -> list[Text]:
    """Return every styled text of a message."""
    found: list[Text] = []
    for block in blocks(message):
        match block:
            case Prose(text) | Note(text) | Callout(_, text):
                found.append(text)
            case Quote(_, by):
                found.append(by)
            case Item(title, body, _, note):
                found += [title, body, *((note,) if note else ())]
            case Sources(items):
                found += [item.text for item in items]
            case _:
                pass
    return found


def words(message: Message) -> str:
    """Return what a message says, a text a line."""
    return "\n".join(map(unstyled, texts(message)))


def quotes(message: Message) -> list[Quote]:
    """Return the quotes of a message."""
    return [block for block in blocks(message) if isinstance(block, Quote)]
