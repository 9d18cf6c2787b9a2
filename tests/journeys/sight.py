"""What a person sees of a message or a view of Slack: its words and its buttons."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeAlias

from tests.servers.slack import Message, View
from tests.servers.slack.choices import interactive
from tests.servers.slack.state import JSON

Target: TypeAlias = Message | View


def action(target: Target, label: str) -> str:
    """Return the action of the first button of this label; raises LookupError naming the labels that are there."""
    return control(target, label)[0]


def control(target: Target, label: str) -> tuple[str, str | None]:
    """Return the action of the first button or choice of a menu of this label, and of a menu what to choose in it."""
    known = list(_labelled(target))
    for words, name, choose in known:
        if words == label:
            return name, choose
    message = f"There is no button {label!r}, only {[words for words, _, _ in known]}."
    raise LookupError(message)


def labels(*targets: Target) -> list[str]:
    """Return the words on every button and in every menu, in reading order."""
    return [words for target in targets for words, _, _ in _labelled(target)]


def words(*targets: Target) -> str:
    """Return everything that can be read, without its markup."""
    return re.sub(r"\s+", " ", " ".join(text for target in targets for text in _seen(target))).strip()


def _seen(target: Target) -> Iterator[str]:
    """Yield what a message or view says; a message without blocks is its text."""
    return iter([target.text]) if isinstance(target, Message) and not target.blocks else _texts(target.blocks)


def _labelled(target: Target) -> Iterator[tuple[str, str, str | None]]:
    for _, element in interactive(target.blocks):
        if element["type"] == "button":
            yield element["text"]["text"], element["action_id"], None
        elif element["type"] == "overflow":
            for option in element["options"]:
                yield option["text"]["text"], element["action_id"], option["value"]


def _texts(node: object) -> Iterator[str]:
    if isinstance(node, list):
        for one in node:
            yield from _texts(one)
    elif isinstance(node, dict):
        if node.get("type") == "rich_text_section":
            yield "".join(_texts(node["elements"]))
            return
        if isinstance(node.get("text"), str):
            yield _plain(node)
        for name, inner in node.items():
            if name != "value":
                yield from _texts(inner)


def _plain(node: JSON) -> str:
    said: str = node["text"]
    return re.sub(r"[*_\u2060\u200b]|<[^|>]+\||>", "", said) if node["type"] == "mrkdwn" else said
