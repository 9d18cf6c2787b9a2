"""Word and PDF documents."""

from __future__ import annotations

import datetime as dt
import zipfile
from importlib.util import find_spec
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from bot.domain import Conversation, Turn
from bot.errors import InputError
from bot.ingest.files import format_name, read_file
from bot.ingest.formats.documents import without_margins

TODAY = dt.date(2026, 6, 15)
CALL = (
    Turn("We sold 3 million chips in June.", "Dana Whitfield", 3.0),
    Turn("Who bought them?", "Tom O'Brien", 10.0),
    Turn("Mostly phone makers.", "Dana Whitfield", 12.0),
)
NAMESPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def _docx(path: Path, paragraphs: list[str]) -> Path:
    """Write a Word document; a line break in a paragraph stays one."""
    body = "".join(f"<w:p><w:r>{_runs(paragraph)}</w:r></w:p>" for paragraph in paragraphs)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("word/document.xml", f'<w:document xmlns:w="{NAMESPACE}"><w:body>{body}</w:body></w:document>')
    return path


def _runs(paragraph: str) -> str:
    return "<w:br/>".join(f'<w:t xml:space="preserve">{escape(line)}</w:t>' for line in paragraph.split("\n"))


def _pdf(path: Path, lines: list[str]) -> Path:
    """Write a PDF of one page with a line of text for each line."""
    shown = " ".join("({}) Tj T*".format(line.replace("(", r"\(").replace(")", r"\)")) for line in lines)
    content = f"BT /F1 11 Tf 14 TL 50 780 Td {shown} ET"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 /MediaBox [0 0 595 842] >>",
        "<< /Type /Page /Parent 2 0 R /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(content)} >>\nstream\n{content}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    written, places = "%PDF-1.4\n", []
    for number, part in enumerate(objects, 1):
        places.append(len(written))
        written += f"{number} 0 obj\n{part}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    written += f"xref\n0 6\n0000000000 65535 f \n{table}trailer << /Size 6 /Root 1 0 R >>\n"
    path.write_text(f"{written}startxref\n{written.index('xref')}\n%%EOF\n", "latin-1")
    return path


def _read(path: Path) -> Conversation:
    (found,) = read_file(path, TODAY)
    assert isinstance(found, Conversation), found
    return found


@pytest.mark.parametrize(
    "paragraphs",
    [
        [
            "Weekly call-20260611_090312-Meeting Recording",
            "June 11, 2026, 9:03AM",
            "31m 12s",
            "Dana Whitfield started transcription",
            *(f"{turn.speaker}   0:{turn.t:02.0f}\n{turn.text}" for turn in CALL),
            "Tom O'Brien stopped transcription",
        ],
        ["Weekly call\nThu, Jun 11, 2026", *(f"{turn.speaker}  00:{turn.t:02.0f}\n{turn.text}" for turn in CALL)],
        ["Weekly call", "11 June 2026", *(f"{turn.speaker} (00:{turn.t:02.0f}):\n{turn.text}" for turn in CALL)],
    ],
    ids=["Teams", "Otter", "Rev"],
)
def test_a_word_document_is_read_as_the_tool_wrote_it(tmp_path: Path, paragraphs: list[str]) -> None:
    """With its title and date, and without the tool's own lines."""
    found = _read(_docx(tmp_path / "a.docx", paragraphs))
    assert found.turns == CALL
    assert (found.title, found.date) == ("Weekly call", dt.date(2026, 6, 11))
    assert format_name(tmp_path / "a.docx") == "Word, speakers and times above their words"


@pytest.mark.parametrize("glue", ["\n", "¶"], ids=["breaks", "paragraphs"])
def test_an_older_document_of_teams_is_read(tmp_path: Path, glue: str) -> None:
    """It holds captions, whose lines are parted by breaks or are paragraphs of their own."""
    cues = [f"0:0:{turn.t}00 --> 0:0:{(turn.t or 0) + 1}00{glue}{turn.speaker}{glue}{turn.text}" for turn in CALL]
    found = _read(_docx(tmp_path / "call 2026-06-11.docx", [part for cue in cues for part in cue.split("¶")]))
    assert found.turns == CALL
    assert found.date == dt.date(2026, 6, 11)


