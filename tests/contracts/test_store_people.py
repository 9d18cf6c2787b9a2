"""Editions, threads, votes, sources, and what is kept of a person."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import replace

from bot.chat.message import (
    Action,
    Button,
    Callout,
    Choices,
    Group,
    Heading,
    Item,
    Message,
    Note,
    Prose,
    Quote,
    Source,
    Sources,
    Stat,
    Stats,
)
from bot.chat.text import md, styled_text
from bot.domain import Brief, Mention, PublishedStory, Signal, StatCard, Statement, ThreadContext
from bot.domain.address import NOBODY, Address, Member
from bot.domain.library import SourceState
from bot.domain.subscription import AlertFrequency, Follow, QuietHours, Subscription
from bot.domain.usage import Account, BudgetPool, Charge, PoolUsage, Usage
from bot.store.store import Store
from tests.conftest import NOON, Look
from tests.engines import Engine
from tests.said import TODAY, company, conversation, reading

EVERYTHING = Message(
    (
        Group(
            (
                Heading(md("A **bold** title"), styled_text("above")),
                Prose(styled_text("told", href="https://example.com/1")),
            )
        ),
        Group((Quote("Exact “words”", styled_text("Somebody")), Stats((Stat("Growth", "12 %", "about"),)))),
        Group(
            (
                Item(styled_text("one"), styled_text("more"), (Button("Open", Action("entity", "Halden")),), md("by")),
                Callout("Watch", styled_text("it")),
            )
        ),
        Group((Note(styled_text("small")), Sources((Source(styled_text("a show"), "https://example.com/2"),), 3))),
        Group((Choices((Button("Follow", Action("follow", "Halden")),)),)),
    ),
    "Everything",
    (Group((Prose(md("below")),)),),
)
HERE = Address("slack", "T1", "C1")
GONE = Member("U-gone", "Gone by name")
HALDEN = company("Halden")
CLAIMS = reading(conversation("open/1", "Halden cut 400 jobs."), HALDEN).claims
SIGNAL = Signal(
    "story-1",
    "Halden cut jobs",
    (Statement("Halden cut 400 jobs.", (CLAIMS[0].id,)),),
    Statement("It matters.", ours=True),
    Statement(""),
    CLAIMS,
    Mention("Halden", CLAIMS[0].entities[0].kind),
    update=True,
)
BRIEF = Brief(
    "ai",
    TODAY,
    "Halden cut jobs",
    Statement("A dek", (CLAIMS[0].id,)),
    (Statement("An argument", (CLAIMS[0].id,)),),
    (StatCard("jobs cut", "400", "alleged", CLAIMS[0].id),),
    (SIGNAL,),
    Statement("The end", ours=True),
    read=3,
    failed=1,
    statements=4,
    supported=4,
    space="slack:T1",
)


async def test_an_edition_comes_back_whole(store: Store) -> None:
    """Every field survives, and only under its own topic, date and space."""
    assert await store.editions.publish(BRIEF) == BRIEF
    assert await store.editions.edition("ai", TODAY, space="slack:T1") == BRIEF
    assert await store.editions.edition("", TODAY, space="slack:T1") is None
    assert await store.editions.edition("ai", TODAY, space=None) is None
    assert await store.editions.edition("ai", TODAY - dt.timedelta(days=1), space="slack:T1") is None


async def test_the_first_edition_stands(store: Store) -> None:
    """Of two different briefs for one day, also at once, one is published and both authors get that one."""
    others = [replace(BRIEF, headline=f"Another {n}", signals=(replace(SIGNAL, key=f"s{n}"),)) for n in range(5)]
    published = await asyncio.gather(*(store.editions.publish(brief) for brief in others))
    assert len({brief.headline for brief in published}) == 1
    assert await store.editions.publish(BRIEF) == published[0]
    material = await store.editions.material("ai", TODAY + dt.timedelta(days=1), space="slack:T1")
    assert [told.key for told in material.published] == [published[0].signals[0].key]


async def test_what_was_told_is_remembered_for_a_month(store: Store) -> None:
    """By topic, from the day after on: key, date, claims and words."""
    await store.editions.publish(BRIEF)

    async def told(topic: str, days: int) -> tuple[PublishedStory, ...]:
        return (await store.editions.material(topic, TODAY + dt.timedelta(days=days), space="slack:T1")).published

    expected = PublishedStory("story-1", TODAY, frozenset({CLAIMS[0].id}), "Halden cut jobs Halden cut 400 jobs.")
    assert [await told("ai", days) for days in (0, 1, 30, 31)] == [(), (expected,), (expected,), ()]
    assert await told("", 1) == ()


async def test_a_quiet_day_tells_nothing(store: Store) -> None:
    """A brief without signals is an edition too, and counts as nothing told."""
    quiet = Brief("ai", TODAY, quiet="Nothing new was said.", space="slack:T1")
    assert await store.editions.publish(quiet) == quiet
    assert (await store.editions.material("ai", TODAY + dt.timedelta(days=1), space="slack:T1")).published == ()


async def test_material_is_the_week_that_ends_with_the_date(store: Store) -> None:
    """Seven days, the date's own with them, and nothing from after it."""
    for days in (-1, 0, 6, 7):
        date = TODAY - dt.timedelta(days=days)
        await store.library.save([reading(conversation(f"open/{days}", f"Word of {days}.", date=date))])
    material = await store.editions.material("ai", TODAY, space=None)
    assert sorted(claim.text for claim in material.claims) == ["Word of 0.", "Word of 6."]
    assert (material.topic, material.date, sum(material.read.values())) == ("ai", TODAY, 2)
    assert (material.since, material.follows) == (TODAY - dt.timedelta(days=6), None)


