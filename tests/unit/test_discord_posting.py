"""Posting to Discord, call by call: pages, deliveries tried again, edits, and what Discord refuses."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

import discord as library
import pytest

from bot.chat.message import Group, Message, Prose
from bot.chat.platform import ConcurrencyLimits, PostedPages, Sent
from bot.chat.text import styled_text
from bot.delivery.outbox import DELIVERY_LEASE, DeliveryWorker
from bot.domain.address import Address
from bot.domain.delivery import Delivery, DeliveryState
from bot.errors import Busy, Denied, Gone, PlatformError, Unconfirmed, Unverifiable
from bot.platforms.discord.api import Expired, rate_limiter, retry_once, trace_config
from bot.platforms.discord.posting import MAX_READ_BACK, NONCE_LIFETIME, Posting
from bot.store.store import Store
from tests.fakes import FixedClock
from tests.servers.discord import (
    Broken,
    Channel,
    FakeDiscord,
    Fault,
    Guild,
    Limited,
    Lost,
    Permission,
    Refused,
    Slow,
    User,
)
from tests.servers.discord import Message as Posted
from tests.servers.discord.shapes import TAG
from tests.servers.discord.stock import Client, redirected, started

LONG = 3500


@dataclass
class Scene:
    """A server with a channel, and what posts there."""

    discord: FakeDiscord
    acme: Guild
    ann: User
    room: Channel
    posting: Posting
    client: Client
    clock: FixedClock

    def at(self, room: Channel | None = None) -> Address:
        """Return where a channel is."""
        return Address("discord", self.acme.id, (room or self.room).id)

    def seen(self, room: Channel | None = None) -> list[Posted]:
        """Return what Ann sees in a channel."""
        return self.discord.seen(room or self.room, self.ann)


@pytest.fixture
async def scene(clock: FixedClock) -> AsyncIterator[Scene]:
    """Open a server."""
    async with FakeDiscord(clock) as fake:
        acme = fake.world.guild("Acme")
        ann = fake.world.user("Ann", acme)
        room = fake.world.channel(acme, "general")
        fake.world.channel(acme, "board", "forum")
        async with started(fake, max_ratelimit_timeout=30.0, http_trace=trace_config(rate_limiter())) as client:
            yield Scene(fake, acme, ann, room, Posting(client, clock), client, clock)


def message(pages: int, words: str = "Long") -> Message:
    """Make a message of so many pages."""
    return Message(tuple(Group((Prose(styled_text(f"{n} " + "word " * (LONG // 5))),)) for n in range(pages)), words)


async def test_pages_after_the_first_are_in_its_thread(scene: Scene) -> None:
    """So a channel shows one message for one delivery, and the thread has its name."""
    sent = await scene.posting.deliver(scene.at(), message(3), "a")
    (first,) = scene.seen()
    (thread,) = scene.discord.threads(scene.room)
    rest = scene.seen(thread)
    assert thread.name.startswith("Long")
    assert len(rest) == 2
    assert sent.id == "/".join(f"{page.channel}.{page.id}" for page in (first, *rest))
    assert [page.text[0] for page in (first, *rest)] == ["0", "1", "2"]


@pytest.mark.parametrize(
    "fault", [Limited(0.01), Lost(), Lost(done=False), Broken(503), Broken(503, done=True)], ids=repr
)
@pytest.mark.parametrize("route", ["create_message", "start_thread_from_message"])
async def test_a_delivery_that_is_tried_again_is_whole_and_there_once(scene: Scene, route: str, fault: Fault) -> None:
    """Wherever it broke off."""
    scene.discord.fault(route, fault)
    trail = PostedPages()
    for _ in range(2):
        try:
            await scene.posting.deliver(scene.at(), message(3), "a", trail)
        except PlatformError:
            trail = PostedPages(list(trail.pages), scene.clock.now())
    assert len(scene.seen()) == 1
    (thread,) = scene.discord.threads(scene.room)
    assert len(scene.seen(thread)) == 2


def doubtful(scene: Scene, *pages: str) -> PostedPages:
    """Let more time pass than Discord remembers a nonce for; return what is known of a delivery that began before."""
    since = scene.clock.now()
    scene.clock.moment += NONCE_LIFETIME + dt.timedelta(minutes=2)
    return PostedPages(list(pages), uncertain_since=since)


async def test_within_minutes_nothing_has_to_be_read_back(scene: Scene) -> None:
    """A nonce stands for the earlier message."""
    since = scene.clock.now()
    await scene.posting.deliver(scene.at(), message(1), "a", PostedPages())
    scene.clock.moment = since + NONCE_LIFETIME
    await scene.posting.deliver(scene.at(), message(1), "a", PostedPages(uncertain_since=since))
    assert len(scene.seen()) == 1
    assert scene.discord.calls_of("get_messages") == []


@pytest.mark.parametrize("noted", [0, 1, 2, 3])
@pytest.mark.parametrize("standing", [0, 1, 2, 3, 4])
async def test_pages_of_which_nobody_knows_are_read_back_later(scene: Scene, standing: int, noted: int) -> None:
    """Among what others and the bot itself wrote; only what is missing is posted, and in order."""
    noted = min(noted, standing)
    await scene.posting.deliver(scene.at(), message(4), "another")
    whole = (await scene.posting.deliver(scene.at(), message(4), "a")).id.split("/")
    for page in whole[standing:]:
        channel, key = page.split(".")
        scene.discord.world.forget(scene.discord.world.found(channel, key))
    scene.discord.say(scene.ann, scene.room, "Anything new?")
    sent = await scene.posting.deliver(scene.at(), message(4), "a", doubtful(scene, *whole[:noted]))
    assert sent.id.split("/")[:standing] == whole[:standing]
    assert len([one for one in scene.seen() if one.author != scene.ann.id]) == 2
    threads = [one for one in scene.discord.threads(scene.room) if scene.seen(one)]
    assert [[page.text[0] for page in scene.seen(thread)] for thread in threads] == [["1", "2", "3"]] * 2


async def test_pages_without_a_thread_are_read_back_too(scene: Scene) -> None:
    """In the channel itself, in a direct conversation and in a forum's post."""
    scene.discord.deny(scene.room, Permission.CREATE_PUBLIC_THREADS)
    (board,) = [one for one in scene.discord.world.channels.values() if one.kind == "forum"]
    alone = Address("discord", f"@{scene.ann.id}", scene.ann.id)
    for at in (scene.at(), alone, scene.at(board)):
        first = await scene.posting.deliver(at, message(3), "a")
        assert (await scene.posting.deliver(at, message(3), "a", doubtful(scene))).id == first.id


