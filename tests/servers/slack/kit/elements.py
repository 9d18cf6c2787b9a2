"""The elements that stand in blocks: buttons, menus, pickers and inputs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from tests.servers.slack.kit.check import EITHER, PLAIN, Check
from tests.servers.slack.state import JSON

Rule: TypeAlias = Callable[[Check, JSON, str], None]

_COMMON = ("type", "action_id", "confirm", "focus_on_load")
_MENUS = ("static", "external", "users", "conversations", "channels")
MENUS = frozenset(f"{kind}_select" for kind in _MENUS)
MULTI = frozenset(f"multi_{kind}_select" for kind in _MENUS)
PICKERS = frozenset({"datepicker", "timepicker", "datetimepicker"})
TICKS = frozenset({"checkboxes", "radio_buttons"})
FIELDS = frozenset(
    {"plain_text_input", "email_text_input", "url_text_input", "number_input", "rich_text_input", "file_input"}
)
PRESSED = frozenset({"button", "overflow", "workflow_button"})

ACTIONS = PRESSED | MENUS | MULTI | PICKERS | TICKS | {"rich_text_input"}
ACCESSORY = PRESSED | MENUS | MULTI | PICKERS | TICKS | {"image"}
INPUT = MENUS | MULTI | PICKERS | TICKS | FIELDS
CONTEXT = frozenset({"image"})
CONTEXT_ACTIONS = frozenset({"feedback_buttons", "icon_button"})


def element(check: Check, value: JSON, at: str, allowed: frozenset[str]) -> None:
    """Check one element of those a block allows."""
    kind = str(value.get("type"))
    if kind not in allowed:
        check.fault(at, f"unsupported type: {kind}")
        return
    check.string(value, "action_id", at, 255, least=1)
    if isinstance(confirm := value.get("confirm"), dict):
        _confirm(check, confirm, f"{at}/confirm")
    _RULES[kind](check, value, at)


def elements(check: Check, values: list[object], at: str, allowed: frozenset[str]) -> None:
    """Check the elements of one block, whose action ids must differ."""
    seen: set[str] = set()
    for value, pointer in check.objects(values, at):
        element(check, value, pointer, allowed)
        name = str(value.get("action_id"))
        if "action_id" in value and name in seen:
            check.fault(f"{pointer}/action_id", f"action_id {name} already exists in this block")
        seen.add(name)


def option(check: Check, value: JSON, at: str, kinds: tuple[str, ...] = PLAIN) -> None:
    """Check one option of a menu."""
    check.only(value, at, ("text", "value", "description", "url"))
    check.text(value, "text", at, 75, kinds=kinds, needed=True)
    check.string(value, "value", at, 150, needed=True)
    check.text(value, "description", at, 75, kinds=kinds)


def offers(value: JSON) -> list[JSON]:
    """Return every option a menu offers, those in groups too."""
    return [one for holder in (value, *listed(value.get("option_groups"))) for one in listed(holder.get("options"))]


def listed(value: object) -> list[JSON]:
    """Return the objects of a list, and none for anything else."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def image(check: Check, value: JSON, at: str) -> None:
    """Check an image in a context or beside a section."""
    check.only(value, at, ("type", "image_url", "alt_text", "slack_file"))
    if "slack_file" not in value:
        check.url(value, "image_url", at, needed=True)
    check.string(value, "alt_text", at, 2000, needed=True)


def _confirm(check: Check, value: JSON, at: str) -> None:
    check.text(value, "title", at, 100, kinds=PLAIN, needed=True)
    check.text(value, "text", at, 300, needed=True)
    check.text(value, "confirm", at, 30, kinds=PLAIN)
    check.text(value, "deny", at, 30, kinds=PLAIN)


