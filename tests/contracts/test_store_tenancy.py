"""No reading query ever returns what belongs to another space."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

import pytest

from bot.chat.message import Group, Message, Prose
from bot.chat.text import styled_text
from bot.domain import Analysis, Brief, EntityKind, Filters, Signal, Statement, ThreadContext
from bot.domain.address import Address, Member
from bot.domain.delivery import Delivery, DeliveryState
from bot.domain.feed import ItemSnapshot
from bot.domain.question import SearchUnit
from bot.domain.subscription import AlertFrequency, Follow, QuietHours, Subscription
from bot.domain.usage import Account, BudgetPool, Charge, PoolUsage, Usage
from bot.search.hybrid import open_search
from bot.store.store import Store
from tests.conftest import NOON, Look
from tests.said import SPEAKER, TODAY, company, conversation, reading

OURS, THEIRS = "slack:TEAM", "discord:GUILD"
HERE, THERE = Address("slack", "TEAM", "C1"), Address("discord", "GUILD", "C1")
HALDEN = company("Halden", "Halden Energy")
SPACES = (None, OURS, THEIRS)
FEED = "https://a.example/feed"
SEEN = {
    owner: ItemSnapshot("guid", "", "", f"only for {owner}", "only", TODAY, None, "words", "", "") for owner in SPACES
}
FILTERS: list[dict[str, object]] = [
    dict(chosen)
    for size in range(3)
    for chosen in itertools.combinations(
        [
            ("speaker", SPEAKER),
            ("show", "open bench"),
            ("entity", "Halden Energy"),
            ("since", TODAY),
            ("until", TODAY),
            ("conversation", THEIRS),
        ],
        size,
    )
]

Reads = Callable[[Store, str | None], Awaitable[object]]


def said_in(space: str | None) -> Analysis:
    """Make what one space said; its words carry the space's name."""
    name = space or "open"
    words = (f"Halden told {name} that revenue fell 9 percent.", f"Halden Energy promised {name} a new plant.")
    return reading(conversation(name, *words, space=space), HALDEN)


def secrets_of(space: str | None) -> set[str]:
    """Return the claim ids of one space."""
    return {claim.id for claim in said_in(space).claims}


async def _search(store: Store, within: Filters) -> list[object]:
    search = open_search(store.index, store.index)
    found: list[object] = [*await search.find("Halden revenue plant", within, 50)]
    found += await search.claims("Halden revenue plant", within, 50)
    found += await search.claims("", within, 50)
    found += await search.find("Halden", within, 50)
    return found


async def _index(store: Store, within: Filters) -> list[object]:
    seen: list[object] = []
    for unit in SearchUnit:
        ids = list(range(1, 20))
        seen += await store.index.match(unit, ["halden"], [], within, 50)
        seen += await store.index.match(unit, [], [], within, 50)
        seen += await store.index.fetch(unit, ids, within)
        every = await store.index.row_ids(unit, Filters(space=within.space))
        assert set(await store.index.row_ids(unit, within)) <= set(every)
        seen += (await store.index.fetch(unit, every, Filters(space=within.space))) if every else []
    seen += (await store.index.passages(range(20), within)).values()
    seen += (await store.index.claims(range(20), within)).values()
    return seen


async def _each_conversation(store: Store, space: str | None) -> list[object]:
    return [await store.library.conversation(owner or "open", space=space) for owner in SPACES]


async def _each_subscription(store: Store, space: str | None) -> list[object]:
    return [await store.subscriptions.subscription(number, _at(space)) for number in range(5)]


async def _each_telling(store: Store, space: str | None) -> list[object]:
    noted = [await store.items.record(FEED, [SEEN[owner]], NOON, backlog=False, space=owner) for owner in SPACES]
    return [await store.items.occurrences(one.conversation, space=space) for (one,) in noted]


async def _each_note(store: Store, space: str | None) -> list[object]:
    return [await store.notes.get(space or "console:x", owner) for owner in (OURS, THEIRS)]


READS: Mapping[str, Reads] = {
    "library.conversation": _each_conversation,
    "library.claims": lambda store, space: store.library.claims(
        [claim for owner in SPACES for claim in secrets_of(owner)], space=space
    ),
    "library.tally": lambda store, space: store.library.tally(space=space),
    "registry.profile": lambda store, space: store.registry.profile(HALDEN, space=space, today=TODAY),
    "editions.material": lambda store, space: store.editions.material("", TODAY, space=space),
    "editions.edition": lambda store, space: store.editions.edition("", TODAY, space=space),
    "search": lambda store, space: _search(store, Filters(space=space)),
    "index": lambda store, space: _index(store, Filters(space=space)),
    "follows.following": lambda store, space: store.follows.following(_at(space)),
    "follows.quiet": lambda store, space: store.follows.quiet_hours(_at(space)),
    "subscription": _each_subscription,
    "subscriptions": lambda store, space: store.subscriptions.subscriptions(space or "console:x"),
    "subscriptions.here": lambda store, space: store.subscriptions.subscriptions(space or "console:x", THERE),
    "outbox": lambda store, space: store.outbox.deliveries(space or "console:x", list(DeliveryState)),
    "sources": lambda store, space: store.sources.sources(space or "console:x"),
    "feeds": lambda store, space: store.feeds.feeds(space or "console:x"),
    "items.tellings": _each_telling,
    "notes": _each_note,
    "privacy.export": lambda store, space: store.privacy.export(space or "console:x", "U1"),
    "spending": lambda store, space: store.spending.spent_by_purpose(Account(space or "console:x", "U1"), NOON),
    "memory": lambda store, space: store.completions.get(space or "", "key"),
    "threads": lambda store, space: store.threads.subject(_at(space)),
}