async def test_a_reply_is_read_back_too(scene: Scene) -> None:
    """However long ago it may have been given; one question further down has an answer of its own."""
    asked = [scene.discord.say(scene.ann, scene.room, "Who?").message for _ in range(2)]
    for one in (asked[0], *asked):
        await scene.posting.reply(int(scene.room.id), int(one.id), message(2), one.id, doubtful(scene))
    replies = [page.reply_to for page in scene.seen() if page.author != scene.ann.id]
    assert replies == [one.id for one in asked]
    assert [len(scene.seen(thread)) for thread in scene.discord.threads(scene.room)] == [1, 1]


@pytest.mark.parametrize("noted", [0, 1])
async def test_where_the_bot_may_not_read_the_doubt_stays(scene: Scene, noted: int) -> None:
    """Discord shows it an empty channel; nothing is posted then, and who sends decides."""
    pages = (await scene.posting.deliver(scene.at(), message(2), "a")).id.split("/")
    scene.discord.deny(scene.room, Permission.READ_MESSAGE_HISTORY)
    with pytest.raises(Unverifiable):
        await scene.posting.deliver(scene.at(), message(2), "a", doubtful(scene, *pages[:noted]))
    assert len(scene.seen()) == 1


async def test_a_channel_with_too_much_in_it_leaves_the_doubt(scene: Scene) -> None:
    """Reading has an end."""
    await scene.posting.deliver(scene.at(), message(1), "a")
    for n in range(MAX_READ_BACK):
        scene.discord.say(scene.ann, scene.room, f"chatter {n}")
    with pytest.raises(Unverifiable):
        await scene.posting.deliver(scene.at(), message(1), "a", doubtful(scene))


