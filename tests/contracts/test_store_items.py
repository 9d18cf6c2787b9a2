"""The items of feeds: each is one conversation, whatever a feed does to it."""

from __future__ import annotations

import asyncio
import datetime as dt
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.feed import ConversationSource, ItemChange, ItemSnapshot, ReadOutcome, TextKind
from bot.store.store import Store, open_store
from tests.conftest import NOON, Look
from tests.said import company, conversation, reading

FEED, OTHER, THIRD = "https://a.example/feed", "https://b.example/feed", "https://c.example/feed"
MAY = dt.date(2031, 6, 25)


def sighting(name: str, **other: object) -> ItemSnapshot:
    """Return an item that is known by everything an item may be known by."""
    whole = ItemSnapshot(
        guid=f"tag:a.example,2031:{name}",
        page=f"a.example/{name}",
        recording=f"cdn.example/{name}.mp3",
        title=f"Talk {name}",
        fold=f"talk {name}",
        day=MAY,
        lasts=1_000.0 + 100 * sum(map(ord, name)),
        hash=f"words of {name}",
        url=f"https://a.example/{name}",
        payload=f"payload of {name}",
    )
    return replace(whole, **other)


async def note(
    store: Store, *seen: ItemSnapshot, feed: str = FEED, backlog: bool = False, space: str | None = None
) -> list[tuple[str, ItemChange]]:
    """Note what a feed shows and return the conversations and what is new about them."""
    noted = await store.items.record(feed, seen, NOON, backlog=backlog, space=space)
    return [(one.conversation, one.change) for one in noted]


async def test_an_item_is_new_once(store: Store) -> None:
    """What was seen before is the same, in whatever order it comes, and what is told of it twice is told once."""
    one, two = sighting("one"), sighting("two")
    first = await note(store, one, two, one)
    assert [step for _, step in first] == [ItemChange.NEW, ItemChange.NEW, ItemChange.NEW]
    assert first[0] == first[2]
    again = await note(store, two, one)
    assert again == [(first[1][0], ItemChange.SAME), (first[0][0], ItemChange.SAME)]


@pytest.mark.parametrize(
    "changes",
    [
        {"guid": "another"},
        {"guid": "", "page": ""},
        {"page": "a.example/moved", "recording": ""},
        {"fold": "another title", "hash": "edited"},
        {"day": None, "hash": "edited"},
        {"recording": "elsewhere.example/x.mp3", "page": "", "hash": "edited"},
        {"guid": "another", "page": "a.example/moved"},
        {"page": "", "recording": "", "hash": "edited", "fold": "another title", "day": MAY - dt.timedelta(days=9)},
        {"guid": "", "recording": "", "hash": "edited", "fold": "another title"},
        {"guid": "another", "page": "", "day": MAY - dt.timedelta(days=9), "hash": "edited"},
        {"guid": "another", "page": "", "hash": "edited", "fold": "another title"},
    ],
)
async def test_an_item_that_changes_stays_one(store: Store, changes: dict[str, object]) -> None:
    """Whatever of an item changes, what is left tells that it is the same; and so it does on the way back."""
    one, other = sighting("one"), sighting("other")
    ((conversation, _), _) = await note(store, one, other)
    changed = sighting("one", **changes)
    ((after, step), _) = await note(store, changed, other)
    assert (conversation, ItemChange.EDITED if "hash" in changes else ItemChange.SAME) == (after, step)
    ((back, _), _) = await note(store, one, other)
    assert back == conversation


@pytest.mark.parametrize("fact", ["guid", "page", "recording", "fold", "day"])
async def test_what_all_items_share_tells_nothing(store: Store, fact: str) -> None:
    """A feed that gives all its items one guid, page, recording, title or day still has as many conversations."""
    same = getattr(sighting("same"), fact)
    items = [sighting(f"n{number}", **{fact: same}) for number in range(9)]
    assert len(set(await note(store, *items))) == 9
    assert len({conversation for conversation, _ in await note(store, *items[::-1])}) == 9
    assert len({conversation for conversation, _ in await note(store, *items[4:5])}) == 1
    assert [step for _, step in await note(store, *items)] == [ItemChange.SAME] * 9
    assert [step for _, step in await note(store, sighting("n9", **{fact: same}))] == [ItemChange.NEW]


@pytest.mark.parametrize("same", [{"page": "a.example"}, {"page": "a.example", "fold": "today"}])
async def test_a_new_item_on_the_page_of_all(store: Store, same: dict[str, object]) -> None:
    """A feed of one item at a time, all on one page or all called the same, brings a new conversation with each."""
    days = [MAY + dt.timedelta(days=number) for number in range(4)]
    seen = [await note(store, sighting(f"n{day.day}", day=day, **same)) for day in days]
    assert len({conversation for ((conversation, _),) in seen}) == 4