def _at(space: str | None) -> Address:
    return {OURS: HERE, THEIRS: THERE}.get(space or "", Address("console", "x", "C1"))


async def furnish(store: Store) -> None:
    """Give two spaces everything a space may have, each under its own name, with the same user id in both."""
    await store.library.save([said_in(space) for space in SPACES])
    for at in (HERE, THERE):
        space = at.tenant
        follow = Follow(0, "Halden", at, "U1", AlertFrequency.INSTANT, "UTC", NOON)
        await store.follows.follow(follow)
        await store.follows.set_quiet_hours(at, QuietHours(at, "U1", dt.time(22), dt.time(7), f"Etc/{space}"))
        await store.languages.set_language(at, "U1", "German")
        due = dt.datetime(2031, 6, 27, 8, tzinfo=dt.UTC)
        plan = Subscription(0, space, at, "U1", dt.time(8), "UTC", frozenset(range(7)), due, due.date())
        await store.subscriptions.subscribe(plan)
        await store.outbox.put([Delivery(f"brief/{space}", f"brief for {space}", at)], NOON)
        await store.sources.add(space, "U1", f"/shows/{space}")
        await store.notes.put(space, space, "U1", NOON)
        await store.feeds.add(space, Member("U1"), f"https://a.test/{space}", NOON, space=space)
        await store.items.record(FEED, [SEEN[space]], NOON, backlog=False, space=space)
        await store.threads.save_subject(at, "U1", ThreadContext((f"What did {space} say?",)), NOON)
        await store.votes.vote(at, "U1", f"brief of {space}", helped=True, now=NOON)
        await store.preferences.prefer(at, "U1", f"Halden of {space}", 1, NOON)
        words = f"told to {space}"
        await store.replies.save(at, "U1", Message((Group((Prose(styled_text(words)),)),), words), NOON)
        bill = Charge(BudgetPool.SPACE, Account(space, "U1"), f"answer for {space}")
        await store.spending.reserve(bill, 5, PoolUsage(), NOON)
        await store.spending.settle("none", bill, Usage("small", 100, 10), 5, NOON)
        await store.completions.put(space, "key", f"for {space}", NOON)
        claims = said_in(space).claims
        told = Statement(f"told to {space}", (claims[0].id,))
        signal = Signal("key", f"only for {space}", (told,), told, told, claims)
        await store.editions.publish(Brief("", TODAY, f"only for {space}", signals=(signal,), space=space))


@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize("query", READS)
async def test_a_reader_sees_what_is_open_and_its_own(store: Store, query: str, space: str | None) -> None:
    """Whatever is asked, no word of another space is in what comes back, and one's own is."""
    await furnish(store)
    seen = repr(await READS[query](store, space))
    for other in {OURS, THEIRS} - {space}:
        assert other.partition(":")[2] not in seen
        assert not any(secret in seen for secret in secrets_of(other))
    if space and query not in {"library.tally", "registry.profile", "subscriptions.here"}:
        assert space.partition(":")[2] in seen


@pytest.mark.parametrize("space", [None, OURS, "slack:T9", "TEAM", "%", ""])
async def test_no_filter_opens_a_door(store: Store, space: str | None) -> None:
    """With every combination of filters, search stays within the reader's own."""
    await furnish(store)
    for chosen in FILTERS:
        within = replace(Filters(space=space), **chosen)
        seen = repr([*await _search(store, within), *await _index(store, within)])
        assert not any(secret in seen for secret in secrets_of(THEIRS))
        assert THEIRS not in seen


async def test_counts_leave_out_what_others_said(store: Store) -> None:
    """The tally and the card of an entity count what the reader may read."""
    await furnish(store)
    for space, conversations in [(None, 1), (OURS, 2)]:
        tally = await store.library.tally(space=space)
        profile = await store.registry.profile(HALDEN, space=space, today=TODAY)
        material = await store.editions.material("", TODAY, space=space)
        assert (tally.conversations, tally.claims) == (conversations, 2 * conversations)
        assert (
            profile.claim_count == profile.claims_this_week == sum(n for _, n in profile.speakers) == 2 * conversations
        )
        assert profile.timeline == ((TODAY, 2 * conversations),)
        assert (sum(material.read.values()), len(material.claims)) == (conversations, 2 * conversations)


