"""What an exact encoder adds to search by meaning, whenever it comes to it."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence

import pytest

from bot.chat.request import Progress
from bot.domain import Filters
from bot.domain.question import SearchUnit
from bot.search.hybrid import HybridSearch
from bot.store.store import Store
from tests.said import TODAY, conversation, reading

np = pytest.importorskip("numpy")
semantic = pytest.importorskip("bot.search.semantic")

SONG = "The choir sang by the harbour."
BANK = "The central bank raised interest rates."
RAIN = "Rain is likely tomorrow."
LATE = "Lombrices sang on the road."
QUESTION = "Was there a lombriz?"
"""Asks for singing in a word that only the encoder of this file knows."""


class Topics:
    """An encoder that knows two topics: whatever is sung, and everything else."""

    name = "topics"
    dimensions = 2

    def __init__(self) -> None:
        self.seen: list[str] = []

    def embed(self, texts: Sequence[str]) -> object:
        """Return the topic of each text."""
        self.seen += texts
        return np.array([[1, 0] if "sang" in text or "lombriz" in text else [0, 1] for text in texts], np.float32)


def search_with(store: Store, encoder: Topics | None) -> HybridSearch:
    """Open a search with an encoder beside the table."""
    return HybridSearch(store.index, lambda: semantic.SemanticSearch(store.index, encoder))


async def similarities(search: HybridSearch) -> dict[str, float]:
    """Ask the question; return how near each passage is to it."""
    return {hit.passage.text: hit.similarity for hit in await search.find(QUESTION, Filters(), 50)}


@pytest.fixture
async def store(store: Store) -> Store:
    """Return a store in which three things were said."""
    await store.library.save([reading(conversation(str(n), text)) for n, text in enumerate([BANK, SONG, RAIN])])
    return store


async def test_the_encoder_has_the_last_word_once_it_has_seen_a_row(store: Store) -> None:
    """Until then the table judges; afterwards the row is as near as the encoder says."""
    search = search_with(store, Topics())
    await search.refresh()
    before = await similarities(search)
    await search.encode_pending()
    assert before.get(SONG, 0) < 0.9
    assert await similarities(search) == {SONG: pytest.approx(1)}


async def test_rows_that_the_encoder_has_not_seen_are_judged_by_the_table(store: Store) -> None:
    """Both kinds of vectors serve side by side, each compared with its own."""
    search = search_with(store, Topics())
    await search.refresh()
    await search.encode_pending()
    await store.library.save([reading(conversation("late", LATE))])
    await search.refresh()
    near = await similarities(search)
    assert near[SONG] == pytest.approx(1)
    assert 0 < near[LATE] < 1
    await search.encode_pending()
    assert (await similarities(search))[LATE] == pytest.approx(1)


async def test_where_words_are_sure_meaning_is_not_made_exact(store: Store) -> None:
    """Whoever asks in the words that were said waits for no encoder."""
    encoder = Topics()
    search = search_with(store, encoder)
    await search.refresh()
    await search.find("interest rates", Filters())
    assert encoder.seen == []
    await search.find(QUESTION, Filters())
    assert encoder.seen == [QUESTION]


async def test_sharpening_goes_on_where_it_was_cancelled(store: Store) -> None:
    """What was embedded stays, in another run of the bot as well; nothing is embedded twice."""
    said = [reading(conversation(f"more {n}", f"Number {n}.")) for n in range(3 * semantic.ENCODER_SLICE)]
    await store.library.save(said)
    begun, after = Topics(), Topics()

    async def begin() -> None:
        task = asyncio.current_task()
        assert task

        def stop(progress: Progress) -> None:
            if progress.done >= semantic.ENCODER_SLICE:
                task.cancel()

        await search_with(store, begun).encode_pending(stop)

    with pytest.raises(asyncio.CancelledError):
        await asyncio.create_task(begin())
    rest = search_with(store, after)
    assert await rest.count_pending() == 2 * (3 + 3 * semantic.ENCODER_SLICE) - semantic.ENCODER_SLICE
    await rest.encode_pending()
    assert await rest.count_pending() == 0
    assert len(after.seen) == 2 * (3 + 3 * semantic.ENCODER_SLICE) - semantic.ENCODER_SLICE


async def test_the_newest_are_sharpened_first(store: Store) -> None:
    """People ask about what is new; the archive can wait."""
    earlier = [reading(conversation("old", "Old words.", date=TODAY - dt.timedelta(days=9)))]
    later = [reading(conversation("new", "New words.", date=TODAY + dt.timedelta(days=1)))]
    await store.library.save([*later, *earlier])
    texts = [text.rpartition("\n")[2] for _, text in await store.index.pending(SearchUnit.PASSAGES, "topics", 10)]
    assert (texts[0], texts[-1]) == ("New words.", "Old words.")


async def test_exact_vectors_outlast_a_bot_without_the_encoder(store: Store) -> None:
    """They took long to make, and are no nuisance to the table."""
    kept = semantic.minilm.ENCODER_NAME
    rows = await store.index.pending(SearchUnit.PASSAGES, kept, 10)
    await store.index.put(SearchUnit.PASSAGES, kept, [(row, b"\1\2") for row, _ in rows])
    plain = search_with(store, None)
    await plain.refresh()
    await plain.encode_pending()
    assert await plain.count_pending() == 0
    assert await store.index.pending(SearchUnit.PASSAGES, kept, 10) == []
    assert (await plain.find("a choir in the harbour", Filters()))[0].passage.text == SONG


async def test_a_vector_that_comes_too_late_is_dropped(store: Store) -> None:
    """A row may be gone by the time its vector is made."""
    await store.index.put(SearchUnit.PASSAGES, "topics", [(999_999, b"\1\2")])
    assert await store.index.vectors_after(SearchUnit.PASSAGES, "topics", 0) == []
