"""The command line: what it prints, how it fails, and what programs may rely on."""

from __future__ import annotations

import asyncio
import datetime as dt
import io
import json
import os
import re
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from bot.__main__ import app
from bot.cli.failures import exit_code_of
from bot.domain import Conversation
from bot.domain.address import Address
from bot.domain.delivery import Delivery, DeliveryState
from bot.domain.subscription import Subscription
from bot.ingest.files import read_path
from bot.store.store import open_store
from handlers import router
from tests.conftest import NOON

ROOT = Path(__file__).parents[2]
SEARCH_KEYS = {"conversation", "show", "title", "date", "speaker", "t", "text", "score"}
CITATION_KEYS = {"conversation", "show", "date", "speaker", "t", "quote"}
CLAIM_KEYS = {"text", "quote", "turn", "start", "end", "speaker", "claimant", "modality", "figures", "entities"}
CLAIM_KEYS |= {"importance", "needs_context", "about", "lead_in", "happened"}
QUESTIONS: list[dict[str, object]] = [
    {"id": "q1", "question": "How much of the world's stacked memory did Orkdal make?"},
    {"id": 2, "question": "Who won the football world cup of 1998?", "since": "2031-06-20", "until": "2031-06-26"},
    {"id": "q3", "question": "C++ \"quotes\" 'and' NEAR( emoji 🦊 AND OR NOT *"},
]
OWN = {"ask", "brief", "entity", "help"}
"""Verbs that have a command of another shape."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        """What it printed, as JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]


Run: TypeAlias = Callable[..., Ended]


