"""What only a server brings: many processes at once, connections that break, and databases that are no good."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from bot.__main__ import app
from bot.cli.failures import exit_code_of
from bot.config import redact_password
from bot.domain import Filters
from bot.domain.address import Address
from bot.domain.delivery import Delivery
from bot.domain.question import SearchUnit
from bot.errors import SettingsError, StoreError
from bot.store.store import Store, open_store
from tests.conftest import NOON
from tests.engines import PostgresDatabase, PostgresServer
from tests.said import company, conversation, reading

HERE = Address("slack", "T1", "C1")
CUT = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
SPOKEN = conversation("spoken", "“Über-raschung!” said Zoë of Halden-Werke: 3.5 per cent/year, state_of_the_art.")


@pytest.fixture
def database(postgres: PostgresServer) -> Iterator[PostgresDatabase]:
    """Return a database that is up to date and empty."""
    with postgres.database() as url:
        yield PostgresDatabase(url)


@pytest.fixture
async def store(database: PostgresDatabase) -> AsyncIterator[Store]:
    """Return a store on it."""
    async with open_store(database.place) as empty:
        yield empty


async def test_many_may_start_at_once(postgres: PostgresServer) -> None:
    """On a database with nothing in it, one makes the tables and the others find them made."""
    with postgres.blank() as url:
        async with AsyncExitStack() as stack:
            stores = await asyncio.gather(*(stack.enter_async_context(open_store(url)) for _ in range(5)))
            accepted = await asyncio.gather(*(store.inbox.accept("slack:Ev1", "{}", NOON) for store in stores))
    assert sorted(accepted) == [False] * 4 + [True]


async def test_what_is_no_good_is_named_without_its_password(database: PostgresDatabase) -> None:
    """Nobody there, no such database, no address at all, a newer version."""
    url = str(database.place)
    for wrong, words in [
        ("postgresql://me:hidden@127.0.0.1:1/x", "me@127.0.0.1:1/x cannot be opened"),
        (url.replace("/test_", "/no_"), "cannot be opened"),
        ("postgresql://[", "cannot be opened"),
    ]:
        with pytest.raises(SettingsError, match=words) as caught:
            async with open_store(wrong):
                pass
        assert "hidden" not in str(caught.value)
    database.look("INSERT INTO overheard_version VALUES (999)")
    with pytest.raises(SettingsError, match="newer Overheard"):
        async with open_store(url):
            pass


async def test_a_connection_that_breaks_is_made_again(store: Store, database: PostgresDatabase) -> None:
    """What runs on it fails in words and keeps nothing; what comes after works."""

    async def half_done() -> None:
        async with store.database.exclusive() as session:
            await session.run("put_secret", name="half", value=b"done")
            await asyncio.to_thread(database.look, CUT)
            await session.run("put_secret", name="other", value=b"half")

    with pytest.raises(StoreError, match="isn't responding"):
        await half_done()
    assert await store.vault.names("") == []
    await asyncio.to_thread(database.look, CUT)
    with suppress(StoreError):
        # A connection that broke while nobody used it: somebody may be told.
        await store.vault.names("")
    assert await store.inbox.accept("slack:Ev1", "{}", NOON)


async def test_who_claims_waits_for_nobody(store: Store, database: PostgresDatabase) -> None:
    """A delivery that another process is taking is passed over, not waited for."""
    places = [replace(HERE, channel=f"C{number}") for number in range(3)]
    await store.outbox.put([Delivery(f"k{number}", "brief", at) for number, at in enumerate(places)], NOON)
    async with open_store(database.place) as other, other.database.transaction() as session:
        lease = {"lease_until": "9", "holder": "", "platform": "slack", "skip": "[]", "in_space": 9, "limit": 1}
        (taken,) = await session.rows("claim_deliveries", now="2999", **lease)
        rest = await asyncio.wait_for(store.outbox.claim(NOON, NOON - NOON, 9, "slack"), 5)
    assert sorted([taken["key"], *(one.key for one in rest)]) == ["k0", "k1", "k2"]


async def test_vectors_appear_in_the_order_of_their_numbers(store: Store, database: PostgresDatabase) -> None:
    """Whoever asks for what is new since the last one misses none: a later number is not there before an earlier."""
    await store.library.save([reading(conversation("open/1", "Halden cut jobs.", "The sky was grey."))])
    one, other = [row for row, _ in await store.index.pending(SearchUnit.PASSAGES, "maker", 9)]
    async with open_store(database.place) as elsewhere:
        async with elsewhere.database.exclusive() as session:
            await session.run_many("put_vector_of_passages", [{"maker": "maker", "id": one, "vector": b"v"}])
            later = asyncio.create_task(store.index.put(SearchUnit.PASSAGES, "maker", [(other, b"v")]))
            await asyncio.wait([later], timeout=0.2)
            assert await store.index.vectors_after(SearchUnit.PASSAGES, "maker", 0) == []
        await later
    assert [row for _, row, _ in await store.index.vectors_after(SearchUnit.PASSAGES, "maker", 0)] == [one, other]


async def test_claims_appear_in_the_order_of_their_numbers(store: Store, database: PostgresDatabase) -> None:
    """Followers are told of what is new since the last claim they have heard of."""
    said = [
        reading(conversation(f"c{number}", f"Halden cut {number} jobs."), company("Halden")) for number in range(10)
    ]
    seen: set[int] = set()
    newest = 0
    async with open_store(database.place) as other:
        keeping = asyncio.gather(
            *(where.library.save([one]) for one, where in zip(said, (store, other) * 5, strict=True))
        )
        while not keeping.done():
            found = database.look("SELECT id FROM claims WHERE id > ? ORDER BY id", newest)
            seen |= {row for (row,) in found}
            newest = max([newest, *seen])
            await asyncio.sleep(0)
        await keeping
    found = database.look("SELECT id FROM claims WHERE id > ?", newest)
    assert len(seen) + len(found) == len(said)


@pytest.mark.parametrize("word", ["uber", "ÜBER", "überraschung", "zoe", "halden", "werke", "art", "years", "5"])
async def test_words_are_cut_as_sqlite_cuts_them(store: Store, tmp_path: Path, word: str) -> None:
    """Without case and accents, by their stems, at everything that is no letter or digit."""
    async with open_store(tmp_path / "beside.db") as beside:
        counts = []
        for where in (store, beside):
            await where.library.save([reading(SPOKEN)])
            counts.append(await where.index.document_frequencies(SearchUnit.PASSAGES, [word]))
    assert counts[0] == counts[1]


async def test_a_zero_in_what_was_said_is_kept_as_its_stand_in(store: Store) -> None:
    """Quotes are still the span of their turn, and search finds what stands beside it."""
    said = reading(conversation("odd", "Halden \0 doubled prices."))
    await store.library.save([said])
    kept = await store.library.conversation("odd", space=None)
    (claim,) = await store.library.claims([said.claims[0].id], space=None)
    assert kept
    assert kept.turns[claim.turn].text[claim.start : claim.end] == claim.quote == "Halden \ufffd doubled prices."
    assert len(await store.index.match(SearchUnit.PASSAGES, ["doubled"], [], Filters(), 9)) == 1


def test_the_bot_runs_on_it(
    database: PostgresDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """From the command line: what is read is found, told and counted, and doctor names the database."""
    monkeypatch.setenv("OVERHEARD_DATABASE", str(database.place))
    monkeypatch.setenv("OVERHEARD_WORKERS", "0")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    notes = tmp_path / "notes.txt"
    notes.write_text("Ruth: Halden cut 400 jobs in March.\nAna: The night trains are full.\n", "utf-8")
    for command, expected in [
        (["ingest", str(notes)], "1 new"),
        (["search", "night", "trains"], "night trains are full"),
        (["claims", "jobs"], "400 jobs"),
        (["doctor"], f", {redact_password(str(database.place))}"),
    ]:
        assert exit_code_of(lambda command=command: app(command, standalone_mode=False)) == 0
        assert expected in capfd.readouterr().out


def test_no_password_is_shown() -> None:
    """Who, where and what; nothing else of an address."""
    assert (
        redact_password("postgresql://me:hidden@db.example:5432/x?sslmode=require")
        == "postgresql://me@db.example:5432/x"
    )
    assert redact_password("postgresql://me:p@ss/word?@db.example/x") == "postgresql://me@db.example/x"
    assert redact_password("postgres://db.example/x") == "postgres://db.example/x"
