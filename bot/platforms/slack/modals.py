"""Forms as modals, and what people wrote into them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.chat.message import Field, Form
from bot.chat.text import styled_text
from bot.platforms.slack.limits import (
    CALLBACK_ID,
    INPUT_LABEL,
    MODAL_TITLE,
    OPTION_VALUE,
    PRIVATE_METADATA,
    SELECT_OPTIONS,
    VIEW,
    Node,
)
from bot.platforms.slack.rich_text import label, one_line, plain_text, rich_text_block, section


def build_modal(form: Form, *, callback_id: str, private_metadata: str) -> Node:
    """Return a modal with an input for each field; `private` comes back with what was submitted.

    A field with more options than a menu holds is written in.
    Raises ValueError where the names, the private words or the fields are more than Slack takes.
    """
    title = one_line(form.title) or form.verb
    blocks = [
        *(rich_text_block(section(styled_text(title, bold=True))) if len(title) > MODAL_TITLE else ()),
        *rich_text_block(section(form.preview)),
        *(_input(field) for field in form.fields),
    ]
    if len(private_metadata) > PRIVATE_METADATA or len(callback_id) > CALLBACK_ID or len(blocks) > VIEW.blocks:
        message = f"The form {title!r} is larger than a modal."
        raise ValueError(message)
    return {
        "type": "modal",
        "callback_id": callback_id,
        "private_metadata": private_metadata,
        "title": plain_text(title, MODAL_TITLE),
        "submit": plain_text(form.verb.capitalize(), MODAL_TITLE),
        "close": plain_text("Cancel", MODAL_TITLE),
        "blocks": blocks,
    }


def field_values(view: Node) -> dict[str, str]:
    """Return what stands in each field of a modal, by the field's name; empty where nothing does."""
    values = view["state"]["values"]
    return {name: _value(element) for inputs in values.values() for name, element in inputs.items()}


def _input(field: Field) -> Node:
    return {
        "type": "input",
        "block_id": field.name,
        "label": plain_text(one_line(field.label) or field.name, INPUT_LABEL),
        "optional": not field.required,
        "element": _element(field) | {"action_id": field.name},
    }


def _element(field: Field) -> Node:
    options = _options(field.options)
    if not 0 < len(options) <= SELECT_OPTIONS:
        return {"type": "plain_text_input"} | ({"initial_value": field.value} if field.value else {})
    chosen = [option for option in options if option["value"] == field.value]
    return {"type": "static_select", "options": options, **({"initial_option": chosen[0]} if chosen else {})}


def _options(options: Sequence[str]) -> list[Node]:
    return [{"text": label(option, option), "value": option} for option in options if 0 < len(option) <= OPTION_VALUE]


def _value(element: dict[str, Any]) -> str:
    chosen = element.get("selected_option") or {}
    return str(element.get("value") or chosen.get("value") or "")
