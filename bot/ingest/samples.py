"""The sample conversations that come with the bot, so that it can be tried with nothing at hand."""

from __future__ import annotations

import datetime as dt
import json
from importlib.resources import files

from bot.domain import Conversation
from bot.ingest.formats.jsonl import parse_record


def sample_conversations(today: dt.date) -> tuple[Conversation, ...]:
    """Return the sample conversations, dated as many days before `today` as their `days_ago` says."""
    return _load("conversations.jsonl", today)


def uncorrected_samples(today: dt.date) -> tuple[Conversation, ...]:
    """Return samples as they stood before they were corrected: taking in `samples` afterwards is an edit."""
    return _load("edited.jsonl", today)


def _load(name: str, today: dt.date) -> tuple[Conversation, ...]:
    page = (files("bot") / "samples" / name).read_text("utf-8")
    return tuple(_parse_sample(line, today) for line in page.splitlines() if line.strip())


def _parse_sample(line: str, today: dt.date) -> Conversation:
    fields = json.loads(line)
    said = today - dt.timedelta(days=fields.pop("days_ago"))
    return parse_record({**fields, "date": said.isoformat()}, today)
