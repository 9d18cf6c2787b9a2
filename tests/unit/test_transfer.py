"""From a file to a server: everything, once, or nothing."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from bot.chat.request import Progress
from bot.cli.backup import migrate_to
from bot.domain import Filters
from bot.domain.address import Address
from bot.domain.question import SearchUnit
from bot.domain.subscription import AlertFrequency, Follow
from bot.errors import SettingsError, StoreError
from bot.store.store import Store, open_store
from bot.store.tables import MOVED
from bot.store.transfer import transfer_database
from bot.store.vault import new_key
from tests.conftest import NOON
from tests.engines import PostgresDatabase, PostgresServer, SQLiteFile
from tests.said import company, conversation, reading

HERE = Address("slack", "T1", "C1")
KEY = new_key()
NEW = reading(conversation("open/new", "Halden hired 90 welders."), company("Halden"))
ODD = "Zero \0 and “quotes”, \\u0000 as it is written, ünd 🐙."


def ignored(_: Progress) -> None:
    """Take no notice."""


@pytest.fixture
def target(postgres: PostgresServer) -> Iterator[PostgresDatabase]:
    """Return a database with nothing in it, no tables either."""
    with postgres.blank() as url:
        yield PostgresDatabase(url)


@pytest.fixture
async def source(sampled: Path) -> Path:
    """Return the samples with something of every kind beside them."""
    async with open_store(sampled, KEY) as store:
        await store.library.save([NEW, reading(conversation("odd", ODD, space="slack:T1"))])
        await store.follows.follow(Follow(0, "Halden", HERE, "U1", AlertFrequency.INSTANT, "UTC", NOON))
        await store.library.save([replace(NEW, conversation=replace(NEW.conversation, title="Edited"))])
        await store.vault.put("slack/T1/bot", "xoxb-secret")
        await store.inbox.accept("slack:Ev1", "{}", NOON)
    return sampled


async def seen(store: Store) -> list[object]:
    """Return what people and programs see of a store."""
    within = Filters(space="slack:T1")
    keys = [NEW.claims[0].id]
    rows = await store.index.match(SearchUnit.PASSAGES, ["halden", "prices", "octopus"], [], within, 50)
    return [
        await store.library.tally(space="slack:T1"),
        await store.library.claims(keys, space=None),
        await store.library.conversation("open/new", space=None),
        await store.registry.names(space=None),
        await store.follows.following(HERE),
        sorted((row.id, row.text, row.speaker) for row in rows),
        await store.vault.get("slack/T1/bot"),
        [await store.index.vectors_after(unit, "none", 0) for unit in SearchUnit],
        await store.inbox.claim_unfinished("slack", NOON, NOON),
    ]


async def test_everything_is_the_same_there(source: Path, target: PostgresDatabase) -> None:
    """Whatever is asked of the copy, its answer is that of the original, and each table has as many rows."""
    copied = await transfer_database(source, str(target.place), ignored)
    counted = {table: len(target.look(f'TABLE "{table}"')) for table in MOVED}
    assert copied == counted
    assert min(copied[table] for table in ("conversations", "claims", "claim_entities", "secrets", "follows")) > 0
    async with open_store(source, KEY) as old, open_store(str(target.place), KEY) as new:
        assert await seen(new) == await seen(old)
    assert target.whole()


async def test_a_zero_has_a_stand_in_and_spans_stay(source: Path, target: PostgresDatabase) -> None:
    """PostgreSQL keeps no character zero; everything else of the text is as it was."""
    await transfer_database(source, str(target.place), ignored)
    async with open_store(str(target.place)) as new:
        kept = await new.library.conversation("odd", space="slack:T1")
    assert kept
    assert kept.turns[0].text == ODD.replace("\0", "\ufffd")


async def test_it_can_be_done_again_until_the_copy_is_in_use(source: Path, target: PostgresDatabase) -> None:
    """The second time brings what came meanwhile and doubles nothing; whoever works there is not run over."""
    first = await transfer_database(source, str(target.place), ignored)
    async with open_store(source) as old:
        await old.library.save([reading(conversation("later", "Halden closed a plant."))])
    second = await transfer_database(source, str(target.place), ignored)
    assert second["conversations"] == first["conversations"] + 1
    async with open_store(str(target.place)) as new:
        await new.inbox.accept("slack:Ev2", "{}", NOON)
    with pytest.raises(SettingsError, match="has been used"):
        await transfer_database(source, str(target.place), ignored)
    assert target.look("SELECT count(*) FROM inbox") == [(2,)]


async def test_numbers_go_on_where_they_were(source: Path, target: PostgresDatabase) -> None:
    """Also of rows that are gone: alerts and vectors go by them."""
    with closing(sqlite3.connect(source)) as connection:
        ((claims,),) = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'claims'").fetchall()
    async with open_store(source) as old:
        await old.library.save([reading(conversation("open/new"))])
    await transfer_database(source, str(target.place), ignored)
    async with open_store(str(target.place)) as new:
        await new.library.save([reading(conversation("later", "Halden closed a plant."))])
    ((newest,),) = target.look("SELECT max(id) FROM claims")
    assert newest > claims


async def test_what_is_stopped_leaves_nothing(source: Path, target: PostgresDatabase) -> None:
    """Wherever it is stopped, the target is as it was, and can be copied to."""

    async def stopped_at(note: str) -> None:
        def stop(progress: Progress) -> None:
            if progress.note == note:
                raise KeyboardInterrupt

        await transfer_database(source, str(target.place), stop)

    for note in ("turns", "secrets", "claims, compared"):
        with pytest.raises(KeyboardInterrupt):
            await stopped_at(note)
        assert target.look("SELECT count(*) FROM conversations") == [(0,)]
    assert (await transfer_database(source, str(target.place), ignored))["turns"] > 0


async def test_the_bot_may_write_meanwhile(source: Path, target: PostgresDatabase) -> None:
    """The copy is of one moment; what comes later is whole in the file and not at all in the copy."""
    async with open_store(source) as running:
        began = asyncio.Event()

        def noticed(_: Progress) -> None:
            began.set()

        async def writes() -> None:
            await began.wait()
            await running.library.save([reading(conversation("later", "Halden closed a plant."))])

        copied, _ = await asyncio.gather(transfer_database(source, str(target.place), noticed), writes())
        assert await running.library.conversation("later", space=None)
    assert target.look("SELECT count(*) FROM conversations") == [(copied["conversations"],)]
    assert target.look("SELECT key FROM conversations WHERE key = 'later'") == []


async def test_a_copy_that_differs_is_not_kept(source: Path, target: PostgresDatabase) -> None:
    """One letter is enough."""
    async with open_store(str(target.place)):
        target.look(
            "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.show = 'x'; RETURN NEW; END $$"
        )
        target.look("CREATE TRIGGER spoil BEFORE INSERT ON conversations FOR EACH ROW EXECUTE FUNCTION spoil()")
    with pytest.raises(StoreError, match="conversations differs"):
        await transfer_database(source, str(target.place), ignored)
    assert target.look("SELECT count(*) FROM conversations") == [(0,)]


def test_no_table_is_forgotten(sampled: Path, target: PostgresDatabase) -> None:
    """Whatever table a new version brings, to either engine, is copied."""
    ours = SQLiteFile(sampled).look("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB 'sqlite_*'")
    assert sorted(MOVED) == sorted(name for (name,) in ours if "_fts" not in name)
    asyncio.run(_prepared(str(target.place)))
    theirs = {name for (name,) in target.look("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}
    assert theirs == {*MOVED, "passages_fts", "claims_fts", "moved_in", "overheard_version"}


async def _prepared(url: str) -> None:
    async with open_store(url):
        pass


async def test_what_is_in_the_way_is_named(
    source: Path, tmp_path: Path, target: PostgresDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No file, no address, nobody there, tables of others, a newer version."""
    with pytest.raises(SettingsError, match="no database at"):
        await transfer_database(tmp_path / "none.db", str(target.place), ignored)
    with pytest.raises(SettingsError, match=r"postgresql://me@127.0.0.1:1/x cannot be opened"):
        await transfer_database(source, "postgresql://me:hidden@127.0.0.1:1/x", ignored)
    monkeypatch.setenv("OVERHEARD_DATABASE", str(source))
    with pytest.raises(SettingsError, match=r"isn.t the address"):
        await migrate_to("mysql://somewhere", as_json=False)
    monkeypatch.setenv("OVERHEARD_DATABASE", str(target.place))
    with pytest.raises(SettingsError, match="already"):
        await migrate_to(str(target.place), as_json=False)
    target.look("CREATE TABLE turns (mine text)")
    with pytest.raises(SettingsError, match="one of its own"):
        await transfer_database(source, str(target.place), ignored)
    target.look("DROP TABLE turns")
    await _prepared(str(target.place))
    target.look("INSERT INTO overheard_version VALUES (999)")
    with pytest.raises(SettingsError, match="newer Overheard"):
        await transfer_database(source, str(target.place), ignored)


async def test_the_command_says_what_it_did(
    source: Path, target: PostgresDatabase, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """How much went where, that what comes later did not, and what to do next; never a password."""
    monkeypatch.setenv("OVERHEARD_DATABASE", str(source))
    assert await migrate_to(str(target.place), as_json=False) == 0
    said = capsys.readouterr().out
    assert "  conversations" in said
    assert "from now on isn't copied" in said
    assert await migrate_to(str(target.place), as_json=True) == 0
    assert json.loads(capsys.readouterr().out)["rows"]["conversations"] > 0
