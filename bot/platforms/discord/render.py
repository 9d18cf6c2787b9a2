"""Draws messages as Components V2, in as many pages as Discord's limits ask for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from itertools import count
from typing import Any, TypeAlias, assert_never

from bot.chat.message import (
    SEPARATOR,
    Action,
    Block,
    Button,
    Callout,
    Choices,
    Field,
    Form,
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
from bot.chat.text import Text, md, one_line, shorten, styled_text
from bot.platforms.discord.markdown import (
    ZERO_WIDTH_SPACE,
    escape_markdown,
    render_line,
    render_lines,
    render_paragraph,
)
from bot.platforms.pagination import Size, paginate

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
    FILE_UPLOAD = 19


PAGE = Size(characters=4000, blocks=39)
"""What a message holds: 4,000 characters over all its texts and 40 components, of which the container is one."""

BUTTONS_PER_ROW, BUTTON_LABEL, CUSTOM_ID = 5, 80, 100
"""Buttons of a row, and the characters of a button's label and of what it carries."""

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

UPLOAD_FILES = 10
"""Files that an upload in a modal takes."""

THREAD_NAME = 100
"""Characters of a thread's name."""

ACCENT = 0xE8A33D
"""The colour of the bar beside every page."""

_DIVIDER: Node = {"type": ComponentType.SEPARATOR, "divider": True, "spacing": 1}
_PRIMARY, _SECONDARY, _DANGER = 1, 2, 4
MENU = "menu"
"""What a menu's id says it does; the chosen option has the action."""

_MENU_PLACEHOLDER = "More…"
_MAX_SUMMARY = 300
_DUPLICATE_PREFIX = re.compile(r"^\d+\.")


@dataclass(frozen=True, slots=True)
class Page:
    """One Discord message: its components, and plain words for the name of a thread."""

    components: list[Node]
    text: str


@lru_cache(maxsize=16)
def render(message: Message) -> tuple[Page, ...]:
    """Render a message, each page within every limit and in one container with our colour.

    A message is rendered once for however many channels.
    """
    parts = split_pages(message)
    words = one_line(message.summary) or "Overheard"
    return tuple(Page([_container(part)], _thread_name(words, n, len(parts))) for n, part in enumerate(parts, 1))


def split_pages(message: Message) -> tuple[Message, ...]:
    """Return the pages of a message."""
    return paginate(message, lambda group: size(_Renderer().group(group)), PAGE)


def parse_button(custom_id: str) -> Action | None:
    """Return what a button does, from its id: `ask:why`, or `1.ask:why` for the second of its kind.

    None if the id isn't one of ours.
    """
    try:
        return Action.parse(_DUPLICATE_PREFIX.sub("", custom_id, count=1))
    except ValueError:
        return None


def _thread_name(words: str, number: int, of: int) -> str:
    part = f" ({number} of {of})" if number > 1 else ""
    return shorten(words, THREAD_NAME - len(part)) + part


def _container(page: Message) -> Node:
    """Render a page; Discord refuses an empty one, so its summary stands in."""
    inside = _Renderer().groups(page.groups) or [
        _text_component(escape_markdown(shorten(one_line(page.summary), _MAX_SUMMARY)) or "…")
    ]
    return {"type": ComponentType.CONTAINER, "accent_color": ACCENT, "components": inside}


