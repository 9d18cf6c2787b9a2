"""XML that may be broken, as a tree: entities are never declared, nothing is fetched, and what is whole is kept."""

from __future__ import annotations

import codecs
import datetime as dt
import html
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeAlias

from lxml import etree

from bot.domain import Person, Role
from bot.ingest.feeds.document import Enclosure, FeedDocument, FeedItem, TranscriptLink, parse_datetime, parse_duration
from bot.ingest.feeds.urls import absolute_url
from bot.ingest.formats.html_pages import html_to_text
from bot.ingest.formats.parsed import ParseError, decode_text

Element: TypeAlias = Any
"""An element of lxml, which has no types."""

_HEAD_BYTES = 8_192
"""Bytes in which a document says what it is; a type declared beyond them is no XML."""

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


def parse_xml(content: bytes, url: str, charset: str = "") -> Element:
    """Return the root of a document; raises Unreadable for what has no elements at all.

    `charset` is what the server said; a document that says it itself is believed first.
    """
    head = content[:_HEAD_BYTES]
    plain = (_DOCTYPE_BYTES.sub(rb"\1", head) + content[_HEAD_BYTES:] if b"<!" in head else content).lstrip()
    declared = _DECLARED_ENCODING.search(head)
    override = charset if charset and not declared and not plain.startswith(codecs.BOM_UTF8) else None
    if not plain.startswith((b"\xff\xfe", b"\xfe\xff", b"\x00\x00", b"<\x00")):
        try:
            return _parse(plain, url, override, recover=False)
        except (etree.XMLSyntaxError, LookupError, ValueError):
            pass
    text = _repair(_decode(content, declared[1].decode() if declared else "", charset))
    try:
        root = _parse(text.encode("utf-8", "replace"), url, "utf-8", recover=True)
    except (etree.XMLSyntaxError, ValueError):
        root = None
    if root is None:
        message = "is no XML"
        raise ParseError(message)
    return root


@lru_cache(2048)
def qualified_name(tag: str) -> str:
    """Return an element's name in small letters, behind the usual prefix of its vocabulary, if it has one."""
    if not tag.startswith("{"):
        return tag.lower()
    space, _, local = tag[1:].lower().partition("}")
    return f"{_prefix(space.partition('://')[2].rstrip('/#') or space)}{local}"


def attribute(element: Element, wanted: str) -> str:
    """Return an attribute by its name in small letters, in whatever case it is written."""
    given = element.get(wanted)
    if given is None:
        given = next((value for key, value in element.items() if qualified_name(key) == wanted), "")
    return str(given).strip()


def iter_children(element: Element) -> Iterator[Element]:
    """Yield the elements inside one."""
    return iter(element.iterchildren(tag=etree.Element))


def iter_elements(root: Element) -> Iterator[Element]:
    """Yield an element and all that are in it, in their order."""
    return iter(root.iter(etree.Element))


def inner_markup(element: Element) -> str:
    """Return what stands inside an element, as markup."""
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
        try:
            return content.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    return decode_text(content)


def _repair(text: str) -> str:
    """Make of what people write as XML what a parser reads: no HTML names, no loose ampersands, nothing before it."""
    text = _XML_DECLARATION.sub("", text.removeprefix("\ufeff"), count=1)
    text = text[max(text.find("<"), 0) :]
    text = _DOCTYPE_TEXT.sub(r"\1", text[:_HEAD_BYTES]) + text[_HEAD_BYTES:]
    return _ILLEGAL_CHARACTER.sub("", _LOOSE_AMPERSAND.sub("&amp;", _NAMED_ENTITY.sub(_expand_entity, text)))


def _expand_entity(found: re.Match[str]) -> str:
    letter = html.unescape(found[0])
    return letter if letter != found[0] else f"&amp;{found[1]};"


ChildrenByName: TypeAlias = Mapping[str, Sequence[Element]]
"""The elements inside one, by name."""

_KIND_BY_ROOT = {"rss": "rss", "rdf:rdf": "rdf", "rdf": "rdf", "atom:feed": "atom", "feed": "atom", "channel": "rss"}
_ITEM_TAGS = frozenset({"item", "atom:entry", "entry"})
_CHANNEL_TAGS = frozenset({"channel", "atom:channel"})
_TITLE = ("title", "atom:title", "dc:title", "itunes:title", "media:title")
_GUID = ("guid", "atom:id", "id", "dc:identifier")
_PUBLISHED = (
    "pubdate atom:published published dc:date atom:issued issued dcterms:issued dcterms:created atom:created created"
).split()
_UPDATED = ("atom:updated", "updated", "atom:modified", "modified", "dcterms:modified", "lastbuilddate")
_SUMMARY = "description atom:summary summary itunes:summary dc:description media:description itunes:subtitle".split()
_DESCRIPTION = (
    "description",
    "atom:subtitle",
    "subtitle",
    "atom:tagline",
    "tagline",
    "itunes:summary",
    "dc:description",
)
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