async def test_two_of_a_day_under_what_all_share(store: Store) -> None:
    """Of two items that differ in little, each stays itself when the feed gives both new guids."""
    one, two = (sighting(name, page="a.example", recording="", fold="today") for name in ("one", "two"))
    before = await note(store, one, two)
    assert len({conversation for conversation, _ in before}) == 2
    after = await note(store, replace(two, guid="new two"), replace(one, guid="new one"))
    assert [conversation for conversation, _ in after] == [conversation for conversation, _ in before[::-1]]


async def test_one_talk_on_three_feeds(store: Store) -> None:
    """The same recording, page or title with day and length is one conversation with three sources."""
    ((talk, _),) = await note(store, sighting("one"))
    same = sighting("one", guid="b7", page="b.example/7", url="https://b.example/7")
    alike = sighting("one", guid="c9", page="c.example/9", recording="", hash="other words", url="https://c.example/9")
    assert await note(store, same, feed=OTHER) == [(talk, ItemChange.JOINED)]
    namesake = replace(alike, guid="d7", page="d.example/7", hash="words again", lasts=60.0)
    assert await note(store, namesake, feed="https://d.example/feed") != [(talk, ItemChange.JOINED)]
    assert await note(store, alike, feed=THIRD) == [(talk, ItemChange.JOINED)]
    assert [telling.feed for telling in await store.items.occurrences(talk, space=None)] == [FEED, OTHER, THIRD]


async def test_a_short_guid_is_its_own_feeds(store: Store) -> None:
    """Two feeds that count their items are two feeds."""
    ((talk, _),) = await note(store, sighting("one", guid="7"))
    assert await note(store, sighting("two", guid="7"), feed=OTHER) != [(talk, ItemChange.JOINED)]


async def test_nearly_the_same_words_are_one_conversation(store: Store) -> None:
    """An item joins what has half of its shingles; once it was read it stays what it is."""
    words = [f"{number:04}" for number in range(64)]
    ((talk, _),) = await note(store, sighting("one"))
    ((other, _),) = await note(store, sighting("two"), feed=OTHER)
    first, second = await store.items.due(NOON, 10)
    assert {first.conversation, second.conversation} == {talk, other}
    one, two = (first, second) if first.conversation == talk else (second, first)
    assert await store.items.assign_conversation(one.item, TextKind.TRANSCRIPT, words) == talk
    await store.items.settle(one.item, ReadOutcome(TextKind.TRANSCRIPT), NOON)
    assert await store.items.assign_conversation(two.item, TextKind.TRANSCRIPT, words[:31] + ["x"] * 33) == other
    assert await store.items.assign_conversation(two.item, TextKind.TRANSCRIPT, words[:32] + ["x"] * 32) is None
    assert [telling.feed for telling in await store.items.occurrences(talk, space=None)] == [FEED, OTHER]


async def test_the_best_words_tell_a_conversation(store: Store) -> None:
    """What stands in several places is kept in the words of the one with the best: a transcript before notes."""
    ((talk, _),) = await note(store, sighting("one"))
    await note(store, sighting("one", guid="b7"), feed=OTHER)
    by_feed = {waiting.feed: waiting.item for waiting in await store.items.due(NOON, 10)}
    assert await store.items.assign_conversation(by_feed[FEED], TextKind.NOTES, ()) == talk
    await store.items.settle(by_feed[FEED], ReadOutcome(TextKind.NOTES, "no transcript is offered"), NOON)
    assert await store.items.assign_conversation(by_feed[OTHER], TextKind.TRANSCRIPT, ()) == talk
    await store.items.settle(by_feed[OTHER], ReadOutcome(TextKind.TRANSCRIPT), NOON)
    assert await store.items.assign_conversation(by_feed[FEED], TextKind.NOTES, ()) is None
    assert await store.items.assign_conversation(by_feed[FEED], TextKind.TRANSCRIPT, ()) == talk


async def test_what_is_read_and_when(store: Store) -> None:
    """News is read before a back catalogue, the newest first; what is to be looked at again is, and an edit is read."""
    old = [sighting(f"old{number}", day=MAY + dt.timedelta(days=number)) for number in range(2)]
    await note(store, *old, backlog=True, feed=OTHER)
    await note(store, sighting("news"))
    waiting = await store.items.due(NOON, 10)
    assert [one.payload for one in waiting] == ["payload of news", "payload of old1", "payload of old0"]
    later = NOON + dt.timedelta(hours=1)
    await store.items.settle(waiting[0].item, ReadOutcome(None, "its page does not answer", retry_at=later), NOON)
    await store.items.settle(waiting[1].item, ReadOutcome(TextKind.NOTES), NOON)
    await store.items.settle(waiting[2].item, ReadOutcome(None, "it is no more", is_gone=True), NOON)
    assert await store.items.due(NOON, 10) == []
    assert [one.payload for one in await store.items.due(later, 10)] == ["payload of news"]
    await note(store, replace(old[1], hash="edited"), feed=OTHER)
    assert [one.payload for one in await store.items.due(NOON, 10)] == ["payload of old1"]


