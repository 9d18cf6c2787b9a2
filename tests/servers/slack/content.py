"""What a message may say: lengths, blocks, and which of them go together."""

from __future__ import annotations

import json

from tests.servers.slack.clock import Stamps
from tests.servers.slack.errors import SlackError
from tests.servers.slack.kit import BLOCKS, CEILING, faults, words
from tests.servers.slack.registry import refuse
from tests.servers.slack.state import JSON

TEXT = 40_000
"""Characters of text a new message keeps; the rest is cut off."""

EDITED = 4_000
"""Characters of text an edit may have."""

MARKDOWN = 12_000
"""Characters of markdown_text."""

_STRUCTURED = ("blocks", "attachments", "metadata", "view", "chunks", "prompts", "loading_messages")


def unpacked(args: JSON) -> JSON:
    """Return arguments with what was sent as JSON inside a form read; raises SlackError when it is broken."""
    read = dict(args)
    for name in _STRUCTURED:
        if isinstance(value := args.get(name), str) and value:
            try:
                read[name] = json.loads(value)
            except ValueError:
                refuse("invalid_blocks_format" if name == "blocks" else "invalid_arguments")
    return read


def content(args: JSON, stamps: Stamps, *, edit: bool = False) -> JSON:
    """Return a message's text, blocks and attachments; raises SlackError with the code Slack would give."""
    text, markdown, blocks = args.get("text") or "", args.get("markdown_text"), args.get("blocks") or []
    refuse("markdown_text_conflict", when=markdown is not None and bool(text or blocks))
    refuse("no_text", when=not (text or blocks or markdown or args.get("attachments")))
    refuse("msg_too_long", when=len(markdown or "") > MARKDOWN or (edit and len(text) > EDITED))
    return {
        "text": (markdown or text)[:TEXT],
        "blocks": checked(blocks, stamps),
        "attachments": args.get("attachments") or [],
    }


def checked(blocks: object, stamps: Stamps) -> list[JSON]:
    """Return blocks with the ids Slack gives them; raises SlackError when one is not valid."""
    if not isinstance(blocks, list):
        code = "invalid_blocks_format"
        raise SlackError(code)
    refuse("msg_blocks_too_many", when=len(blocks) > BLOCKS["message"])
    if found := faults(blocks):
        refuse("invalid_blocks", errors=[_brief(one) for one in found], response_metadata={"messages": found})
    refuse("msg_blocks_too_long", when=words(blocks) > CEILING)
    return named(blocks, stamps)


def named(blocks: list[JSON], stamps: Stamps) -> list[JSON]:
    """Return blocks, each with a block_id, and each element with an action_id."""
    return [_named(block, stamps) for block in blocks]


def _named(block: JSON, stamps: Stamps) -> JSON:
    made = {**block, "block_id": block.get("block_id") or f"block-{stamps.number('block')}"}
    for name in ("elements", "child_blocks", "actions"):
        if name in made and made["type"] != "rich_text":
            made[name] = [_inner(one, stamps) for one in made[name]]
    for name in ("accessory", "element"):
        if isinstance(made.get(name), dict):
            made[name] = _inner(made[name], stamps)
    return made


def _inner(value: JSON, stamps: Stamps) -> JSON:
    if value.get("type") in {"image", "mrkdwn", "plain_text"}:
        return value
    if "action_id" not in value and value.get("type") not in {"card", "section", "context", "rich_text", "divider"}:
        value = {**value, "action_id": f"action-{stamps.number('action')}"}
    return _named(value, stamps) if {"elements", "accessory", "actions"} & set(value) else value


def _brief(fault: str) -> str:
    return fault.removeprefix("[ERROR] ")