@pytest.mark.parametrize("standing", [1, 2, 3])
async def test_a_delivery_goes_on_after_the_pages_that_stand(scene: Scene, standing: int) -> None:
    """In their thread, in order, however long ago they were posted; each page but the last is noted when it stands."""
    whole = await scene.posting.deliver(scene.at(), message(3), "a")
    kept: list[list[str]] = []

    async def keep(pages: Sequence[str]) -> None:
        kept.append(list(pages))

    pages = whole.id.split("/")[:standing]
    scene.clock.advance(hours=1)
    sent = await scene.posting.deliver(scene.at(), message(3), "a", PostedPages(list(pages), save=keep))
    assert sent.id.split("/")[:standing] == pages
    assert len(scene.seen()) == 1
    (thread,) = scene.discord.threads(scene.room)
    assert [page.text[0] for page in scene.seen(thread)] == ["1", "2", *"12"[standing - 1 :]]
    assert [len(pages) for pages in kept] == list(range(standing + 1, 3))


async def test_an_edit_replaces_every_page(scene: Scene) -> None:
    """New pages follow, those too many go away, and nobody is pinged by an edit either."""
    sent = await scene.posting.deliver(scene.at(), message(2), "a")
    await scene.posting.edit(sent, message(3))
    (thread,) = scene.discord.threads(scene.room)
    assert len(scene.seen(thread)) == 2
    await scene.posting.edit(sent, message(1))
    (first,) = scene.seen()
    assert first.edits == 2
    assert first.allowed_mentions == {"parse": []}
    assert not scene.discord.previews(first)
    assert len(scene.seen(thread)) == 1


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Refused(10003), Gone),
        (Refused(160005), Gone),
        (Refused(50001), Denied),
        (Refused(50013), Denied),
        (Refused(50007), Denied),
        (Refused(50035), PlatformError),
        (Refused(10008), Expired),
        (Limited(40), Busy),
        (Limited(3, via=False), Busy),
        (Broken(503), Unconfirmed),
        (Broken(502), Unconfirmed),
        (Lost(), Unconfirmed),
    ],
    ids=repr,
)
async def test_refusals_have_our_words(scene: Scene, fault: Fault, expected: type[PlatformError]) -> None:
    """One try each; who sends decides about another."""
    scene.discord.fault("create_message", fault)
    with pytest.raises(PlatformError) as refusal:
        await scene.posting.deliver(scene.at(), message(1), "a")
    assert type(refusal.value) is expected
    if isinstance(fault, Limited):
        assert isinstance(refusal.value, Busy)
        assert refusal.value.retry_after == fault.retry_after
    assert len(scene.discord.calls_of("create_message")) == 1


async def test_a_failure_of_discords_own_is_not_posted_again_by_the_library(scene: Scene) -> None:
    """It would post up to five times; whether the first one stands is for us to find out."""
    scene.discord.fault("create_message", Broken(500, done=True))
    with pytest.raises(Unconfirmed):
        await scene.posting.deliver(scene.at(), message(1), "a")
    assert len(scene.discord.calls_of("create_message")) == 1
    await scene.posting.deliver(scene.at(), message(1), "a", PostedPages(uncertain_since=scene.clock.now()))
    assert len(scene.seen()) == 1


async def test_a_limit_for_all_holds_everything_back(scene: Scene) -> None:
    """Whoever comes next waits too, instead of being turned away as well."""
    scene.discord.fault("create_message", Limited(0.4, is_global=True))
    async with asyncio.TaskGroup() as group:
        for key in "abcde":
            group.create_task(scene.posting.deliver(scene.at(), message(1), key))
    assert len(scene.seen()) == 5
    assert len(scene.discord.calls_of("create_message")) <= 7


async def test_a_person_is_written_to_in_one_conversation(scene: Scene) -> None:
    """Which is opened once; who takes no messages is said so."""
    at = Address("discord", f"@{scene.ann.id}", scene.ann.id)
    for key in ("a", "b"):
        await scene.posting.deliver(at, message(2), key)
    assert len(scene.discord.calls_of("create_dm")) == 1
    assert len(scene.seen(scene.discord.world.direct(scene.ann))) == 4
    scene.ann.takes_dms = False
    with pytest.raises(Denied):
        await scene.posting.deliver(at, message(1), "c")