@pytest.fixture
def overheard(sampled: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs a command on the sample database, in this process."""
    monkeypatch.setenv("OVERHEARD_DATABASE", str(sampled))
    monkeypatch.setenv("OVERHEARD_WORKERS", "0")
    monkeypatch.setenv("OVERHEARD_TIMEZONE", "UTC")

    def run(*args: str) -> Ended:
        capfd.readouterr()
        code = exit_code_of(lambda: app(list(args), standalone_mode=False))
        out, err = capfd.readouterr()
        return Ended(code, out, err)

    return run


async def process(*args: str, database: Path, stdin: str = "", code: Sequence[str] = ("-m", "bot")) -> Ended:
    """Run the bot as a process of its own."""
    environment = {**os.environ, "OVERHEARD_DATABASE": str(database), "OVERHEARD_WORKERS": "0"}
    running = await asyncio.create_subprocess_exec(
        sys.executable, *code, *args, cwd=ROOT, env=environment, stdin=PIPE, stdout=PIPE, stderr=PIPE
    )
    async with asyncio.timeout(120):
        out, err = await running.communicate(stdin.encode())
    return Ended(running.returncode or 0, out.decode(), err.decode())


@pytest.fixture
def batch(tmp_path: Path) -> Path:
    """Return a file of questions, with a blank line in it."""
    path = tmp_path / "questions.jsonl"
    path.write_text(_lines(QUESTIONS), "utf-8")
    return path


def _lines(questions: Sequence[dict[str, object]]) -> str:
    return "\n\n".join(json.dumps(question) for question in questions) + "\n"


def _contents(folder: Path) -> list[Path]:
    return list(folder.iterdir())


# --- help ---------------------------------------------------------------------------------------------------


def test_every_verb_is_a_command_with_its_own_help() -> None:
    """What `--help` says is what the handler's docstring says, and no verb is left out."""
    helps = {command.name: command.help for command in app.registered_commands if command.name}
    functions = {command.callback.__name__ for command in app.registered_commands if command.callback}
    shown = {verb.name: verb.help for verb in router.verbs if verb.shown}
    assert {name: about for name, about in shown.items() if name not in OWN} == helps
    assert functions - {"command"} == {
        "run",
        "ingest",
        "extract",
        "explain",
        "search",
        "deliveries",
        "doctor",
        "manifest",
        "backup",
        "migrate_to",
        "bench",
    } | (OWN - {"help"})


async def test_help_costs_no_more_than_help(tmp_path: Path) -> None:
    """Nothing heavy is imported to print it, and nothing is opened."""
    heavy = {
        "slack_bolt",
        "discord",
        "openai",
        "numpy",
        "rich",
        "prompt_toolkit",
        "bs4",
        "pydantic",
        "aiosqlite",
        "asyncpg",
        "aiohttp",
    }
    script = (
        "import sys\nfrom bot.__main__ import main\nsys.argv = ['overheard', '--help']\n"
        "try:\n    main()\nexcept SystemExit:\n    print('MODULES', *sys.modules)\n"
    )
    ended = await process(database=tmp_path / "none.db", code=("-c", script))
    assert ended.code == 0
    assert heavy.isdisjoint(ended.out.partition("MODULES")[2].split())
    assert _contents(tmp_path) == []


@pytest.mark.parametrize("args", [["--help"], ["ask", "--help"], ["subscribe", "--help"], ["--version"]])
def test_help_and_version_end_well(overheard: Run, args: list[str]) -> None:
    """With exit code 0 and words on standard output."""
    ended = overheard(*args)
    assert (ended.code, ended.err) == (0, "")
    assert "overheard" in ended.out.casefold() or "Usage" in ended.out


# --- failures -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["frobnicate"], "frobnicate"),
        (["brief", "--nonsense"], "nonsense"),
        (["search", "--limit", "0", "x"], "limit"),
        (["brief", "--format", "xml"], "xml"),
        (["ingest"], "paths"),
        (["ask"], "What do you want to know?"),
        (["search", "--json"], "What do you want to know?"),
        (["brief", "--date", "2031-02-30"], "There is no 2031-02-30 in the calendar."),
        (["brief", "--date", "the day of reckoning"], "as a date; try"),
        (["subscribe", "ai", "at", "25:00"], "as a time; try"),
        (["subscribe"], "subscribe"),
        (["entity"], "needs a company"),
        (["entity", "Halden", "--same-as", "Zorblax"], "No one has mentioned Zorblax yet."),
        (["entity", "Halden", "--not-same-as", "Zorblax"], "No one has mentioned Zorblax yet."),
        (["entity", "Halden", "--same-as", "Halden"], "Halden and Halden are one name already."),
        (["entity", "Halden", "--not-same-as", "Halden"], "was not merged into another name."),
        (["sources", "add", "/no/such/place"], "There is no file or folder"),
        (["ask", "--batch", "/no/such/file"], "/no/such/file: "),
    ],
)
def test_a_mistake_is_told_in_words_and_ends_with_1(overheard: Run, args: list[str], words: str) -> None:
    """On standard error, without a traceback; standard output is left to results."""
    ended = overheard(*args)
    assert ended.code == 1
    assert words in ended.err
    assert "Traceback" not in ended.err


