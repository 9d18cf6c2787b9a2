"""Dialogs at the console on the sample conversations, through the whole bot."""

from __future__ import annotations

import datetime as dt
import json
import re
import unicodedata
from pathlib import Path

import pytest

from tests.fakes import FixedClock
from tests.journeys.conftest import Visitor, visiting

QUOTE = re.compile(r"▎ ")
NEWS = "Last week Halden opened a plant in Oslo with 700 workers."


def transcript(folder: Path, *words: str, name: str = "news") -> Path:
    """Write a conversation of today's date into a folder."""
    turns = [{"speaker": "Dana Whitfield", "t": 5.0 * n, "text": text} for n, text in enumerate(words)]
    record = {"id": name, "show": "Open Bench", "title": "The evening edition", "date": "2031-06-26", "turns": turns}
    path = folder / f"{name}.jsonl"
    path.write_text(json.dumps(record) + "\n", "utf-8")
    return path


def controls(page: str) -> set[str]:
    """Return the characters of a page that could move, colour or reorder what is on a terminal."""
    return {c for c in page if unicodedata.category(c) in {"Cc", "Cf", "Cs"} and c not in "\n\u200d"}


async def test_a_brief_opens_down_to_the_exact_words(visitor: Visitor) -> None:
    """The brief, the receipts of its first signal by number, and a topic of its own."""
    brief = await visitor.says("brief")
    assert "Thu 26 Jun 2031" in brief
    assert "Sources" not in brief
    assert "conversations" in brief
    assert "Sources" in await visitor.presses("Full brief", brief)
    receipts = await visitor.presses("Receipts", brief)
    assert re.search(r"\d+ quotes? from \d+ conversations?", receipts)
    assert QUOTE.search(receipts)
    assert "Exact words, as in the transcript" in receipts
    assert await visitor.says("brief") != ""


async def test_every_number_of_a_brief_presses_something(visitor: Visitor) -> None:
    """No button leads to a failure."""
    await visitor.says("brief")
    for number in range(1, 13):
        page = await visitor.says(str(number))
        assert page.strip()
        assert "went wrong" not in page
        assert "There is no" not in page


async def test_a_question_and_its_follow_up(visitor: Visitor) -> None:
    """An answer with numbered citations; the next question is about the same thing."""
    answer = await visitor.says("How much of the world's stacked memory did Orkdal make?")
    assert "14 percent" in answer
    assert "[1]" in answer
    assert "The Wafer Hour" in answer
    follow_up = await visitor.says("and who said that about it?")
    assert "Orkdal" in follow_up


async def test_what_nobody_said_is_not_answered(visitor: Visitor) -> None:
    """A refusal says so, what was searched, and the nearest thing that was said."""
    page = await visitor.says("Who won the football world cup of 1998?")
    assert "I found no answer in" in page
    assert "The closest match" in page
    assert re.search(r"Searched \d+ conversations", page)


async def test_a_followed_name_is_heard_of_once(visitor: Visitor, tmp_path: Path) -> None:
    """Preview, choice, a new conversation, one alert; nothing twice, also when the file is read again."""
    preview = await visitor.says("follow halden")
    assert re.search(r"\d+ claims in the last 7 days, about \d+ a day", preview)
    assert "You aren't following anyone yet" in await visitor.says("following")
    assert "You now follow Halden" in await visitor.presses("At once", preview)
    assert await visitor.waits(minutes=1) == ""

    folder = tmp_path / "shows"
    folder.mkdir()
    transcript(folder, "Welcome back.", NEWS)
    assert "1 new conversation" in await visitor.says(f"sources add {folder}")
    alert = await visitor.waits(minutes=1)
    assert alert.count("Halden opened a plant in Oslo") == 1
    assert "Dana Whitfield" in alert
    assert await visitor.waits(minutes=1) == ""

    transcript(folder, "Welcome back, everybody.", NEWS)
    await visitor.app.importer.import_changed_sources(visitor.app.space)
    assert await visitor.waits(minutes=1) == ""

    assert "Halden" in await visitor.says("following")
    assert "You no longer follow Halden" in await visitor.presses("Unfollow", alert)
    transcript(folder, "Halden sold its plant in Oslo for $90 million.", name="more")
    await visitor.app.importer.import_changed_sources(visitor.app.space)
    assert await visitor.waits(minutes=1) == ""


async def test_a_name_nobody_spoke_of_is_offered_near_names(visitor: Visitor) -> None:
    """A misspelt name leads to the right one; a new one can be followed all the same."""
    page = await visitor.says("follow Haldn")
    assert "Nobody has mentioned Haldn. Did you mean Halden Compute?" in page
    assert "Halden" in await visitor.presses("Halden", page)
    assert "You now follow Zyxwvut Qqq" in await visitor.says("follow Zyxwvut Qqq hourly")
    assert "at most once an hour" in await visitor.says("following")
    assert "new claims reach you at once" in await visitor.says("follow Halden at once")


