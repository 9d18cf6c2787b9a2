"""The sample conversations that come with the bot, so that it can be tried with nothing at hand."""

from __future__ import annotations

import datetime as dt
import json
from importlib.resources import files
from importlib.resources.abc import Traversable

from bot.ingest.records import record
from bot.model import Conversation


def samples(today: dt.date) -> tuple[Conversation, ...]:
    """Return the sample conversations, dated as many days before `today` as their `days_ago` says."""
    folder = files("bot") / "samples"
    pages = sorted((page for page in folder.iterdir() if page.name.endswith(".jsonl")), key=lambda page: page.name)
    return tuple(conversation for page in pages for conversation in _page(page, today))


def _page(page: Traversable, today: dt.date) -> list[Conversation]:
    return [_sample(line, today) for line in page.read_text("utf-8").splitlines() if line.strip()]


def _sample(line: str, today: dt.date) -> Conversation:
    fields = json.loads(line)
    said = today - dt.timedelta(days=fields.pop("days_ago"))
    return record({**fields, "date": said.isoformat()}, today)