def read_xml_feed(content: bytes, url: str, now: dt.datetime, charset: str = "") -> FeedDocument:
    """Read a feed in XML; raises Unreadable for a page, for other XML and for what is none."""
    root = parse_xml(content, url, charset)
    kind = _KIND_BY_ROOT.get(qualified_name(root.tag))
    if not kind:
        what = "a web page" if qualified_name(root.tag).endswith("html") else "XML"
        message = f"is {what}, but no feed"
        raise ParseError(message)
    head = (
        next((part for part in iter_elements(root) if qualified_name(part.tag) in _CHANNEL_TAGS), root)
        if kind != "atom"
        else root
    )
    return _document(kind, root, _children_by_name(head), now)


def _document(kind: str, root: Element, head: ChildrenByName, now: dt.datetime) -> FeedDocument:
    return FeedDocument(
        kind=kind,
        title=html_to_text(_first_text(head, _TITLE)),
        link=_page_url(head),
        language=_first_text(head, _LANGUAGE) or _xml_lang(root),
        description=html_to_text(_first_text(head, _DESCRIPTION)),
        ttl=_ttl(head),
        people=tuple(_people(head)),
        items=tuple(_item(found, now) for found in iter_elements(root) if qualified_name(found.tag) in _ITEM_TAGS),
        next_page=_related_url(head, "next"),
        moved_to=_first_url(head.get("itunes:new-feed-url", ())),
    )


def _item(item: Element, now: dt.datetime) -> FeedItem:
    parts = _children_by_name(item)
    updated = _date(parts, _UPDATED, now)
    return FeedItem(
        guid=_first_text(parts, _GUID) or attribute(item, "rdf:about"),
        url=_page_url(parts) or _permalink(parts) or _resolve_url(attribute(item, "rdf:about"), item),
        title=html_to_text(_first_text(parts, _TITLE)),
        published=_date(parts, _PUBLISHED, now) or updated,
        updated=updated,
        language=_first_text(parts, _LANGUAGE) or _xml_lang(item),
        summary=html_to_text(_first_text(parts, _SUMMARY)),
        content=next((found for part in _select(parts, _CONTENT) if (found := _inner_markup(part))), ""),
        authors=tuple(dict.fromkeys(_authors(parts))),
        enclosures=tuple({found.url: found for found in reversed([*_enclosures(parts)]) if found.url}.values())[::-1],
        transcripts=tuple(offer for part in parts.get("podcast:transcript", ()) if (offer := _transcript(part)).url),
        chapters_url=next(
            (url for part in parts.get("podcast:chapters", ()) if (url := _url_attribute(part, "url"))), ""
        ),
        people=tuple(_people(parts)),
        duration=_duration(parts),
    )


def _children_by_name(element: Element) -> ChildrenByName:
    parts: dict[str, list[Element]] = {}
    for part in iter_children(element):
        parts.setdefault(qualified_name(part.tag), []).append(part)
    # A group holds several versions of one thing; what it says of itself counts as said here.
    for group in parts.get("media:group", [])[:1]:
        for part in iter_children(group):
            parts.setdefault(qualified_name(part.tag), []).append(part)
    return parts


def _select(parts: ChildrenByName, names: Sequence[str]) -> Iterator[Element]:
    return (element for wanted in names for element in parts.get(wanted, ()))


def _first_text(parts: ChildrenByName, names: Sequence[str]) -> str:
    """Return the first text there is; markup around it counts as escaped, as feeds mean it."""
    return next((words for element in _select(parts, names) if (words := _text(element))), "")


def _text(element: Element) -> str:
    # What is said to be plain text is escaped once more, since what is read from here is taken for HTML.
    words = (element.text or "") if not len(element) else "".join(element.itertext())
    return html.escape(words, quote=False).strip() if attribute(element, "type") == "text" else words.strip()


def _inner_markup(element: Element) -> str:
    if attribute(element, "src"):
        return ""
    if len(element):
        return inner_markup(element)
    written = (element.text or "").strip()
    return html.escape(written, quote=False) if attribute(element, "type").startswith("text/plain") else written


