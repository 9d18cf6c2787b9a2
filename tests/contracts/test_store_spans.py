"""Words are kept once, in the turns: passages and claims are spans of them, whatever the words are."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from string import Template
from typing import TypeAlias

import pytest

from bot.domain import Analysis, Claim, Filters, LeadIn, Passage
from bot.domain.question import SearchUnit
from bot.store.database import migrations
from bot.store.packing import MIN_BYTES, pack, unpack
from bot.store.store import Store, open_store
from tests.engines import Engine, PostgresDatabase, PostgresServer, SQLiteFile, aside, run_script
from tests.said import conversation, reading

LONG = "Ünder the 🐙 bridge, Halden cut ninety jobs; nobody said a word, and nobody asked. " * 30
TURNS = ("So. Halden cut 90 jobs. It hired 40.", "Mhm.", "Nobody \n asked.", LONG, "A zero \0 is here.", " Odd. ")
SPOKEN = (
    (0, 0, TURNS[0][4:23]),
    (0, 1, f"{TURNS[0][24:]}\n{TURNS[1]}"),
    (1, 3, f"{TURNS[1]}\n{TURNS[2]}\n{LONG[:20]}"),
    (3, 3, LONG[40:80]),
    (2, 2, TURNS[2]),
)
OTHER = ((4, 4, "zero \0 is"), (4, 5, "A zero \0 is here.\nOdd."), (0, 1, "Something else."))


def odd_reading() -> Analysis:
    """Return a talk with passages and claims of every shape."""
    read = reading(conversation("odd/1", *TURNS))
    passages = tuple(Passage(read.conversation.origin, *span, "Dana Whitfield") for span in (*SPOKEN, *OTHER))
    first, *others = read.claims
    first = replace(first, start=24, end=36, quote="It hired 40.", text="Halden hired 40.", lead_in=lead_in(4, 23))
    others[0] = replace(others[0], lead_in=replace(lead_in(4, 23), text="Halden, in other words."))
    return replace(read, claims=(first, *others), passages=passages)


def lead_in(start: int, end: int) -> LeadIn:
    """Return a lead-in that stands in the first turn."""
    return LeadIn(0, start, end, TURNS[0][start:end])


async def stored_passages(store: Store) -> list[tuple[int, int, str]]:
    """Return the passages of the store as people read them, in their order."""
    ids = await store.index.row_ids(SearchUnit.PASSAGES, Filters())
    found = await store.index.passages(ids, Filters())
    return [(found[row].turn, found[row].last, found[row].text) for row in ids]


async def test_words_come_back_as_they_were_read(store: Store, engine: Engine) -> None:
    """Passages over several turns, claims in other words than their quotes, lead-ins, zeros: all as it was."""
    read = odd_reading()
    await store.library.save([read])
    shown = (lambda text: text.replace("\0", "\ufffd")) if isinstance(engine, PostgresDatabase) else str
    assert await stored_passages(store) == [(turn, last, shown(text)) for turn, last, text in (*SPOKEN, *OTHER)]
    claims = await store.library.claims([claim.id for claim in read.claims], space=None)
    assert claims == [replace(claim, text=shown(claim.text), quote=shown(claim.quote)) for claim in read.claims]
    assert engine.whole()


async def test_what_stands_in_the_turns_is_kept_nowhere_else(store: Store, engine: Engine) -> None:
    """Of passages only those that are no span have words, of claims only what differs from the quote."""
    await store.library.save([odd_reading()])
    assert engine.look("SELECT count(*) FROM passages WHERE text = ''") == [(len(SPOKEN),)]
    assert engine.look("SELECT text FROM claims WHERE quote = '' AND text <> ''") == [("Halden hired 40.",)]
    ((kept,),) = engine.look("SELECT lead_in FROM claims WHERE turn = 0")
    assert "text" not in kept


async def test_a_claim_that_is_retired_keeps_its_words(store: Store, engine: Engine) -> None:
    """With its lead-in, because its turn may say something else by the next edit."""
    read = odd_reading()
    await store.library.save([read])
    (stored,) = await store.rereading.due([""], [], 9)
    await store.rereading.save([(stored, replace(read, claims=read.claims[1:]))])
    assert engine.look("SELECT quote, text FROM claims WHERE retired = 1") == [("It hired 40.", "Halden hired 40.")]
    assert await store.library.claims([read.claims[0].id], space=None) == [read.claims[0]]
    assert engine.whole()


@pytest.mark.parametrize("text", ["", "Mhm.", "x" * MIN_BYTES, LONG, LONG[:MIN_BYTES], TURNS[4] * 20])
def test_a_turn_is_unpacked_as_it_was_packed(text: str) -> None:
    """And it never takes more room than its words."""
    packed = pack(text)
    assert (packed if isinstance(packed, str) else unpack(packed)) == text
    assert len(packed) <= len(text.encode())


Old: TypeAlias = "SQLiteFile | PostgresDatabase"

SQLITE_BEFORE, POSTGRES_BEFORE = 26, 18
"""The last versions in which every passage and claim had words of its own."""


INDEXES = {
    SQLiteFile: Template("INSERT INTO ${unit}_fts (${unit}_fts) VALUES ('rebuild')"),
    PostgresDatabase: Template(
        "INSERT INTO ${unit}_fts SELECT id, words_of(text, speaker, title, show) FROM ${row}_words"
    ),
}


def scripts(engine: str, last: int) -> str:
    """Return the migrations up to one."""
    return "\n".join(script for number, script in migrations(engine, 0, "") if number <= last)


@pytest.fixture(params=["sqlite", "postgres"])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Old]:
    """Return an older database without rows."""
    if request.param == "sqlite":
        file = tmp_path / "old.db"
        with closing(sqlite3.connect(file)) as connection:
            connection.executescript(scripts("sqlite", SQLITE_BEFORE))
            connection.execute(f"PRAGMA user_version = {SQLITE_BEFORE}")
        yield SQLiteFile(file)
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    with server.blank() as url:
        aside(run_script(url, scripts("postgres", POSTGRES_BEFORE), "CREATE TABLE overheard_version (version INTEGER)"))
        database = PostgresDatabase(url)
        database.look("INSERT INTO overheard_version VALUES (?)", POSTGRES_BEFORE)
        yield database


def fill(look: Callable[..., object], read: Analysis) -> None:
    """Write a talk as the version before wrote it, but for what PostgreSQL can't hold."""
    talk = read.conversation
    look(
        "INSERT INTO conversations (id, key, hash, show, title, date, lang, people, chapters, licence, source)"
        " VALUES (1, ?, '', ?, ?, '2031-06-26', 'en', '[]', '[]', '', '')",
        *(talk.id, talk.show, talk.title),
    )
    for n, turn in enumerate(talk.turns):
        look("INSERT INTO turns (conversation, n, speaker, text) VALUES (1, ?, ?, ?)", n, turn.speaker, turn.text)
    for passage in read.passages:
        look(
            "INSERT INTO passages (conversation, turn, last, speaker, text) VALUES (1, ?, ?, ?, ?)",
            *(passage.turn, passage.last, passage.speaker, passage.text),
        )
    for n, claim in enumerate(read.claims):
        look(
            'INSERT INTO claims (key, conversation, turn, start, "end", text, quote, speaker, claimant, relayers,'
            " modality, figures, importance, needs_context, lead_in, retired)"
            " VALUES (?, 1, ?, ?, ?, ?, ?, ?, ?, '[]', 'asserted', '[]', 2.4, 0.02, ?, ?)",
            *(claim.id, claim.turn, claim.start, claim.end, claim.text, claim.quote, claim.speaker, claim.claimant),
            *(written(claim), int(n == 1)),
        )