async def test_a_thread_keeps_its_subject(store: Store) -> None:
    """Each thread its own; the last one remembered stands."""
    subject = ThreadContext(("Who leads Halden?", "And before?"), ("Halden", "Ruth"))
    thread = replace(HERE, thread="171.5")
    assert await store.threads.subject(thread) == ThreadContext()
    await store.threads.save_subject(thread, "U1", ThreadContext(("Old?",)), NOON)
    await store.threads.save_subject(thread, "U1", subject, NOON)
    assert await store.threads.subject(thread) == subject
    assert await store.threads.subject(HERE) == ThreadContext()


async def test_the_last_vote_counts(store: Store, look: Look) -> None:
    """One verdict for each person and thing."""
    for user, helped in [("U1", True), ("U2", True), ("U1", False)]:
        await store.votes.vote(HERE, user, "ask Who?", helped=helped, now=NOON)
    assert look('SELECT "user", helped FROM votes ORDER BY "user"') == [("U1", 0), ("U2", 1)]


async def test_the_last_preference_counts_and_the_same_again_takes_it_back(store: Store) -> None:
    """Each person has one about a name in a channel; a channel wants what its people want together."""
    thread, elsewhere = replace(HERE, thread="1"), replace(HERE, channel="C2")
    preferred = [
        await store.preferences.prefer(at, user, name, weight, NOON)
        for at, user, name, weight in [
            (HERE, "U1", "Halden", 1),
            (thread, "U2", "Halden", 1),
            (HERE, "U1", "Tarn", 1),
            (HERE, "U1", "Tarn", -1),
            (HERE, "U1", "Quillon", -1),
            (HERE, "U1", "Quillon", -1),
            (HERE, "U1", "Corvid", 1),
            (HERE, "U2", "Corvid", -1),
            (elsewhere, "U1", "Halden", -1),
        ]
    ]
    assert preferred == [1, 1, 1, -1, -1, 0, 1, -1, -1]
    assert await store.preferences.preferences(thread) == {"Halden": 2, "Tarn": -1}
    assert await store.preferences.preferences(elsewhere) == {"Halden": -1}
    assert await store.preferences.preferences(replace(HERE, space="T2")) == {}


async def test_a_source_tells_how_its_reading_went(store: Store) -> None:
    """Added twice it is there once; what was reported is listed; removed, it is gone."""
    await store.sources.add("slack:T1", "U1", "/shows")
    await store.sources.record_read("slack:T1", "/shows", "3 new conversations", NOON)
    assert await store.sources.sources("slack:T1") == [SourceState("/shows", "3 new conversations", NOON)]
    await store.sources.add("slack:T1", "U2", "/shows")
    assert len(await store.sources.sources("slack:T1")) == 1
    assert await store.sources.remove("slack:T1", "/shows")
    assert not await store.sources.remove("slack:T1", "/shows")


