"""Broken input: a clear line with file, place and reason, and the rest is read."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain import UNDATED, Conversation
from bot.errors import InputError
from bot.ingest.files import ImportItem, estimate_count, read_path
from bot.ingest.formats.front_matter import split_front_matter
from bot.ingest.formats.parsed import MEGABYTE
from bot.ingest.formats.speaker_names import looks_like_name

TODAY = dt.date(2026, 6, 15)
READ = "vtt srt sbv ttml json tsv html md txt docx pdf jsonl".split()
GOOD = {"id": "a", "show": "S", "title": "T", "date": "2026-06-01", "turns": [{"text": "Nine."}]}


def _read(path: Path) -> list[ImportItem]:
    return list(read_path(path, TODAY))


def _problems(path: Path) -> list[str]:
    errors = [item for item in _read(path) if isinstance(item, InputError)]
    return [f"{error.location}: {error.reason}" for error in errors]


def _ids(path: Path) -> list[str]:
    return [item.id for item in _read(path) if isinstance(item, Conversation)]


def _file(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "is not JSON: Expecting property name enclosed in double quotes at character 2"),
        ("[1]", "is not a record with fields"),
        (json.dumps({**GOOD, "id": None}), "has no id"),
        (json.dumps({**GOOD, "id": ""}), "has no id"),
        (json.dumps({**GOOD, "id": 7}), "id is not text"),
        (json.dumps({**GOOD, "title": []}), "title is not text"),
        (json.dumps({**GOOD, "turns": []}), "has no turns"),
        (json.dumps({**GOOD, "turns": {"a": 1}}), "turns is not a list"),
        (json.dumps({**GOOD, "turns": [{"text": "a"}, {"text": 1}]}), "turn 2 has no text"),
        (json.dumps({**GOOD, "turns": [{"text": "a", "speaker": 1}]}), "turn 1: the speaker is not a name"),
        (json.dumps({**GOOD, "turns": [{"text": "a", "t": -1}]}), "'-1' is not a time in seconds"),
        (json.dumps({**GOOD, "turns": [{"text": "a", "t": float("nan")}]}), "'nan' is not a time in seconds"),
        (
            json.dumps({**GOOD, "turns": [{"text": "a", "t": 10**30}]}),
            "'1000000000000000000000000000000' is not a time in seconds",
        ),
        (json.dumps({**GOOD, "date": "soon"}), "'soon' is not a date"),
        (json.dumps({**GOOD, "date": "2026-02-30"}), "'2026-02-30' is not a date"),
        (json.dumps({**GOOD, "date": "1970-01-01"}), "the date 1970-01-01 is before 1990 or in the future"),
        (json.dumps({**GOOD, "date": "2026-06-17"}), "the date 2026-06-17 is before 1990 or in the future"),
        (json.dumps({**GOOD, "people": "Mara"}), "people is not a list"),
        (json.dumps({**GOOD, "chapters": ["Hello"]}), "chapters holds something that is not a chapter"),
        ("[" * 100_000, "is nested too deeply"),
        ('{"id": ' + "9" * 5_000 + "}", "holds a number that is too long"),
    ],
)
def test_a_broken_record_is_named_by_line_and_the_next_one_is_read(tmp_path: Path, line: str, reason: str) -> None:
    """One bad line costs that line."""
    path = _file(tmp_path, "a.jsonl", f"\n{line}\n{json.dumps(GOOD)}\n")
    assert _problems(path) == [f"line 2: {reason}"]
    assert _ids(path) == ["a"]


def test_a_line_in_another_character_set_is_a_broken_line(tmp_path: Path) -> None:
    """Records are UTF-8; nothing is guessed inside them."""
    path = _file(tmp_path, "a.jsonl", b'{"id": "\xff"}\n' + json.dumps(GOOD).encode())
    assert _problems(path) == ["line 1: is not UTF-8"]
    assert _ids(path) == ["a"]


def test_half_a_character_in_a_record_can_still_be_kept(tmp_path: Path) -> None:
    """A lone surrogate or a NUL is replaced one for one, so that spans stay where they were."""
    path = _file(tmp_path, "a.jsonl", json.dumps({**GOOD, "turns": [{"text": "a\ud800b\0c"}]}))
    (found,) = _read(path)
    assert isinstance(found, Conversation)
    assert found.turns[0].text == "a\ufffdb\ufffdc"


def test_tomorrow_is_believed_and_a_time_of_day_is_left_out(tmp_path: Path) -> None:
    """Somewhere it is tomorrow already."""
    path = _file(tmp_path, "a.jsonl", json.dumps({**GOOD, "date": "2026-06-16T01:00:00+14:00"}))
    assert [item.date for item in _read(path) if isinstance(item, Conversation)] == [dt.date(2026, 6, 16)]


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("a.txt", "", ": is empty"),
        ("a.txt", " \n\n", ": is empty"),
        ("a.jsonl", "\n\n", ": is empty"),
        ("a.json", "", ": is empty"),
        ("a.json", "{", ": line 1 is not JSON: Expecting property name enclosed in double quotes"),
        ("a.json", "[" * 100_000, ": is nested too deeply"),
        ("a.json", "[1]", "record 1: is not a record with fields"),
        ("a.json", '{"segments": 1}', ": segments is not a list"),
        ("a.md", "# Only a heading\n", ": holds no words"),
        ("a.vtt", "WEBVTT\n", ": holds no words"),
        ("a.html", "<html><script>x</script></html>", ": holds no words"),
        ("a.txt", b"%PDF-1.7 ...", ": is a PDF, not text"),
        ("a.txt", bytes(range(256)) * 20, ": is binary, not text"),
        ("a.jsonl", b"\x00\x01\x02\x03" * 2000, ": is binary, not text"),
        (
            "a.epub",
            b"PK\x03\x04",
            f": .epub files are not read; {', '.join(READ[:-1])} and {READ[-1]} are, also as .gz",
        ),
        ("a.docx", b"PK\x03\x04", ": is no Word document, or it is damaged or locked by a password"),
        (
            "a.csv",
            "a,b\n1,2\n",
            ": is a table without a column of words, such as text, beside one of speakers or times",
        ),
        ("a.json", '{"name": "a", "items": [{"id": 1}]}', "record 1: has no id"),
        ("a.txt.gz", gzip.compress(b"Nine cranes. " * 1000, mtime=0)[:-20], ": the gzip file is cut short or damaged"),
        ("a.txt.gz", b"\x1f\x8b\x08\x00broken", ": the gzip file is cut short or damaged"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(tmp_path: Path, name: str, content: str | bytes, problem: str) -> None:
    """Each way of being no conversation has its own words."""
    assert _problems(_file(tmp_path, name, content)) == [problem]


def test_a_packed_file_that_is_cut_short_gives_what_comes_before(tmp_path: Path) -> None:
    """Records before the cut are read, and the cut is told."""
    lines = "".join(json.dumps({**GOOD, "id": os.urandom(300).hex()}) + "\n" for _ in range(100))
    path = _file(tmp_path, "a.jsonl.gz", gzip.compress(lines.encode(), mtime=0)[:-2000])
    (problem,) = _problems(path)
    read = len(_ids(path))
    assert read > 50
    assert problem == f"after line {read}: the gzip file is cut short or damaged; the rest is not read"
    assert 1 <= estimate_count(path) <= 100


def test_a_bad_caption_is_named_by_line_and_the_others_are_read(tmp_path: Path) -> None:
    """A time that is none, and words without a time."""
    path = _file(
        tmp_path,
        "a.srt",
        "1\n00:00:01,000 --> 00:00:02,000\nNine.\n\n2\nsoon --> later\nLost.\n\nWords alone.\n\n"
        "4\n00:00:07,000 --> 00:00:08,000\nTen.\n",
    )
    assert _problems(path) == ["line 6: 'soon --> later' is not a time", "line 9: words without a time"]
    assert len(_ids(path)) == 1


def test_a_page_nested_too_deeply_is_read_up_to_there(tmp_path: Path) -> None:
    """Nobody nests like that but to keep the parser busy."""
    path = _file(tmp_path, "a.html", "<p>Nine.</p>" + "<div>" * 100_000 + "Ten.")
    assert _problems(path) == [": is nested too deeply; the rest is not read"]
    assert [turn.text for item in _read(path) if isinstance(item, Conversation) for turn in item.turns] == ["Nine."]


def test_a_bad_segment_is_named_by_number(tmp_path: Path) -> None:
    """The other segments of the transcript are read."""
    segments = [{"body": "Nine."}, {"startTime": 3}, {"body": "Ten.", "startTime": "later"}]
    path = _file(tmp_path, "a.json", json.dumps({"segments": segments}))
    assert _problems(path) == ["segment 2: has no body", "segment 3: 'later' is not a time in seconds"]
    assert len(_ids(path)) == 1


def test_a_missing_path_says_so(tmp_path: Path) -> None:
    """The name is the one that was given."""
    (error,) = _read(tmp_path / "nowhere.md")
    assert str(error) == f"{tmp_path / 'nowhere.md'}: cannot be opened: no such file or directory"


def test_a_missing_path_of_an_unknown_kind_says_so_too(tmp_path: Path) -> None:
    """That it is not there comes before what it would be."""
    assert _problems(tmp_path / "folder.of.mine") == [": cannot be opened: no such file or directory"]


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_forbidden_file_says_so(tmp_path: Path) -> None:
    """The rest of the folder is read."""
    _file(tmp_path, "a.txt", "Nine.").chmod(0)
    _file(tmp_path, "b.txt", "Ten.")
    assert _problems(tmp_path) == [": cannot be opened: permission denied"]
    assert len(_ids(tmp_path)) == 1


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    """Only regular files are opened."""
    os.mkfifo(tmp_path / "a.txt")
    assert _problems(tmp_path) == [": is not a regular file"]


def test_folders_are_read_in_order_and_hidden_names_left_out(tmp_path: Path) -> None:
    """Everything under a folder, sorted; a file that is broken does not stop the others."""
    for name in ("b.txt", "a/c.txt", "a/.hidden.txt", ".git/d.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        _file(tmp_path, name, name)
    _file(tmp_path, "a/broken.jsonl", "{")
    assert [key.removeprefix(f"{tmp_path.name}/") for key in _ids(tmp_path)] == ["b.txt", "a/c.txt"]
    assert len(_problems(tmp_path)) == 1
    assert estimate_count(tmp_path) == 3


def test_a_gzip_bomb_is_stopped(tmp_path: Path) -> None:
    """What unpacks to more than the limit is not unpacked further."""
    bomb = gzip.compress(b"{}" * 30 * MEGABYTE, mtime=0)
    assert _problems(_file(tmp_path, "a.txt.gz", bomb)) == [": holds more than 50 MB"]
    (problem,) = _problems(_file(tmp_path, "a.jsonl.gz", bomb))
    assert problem.endswith("unpacks to over 50 MB; the rest is not read")


def test_an_endless_line_is_skipped(tmp_path: Path) -> None:
    """A record has a limit of its own, and the record after it is read."""
    path = _file(tmp_path, "a.jsonl", b'"' + b"a" * 17 * MEGABYTE + b'"\n' + json.dumps(GOOD).encode())
    assert _problems(path) == ["line 1: is longer than 16 MB"]
    assert _ids(path) == ["a"]


@pytest.mark.parametrize("suffix", [".md", ".html", ".vtt", ".srt", ".txt", ".sbv", ".ttml", ".csv"])
@pytest.mark.parametrize(
    "unit",
    [
        *(
            "<",
            "[",
            "*",
            "`",
            "<v ",
            "<a ",
            "<b><p>",
            "</p>",
            "[a](",
            "<!--",
            "a: ",
            "**a",
            "(0:0",
            "\\[",
            "1:",
            "-->\n",
        ),
        *("A b\n0:01\n", "A: 0:01 b\n", "a. B c: ", "A. B ", "- a. - ", ">> ", "1 minute ", "0:00:01 ", "a,"),
    ],
)
def test_text_made_to_be_slow_is_not(tmp_path: Path, suffix: str, unit: str) -> None:
    """Twenty thousand repetitions take a second at most; the suite's time limit proves it."""
    assert _read(_file(tmp_path, f"a{suffix}", unit * 20_000))


