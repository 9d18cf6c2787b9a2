"""Word and PDF documents to lines of text: transcripts are often handed round as these."""

from __future__ import annotations

import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from importlib.util import find_spec
from typing import Any

from bot.ingest.formats.parsed import MAX_RECORD_BYTES, MEGABYTE, ParseError
from bot.ingest.formats.speaker_labels import parse_line

_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_BREAKS = {f"{_WORD}br": "\n", f"{_WORD}cr": "\n", f"{_WORD}tab": "\t"}
_SKIPPED = frozenset(
    {
        f"{_WORD}p",
        f"{_WORD}del",
        f"{_WORD}moveFrom",
        "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback",
    }
)
_MAX_PDF_PAGES = 2_000


def docx_text(content: bytes) -> str:
    """Return the lines of a Word document, without headers, footnotes and what was deleted.

    Raises ParseError if it isn't one, or unpacks to over 16 MB.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            document = _read_part(package, _document_name(package))
    except (zipfile.BadZipFile, KeyError, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        message = "is no Word document, or it is damaged or locked by a password"
        raise ParseError(message) from error
    paragraphs = list(_paragraphs(document))
    # Captions pasted into a document keep their lines together; other paragraphs are parted by an empty line.
    is_captions = sum("-->" in paragraph for paragraph in paragraphs) > 1
    return ("\n" if is_captions else "\n\n").join(paragraphs)


def _document_name(package: zipfile.ZipFile) -> str:
    names = package.namelist()
    return next(
        (name for name in names if name.startswith("word/document") and name.endswith(".xml")), "word/document.xml"
    )


def _read_part(package: zipfile.ZipFile, name: str) -> bytes:
    # The size that a package declares may be a lie, so what is read is counted.
    with package.open(name) as part:
        document = part.read(MAX_RECORD_BYTES + 1)
    if len(document) > MAX_RECORD_BYTES:
        message = f"holds more than {MAX_RECORD_BYTES // MEGABYTE} MB"
        raise ParseError(message)
    return document


def _paragraphs(document: bytes) -> Iterator[str]:
    """Yield each paragraph's text; a line break inside one stays."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(document, parser)
    except etree.XMLSyntaxError as error:
        message = f"is damaged: {error.msg}"
        raise ParseError(message) from error
    for paragraph in root.iter(f"{_WORD}p"):
        yield "".join(_runs(paragraph)).strip("\n")


def _runs(element: Iterable[Any]) -> Iterator[str]:
    """Yield the text of a paragraph's parts; a text box inside it is a paragraph of its own."""
    for child in element:
        if child.tag == f"{_WORD}t":
            yield child.text or ""
        elif child.tag in _BREAKS:
            yield _BREAKS[child.tag]
        elif child.tag not in _SKIPPED:
            yield from _runs(child)


def pdf_text(content: bytes) -> str:
    """Return the lines of a PDF, page after page; raises ParseError if it can't be read, or pypdf isn't installed."""
    if find_spec("pypdf") is None:
        message = "is a PDF; to read these, install the extra documents: pip install 'overheard[documents]'"
        raise ParseError(message)
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        reader = PdfReader(io.BytesIO(content))
        if len(reader.pages) > _MAX_PDF_PAGES:
            message = f"has more than {_MAX_PDF_PAGES:,} pages"
            raise ParseError(message)
        pages = [page.extract_text().splitlines() for page in reader.pages]
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError, OSError) as error:
        message = "is a PDF that is damaged or locked by a password"
        raise ParseError(message) from error
    lines = [line.strip() for page in without_margins(pages) for line in page]
    if not any(lines):
        message = "is a PDF of pictures: it holds no text"
        raise ParseError(message)
    return "\n\n".join(_join_wrapped(lines))


def without_margins(pages: Sequence[Sequence[str]]) -> Iterator[Sequence[str]]:
    """Yield pages without page numbers, and without what stands at one place of the top or bottom of most of them."""
    edges = [
        {place: form for place in _EDGES if -len(page) <= place < len(page) and (form := _margin_form(page[place]))}
        for page in pages
    ]
    uses = Counter(edge for page in edges for edge in page.items())
    for page, forms in zip(pages, edges, strict=True):
        margins = {
            place % len(page)
            for place, form in forms.items()
            if uses[place, form] > max(_FEW_PAGES, len(pages) // 2) or _PAGE_NUMBER.fullmatch(form)
        }
        yield [line for place, line in enumerate(page) if place not in margins]


def _margin_form(line: str) -> str:
    """Return what a margin's line has in common on all pages, "" for a label alone: it may be a speaker's.

    Numbers differ from page to page; but a line with a time, which is later on each page, has to be the same.
    """
    parsed = parse_line(line.strip())
    if parsed.t is not None:
        return line.strip()
    return "" if parsed.label and not parsed.text else _DIGITS.sub("#", line.strip())


def _join_wrapped(lines: Sequence[str]) -> Iterator[str]:
    """Yield paragraphs: a line that reaches the margin goes on in the next one, unless a label or time begins there."""
    widths = sorted(len(line) for line in lines if line)
    full = max(_MIN_FULL_LINE, int(widths[len(widths) * 9 // 10] * _FULL_SHARE))
    paragraph = last = ""
    for line in lines:
        parsed = parse_line(line)
        goes_on = len(last) >= full or (len(last) >= full // 2 and line[:1].islower() and last[-1] not in ".!?:")
        if paragraph and goes_on and line and not parsed.label and parsed.before is None:
            paragraph += f" {line}"
        else:
            yield paragraph
            paragraph = line
        last = line
    yield paragraph


_DIGITS = re.compile(r"\d+")
_PAGE_NUMBER = re.compile(r"(?:page )?[-–—]?\s*#(?:\s*(?:/|of)\s*#)?\s*[-–—]?", re.IGNORECASE)
_EDGES = (0, 1, -2, -1)
"""Places of a page's first and last lines, where margins stand."""

_FEW_PAGES = 2
_MIN_FULL_LINE = 60
_FULL_SHARE = 0.8
"""Characters, and the part of the widest lines, from which on a line reaches the margin."""
