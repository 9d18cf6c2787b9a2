"""Reading the library again: what stays, what goes out of sight, and that nobody hears of it."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from dataclasses import replace
from pathlib import Path

import pytest

from bot.claims.version import READER_VERSION, is_outdated, reader_version
from bot.domain import Analysis, Claim, Conversation, Filters, TurnSpan
from bot.domain.address import Address
from bot.domain.delivery import DeliveryState
from bot.domain.question import SearchUnit
from bot.domain.subscription import AlertFrequency, Follow
from bot.ingest.rereading import BATCH_CONVERSATIONS, count_outdated, reread_outdated
from bot.store.library import StoredConversation
from bot.store.store import Store, open_store
from tests.conftest import NOON, Look
from tests.engines import Engine
from tests.said import TODAY, company, conversation, reading

ROOT = Path(__file__).parents[2]
HERE = Address("slack", "T1", "C1")
HALDEN = company("Halden")
CUT, GREY, HIRED = "Halden cut 400 jobs.", "The sky was grey over Halden.", "Halden hired 90 welders."
TALK = conversation("open/1", CUT, GREY, HIRED)
WHOLE = reading(TALK, HALDEN)
OLD = replace(WHOLE, claims=WHOLE.claims[:2], reader="0")
"""What an older reader made of the talk: it took the sky for a claim, and missed the welders."""

NEW = replace(WHOLE, claims=(WHOLE.claims[0], WHOLE.claims[2]), reader=reader_version())


def read_anew(talk: Conversation, _: frozenset[TurnSpan]) -> Analysis:
    """Read a talk as the newest reader does: whatever is grey is no claim."""
    whole = reading(talk, HALDEN)
    claims = tuple(claim for claim in whole.claims if "grey" not in claim.text)
    return replace(whole, claims=claims, reader=reader_version())


async def rows(store: Store, words: str) -> list[str]:
    """Return which claims search finds for words."""
    found = await store.index.match(SearchUnit.CLAIMS, [words], [], Filters(), 9)
    return [row.text.partition(".")[0] + "." for row in found]


async def test_claims_keep_their_rows_and_the_version_is_kept(store: Store, look: Look, engine: Engine) -> None:
    """A claim found again is the same row; passages that stay keep theirs, and their vectors; nothing is left to do."""
    await store.library.save([OLD])
    before = (
        look("SELECT key, id FROM spoken_claims WHERE text = ?", CUT),
        look("SELECT id, text FROM spoken_passages ORDER BY id"),
    )
    assert await count_outdated(store.rereading) == 1
    assert await reread_outdated(store.rereading, read_anew, 0) == 1
    assert (
        look("SELECT key, id FROM spoken_claims WHERE text = ?", CUT),
        look("SELECT id, text FROM spoken_passages ORDER BY id"),
    ) == before
    assert await store.rereading.readers() == {reader_version(): 1}
    assert await reread_outdated(store.rereading, read_anew, 0) == 0
    assert await store.library.conversation(TALK.id, space=None) == TALK
    assert engine.whole()


async def test_passages_that_are_cut_otherwise_are_replaced(store: Store, look: Look, engine: Engine) -> None:
    """Search then finds the new ones and no old one."""
    await store.library.save([replace(OLD, passages=OLD.passages[:1])])
    await reread_outdated(store.rereading, read_anew, 0)
    assert look("SELECT text FROM spoken_passages ORDER BY turn") == [(CUT,), (GREY,), (HIRED,)]
    assert engine.whole()


async def test_what_is_no_longer_a_claim_is_out_of_sight_but_opens(store: Store, look: Look, engine: Engine) -> None:
    """Search, briefs, counts and names lose it; whoever was told of it can open it, quote and all."""
    await store.library.save([OLD])
    grey = OLD.claims[1]
    await reread_outdated(store.rereading, read_anew, 0)
    assert await store.library.claims([grey.id], space=None) == [grey]
    assert await rows(store, "grey") == []
    assert await rows(store, "welders") == [HIRED]
    assert {claim.text for claim in (await store.editions.material("", TODAY, space=None)).claims} == {CUT, HIRED}
    assert (await store.library.tally(space=None)).claims == 2
    assert (await store.registry.profile(HALDEN, space=None, today=TODAY)).claim_count == 2
    (row,) = look("SELECT id FROM claims WHERE text = ?", GREY)
    assert await store.index.claims([int(str(row[0]))], Filters()) == {}
    assert engine.whole()


async def test_it_comes_back_when_it_is_found_again(store: Store) -> None:
    """By a later reader, with the id and the row that it had."""
    await store.library.save([OLD])
    await reread_outdated(store.rereading, read_anew, 0)
    (stored,) = await store.rereading.due([reader_version()], [], 9)
    await store.rereading.save([(stored, replace(WHOLE, reader=reader_version()))])
    assert await rows(store, "grey") == [GREY]
    assert await store.library.claims([claim.id for claim in WHOLE.claims], space=None) == list(WHOLE.claims)


async def test_an_edit_keeps_a_retired_claim_as_long_as_its_words_stand(store: Store, engine: Engine) -> None:
    """With them it goes; with other words around it, it stays."""
    grey = OLD.claims[1]
    await store.library.save([OLD])
    await reread_outdated(store.rereading, read_anew, 0)
    for words, kept in [((CUT, GREY), [grey]), ((CUT, HIRED), [])]:
        edited = conversation(TALK.id, *words)
        await store.library.save([read_anew(edited, frozenset())])
        assert await store.library.claims([grey.id], space=None) == kept
    assert engine.whole()


async def test_nobody_hears_of_what_only_a_later_reading_found(store: Store) -> None:
    """Neither at once nor with the next news; and what was told still stands in its message."""
    await store.follows.follow(Follow(0, "Halden", HERE, "U1", AlertFrequency.INSTANT, "UTC", NOON))
    await store.library.save([OLD])
    assert await store.follows.queue_alerts(NOON) == 1
    (delivery,) = await store.outbox.deliveries("slack:T1", list(DeliveryState))
    alert = int(delivery.what.removeprefix("alert "))
    told = await store.follows.news(alert, HERE)
    await reread_outdated(store.rereading, read_anew, 0)
    assert await store.follows.queue_alerts(NOON) == 0
    assert await store.follows.news(alert, HERE) == told
    await store.library.save([read_anew(conversation("open/2", "Halden grew."), frozenset())])
    assert await store.follows.queue_alerts(NOON) == 1
    (news,) = await store.follows.news(alert + 1, HERE)
    assert [claim.text for claim in await store.library.claims(news.claim_ids, space=None)] == ["Halden grew."]


async def test_claims_at_which_a_model_pointed_are_kept_without_asking_it(store: Store) -> None:
    """Their spans are read again as such, whatever the rules make of them."""
    grey = OLD.claims[1]
    await store.library.save([replace(OLD, proposed=frozenset({grey.id}))])
    (stored,) = await store.rereading.due(["0"], [], 9)
    assert stored == StoredConversation(TALK, TALK.content_hash, frozenset({(1, 0, len(GREY))}))


async def test_what_was_edited_or_deleted_meanwhile_is_left_alone(store: Store) -> None:
    """A reading of old words neither replaces new ones nor brings back what is gone."""
    note = conversation("note/1", CUT, space="slack:T1")
    await store.library.save([OLD, replace(reading(note), reader="0")])
    await store.notes.put("slack:T1", "note/1", "U1", NOON)
    stored = await store.rereading.due(["0"], [], 9)
    edited = read_anew(conversation(TALK.id, "Halden closed."), frozenset())
    await store.library.save([edited])
    await store.notes.delete("slack:T1", "note/1")
    await store.rereading.save([(each, read_anew(each.conversation, each.proposed)) for each in stored])
    assert await store.library.conversation(TALK.id, space=None) == edited.conversation
    assert await store.library.conversation("note/1", space="slack:T1") is None
    assert await store.rereading.due(["0"], [], 9) == []


async def test_a_space_keeps_what_is_its_own(store: Store) -> None:
    """Reading again opens nobody's conversation to others."""
    await store.library.save(
        [replace(reading(conversation("note/1", CUT, HIRED, space="slack:T1"), HALDEN), reader="0")]
    )
    await reread_outdated(store.rereading, read_anew, 0)
    assert (await store.library.tally(space="slack:T1")).claims == 2
    assert (await store.library.tally(space=None)).claims == 0


