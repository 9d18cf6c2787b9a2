"""Who speaks: labels by their place and shape, in any script."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from bot.domain import Conversation, Turn
from bot.ingest.files import read_path

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


def _turns(folder: Path, name: str, text: str) -> tuple[Turn, ...]:
    return _one(_write(folder, name, text)).turns


def test_a_label_is_known_by_its_place_and_shape(tmp_path: Path) -> None:
    """Not by its letters: brackets, digits, marks, pictures, addresses and device names are parts of labels."""
    labels = ["Maria (Quillon)", "iPhone von Kai 2", "Dana 🎧", "d.w@quillon.example", "Room 4.12 / Orkdal", "李明"]
    lines = [f"{n:02}:00.000 --> {n:02}:05.000\n{label}: It works.\n" for n, label in enumerate(labels * 2)]
    turns = _turns(tmp_path, "a.vtt", "\n".join(["WEBVTT\n", *lines]))
    assert [turn.speaker for turn in turns] == labels * 2
    assert {turn.text for turn in turns} == {"It works."}


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Tom O’Brien", "Tom O'Brien"),
        ("".join(chr(ord(letter) + 0xFEE0) for letter in "TomBerg"), "TomBerg"),
        ("Jose\u0301 Nun\u0303ez", "José Nuñez"),
        ("\u202bسمير مطر\u202c", "سمير مطر"),
        ("\u200fדנה ברק\u200f", "דנה ברק"),
        ("प्रिया शर्मा", "प्रिया शर्मा"),
    ],
)
def test_a_name_has_one_spelling(tmp_path: Path, written: str, name: str) -> None:
    """Curly apostrophes, full-width and combining forms and marks of direction make no other person."""
    turns = _turns(
        tmp_path, "a.txt", f"{written}: Nine.\n\nDana Whitfield: Ten.\n\n{name}: Eleven.\n\n{written}: No.\n"
    )
    assert [turn.speaker for turn in turns] == [name, "Dana Whitfield", name, name]


@pytest.mark.parametrize("colon", [":", "："])
def test_a_full_width_colon_is_a_colon(tmp_path: Path, colon: str) -> None:
    """Chinese and Japanese transcripts leave no space after it."""
    assert [
        turn.speaker for turn in _turns(tmp_path, "a.txt", f"李明{colon} 九。\n王芳{colon} 十。\n李明{colon} 好。\n")
    ] == [
        "李明",
        "王芳",
        "李明",
    ]


def test_a_label_that_nobody_recognises_is_not_the_speaker_before(tmp_path: Path) -> None:
    """What follows it is nobody's, and nothing is lost."""
    text = (
        "Dana Whitfield  0:03\nWe sold nine.\n\nTom Berg  0:10\nWhy?\n\nguest on the phone  0:12\nI bought them.\n\n"
        "Dana Whitfield  0:15\nGood.\n"
    )
    turns = _turns(tmp_path, "a.txt", text)
    assert [turn.speaker for turn in turns] == ["Dana Whitfield", "Tom Berg", None, "Dana Whitfield"]
    assert "I bought them." in turns[2].text


def test_a_label_inside_a_paragraph_begins_a_turn(tmp_path: Path) -> None:
    """Whoever joined two paragraphs did not make one speaker of two."""
    text = (
        "Mara Quist: 00:00:03\n\nNine cranes.\n\nBen Odd: 00:00:10\n\nTen, I think. Skot 9000: 00:00:11 Eleven.\n\n"
        "Mara Quist: 00:00:12\n\nNo.\n"
    )
    assert _turns(tmp_path, "a.md", text) == (
        Turn("Nine cranes.", "Mara Quist", 3.0),
        Turn("Ten, I think.", "Ben Odd", 10.0),
        Turn("Eleven.", "Skot 9000", 11.0),
        Turn("No.", "Mara Quist", 12.0),
    )