SPACED = (
    "Weekly{}call",
    "# Weekly{}call",
    "# a{}#{}b",
    "(a{}b",
    "A{}-{}b",
    "From{}A{}to{}B: x",
    "---\ntitle: |{}x\n---\na",
)


@pytest.mark.parametrize("suffix", [".txt", ".md"])
@pytest.mark.parametrize("line", SPACED)
def test_a_gap_in_a_line_is_read_in_time(tmp_path: Path, suffix: str, line: str) -> None:
    """Forty thousand spaces, with labelled words below and without; the suite's time limit proves it."""
    talk = "\n\nMara Quist: Nine.\n\nBen Odd: Ten.\n\nMara Quist: Two.\n\nBen Odd: Ten.\n"
    gapped = line.replace("{}", " " * 40_000)
    assert _read(_file(tmp_path, f"a{suffix}", gapped + talk))
    assert _read(_file(tmp_path, f"b{suffix}", f"{gapped}\n\nNine.\n\nTen.\n"))


def test_a_long_line_is_no_name() -> None:
    """That is known from its length alone; the suite's time limit proves it."""
    assert not looks_like_name("Mara" + " " * 400_000 + "(")


def test_a_long_description_is_read_in_time() -> None:
    """A million lines; the suite's time limit proves it."""
    header, _ = split_front_matter("---\ndescription: |\n" + "  a\n" * 1_000_000 + "---\n")
    assert header.first("description").count("a") == 1_000_000


