"""JSON Feed 1.0 and 1.1."""

from __future__ import annotations

import datetime as dt
import html
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from bot.ingest.feeds.dates import moment
from bot.ingest.feeds.document import Enclosure, FeedDocument, FeedItem
from bot.ingest.feeds.urls import link
from bot.ingest.formats.decoding import text_of
from bot.ingest.formats.draft import Unreadable
from bot.ingest.formats.html_text import plain
from bot.ingest.formats.podcast_json import load

Fields: TypeAlias = Mapping[str, object]


_SAYS = frozenset({"feed_url", "home_page_url"})
"""What a feed that forgot its version still has."""


def read(content: bytes, url: str, now: dt.datetime) -> FeedDocument:
    """Read a JSON feed; raises Unreadable for JSON that is none."""
    fields = load(text_of(content))
    if not isinstance(fields, Mapping) or not ("jsonfeed" in _text(fields, "version") or _SAYS & fields.keys()):
        message = "is JSON, but no feed"
        raise Unreadable(message)
    return FeedDocument(
        kind="json",
        title=plain(_text(fields, "title")),
        link=link(_text(fields, "home_page_url"), url),
        language=_text(fields, "language"),
        description=plain(_text(fields, "description")),
        items=tuple(_item(item, url, now) for item in _each(fields, "items")),
        next_page=link(_text(fields, "next_url"), url),
    )


def _item(fields: Fields, base: str, now: dt.datetime) -> FeedItem:
    written = _text(fields, "content_text")
    published, updated = moment(_text(fields, "date_published"), now), moment(_text(fields, "date_modified"), now)
    attached = list(_each(fields, "attachments"))
    return FeedItem(
        guid=_text(fields, "id"),
        url=link(_text(fields, "url"), base) or link(_text(fields, "external_url"), base),
        title=plain(_text(fields, "title")),
        published=published or updated,
        updated=updated,
        language=_text(fields, "language"),
        summary=plain(_text(fields, "summary")) or " ".join(written.split()),
        content=_text(fields, "content_html") or (f"<p>{html.escape(written, quote=False)}</p>" if written else ""),
        authors=tuple(dict.fromkeys(_authors(fields))),
        enclosures=tuple(enclosure for part in attached if (enclosure := _enclosure(part, base)).url),
        duration=next((lasts for part in attached if (lasts := _number(part, "duration_in_seconds"))), None),
    )


def _enclosure(fields: Fields, base: str) -> Enclosure:
    size = int(_number(fields, "size_in_bytes") or 0)
    return Enclosure(link(_text(fields, "url"), base), _text(fields, "mime_type"), size)


def _authors(fields: Fields) -> Iterator[str]:
    single = fields.get("author")
    for author in (*_each(fields, "authors"), *([single] if isinstance(single, Mapping) else [])):
        if name := plain(_text(author, "name")):
            yield name


def _text(fields: Fields, name: str) -> str:
    value = fields.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value.strip() if isinstance(value, str) else ""


def _number(fields: Fields, name: str) -> float | None:
    value = fields.get(name)
    return float(value) if isinstance(value, int | float) and 0 < value < 2**53 else None


def _each(fields: Fields, name: str) -> Iterator[Fields]:
    value = fields.get(name)
    return (part for part in value if isinstance(part, Mapping)) if isinstance(value, list) else iter(())
