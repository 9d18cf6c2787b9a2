"""What every library keeps, and how it takes an edit."""

from __future__ import annotations

import asyncio
import datetime as dt
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain import Analysis, Claim, EventDate, Filters, LeadIn, Modality
from bot.domain.question import SearchUnit
from bot.errors import SettingsError
from bot.search.hybrid import open_search
from bot.store.store import Store, open_store
from tests.conftest import Look
from tests.engines import Engine
from tests.said import TODAY, company, conversation, reading

HALDEN = company("Halden", "Halden Energy")
CUT, GREY, HIRED = "Halden cut 400 jobs.", "The sky was grey over Halden.", "Halden hired 90 welders."
FIRST = reading(conversation("open/1", CUT, GREY), HALDEN)
EDITED = reading(conversation("open/1", GREY, HIRED), HALDEN)


def texts(claims: list[Claim]) -> list[str]:
    """Return what the claims say, sorted."""
    return sorted(claim.text for claim in claims)


def everything(look: Look) -> list[object]:
    """Return all that was said, whatever the numbers of its rows."""
    return [
        look("SELECT key, hash, show, title, date, space FROM conversations ORDER BY key"),
        look("SELECT key, turn, start, text, quote FROM spoken_claims ORDER BY key"),
        look("SELECT turn, last, text FROM spoken_passages ORDER BY text"),
        look("SELECT n, speaker, t, text FROM spoken_turns ORDER BY text"),
        look("SELECT claims.key, name FROM claim_names JOIN claims ON claims.id = claim ORDER BY 1, 2"),
        look("SELECT fold, alias FROM aliases ORDER BY fold"),
    ]


async def test_keeping_twice_is_keeping_once(store: Store, look: Look) -> None:
    """The same reading again changes nothing, and what is kept comes back whole."""
    await store.library.save([FIRST])
    before = everything(look)
    await store.library.save([FIRST, FIRST])
    assert everything(look) == before
    assert await store.library.conversation("open/1", space=None) == FIRST.conversation
    assert await store.library.hashes(["open/1", "open/2"]) == {"open/1": FIRST.conversation.content_hash}


async def test_a_claim_comes_back_as_it_was_read(store: Store) -> None:
    """Every field of a claim survives, in the order asked, and an unknown id is left out."""
    await store.library.save([FIRST])
    one, other = FIRST.claims
    assert await store.library.claims([other.id, "nothing", one.id], space=None) == [other, one]


async def test_what_a_claim_leans_on_and_when_it_happened_come_back(store: Store) -> None:
    """Importance, context, subject, lead-in, date and a denial are kept, and a later reading may change them all."""
    plain, _ = FIRST.claims
    read = replace(
        plain,
        modality=Modality.DENIED,
        importance=2.25,
        needs_context=0.8,
        about="Halden's job cuts",
        lead_in=LeadIn(0, 0, 6, "Halden"),
        happened=EventDate(dt.date(2030, 4, 1), dt.date(2030, 6, 30)),
    )
    await store.library.save([replace(FIRST, claims=(read,))])
    assert await store.library.claims([read.id], space=None) == [read]
    await store.library.save([FIRST])
    assert await store.library.claims([plain.id], space=None) == [plain]


async def test_a_description_comes_back_and_can_be_edited(store: Store) -> None:
    """It is kept beside the words; another one counts as an edit, and none leaves the content hash as it was."""
    said = replace(FIRST.conversation, description="Halden's cuts, and what Dana Whitfield makes of them.")
    assert said.content_hash != FIRST.conversation.content_hash
    for description in (said.description, "Dana Whitfield on Halden.", ""):
        read = replace(FIRST, conversation=replace(said, description=description))
        await store.library.save([read])
        assert await store.library.conversation("open/1", space=None) == read.conversation
        assert await store.library.hashes(["open/1"]) == {"open/1": read.conversation.content_hash}
    assert read.conversation.content_hash == "623f2398648692a48e52c6f935e8f31228e4b590da163d93a67a337432141048"


@pytest.mark.parametrize(
    "wrong",
    [
        {"quote": "Halden cut 401 jobs."},
        {"quote": "halden cut 400 jobs."},
        {"quote": f"{CUT} "},
        {"end": 5},
        {"start": 1},
        {"turn": 1},
        {"turn": 7},
        {"turn": -2},
    ],
)
async def test_a_quote_that_is_not_the_turns_own_words_is_refused(
    store: Store, look: Look, wrong: dict[str, object]
) -> None:
    """One wrong byte, place or turn in one claim, and nothing of the whole batch is kept."""
    claim = replace(FIRST.claims[0], **wrong)
    other = reading(conversation("open/0", "Nothing wrong here."))
    with pytest.raises(ValueError, match="byte for byte"):
        await store.library.save([other, replace(FIRST, claims=(claim,))])
    assert everything(look) == [[], [], [], [], [], []]


async def test_an_edit_replaces_turns_passages_and_claims(store: Store, look: Look) -> None:
    """What was taken out is gone everywhere; what stayed keeps its row, and what is new is found."""
    await store.library.save([FIRST])
    (before,) = look("SELECT id FROM spoken_claims WHERE text = ?", GREY)
    await store.library.save([EDITED])
    (after,) = look("SELECT id FROM spoken_claims WHERE text = ?", GREY)
    assert before == after
    assert await store.library.conversation("open/1", space=None) == EDITED.conversation
    assert await store.library.claims([FIRST.claims[0].id], space=None) == []
    assert look("SELECT text FROM spoken_passages ORDER BY turn") == [(GREY,), (HIRED,)]
    assert look("SELECT turn FROM claims ORDER BY turn") == [(0,), (1,)]


