"""Title, show and date of a conversation: from its file, its name, its folder, or whoever hands it over."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
from pathlib import Path

import pytest

from bot.domain import UNDATED, Conversation, Person
from bot.errors import InputError
from bot.ingest.files import Given, read_path, read_upload

TODAY = dt.date(2026, 6, 15)


def _write(folder: Path, name: str, text: str) -> Path:
    path = folder / "harbour-talk" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def _one(path: Path) -> Conversation:
    (found,) = read_path(path, TODAY)
    assert isinstance(found, Conversation)
    return found


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("GMT20260611-090312_Recording.transcript.vtt", "GMT20260611 090312 Recording.transcript"),
        ("Weekly call-20260611_090312-Meeting Recording.vtt", "Weekly call"),
        ("Weekly call - 2026_06_11 09_03 GMT+02_00 - Transcript.vtt", "Weekly call"),
        ("Weekly call 11 June 2026.en.vtt", "Weekly call"),
        ("weekly_call_2026-06-11T09-03-12.vtt", "Weekly call"),
    ],
)
def test_the_date_in_a_tools_file_name_is_read(tmp_path: Path, name: str, title: str) -> None:
    """What the tool adds to the name is no part of the title."""
    found = _one(_write(tmp_path, name, "WEBVTT\n\n00:01.000 --> 00:02.000\nNine.\n"))
    assert (found.date, found.title) == (dt.date(2026, 6, 11), title)


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("The Recording Industry.vtt", "The Recording Industry"),
        ("Screens of 1920x1080 dots.vtt", "Screens of 1920x1080 dots"),
        ("the_recording_industry.en.vtt", "The recording industry"),
        ("call_Recording_2026-06-11_Transcript_part one.vtt", "Call part one"),
        ("Outlook to 1 January 2030.vtt", "Outlook to 1 January 2030"),
    ],
)
def test_what_a_name_says_of_the_talk_stays_in_its_title(tmp_path: Path, name: str, title: str) -> None:
    """A tool's words stand at the end or beside the date, and its date is one on which a talk can have been held."""
    assert _one(_write(tmp_path, name, "WEBVTT\n\n00:01.000 --> 00:02.000\nNine.\n")).title == title


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.txt", "The crash of October 29, 1929\n\nMara: Nine.\n\nBen: Ten.\n"),
        ("Outlook to 1 January 2030.txt", "Mara: Nine.\n\nBen: Ten.\n"),
        ("2030-01-01 outlook.txt", "Mara: Nine.\n\nBen: Ten.\n"),
        ("a.md", "---\ntitle: Cranes\ndate: Spring 2026\n---\nMara: Nine.\n\nBen: Ten.\n"),
    ],
)
def test_a_date_that_a_talk_is_about_is_not_its_own(tmp_path: Path, name: str, text: str) -> None:
    """It is passed over for the name's date, then the folder's; with neither, the talk is undated."""
    assert _one(_write(tmp_path, name, text)).date == UNDATED
    assert _one(_write(tmp_path, f"2026-06-11 {name}", text)).date == dt.date(2026, 6, 11)
    dated = tmp_path / "2026-06-10 Weekly call"
    dated.mkdir()
    assert _one(_write(dated, name, text).rename(dated / name)).date == dt.date(2026, 6, 10)


def test_a_date_that_is_given_is_one(tmp_path: Path) -> None:
    """Whoever gives it hears that it can't be read."""
    (problem,) = read_path(_write(tmp_path, "a.txt", "Mara: Nine.\n"), TODAY, Given(date="Spring 2026"))
    assert isinstance(problem, InputError)
    assert problem.reason == "'Spring 2026' is not a date"


