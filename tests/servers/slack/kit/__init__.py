"""Block Kit as Slack judges it: `faults` for a list of blocks, `view_faults` for a view."""

from __future__ import annotations

from tests.servers.slack.kit.blocks import RULES, words
from tests.servers.slack.kit.check import PLAIN, Check
from tests.servers.slack.state import JSON

CEILING = 13_200
"""Characters of text all blocks of a message may have together; Slack documents no such limit."""

_CONTAINER = (
    *("type", "block_id", "title", "rich_text_title", "subtitle", "child_blocks"),
    *("width", "icon", "is_collapsible", "default_collapsed", "has_header_divider"),
)
_EVERYWHERE = frozenset("section header divider image context actions input rich_text video card".split())
SURFACES = {
    "message": frozenset(RULES) - {"alert"} | {"container"},
    "modal": _EVERYWHERE | {"alert"},
    "home": _EVERYWHERE | {"carousel"},
}
"""Which blocks each surface shows."""

BLOCKS = {"message": 50, "modal": 100, "home": 100}
"""How many blocks each surface shows."""

__all__ = ["CEILING", "SURFACES", "faults", "view_faults", "words"]


def faults(blocks: object, surface: str = "message", at: str = "/blocks") -> list[str]:
    """Return what Slack would find wrong with these blocks, each with a JSON pointer."""
    check = Check(surface)
    many = check.items({"blocks": blocks}, "blocks", at.rpartition("/")[0], BLOCKS[surface], least=0)
    _blocks(check, many, at, SURFACES[surface])
    if check.markdown > 12_000:
        check.fault(at, "markdown blocks must be less than 12001 characters together")
    if check.tables > 1:
        check.fault(at, "only_one_table_allowed")
    return check.problems


def view_faults(view: JSON) -> list[str]:
    """Return what Slack would find wrong with a modal or a home tab."""
    surface = str(view.get("type"))
    if surface not in {"modal", "home"}:
        return [f"[ERROR] unsupported type: {surface} [json-pointer:/view/type]"]
    check = Check(surface)
    if surface == "modal":
        check.text(view, "title", "/view", 24, kinds=PLAIN, needed=True)
        check.text(view, "submit", "/view", 24, kinds=PLAIN)
        check.text(view, "close", "/view", 24, kinds=PLAIN)
        blocks = view.get("blocks")
        if "submit" not in view and isinstance(blocks, list) and any(_is_input(block) for block in blocks):
            check.fault("/view/submit", "a view with input blocks needs submit")
    check.string(view, "private_metadata", "/view", 3000)
    check.string(view, "callback_id", "/view", 255)
    check.string(view, "external_id", "/view", 255)
    return check.problems + faults(view.get("blocks"), surface, "/view/blocks")


def _blocks(check: Check, values: list[object], at: str, allowed: frozenset[str]) -> None:
    for block, pointer in check.objects(values, at):
        kind = str(block.get("type"))
        check.string(block, "block_id", pointer, 255, least=1)
        _unique(check, block, pointer)
        if kind not in allowed:
            check.fault(pointer, f"unsupported type: {kind}")
        elif kind == "container":
            _container(check, block, pointer)
        else:
            RULES[kind](check, block, pointer)


def _container(check: Check, block: JSON, at: str) -> None:
    check.only(block, at, _CONTAINER)
    check.text(block, "title", at, 150, kinds=PLAIN, needed="rich_text_title" not in block)
    check.text(block, "subtitle", at, 150)
    if str(block.get("width", "standard")) not in {"narrow", "standard", "wide", "full"}:
        check.fault(f"{at}/width", "must be narrow, standard, wide or full")
    if block.get("default_collapsed") and not block.get("is_collapsible"):
        check.fault(f"{at}/default_collapsed", "needs is_collapsible")
    inside = SURFACES["message"] - {"container", "carousel"}
    _blocks(check, check.items(block, "child_blocks", at, 10), f"{at}/child_blocks", inside)


def _unique(check: Check, block: JSON, at: str) -> None:
    name = block.get("block_id")
    if isinstance(name, str) and name in check.block_ids:
        check.fault(f"{at}/block_id", f"block_id {name} already exists")
    if isinstance(name, str):
        check.block_ids.add(name)


def _is_input(block: object) -> bool:
    return isinstance(block, dict) and block.get("type") == "input"
