"""Sources on the web from the command line: added, read at once, and handed on."""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from bot.__main__ import app
from bot.chat.request import Progress
from bot.cli.failures import exit_code_of
from bot.cli.session import app_session
from bot.cli.verbs import run_verb
from bot.domain.feed import Feed
from bot.errors import FeedError, UserError
from bot.ingest.feeds.discovery import read_opml, write_opml
from tests.conftest import NOON
from tests.servers.web.pages import Page
from tests.servers.web.server import FakeWeb
from tests.shows import LOOPBACK, Show

Run: TypeAlias = Callable[..., Awaitable[str]]
SAID = ("Dana Whitfield", "Halden Compute opened a plant in Oslo with 700 workers last year.")


@pytest.fixture
async def show() -> AsyncIterator[Show]:
    """Return a show whose name means something to a machine."""
    async with FakeWeb() as web:
        one = Show(web, 'Harbour <Talk> & "Friends"')
        one.publish("The plant in Oslo", dt.datetime.now(dt.UTC) - dt.timedelta(days=7), SAID)
        yield one


@pytest.fixture
def overheard(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs a command on a database, in this process, and returns what it printed."""
    monkeypatch.setenv("OVERHEARD_FETCH_PRIVATE", LOOPBACK)
    monkeypatch.setenv("OVERHEARD_WORKERS", "0")

    async def run(database: Path, *words: str) -> str:
        monkeypatch.setenv("OVERHEARD_DATABASE", str(database))
        capfd.readouterr()
        code = await asyncio.to_thread(exit_code_of, lambda: app(words, standalone_mode=False))
        printed = capfd.readouterr()
        assert code == 0, printed.err
        return printed.out

    return run


async def test_what_is_added_is_read_at_once(overheard: Run, tmp_path: Path, show: Show) -> None:
    """So that it can be asked, also where no bot runs; and its list is one that can be added elsewhere."""
    here, there = tmp_path / "here.db", tmp_path / "there.db"
    added = await overheard(here, "sources", "add", show.site)
    assert "Added 1 source" in added
    assert "Read 1 item" in added
    assert "700 workers" in await overheard(here, "ask", "How many workers has the plant in Oslo?")
    assert "fine" in await overheard(here, "sources", "health")
    assert "The AI Daily Brief" in await overheard(here, "sources", "catalogue", "ai")
    listed = await overheard(here, "sources", "export")
    show.web.at("/list.opml", Page(listed.encode()))
    again = await overheard(there, "sources", "add", show.web.url("/list.opml"), "--json")
    message, read = map(json.loads, again.splitlines())
    assert "Added 1 source" in message["summary"]
    assert read == {"read": 1, "left": 0, "unchecked": 0}


@pytest.mark.long
async def test_a_whole_catalogue_does_not_hold_the_command(
    overheard: Run, tmp_path: Path, show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What there is no time for is noted, said, and read later; all of it, once."""
    for n in range(20):
        show.publish(f"The plant in Oslo, part {n}", dt.datetime.now(dt.UTC) - dt.timedelta(days=30 + n), SAID)
    monkeypatch.setattr("bot.cli.verbs.READ_SECONDS", 0.0)
    added = await overheard(tmp_path / "a.db", "sources", "add", show.site)
    assert "Read 0 items" in added
    assert "21 older items left" in added
    async with app_session() as opened:
        assert await opened.store.items.count_due(opened.clock.now()) == 21
        assert await opened.feeds.process_pending() == 21
        assert await opened.store.items.count_due(opened.clock.now()) == 0


async def test_a_list_that_somebody_sends_is_read_from_its_bytes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, show: Show
) -> None:
    """Each line has a result, as progress and in the end; what is no list says so."""
    monkeypatch.setenv("OVERHEARD_DATABASE", str(tmp_path / "a.db"))
    monkeypatch.setenv("OVERHEARD_FETCH_PRIVATE", LOOPBACK)
    sent = f"Harbour {show.url}\n{show.web.url('/nothing')}\n".encode()
    seen: list[Progress] = []
    async with app_session() as opened:
        found = await opened.feeds.discover_list(sent, seen.append)
        with pytest.raises(FeedError, match="no web addresses"):
            await opened.feeds.discover_list(b"Nine cranes.")
    assert [bool(preview.reason) for preview in found] == [False, True]
    assert [(progress.done, progress.total) for progress in seen] == [(1, 2), (2, 2)]


