"""What a message may be laid out in."""

from __future__ import annotations

from collections.abc import Callable

from tests.servers.discord.kit.check import Check
from tests.servers.discord.state import (
    BUTTON,
    CONTAINER,
    FILE,
    GALLERY,
    JSON,
    ROW,
    SECTION,
    SELECTS,
    SEPARATOR,
    STRING_SELECT,
    TEXT_DISPLAY,
    THUMBNAIL,
    walk,
)

MOST_COMPONENTS, MOST_TEXT, MOST_ROWS = 40, 4_000, 5

IN_MESSAGE = frozenset({ROW, SECTION, TEXT_DISPLAY, GALLERY, FILE, SEPARATOR, CONTAINER})
IN_CONTAINER = IN_MESSAGE - {CONTAINER}
LINK, PREMIUM = 5, 6


def check_layout(check: Check, components: list[JSON]) -> None:
    """Check the components of a message that is laid out in them alone."""
    _every(check, components, "components", IN_MESSAGE)
    if check.errors:
        return
    every = list(walk(components))
    if len(every) > MOST_COMPONENTS:
        words = f"The maximum number of components is {MOST_COMPONENTS}; there are {len(every)}."
        check.fault("components", "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED", words)
    length = sum(len(one["content"]) for one in every if one["type"] == TEXT_DISPLAY)
    if length > MOST_TEXT:
        words = f"The total displayable text must be {MOST_TEXT} or fewer in length; it is {length}."
        check.fault("components", "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", words)
    _ids(check, every)


def check_rows(check: Check, components: list[JSON]) -> None:
    """Check the rows of buttons and menus under a message of the older kind."""
    check.items({"components": components}, "components", "", MOST_ROWS, least=0)
    _every(check, components, "components", frozenset({ROW}))
    if not check.errors:
        _ids(check, list(walk(components)))


def check_select(check: Check, one: JSON, at: str) -> None:
    """Check a menu."""
    check.string(one, "custom_id", at, 100, needed=True)
    check.string(one, "placeholder", at, 150, least=0)
    check.whole(one, "min_values", at, 0, 25)
    check.whole(one, "max_values", at, 1, 25)
    if one["type"] == STRING_SELECT:
        check_options(check, one, at, 25)


def check_options(check: Check, one: JSON, at: str, most: int, least: int = 1) -> None:
    """Check what can be chosen."""
    options = check.items(one, "options", at, most, least=least)
    for option, where in check.objects(options, f"{at}.options"):
        check.string(option, "label", where, 100, needed=True)
        check.string(option, "value", where, 100, needed=True)
        check.string(option, "description", where, 100, least=0)
    values = [str(option.get("value")) for option in options if isinstance(option, dict)]
    check.unique(values, f"{at}.options", "The value is used twice")


def _every(check: Check, components: list[JSON], at: str, kinds: frozenset[int]) -> None:
    for one, where in check.objects(components, at):
        kind = one.get("type")
        if kind not in kinds:
            check.fault(f"{where}.type", "BASE_TYPE_CHOICES", f"Value must be one of {sorted(kinds)}.")
        else:
            _CHECKS[kind](check, one, where)


def _row(check: Check, one: JSON, at: str) -> None:
    inside = check.items(one, "components", at, 5)
    _every(check, inside, f"{at}.components", SELECTS | {BUTTON})
    menus = [each for each in inside if isinstance(each, dict) and each.get("type") in SELECTS]
    if menus and len(inside) > 1:
        check.fault(f"{at}.components", "COMPONENT_LAYOUT_WIDTH_EXCEEDED", "A menu takes a whole row.")


def _button(check: Check, one: JSON, at: str) -> None:
    check.whole(one, "style", at, 1, 6, needed=True)
    check.string(one, "label", at, 80)
    if one.get("style") == LINK:
        check.string(one, "url", at, 512, needed=True)
        _scheme(check, str(one.get("url")), f"{at}.url", ("http://", "https://", "discord://"))
        if one.get("custom_id") is not None:
            check.fault(at, "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE", "A link has no custom id.")
    elif one.get("style") != PREMIUM:
        check.string(one, "custom_id", at, 100, needed=True)
        if one.get("url") is not None:
            check.fault(at, "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE", "Only a link has a url.")
    if not one.get("label") and not one.get("emoji"):
        check.fault(at, "BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED", "A button needs a label or an emoji.")


def _section(check: Check, one: JSON, at: str) -> None:
    _every(check, check.items(one, "components", at, 3), f"{at}.components", frozenset({TEXT_DISPLAY}))
    check.needed(one, "accessory", at)
    accessory = one.get("accessory")
    if isinstance(accessory, dict):
        kind = accessory.get("type")
        if kind in {BUTTON, THUMBNAIL}:
            _CHECKS[kind](check, accessory, f"{at}.accessory")
        else:
            check.fault(f"{at}.accessory.type", "BASE_TYPE_CHOICES", "Value must be one of (2, 11).")


def _text(check: Check, one: JSON, at: str) -> None:
    check.string(one, "content", at, MOST_TEXT, needed=True)


def _media(check: Check, holder: JSON, name: str, at: str, schemes: tuple[str, ...]) -> None:
    media = holder.get(name)
    if not isinstance(media, dict) or not media.get("url"):
        check.fault(f"{at}.{name}.url", "BASE_TYPE_REQUIRED", "This field is required")
    else:
        _scheme(check, media["url"], f"{at}.{name}.url", schemes)


def _thumbnail(check: Check, one: JSON, at: str) -> None:
    _media(check, one, "media", at, ("http://", "https://", "attachment://"))
    check.string(one, "description", at, 1024, least=0)


def _gallery(check: Check, one: JSON, at: str) -> None:
    for item, where in check.objects(check.items(one, "items", at, 10), f"{at}.items"):
        _thumbnail(check, item, where)


def _file(check: Check, one: JSON, at: str) -> None:
    _media(check, one, "file", at, ("attachment://",))


def _separator(check: Check, one: JSON, at: str) -> None:
    check.whole(one, "spacing", at, 1, 2)


def _container(check: Check, one: JSON, at: str) -> None:
    check.whole(one, "accent_color", at, 0, 0xFFFFFF)
    _every(check, check.items(one, "components", at, MOST_COMPONENTS), f"{at}.components", IN_CONTAINER)


def _scheme(check: Check, url: str, at: str, schemes: tuple[str, ...]) -> None:
    if not url.startswith(schemes):
        check.fault(at, "URL_TYPE_INVALID_SCHEME", f"Scheme must be one of {schemes}.")


def _ids(check: Check, every: list[JSON]) -> None:
    check.unique([one["custom_id"] for one in every if one.get("custom_id")], "components", "Custom id used twice")
    check.unique([str(one["id"]) for one in every if one.get("id")], "components", "Id used twice")


_CHECKS: dict[int, Callable[[Check, JSON, str], None]] = {
    ROW: _row,
    BUTTON: _button,
    SECTION: _section,
    TEXT_DISPLAY: _text,
    THUMBNAIL: _thumbnail,
    GALLERY: _gallery,
    FILE: _file,
    SEPARATOR: _separator,
    CONTAINER: _container,
    **dict.fromkeys(SELECTS, check_select),
}
