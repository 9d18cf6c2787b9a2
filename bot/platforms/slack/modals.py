"""Forms as modals, and what people wrote into them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.chat.message import Field, Form
from bot.chat.text import say
from bot.platforms.slack.limits import CALLBACK, CAPTION, OPTIONS, PRIVATE, TITLE, VALUE, VIEW, Node
from bot.platforms.slack.rich_text import label, one_line, plain_text, rich, section


def form(asked: Form, *, callback: str, private: str) -> Node:
    """Return a modal with an input for each field; `private` comes back with what was submitted.

    A field with more options than a menu holds is written in.
    Raises ValueError where the names, the private words or the fields are more than Slack takes.
    """
    title = one_line(asked.title) or asked.verb
    blocks = [
        *(rich(section(say(title, bold=True))) if len(title) > TITLE else ()),
        *rich(section(asked.preview)),
        *(_input(field) for field in asked.fields),
    ]
    if len(private) > PRIVATE or len(callback) > CALLBACK or len(blocks) > VIEW.blocks:
        message = f"The form {title!r} is larger than a modal."
        raise ValueError(message)
    return {
        "type": "modal",
        "callback_id": callback,
        "private_metadata": private,
        "title": plain_text(title, TITLE),
        "submit": plain_text(asked.verb.capitalize(), TITLE),
        "close": plain_text("Cancel", TITLE),
        "blocks": blocks,
    }


def submitted(view: Node) -> dict[str, str]:
    """Return what stands in each field of a modal, by the field's name; empty where nothing does."""
    values = view["state"]["values"]
    return {name: _value(element) for inputs in values.values() for name, element in inputs.items()}


def _input(field: Field) -> Node:
    return {
        "type": "input",
        "block_id": field.name,
        "label": plain_text(one_line(field.label) or field.name, CAPTION),
        "optional": not field.required,
        "element": _element(field) | {"action_id": field.name},
    }


def _element(field: Field) -> Node:
    options = _options(field.options)
    if not 0 < len(options) <= OPTIONS:
        return {"type": "plain_text_input"} | ({"initial_value": field.value} if field.value else {})
    chosen = [option for option in options if option["value"] == field.value]
    return {"type": "static_select", "options": options, **({"initial_option": chosen[0]} if chosen else {})}


def _options(options: Sequence[str]) -> list[Node]:
    return [{"text": label(option, option), "value": option} for option in options if 0 < len(option) <= VALUE]


def _value(element: dict[str, Any]) -> str:
    chosen = element.get("selected_option") or {}
    return str(element.get("value") or chosen.get("value") or "")