async def test_what_is_gone_and_what_left_the_feed(store: Store) -> None:
    """An item that its feed shows no more stays; of one whose page is gone, since when is kept."""
    ((one, _), (two, _)) = await note(store, sighting("one"), sighting("two"))
    await note(store, sighting("two"))
    item = next(w.item for w in await store.items.due(NOON, 10) if w.conversation == one)
    await store.items.settle(item, ReadOutcome(TextKind.NOTES, "its page is gone", is_gone=True), NOON)
    expected = ConversationSource(
        FEED, "https://a.example/one", "Talk one", MAY, TextKind.NOTES, "its page is gone", NOON
    )
    assert await store.items.occurrences(one, space=None) == [expected]
    assert [telling.gone_at for telling in await store.items.occurrences(two, space=None)] == [None]


async def test_spaces_are_kept_apart(store: Store) -> None:
    """What belongs to a space is never one with what others may read, and nobody else sees where it stands."""
    ((open_, _),) = await note(store, sighting("one"))
    ((ours, _),) = await note(store, sighting("one"), space="slack:T1")
    ((theirs, _),) = await note(store, sighting("one"), space="slack:T2")
    assert len({open_, ours, theirs}) == 3
    assert await store.items.occurrences(ours, space="slack:T2") == []
    assert await store.items.occurrences(ours, space=None) == []
    assert len(await store.items.occurrences(ours, space="slack:T1")) == 1
    await store.privacy.erase_space("slack:T1")
    assert await store.items.occurrences(ours, space="slack:T1") == []
    assert len(await store.items.occurrences(theirs, space="slack:T2")) == 1


@given(st.data())
def test_whatever_a_feed_does_no_conversation_comes_twice(data: st.DataObject) -> None:
    """Through edits, new and lost guids, new pages, repeats and removals each item keeps its conversation."""
    asyncio.run(_lived(data))


async def _lived(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with open_store(Path(folder) / "items.db") as store:
            feed = {f"n{n}": sighting(f"n{n}", day=MAY + dt.timedelta(days=n % 3)) for n in range(6)}
            told: dict[str, str] = {}
            for turn in range(data.draw(st.integers(2, 5))):
                shown = data.draw(st.lists(st.sampled_from(sorted(feed)), min_size=1, max_size=9))
                noted = await note(store, *(feed[name] for name in shown))
                for name, (conversation, _) in zip(shown, noted, strict=True):
                    assert told.setdefault(name, conversation) == conversation
                for name in data.draw(st.sets(st.sampled_from(sorted(feed)))):
                    feed[name] = replace(feed[name], **data.draw(st.sampled_from(changes(name, turn))))
            assert len(set(told.values())) == len(told)


def changes(name: str, turn: int) -> list[dict[str, object]]:
    """Return what a feed may change of an item between two looks."""
    return [
        {"guid": f"{name} anew {turn}"},
        {"guid": ""},
        {"page": f"a.example/{turn}/{name}"},
        {"title": f"Edited {turn}", "fold": f"edited {turn} {name}", "hash": f"edited {turn} {name}"},
        {"hash": f"corrected {turn} {name}"},
        {"day": MAY + dt.timedelta(days=turn), "hash": f"dated {turn} {name}"},
        {"lasts": None},
    ]


@pytest.mark.parametrize("count", [1_000, pytest.param(10_000, marks=pytest.mark.long)])
async def test_a_back_catalogue_is_kept_once(store: Store, look: Look, count: int) -> None:
    """However many items are as many conversations, and seeing them again, mixed up, adds none."""
    items = [sighting(f"n{number}", day=MAY - dt.timedelta(days=number)) for number in range(count)]
    first = await store.items.record(FEED, items, NOON, backlog=True, space=None)
    assert len({one.conversation for one in first}) == count
    again = await store.items.record(FEED, items[::-1], NOON, backlog=False, space=None)
    assert [one.change for one in again] == [ItemChange.SAME] * count
    assert look("SELECT count(*), count(DISTINCT conversation) FROM items") == [(count, count)]


async def test_a_back_catalogue_is_no_news(store: Store) -> None:
    """Of what a feed held when it was added no brief tells; what it brings later is told."""
    halden = company("Halden")
    ((old, _),) = await note(store, sighting("old"), backlog=True)
    ((new, _), _) = await note(store, sighting("new"), sighting("old"))
    said: Sequence[str] = (old, new)
    await store.library.save([reading(conversation(key, "Halden cut 400 jobs.", date=MAY), halden) for key in said])
    material = await store.editions.material("all", MAY, space=None)
    assert {claim.origin.conversation for claim in material.claims} == {new}
    assert sum(material.read.values()) == 1
