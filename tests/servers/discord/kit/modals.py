"""What a form may hold."""

from __future__ import annotations

from tests.servers.discord.kit.check import Check
from tests.servers.discord.kit.components import check_options, check_select
from tests.servers.discord.state import (
    CHECKBOX,
    CHECKBOXES,
    FILE_UPLOAD,
    JSON,
    LABEL,
    RADIO,
    ROW,
    SELECTS,
    TEXT_DISPLAY,
    TEXT_INPUT,
    walk,
)

IN_LABEL = SELECTS | {TEXT_INPUT, FILE_UPLOAD, RADIO, CHECKBOXES, CHECKBOX}


def check_modal(body: JSON) -> None:
    """Raise DiscordError unless Discord would open a form like this."""
    check = Check()
    check.string(body, "title", "", 45, needed=True)
    check.string(body, "custom_id", "", 100, needed=True)
    for one, at in check.objects(check.items(body, "components", "", 5), "components"):
        _check_part(check, one, at)
    if not check.errors:
        names = [one["custom_id"] for one in walk(body["components"]) if one.get("custom_id")]
        check.unique(names, "components", "Custom id used twice")
    check.done()


def _check_part(check: Check, one: JSON, at: str) -> None:
    match one.get("type"):
        case 18:
            check.string(one, "label", at, 45, needed=True)
            check.string(one, "description", at, 100, least=0)
            check.needed(one, "component", at)
            _check_field(check, one.get("component") or {}, f"{at}.component", IN_LABEL)
        case 1:
            for inner, where in check.objects(check.items(one, "components", at, 1), f"{at}.components"):
                _check_field(check, inner, where, frozenset({TEXT_INPUT}))
                check.string(inner, "label", where, 45, needed=True)
        case 10:
            check.string(one, "content", at, 4000, needed=True)
        case _:
            words = f"Value must be one of {(ROW, TEXT_DISPLAY, LABEL)}."
            check.fault(f"{at}.type", "BASE_TYPE_CHOICES", words)


def _check_field(check: Check, one: JSON, at: str, kinds: frozenset[int]) -> None:
    kind = one.get("type")
    if kind not in kinds:
        check.fault(f"{at}.type", "BASE_TYPE_CHOICES", f"Value must be one of {sorted(kinds)}.")
        return
    check.string(one, "custom_id", at, 100, needed=True)
    if kind == TEXT_INPUT:
        _check_line(check, one, at)
    elif kind == FILE_UPLOAD:
        check.whole(one, "min_values", at, 0, 10)
        check.whole(one, "max_values", at, 1, 10)
    elif kind in SELECTS:
        check_select(check, one, at)
    elif kind in {RADIO, CHECKBOXES}:
        check_options(check, one, at, 10, 2 if kind == RADIO else 1)


def _check_line(check: Check, one: JSON, at: str) -> None:
    check.whole(one, "style", at, 1, 2, needed=True)
    check.whole(one, "min_length", at, 0, 4000)
    check.whole(one, "max_length", at, 1, 4000)
    check.string(one, "placeholder", at, 100, least=0)
    check.string(one, "value", at, 4000, least=0)