def written(claim: Claim) -> str | None:
    """Return a lead-in as it was written."""
    lead = claim.lead_in
    return lead and f'{{"turn": {lead.turn}, "start": {lead.start}, "end": {lead.end}, "text": "{lead.text}"}}'


async def test_an_older_database_keeps_all_its_words(old: Old, caplog: pytest.LogCaptureFixture) -> None:
    """They are spans from then on, as a new database has them; what is retired keeps its own; it says what it does."""
    caplog.set_level(logging.WARNING)
    read = odd_reading()
    turns = tuple(replace(turn, text=turn.text.replace("\0", "0"), t=None) for turn in read.conversation.turns)
    passages = tuple(replace(passage, text=passage.text.replace("\0", "0")) for passage in read.passages)
    claims = tuple(
        replace(claim, text=claim.text.replace("\0", "0"), quote=claim.quote.replace("\0", "0"), t=None)
        for claim in read.claims
    )
    read = replace(read, conversation=replace(read.conversation, turns=turns), passages=passages, claims=claims)
    fill(old.look, read)
    for unit in SearchUnit:
        old.look(INDEXES[type(old)].substitute(unit=unit.value, row=unit.value.removesuffix("s")))
    async with open_store(old.place) as store:
        assert await stored_passages(store) == [(each.turn, each.last, each.text) for each in passages]
        assert await store.library.claims([claim.id for claim in claims], space=None) == list(claims)
        stored = await store.library.conversation(read.conversation.id, space=None)
        assert stored
        assert stored.turns == turns
        before = old.look("SELECT id, start, \"end\", text FROM passages WHERE text = '' ORDER BY id")
        kept = old.look("SELECT id, quote, text, lead_in FROM claims WHERE retired = 0 ORDER BY id")
        await store.library.save([read])
    after = old.look("SELECT turn, last, start, \"end\" FROM passages WHERE text = '' ORDER BY id")
    assert [row[1:3] for row in before] == [row[2:] for row in after]
    assert [row[1:3] for row in kept] == old.look("SELECT quote, text FROM claims WHERE turn <> 1 ORDER BY id")
    assert old.whole()
    if isinstance(old, SQLiteFile):
        assert "brought up to date" in caplog.text


async def test_a_file_that_was_updated_is_smaller(tmp_path: Path) -> None:
    """Pages that a migration leaves free are given back."""
    file = tmp_path / "old.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(scripts("sqlite", SQLITE_BEFORE))
        connection.execute(f"PRAGMA user_version = {SQLITE_BEFORE}")
    read = reading(conversation("long/1", *(f"{n} {LONG}" for n in range(50))))
    with closing(sqlite3.connect(file)) as connection:
        fill(lambda query, *values: connection.execute(query, values), read)
        connection.commit()
    size = file.stat().st_size
    async with open_store(file):
        pass
    assert file.stat().st_size < size / 2
