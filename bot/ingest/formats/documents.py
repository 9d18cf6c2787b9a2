"""Word and PDF documents to lines of text: transcripts are often handed round as these."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from typing import Any

from bot.ingest.formats.parsed import MAX_RECORD_BYTES, MEGABYTE, ParseError

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
    return "\n".join(_paragraphs(document))


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
    """Yield each paragraph's text; a line break inside one stays, and paragraphs are parted by an empty line."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(document, parser)
    except etree.XMLSyntaxError as error:
        message = f"is damaged: {error.msg}"
        raise ParseError(message) from error
    for paragraph in root.iter(f"{_WORD}p"):
        yield "".join(_runs(paragraph)).strip("\n")
        yield ""


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
        message = 'is a PDF; to read these, install the extra `documents`: pip install "overheard[documents]"'
        raise ParseError(message)
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        reader = PdfReader(io.BytesIO(content))
        if len(reader.pages) > _MAX_PDF_PAGES:
            message = f"has more than {_MAX_PDF_PAGES:,} pages"
            raise ParseError(message)
        text = "\n".join(page.extract_text() for page in reader.pages)
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError, OSError) as error:
        message = "is a PDF that is damaged or locked by a password"
        raise ParseError(message) from error
    if not text.strip():
        message = "is a PDF of pictures: it holds no text"
        raise ParseError(message)
    return text
