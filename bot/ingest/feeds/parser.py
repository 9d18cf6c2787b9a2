"""Bytes to a feed: RSS of every age, Atom, RDF and JSON Feed, with what podcasts add to them."""

from __future__ import annotations

import datetime as dt

from bot.ingest.feeds import json_feed, rss
from bot.ingest.feeds.document import FeedDocument
from bot.ingest.formats.draft import ParseError


def read_feed(content: bytes, url: str, now: dt.datetime, charset: str = "") -> FeedDocument:
    """Read a feed that was fetched from `url`; raises Unreadable that says in words what it is instead.

    It runs where it may be stopped: nothing here fetches anything or waits. `now` bounds the dates that are
    believed; `charset` is what the server said of the encoding.
    """
    start = content[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start:
        message = "is empty"
        raise ParseError(message)
    if start.startswith(b"{"):
        return json_feed.read_json_feed(content, url, now)
    return rss.read_xml_feed(content, url, now, charset)