async def test_forgetting_leaves_no_row_with_the_persons_id(store: Store, engine: Engine) -> None:
    """What was exported is what is erased; other people's rows stay."""
    due = NOON + dt.timedelta(days=1)
    for user, channel in [("U-gone", "C1"), ("U-stays", "C2")]:
        at = replace(HERE, channel=channel)
        await store.follows.follow(Follow(0, "Halden", at, user, AlertFrequency.HOURLY, "UTC", NOON))
        await store.follows.set_quiet_hours(at, QuietHours(at, user, dt.time(22), dt.time(7), "UTC"))
        await store.languages.set_language(at, user, "German")
        days = frozenset({1})
        await store.subscriptions.subscribe(Subscription(0, "", at, user, dt.time(8), "UTC", days, due, due.date()))
        await store.threads.save_subject(at, user, ThreadContext((f"{user} asks?",)), NOON)
        await store.votes.vote(at, user, "brief", helped=True, now=NOON)
        await store.preferences.prefer(at, user, "Halden", 1, NOON)
        await store.sources.add(at.tenant, user, f"/shows/{channel}")
        await store.feeds.add(
            at.tenant, Member(user, f"{user} by name"), f"https://a.test/{channel}", NOON, space=at.tenant
        )
        await store.replies.save(at, user, EVERYTHING, NOON)
        await store.library.save([reading(conversation(f"note/{channel}", "Somebody noted it.", space=at.tenant))])
        await store.notes.put(at.tenant, f"note/{channel}", user, NOON)
        bill = Charge(BudgetPool.SPACE, Account(at.tenant, user), "answer")
        await store.spending.reserve(bill, 5, PoolUsage(), NOON)
        await store.spending.settle("none", bill, Usage("small", 100, 10), 5, NOON)
    exported = await store.privacy.export("slack:T1", "U-gone")
    assert {table: len(rows) for table, rows in exported.items()} == dict.fromkeys(exported, 1)
    assert await store.privacy.erase_user("slack:T1", "U-gone") == sum(map(len, exported.values())) == 13
    rows = engine.dump()
    assert [row for row in rows if "U-gone" in row] == []
    assert sum("U-stays" in row for row in rows) == 13
    assert await store.privacy.erase_user("slack:T1", "U-gone") == 0


async def test_what_serves_a_channel_outlives_who_set_it_up(store: Store, engine: Engine) -> None:
    """Its briefs and sources stay, without a trace of the person; the briefs that came to them alone go."""
    due, days = NOON + dt.timedelta(days=1), frozenset(range(7))
    for at in (HERE, replace(HERE, channel="U-gone", thread="")):
        made = Subscription(0, "", at.channel_address, "U-gone", dt.time(8), "UTC", days, due, due.date())
        await store.subscriptions.subscribe(replace(made, user_name="Gone by name"))
    await store.sources.add("slack:T1", "U-gone", "/shows")
    await store.feeds.add("slack:T1", GONE, "https://a.test/feed", NOON, space="slack:T1")
    assert await store.privacy.erase_user("slack:T1", "U-gone") == 4
    (kept,) = await store.subscriptions.subscriptions("slack:T1")
    assert (kept.at, kept.user) == (HERE.channel_address, "")
    assert [source.target for source in await store.sources.sources("slack:T1")] == ["/shows"]
    assert [feed.user for feed in await store.feeds.feeds("slack:T1")] == [""]
    assert [row for row in engine.dump() if "U-gone" in row] == []
    await store.subscriptions.pause(HERE.channel_address, "That channel is gone.")
    assert await store.subscriptions.unannounced_pauses() == []