async def test_a_forum_gets_a_post(scene: Scene) -> None:
    """With every page in it."""
    (board,) = [one for one in scene.discord.world.channels.values() if one.kind == "forum"]
    await scene.posting.deliver(scene.at(board), message(3), "a")
    (post,) = scene.discord.threads(board)
    assert len(scene.seen(post)) == 3


async def test_a_forum_that_asks_for_a_tag_gets_one(scene: Scene) -> None:
    """The first that anybody may use."""
    board = Channel(scene.discord.world.ids.id(), "tagged", "forum", scene.acme.id, requires_tag=True)
    scene.discord.world.open(board)
    noticed = asyncio.create_task(scene.client.wait_for("guild_channel_create", timeout=5))
    await asyncio.sleep(0)
    scene.discord.events.channel("CREATE", board)
    await noticed
    await scene.posting.deliver(scene.at(board), message(1), "a")
    (post,) = scene.discord.threads(board)
    assert post.applied_tags == [TAG]


@pytest.mark.parametrize("fault", [Lost(), Broken(503, done=True)], ids=repr)
async def test_a_post_whose_confirmation_was_lost_is_there_once(scene: Scene, fault: Fault) -> None:
    """Tried again, it is found by its name."""
    (board,) = [one for one in scene.discord.world.channels.values() if one.kind == "forum"]
    scene.discord.fault("start_thread", fault)
    with pytest.raises(PlatformError):
        await scene.posting.deliver(scene.at(board), message(2), "a")
    await scene.posting.deliver(scene.at(board), message(2), "a", PostedPages(uncertain_since=scene.clock.now()))
    (post,) = scene.discord.threads(board)
    assert len(scene.seen(post)) == 2
    await scene.posting.deliver(scene.at(board), message(2), "b")
    assert len(scene.discord.threads(board)) == 2


@pytest.fixture
async def apart(scene: Scene) -> AsyncIterator[Scene]:
    """Let another process listen: what posts is logged in, and hears nothing."""
    with redirected(scene.discord):
        client = Client(http_trace=trace_config(rate_limiter()))
        await client.login(scene.discord.token)
        scene.discord.calls.clear()
        yield replace(scene, posting=Posting(client, scene.clock, crosspost=True), client=client)
        await client.close()


def asked(scene: Scene) -> list[str]:
    """Return what Discord was asked since it was last looked, in order."""
    names = [call.name for call in scene.discord.calls]
    scene.discord.calls.clear()
    return names


async def test_one_page_is_one_request(scene: Scene) -> None:
    """Where the gateway tells what kind of channel it is."""
    scene.discord.calls.clear()
    await scene.posting.deliver(scene.at(), message(1), "a")
    assert asked(scene) == ["create_message"]


async def test_without_a_gateway_one_page_is_one_request_too(apart: Scene) -> None:
    """Most channels take a message: it is tried, not asked."""
    posting = Posting(apart.client, apart.clock)
    await posting.deliver(apart.at(), message(1), "a")
    assert asked(apart) == ["create_message"]
    assert len(apart.seen()) == 1


async def test_without_a_gateway_pages_are_in_a_thread_too(apart: Scene) -> None:
    """What kind of channel it is is asked once."""
    posting = Posting(apart.client, apart.clock)
    await posting.deliver(apart.at(), message(3), "a")
    assert asked(apart) == [
        "create_message",
        "get_channel",
        "start_thread_from_message",
        "create_message",
        "create_message",
    ]
    await posting.deliver(apart.at(), message(2), "b")
    assert asked(apart) == ["create_message", "start_thread_from_message", "create_message"]
    assert len(apart.seen()) == 2
    assert [len(apart.seen(thread)) for thread in apart.discord.threads(apart.room)] == [2, 1]


async def test_without_a_gateway_a_thread_has_its_pages_in_order(apart: Scene) -> None:
    """And opens none of its own."""
    thread = apart.discord.world.thread(apart.room, "talk", apart.ann)
    await apart.posting.deliver(Address("discord", apart.acme.id, apart.room.id, thread.id), message(3), "a")
    assert [page.text[0] for page in apart.seen(thread)] == ["0", "1", "2"]


