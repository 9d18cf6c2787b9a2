"""Lists of feeds (OPML), as they are written for whoever reads the same elsewhere; `discovery.py` reads them."""

from __future__ import annotations

from collections.abc import Sequence

from lxml import etree

from bot.chat.text import sanitise
from bot.domain.feed import Feed


def write_opml(feeds: Sequence[Feed]) -> str:
    """Return a list of feeds with their titles, without logins."""
    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = "Sources of Overheard"
    body = etree.SubElement(root, "body")
    for feed in feeds:
        title = sanitise(feed.title) or feed.url
        etree.SubElement(body, "outline", type="rss", text=title, title=title, xmlUrl=feed.url)
    written: bytes = etree.tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=True)
    return written.decode("utf-8")
