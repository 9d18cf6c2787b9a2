"""What Slack takes: its limits, and how large blocks are by its own count.

Block Kit documents a limit for each part. `chat.postMessage` has one more that it does not: it refuses all blocks of
a message together near 13,200 characters, where a block weighs about 100 characters beside its words.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

from bot.platforms.pagination import Size

Node: TypeAlias = dict[str, Any]
"""A piece of Block Kit, as JSON."""

MESSAGE = Size(characters=12_000, blocks=50)
"""A message; the characters leave a margin below where Slack refuses."""

VIEW = Size(characters=100_000, blocks=100)
"""A modal or an App Home; Slack names no limit for its characters."""

HEADER = 150
"""Characters of a header block, and of a container's title."""

CONTEXT = 2000
"""Characters of an element of a context block."""

BLOCK = 3000
"""Characters of any other block; documented for sections, and kept for rich text too."""

SECTION_FIELDS, FIELD_TEXT = 10, 2000
"""Fields of a section, and the characters of one."""

BUTTONS_PER_BLOCK, BUTTON_LABEL = 25, 75
"""Buttons of an actions block, and the characters of a button's or option's label."""

CONTAINER_CHILDREN = 10
"""Blocks inside a container."""

URL = 2000
"""Characters of a link; Slack takes 3000, but nothing that long is a source."""

MODAL_TITLE, INPUT_LABEL, PRIVATE_METADATA, SELECT_OPTIONS, OPTION_VALUE, CALLBACK_ID = 24, 2000, 3000, 100, 150, 255
"""A modal: its title and buttons, an input's label, its private metadata, options and their values, its name."""

_BLOCK_OVERHEAD = 100
_TOO_LARGE = 10**9


def size(blocks: Iterable[Node]) -> Size:
    """Return how much of a message blocks take; a block over its own limit is larger than any message."""
    return sum((_size(block) for block in blocks), Size(0, 0))


def characters(node: object) -> int:
    """Return the characters a piece of Block Kit shows or links to."""
    if isinstance(node, list):
        return sum(map(characters, node))
    if isinstance(node, dict):
        return sum(
            len(value) if isinstance(value, str) and key in {"text", "url"} else characters(value)
            for key, value in node.items()
        )
    return 0


def _size(block: Node) -> Size:
    inside = block.get("child_blocks", [])
    if inside:
        return size(inside) + Size(_BLOCK_OVERHEAD + characters(block["title"]), 1)
    return Size(_BLOCK_OVERHEAD + characters(block) if _is_within_limits(block) else _TOO_LARGE, 1)


def _is_within_limits(block: Node) -> bool:
    match block["type"]:
        case "context":
            return _text_length(block) <= CONTEXT
        case "actions":
            return len(block["elements"]) <= BUTTONS_PER_BLOCK
        case _:
            return _text_length(block) <= BLOCK


def _text_length(node: object) -> int:
    """Return the characters shown, without those of links."""
    if isinstance(node, list):
        return sum(map(_text_length, node))
    if isinstance(node, dict):
        own = node["text"] if isinstance(node.get("text"), str) else ""
        return len(own) + sum(map(_text_length, node.values()))
    return 0