SUFFIXES = st.sampled_from(
    [*(f".{suffix}" for suffix in READ if suffix != "pdf"), ".jsonl.gz", ".txt.gz", ".srv3", ".csv", ""]
)
SNIPPETS = st.sampled_from(
    [
        "WEBVTT\n\n",
        "00:01.000 --> 00:02.000\n",
        "<v A>",
        "**A:** ",
        "A: ",
        "\n\n",
        "---\n",
        "title: x\n",
        "<p>",
        "[0:1]",
        "[00:01:02] ",
        '{"segments":[{"body":"a"}]}',
        json.dumps(GOOD),
        "BREAKING: ",
        "A b  0:01\n",
        "0:01 - A b\n",
        "1 minute, 2 seconds\n",
        "[A]: ",
        '[{"text": "a", "start": 1}]',
        "text\tstart\n",
        '<tt><p begin="1s">a</p></tt>',
        "2026-06-11",
        "1\n",
        "# ",
        "\ud7ff",
        "😀",
        "\\[",
    ]
)
WRITTEN = (
    st.lists(SNIPPETS | st.text(max_size=20), max_size=20).map("".join).map(lambda text: text.encode("utf-8", "ignore"))
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(suffix=SUFFIXES, content=st.binary(max_size=400) | WRITTEN | WRITTEN.map(gzip.compress))
def test_whatever_a_file_holds_it_is_conversations_or_errors(tmp_path: Path, suffix: str, content: bytes) -> None:
    """No content raises; conversations have words in each turn and can be stored; twice read is twice the same."""
    path = _file(tmp_path, f"a{suffix}", content)
    found = _read(path)
    assert found
    for item in found:
        if isinstance(item, Conversation):
            assert item.turns
            assert item.id
            assert item.title
            assert item.date == UNDATED or dt.date(1990, 1, 1) <= item.date <= TODAY + dt.timedelta(days=1)
            assert all(turn.text.encode() for turn in item.turns)
            assert all(turn.speaker is None or turn.speaker.strip() for turn in item.turns)
    assert [str(item) for item in _read(path)] == [str(item) for item in found]


def test_a_file_name_in_another_character_set_can_be_stored_and_shown(tmp_path: Path) -> None:
    """Bytes that are no UTF-8 in a name are replaced in ids, titles and errors."""
    (tmp_path / os.fsdecode(b"caf\xe9.txt")).write_text("Nine.")
    (tmp_path / os.fsdecode(b"caf\xe9.csv")).write_text("Nine.")
    assert _ids(tmp_path) == [f"{tmp_path.name}/caf\ufffd.txt"]
    assert [str(item).encode() for item in _read(tmp_path) if isinstance(item, InputError)]


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_forbidden_folder_says_so(tmp_path: Path) -> None:
    """It is named, and its neighbours are read."""
    (tmp_path / "shut").mkdir(mode=0)
    _file(tmp_path, "b.txt", "Ten.")
    assert _problems(tmp_path) == [": this folder may not be opened"]
    assert len(_ids(tmp_path)) == 1