async def test_without_a_gateway_a_forum_gets_a_post_too(apart: Scene) -> None:
    """It says that it takes no messages; from then on it is known."""
    (board,) = [one for one in apart.discord.world.channels.values() if one.kind == "forum"]
    posting = Posting(apart.client, apart.clock)
    await posting.deliver(apart.at(board), message(1), "a")
    assert asked(apart) == ["create_message", "get_channel", "start_thread"]
    await posting.deliver(apart.at(board), message(2), "b")
    assert asked(apart)[0] == "start_thread"
    assert sorted(len(apart.seen(post)) for post in apart.discord.threads(board)) == [1, 2]


async def test_without_a_gateway_a_post_in_doubt_is_found(apart: Scene) -> None:
    """By its name, among the threads of the server."""
    (board,) = [one for one in apart.discord.world.channels.values() if one.kind == "forum"]
    apart.discord.fault("start_thread", Lost())
    with pytest.raises(Unconfirmed):
        await apart.posting.deliver(apart.at(board), message(1), "a")
    await apart.posting.deliver(apart.at(board), message(1), "a", PostedPages(uncertain_since=apart.clock.now()))
    assert len(apart.discord.threads(board)) == 1


async def test_without_a_gateway_announcements_are_published_too(apart: Scene) -> None:
    """Where that is wanted; and nothing else is."""
    news = apart.discord.world.channel(apart.acme, "news", "announcement")
    for key in "ab":
        await apart.posting.deliver(apart.at(news), message(1), key)
        await apart.posting.deliver(apart.at(), message(1), key)
    assert sorted(asked(apart)) == sorted(["create_message"] * 4 + ["get_channel"] * 2 + ["crosspost_message"] * 2)


async def test_without_a_gateway_a_person_is_written_to(apart: Scene) -> None:
    """With no more requests than otherwise."""
    at = Address("discord", f"@{apart.ann.id}", apart.ann.id)
    await apart.posting.deliver(at, message(2), "a")
    assert asked(apart) == ["create_dm", "create_message", "create_message"]


async def test_without_threads_pages_follow_each_other(scene: Scene) -> None:
    """Where the bot may open none, and in a thread."""
    scene.discord.deny(scene.room, Permission.CREATE_PUBLIC_THREADS)
    await scene.posting.deliver(scene.at(), message(2), "a")
    assert len(scene.seen()) == 2
    thread = scene.discord.world.thread(scene.room, "talk", scene.ann)
    scene.discord.events.channel("CREATE", thread)
    at = Address("discord", scene.acme.id, scene.room.id, thread.id)
    await scene.posting.deliver(at, message(2), "b")
    assert len(scene.seen(thread)) == 2


async def test_who_waits_is_answered_at_the_second_try_and_no_later() -> None:
    """A refusal is one at once."""
    tries: list[Exception] = [OSError(), OSError()]

    async def call() -> str:
        if tries:
            raise tries.pop()
        return "done"

    with pytest.raises(PlatformError):
        await retry_once(call)
    assert await retry_once(call) == "done"
    tries.append(library.RateLimited(40))
    with pytest.raises(Busy):
        await retry_once(call)
    assert tries == []


@dataclass
class Frozen:
    """A platform that freezes before it posts, until it is let go."""

    scene: Scene
    going: asyncio.Event = field(default_factory=asyncio.Event)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    name: str = "discord"
    concurrency: ConcurrencyLimits = field(default_factory=ConcurrencyLimits)

    async def send(self, to: Address, message: Message, *, key: str, trail: PostedPages | None = None) -> Sent:
        """Wait, then post."""
        self.begun.set()
        await self.going.wait()
        return await self.scene.posting.deliver(to, message, key, trail)


async def test_of_two_workers_one_frozen_past_its_lease_one_message_comes(scene: Scene, store: Store) -> None:
    """The other took over and posted; what the first then posts is the same message, and its word no longer counts."""

    async def write(_: Delivery) -> Message:
        return message(2)

    first, other = Frozen(scene), Frozen(scene)
    other.going.set()
    await store.outbox.put([Delivery("a", "brief", scene.at())], scene.clock.now())
    workers = [
        DeliveryWorker(store.outbox, store.subscriptions, write, {"discord": place}, scene.clock)
        for place in (first, other)
    ]
    freezing = asyncio.create_task(workers[0].deliver_due())
    await asyncio.wait_for(first.begun.wait(), 5)
    scene.clock.moment += DELIVERY_LEASE
    assert await workers[1].deliver_due() == 1
    first.going.set()
    assert await freezing == 0
    assert len(scene.seen()) == 1
    (thread,) = scene.discord.threads(scene.room)
    assert len(scene.seen(thread)) == 1
    assert len(await store.outbox.deliveries(None, [DeliveryState.SENT])) == 1