def _date(parts: ChildrenByName, names: Sequence[str], now: dt.datetime) -> dt.datetime | None:
    return next(
        (found for element in _select(parts, names) if (found := parse_datetime(element.text or "", now))), None
    )


def _xml_lang(element: Element) -> str:
    return attribute(element, "xml:lang")


def _resolve_url(text: str, element: Element) -> str:
    return absolute_url(text) or absolute_url(text, element.base or "") if text.strip() else ""


def _url_attribute(element: Element, wanted: str) -> str:
    return _resolve_url(attribute(element, wanted), element)


def _first_url(elements: Sequence[Element]) -> str:
    return next((url for part in elements if (url := _resolve_url(part.text or "", part))), "")


def _page_url(parts: ChildrenByName) -> str:
    """Return the page: where a feed went through a counter, the address before it."""
    return (
        _first_url(parts.get("feedburner:origlink", ()))
        or _first_url(parts.get("link", ()))
        or _related_url(parts, "alternate")
        or _first_url(parts.get("atom:link", ()))
    )


def _related_url(parts: ChildrenByName, relation: str) -> str:
    found = [part for part in _select(parts, _LINKS) if (attribute(part, "rel") or "alternate") == relation]
    found.sort(key=lambda part: "html" not in (attribute(part, "type") or "html"))
    return next((url for part in found if (url := _url_attribute(part, "href"))), "")


def _permalink(parts: ChildrenByName) -> str:
    guids = [part for part in parts.get("guid", ()) if attribute(part, "ispermalink").lower() != "false"]
    return next((url for part in guids if (url := absolute_url(part.text or ""))), "")


def _enclosures(parts: ChildrenByName) -> Iterator[Enclosure]:
    for part in parts.get("enclosure", ()):
        yield Enclosure(
            _url_attribute(part, "url") or _url_attribute(part, "rdf:resource"),
            attribute(part, "type"),
            _length(part, "length"),
        )
    for part in _select(parts, _LINKS):
        if attribute(part, "rel") == "enclosure":
            yield Enclosure(_url_attribute(part, "href"), attribute(part, "type"), _length(part, "length"))
    for part in parts.get("media:content", ()):
        if _AUDIO_OR_VIDEO.match(attribute(part, "type") or attribute(part, "medium")):
            yield Enclosure(_url_attribute(part, "url"), attribute(part, "type"), _length(part, "filesize"))


def _length(element: Element, wanted: str) -> int:
    return _number(attribute(element, wanted))


def _transcript(element: Element) -> TranscriptLink:
    captions = attribute(element, "rel").lower() == "captions"
    return TranscriptLink(
        _url_attribute(element, "url"), attribute(element, "type").lower(), attribute(element, "language"), captions
    )


def _people(parts: ChildrenByName) -> Iterator[Person]:
    """Yield whom the feed names as heard: hosts and guests, not who draws the cover or cuts the recording."""
    for part in parts.get("podcast:person", ()):
        group, role = attribute(part, "group").lower() or "cast", attribute(part, "role").lower() or "host"
        who = html_to_text(part.text or "")
        if who and group == "cast" and ("host" in role or "guest" in role):
            yield Person(who, Role.HOST if "host" in role and "guest" not in role else Role.GUEST)


def _authors(parts: ChildrenByName) -> Iterator[str]:
    for part in _select(parts, _AUTHOR):
        named = next(
            (child for child in iter_children(part) if qualified_name(child.tag).removeprefix("atom:") == "name"), part
        )
        written = html_to_text(_text(named))
        mailed = _EMAIL_AUTHOR.fullmatch(written)
        who = (mailed["name"] or mailed["before"] or "").strip() if mailed else written
        if who and "@" not in who:
            yield who


def _duration(parts: ChildrenByName) -> float | None:
    written = [part.text or "" for part in parts.get("itunes:duration", ())]
    written += [attribute(part, "duration") for part in parts.get("media:content", ())]
    return next((lasts for words in written if (lasts := parse_duration(words))), None)


def _ttl(head: ChildrenByName) -> int:
    period = _PERIOD_MINUTES.get(_first_text(head, ["sy:updateperiod"]).lower(), 0)
    return _number(_first_text(head, ["ttl"])) or period // (_number(_first_text(head, ["sy:updatefrequency"])) or 1)


def _number(written: str) -> int:
    return int(written) if _DIGITS.fullmatch(written) else 0
