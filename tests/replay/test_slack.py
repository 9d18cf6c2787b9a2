"""What Slack sends, read: each payload is one event, or none that needs an answer."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, fields
from pathlib import Path

import pytest

from bot.platforms.slack.events import Event, parse_event
from handlers import router

PAYLOADS = sorted((Path(__file__).parent / "slack").glob("*.json"), key=lambda path: path.stem)

GOLDEN = Path(__file__).parents[1] / "snapshots" / "events"

UNANSWERED = {
    "member_joined",
    "message_bot",
    "message_changed",
    "message_channel",
    "message_joined",
    "message_mention",
    "message_own",
    "message_thread_files",
    "message_thread_to_another",
    "messages_opened",
    "press_menu",
    "uninstalled",
    "view_closed",
}


def written(event: Event) -> dict[str, object]:
    """Return an event as plain values."""
    told = {field.name: getattr(event, field.name) for field in fields(event)}
    return told | {"at": str(event.at), "route": repr(event.route), "files": [asdict(file) for file in event.files]}


@pytest.mark.parametrize("path", PAYLOADS, ids=lambda path: path.stem)
def test_each_payload_is_read(path: Path) -> None:
    """Who asks for what, where, and where the answer goes; UPDATE_SNAPSHOTS=1 writes it down anew."""
    event = parse_event(json.loads(path.read_text("utf-8")), router.verbs)
    assert (event is None) == (path.stem in UNANSWERED)
    if event:
        golden = GOLDEN / path.name
        told = json.dumps(written(event), ensure_ascii=False, indent=1) + "\n"
        if os.environ.get("UPDATE_SNAPSHOTS"):
            golden.write_text(told, encoding="utf-8")
        assert told == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", PAYLOADS, ids=lambda path: path.stem)
def test_a_payload_that_comes_again_is_the_same_event(path: Path) -> None:
    """Its key does not depend on the try."""
    body = json.loads(path.read_text("utf-8"))
    first, second = (parse_event({**body, "retry_attempt": number}, router.verbs) for number in range(2))
    assert first == second


def test_a_mention_and_its_message_are_one_event() -> None:
    """Slack tells of one post twice where the app hears both."""
    body = json.loads((Path(__file__).parent / "slack" / "mention.json").read_text("utf-8"))
    direct = {**body, "event_id": "Ev2", "event": {**body["event"], "type": "message", "channel_type": "im"}}
    keys = {event.key for event in (parse_event(body, router.verbs), parse_event(direct, router.verbs)) if event}
    assert len(keys) == 1