async def test_a_subscription_brings_one_brief_a_day(sampled: Path, clock: FixedClock) -> None:
    """Preview with the next run, confirm by number, and the brief comes once, also over a restart."""
    async with visiting(sampled, clock) as visitor:
        preview = await visitor.says("subscribe at 8am in Berlin on weekdays")
        assert "The first arrives Fri 27 Jun, 08:00 Europe/Berlin" in preview
        assert "No subscriptions yet" in await visitor.says("subscriptions")
        assert "next arrives Fri 27 Jun, 08:00" in await visitor.presses("Subscribe", preview)
        assert "on weekdays at 08:00" in await visitor.says("subscriptions")
        assert await visitor.waits(hours=17) == ""
        brief = await visitor.waits(hours=1, minutes=5)
        assert brief.count("Fri 27 Jun 2031") == 1
        assert await visitor.waits(minutes=5) == ""
    async with visiting(sampled, clock) as visitor:
        assert await visitor.waits(minutes=5) == ""
        assert "next Mon 30 Jun, 08:00" in await visitor.says("subscriptions")
        late = await visitor.waits(days=3, hours=2)
        assert "Mon 30 Jun 2031" in late
        assert "late" in late.casefold()
        assert "Ended 1 subscription" in await visitor.says("unsubscribe")
        assert await visitor.waits(days=1) == ""


async def test_a_subscription_can_be_filled_in(visitor: Visitor) -> None:
    """Without words there is a form; its fields are read like free text, and the last one subscribes."""
    page = await visitor.says("subscribe", "chips", "9pm", "Tokyo", "mon, thu")
    assert "Subscribed. The chips brief" in page
    assert "on Mon and Thu at 21:00 Asia/Tokyo" in await visitor.says("subscriptions")


async def test_an_edition_that_went_out_stands(sampled: Path, clock: FixedClock, tmp_path: Path) -> None:
    """What is read afterwards does not change the brief of that day; what it told is not news again."""
    async with visiting(sampled, clock) as visitor:
        await visitor.presses("Subscribe", await visitor.says("subscribe at 12:30"))
        sent = await visitor.waits(minutes=31)
        await visitor.says(f"sources add {transcript(tmp_path, NEWS, 'Quillon closed 12 plants in Oslo.')}")
        again = await visitor.says("brief")
        assert re.sub(r"\d+\)", "", again).split() == re.sub(r"\d+\)", "", sent).split()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("entity Halden", r"claims in total(.|\n)*Who talks about it: (.|\n)*Farid Mansour"),
        ("claims stacked memory by Tomas Brandt", r"Claims · \d+ claims?(.|\n)*Tomas Brandt"),
        ("claims about Halden since yesterday", r"about Halden since 2031-06-25"),
        ("claims by Nobody Atall", r"No claims found"),
        ("claims", r"the latest claims"),
        ("sources", r"9 shows, 25 conversations(.|\n)*The Wafer Hour"),
        ("sources add /no/such/folder", r"There is no file or folder `?/no/such/folder"),
        ("sources remove /no/such/folder", r"There is no file or folder|was not among"),
        ("help", r"ask <question>(.|\n)*subscribe \[topic\]"),
        ("help ask", r"ask <question>(.|\n)*What you want to know"),
        ("help nonsense", r"There is no `?nonsense"),
        ("/", r"What you can do"),
        ("/subscrib", r"There is no `?subscrib`? here. Did you mean `?subscribe"),
        ("status", r"25 +\d+ +\d+ +9"),
        ("subscribe ai at 25:00", r"I don't understand `?(?:at )?25:00`? as a time; try"),
        ("brief 2031-02-30", r"no 2031-02-30 in the calendar"),
        ("brief 1999-01-01", r"Fri 1 Jan 1999 · No new sourced claims"),
        ("/helpful +/ask Who?", r"Thank you, noted"),
        ("/receipts nonsense", r"from an old message"),
        ("/receipts 2031-06-26/nothing/", r"The receipts are gone"),
        ("/confirm nonsense", r"I can't read that subscription"),
        ("/confirm 08:00 Mars/Base 01 x", r"I can't read that subscription"),
        ("/confirm 08:00 UTC 9 x", r"I can't read that subscription"),
        ("99", r"There is no option 99"),
        ("unfollow Halden", r"You were not following Halden"),
        ("unsubscribe", r"had no such subscription"),
        ("entity", r"`?entity`? needs a company, person, product or topic"),
    ],
)
async def test_what_people_look_up(visitor: Visitor, line: str, expected: str) -> None:
    """Each line is answered with what it asks for, or with what to write instead."""
    page = await visitor.says(line)
    assert re.search(expected, page), page