def test_what_was_deleted_from_a_document_is_no_speech(tmp_path: Path) -> None:
    """Tracked changes keep what was struck out; it was struck out."""
    body = (
        "<w:p><w:r><w:t>We sold </w:t></w:r><w:del><w:r><w:delText>4</w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t>3</w:t></w:r></w:ins><w:r><w:t> chips.</w:t></w:r></w:p>"
    )
    with zipfile.ZipFile(tmp_path / "a.docx", "w") as package:
        package.writestr("word/document.xml", f'<w:document xmlns:w="{NAMESPACE}"><w:body>{body}</w:body></w:document>')
    assert _read(tmp_path / "a.docx").turns == (Turn("We sold 3 chips."),)


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (b"<w:document", "is damaged: "),
        (b"<a>" + b"x" * 17_000_000 + b"</a>", "holds more than 16 MB"),
        (
            b'<!DOCTYPE a [<!ENTITY b "Nine ">]><w:document xmlns:w="'
            + NAMESPACE.encode()
            + b'"><w:p><w:r><w:t>&b;</w:t>'
            b"</w:r></w:p></w:document>",
            "holds no words",
        ),
    ],
    ids=["cut short", "a bomb", "entities"],
)
def test_a_hostile_document_costs_a_line(tmp_path: Path, document: bytes, reason: str) -> None:
    """It is named with what is wrong, and nothing in it is expanded."""
    with zipfile.ZipFile(tmp_path / "a.docx", "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("word/document.xml", document)
    (problem,) = read_file(tmp_path / "a.docx", TODAY)
    assert isinstance(problem, InputError)
    assert problem.reason.startswith(reason) or "is empty" in problem.reason


NEEDS_PYPDF = pytest.mark.skipif(find_spec("pypdf") is None, reason="the extra `documents` is not installed")


@NEEDS_PYPDF
def test_a_pdf_is_read_as_the_tool_wrote_it(tmp_path: Path) -> None:
    """With its title and date, and without the tool's own lines and page numbers."""
    said = [line for turn in CALL for line in (f"{turn.speaker} (00:{turn.t:02.0f}):", turn.text)]
    lines = ["Weekly call", "Thu, Jun 11, 2026 9:03AM", *said, "Transcribed by https://otter.ai", "Page 1 of 1"]
    found = _read(_pdf(tmp_path / "a.pdf", lines))
    assert found.turns == CALL
    assert (found.title, found.date) == ("Weekly call", dt.date(2026, 6, 11))


def test_margins_of_pages_are_left_out() -> None:
    """What stands at the same place of most pages, whatever its numbers, and page numbers everywhere."""
    pages = [
        [
            "6/11/26, 9:03 AM",
            "Weekly call: page 1",
            "Nine.",
            f"Ten {word}.",
            f"https://example.com/7 {page}/4",
            str(page),
        ]
        for page, word in enumerate(["cranes", "dams", "mills", "ports"], 1)
    ]
    assert list(without_margins(pages)) == [["Nine.", f"Ten {word}."] for word in ("cranes", "dams", "mills", "ports")]


@pytest.mark.parametrize("label", ["Dana Whitfield (00:0{}):", "Dana Whitfield:", "0:0{} Dana Whitfield", "0:0{}"])
@pytest.mark.parametrize("place", [0, -1])
def test_a_label_at_the_edge_of_pages_is_no_margin(label: str, place: int) -> None:
    """Who speaks may well be named first, or last, on each page."""
    said = [f"We sold {word} cranes in June." for word in ("nine", "ten", "eleven", "twelve")]
    pages = [[label.format(page), words, "Where?"][:: 1 if place == 0 else -1] for page, words in enumerate(said, 1)]
    assert [page[place] for page in without_margins(pages)] == [label.format(page) for page in range(1, 5)]


def test_words_that_come_at_different_places_are_no_margin() -> None:
    """An answer of one word may stand near the edge of most pages."""
    pages = [
        ["Yes.", "Nine.", "Ten.", "Of course."],
        ["All of them.", "Yes.", "Ten.", "None."],
        ["Two.", "We do.", "Yes."],
    ]
    assert list(without_margins(pages)) == pages


@NEEDS_PYPDF
def test_lines_of_a_page_are_joined_again(tmp_path: Path) -> None:
    """A line that reaches the margin goes on in the next one."""
    first = "The plant in Orkdal made nine thousand cranes for the port of Tarn and was"
    found = _read(_pdf(tmp_path / "a.pdf", [first, "closed in May.", "Nobody had expected it."]))
    assert [turn.text for turn in found.turns] == [f"{first} closed in May.", "Nobody had expected it."]


@NEEDS_PYPDF
def test_a_damaged_pdf_says_so(tmp_path: Path) -> None:
    """It costs a line, whatever is wrong inside."""
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7 and no more")
    (problem,) = read_file(tmp_path / "a.pdf", TODAY)
    assert isinstance(problem, InputError)
    assert problem.reason == "is a PDF that is damaged or locked by a password"


@pytest.mark.skipif(find_spec("pypdf") is not None, reason="the extra `documents` is installed")
def test_without_its_extra_a_pdf_says_what_to_install(tmp_path: Path) -> None:
    """The rest of the bot works without it."""
    (problem,) = read_file(_pdf(tmp_path / "a.pdf", ["Nine."]), TODAY)
    assert isinstance(problem, InputError)
    assert problem.reason.endswith("pip install 'overheard[documents]'")
