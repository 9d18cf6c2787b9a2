"""Each block's own rules."""

from __future__ import annotations

from tests.servers.slack.kit.check import PLAIN, Check
from tests.servers.slack.kit.elements import (
    ACCESSORY,
    ACTIONS,
    CONTEXT,
    CONTEXT_ACTIONS,
    INPUT,
    Rule,
    element,
    elements,
    image,
)
from tests.servers.slack.kit.rich import rich_text
from tests.servers.slack.state import JSON

_SHARED = ("type", "block_id")
_CARD = ("title", "subtitle", "body", "subtext", "actions", "hero_image", "icon", "slack_icon")


def section(check: Check, block: JSON, at: str) -> None:
    """Check a section: text, or fields, or both, and an accessory."""
    check.only(block, at, (*_SHARED, "text", "fields", "accessory", "expand"))
    check.text(block, "text", at, 3000)
    if "fields" in block:
        for n, value in enumerate(check.items(block, "fields", at, 10)):
            check.text_object(value, f"{at}/fields/{n}", 2000)
    elif "text" not in block:
        check.fault(at, "missing required field: text")
    if isinstance(block.get("accessory"), dict):
        element(check, block["accessory"], f"{at}/accessory", ACCESSORY)


def header(check: Check, block: JSON, at: str) -> None:
    """Check a header: plain text."""
    check.only(block, at, (*_SHARED, "text"))
    check.text(block, "text", at, 150, kinds=PLAIN, needed=True)


def divider(check: Check, block: JSON, at: str) -> None:
    """Check a line."""
    check.only(block, at, _SHARED)


def picture(check: Check, block: JSON, at: str) -> None:
    """Check an image that is a block."""
    check.text(block, "title", at, 2000, kinds=PLAIN)
    image(check, {key: value for key, value in block.items() if key not in {"title", "block_id"}}, at)


def context(check: Check, block: JSON, at: str) -> None:
    """Check small print: texts and images."""
    check.only(block, at, (*_SHARED, "elements"))
    for value, pointer in check.objects(check.items(block, "elements", at, 10), f"{at}/elements"):
        if str(value.get("type")) in CONTEXT:
            element(check, value, pointer, CONTEXT)
        else:
            check.text_object(value, pointer, 3000)


def actions(check: Check, block: JSON, at: str) -> None:
    """Check a row of buttons and menus."""
    check.only(block, at, (*_SHARED, "elements"))
    elements(check, check.items(block, "elements", at, 25), f"{at}/elements", ACTIONS)


def context_actions(check: Check, block: JSON, at: str) -> None:
    """Check a row of feedback buttons."""
    check.only(block, at, (*_SHARED, "elements"))
    elements(check, check.items(block, "elements", at, 5), f"{at}/elements", CONTEXT_ACTIONS)


def asked(check: Check, block: JSON, at: str) -> None:
    """Check an input."""
    check.only(block, at, (*_SHARED, "label", "element", "hint", "optional", "dispatch_action"))
    check.text(block, "label", at, 2000, kinds=PLAIN, needed=True)
    check.text(block, "hint", at, 2000, kinds=PLAIN)
    if isinstance(block.get("element"), dict):
        element(check, block["element"], f"{at}/element", INPUT)
    else:
        check.fault(at, "missing required field: element")


def markdown(check: Check, block: JSON, at: str) -> None:
    """Check a block of standard markdown, whose lengths add up."""
    check.only(block, at, (*_SHARED, "text"))
    check.string(block, "text", at, 12_000, least=1, needed=True)
    check.markdown += min(len(str(block.get("text", ""))), 12_000)


def table(check: Check, block: JSON, at: str) -> None:
    """Check a table: 100 rows of 20 columns, 10,000 characters."""
    check.only(block, at, (*_SHARED, "rows", "column_settings"))
    check.tables += 1
    _rows(check, block, at, 1, 100, 10_000)


def data_table(check: Check, block: JSON, at: str) -> None:
    """Check a table that sorts and pages."""
    check.tables += 1
    _rows(check, block, at, 2, 201, 20_000)


def alert(check: Check, block: JSON, at: str) -> None:
    """Check an alert."""
    check.only(block, at, (*_SHARED, "text", "level"))
    check.text(block, "text", at, 200, needed=True)


def card(check: Check, block: JSON, at: str) -> None:
    """Check a card."""
    check.only(block, at, (*_SHARED, *_CARD))
    if not any(block.get(name) for name in ("hero_image", "title", "actions", "body")):
        check.fault(at, "a card needs a hero_image, a title, actions or a body")
    for name, most in (("title", 150), ("subtitle", 150), ("body", 200), ("subtext", 200)):
        check.text(block, name, at, most)
    for name in ("hero_image", "icon"):
        if isinstance(block.get(name), dict):
            element(check, block[name], f"{at}/{name}", CONTEXT)
    if "actions" in block:
        elements(check, check.items(block, "actions", at, 3), f"{at}/actions", frozenset({"button"}))


def carousel(check: Check, block: JSON, at: str) -> None:
    """Check a row of cards."""
    check.only(block, at, (*_SHARED, "elements"))
    for value, pointer in check.objects(check.items(block, "elements", at, 10), f"{at}/elements"):
        if value.get("type") == "card":
            card(check, value, pointer)
        else:
            check.fault(pointer, f"unsupported type: {value.get('type')}")


def anything(_check: Check, _block: JSON, _at: str) -> None:
    """Accept a block whose rules nobody here relies on."""


def _rows(check: Check, block: JSON, at: str, least: int, most: int, characters: int) -> None:
    rows = check.items(block, "rows", at, most, least=least)
    if any(not isinstance(row, list) or not 1 <= len(row) <= 20 for row in rows):
        check.fault(f"{at}/rows", "each row has 1 to 20 cells")
    elif sum(words(cell) for row in rows for cell in row) > characters:
        check.fault(f"{at}/rows", f"must be less than {characters + 1} characters")


def words(value: object) -> int:
    """Count the characters of every text inside."""
    if isinstance(value, dict):
        own = len(value["text"]) if isinstance(value.get("text"), str) else 0
        return own + sum(words(inner) for inner in value.values() if isinstance(inner, dict | list))
    return sum(words(inner) for inner in value) if isinstance(value, list) else 0


RULES: dict[str, Rule] = {
    "section": section,
    "header": header,
    "divider": divider,
    "image": picture,
    "context": context,
    "actions": actions,
    "context_actions": context_actions,
    "input": asked,
    "rich_text": rich_text,
    "markdown": markdown,
    "table": table,
    "data_table": data_table,
    "alert": alert,
    "card": card,
    "carousel": carousel,
    **dict.fromkeys(("video", "file", "data_visualization", "task_card", "plan"), anything),
}
