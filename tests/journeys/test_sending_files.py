"""Dialogs about files that people send, through the whole bot."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import sqlite3
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.chat.message import Message
from bot.chat.request import Attachment, Progress, Reply, Request
from bot.claims.extractor import extract_claims
from bot.domain import Analysis, Conversation, Entity, TurnSpan
from bot.domain.address import Address
from bot.errors import FeedError, FeedHealth
from bot.ingest.feeds.discovery import MAX_LOOKED_AT
from tests.fakes import FixedClock
from tests.journeys.conftest import Visitor, visiting
from tests.pages import quotes
from tests.pages import words as read
from tests.servers.web.server import FakeWeb
from tests.shows import LOOPBACK, Show

CALL = (
    b"WEBVTT\n\n00:01.000 --> 00:04.000\n<v Mara Lindqvist>Zanthor cut 400 jobs in Oslo on Monday.\n\n"
    b"00:05.000 --> 00:07.000\n<v Tom Berg>Zanthor said its revenue fell 9 percent to $2 billion in the spring.\n"
)
QUESTION = "How many jobs did Zanthor cut in Oslo?"


@dataclass
class Team:
    """People of a workspace who send files, and what the bot answers each of them."""

    visitor: Visitor
    states: list[Reply] = field(default_factory=list)

    async def says(
        self,
        verb: str,
        text: str = "",
        sent: Mapping[str, bytes] | None = None,
        user: str = "U1",
        space: str = "T1",
        *,
        manages: bool = False,
        outside: bool = False,
    ) -> str:
        """Ask for a verb, with files, and return the answer in words."""
        asked = Request(
            verb,
            {"": text},
            user,
            Address("slack", space, "C1"),
            self.visitor.clock.now(),
            may_manage=manages,
            has_outsiders=outside,
            attachments=tuple(_attachment(name, content) for name, content in (sent or {}).items()),
        )
        self.states = [reply async for reply in self.visitor.app.dispatcher(asked)]
        content = self.states[-1].content
        assert isinstance(content, Message)
        told = [read(content), *(quote.words for quote in quotes(content)), *(one.label for one in content.buttons)]
        return " ".join(" ".join(told).split())

    def forgets(self, which: int = 0) -> str:
        """Return what a Forget button of the last answer carries."""
        content = self.states[-1].content
        assert isinstance(content, Message)
        return [button.action.arg for button in content.buttons if button.action.verb == "unnote"][which]


def _attachment(name: str, content: bytes) -> Attachment:
    async def give(most: int) -> bytes:
        return content[:most]

    return Attachment(name, len(content), give)


def records(many: int) -> bytes:
    """Return a file of so many conversations."""
    turns = [{"speaker": "Mara Lindqvist", "text": "Zanthor cut 400 jobs in Oslo on Monday."}]
    facts = {"show": "Harbour Talk", "date": "2031-06-11", "turns": turns}
    return "\n".join(json.dumps({"id": str(n), "title": f"Part {n}", **facts}) for n in range(many)).encode()


async def kept(team: Team, space: str = "slack:T1") -> list[str]:
    """Return the conversations that only one space may read."""
    with closing(sqlite3.connect(team.visitor.app.settings.database)) as database:
        rows = database.execute("SELECT key FROM conversations WHERE space = ? ORDER BY id", [space])
        return [key for (key,) in rows]


@pytest.fixture
async def team(sampled: Path, clock: FixedClock) -> AsyncIterator[Team]:
    """Return a team whose bot may read what this machine serves."""
    async with visiting(sampled, clock, fetch_private=LOOPBACK) as somebody:
        yield Team(somebody)


async def test_a_transcript_is_read_for_its_workspace_alone(team: Team) -> None:
    """What it was taken for is said; it is found there, nowhere else, and told as said by who said it."""
    said = await team.says("files", "", {"Weekly call 2031-06-11.vtt": CALL})
    assert "read as WebVTT: Uploads: Weekly call, 11 Jun 2031; 2 claims" in said
    assert "Only people in this workspace can find what was read, for 90 days." in said
    assert team.states[-1].private
    assert any("Reading Weekly call" in read(state.content) for state in team.states[:-1])
    answer = await team.says("ask", QUESTION, user="U2")
    assert "400 jobs" in answer
    assert "Mara Lindqvist" in answer
    assert "400 jobs" not in await team.says("ask", QUESTION, space="T2")
    assert "400 jobs" not in await team.says("ask", QUESTION, outside=True)
    assert "People outside your workspace can read" in await team.says("files", "", {"a.vtt": CALL}, outside=True)


async def test_a_file_is_forgotten_like_any_note(team: Team) -> None:
    """By who sent it or who manages, with all that is kept of them, and in time."""
    await team.says("files", "", {"a.vtt": CALL})
    key = team.forgets()
    assert "a.vtt already read as WebVTT: Uploads: A, undated" in await team.says("files", "", {"a.vtt": CALL})
    assert "read as WebVTT: Uploads: A, 11 Jun 2031" in await team.says("files", "", {"2031-06-11 a.vtt": CALL})
    assert team.forgets() == key
    assert "Only whoever saved it" in await team.says("unnote", key, user="U2")
    assert "already forgotten" in await team.says("unnote", key, space="T2", manages=True)
    assert "Forgotten, along with everything" in await team.says("unnote", key)
    assert "400 jobs" not in await team.says("ask", QUESTION)
    await team.says("files", "", {"a.vtt": CALL})
    assert "title: A" in await team.says("privacy", "export")
    await team.says("privacy", "forget yes")
    assert "400 jobs" not in await team.says("ask", QUESTION)


async def test_what_somebody_sent_is_changed_by_nobody_else(team: Team) -> None:
    """Not its name, its date or what it was taken for; they hear that it is read, and can't have it forgotten."""
    await team.says("files", "", {"a.md": records(3)})
    key = team.forgets()
    for name in ("Other 2031-06-11.md", "a.jsonl"):
        said = await team.says("files", "", {name: records(3)}, "U2")
        assert f"{name} already read: Uploads: A, undated" in said
        assert "Forget it" not in said
        assert "90 days" not in said
        assert "dates it" not in said
    assert await kept(team) == [key]
    assert "Only whoever saved it" in await team.says("unnote", key, user="U2")
    assert "Forgotten" in await team.says("unnote", key, user="U2", manages=True)


