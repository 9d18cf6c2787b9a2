"""Transcripts, articles and posts: one file for each format, and the table of them all.

To add a format, write its parser and give it a row in `FORMATS`; `docs/formats.md` lists the tools that are known.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pkgutil import resolve_name

from bot.ingest.formats.parsed import DecodeBytes, ParseText

_SNIFFED_CHARS = 1_000


@dataclass(frozen=True, slots=True)
class Format:
    """A format, and what tells it apart: how its files are named, its media types, and how its text begins."""

    name: str
    parser: str
    """Where its `ParseText` is: loaded when first needed, so a bot that reads nothing starts without it."""
    suffixes: tuple[str, ...]
    media_types: tuple[str, ...]
    signature: re.Pattern[str] | None = None
    decoder: str = "parsed:decode_text"
    """Where its `DecodeBytes` is."""

    @property
    def parse(self) -> ParseText:
        """Its parser."""
        parser: ParseText = resolve_name(f"{__name__}.{self.parser}")
        return parser

    @property
    def decode(self) -> DecodeBytes:
        """What makes text of its bytes."""
        decoder: DecodeBytes = resolve_name(f"{__name__}.{self.decoder}")
        return decoder


_SRT_START = re.compile(
    r"(?:(?!\s*[<{])[^\n]{0,200}\n){0,12}?\s*\d{1,3}:\d{1,2}:\d{1,2}(?:[.,]\d{1,9})?\s*-->\s*\d{1,3}:\d{1,2}:\d{1,2}(?:[.,]\d{1,9})?\s*\n"
)
_SBV_START = re.compile(r"\s*\d+:\d\d:\d\d\.\d{3},\d+:\d\d:\d\d\.\d{3}\s*\n")
_HTML_START = re.compile(r"\s*<(?:!doctype\s+html|html|cite|head|body|p|div|article)\b", re.IGNORECASE)

WEBVTT = Format("WebVTT", "captions:parse_captions", (".vtt",), ("text/vtt",), re.compile(r"\s*WEBVTT\b"))
SUBRIP = Format(
    "SubRip",
    "captions:parse_captions",
    (".srt",),
    ("application/x-subrip", "application/srt", "text/srt", "text/x-subrip"),
    _SRT_START,
)
SBV = Format("SBV", "captions:parse_captions", (".sbv",), ("text/x-sbv",), _SBV_START)
TIMED_TEXT = Format(
    "timed text (XML)",
    "xml_captions:parse_xml_captions",
    (".ttml", ".dfxp", ".srv1", ".srv2", ".srv3", ".xml"),
    ("application/ttml+xml", "application/x-ttml+xml"),
    re.compile(r"\s*(?:<\?xml[^>]*>\s*)?<(?:\w+:)?(?:transcript|timedtext|tt)\b"),
)
JSON = Format(
    "JSON",
    "json_formats:parse_json",
    (".json", ".json3"),
    ("application/json",),
    re.compile(r"\s*(?:\{\s*[\"}]|\[\s*\{\s*\")"),
)
HTML = Format("HTML", "html_pages:parse_html", (".html", ".htm"), ("text/html",), _HTML_START)
MARKDOWN = Format("Markdown", "plain_text:parse_markdown", (".md", ".markdown"), ("text/markdown", "text/x-markdown"))
PLAIN_TEXT = Format("plain text", "plain_text:parse_plain_text", (".txt", ".text", ""), ("text/plain",))
JSON_LINES = Format("JSON Lines", "json_formats:parse_json", (".jsonl", ".ndjson"), ("application/jsonl",))
TABLE = Format("table", "tables:parse_table", (".tsv", ".csv"), ("text/csv", "text/tab-separated-values"))
WORD = Format(
    "Word",
    "plain_text:parse_plain_text",
    (".docx",),
    ("application/vnd.openxmlformats-officedocument.wordprocessingml.document",),
    decoder="documents:docx_text",
)
PDF = Format("PDF", "plain_text:parse_plain_text", (".pdf",), ("application/pdf",), decoder="documents:pdf_text")

FORMATS = (WEBVTT, SUBRIP, SBV, TIMED_TEXT, JSON, TABLE, HTML, MARKDOWN, PLAIN_TEXT, WORD, PDF, JSON_LINES)
"""Those that tell best who speaks, and when, come first."""


def declared_format(suffix: str, media_type: str = "") -> Format | None:
    """Return the format that a server or a file's name declares."""
    kind = media_type.partition(";")[0].strip().lower()
    return next(
        (known for known in FORMATS if kind in known.media_types),
        next((known for known in FORMATS if suffix.lower() in known.suffixes), None),
    )


def sniff_format(text: str) -> Format | None:
    """Return the format that a text begins like."""
    start = text[:_SNIFFED_CHARS]
    return next((known for known in FORMATS if known.signature and known.signature.match(start)), None)