def test_a_fault_of_ours_ends_with_2_and_an_id(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """One sentence for the person; the log has the cause."""

    def broken() -> None:
        message = "a secret detail"
        raise ZeroDivisionError(message)

    assert exit_code_of(broken) == 2
    said = capfd.readouterr().err
    assert said.startswith("overheard: Something went wrong on our side; the log has the details. (incident ")
    assert "secret" not in said
    assert "secret" in caplog.text


@pytest.mark.parametrize("place", [".", "letter.txt", "letter.txt/inside.db"])
def test_a_database_that_cannot_be_opened_is_named(
    overheard: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """With what to set, and exit code 1."""
    monkeypatch.setenv("OVERHEARD_DATABASE", str(tmp_path / place))
    (tmp_path / "letter.txt").write_text("Dear reader, this is a letter and not a database. " * 40)
    ended = overheard("status")
    assert ended.code == 1
    assert "OVERHEARD_DATABASE" in ended.err
    assert "Traceback" not in ended.err + ended.out
    assert len(ended.err.splitlines()) == 1


async def test_a_broken_pipe_is_quiet(sampled: Path) -> None:
    """Whoever stops reading, as `head` does, hears nothing more."""
    reading, writing = os.pipe()
    environment = {**os.environ, "OVERHEARD_DATABASE": str(sampled)}
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "claims", "--json", cwd=ROOT, env=environment, stdout=writing, stderr=PIPE
    )
    os.close(writing)
    os.close(reading)
    async with asyncio.timeout(120):
        _, err = await running.communicate()
    assert err == b""
    assert running.returncode in {0, 1}


def test_names_are_made_one_and_parted_again(overheard: Run) -> None:
    """The card counts both names' claims while they are one; once parted, they stay apart."""

    def claims() -> str:
        summary: str = overheard("entity", "Halden", "--json").lines[0]["summary"]
        return summary

    alone = claims()
    assert overheard("entity", "Halden", "--same-as", "Quillon").code == 0
    assert claims() != alone
    assert overheard("entity", "Quillon", "--json").lines[0]["summary"] == claims()
    assert overheard("entity", "Halden", "--not-same-as", "Quillon").code == 0
    assert claims() == alone
    again = overheard("entity", "Quillon", "--same-as", "Halden")
    assert (again.code, "Quillon and Halden must not become one name." in again.err) == (1, True)


def test_names_that_are_two_are_kept_so(overheard: Run) -> None:
    """What was never one name can be kept from becoming one."""
    assert overheard("entity", "Halden", "--not-same-as", "Pellworm Mutual").code == 0
    assert "must not become one name" in overheard("entity", "Halden", "--same-as", "Pellworm Mutual").err


def test_a_misheard_name_is_made_a_name_of_its_own(overheard: Run, tmp_path: Path) -> None:
    """Until then its claims are those of the name that it sounds like."""
    turns = [{"text": "Last year Kwillon raised $30 million from Norbank."}]
    record = {"id": "t", "show": "Open Bench", "title": "How Quillon grew", "date": "2024-06-26", "turns": turns}
    (tmp_path / "talk.jsonl").write_text(json.dumps(record) + "\n", "utf-8")
    assert overheard("ingest", str(tmp_path / "talk.jsonl")).code == 0
    assert "Heard as Kwillon" in overheard("entity", "Kwillon").out
    assert overheard("entity", "Quillon", "--not-same-as", "Kwillon").code == 0
    assert "Kwillon: 1 claim" in overheard("entity", "Kwillon", "--json").lines[0]["summary"]


# --- what programs rely on ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "args",
    [
        ["ask", "Who runs Halden?"],
        ["search", "memory prices"],
        ["brief", "--date", "2031-06-26"],
        ["claims", "memory"],
        ["entity", "Halden"],
        ["follow", "Halden"],
        ["unfollow", "Halden"],
        ["following"],
        ["subscribe", "ai", "at", "8am"],
        ["subscriptions"],
        ["unsubscribe"],
        ["sources"],
        ["status"],
        ["privacy", "export"],
        ["doctor"],
    ],
)
def test_everything_that_prints_prints_json(overheard: Run, args: list[str]) -> None:
    """One line that a program can read, and nothing beside it."""
    ended = overheard(*args, "--json")
    assert (ended.code, ended.err) == (0, "")
    assert len(ended.lines) == 1


def test_a_batch_of_searches_obeys_its_contract(overheard: Run, batch: Path) -> None:
    """One line a question, in order, with the id as it was given; each hit is what is in the library."""
    ended = overheard("search", "--batch", str(batch), "--json")
    assert ended.code == 0
    assert [line["id"] for line in ended.lines] == ["q1", 2, "q3"]
    assert all(set(line) == {"id", "hits"} for line in ended.lines)
    assert all(set(hit) >= SEARCH_KEYS for line in ended.lines for hit in line["hits"])
    assert ended.lines[0]["hits"][0]["conversation"].startswith("sample:")
    assert all("2031-06-20" <= hit["date"] <= "2031-06-26" for hit in ended.lines[1]["hits"])