def _button(check: Check, value: JSON, at: str) -> None:
    agent = ("agent_prompt", "agent_prompt_display", "visible_to_user_ids")
    check.only(value, at, (*_COMMON, "text", "value", "url", "style", "accessibility_label", *agent))
    check.text(value, "text", at, 75, kinds=PLAIN, needed=True)
    check.string(value, "value", at, 2000)
    check.string(value, "accessibility_label", at, 75)
    check.string(value, "agent_prompt", at, 4000)
    check.url(value, "url", at)
    if str(value.get("style", "primary")) not in {"primary", "danger"}:
        check.fault(f"{at}/style", "must be primary or danger")


def _workflow(check: Check, value: JSON, at: str) -> None:
    check.text(value, "text", at, 75, kinds=PLAIN, needed=True)


def _overflow(check: Check, value: JSON, at: str) -> None:
    check.only(value, at, (*_COMMON, "options"))
    for one, pointer in check.objects(check.items(value, "options", at, 5), f"{at}/options"):
        option(check, one, pointer)


def _menu(check: Check, value: JSON, at: str) -> None:
    check.text(value, "placeholder", at, 150, kinds=PLAIN)
    kind = str(value["type"])
    if not kind.endswith("static_select"):
        return
    if "option_groups" in value:
        groups = check.items(value, "option_groups", at, 100)
        for group, pointer in check.objects(groups, f"{at}/option_groups"):
            check.text(group, "label", pointer, 75, kinds=PLAIN, needed=True)
            _options(check, group, pointer)
    else:
        _options(check, value, at)
    _initial(check, value, at)


def _options(check: Check, value: JSON, at: str, most: int = 100, kinds: tuple[str, ...] = PLAIN) -> None:
    for one, pointer in check.objects(check.items(value, "options", at, most), f"{at}/options"):
        option(check, one, pointer, kinds)


def _initial(check: Check, value: JSON, at: str) -> None:
    offered = offers(value)
    initial = [*listed(value.get("initial_options")), *(value[name] for name in ("initial_option",) if name in value)]
    if any(one not in offered for one in initial):
        check.fault(f"{at}/initial_option", "initial_option must be one of the options")


def _ticks(check: Check, value: JSON, at: str) -> None:
    _options(check, value, at, 10, EITHER)
    _initial(check, value, at)


def _picker(check: Check, value: JSON, at: str) -> None:
    check.text(value, "placeholder", at, 150, kinds=PLAIN)


def _field(check: Check, value: JSON, at: str) -> None:
    check.text(value, "placeholder", at, 150, kinds=PLAIN)
    check.whole(value, "max_length", at, 1, 3000)
    check.whole(value, "min_length", at, 0, 3000)
    check.string(value, "initial_value", at, 3000)


def _file(check: Check, value: JSON, at: str) -> None:
    check.only(value, at, ("type", "action_id", "filetypes", "max_files"))
    check.whole(value, "max_files", at, 1, 10)


def _feedback(check: Check, value: JSON, at: str) -> None:
    check.only(value, at, ("type", "action_id", "positive_button", "negative_button"))
    for name in ("positive_button", "negative_button"):
        one = value.get(name)
        if not isinstance(one, dict):
            check.fault(at, f"missing required field: {name}")
            continue
        check.only(one, f"{at}/{name}", ("text", "value", "accessibility_label"))
        check.text(one, "text", f"{at}/{name}", 75, kinds=PLAIN, needed=True)
        check.string(one, "value", f"{at}/{name}", 2000, needed=True)
        check.string(one, "accessibility_label", f"{at}/{name}", 75)


def _icon(check: Check, value: JSON, at: str) -> None:
    check.string(value, "icon", at, 75, needed=True)
    check.text(value, "text", at, 75, kinds=PLAIN, needed=True)
    check.string(value, "value", at, 2000)


_RULES: dict[str, Rule] = {
    "button": _button,
    "workflow_button": _workflow,
    "overflow": _overflow,
    "image": image,
    "feedback_buttons": _feedback,
    "icon_button": _icon,
    **dict.fromkeys(MENUS | MULTI, _menu),
    **dict.fromkeys(TICKS, _ticks),
    **dict.fromkeys(PICKERS, _picker),
    **dict.fromkeys(FIELDS, _field),
    "file_input": _file,
}