async def test_who_changed_something_is_erased_from_it(store: Store, engine: Engine) -> None:
    """It stays whose it is, and is nobody's change any more; it is exported to whoever changed it, too."""
    due = NOON + dt.timedelta(days=1)
    made = Subscription(0, "", HERE.channel_address, "U1", dt.time(8), "UTC", frozenset({1}), due, due.date())
    kept = await store.subscriptions.subscribe(replace(made, user_name="Ann"))
    assert await store.subscriptions.change(replace(kept, changed=GONE))
    feed = await store.feeds.add("slack:T1", Member("U1", "Ann"), "https://a.test/feed", NOON, space="slack:T1")
    assert await store.feeds.pause("slack:T1", feed.id, GONE)
    exported = await store.privacy.export("slack:T1", "U-gone")
    assert [len(exported["subscriptions"]), len(exported["feeds"])] == [1, 1]
    assert await store.privacy.erase_user("slack:T1", "U-gone") == 2
    (subscription,), (source,) = (
        await store.subscriptions.subscriptions("slack:T1"),
        await store.feeds.feeds("slack:T1"),
    )
    assert (subscription.user_name, subscription.changed) == ("Ann", NOBODY)
    assert (source.user_name, source.changed, source.is_paused) == ("Ann", NOBODY, True)
    assert [row for row in engine.dump() if "gone" in row.casefold()] == []


async def test_a_reply_is_kept_as_it_was(store: Store) -> None:
    """Every kind of block and all of its styles; no other space can read it, and in time it is forgotten."""
    kept = await store.replies.save(HERE, "U1", EVERYTHING, NOON)
    assert await store.replies.get("slack:T1", kept) == EVERYTHING
    assert await store.replies.get("slack:T2", kept) is None
    assert await store.replies.prune(NOON) == 0
    assert await store.replies.prune(NOON + dt.timedelta(days=30)) == 1
    assert await store.replies.get("slack:T1", kept) is None


async def test_a_thread_is_live_once_the_bot_has_spoken(store: Store) -> None:
    """Whatever it said; joining again leaves the subject as it is, also for whom else it joins."""
    assert not await store.threads.is_live(HERE)
    await store.threads.join(HERE, "U1", NOON)
    assert await store.threads.is_live(HERE)
    assert not await store.threads.is_live(replace(HERE, channel="C9"))
    await store.threads.save_subject(HERE, "U1", ThreadContext(("Who?",)), NOON)
    await store.threads.join(HERE, "U2", NOON + dt.timedelta(hours=1))
    assert await store.threads.subject(HERE) == ThreadContext(("Who?",))


async def test_where_the_bot_answered_lately_is_known(store: Store) -> None:
    """The latest first, each place once, of one platform; an answer in a thread known long makes it recent again."""
    other, hour = Address("discord", "G1", "C1"), dt.timedelta(hours=1)
    for number, at in enumerate((HERE, replace(HERE, channel="C9"), replace(other, thread="9"), other)):
        await store.threads.join(at, "U1", NOON + number * hour)
    await store.threads.save_subject(other, "U2", ThreadContext(("Who?",)), NOON)
    assert await store.threads.recent("discord", NOON, 9) == [other, replace(other, thread="9")]
    assert await store.threads.recent("discord", NOON + 4 * hour, 9) == []
    await store.threads.join(other, "U1", NOON + 2 * hour)
    await store.threads.join(replace(other, thread="9"), "U2", NOON + 4 * hour)
    assert await store.threads.recent("discord", NOON + hour, 1) == [replace(other, thread="9")]
    assert await store.threads.recent("slack", NOON, 9) == [replace(HERE, channel="C9"), HERE]


async def test_a_change_of_plan_keeps_a_pause(store: Store) -> None:
    """And who subscribed; what is over isn't begun again by a change."""
    channel = HERE.channel_address
    plan = Subscription(
        0, "ai", channel, "U1", dt.time(8), "UTC", frozenset({0}), NOON, NOON.date() + dt.timedelta(days=3)
    )
    made = await store.subscriptions.subscribe(plan)
    assert await store.subscriptions.subscription_to(channel, "ai") == made
    assert await store.subscriptions.subscription_to(channel, "") is None
    await store.subscriptions.pause(channel, "gone")
    changed = await store.subscriptions.change(replace(made, at_time=dt.time(9)))
    assert changed
    assert (changed.id, changed.user, changed.at_time, changed.state) == (made.id, "U1", dt.time(9), "gone")
    await store.subscriptions.unsubscribe(channel, "ai")
    assert await store.subscriptions.change(changed) is None