async def test_a_file_that_somebody_sends_is_read_for_their_space(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """They hear what it was taken for; nobody else can read it, and sending it again changes nothing."""
    monkeypatch.setenv("OVERHEARD_DATABASE", str(tmp_path / "a.db"))
    monkeypatch.setenv("OVERHEARD_WORKERS", "0")
    sent = b"Dana Whitfield  0:03\nHalden Compute opened a plant in Oslo.\n\nTom Berg  0:10\nWhen?\n"
    seen: list[Progress] = []
    async with app_session() as opened:
        first = await opened.feeds.import_upload(sent, "call 2026-06-11.txt", "slack:one", "U1", seen.append)
        again = await opened.feeds.import_upload(sent, "call 2026-06-11.txt", "slack:one", "U1")
        broken = await opened.feeds.import_upload(b"\x00\x01\x02" * 99, "a.vtt", "slack:one", "U1")
        found = [
            await opened.store.library.conversation(first.saved.origins[0].conversation, space=space)
            for space in ("slack:one", "slack:two")
        ]
    assert [(origin.show, origin.title, origin.date) for origin in first.saved.origins] == [
        ("Uploads", "Call", dt.date(2026, 6, 11))
    ]
    assert first.format.startswith("plain text")
    assert (first.is_new, again.is_new, again.saved, len(seen)) == (True, False, first.saved, 1)
    assert broken.problems == ("is binary, not text",)
    assert [talk and talk.speakers for talk in found] == [("Dana Whitfield", "Tom Berg"), None]


def test_a_list_comes_back_as_it_was() -> None:
    """Whatever the titles are, each line is there, and its address is the same."""
    titles = ("", "<b>&amp;</b>", '"]]><!--', "\x00\x1b[1m\ud800", "🎙 наш \u202e подкаст")
    urls = [f"https://show{n}.example/feed?a=1&b=%3C{n}" for n in range(len(titles))]
    feeds = [
        Feed(str(n), "console:local", "you", url, NOON, NOON, title=title)
        for n, (url, title) in enumerate(zip(urls, titles, strict=True))
    ]
    assert [line.url for line in read_opml(write_opml(feeds).encode())] == urls


async def test_a_long_list_is_noted_at_once_and_checked_behind(
    overheard: Run, tmp_path: Path, show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command that is cut off has lost no line, and the same again asks nobody twice, or more often than may be."""
    other = Show(show.web, "Quay", "/quay")
    other.publish("The plant in Bergen", dt.datetime.now(dt.UTC) - dt.timedelta(days=7))
    places = (show.url, other.url, show.web.url("/nothing"))
    outlines = "".join(f'<outline type="rss" xmlUrl="{place}"/>' for place in places)
    (tmp_path / "shows.opml").write_text(f'<opml version="2.0"><body>{outlines}</body></opml>')
    database, command = tmp_path / "a.db", ("sources", "add", str(tmp_path / "shows.opml"))
    monkeypatch.setattr("bot.ingest.feeds.discovery.MAX_LOOKED_AT", 2)
    monkeypatch.setattr("bot.ingest.feeds.fetcher.PAUSE_SECONDS", 1.0)
    monkeypatch.setattr("bot.cli.verbs.CHECK_SECONDS", 0.0)
    first = " ".join((await overheard(database, *command)).split())
    assert "Noted 3 sources" in first
    assert "3 sources are still to be checked" in first
    assert show.web.asked == []
    assert "3 not checked yet" in await overheard(database, "sources", "health")
    monkeypatch.setattr("bot.cli.verbs.CHECK_SECONDS", 60.0)
    again = " ".join((await overheard(database, *command)).split())
    assert "3 lines are here already" in again
    assert "still to be checked" not in again
    assert "3 lines are here already" in " ".join((await overheard(database, *command)).split())
    asked = [request for request in show.web.asked if show.web.url(request.path) in places]
    assert sorted(show.web.url(request.path) for request in asked) == sorted(places)
    assert all(after.at - before.at > 0.9 for before, after in itertools.pairwise(asked))
    health = " ".join((await overheard(database, "sources", "health")).split())
    assert "3 sources, 1 with problems" in health
    assert "there is nothing at that address (it answers with 404); paused" in health


async def test_a_file_is_noted_by_its_name(overheard: Run, tmp_path: Path) -> None:
    """As a file that is sent in a chat: its words are read, not its name; what names no file stays text."""
    here, talk = tmp_path / "here.db", tmp_path / "Harbour Talk 2026-06-11.txt"
    talk.write_text("\n".join(f"{speaker}: {words}" for speaker, words in [SAID, ("Gil Navarro", "Who paid?")] * 3))
    assert "read as" in await overheard(here, "note", str(talk))
    assert "Saved Halden" in await overheard(here, "note", SAID[1])
    assert "700 workers" in await overheard(here, "ask", "How many workers has the plant in Oslo?")


async def test_a_path_without_a_file_is_no_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong path is said to be one, a folder too; an address is still an address."""
    monkeypatch.setenv("OVERHEARD_DATABASE", str(tmp_path / "here.db"))
    for wrong in (tmp_path / "absent.txt", tmp_path):
        with pytest.raises(UserError, match="There is no file"):
            await run_verb("note", str(wrong), yes=False, as_json=False)
    with pytest.raises(UserError, match="was not saved"):
        await run_verb("note", "https://absent.example/talk.txt", yes=False, as_json=False)