def test_the_folder_that_a_path_leads_to_tells_the_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path may be as short as a name."""
    folder = tmp_path / "2026-06-11 Weekly call"
    folder.mkdir()
    (folder / "a.txt").write_text("Nine.")
    monkeypatch.chdir(folder)
    assert _one(Path("a.txt")).date == dt.date(2026, 6, 11)


def test_a_folder_may_tell_the_date(tmp_path: Path) -> None:
    """Zoom puts each recording into a folder of its own."""
    folder = tmp_path / "2026-06-11 09.03.12 Weekly call"
    folder.mkdir()
    (folder / "audio_transcript.vtt").write_text("WEBVTT\n\n00:01.000 --> 00:02.000\nNine.\n")
    assert _one(folder / "audio_transcript.vtt").date == dt.date(2026, 6, 11)


@pytest.mark.parametrize("fence", ["---\n", ""])
def test_a_header_may_use_other_words(tmp_path: Path, fence: str) -> None:
    """With or without rules around it: channel, upload date, address and speakers."""
    header = "Title: Cranes\nChannel: Harbour Talk\nupload_date: 20260611\nwebpage_url: https://example.com/7\n"
    text = f"{fence}{header}Speakers: Mara Quist, Ben Odd\n{fence}\nMara Quist: Nine.\n\nBen Odd: Ten.\n"
    found = _one(_write(tmp_path, "a.md", text))
    assert (found.title, found.show, found.date) == ("Cranes", "Harbour Talk", dt.date(2026, 6, 11))
    assert (found.url, found.speakers) == ("https://example.com/7", ("Mara Quist", "Ben Odd"))
    assert found.people == (Person("Mara Quist"), Person("Ben Odd"))


@pytest.mark.parametrize(
    "text",
    [
        "Host: Welcome to the show.\nGuest: Thanks for having me.\nHost: How many?\nGuest: We sold nine.\n",
        "Host: How many?\nGuest: We sold nine.\n",
        "Name: Welcome.\nHost: How many?\nName: We sold nine.\n",
    ],
    ids=["a talk", "one question", "a repeated label"],
)
def test_words_after_labels_are_no_header(tmp_path: Path, text: str) -> None:
    """A header names each fact once, and more than who speaks."""
    found = _one(_write(tmp_path, "a.txt", text))
    assert len(found.turns) == text.count("\n")
    assert found.turns[-1].text == "We sold nine."


def test_a_post_between_rules_is_no_header(tmp_path: Path) -> None:
    """A header has at least one fact."""
    posts = _write(tmp_path, "posts.txt", "---\nNine cranes were sold in June.\n---\nTen dams: all of them.\n")
    said = [item.turns[0].text for item in read_path(posts, TODAY) if isinstance(item, Conversation)]
    assert said == ["Nine cranes were sold in June.", "Ten dams: all of them."]


def test_a_talk_that_nothing_dates_is_undated(tmp_path: Path) -> None:
    """When its file was changed says nothing; posts are of the day on which they were pasted."""
    assert _one(_write(tmp_path, "a.txt", "Mara: Nine.\n\nBen: Ten.\n")).date == UNDATED
    posts = _write(tmp_path, "posts.txt", "Nine cranes.\n---\nTen dams.\n")
    os.utime(posts, (1_781_000_000, 1_781_000_000))
    assert {item.date for item in read_path(posts, TODAY) if isinstance(item, Conversation)} == {dt.date(2026, 6, 9)}


def test_what_is_given_comes_before_what_a_file_says(tmp_path: Path) -> None:
    """Show, title and date, in whatever form the date is written."""
    path = _write(tmp_path, "2026-06-01-a.vtt", "WEBVTT Cranes\n\n00:01.000 --> 00:02.000\nNine.\n")
    (found,) = read_path(path, TODAY, Given("Open Bench", "Dams", "11 June 2026"))
    assert isinstance(found, Conversation)
    assert (found.show, found.title, found.date) == ("Open Bench", "Dams", dt.date(2026, 6, 11))


def test_an_upload_belongs_to_its_space() -> None:
    """The same words in two spaces are two conversations, under any name; a folder in a name leads nowhere."""
    content = b"WEBVTT\n\n00:01.000 --> 00:02.000\nNine.\n"
    name = "../../call 2026-06-11.vtt"
    first, second = (read_upload(content, name, TODAY, space, 9) for space in ("one", "two"))
    (talk,) = first.conversations
    assert (talk.space, talk.show, talk.title, talk.date) == ("one", "Uploads", "Call", dt.date(2026, 6, 11))
    assert first.format == "WebVTT"
    assert re.fullmatch(r"upload-\w{16}", talk.id)
    assert second.conversations[0].id != talk.id
    assert read_upload(content, "other.vtt", TODAY, "one", 9).conversations[0].id == talk.id
    assert read_upload(content + b"Ten.\n", name, TODAY, "one", 9).conversations[0].id != talk.id
    assert read_upload(b"\x00\x01\x02" * 99, "a.vtt", TODAY, "one", 9).problems == (("", "is binary, not text"),)


@pytest.mark.parametrize("name", ["字" * 150, "é" * 400, "a\0b", "\ud800 call", "..", ""])
def test_a_file_may_have_any_name(name: str) -> None:
    """Longer than a disk takes, or with what no name may hold: it is read all the same, with a title to be stored."""
    content = b"WEBVTT\n\n00:01.000 --> 00:02.000\nNine.\n"
    upload = read_upload(content, f"{name} 2026-06-11.vtt", TODAY, "one", 9)
    assert (upload.format, upload.problems) == ("WebVTT", ())
    assert upload.conversations[0].date == dt.date(2026, 6, 11)
    assert upload.conversations[0].title.encode()


RECORD = {"id": "victim-1", "show": "S", "title": "T", "date": "2026-06-01", "turns": [{"text": "Nine."}]}


@pytest.mark.parametrize("name", ["a.jsonl", "a.json"])
def test_a_record_of_an_upload_belongs_to_its_space(name: str) -> None:
    """Whatever id and space it gives itself, it can't stand in for another space's conversation."""
    content = json.dumps({**RECORD, "space": "two"}).encode()
    (found,) = read_upload(content, name, TODAY, "one", 9).conversations
    assert found.id.startswith("upload-")
    assert (found.space, found.show) == ("one", "S")


@pytest.mark.parametrize("name", ["a.jsonl", "a.json"])
def test_what_is_given_comes_before_what_a_record_says(tmp_path: Path, name: str) -> None:
    """Its id stays: whoever handed it over keeps their own ids."""
    path = _write(tmp_path, name, json.dumps(RECORD))
    (found,) = read_path(path, TODAY, Given("Open Bench", "Dams", "11 June 2026"))
    assert isinstance(found, Conversation)
    assert (found.id, found.show, found.title, found.date) == ("victim-1", "Open Bench", "Dams", dt.date(2026, 6, 11))