async def test_one_that_fails_keeps_its_claims_and_stops_nobody(store: Store) -> None:
    """It is tried once a run, and read by the first run that can."""

    def trip(talk: Conversation, spans: frozenset[TurnSpan]) -> Analysis:
        if talk.id == TALK.id:
            raise RuntimeError
        return read_anew(talk, spans)

    other = replace(reading(conversation("open/2", GREY)), reader="0")
    await store.library.save([OLD, other])
    assert await reread_outdated(store.rereading, trip, 0) == 1
    assert await store.rereading.readers() == {"0": 1, reader_version(): 1}
    assert (await store.library.tally(space=None)).claims == 2
    assert await reread_outdated(store.rereading, read_anew, 0) == 1
    assert await store.rereading.readers() == {reader_version(): 2}


@pytest.mark.parametrize(
    ("version", "outdated"),
    [
        ("", False),
        ("0", True),
        (reader_version(), False),
        (f"{READER_VERSION - 1}-abc", True),
        (f"{READER_VERSION}-other", True),
        (f"{READER_VERSION + 1}", False),
        (f"{READER_VERSION + 1}-abc", False),
        ("by hand", False),
    ],
)
def test_only_what_an_older_reader_read_is_outdated(version: str, *, outdated: bool) -> None:
    """Of two replicas during an update, the older one leaves alone what the newer one has read."""
    assert is_outdated(version) is outdated


