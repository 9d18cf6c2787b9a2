"""Forms as modals, and what people wrote into them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bot.chat.message import Action, Field, Form
from bot.chat.text import shorten
from bot.platforms.discord.limits import (
    CUSTOM_ID,
    INPUT_DESCRIPTION,
    INPUT_LABEL,
    INPUT_VALUE,
    MODAL_INPUTS,
    MODAL_TITLE,
    OPTION_LABEL,
    SELECT_OPTIONS,
    ComponentType,
    Node,
)
from bot.platforms.discord.markdown import escape_markdown, one_line, render_paragraph

_SHORT, _LONG = 1, 2


def build_modal(form: Form, custom_id: str = "") -> Node:
    """Return a modal with an input for each field; `custom_id` comes back with it and is `verb:` unless it is given.

    A field with more options than a menu holds is written in. A long title stands above the fields, with the preview.
    Raises ValueError where the names or the fields are more than Discord takes.
    """
    title = one_line(form.title) or form.verb
    carried = custom_id or str(Action(form.verb))
    above = "\n".join(
        filter(
            None, (f"**{escape_markdown(title)}**" if len(title) > MODAL_TITLE else "", render_paragraph(form.preview))
        )
    )
    parts = [*([{"type": ComponentType.TEXT_DISPLAY, "content": above}] if above else []), *map(_input, form.fields)]
    if not 0 < len(parts) <= MODAL_INPUTS or len(above) > INPUT_VALUE or len(carried) > CUSTOM_ID:
        message = f"The form {title!r} is no modal: it has too much, or nothing, in it."
        raise ValueError(message)
    return {"custom_id": carried, "title": shorten(title, MODAL_TITLE), "components": parts}


def field_values(components: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return what stands in each field of a submitted modal, by the field's name; empty where nothing does."""
    return {one["custom_id"]: _value(one) for one in _inputs(components) if "custom_id" in one}


def _inputs(components: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for component in components:
        if "component" in component:
            yield component["component"]
        yield from component.get("components") or ()


def _value(answer: Mapping[str, Any]) -> str:
    return str(answer.get("value") or next(iter(answer.get("values") or ()), ""))


def _input(field: Field) -> Node:
    words = one_line(field.label) or field.name
    explained = {"description": shorten(words, INPUT_DESCRIPTION)} if len(words) > INPUT_LABEL else {}
    asked = {"custom_id": field.name, "required": field.required}
    return {
        "type": ComponentType.LABEL,
        "label": shorten(words, INPUT_LABEL),
        **explained,
        "component": _component(field) | asked,
    }


def _component(field: Field) -> Node:
    options = tuple(option for option in field.options if 0 < len(option) <= OPTION_LABEL)
    if 0 < len(options) <= SELECT_OPTIONS:
        return {"type": ComponentType.SELECT, "options": [_option(option, field.value) for option in options]}
    value = {"value": field.value[:INPUT_VALUE]} if field.value else {}
    return {
        "type": ComponentType.TEXT_INPUT,
        "style": _LONG if "\n" in field.value else _SHORT,
        "max_length": INPUT_VALUE,
        **value,
    }


def _option(option: str, chosen: str) -> Node:
    return {"label": one_line(option) or option, "value": option, **({"default": True} if option == chosen else {})}
