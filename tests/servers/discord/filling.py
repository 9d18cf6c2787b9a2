"""What a person presses, chooses and fills in, and how Discord writes it down."""

from __future__ import annotations

from collections.abc import Mapping

from tests.servers.discord.state import (
    BUTTON,
    CHECKBOXES,
    JSON,
    LABEL,
    RADIO,
    ROW,
    SELECTS,
    STRING_SELECT,
    Message,
    walk,
)

LINK = 5
_PRESSABLE = SELECTS | {BUTTON}


def pressable(message: Message, name: str) -> JSON:
    """Return a button or a menu by its custom id or its label; raises LookupError naming what is there."""
    there = [one for one in walk(message.components) if one["type"] in _PRESSABLE and one.get("style") != LINK]
    for one in there:
        if name in {one.get("custom_id"), one.get("label")}:
            if one.get("disabled"):
                words = f"{name!r} is disabled."
                raise LookupError(words)
            return one
    named = [one.get("label") or one["custom_id"] for one in there]
    words = f"Nothing here is called {name!r}; there is {named}."
    raise LookupError(words)


def pressed(one: JSON, choose: object) -> JSON:
    """Return a press, or with `choose` what was chosen in a menu: its words or values."""
    data: JSON = {"custom_id": one["custom_id"], "component_type": one["type"], "id": one["id"]}
    return data if one["type"] == BUTTON else data | {"values": _chosen(one, choose)}


def filled(components: list[JSON], values: Mapping[str, object]) -> list[JSON]:
    """Return a submitted form; `values` go by custom id or by label.

    Raises LookupError for a name that is not there, ValueError for what Discord's own client would not send.
    """
    left = dict(values)
    submitted = [_part(one, n, left) for n, one in enumerate(components, 1)]
    if left:
        names = [one.get("label") or one.get("custom_id") for one in walk(components)]
        message = f"Nothing to fill in is called {sorted(left)}; there is {[name for name in names if name]}."
        raise LookupError(message)
    return submitted


def _part(one: JSON, n: int, values: dict[str, object]) -> JSON:
    match one["type"]:
        case 18:
            field = _field(one["component"], str(one["label"]), values)
            return {"type": LABEL, "id": n, "component": field}
        case 1:
            inner = [_field(each, str(each.get("label", "")), values) for each in one["components"]]
            return {"type": ROW, "id": n, "components": inner}
    return {"type": one["type"], "id": n}


def _field(one: JSON, label: str, values: dict[str, object]) -> JSON:
    key = one["custom_id"] if one["custom_id"] in values else label
    given = values.pop(key, None)
    made = {"type": one["type"], "custom_id": one["custom_id"], "id": one.get("id", 1)}
    match one["type"]:
        case 4:
            return made | {"value": _line(one, label, one.get("value", "") if given is None else str(given))}
        case 21:
            return made | {"value": next(iter(_chosen(one, given)), None)}
        case 23:
            return made | {"value": bool(one.get("default") if given is None else given)}
    return made | {"values": _chosen(one, given)}


def _line(one: JSON, label: str, text: str) -> str:
    least, most = one.get("min_length") or 0, one.get("max_length") or 4000
    required = one.get("required", True)
    if (required and not text) or (text and not least <= len(text) <= most):
        message = f"{label!r} must have from {max(least, int(required))} to {most} characters."
        raise ValueError(message)
    return text


def _chosen(one: JSON, choose: object) -> list[str]:
    options = one.get("options") or []
    if choose is None:
        picked = [option["value"] for option in options if option.get("default")]
    else:
        many = choose if isinstance(choose, list | tuple) else [choose]
        picked = [_picked(one, options, each) for each in many]
    least = 0 if one.get("required") is False else one.get("min_values", 1)
    most = 1 if one["type"] == RADIO else one.get("max_values", len(options) if one["type"] == CHECKBOXES else 1)
    if not least <= len(picked) <= most:
        message = f"From {least} to {most} must be chosen, not {picked}."
        raise ValueError(message)
    return picked


def _picked(one: JSON, options: list[JSON], choice: object) -> str:
    if one["type"] not in {STRING_SELECT, RADIO, CHECKBOXES}:
        return str(getattr(choice, "id", choice))
    for option in options:
        if choice in {option["value"], option["label"]}:
            return str(option["value"])
    message = f"{choice!r} is not offered; there is {[option['label'] for option in options]}."
    raise LookupError(message)