async def test_one_file_under_two_names_is_read_once(team: Team) -> None:
    """What comes second in a message edits nothing."""
    said = await team.says("files", "", {"a.vtt": CALL, "b.vtt": CALL})
    assert "a.vtt read as WebVTT: Uploads: A, undated" in said
    assert "b.vtt already read: it is the same as a.vtt" in said
    assert "read as WebVTT" in await team.says("files", "", {"a.json": CALL + b" ", "a.vtt": CALL + b" "})


async def test_what_could_not_be_read_is_not_said_to_be_kept(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what is there is counted, and belongs to whoever sent it, whichever part is missing."""

    def broken(talk: Conversation, *said: frozenset[TurnSpan], **known: Sequence[Entity]) -> Analysis:
        if talk.title in {"Part 0", "A"}:
            raise ValueError
        return extract_claims(talk, *said, **known)

    monkeypatch.setattr("bot.claims.extractor.extract_claims", broken)
    single = await team.says("files", "", {"a.vtt": CALL})
    assert "a.vtt not read: its claims could not be read" in single
    assert "Forget it" not in single
    assert "2 conversations; 2 claims; 1 not read" in await team.says("files", "", {"a.jsonl": records(3)})
    key = team.forgets()
    for forgets in (key, key.partition(".")[0]):
        assert "Only whoever saved it" in await team.says("unnote", forgets, user="U2")
    assert len(await kept(team)) == 2
    assert "Forgotten" in await team.says("unnote", key)
    assert await kept(team) == []


async def test_what_is_forgotten_while_it_is_read_stays_forgotten(team: Team) -> None:
    """Neither its words nor a note of them come back."""
    app, forgetting = team.visitor.app, set[asyncio.Task[int]]()

    def forget(progress: Progress) -> None:
        if progress.done == 1:
            forgetting.add(asyncio.create_task(app.store.privacy.erase_user("slack:T1", "U1")))

    with pytest.raises(FeedError, match="forgotten while it was read"):
        await app.feeds.import_upload(records(250), "a.jsonl", "slack:T1", "U1", forget)
    assert [task.result() > 0 for task in forgetting] == [True]
    assert await kept(team) == []
    assert (await app.store.privacy.export("slack:T1", "U1"))["notes"] == []


async def test_a_file_of_thousands_is_read_in_part_and_nobody_waits_for_it(team: Team) -> None:
    """What others note is read in between; its line says how many are left."""
    note = "Halden Compute raised its prices by 12 percent after the fire."
    sent, begun, seen = records(1_003), asyncio.Event(), list[Progress]()

    def see(progress: Progress) -> None:
        seen.append(progress)
        begun.set()

    reading = asyncio.create_task(team.visitor.app.feeds.import_upload(sent, "a.jsonl", "slack:T1", "U1", see))
    await begun.wait()
    assert "Saved Halden Compute" in await team.says("note", note, space="T2")
    assert not reading.done()
    assert (await reading).saved.claim_count == 1_000
    assert [progress.done for progress in seen] == list(range(1, 1_001))
    assert {progress.total for progress in seen} == {1_000}
    said = await team.says("files", "", {"a.jsonl": sent})
    assert "1,000 conversations; 3 more conversations not read: at most 1,000 of a file are" in said
    assert len(await kept(team)) == 1_000
    assert "Forgotten" in await team.says("unnote", team.forgets())
    assert await kept(team) == []


async def test_a_file_that_is_sent_again_is_kept_as_long_as_a_new_one(team: Team) -> None:
    """By whoever sent it, as its line says; what others send changes nothing, and nothing else is said to them."""
    note = "Halden Compute raised its prices by 12 percent after the fire."
    await team.says("files", "", {"a.vtt": CALL})
    await team.says("note", note)
    team.visitor.clock.advance(days=50)
    assert "for 90 days" in await team.says("files", "", {"a.vtt": CALL})
    assert "for 90 days" in await team.says("note", note)
    team.visitor.clock.advance(days=50)
    assert "for 90 days" not in await team.says("files", "", {"a.vtt": CALL}, "U2")
    assert "for 90 days" not in await team.says("note", note, user="U2")
    now, days = team.visitor.clock.now(), dt.timedelta(days=90)
    assert await team.visitor.app.store.notes.prune(now - days) == 0
    assert await team.visitor.app.store.notes.prune(now - days + dt.timedelta(days=50)) == 2


async def test_two_files_of_one_name_are_two(team: Team) -> None:
    """Tools call every recording the same."""
    await team.says("files", "", {"transcript.vtt": CALL})
    await team.says("files", "", {"transcript.vtt": CALL.replace(b"400", b"70").replace(b"Zanthor", b"Halden Compute")})
    assert "400 jobs" in await team.says("ask", QUESTION)


async def test_every_file_has_its_line(team: Team) -> None:
    """One that fails says why, and costs none of the others; more than ten are counted."""
    sent = {
        "a.vtt": CALL,
        "talk.mp4": b"",
        "huge.txt": b"x" * 15_000_001,
        "noise.txt": b"\x00\x01\x02" * 99,
        "empty.txt": b"",
    }
    said = await team.says("files", "", sent)
    assert "a.vtt read as WebVTT: Uploads: A, undated; 2 claims" in said
    assert "talk.mp4 not read: .mp4 files are not read; vtt, srt" in said
    assert "huge.txt not read: it has more than 15 MB, and no more are read" in said
    assert "noise.txt not read: is binary, not text" in said
    assert "empty.txt not read: is empty" in said
    assert "never news; a date in the file's name" in said
    many = await team.says("files", "", {f"{n}.vtt": CALL for n in range(12)})
    assert "2 more files not read: at most 10 are read at once" in many


async def test_a_file_of_several_conversations_is_one_note(team: Team) -> None:
    """They are counted, and forgotten together."""
    assert "read as JSON Lines: 2 conversations; 2 claims" in await team.says("files", "", {"a.jsonl": records(2)})
    assert "Forgotten" in await team.says("unnote", team.forgets())
    assert "400 jobs" not in await team.says("ask", QUESTION)


async def test_a_list_becomes_sources(team: Team) -> None:
    """For those who manage them; each line that is no feed says so, with progress on the way."""
    async with FakeWeb() as web:
        show = Show(web)
        show.publish("The plant in Oslo", team.visitor.clock.now())
        opml = f'<opml version="2.0"><body><outline type="rss" text="Harbour" xmlUrl="{show.url}"/></body></opml>'
        refused = await team.says("files", "", {"shows.opml": opml.encode()})
        assert "shows.opml not read: Only people who manage this workspace can change its sources" in refused
        links = f"Harbour {show.url}\n{web.url('/nothing')}\n".encode()
        said = await team.says("files", "", {"shows.opml": opml.encode(), "links.txt": links}, manages=True)
    assert "shows.opml a list: 1 source added" in said
    assert "links.txt a list: 1 source added, 1 not (" in said
    assert any("1 of 2" in read(state.content) for state in team.states[:-1])
    (feed,) = await team.visitor.app.store.feeds.feeds("slack:T1")
    assert (feed.url, feed.space) == (show.url, "slack:T1")


async def test_a_long_list_is_noted_and_nobody_waits(team: Team) -> None:
    """Nothing is asked for while somebody waits; sending it again adds nothing."""
    links = "".join(f"Show {n} https://show{n}.example/feed\n" for n in range(MAX_LOOKED_AT + 1)).encode()
    first = await team.says("files", "", {"links.txt": links}, manages=True)
    assert "links.txt a list: 51 sources noted, to be checked one after another" in first
    assert "links.txt a list: 51 lines are here already" in await team.says(
        "files", "", {"links.txt": links}, manages=True
    )
    feeds = await team.visitor.app.store.feeds.feeds("slack:T1")
    assert {(feed.health, feed.space, feed.polled_at) for feed in feeds} == {(FeedHealth.LISTED, "slack:T1", None)}


async def test_a_password_in_a_list_is_never_noted(team: Team) -> None:
    """In a long list as in a short one: the line is refused, and `sources health` has nothing to show."""
    locked = "".join(f"https://u:secret@show{n}.example/feed\n" for n in range(MAX_LOOKED_AT + 1)).encode()
    said = await team.says("files", "", {"links.txt": locked}, manages=True)
    assert "a list: 0 sources added, 51 not (show0.example: an address must not hold a user or password" in said
    assert "secret" not in said
    assert await team.visitor.app.store.feeds.feeds("slack:T1") == []


async def test_what_is_called_a_list_and_is_none(team: Team, tmp_path: Path) -> None:
    """It says so, and so does one that names nothing; a folder may be called like a list."""
    sent = {"a.opml": b"", "b.opml": b"hello there", "c.opml": b"<opml><body/></opml>", "d.opml.gz": b"\x1f\x8b"}
    said = await team.says("files", "", sent, manages=True)
    for line in (
        "a.opml not read: it is not a list of feeds (OPML)",
        "b.opml not read: it is not a list of feeds (OPML)",
        "c.opml not read: it names no feeds",
        "d.opml.gz not read: lists of feeds are read as they are, not as .gz",
    ):
        assert line in said
    (tmp_path / "shows.opml").mkdir()
    (tmp_path / "shows.opml" / "a.vtt").write_bytes(CALL)
    assert "1 new conversation" in await team.visitor.says(f"sources add {tmp_path / 'shows.opml'}")


async def test_a_sentence_with_a_link_is_no_list(team: Team) -> None:
    """It is read like any text, by anybody; what is a remark in a list adds nothing."""
    said = await team.says("files", "", {"one.txt": b"Zanthor cut 400 jobs in Oslo: https://example.com/article"})
    assert "one.txt read as plain text" in said
    async with FakeWeb() as web:
        show = Show(web)
        show.publish("The plant in Oslo", team.visitor.clock.now())
        links = f"# was {show.url}\n{web.url('/nothing')}\n".encode()
        assert "0 sources added, 1 not" in await team.says("files", "", {"links.txt": links}, manages=True)


async def test_what_stands_beside_a_file_is_no_note(team: Team) -> None:
    """Unless it is one by its command; a question can be asked at once."""
    said = await team.says("files", "Here is the call. Who cut jobs?", {"a.vtt": CALL})
    assert "Ask that now" in said
    both = await team.says("note", "Halden Compute raised its prices by 12 percent after the fire.", {"a.vtt": CALL})
    assert "Saved Halden Compute raised" in both
    assert "already read as WebVTT" in both


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("See this", "There is almost nothing to read in that"),
        ("x" * 13_000, "That is 13,000 characters"),
        ("http://127.0.0.1:9/", "http://127.0.0.1:9/ was not saved"),
    ],
)
async def test_words_that_are_no_note_cost_no_file(team: Team, text: str, reason: str) -> None:
    """Why they were not saved stands above what was read."""
    said = await team.says("note", text, {"a.vtt": CALL})
    assert said.startswith(reason)
    assert "a.vtt read as WebVTT: Uploads: A, undated; 2 claims" in said


async def test_a_file_at_the_terminal(team: Team, tmp_path: Path) -> None:
    """The form takes a path; one that leads nowhere says so."""
    (tmp_path / "call 2031-06-11.vtt").write_bytes(CALL)
    assert "read as WebVTT: Uploads: Call, 11 Jun 2031" in await team.visitor.says(
        "note", "", str(tmp_path / "call 2031-06-11.vtt")
    )
    assert "nowhere.vtt not read: it cannot be opened" in await team.visitor.says(
        "note", "", str(tmp_path / "nowhere.vtt")
    )