async def test_a_source_is_read_again_until_it_is_removed(visitor: Visitor, tmp_path: Path) -> None:
    """Added it is read at once; a new file in it is found later; removed, what was read stays."""
    folder = tmp_path / "my shows"
    folder.mkdir()
    transcript(folder, NEWS)
    assert "1 new conversation" in await visitor.says(f"sources add {folder}")
    transcript(folder, "Quillon paid 12 dollars.", name="second")
    await visitor.app.importer.import_changed_sources(visitor.app.space)
    assert "10 shows, 27 conversations" in await visitor.says("sources")
    assert "is no longer read" in await visitor.says(f"sources remove {folder}")
    transcript(folder, "Quillon paid 13 dollars.", name="third")
    await visitor.app.importer.import_changed_sources(visitor.app.space)
    assert "27 conversations" in await visitor.says("sources")


async def test_a_source_that_went_away_can_be_removed(visitor: Visitor, tmp_path: Path) -> None:
    """Its file is gone, and so it need not be there to be let go."""
    path = transcript(tmp_path, NEWS)
    await visitor.says(f"sources add {path}")
    path.unlink()
    await visitor.app.importer.import_changed_sources(visitor.app.space)
    assert "is no longer read" in await visitor.says(f"sources remove {path}")


async def test_a_person_can_read_and_erase_what_is_kept_of_them(visitor: Visitor) -> None:
    """Nothing at first; then each row; then, after a question, nothing again."""
    assert "Nothing is kept about you" in await visitor.says("privacy export")
    await visitor.says("follow Halden instant", "Who runs Halden?")
    kept = await visitor.says("privacy")
    assert "1 followed name" in kept
    assert "1 remembered subject" in kept
    preview = await visitor.says("privacy forget")
    assert "Erase the 2 records kept about you?" in preview
    assert "Halden" in await visitor.says("following")
    assert "Erased 2 records" in await visitor.presses("Erase all of it", preview)
    assert "Nothing is kept about you" in await visitor.says("privacy export")
    assert "You aren't following anyone yet" in await visitor.says("following")


async def test_outside_text_never_controls_the_terminal(visitor: Visitor, tmp_path: Path) -> None:
    """Escapes, markup, bidirectional tricks and links in a transcript are drawn as text, or not at all."""
    evil = "Halden \x1b[31mcut\x1b]0;owned\x07 [bold]400[/bold] **jobs** in \u202eolsO\u202c, @everyone <b>said</b>."
    name = "Eve \x1b[2J\u2066[link=https://evil.test]Mallory[/link]"
    turns = [{"speaker": name, "t": 0, "text": evil}, {"speaker": name, "t": 9, "text": f"Quillon paid $5. {evil}"}]
    record = {"id": "evil\x1b[A", "show": "Bad\x1b[1mShow", "title": "T\x07", "date": "2031-06-26", "turns": turns}
    path = tmp_path / "evil\u202e.jsonl"
    path.write_text(json.dumps(record), "utf-8")
    pages = [await visitor.says("follow Halden instant"), await visitor.says(f"sources add {path}")]
    pages.append(await visitor.waits(minutes=1))
    asked = ("brief", "sources", "entity Halden", "claims about Halden", "How many jobs did Halden cut?")
    pages += [await visitor.says(line) for line in asked]
    pages.append(await visitor.says("ask \x1b[31m\u202e**x** [red]y[/red]", "/\x1b[2J", "entity \x1b]8;;x\x07[b]z[/b]"))
    assert "400" in "".join(pages)
    assert controls("".join(pages)) == set()


async def test_before_anything_is_read_every_verb_says_so_or_works(tmp_path: Path, clock: FixedClock) -> None:
    """An empty library is no failure."""
    async with visiting(tmp_path / "empty.db", clock) as visitor:
        lines = ["brief", "who?", "entity x", "claims x", "follow x", "sources", "status", "subscriptions", "following"]
        for line in lines:
            page = await visitor.says(line)
            assert page.strip()
            assert "went wrong" not in page
        assert "Nothing has been read yet" in await visitor.says("who leads Halden?")


async def test_days_pass_and_the_brief_says_what_it_is(visitor: Visitor) -> None:
    """A month later there is nothing to tell, in one line."""
    visitor.clock.moment += dt.timedelta(days=31)
    page = await visitor.says("brief")
    assert "No new sourced claims" in page
    assert len(page) < 300