def test_a_batch_of_questions_obeys_its_contract(overheard: Run, batch: Path) -> None:
    """One line a question; an answer has citations whose numbers its text bears, a refusal has none."""
    ended = overheard("ask", "--batch", str(batch), "--json")
    assert ended.code == 0
    assert [line["id"] for line in ended.lines] == ["q1", 2, "q3"]
    known, unknown, _ = ended.lines
    assert known["answered"] is True
    assert unknown["answered"] is False
    assert all(set(citation) == CITATION_KEYS for citation in known["citations"])
    assert all(f"[{n}]" in known["text"] for n in range(1, len(known["citations"]) + 1))
    assert unknown["citations"] == []


def test_questions_come_from_standard_input_too(overheard: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A single dash is the pipe."""
    monkeypatch.setattr("sys.stdin", io.StringIO(_lines(QUESTIONS)))
    ended = overheard("search", "--batch", "-", "--json")
    assert [line["id"] for line in ended.lines] == ["q1", 2, "q3"]


@pytest.mark.parametrize("bad", ["not json", "[]", '{"id": 1}', '{"question": "?"}', '"text"'])
def test_a_bad_line_of_a_batch_is_named(overheard: Run, tmp_path: Path, bad: str) -> None:
    """With its number and its reason; what came before it was answered."""
    path = tmp_path / "questions.jsonl"
    path.write_text(json.dumps(QUESTIONS[0]) + "\n" + bad + "\n", "utf-8")
    ended = overheard("search", "--batch", str(path), "--json")
    assert ended.code == 1
    assert "questions.jsonl, line 2: this " in ended.err
    assert len(ended.lines) == 1


def test_an_extract_obeys_its_contract(overheard: Run, tmp_path: Path) -> None:
    """One line a conversation; every quote is the span of its turn; nothing is stored."""
    turns = [
        {
            "speaker": "Dana Whitfield",
            "t": 1,
            "text": "Welcome. Nearly 29 million people use Zephyr every day — naïve, yes 🦊.",
        },
        {
            "speaker": None,
            "t": 9,
            "text": "Last year Quillon cut 400 jobs, and its revenue fell 9 percent to $1.3 billion.",
        },
    ]
    path = tmp_path / "show.jsonl"
    record = {"id": "show/1", "show": "Open Bench", "title": "One", "date": "2026-06-26", "turns": turns}
    path.write_text("".join(json.dumps({**record, "id": f"show/{n}"}) + "\n" for n in (1, 2)), "utf-8")
    before = overheard("status", "--json").out
    ended = overheard("extract", str(path), "--json")
    assert [line["id"] for line in ended.lines] == ["show/1", "show/2"]
    read = {item.id: item for item in read_path(path, NOON.date()) if isinstance(item, Conversation)}
    for line in ended.lines:
        assert line["format"] == "JSON Lines"
        assert line["claims"]
        assert all(set(entity) == {"name", "kind"} for entity in line["entities"])
        for claim in line["claims"]:
            assert set(claim) >= CLAIM_KEYS
            assert claim["quote"] == read[line["id"]].turns[claim["turn"]].text[claim["start"] : claim["end"]]
            assert all({"text", "value", "unit"} <= set(figure) for figure in claim["figures"])
            assert all({"name", "kind"} <= set(entity) for entity in claim["entities"])
    assert overheard("status", "--json").out == before


@pytest.fixture
def fresh(overheard: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a function that runs a command on a database that is made for it."""
    monkeypatch.setenv("OVERHEARD_DATABASE", str(tmp_path / "fresh.db"))
    return overheard


@pytest.mark.parametrize("verb", ["ingest", "extract"])
def test_a_file_that_is_not_there_is_named(fresh: Run, verb: str) -> None:
    """On standard error, without a traceback."""
    ended = fresh(verb, "/no/such/file")
    assert (ended.code, "/no/such/file" in ended.err, "Traceback" in ended.err) == (1, True, False)


def test_reading_tells_what_was_read_and_what_was_not(fresh: Run, tmp_path: Path) -> None:
    """Problems on standard error, counts on standard output; a second time nothing is new."""
    folder = tmp_path / "shows"
    folder.mkdir()
    (folder / "good.txt").write_text("Dana: Quillon cut 400 jobs.\n\nRuth: Halden paid $5 million for it.\n", "utf-8")
    (folder / "bad.jsonl").write_text("{broken\n", "utf-8")
    first = fresh("ingest", str(folder), "--json")
    assert first.code == 0
    (counts,) = first.lines
    assert (counts["new"], len(counts["problems"])) == (1, 1)
    assert "bad.jsonl, line 1" in first.err
    (again,) = fresh("ingest", str(folder), "--json").lines
    assert (again["new"], again["unchanged"]) == (0, 1)


def test_reading_says_what_it_took_a_file_for(fresh: Run, tmp_path: Path) -> None:
    """Show, title and date from the options, the name and the folder; a talk without a date is said to be undated."""
    folder = tmp_path / "Orkdal Markets"
    folder.mkdir()
    (folder / "weekly-call.vtt").write_text("WEBVTT\n\n00:01.000 --> 00:02.000\nQuillon cut 400 jobs.\n", "utf-8")
    read = fresh("ingest", str(folder))
    assert "Orkdal Markets: Weekly call, undated" in read.out
    assert "One of them has no date: kept as undated, never news." in read.out
    dated = fresh("ingest", str(folder), "--date", "11 June 2026", "--title", "Board", "--show", "Tarn")
    assert "Tarn: Board, 11 Jun 2026" in dated.out
    assert "undated" not in dated.out
    shown = fresh("extract", str(folder), "--json").lines[0]
    assert (shown["show"], shown["title"], shown["date"]) == ("Orkdal Markets", "Weekly call", None)
    assert shown["format"] == "WebVTT"


def test_a_date_that_is_none_is_refused(fresh: Run, tmp_path: Path) -> None:
    """Before anything is read."""
    refused = fresh("ingest", str(tmp_path), "--date", "soon")
    assert (refused.code, "--date: 'soon' is not a date." in refused.err) == (1, True)


def test_a_folder_with_nothing_to_read_says_so(fresh: Run, tmp_path: Path) -> None:
    """Not as a run that read nothing, and a log has no empty lines of progress."""
    (tmp_path / "empty").mkdir()
    ended = fresh("ingest", str(tmp_path / "empty"))
    assert (ended.out, ended.err) == ("There is no file there of a kind that is read.\n", "")


# --- what people see ----------------------------------------------------------------------------------------


def test_a_brief_comes_in_three_forms(overheard: Run) -> None:
    """As text, as Markdown and as JSON: the same headline in each."""
    date = ("--date", "2031-06-26")
    headline = overheard("brief", *date, "--format", "json").lines[0]["headline"]
    assert headline
    markdown = overheard("brief", *date, "--format", "markdown").out
    assert markdown.lstrip().startswith(("#", "Thu", "*"))
    for page in (markdown, overheard("brief", *date).out):
        assert "".join(c for c in headline if c.isalnum()) in "".join(c for c in page if c.isalnum())
        assert "\x1b" not in page


def test_what_begins_something_asks_first(overheard: Run) -> None:
    """Without a terminal and without `--yes` it is only shown; with it, it is done."""
    assert "next arrives" not in overheard("subscribe", "at", "8am").out
    assert overheard("subscriptions").out.startswith("  No subscriptions yet")
    assert "next arrives" in overheard("subscribe", "at", "8am", "--yes").out
    assert "The daily brief" in overheard("subscriptions").out
    assert "You now follow Halden Compute" in overheard("follow", "Halden", "--yes").out
    assert "Halden" in overheard("following").out
    assert "Erase the" in overheard("privacy", "forget").out
    assert "Erased 2 records" in overheard("privacy", "forget", "-y").out
    assert "You aren't following anyone yet" in overheard("following").out


@pytest.mark.parametrize(
    "command",
    [
        "run --once",
        "brief",
        "ask Who runs Halden?",
        "entity Halden",
        "entity Haldn",
        "follow Halden",
        "follow Haldn",
        "subscribe at 8am",
        "privacy forget",
        "claims memory",
    ],
)
def test_nothing_is_numbered_that_cannot_be_pressed(overheard: Run, command: str) -> None:
    """A command ends before anybody could press; what a button would have named stands in words."""
    page = overheard(*command.split()).out
    assert page.strip()
    assert not re.search(r"(?:^|\s)\d+\) ", page)
    assert "Haldn" not in command or "Did you mean Halden Compute?" in page


async def _subscribe_everywhere(database: Path) -> None:
    async with open_store(database) as store:
        for at in ("slack:T1/C1", "discord:7/8", "discord:@9/9"):
            due = NOON + dt.timedelta(days=1)
            where, days = Address.parse(at), frozenset(range(7))
            wanted = Subscription(0, "ai", where, "9", dt.time(8), "UTC", days, due, due.date(), planned_at=NOON)
            await store.subscriptions.subscribe(wanted)


def test_the_operator_sees_the_subscriptions_of_every_platform(overheard: Run, sampled: Path) -> None:
    """With where each goes; what somebody has sent to them alone is theirs."""
    asyncio.run(_subscribe_everywhere(sampled))
    page = " ".join(overheard("subscriptions").out.split())
    assert "2 subscriptions" in page
    assert "slack:T1/C1" in page
    assert "discord:7/8" in page


def test_what_did_not_arrive_is_listed_and_sent_anew(overheard: Run, sampled: Path) -> None:
    """By number, with the reason; what was sent or does not exist cannot be sent anew."""
    asyncio.run(_troubled(sampled))
    listed = {row["id"]: row["state"] for row in overheard("deliveries", "--json").lines[0]}
    assert listed == {1: "unknown", 2: "failed"}
    assert "That channel is gone" in overheard("deliveries").out
    assert [row["id"] for row in overheard("deliveries", "--resend", "1", "--json").lines[0]] == [1]
    assert [row["id"] for row in overheard("deliveries", "--state", "sent", "--json").lines[0]] == [3]
    for number in ("1", "3", "9"):
        refused = overheard("deliveries", "--resend", number)
        assert (refused.code, number in refused.err) == (1, True)


async def _troubled(database: Path) -> None:
    lease = dt.timedelta(minutes=1)
    endings = [
        (DeliveryState.UNKNOWN, "No answer."),
        (DeliveryState.FAILED, "That channel is gone or archived."),
        (DeliveryState.SENT, ""),
    ]
    async with open_store(database) as store:
        places = [Address("slack", "T1", f"C{n}") for n in range(len(endings))]
        await store.outbox.put([Delivery(str(at), "brief 2031-06-26 ai", at) for at in places], NOON)
        claimed = await store.outbox.claim(NOON, lease, 9, "slack")
        for one, (state, reason) in zip(claimed, endings, strict=True):
            await store.outbox.settle(one, state, reason)


def test_the_doctor_says_what_is_there_and_what_is_not(overheard: Run) -> None:
    """The database, the library and what each missing part would bring."""
    (findings,) = overheard("doctor", "--json").lines
    about = {finding["about"]: finding for finding in findings}
    assert {"Database", "Library", "Search by meaning", "Platforms", "Time zone"} <= set(about)
    assert "25 conversations" in about["Library"]["state"]


def test_a_backup_is_made_once_and_replaced_only_by_force(overheard: Run, tmp_path: Path) -> None:
    """What it holds is said; a copy that is there stays, and so does the database itself."""
    copy = tmp_path / "kept.db"
    made = overheard("backup", str(copy))
    assert (made.code, made.err.strip()) == (0, "")
    assert "25 conversations" in made.out
    before = copy.read_bytes()
    again = overheard("backup", str(copy))
    assert again.code == 1
    assert "--force" in again.err
    assert copy.read_bytes() == before
    (forced,) = overheard("backup", str(copy), "--force", "--json").lines
    assert (forced["path"], forced["conversations"]) == (str(copy), 25)


@pytest.mark.parametrize(
    ("path", "words"), [("overheard.db", "the database itself"), ("", "is a folder"), ("none/x.db", "no folder")]
)
def test_a_backup_goes_nowhere_it_must_not(overheard: Run, tmp_path: Path, path: str, words: str) -> None:
    """Whatever is forced."""
    ended = overheard("backup", str(tmp_path / path), "--force")
    assert ended.code == 1
    assert words in ended.err


@pytest.mark.parametrize(
    ("database", "words"), [("postgresql://db.example/overheard", "pg_dump"), ("none.db", "There is no database")]
)
def test_what_is_no_file_is_not_copied(
    overheard: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database: str, words: str
) -> None:
    """A server has a tool of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OVERHEARD_DATABASE", database)
    ended = overheard("backup", str(tmp_path / "copy.db"))
    assert ended.code == 1
    assert words in ended.err


def test_the_brief_and_the_end(fresh: Run) -> None:
    """`run --once` reads the samples into an empty database, prints the brief and ends."""
    ended = fresh("run", "--once", "--samples")
    assert ended.code == 0
    assert "sample conversations" in ended.out
    assert "Sources" in ended.out
    assert "Traceback" not in ended.err


async def test_a_service_without_a_platform_stays(sampled: Path) -> None:
    """With a subscription and nobody to type, it runs until it is stopped; without one, it ends with the brief."""
    command = [sys.executable, "-m", "bot", "run"]
    environment = os.environ | {"OVERHEARD_DATABASE": str(sampled), "OVERHEARD_WORKERS": "0"}
    for subscribed in (False, True):
        if subscribed:
            await _subscribe_everywhere(sampled)
        bot = await asyncio.create_subprocess_exec(*command, stdin=DEVNULL, stdout=PIPE, env=environment, cwd=ROOT)
        assert bot.stdout is not None
        if not subscribed:
            assert b"claims" in await bot.stdout.read()
        else:
            while b"Running" not in await bot.stdout.readline():
                assert bot.returncode is None
            bot.terminate()
        assert await bot.wait() == 0


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such terminals")
async def test_a_person_whose_output_goes_elsewhere_gets_the_brief(sampled: Path) -> None:
    """Somebody who types is no service, although their screen is a pager or a file."""
    await _subscribe_everywhere(sampled)
    typed, terminal = os.openpty()
    environment = os.environ | {"OVERHEARD_DATABASE": str(sampled), "OVERHEARD_WORKERS": "0"}
    bot = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "run", stdin=terminal, stdout=PIPE, env=environment, cwd=ROOT
    )
    os.close(terminal)
    assert bot.stdout is not None
    line = b""
    while b"No new sourced claims" not in line:
        line = await bot.stdout.readline()
        assert line
        assert b"Running" not in line
    bot.terminate()
    await bot.communicate()
    os.close(typed)


async def test_a_session_through_a_pipe(sampled: Path) -> None:
    """Each line of the pipe is answered, and the end of the pipe is the end."""
    ended = await process("run", database=sampled, stdin="following\nWho won the world cup of 1998?\nhelp\n")
    assert ended.code == 0
    assert (
        ended.out.index("You aren't following anyone yet")
        < ended.out.index("closest match")
        < ended.out.index("<question>")
    )
    assert "\x1b" not in ended.out
