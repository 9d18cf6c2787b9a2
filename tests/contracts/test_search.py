"""What every Search must do, with and without search by meaning, on a real store."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.chat.request import Progress
from bot.domain import Filters, Hit
from bot.domain.question import SearchUnit
from bot.search.hybrid import HybridSearch, open_search
from bot.store.store import Store
from tests.said import TODAY, company, conversation, reading

Searching = Callable[[Store], HybridSearch]
EARLIER = TODAY - dt.timedelta(days=9)
HALDEN = company("Halden Memory", "Halden")
LEGAL = [
    "C++",
    "what's new?",
    '"',
    "''",
    "🦀",
    "AND",
    "NEAR(a b)",
    "a OR",
    "text: x",
    "*",
    "-",
    "(",
    "\0",
    "_",
    "x" * 10_000,
]


@pytest.fixture(params=["words alone", "words and meaning"])
def searching(request: pytest.FixtureRequest) -> Searching:
    """Return how to search a store."""
    if request.param == "words alone":
        return lambda store: HybridSearch(store.index)
    return lambda store: open_search(store.index, store.index)


@pytest.fixture
async def search(store: Store, searching: Searching) -> HybridSearch:
    """Return a search over a few conversations."""
    await store.library.save(
        [
            reading(conversation("memory", "Halden doubled memory prices.", "Phones will cost more."), HALDEN),
            reading(
                conversation("rails", "Night trains are full.", show="Rail Talk", speaker="Ana Ruiz", date=EARLIER)
            ),
            reading(conversation("secret", "Halden will buy a memory rival.", space="slack:T1"), HALDEN),
        ]
    )
    found = searching(store)
    await found.refresh()
    return found


def _conversations(hits: list[Hit]) -> set[str]:
    return {hit.passage.origin.conversation for hit in hits}


async def test_the_passage_with_the_words_comes_first(search: HybridSearch) -> None:
    """Whoever asks in the words of the speaker finds the speaker."""
    best, *_ = await search.find("Who doubled memory prices?", Filters())
    assert best.passage.text == "Halden doubled memory prices."
    assert best.coverage == 1


async def test_claims_are_found_the_same_way(search: HybridSearch) -> None:
    """Search over claims returns whole claims, with their entities."""
    best, *_ = await search.claims("doubled prices", Filters())
    assert best.quote == "Halden doubled memory prices."
    assert [mention.name for mention in best.entities] == ["Halden Memory"]


async def test_a_query_without_words(search: HybridSearch) -> None:
    """It finds no passage, and the latest claims."""
    assert await search.find(" ?!", Filters()) == []
    assert [claim.origin.date for claim in await search.claims("", Filters())] == [TODAY, TODAY, EARLIER]


@pytest.mark.parametrize("query", LEGAL)
async def test_odd_queries_are_legal(search: HybridSearch, query: str) -> None:
    """No text of a person is ever a syntax error."""
    assert isinstance(await search.find(query, Filters()), list)
    assert isinstance(await search.claims(query, Filters()), list)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=st.text(max_size=300))
async def test_any_text_is_a_legal_query(search: HybridSearch, query: str) -> None:
    """Whatever people type or paste, search answers."""
    assert len(await search.find(query, Filters(), 2)) <= 2
    assert len(await search.claims(query, Filters(), 2)) <= 2


@pytest.mark.parametrize(
    ("within", "expected"),
    [
        (Filters(), {"memory", "rails"}),
        (Filters(space="slack:T1"), {"memory", "rails", "secret"}),
        (Filters(speaker="ana ruiz"), {"rails"}),
        (Filters(show="Rail Talk"), {"rails"}),
        (Filters(since=TODAY), {"memory"}),
        (Filters(until=EARLIER), {"rails"}),
        (Filters(entity="halden"), {"memory"}),
        (Filters(conversation="rails"), {"rails"}),
        (Filters(conversation="secret"), set()),
        (Filters(conversation="secret", space="discord:G1"), set()),
        (Filters(show="Rail Talk", since=TODAY), set()),
    ],
)
async def test_filters_hold_for_words_and_meaning(search: HybridSearch, within: Filters, expected: set[str]) -> None:
    """Nothing outside the filters comes back, and what is inside does."""
    query = "Halden memory prices, night trains"
    assert _conversations(await search.find(query, within)) == expected
    assert {claim.origin.conversation for claim in await search.claims(query, within)} == expected
    assert {claim.origin.conversation for claim in await search.claims("", within)} == expected


async def test_an_edited_conversation_is_found_by_its_new_words_only(store: Store, search: HybridSearch) -> None:
    """An edit replaces what search knows, the title included."""
    await store.library.save([reading(conversation("rails", "Day buses are empty.", show="Bus Talk"))])
    await search.refresh()
    assert _conversations(await search.find("empty buses", Filters(show="Bus Talk"))) == {"rails"}
    assert all(hit.coverage == 0 for hit in await search.find("night", Filters()))


async def test_the_limit_holds(search: HybridSearch) -> None:
    """No more comes back than was asked for."""
    assert len(await search.find("Halden memory prices, night trains", Filters(), 1)) == 1


async def test_search_by_meaning_finds_other_words(store: Store) -> None:
    """Somebody who asks in words of their own finds what was said all the same."""
    said = ["The central bank raised interest rates.", "The goalkeeper was injured.", "Rain is likely tomorrow."]
    await store.library.save([reading(conversation(str(n), text)) for n, text in enumerate(said)])
    search = open_search(store.index, store.index)
    await search.refresh()
    best, *_ = await search.find("Is borrowing money getting more expensive?", Filters())
    assert best.passage.text == said[0]
    assert best.similarity > 0


async def test_refresh_goes_on_where_it_was_interrupted(store: Store) -> None:
    """Vectors that were made are kept; only the others are made again."""
    await store.library.save([reading(conversation(f"c{n}", f"Number {n}.")) for n in range(5)])
    first: list[Progress] = []
    again: list[Progress] = []
    await open_search(store.index, store.index).refresh(first.append)
    await store.library.save([reading(conversation("one more", "Another."))])
    await open_search(store.index, store.index).refresh(again.append)
    assert [progress.done for progress in first] == [5, 5]
    assert [progress.done for progress in again] == [1, 1]


async def test_vectors_of_another_maker_are_forgotten(store: Store) -> None:
    """Vectors of two tables do not compare, even where they are of one length; those of an older one only take room."""
    await store.library.save([reading(conversation(f"c{n}", f"Number {n}.")) for n in range(5)])
    rows = await store.index.pending(SearchUnit.PASSAGES, "another table", 10)
    await store.index.put(SearchUnit.PASSAGES, "another table", [(row, b"\1\2") for row, _ in rows])
    again: list[Progress] = []
    await open_search(store.index, store.index).refresh(again.append)
    assert [progress.done for progress in again] == [5, 5]
    assert len(await store.index.pending(SearchUnit.PASSAGES, "another table", 10)) == 5


async def test_optimizing_changes_nothing_but_the_time(store: Store) -> None:
    """What was found before is found after."""
    await store.library.save([reading(conversation(str(n), f"Halden cut {n} jobs.")) for n in range(9)])
    search = HybridSearch(store.index)
    before = [hit.passage.text for hit in await search.find("Halden jobs", Filters())]
    await store.index.optimize()
    assert [hit.passage.text for hit in await search.find("Halden jobs", Filters())] == before != []


async def test_names_are_those_that_a_space_may_read_of(store: Store) -> None:
    """In every spelling, with the speakers; another space's are not among them."""
    await store.library.save([reading(conversation("open/1", "Halden cut 400 jobs."), HALDEN)])
    await store.library.save(
        [
            reading(
                conversation("own/1", "Quillon hired 70 people.", space="slack:T1", speaker="Lena Ortiz"),
                company("Quillon"),
            )
        ]
    )
    ours, theirs = await store.index.names("slack:T1"), await store.index.names("slack:T2")
    assert {"Halden Memory", "Quillon", "Lena Ortiz"} <= set(ours)
    assert "Halden Memory" in theirs
    assert not {"Quillon", "Lena Ortiz"} & set(theirs)


async def test_words_are_spoken_at_their_own_second(store: Store) -> None:
    """Within a turn by their place in it; nobody hears when the words of another space were spoken."""
    words = ["Halden cut 400 jobs in Oslo. Quillon hired 70 people there.", "So it goes."]
    await store.library.save([reading(conversation("own/1", *words, space="slack:T1"), HALDEN)])
    assert await store.index.spoken_at("own/1", 0, "Halden cut", "slack:T1") == 0
    second = await store.index.spoken_at("own/1", 0, "Quillon hired", "slack:T1")
    assert second is not None
    assert 4 < second < 6
    assert await store.index.spoken_at("own/1", 1, "So it goes", "slack:T1") == 10
    assert await store.index.spoken_at("own/1", 0, "Quillon hired", "slack:T2") is None
    assert await store.index.has_turn("own/1", 0, "slack:T1")
    assert not await store.index.has_turn("own/1", 0, "slack:T2")
    assert not await store.index.has_turn("own/1", 9, "slack:T1")
    assert await store.index.spoken_at("own/1", 9, "Quillon hired", "slack:T1") is None
