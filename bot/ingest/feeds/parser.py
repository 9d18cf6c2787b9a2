"""Feeds from their bytes: in XML or JSON Feed, with what podcasts add to them."""

from __future__ import annotations

import datetime as dt
import html
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from bot.ingest.feeds import xml_feed
from bot.ingest.feeds.document import Enclosure, FeedDocument, FeedItem, parse_datetime
from bot.ingest.feeds.urls import absolute_url
from bot.ingest.formats.html_text import html_to_text
from bot.ingest.formats.json_formats import load_json
from bot.ingest.formats.parsed import ParseError, decode_text


def read_feed(
    content: bytes, url: str, now: dt.datetime, charset: str = "", *, is_strict: bool = False
) -> FeedDocument:
    """Read a feed that was fetched from `url`; raises ParseError that says what it is instead.

    It runs in the sandbox, so nothing here fetches or waits. `now` bounds the dates that are believed; `charset` is the
    encoding that the server named. With `is_strict`, XML that has to be mended is no feed.
    """
    start = content[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start:
        message = "is empty"
        raise ParseError(message)
    if start.startswith(b"{"):
        return read_json_feed(content, url, now)
    return xml_feed.read_xml_feed(content, url, now, charset, is_strict=is_strict)


Fields: TypeAlias = Mapping[str, object]


_FEED_KEYS = frozenset({"feed_url", "home_page_url"})
"""What a feed that forgot its version still has."""


def read_json_feed(content: bytes, url: str, now: dt.datetime) -> FeedDocument:
    """Read a JSON feed; raises ParseError for other JSON."""
    fields = load_json(decode_text(content))
    if not isinstance(fields, Mapping) or not ("jsonfeed" in _text(fields, "version") or _FEED_KEYS & fields.keys()):
        message = "is JSON, but not a feed"
        raise ParseError(message)
    return FeedDocument(
        title=html_to_text(_text(fields, "title")),
        link=absolute_url(_text(fields, "home_page_url"), url),
        language=_text(fields, "language"),
        items=tuple(_item(item, url, now) for item in _iter_objects(fields, "items")),
    )


def _item(fields: Fields, base: str, now: dt.datetime) -> FeedItem:
    plain_text = _text(fields, "content_text")
    published = parse_datetime(_text(fields, "date_published"), now)
    updated = parse_datetime(_text(fields, "date_modified"), now)
    attached = list(_iter_objects(fields, "attachments"))
    return FeedItem(
        guid=_text(fields, "id"),
        url=absolute_url(_text(fields, "url"), base) or absolute_url(_text(fields, "external_url"), base),
        title=html_to_text(_text(fields, "title")),
        published=published or updated,
        updated=updated,
        language=_text(fields, "language"),
        summary=html_to_text(_text(fields, "summary")) or " ".join(plain_text.split()),
        content=_text(fields, "content_html")
        or (f"<p>{html.escape(plain_text, quote=False)}</p>" if plain_text else ""),
        authors=tuple(dict.fromkeys(_authors(fields))),
        enclosures=tuple(enclosure for part in attached if (enclosure := _enclosure(part, base)).url),
        duration=next((seconds for part in attached if (seconds := _number(part, "duration_in_seconds"))), None),
        has_unread_date=not (published or updated)
        and bool(_text(fields, "date_published") or _text(fields, "date_modified")),
    )


def _enclosure(fields: Fields, base: str) -> Enclosure:
    size = int(_number(fields, "size_in_bytes") or 0)
    return Enclosure(absolute_url(_text(fields, "url"), base), _text(fields, "mime_type"), size)


def _authors(fields: Fields) -> Iterator[str]:
    single = fields.get("author")
    for author in (*_iter_objects(fields, "authors"), *([single] if isinstance(single, Mapping) else [])):
        if name := html_to_text(_text(author, "name")):
            yield name


def _text(fields: Fields, name: str) -> str:
    value = fields.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value.strip() if isinstance(value, str) else ""


def _number(fields: Fields, name: str) -> float | None:
    value = fields.get(name)
    return float(value) if isinstance(value, int | float) and 0 < value < 2**53 else None


def _iter_objects(fields: Fields, name: str) -> Iterator[Fields]:
    value = fields.get(name)
    return (part for part in value if isinstance(part, Mapping)) if isinstance(value, list) else iter(())