@pytest.mark.parametrize("taker", [None, OURS])
async def test_a_conversation_of_another_space_cannot_be_overwritten(
    store: Store, look: Look, taker: str | None
) -> None:
    """Its id is taken: the newcomer is refused, and nothing changes for its owner."""
    await furnish(store)
    before = look("SELECT * FROM turns")
    forged = reading(conversation(THEIRS, "Halden is bankrupt.", space=taker), HALDEN)
    with pytest.raises(ValueError, match="another space"):
        await store.library.save([forged])
    assert look("SELECT * FROM turns") == before
    assert await store.library.conversation(THEIRS, space=THEIRS) == said_in(THEIRS).conversation


async def test_a_claim_that_borrows_an_id_changes_nothing(store: Store, look: Look) -> None:
    """A claim under another conversation's id leaves the other's claim and its names as they are."""
    await furnish(store)
    before = look("SELECT * FROM claims WHERE conversation = 3"), look("SELECT claim, entity FROM claim_entities")
    said = reading(conversation("forged", "Halden sank, says Quillon.", space=OURS), company("Quillon"))
    stolen = replace(said.claims[0], id=said_in(THEIRS).claims[0].id)
    await store.library.save([replace(said, claims=(stolen,))])
    assert before == (
        look("SELECT * FROM claims WHERE conversation = 3"),
        look("SELECT claim, entity FROM claim_entities"),
    )


async def test_changes_stay_at_home(store: Store) -> None:
    """Ending, removing and forgetting in one space leave the other's rows alone."""
    await furnish(store)
    assert not await store.follows.unfollow("Halden", replace(HERE, channel="C2"))
    assert await store.subscriptions.unsubscribe(HERE, THEIRS) == 0
    assert not await store.sources.remove(OURS, f"/shows/{THEIRS}")
    assert await store.privacy.erase_user(OURS, "U1") > 0
    kept = await store.privacy.export(THEIRS, "U1")
    assert {table: len(rows) for table, rows in kept.items()} == dict.fromkeys(kept, 1)


async def test_a_paused_brief_is_resumed_from_its_own_space_and_from_where_its_owner_was_told(store: Store) -> None:
    """Its number, which is easily guessed, is of no use anywhere else; not even to somebody with the owner's id."""
    await furnish(store)
    (paused,) = await store.subscriptions.pause(THERE, "archived")
    owner, other = Address("discord", "@U1", "U1"), Address("discord", "@U2", "U2")
    for at in (HERE, owner, other):
        assert await store.subscriptions.subscription(paused.id, at) is None
    await store.subscriptions.announce(paused, NOON, [Delivery(paused.pause_notice_key, f"paused {paused.id}", owner)])
    known = replace(paused, since=NOON)
    for at, found in ((HERE, None), (other, None), (owner, known), (replace(THERE, channel="C9"), known)):
        assert await store.subscriptions.subscription(paused.id, at) == found


async def test_resuming_somebody_elses_brief_touches_nothing(store: Store, look: Look) -> None:
    """A subscription that was put together by hand, with the number of another space's, is kept as nothing."""
    await furnish(store)
    (theirs,) = await store.subscriptions.pause(THERE, "archived")
    before = look("SELECT * FROM subscriptions"), look("SELECT * FROM follows"), look("SELECT * FROM listeners")
    await store.subscriptions.resume(replace(theirs, at=HERE), NOON)
    await store.follows.set_quiet_hours(replace(HERE, channel="C2"), None)
    await store.subscriptions.resume_follows(HERE)
    assert before == (
        look("SELECT * FROM subscriptions"),
        look("SELECT * FROM follows"),
        look("SELECT * FROM listeners"),
    )


async def test_an_alert_never_tells_what_others_said(store: Store) -> None:
    """A follower in one space hears of open conversations and of its own, never of another's."""
    await store.library.save([reading(conversation("before", "Halden began."), HALDEN)])
    await store.follows.follow(Follow(0, "Halden", HERE, "U1", AlertFrequency.INSTANT, "UTC", NOON))
    await store.library.save([said_in(THEIRS)])
    assert await store.follows.queue_alerts(NOON) == 0
    await store.library.save([said_in(None), said_in(OURS)])
    assert await store.follows.queue_alerts(NOON) == 1
    (delivery,) = await store.outbox.deliveries(OURS, list(DeliveryState))
    (news,) = await store.follows.news(int(delivery.what.removeprefix("alert ")), HERE)
    assert set(news.claim_ids) == secrets_of(None) | secrets_of(OURS)
    assert await store.follows.news(int(delivery.what.removeprefix("alert ")), THERE) == []


def test_the_made_up_company_is_one() -> None:
    """The name under test is a company, which is looked for by its alias, too."""
    assert HALDEN.kind is EntityKind.COMPANY