READER = f"""
import asyncio, sys
from pathlib import Path
sys.path.insert(0, {str(ROOT)!r})
from bot.ingest.rereading import reread_outdated
from bot.store.store import open_store
from tests.contracts.test_store_rereading import read_anew

def read(talk, spans):
    print(talk.id, flush=True)
    return read_anew(talk, spans)

async def main():
    place = sys.argv[1]
    async with open_store(place if "://" in place else Path(place)) as store:
        await reread_outdated(store.rereading, read, 0)

asyncio.run(main())
"""
TALKS = 4 * BATCH_CONVERSATIONS


async def read_until(script: Path, place: Path | str, kill_at: int) -> list[str]:
    """Read again in a process of its own, and kill it once it began so many; return which it began."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, script, str(place), stdout=PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    assert process.stdout
    begun: list[str] = []
    while line := (await process.stdout.readline()).decode().strip():
        begun.append(line)
        if len(begun) == kill_at:
            process.kill()
    await process.wait()
    return begun


@pytest.mark.long
async def test_reading_again_survives_kills(place: Path | str, look: Look, tmp_path: Path) -> None:
    """Killed in the middle, it goes on with what is left, the newest first: all is read, and each saved once."""
    script = tmp_path / "reader.py"
    script.write_text(READER)
    talks = [conversation(f"open/{n:02}", CUT, GREY, HIRED) for n in range(TALKS)]
    async with open_store(place) as store:
        await store.follows.follow(Follow(0, "Halden", HERE, "U1", AlertFrequency.INSTANT, "UTC", NOON))
        await store.library.save(
            [replace(reading(talk, HALDEN), claims=_old_claims(talk), reader="0") for talk in talks]
        )
        assert await store.follows.queue_alerts(NOON) == 1
    kept = look("SELECT key, id FROM claims ORDER BY id")
    runs = [await read_until(script, place, kill_at) for kill_at in (3, BATCH_CONVERSATIONS + 5, -1)]
    assert runs[0][:3] == [f"open/{n:02}" for n in range(TALKS - 1, TALKS - 4, -1)]
    assert {key for run in runs for key in run} == {talk.id for talk in talks}
    assert sum(map(len, runs)) <= TALKS + 2 * BATCH_CONVERSATIONS
    assert set(kept) <= set(look("SELECT key, id FROM claims"))
    assert look("SELECT count(*), count(DISTINCT key) FROM claims") == [(3 * TALKS, 3 * TALKS)]
    async with open_store(place) as store:
        assert await store.rereading.readers() == {reader_version(): TALKS}
        assert await store.follows.queue_alerts(NOON) == 0
        posted = [claim.id for talk in talks for claim in _old_claims(talk)]
        assert [claim.id for claim in await store.library.claims(posted, space=None)] == posted


def _old_claims(talk: Conversation) -> tuple[Claim, ...]:
    return reading(talk, HALDEN).claims[:2]
