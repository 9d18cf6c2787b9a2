"""Feeds in XML (RSS of every age, RDF, Atom), also broken ones: no entities are declared, nothing is fetched."""

from __future__ import annotations

import codecs
import datetime as dt
import html
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Any, TypeAlias

from lxml import etree

from bot.domain import Person, Role
from bot.ingest.feeds.document import Enclosure, FeedDocument, FeedItem, TranscriptLink, parse_datetime, parse_duration
from bot.ingest.feeds.urls import absolute_url
from bot.ingest.formats.html_text import html_to_text
from bot.ingest.formats.parsed import ParseError, decode_text

Element: TypeAlias = Any
"""An element of lxml, which has no types."""

_HEAD_BYTES = 8_192
"""Bytes in which a document says what it is; a doctype beyond them is not XML."""

_DOCTYPE = r"\A((?>\s*(?:<\?.*?\?>|<!--.*?-->))*+\s*)<!DOCTYPE\b[^\[>]{0,2000}+(?:\[.*?\]\s*)?>"
_DOCTYPE_TEXT = re.compile(_DOCTYPE, re.IGNORECASE | re.DOTALL)
_DOCTYPE_BYTES = re.compile(_DOCTYPE.encode(), re.IGNORECASE | re.DOTALL)
_XML_DECLARATION = re.compile(r"<\?xml\b[^>]{0,200}\?>")
_DECLARED_ENCODING = re.compile(rb"<\?xml\b[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})", re.IGNORECASE)
_NAMED_ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)([a-zA-Z]\w{0,31});")
_LOOSE_AMPERSAND = re.compile(r"&(?!#\d{1,7};|#x[\da-fA-F]{1,6};|[a-zA-Z]\w{0,31};)")
_ILLEGAL_CHARACTER = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|&#(?:x0*(?:[0-8bcef]|1[0-9a-f])|0*(?:[0-8]|1[124-9]|2\d|3[01]));",
    re.IGNORECASE,
)
_UTF32_BOMS = ((codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"))
_UTF32_STARTS = {b"<\x00\x00\x00": "utf-32-le", b"\x00\x00\x00<": "utf-32-be"}
_PREFIX_BY_NAMESPACE = {
    "www.w3.org/2005/atom": "atom:",
    "purl.org/atom/ns": "atom:",
    "example.com/necho": "atom:",
    "purl.org/rss/1.0": "",
    "my.netscape.com/rdf/simple/0.9": "",
    "channel.netscape.com/rdf/simple/0.9": "",
    "backend.userland.com/rss": "",
    "backend.userland.com/rss2": "",
    "blogs.law.harvard.edu/tech/rss": "",
    "www.w3.org/1999/02/22-rdf-syntax-ns": "rdf:",
    "www.w3.org/1999/xhtml": "xhtml:",
    "www.w3.org/xml/1998/namespace": "xml:",
    "purl.org/dc/elements/1.1": "dc:",
    "purl.org/dc/elements/1.0": "dc:",
    "purl.org/dc/terms": "dcterms:",
    "purl.org/rss/1.0/modules/content": "content:",
    "purl.org/rss/1.0/modules/syndication": "sy:",
    "rssnamespace.org/feedburner/ext/1.0": "feedburner:",
    "search.yahoo.com/mrss": "media:",
    "video.search.yahoo.com/mrss": "media:",
}


def parse_xml(content: bytes, url: str, charset: str = "", *, is_strict: bool = False) -> Element:
    """Return the root of a document; raises ParseError if it has no elements at all.

    `charset` is what the server said; what the document itself says comes first. With `is_strict`, nothing is mended.
    """
    head = content[:_HEAD_BYTES]
    plain = (_DOCTYPE_BYTES.sub(rb"\1", head) + content[_HEAD_BYTES:] if b"<!" in head else content).lstrip()
    declared = _DECLARED_ENCODING.search(head)
    override = charset if charset and not declared and not plain.startswith(codecs.BOM_UTF8) else None
    if not plain.startswith((b"\xff\xfe", b"\xfe\xff", b"\x00\x00", b"<\x00")):
        with suppress(etree.XMLSyntaxError, LookupError, ValueError):
            return _parse(plain, url, override, recover=False)
    if is_strict:
        message = "is broken XML"
        raise ParseError(message)
    text = _repair(_decode(content, declared[1].decode() if declared else "", charset))
    try:
        root = _parse(text.encode("utf-8", "replace"), url, "utf-8", recover=True)
    except (etree.XMLSyntaxError, ValueError):
        root = None
    if root is None:
        message = "is not XML"
        raise ParseError(message)
    return root


@lru_cache(2048)
def qualified_name(tag: str) -> str:
    """Return an element's name in lower case, after the usual prefix of its vocabulary, if it has one."""
    if not tag.startswith("{"):
        return tag.lower()
    space, _, local = tag[1:].lower().partition("}")
    return f"{_prefix(space.partition('://')[2].rstrip('/#') or space)}{local}"


def attribute(element: Element, name: str) -> str:
    """Return an attribute by its name in lower case, in whatever case it is written."""
    value = element.get(name)
    if value is None:
        value = next((value for key, value in element.items() if qualified_name(key) == name), "")
    return str(value).strip()


def iter_children(element: Element) -> Iterator[Element]:
    """Yield the elements directly inside one."""
    return iter(element.iterchildren(tag=etree.Element))


def iter_elements(root: Element) -> Iterator[Element]:
    """Yield an element and all that are in it, in order."""
    return iter(root.iter(etree.Element))


def inner_markup(element: Element) -> str:
    """Return what is inside an element, as markup."""
    parts = [html.escape(element.text or "", quote=False)]
    parts += [etree.tostring(child, encoding="unicode", method="html") for child in iter_children(element)]
    return "".join(parts).strip()


def _prefix(namespace: str) -> str:
    if "podcastindex" in namespace or "podcast-namespace" in namespace:
        return "podcast:"
    if "itunes" in namespace:
        return "itunes:"
    return _PREFIX_BY_NAMESPACE.get(namespace, "?:")


def _parse(content: bytes, url: str, encoding: str | None, *, recover: bool) -> Element:
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
        encoding=encoding,
        recover=recover,
    )
    return etree.fromstring(content, parser, base_url=url or None)


def _decode(content: bytes, declared: str, charset: str) -> str:
    wide = next((name for mark, name in _UTF32_BOMS if content.startswith(mark)), _UTF32_STARTS.get(content[:4], ""))
    names = (wide, "utf-8", declared, charset) if not content.startswith((b"\xff\xfe", b"\xfe\xff")) else (wide,)
    for encoding in filter(None, names):
        with suppress(UnicodeDecodeError, LookupError):
            return content.decode(encoding)
    return decode_text(content)


def _repair(text: str) -> str:
    """Mend what people write as XML for a parser: HTML's entities, loose ampersands, and anything before the start."""
    text = _XML_DECLARATION.sub("", text.removeprefix("\ufeff"), count=1)
    text = text[max(text.find("<"), 0) :]
    text = _DOCTYPE_TEXT.sub(r"\1", text[:_HEAD_BYTES]) + text[_HEAD_BYTES:]
    return _ILLEGAL_CHARACTER.sub("", _LOOSE_AMPERSAND.sub("&amp;", _NAMED_ENTITY.sub(_expand_entity, text)))


def _expand_entity(entity: re.Match[str]) -> str:
    letter = html.unescape(entity[0])
    return letter if letter != entity[0] else f"&amp;{entity[1]};"


ChildrenByName: TypeAlias = Mapping[str, Sequence[Element]]
"""The elements directly inside one, by name."""

_ATOM_ROOTS = frozenset({"atom:feed", "feed"})
_ROOTS = frozenset({"rss", "rdf:rdf", "rdf", "channel"}) | _ATOM_ROOTS
_ITEM_TAGS = frozenset({"item", "atom:entry", "entry"})
_CHANNEL_TAGS = frozenset({"channel", "atom:channel"})
_TITLE = ("title", "atom:title", "dc:title", "itunes:title", "media:title")
_GUID = ("guid", "atom:id", "id", "dc:identifier")
_PUBLISHED = (
    "pubdate atom:published published dc:date atom:issued issued dcterms:issued dcterms:created atom:created created"
).split()
_UPDATED = ("atom:updated", "updated", "atom:modified", "modified", "dcterms:modified", "lastbuilddate")
_SUMMARY = "description atom:summary summary itunes:summary dc:description media:description itunes:subtitle".split()
_CONTENT = (
    "content:encoded xhtml:body atom:content content body fullitem description atom:summary itunes:summary "
    "dc:description media:description"
).split()
_LANGUAGE = ("language", "dc:language")
_AUTHOR = ("atom:author", "author", "dc:creator", "itunes:author", "dc:author")
_LINKS = ("atom:link", "link")
_PERIOD_MINUTES = {"hourly": 60, "daily": 1_440, "weekly": 10_080, "monthly": 43_200, "yearly": 525_600}
_AUDIO_OR_VIDEO = re.compile(
    r"(?:audio|video)(?:/|$)|^application/(?:ogg|x-mpegurl|vnd\.apple\.mpegurl)", re.IGNORECASE
)
_DIGITS = re.compile(r"[0-9]{1,15}")
_EMAIL_AUTHOR = re.compile(r"\S+@\S+\s*\((?P<name>[^()]+)\)|(?P<before>[^<>()]*?)\s*[<(]\S+@[^<>()\s]+[>)]")


def read_xml_feed(
    content: bytes, url: str, now: dt.datetime, charset: str = "", *, is_strict: bool = False
) -> FeedDocument:
    """Read a feed in XML; raises ParseError for a page, for other XML and for anything else."""
    root = parse_xml(content, url, charset, is_strict=is_strict)
    name = qualified_name(root.tag)
    if name not in _ROOTS:
        what = "a web page" if name.endswith("html") else "XML"
        message = f"is {what}, but not a feed"
        raise ParseError(message)
    channels = (element for element in iter_elements(root) if qualified_name(element.tag) in _CHANNEL_TAGS)
    return _document(root, _children_by_name(root if name in _ATOM_ROOTS else next(channels, root)), now)


def _document(root: Element, head: ChildrenByName, now: dt.datetime) -> FeedDocument:
    return FeedDocument(
        title=html_to_text(_first_text(head, _TITLE)),
        link=_page_url(head),
        language=_first_text(head, _LANGUAGE) or _xml_lang(root),
        ttl=_ttl(head),
        people=tuple(_people(head)),
        items=tuple(
            _item(element, now) for element in iter_elements(root) if qualified_name(element.tag) in _ITEM_TAGS
        ),
        moved_to=_first_url(head.get("itunes:new-feed-url", ())),
    )


def _item(item: Element, now: dt.datetime) -> FeedItem:
    parts = _children_by_name(item)
    updated = _date(parts, _UPDATED, now)
    published = _date(parts, _PUBLISHED, now) or updated
    is_dated = any((element.text or "").strip() for element in _select(parts, (*_PUBLISHED, *_UPDATED)))
    return FeedItem(
        guid=_first_text(parts, _GUID) or attribute(item, "rdf:about"),
        url=_page_url(parts) or _permalink(parts) or _resolve_url(attribute(item, "rdf:about"), item),
        title=html_to_text(_first_text(parts, _TITLE)),
        published=published,
        updated=updated,
        language=_first_text(parts, _LANGUAGE) or _xml_lang(item),
        summary=html_to_text(_first_text(parts, _SUMMARY)),
        content=next((markup for part in _select(parts, _CONTENT) if (markup := _inner_markup(part))), ""),
        authors=tuple(dict.fromkeys(_authors(parts))),
        enclosures=tuple({link.url: link for link in reversed([*_enclosures(parts)]) if link.url}.values())[::-1],
        transcripts=tuple(link for part in parts.get("podcast:transcript", ()) if (link := _transcript(part)).url),
        chapters_url=next(
            (url for part in parts.get("podcast:chapters", ()) if (url := _url_attribute(part, "url"))), ""
        ),
        people=tuple(_people(parts)),
        duration=_duration(parts),
        has_unread_date=is_dated and published is None,
    )


def _children_by_name(element: Element) -> ChildrenByName:
    parts: dict[str, list[Element]] = {}
    for part in iter_children(element):
        parts.setdefault(qualified_name(part.tag), []).append(part)
    # A media group holds several versions of one thing; what it says of itself counts as the item's own.
    for group in parts.get("media:group", [])[:1]:
        for part in iter_children(group):
            parts.setdefault(qualified_name(part.tag), []).append(part)
    return parts


def _select(parts: ChildrenByName, names: Sequence[str]) -> Iterator[Element]:
    return (element for name in names for element in parts.get(name, ()))


def _first_text(parts: ChildrenByName, names: Sequence[str]) -> str:
    """Return the first text there is; markup in it counts as escaped, which is what feeds mean."""
    return next((words for element in _select(parts, names) if (words := _text(element))), "")


def _text(element: Element) -> str:
    # Declared plain text is escaped once more, since the caller takes it for HTML.
    words = (element.text or "") if not len(element) else "".join(element.itertext())
    return html.escape(words, quote=False).strip() if attribute(element, "type") == "text" else words.strip()


def _inner_markup(element: Element) -> str:
    if attribute(element, "src"):
        return ""
    if len(element):
        return inner_markup(element)
    text = (element.text or "").strip()
    return html.escape(text, quote=False) if attribute(element, "type").startswith("text/plain") else text


def _date(parts: ChildrenByName, names: Sequence[str], now: dt.datetime) -> dt.datetime | None:
    moments = (parse_datetime(element.text or "", now) for element in _select(parts, names))
    return next(filter(None, moments), None)


def _xml_lang(element: Element) -> str:
    return attribute(element, "xml:lang")


def _resolve_url(text: str, element: Element) -> str:
    return absolute_url(text) or absolute_url(text, element.base or "") if text.strip() else ""


def _url_attribute(element: Element, name: str) -> str:
    return _resolve_url(attribute(element, name), element)


def _first_url(elements: Sequence[Element]) -> str:
    return next((url for part in elements if (url := _resolve_url(part.text or "", part))), "")


def _page_url(parts: ChildrenByName) -> str:
    """Return the page's address: if the feed went through a counter, the one before it."""
    return (
        _first_url(parts.get("feedburner:origlink", ()))
        or _first_url(parts.get("link", ()))
        or _related_url(parts, "alternate")
        or _first_url(parts.get("atom:link", ()))
    )


def _related_url(parts: ChildrenByName, relation: str) -> str:
    links = [part for part in _select(parts, _LINKS) if (attribute(part, "rel") or "alternate") == relation]
    links.sort(key=lambda part: "html" not in (attribute(part, "type") or "html"))
    return next((url for part in links if (url := _url_attribute(part, "href"))), "")


def _permalink(parts: ChildrenByName) -> str:
    guids = [part for part in parts.get("guid", ()) if attribute(part, "ispermalink").lower() != "false"]
    return next((url for part in guids if (url := absolute_url(part.text or ""))), "")


def _enclosures(parts: ChildrenByName) -> Iterator[Enclosure]:
    for part in parts.get("enclosure", ()):
        yield Enclosure(
            _url_attribute(part, "url") or _url_attribute(part, "rdf:resource"),
            attribute(part, "type"),
            _number(attribute(part, "length")),
        )
    for part in _select(parts, _LINKS):
        if attribute(part, "rel") == "enclosure":
            yield Enclosure(_url_attribute(part, "href"), attribute(part, "type"), _number(attribute(part, "length")))
    for part in parts.get("media:content", ()):
        if _AUDIO_OR_VIDEO.match(attribute(part, "type") or attribute(part, "medium")):
            yield Enclosure(_url_attribute(part, "url"), attribute(part, "type"), _number(attribute(part, "filesize")))


def _transcript(element: Element) -> TranscriptLink:
    return TranscriptLink(
        _url_attribute(element, "url"), attribute(element, "type").lower(), attribute(element, "language")
    )


def _people(parts: ChildrenByName) -> Iterator[Person]:
    """Yield the hosts and guests that the feed names, not those who draw the cover or cut the recording."""
    for part in parts.get("podcast:person", ()):
        group, role = attribute(part, "group").lower() or "cast", attribute(part, "role").lower() or "host"
        name = html_to_text(part.text or "")
        if name and group == "cast" and ("host" in role or "guest" in role):
            yield Person(name, Role.HOST if "host" in role and "guest" not in role else Role.GUEST)


def _authors(parts: ChildrenByName) -> Iterator[str]:
    for part in _select(parts, _AUTHOR):
        named = next(
            (child for child in iter_children(part) if qualified_name(child.tag).removeprefix("atom:") == "name"), part
        )
        text = html_to_text(_text(named))
        mailed = _EMAIL_AUTHOR.fullmatch(text)
        author = (mailed["name"] or mailed["before"] or "").strip() if mailed else text
        if author and "@" not in author:
            yield author


def _duration(parts: ChildrenByName) -> float | None:
    texts = [part.text or "" for part in parts.get("itunes:duration", ())]
    texts += [attribute(part, "duration") for part in parts.get("media:content", ())]
    return next(filter(None, map(parse_duration, texts)), None)


def _ttl(head: ChildrenByName) -> int:
    period = _PERIOD_MINUTES.get(_first_text(head, ["sy:updateperiod"]).lower(), 0)
    return _number(_first_text(head, ["ttl"])) or period // (_number(_first_text(head, ["sy:updatefrequency"])) or 1)


def _number(text: str) -> int:
    return int(text) if _DIGITS.fullmatch(text) else 0