class _Renderer:
    """Renders the groups of one page, on which no two buttons may have the same id."""

    def __init__(self) -> None:
        self._custom_ids: set[str] = set()

    def groups(self, groups: Iterable[Group]) -> list[Node]:
        drawn = [component for group in groups for component in self.group(group)]
        return drawn[1:] if drawn and drawn[0] == _DIVIDER else drawn

    def group(self, group: Group) -> list[Node]:
        """Render blocks under each other, those that belong together as one text; a titled group has a line above."""
        drawn = list(self._render_blocks(group.blocks))
        return [*((_DIVIDER,) if drawn and group.is_titled else ()), *drawn]

    def _render_blocks(self, blocks: Iterable[Block]) -> Iterator[Node]:
        written: list[str] = []
        before: Block | None = None
        for block in blocks:
            words, components = self._block(block)
            if written and (components or (words and not _is_attached(before, block))):
                yield _text_component("\n".join(written))
                written = []
            written += [words] if words else []
            yield from components
            before = block if words or components else before
        if written:
            yield _text_component("\n".join(written))

    def _block(self, block: Block) -> tuple[str, tuple[Node, ...]]:
        """Render one block, as words or as components."""
        match block:
            case Item(buttons=(_, *_)):
                return "", self._item(block)
            case Choices(buttons):
                return "", self._rows(buttons)
            case _:
                return _render_text(block), ()

    def _item(self, item: Item) -> tuple[Node, ...]:
        """Put an entry's first button at its right, or below if it has no words, and the others into a menu."""
        words = _join_lines(
            render_line(item.title, bold=True), render_line(item.body), render_paragraph(item.note, "-# ")
        )
        accessory, menu = self._button(item.buttons[0]), self._menu(item.buttons[1:])
        if not words or not accessory:
            return (*((_text_component(words),) if words else ()), *self._row(accessory), *menu)
        section = {"type": ComponentType.SECTION, "components": [_text_component(words)], "accessory": accessory[0]}
        return section, *menu

    def _menu(self, buttons: Sequence[Button]) -> tuple[Node, ...]:
        """Fold buttons into a menu; a single one, or more than a menu holds, stand in rows."""
        actions = {str(button.action): button for button in buttons}
        if not 1 < len(actions) == len(buttons) <= SELECT_OPTIONS:
            return self._rows(buttons)
        return self._row(
            [
                {
                    "type": ComponentType.SELECT,
                    "custom_id": self._custom_id(Action(MENU)),
                    "placeholder": _MENU_PLACEHOLDER,
                    "options": [{"label": _label(one), "value": value} for value, one in actions.items()],
                }
            ]
        )

    def _rows(self, buttons: Sequence[Button]) -> tuple[Node, ...]:
        drawn = [node for button in buttons for node in self._button(button)]
        starts = range(0, len(drawn), BUTTONS_PER_ROW)
        return tuple(row for at in starts for row in self._row(drawn[at : at + BUTTONS_PER_ROW]))

    def _row(self, buttons: Sequence[Node]) -> tuple[Node, ...]:
        return ({"type": ComponentType.ACTION_ROW, "components": list(buttons)},) if buttons else ()

    def _button(self, button: Button) -> list[Node]:
        verb = button.action.verb
        custom_id = self._custom_id(button.action)
        if len(custom_id) > CUSTOM_ID:
            return []
        return [
            {
                "type": ComponentType.BUTTON,
                "style": _DANGER if button.action.erases else _PRIMARY if verb == "confirm" else _SECONDARY,
                "label": _label(button),
                "custom_id": custom_id,
            }
        ]

    def _custom_id(self, action: Action) -> str:
        """Return a button's id; the second that does the same has a number in front."""
        prefixes = (f"{number}." if number else "" for number in count())
        custom_id = next(id_ for id_ in (f"{prefix}{action}" for prefix in prefixes) if id_ not in self._custom_ids)
        self._custom_ids.add(custom_id)
        return custom_id


def _label(button: Button) -> str:
    return shorten(one_line(button.label) or button.action.verb, BUTTON_LABEL)


def _text_component(words: str) -> Node:
    return {"type": ComponentType.TEXT_DISPLAY, "content": words}


def _is_attached(before: Block | None, block: Block) -> bool:
    """Return whether a block belongs right below the one before."""
    if isinstance(before, Heading) or isinstance(block, (Note, Quote)):
        return True
    return isinstance(block, (Callout, Item)) and type(before) is type(block)


def _render_text(block: Block) -> str:
    """Render a block that consists of words only."""
    written: str
    match block:
        case Heading(title, kicker):
            written = _join_lines(render_paragraph(kicker, "-# "), _title(title, "##" if kicker else "###"))
        case Prose(text):
            written = render_paragraph(text)
        case Quote(words, by):
            written = _join_lines(render_paragraph(styled_text(words), "> "), render_paragraph(by, "-# "))
        case Stats(items):
            written = _join_lines(*map(_stat, items))
        case Item(title, body, _, note):
            written = _join_lines(_entry(title, body), render_paragraph(note, "-# "))
        case Callout(label, text):
            written = render_paragraph(md("**{label}** {text}", label=f"{one_line(label)}:", text=text))
        case Note(text):
            written = render_paragraph(text, "-# ")
        case Sources(items, first):
            written = _join_lines(*(_source(item, number) for number, item in enumerate(items, first)))
        case Choices():
            written = ""
        case _:
            assert_never(block)
    return written


def _join_lines(*parts: str) -> str:
    return "\n".join(filter(None, parts))