async def killed(scene: Scene, worker: DeliveryWorker, posts: int) -> None:
    """Let a worker make so many posts and kill it before Discord confirms the last of them."""
    wanted = len(scene.discord.calls_of("create_message")) + posts
    scene.discord.fault("create_message", *[Slow(0)] * (posts - 1), Slow(60))
    delivering = asyncio.create_task(worker.deliver_due())
    async with asyncio.timeout(5):
        while len(scene.discord.calls_of("create_message")) < wanted:
            # Nothing tells of a post that is not answered yet.
            with suppress(TimeoutError):
                await scene.discord.until(lambda: False, 0.05)
    delivering.cancel()
    draining = asyncio.create_task(worker.drain())
    await asyncio.sleep(0)
    draining.cancel()
    await asyncio.gather(delivering, draining, return_exceptions=True)
    scene.clock.advance(minutes=4)


async def replied(scene: Scene, pages: int) -> tuple[str, Channel]:
    """Answer a question with so many pages; return where they stand, and their thread."""
    asked, trail = scene.discord.say(scene.ann, scene.room, "Who?").message, PostedPages()
    await scene.posting.reply(int(scene.room.id), int(asked.id), message(pages), "a", trail)
    (thread,) = scene.discord.threads(scene.room)
    return "/".join(trail.pages), thread


@pytest.mark.parametrize("manages", [True, False])
async def test_a_thread_goes_with_the_answer_in_it(scene: Scene, *, manages: bool) -> None:
    """Or is put away where the bot may delete none."""
    if manages:
        scene.discord.world.role(scene.acme, "tidy", scene.discord.world.bot, allow=Permission.MANAGE_THREADS)
    posted, _ = await replied(scene, 3)
    await scene.posting.remove(posted)
    assert [one.text for one in scene.seen()] == ["Who?"]
    left = scene.discord.threads(scene.room)
    assert [(one.archived, scene.seen(one)) for one in left] == ([] if manages else [(True, [])])


@pytest.mark.parametrize("readable", [True, False])
async def test_a_thread_in_which_people_talk_stays(scene: Scene, *, readable: bool) -> None:
    """What they wrote isn't ours to delete, whether the bot may read it or not."""
    scene.discord.world.role(scene.acme, "tidy", scene.discord.world.bot, allow=Permission.MANAGE_THREADS)
    posted, thread = await replied(scene, 3)
    said = scene.discord.say(scene.ann, thread, "So much!").message
    await scene.posting.reply(int(thread.id), int(said.id), message(8), "b")
    if not readable:
        scene.discord.deny(scene.room, Permission.READ_MESSAGE_HISTORY)
    await scene.posting.remove(posted)
    assert [one.text for one in scene.seen()] == ["Who?"]
    assert not thread.archived
    assert len(scene.seen(thread)) == 9


async def test_two_kills_far_apart_double_no_page(scene: Scene, store: Store) -> None:
    """Each cuts off the post of a page that has arrived; at the next start Discord has forgotten its nonce."""

    async def write(_: Delivery) -> Message:
        return message(4)

    platform = Frozen(scene)
    platform.going.set()
    await store.outbox.put([Delivery("a", "brief", scene.at())], scene.clock.now())
    workers = [
        DeliveryWorker(store.outbox, store.subscriptions, write, {"discord": platform}, scene.clock) for _ in range(3)
    ]
    await killed(scene, workers[0], 2)
    await killed(scene, workers[1], 1)
    assert await workers[2].deliver_due() == 1
    assert len(scene.seen()) == 1
    (thread,) = scene.discord.threads(scene.room)
    assert [page.text[0] for page in scene.seen(thread)] == ["1", "2", "3"]