@pytest.mark.parametrize(
    "label",
    [
        "[SPEAKER_00]",
        "SPEAKER_00",
        "Speaker 1",
        "Unknown Speaker",
        "S01",
        "Sprecher 2",
        "Locuteur 1",
        "(speaker 0)",
        "iPhone",
    ],
)
def test_a_label_that_only_numbers_a_voice_names_nobody(tmp_path: Path, label: str) -> None:
    """It is no part of the words either, and the next voice is another turn."""
    cues = [
        f"0{n}:00.000 --> 0{n}:05.000\n{who}: It works.\n" for n, who in enumerate([label, "Dana Whitfield", label])
    ]
    turns = _turns(tmp_path, "a.vtt", "\n".join(["WEBVTT\n", *cues]))
    assert [(turn.speaker, turn.text) for turn in turns] == [
        (None, "It works."),
        ("Dana Whitfield", "It works."),
        (None, "It works."),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "Transcribed by https://otter.ai",
        "Transcription ended after 00:31:12",
        "This editable transcript was computer generated and might contain errors.",
        "Tom Berg stopped transcription",
        "Automatically transcribed by Sonix with the latest audio-to-text algorithms.",
        "This transcript was exported on Jun 11, 2026 - view latest version here.",
        "(Transcribed by TurboScribe.ai. Go Unlimited to remove this message.)",
        "Subtitles by the Orkdal community",
    ],
)
def test_what_a_tool_says_of_itself_is_no_speech(tmp_path: Path, line: str) -> None:
    """In text as in captions; what people say of a transcript is speech."""
    said = "Mara Quist: The transcript was wrong.\n\nBen Odd: Who transcribed it?\n\n"
    assert _turns(tmp_path, "a.txt", said + line)[-1].text == "Who transcribed it?"
    cues = f"WEBVTT\n\n00:01.000 --> 00:02.000\nWho transcribed it?\n\n00:03.000 --> 00:04.000\n{line}\n"
    assert [turn.text for turn in _turns(tmp_path, "a.vtt", cues)] == ["Who transcribed it?"]


def test_times_at_the_ends_of_sentences_are_times_of_day(tmp_path: Path) -> None:
    """An article keeps its words and has no speakers."""
    article = "The plant opened at 10:30\n\nIt rained: who knew?\n\nTarn sold 40 mills at 12:45\n\nThat was all.\n"
    found = _one(_write(tmp_path, "a.txt", article))
    assert found.speakers == ()
    assert "\n\n".join(turn.text for turn in found.turns) == article.strip()


def test_what_is_set_apart_alone_may_be_a_sound(tmp_path: Path) -> None:
    """A remark in italics is no speaker, however often it comes."""
    text = "Mara: Nine.\n\n*Laughter*\n\nBen: Ten.\n\n*Laughter*\n\nMara: No.\n"
    turns = _turns(tmp_path, "a.md", text)
    assert [turn.speaker for turn in turns] == ["Mara", "Ben", "Mara"]


def test_a_line_that_stands_like_a_name_is_nobodys_words(tmp_path: Path) -> None:
    """A heading among names that stand alone is no speaker, is not the one before, and isn't lost."""
    text = "Mara Quist\nNine.\n\nBen Odd\nTen.\n\nKey Takeaways\nAll stand.\n\nMara Quist\nNo.\n\nBen Odd\nWhy?\n"
    turns = _turns(tmp_path, "a.txt", text)
    assert [turn.speaker for turn in turns] == ["Mara Quist", "Ben Odd", None, "Mara Quist", "Ben Odd"]
    assert turns[2].text == "Key Takeaways\nAll stand."


def test_numbered_voices_may_be_written_small(tmp_path: Path) -> None:
    """Typists write what machines number, too."""
    turns = _turns(tmp_path, "a.txt", "speaker 1: Nine.\n\nspeaker 2: Ten.\n\nunknown speaker: No.\n\nspeaker 1: Oh.\n")
    assert [(turn.speaker, turn.text) for turn in turns] == [(None, words) for words in ("Nine.", "Ten.", "No.", "Oh.")]


@pytest.mark.parametrize(
    "line", ["[{t}] {topic}: what it costs", "{t} - {topic}", "{topic} ({t}) and what it costs", "({t}) {topic}"]
)
def test_a_list_of_chapters_names_nobody(tmp_path: Path, line: str) -> None:
    """Its lines have times, but each topic comes once."""
    topics = ["Chips", "Rates", "The Fed", "Orkdal", "Cranes"]
    chapters = "\n".join(line.format(t=f"{n:02}:00", topic=topic) for n, topic in enumerate(topics))
    found = _one(_write(tmp_path, "a.txt", f"{chapters}\n\nIn this episode we talk of all of these.\n"))
    assert found.speakers == ()