def _title(title: Text, marks: str) -> str:
    """Render a title; Discord would drop the last `#` of one that ends in some."""
    words = render_line(title)
    return f"{marks} {words}{ZERO_WIDTH_SPACE if words.endswith('#') else ''}" if words else ""


def _stat(stat: Stat) -> str:
    hedge = md(" · __{hedge}__", hedge=one_line(stat.hedge)) if stat.hedge.strip() else ()
    return render_line(
        md("**{value}** – {label}{hedge}", value=one_line(stat.value), label=one_line(stat.label), hedge=hedge)
    )


def _entry(title: Text, body: Text) -> str:
    words = " – ".join(filter(None, (render_line(title, bold=True), render_line(body))))
    return f"- {words}" if words and body else words


def _source(source: Source, number: int) -> str:
    """Render a numbered source, linked to its address."""
    first, *rest = render_lines(source.linked_text)
    return _join_lines(f"-# \\[{number}\\] {first}", *(f"-# {words}" for words in rest if words)) if first else ""


def size(components: Iterable[Node]) -> Size:
    """Return how much of a message components take, nested ones included."""
    return sum((_size(component) for component in components), Size(0, 0))


def _size(component: Node) -> Size:
    accessory = [component["accessory"]] if "accessory" in component else []
    words = len(component["content"]) if component["type"] == ComponentType.TEXT_DISPLAY else 0
    return Size(words, 1) + size([*component.get("components", ()), *accessory])


_SHORT, _LONG = 1, 2


def build_modal(form: Form, custom_id: str = "") -> Node:
    """Return a modal with an input for each field; `custom_id` comes back with it and is `verb:` unless it is given.

    A field with more options than a menu holds becomes a text input. A long title goes above the fields, with the
    preview. Raises ValueError if the names or the fields are larger than Discord allows.
    """
    title = one_line(form.title) or form.verb
    custom_id = custom_id or str(Action(form.verb))
    above = "\n".join(
        filter(
            None, (f"**{escape_markdown(title)}**" if len(title) > MODAL_TITLE else "", render_paragraph(form.preview))
        )
    )
    parts = [*([{"type": ComponentType.TEXT_DISPLAY, "content": above}] if above else []), *map(_input, form.fields)]
    if not 0 < len(parts) <= MODAL_INPUTS or len(above) > INPUT_VALUE or len(custom_id) > CUSTOM_ID:
        message = f"The form {title!r} can't be a modal: it has too much, or nothing, in it."
        raise ValueError(message)
    return {"custom_id": custom_id, "title": shorten(title, MODAL_TITLE), "components": parts}


def field_values(components: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return the value of each field of a submitted modal, by the field's name; empty if nothing was entered."""
    return {field["custom_id"]: _value(field) for field in _inputs(components) if "custom_id" in field}


def _inputs(components: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for component in components:
        if "component" in component:
            yield component["component"]
        yield from component.get("components") or ()


def _value(answer: Mapping[str, Any]) -> str:
    return str(answer.get("value") or SEPARATOR.join(answer.get("values") or ()))


def _input(field: Field) -> Node:
    label = one_line(field.label) or field.name
    description = {"description": shorten(label, INPUT_DESCRIPTION)} if len(label) > INPUT_LABEL else {}
    component = _component(field) | {"custom_id": field.name, "required": field.required}
    return {
        "type": ComponentType.LABEL,
        "label": shorten(label, INPUT_LABEL),
        **description,
        "component": component,
    }


def _component(field: Field) -> Node:
    if field.is_file:
        return {"type": ComponentType.FILE_UPLOAD, "min_values": int(field.required), "max_values": UPLOAD_FILES}
    options = tuple(option for option in field.options if 0 < len(option) <= OPTION_LABEL)
    if 0 < len(options) <= SELECT_OPTIONS:
        several = {"max_values": len(options)} if field.several else {}
        return {"type": ComponentType.SELECT, "options": [_option(one, field.chosen) for one in options], **several}
    value = {"value": field.value[:INPUT_VALUE]} if field.value else {}
    return {
        "type": ComponentType.TEXT_INPUT,
        "style": _LONG if field.multiline or "\n" in field.value else _SHORT,
        "max_length": INPUT_VALUE,
        **value,
    }


def _option(option: str, chosen: Sequence[str]) -> Node:
    return {"label": one_line(option) or option, "value": option, **({"default": True} if option in chosen else {})}
