"""What a body is by its first bytes, and whether it is a page that only wants to see a browser."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping

from bot.ingest.feeds.fetch import ContentKind

SNIFFED_BYTES = 4096
"""So many bytes tell what the rest is."""

_BOMS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_BINARY_SIGNATURES = (
    b"%PDF", b"PK\x03\x04", b"\x1f\x8b", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"ID3", b"\xff\xfb", b"OggS"
)  # fmt: skip
_FLAGS = re.IGNORECASE | re.DOTALL
_SIGNATURES = (
    (re.compile(r"<(?:!doctype\s+html|html)\b", re.IGNORECASE), ContentKind.PAGE),
    (
        re.compile(r"<\?xml\b[^>]{0,200}>\s*(?:<!--.{0,500}?-->\s*)?<(?:!doctype\s+html|html)\b", _FLAGS),
        ContentKind.PAGE,
    ),
    (
        re.compile(r"<\?xml\b|<(?:rss|feed|rdf:rdf|opml|urlset|channel)\b|<\?xml-stylesheet\b", re.IGNORECASE),
        ContentKind.XML,
    ),
    (re.compile(r"<!--.{0,3000}?-->\s*<(?:rss|feed|rdf:rdf|opml)\b", _FLAGS), ContentKind.XML),
    (re.compile(r"[\[{]"), ContentKind.JSON),
    (re.compile(r"WEBVTT\b|\d{1,6}\s*\n\s*\d+:\d\d:\d\d[.,]\d+\s*-->"), ContentKind.CAPTIONS),
    (re.compile(r"<(?:head|body|script|meta|title|div|p|h1)\b|<!--", re.IGNORECASE), ContentKind.PAGE),
)
_CHALLENGE = re.compile(
    r"<title>\s*(?:just a moment|attention required! \| cloudflare|ddos-guard|access denied|are you a human|"
    r"please wait\.\.\. \| cloudflare|pardon our interruption|verifying you are human|client challenge|robot check)"
    r"|/cdn-cgi/challenge-platform/|_incapsula_resource|window\._cf_chl_opt|sucuri_cloudproxy_js|px-captcha"
    r"|captcha-delivery\.com|awswafintegration|checking your browser before accessing",
    re.IGNORECASE,
)


def sniff_content(body: bytes) -> ContentKind:
    """Return what a body is; what it is said to be is wrong too often."""
    head = body[:SNIFFED_BYTES]
    if not head.strip():
        return ContentKind.EMPTY
    if head.startswith(_BINARY_SIGNATURES):
        return ContentKind.BINARY
    words = _decode_head(head)
    if words is None:
        return ContentKind.BINARY
    return next((kind for look, kind in _SIGNATURES if look.match(words)), ContentKind.TEXT)


def is_bot_challenge(headers: Mapping[str, str], head: bytes) -> bool:
    """Return whether what came is a page that lets only browsers through."""
    if headers.get("cf-mitigated") == "challenge" or "x-amzn-waf-action" in headers:
        return True
    return sniff_content(head) is ContentKind.PAGE and _CHALLENGE.search(_decode_head(head) or "") is not None


def _decode_head(head: bytes) -> str | None:
    """Return the head as text of which only the Latin letters need be right; None for what is no text."""
    wide = head.startswith(_BOMS[1:]) or (head[:1] and head[1:2] == b"\x00") or head[:1] == b"\x00"
    words = head.decode("utf-16-be" if head[:1] in {b"\xfe", b"\x00"} else "utf-16-le", "replace") if wide else None
    if words is None and b"\x00" in head:
        return None
    return (words or head.decode("utf-8", "replace")).lstrip("\ufeff \t\r\n")
