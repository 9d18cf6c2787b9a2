"""RSS 0.9x to 2.0, RDF and Atom 0.3 and 1.0, by one table of fields: each is the first that says anything."""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from bot.domain import Person, Role
from bot.ingest.feeds.dates import moment, seconds
from bot.ingest.feeds.document import Enclosure, FeedDocument, FeedItem, TranscriptLink
from bot.ingest.feeds.urls import link
from bot.ingest.feeds.xml import Element, attribute, children, elements, inner, name, tree
from bot.ingest.formats.draft import Unreadable
from bot.ingest.formats.html_text import plain

Parts: TypeAlias = Mapping[str, Sequence[Element]]
"""The elements inside one, by name."""

_ROOTS = {"rss": "rss", "rdf:rdf": "rdf", "rdf": "rdf", "atom:feed": "atom", "feed": "atom", "channel": "rss"}
_ITEMS = frozenset({"item", "atom:entry", "entry"})
_HEADS = frozenset({"channel", "atom:channel"})
_TITLE = ("title", "atom:title", "dc:title", "itunes:title", "media:title")
_GUID = ("guid", "atom:id", "id", "dc:identifier")
_PUBLISHED = (
    "pubdate atom:published published dc:date atom:issued issued dcterms:issued dcterms:created atom:created created"
).split()
_UPDATED = ("atom:updated", "updated", "atom:modified", "modified", "dcterms:modified", "lastbuilddate")
_SUMMARY = "description atom:summary summary itunes:summary dc:description media:description itunes:subtitle".split()
_ABOUT = ("description", "atom:subtitle", "subtitle", "atom:tagline", "tagline", "itunes:summary", "dc:description")
_CONTENT = (
    "content:encoded xhtml:body atom:content content body fullitem description atom:summary itunes:summary "
    "dc:description media:description"
).split()
_LANGUAGE = ("language", "dc:language")
_AUTHOR = ("atom:author", "author", "dc:creator", "itunes:author", "dc:author")
_LINKS = ("atom:link", "link")
_MINUTES = {"hourly": 60, "daily": 1_440, "weekly": 10_080, "monthly": 43_200, "yearly": 525_600}
_SPOKEN = re.compile(r"(?:audio|video)(?:/|$)|^application/(?:ogg|x-mpegurl|vnd\.apple\.mpegurl)", re.IGNORECASE)
_DIGITS = re.compile(r"[0-9]{1,15}")
_MAILED = re.compile(r"\S+@\S+\s*\((?P<name>[^()]+)\)|(?P<before>[^<>()]*?)\s*[<(]\S+@[^<>()\s]+[>)]")


def read(content: bytes, url: str, now: dt.datetime, charset: str = "") -> FeedDocument:
    """Read a feed in XML; raises Unreadable for a page, for other XML and for what is none."""
    root = tree(content, url, charset)
    kind = _ROOTS.get(name(root.tag))
    if not kind:
        what = "a web page" if name(root.tag).endswith("html") else "XML"
        message = f"is {what}, but no feed"
        raise Unreadable(message)
    head = next((part for part in elements(root) if name(part.tag) in _HEADS), root) if kind != "atom" else root
    return _document(kind, root, _parts(head), now)


def _document(kind: str, root: Element, head: Parts, now: dt.datetime) -> FeedDocument:
    return FeedDocument(
        kind=kind,
        title=plain(_words(head, _TITLE)),
        link=_link(head),
        language=_words(head, _LANGUAGE) or _lang(root),
        description=plain(_words(head, _ABOUT)),
        ttl=_ttl(head),
        people=tuple(_people(head)),
        items=tuple(_item(found, now) for found in elements(root) if name(found.tag) in _ITEMS),
        next_page=_related(head, "next"),
        moved_to=_href(head.get("itunes:new-feed-url", ())),
    )


def _item(item: Element, now: dt.datetime) -> FeedItem:
    parts = _parts(item)
    updated = _date(parts, _UPDATED, now)
    return FeedItem(
        guid=_words(parts, _GUID) or attribute(item, "rdf:about"),
        url=_link(parts) or _permalink(parts) or _address(attribute(item, "rdf:about"), item),
        title=plain(_words(parts, _TITLE)),
        published=_date(parts, _PUBLISHED, now) or updated,
        updated=updated,
        language=_words(parts, _LANGUAGE) or _lang(item),
        summary=plain(_words(parts, _SUMMARY)),
        content=next((found for part in _of(parts, _CONTENT) if (found := _markup(part))), ""),
        authors=tuple(dict.fromkeys(_authors(parts))),
        enclosures=tuple({found.url: found for found in reversed([*_enclosures(parts)]) if found.url}.values())[::-1],
        transcripts=tuple(offer for part in parts.get("podcast:transcript", ()) if (offer := _transcript(part)).url),
        chapters_url=next((url for part in parts.get("podcast:chapters", ()) if (url := _at(part, "url"))), ""),
        people=tuple(_people(parts)),
        duration=_duration(parts),
    )


