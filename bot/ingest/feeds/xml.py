"""XML that may be broken, as a tree: entities are never declared, nothing is fetched, and what is whole is kept."""

from __future__ import annotations

import codecs
import html
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, TypeAlias

from lxml import etree

from bot.ingest.formats.decoding import decode_text
from bot.ingest.formats.draft import ParseError

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
