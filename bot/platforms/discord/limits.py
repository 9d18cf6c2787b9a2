"""What Discord takes: its limits, and how large components are by its own count."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import Any, TypeAlias

from bot.platforms.pagination import Size

Node: TypeAlias = dict[str, Any]
"""A component, as JSON."""


class ComponentType(IntEnum):
    """The types of components, by Discord's numbers."""

    ACTION_ROW = 1
    BUTTON = 2
    SELECT = 3
    TEXT_INPUT = 4
    SECTION = 9
    TEXT_DISPLAY = 10
    SEPARATOR = 14
    CONTAINER = 17
    LABEL = 18


PAGE = Size(characters=4000, blocks=39)
"""What a message holds: 4,000 characters over all its texts and 40 components, of which the container is one."""

BUTTONS_PER_ROW, BUTTON_LABEL, CUSTOM_ID = 5, 80, 100
"""Buttons of a row, and the characters of a button's label and of what it carries."""

URL = 1000
"""Characters of a link; nothing that is longer is a source."""

MODAL_TITLE, MODAL_INPUTS, INPUT_LABEL, INPUT_DESCRIPTION, SELECT_OPTIONS, OPTION_LABEL, INPUT_VALUE = (
    45,
    5,
    45,
    100,
    25,
    100,
    4000,
)
"""A modal: its title, its parts, an input's caption and what explains it, a menu's options, one of them, a value."""

THREAD_NAME = 100
"""Characters of a thread's name."""


def size(components: Iterable[Node]) -> Size:
    """Return how much of a message components take, nested ones included."""
    return sum((_size(component) for component in components), Size(0, 0))


def _size(component: Node) -> Size:
    accessory = [component["accessory"]] if "accessory" in component else []
    words = len(component["content"]) if component["type"] == ComponentType.TEXT_DISPLAY else 0
    return Size(words, 1) + size([*component.get("components", ()), *accessory])