def _parts(element: Element) -> Parts:
    parts: dict[str, list[Element]] = {}
    for part in children(element):
        parts.setdefault(name(part.tag), []).append(part)
    # A group holds several versions of one thing; what it says of itself counts as said here.
    for group in parts.get("media:group", [])[:1]:
        for part in children(group):
            parts.setdefault(name(part.tag), []).append(part)
    return parts


def _of(parts: Parts, names: Sequence[str]) -> Iterator[Element]:
    return (element for wanted in names for element in parts.get(wanted, ()))


def _words(parts: Parts, names: Sequence[str]) -> str:
    """Return the first text there is; markup around it counts as escaped, as feeds mean it."""
    return next((words for element in _of(parts, names) if (words := _text(element))), "")


def _text(element: Element) -> str:
    # What is said to be plain text is escaped once more, since what is read from here is taken for HTML.
    words = (element.text or "") if not len(element) else "".join(element.itertext())
    return html.escape(words, quote=False).strip() if attribute(element, "type") == "text" else words.strip()


def _markup(element: Element) -> str:
    if attribute(element, "src"):
        return ""
    if len(element):
        return inner(element)
    written = (element.text or "").strip()
    return html.escape(written, quote=False) if attribute(element, "type").startswith("text/plain") else written


def _date(parts: Parts, names: Sequence[str], now: dt.datetime) -> dt.datetime | None:
    return next((found for element in _of(parts, names) if (found := moment(element.text or "", now))), None)


def _lang(element: Element) -> str:
    return attribute(element, "xml:lang")


def _address(written: str, beside: Element) -> str:
    return link(written) or link(written, beside.base or "") if written.strip() else ""


def _at(element: Element, wanted: str) -> str:
    return _address(attribute(element, wanted), element)


def _href(elements: Sequence[Element]) -> str:
    return next((url for part in elements if (url := _address(part.text or "", part))), "")


def _link(parts: Parts) -> str:
    """Return the page: where a feed went through a counter, the address before it."""
    return (
        _href(parts.get("feedburner:origlink", ()))
        or _href(parts.get("link", ()))
        or _related(parts, "alternate")
        or _href(parts.get("atom:link", ()))
    )


def _related(parts: Parts, relation: str) -> str:
    found = [part for part in _of(parts, _LINKS) if (attribute(part, "rel") or "alternate") == relation]
    found.sort(key=lambda part: "html" not in (attribute(part, "type") or "html"))
    return next((url for part in found if (url := _at(part, "href"))), "")


def _permalink(parts: Parts) -> str:
    guids = [part for part in parts.get("guid", ()) if attribute(part, "ispermalink").lower() != "false"]
    return next((url for part in guids if (url := link(part.text or ""))), "")


def _enclosures(parts: Parts) -> Iterator[Enclosure]:
    for part in parts.get("enclosure", ()):
        yield Enclosure(_at(part, "url") or _at(part, "rdf:resource"), attribute(part, "type"), _length(part, "length"))
    for part in _of(parts, _LINKS):
        if attribute(part, "rel") == "enclosure":
            yield Enclosure(_at(part, "href"), attribute(part, "type"), _length(part, "length"))
    for part in parts.get("media:content", ()):
        if _SPOKEN.match(attribute(part, "type") or attribute(part, "medium")):
            yield Enclosure(_at(part, "url"), attribute(part, "type"), _length(part, "filesize"))


def _length(element: Element, wanted: str) -> int:
    return _number(attribute(element, wanted))


def _transcript(element: Element) -> TranscriptLink:
    captions = attribute(element, "rel").lower() == "captions"
    return TranscriptLink(
        _at(element, "url"), attribute(element, "type").lower(), attribute(element, "language"), captions
    )


def _people(parts: Parts) -> Iterator[Person]:
    """Yield whom the feed names as heard: hosts and guests, not who draws the cover or cuts the recording."""
    for part in parts.get("podcast:person", ()):
        group, role = attribute(part, "group").lower() or "cast", attribute(part, "role").lower() or "host"
        who = plain(part.text or "")
        if who and group == "cast" and ("host" in role or "guest" in role):
            yield Person(who, Role.HOST if "host" in role and "guest" not in role else Role.GUEST)


def _authors(parts: Parts) -> Iterator[str]:
    for part in _of(parts, _AUTHOR):
        named = next((child for child in children(part) if name(child.tag).removeprefix("atom:") == "name"), part)
        written = plain(_text(named))
        mailed = _MAILED.fullmatch(written)
        who = (mailed["name"] or mailed["before"] or "").strip() if mailed else written
        if who and "@" not in who:
            yield who


def _duration(parts: Parts) -> float | None:
    written = [part.text or "" for part in parts.get("itunes:duration", ())]
    written += [attribute(part, "duration") for part in parts.get("media:content", ())]
    return next((lasts for words in written if (lasts := seconds(words))), None)


def _ttl(head: Parts) -> int:
    period = _MINUTES.get(_words(head, ["sy:updateperiod"]).lower(), 0)
    return _number(_words(head, ["ttl"])) or period // (_number(_words(head, ["sy:updatefrequency"])) or 1)


def _number(written: str) -> int:
    return int(written) if _DIGITS.fullmatch(written) else 0