async def test_after_any_edit_the_words_found_are_the_words_kept(store: Store, engine: Engine) -> None:
    """The full-text indexes stand with their tables after edits, also of title, show and speaker."""
    said = conversation("open/1", GREY, HIRED, show="Late Shift", speaker="Ruth Adeyemi")
    for taken in (FIRST, EDITED, reading(said, HALDEN), FIRST):
        await store.library.save([taken])
        assert engine.whole()
    find = store.index.match
    assert [row.text for row in await find(SearchUnit.PASSAGES, ["welders"], [], Filters(), 9)] == []
    assert [row.text for row in await find(SearchUnit.PASSAGES, ["jobs"], [], Filters(), 9)] == [CUT]
    assert await find(SearchUnit.CLAIMS, ["ruth"], [], Filters(), 9) == []


async def test_the_check_of_the_words_does_notice(store: Store, engine: Engine) -> None:
    """A row changed behind the index fails the check that the test above relies on."""
    await store.library.save([FIRST])
    engine.look("UPDATE passages SET text = 'another' WHERE turn = 0")
    assert not engine.whole()


async def test_a_row_that_is_gone_lends_its_number_to_no_other(store: Store, look: Look) -> None:
    """Vectors, alerts and what followers have heard of go by row, so a number never means two things."""
    await store.library.save([FIRST])
    passages, claims = look("SELECT id FROM passages"), look("SELECT id FROM claims")
    await store.library.save([reading(conversation("open/1"))])
    await store.library.save([EDITED])
    assert set(passages).isdisjoint(look("SELECT id FROM passages"))
    assert set(claims).isdisjoint(look("SELECT id FROM claims"))


async def test_search_by_meaning_follows_an_edit(store: Store) -> None:
    """A question finds the corrected words, and its similarity is to them."""
    search = open_search(store.index, store.index)
    await store.library.save([reading(conversation("open/1", "The price of copper doubled in March."))])
    await search.refresh()
    await search.find("copper price", Filters())
    await store.library.save([reading(conversation("open/1", "A choir sang in the old harbour."))])
    await search.refresh()
    (hit,) = await search.find("a choir singing by the harbour", Filters())
    (afresh,) = await open_search(store.index, store.index).find("a choir singing by the harbour", Filters())
    assert hit.passage == afresh.passage
    assert hit.similarity == pytest.approx(afresh.similarity, abs=1e-5)


async def test_an_empty_edit_leaves_an_empty_conversation(store: Store, look: Look, engine: Engine) -> None:
    """A conversation may lose all its words."""
    await store.library.save([FIRST])
    await store.library.save([reading(conversation("open/1"))])
    assert look("SELECT count(*) FROM claims") == look("SELECT count(*) FROM passages") == [(0,)]
    assert engine.whole()


async def test_the_tally_counts_what_there_is(store: Store) -> None:
    """Conversations, claims, names and shows, each show with its newest date."""
    older = reading(conversation("late/1", "Quillon closed a plant.", show="Late Shift", date=dt.date(2031, 6, 1)))
    await store.library.save([FIRST, older])
    tally = await store.library.tally(space=None)
    assert (tally.conversations, tally.claims, tally.entities, tally.shows, tally.newest) == (2, 3, 1, 2, TODAY)
    assert tally.shows_by_date == (("Open Bench", 1, TODAY), ("Late Shift", 1, dt.date(2031, 6, 1)))


@pytest.mark.parametrize("steps", range(0, 40, 3))
async def test_a_reading_that_is_stopped_leaves_nothing_half_done(store: Store, look: Look, steps: int) -> None:
    """Wherever a writer is cancelled, all of its reading is there or none, and the next writer can write."""
    task = asyncio.create_task(store.library.save([FIRST]))
    for _ in range(steps):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await store.library.save([reading(conversation("open/9", "Somebody else spoke."))])
    assert len(look("SELECT * FROM conversations")) in {1, 2}
    assert len(look("SELECT * FROM claims")) in {1, 3}


async def test_writers_wait_for_each_other(store: Store) -> None:
    """Twenty at once are all kept."""
    readings = [reading(conversation(f"open/{n}", f"Statement number {n}.")) for n in range(20)]
    await asyncio.gather(*(store.library.save([taken]) for taken in readings))
    assert (await store.library.tally(space=None)).conversations == 20


async def test_two_processes_share_one_database(place: Path | str) -> None:
    """What one writes the other reads, and both may write."""
    async with open_store(place) as one, open_store(place) as other:
        await asyncio.gather(one.library.save([FIRST]), other.library.save([reading(conversation("open/2", "Yes."))]))
        assert (await one.library.tally(space=None)) == (await other.library.tally(space=None))
        assert (await one.library.tally(space=None)).conversations == 2


async def test_what_is_no_database_is_named(tmp_path: Path) -> None:
    """A folder, a text file, a place nobody may write to and a newer database each give a clear sentence."""
    (tmp_path / "letter.db").write_text("Dear reader, this is a letter and not a database. " * 40)
    with closing_newer(tmp_path / "newer.db"):
        pass
    for name, words in [("letter.db", "not an Overheard"), ("newer.db", "newer"), (".", "cannot be opened")]:
        with pytest.raises(SettingsError, match=words):
            async with open_store(tmp_path / name):
                pass
    with pytest.raises(SettingsError, match="cannot be opened"):
        async with open_store(tmp_path / "letter.db" / "inside.db"):
            pass


def closing_newer(path: Path) -> sqlite3.Connection:
    """Make a database of a version yet to come."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 999")
    return connection


def test_a_reading_is_what_the_tests_take_it_for() -> None:
    """Each made-up claim quotes its own turn."""
    readings: list[Analysis] = [FIRST, EDITED]
    for taken in readings:
        for claim in taken.claims:
            assert taken.conversation.turns[claim.turn].text[claim.start : claim.end] == claim.quote
