"""Posting to Slack, call by call: pages, deliveries tried again, edits, and what Slack refuses."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import aiohttp
import pytest

from bot.chat.message import Group, Message, Prose
from bot.chat.platform import PostedPages
from bot.chat.text import styled_text
from bot.domain.address import Address
from bot.errors import Busy, Denied, Gone, PlatformError, Unconfirmed, Unverifiable
from bot.platforms.slack.api import InvalidMessage, ResponseURLClient, WebAPI, web_client
from bot.platforms.slack.events import Thread
from bot.platforms.slack.spec import SlackSettings
from bot.platforms.slack.workspace import ChannelInfo, Directory, Person, Posting
from tests.fakes import FixedClock, SkippingTimer
from tests.servers.slack import Broken, Channel, FakeSlack, Limited, Lost, Refused, User, Workspace
from tests.servers.slack import Message as Posted

LONG = 2500


@dataclass
class Scene:
    """A workspace with a channel that has the bot, and what posts there."""

    slack: FakeSlack
    acme: Workspace
    ann: User
    room: Channel
    calls: WebAPI
    hooks: ResponseURLClient
    posting: Posting
    clock: FixedClock

    @property
    def at(self) -> Address:
        """Return where the channel is."""
        return Address("slack", self.acme.id, self.room.id)

    def seen(self) -> list[Posted]:
        """Return what Ann sees in the channel."""
        return self.slack.seen(self.room, self.ann)


@pytest.fixture
async def scene(clock: FixedClock) -> AsyncIterator[Scene]:
    """Open a workspace."""
    async with FakeSlack(clock) as slack, aiohttp.ClientSession() as session:
        acme = slack.world.workspace("Acme")
        ann = slack.world.user(acme.id, "Ann", tz="Europe/Berlin")
        room = slack.world.channel(acme.id, "general", "public", {ann.id, acme.bot})
        client = web_client(SlackSettings(api_url=slack.api_url), session, acme.bot_token)

        async def known() -> object:
            return client

        calls = WebAPI(known, lambda: None)
        yield Scene(
            slack,
            acme,
            ann,
            room,
            calls,
            ResponseURLClient(session, slack.api_url),
            Posting(calls, timer=SkippingTimer()),
            clock,
        )


def message(pages: int) -> Message:
    """Make a message of about so many pages."""
    return Message(
        tuple(Group((Prose(styled_text(f"{n} " + "word " * (LONG // 5))),)) for n in range(4 * pages)), "Long"
    )


async def test_pages_after_the_first_are_in_its_thread(scene: Scene) -> None:
    """So a channel shows one message for one delivery."""
    await scene.posting.deliver(scene.at, message(3), "a")
    first, *rest = scene.seen()
    assert first.thread_ts is None
    assert rest
    assert {page.thread_ts for page in rest} == {first.ts}


@pytest.mark.parametrize("fault", [Limited(5), Broken(503), Lost(done=False)])
async def test_a_delivery_goes_on_with_the_page_that_was_not_taken(
    scene: Scene, fault: Limited | Broken | Lost
) -> None:
    """What was posted before is not posted again."""
    whole = (await scene.posting.deliver(scene.at, message(3), "whole")).id.count("/")
    before = len(scene.seen())
    await scene.calls("chat_postMessage", channel=scene.room.id, text="between")
    scene.slack.fault("chat.postMessage", fault)
    trail = PostedPages()
    with pytest.raises(Busy):
        await scene.posting.deliver(scene.at, message(3), "again", trail)
    await scene.posting.deliver(scene.at, message(3), "again", trail)
    assert len(scene.seen()) == before + 1 + whole


@pytest.mark.parametrize("standing", [0, 1, 2, 3])
async def test_what_stands_of_a_delivery_in_doubt_is_found(scene: Scene, standing: int) -> None:
    """In the channel and in its thread, among what others wrote; only what is missing is posted."""
    for n in range(120):
        scene.slack.say(scene.ann, scene.room, f"chatter {n}")
    known = await scene.posting.deliver(scene.at, message(3), "a")
    assert known.id.count("/") >= 3
    for ts in known.id.split("/")[standing + 1 :]:
        await scene.calls("chat_delete", channel=scene.room.id, ts=ts)
    before = {one.ts for one in scene.seen()}
    again = await scene.posting.deliver(scene.at, message(3), "a", PostedPages(uncertain_since=scene.clock.now()))
    assert again.id.split("/")[: standing + 1] == known.id.split("/")[: standing + 1]
    assert len(scene.seen()) - len(before) == known.id.count("/") - standing
    assert len(scene.seen()) == 120 + known.id.count("/")


@pytest.mark.parametrize("code", ["missing_scope", "not_in_channel", "channel_not_found"])
async def test_a_channel_that_cannot_be_read_leaves_the_doubt(scene: Scene, code: str) -> None:
    """Nothing is posted then; who sends decides."""
    scene.slack.fault("conversations.history", Refused(code))
    with pytest.raises(Unverifiable):
        await scene.posting.deliver(scene.at, message(1), "a", PostedPages(uncertain_since=scene.clock.now()))
    assert scene.seen() == []


async def test_reading_back_takes_its_time(scene: Scene) -> None:
    """Slack may ask for a while between two looks; who would have to ask for many pages gives up."""
    scene.slack.fault("conversations.history", Limited(60))
    with pytest.raises(Busy) as busy:
        await scene.posting.deliver(scene.at, message(1), "a", PostedPages(uncertain_since=scene.clock.now()))
    assert busy.value.retry_after == 60
    for n in range(120):
        scene.slack.say(scene.ann, scene.room, f"chatter {n}")
    scene.slack.fault("conversations.history", None, Limited(60))
    with pytest.raises(Unverifiable):
        await scene.posting.deliver(scene.at, message(1), "a", PostedPages(uncertain_since=scene.clock.now()))
    assert len(scene.seen()) == 120


@pytest.mark.parametrize("fault", [Lost(), Broken(503, done=True), Refused("fatal_error")])
async def test_what_slack_may_have_done_is_in_doubt(scene: Scene, fault: Lost | Broken | Refused) -> None:
    """Read back, it stands there once."""
    scene.slack.fault("chat.postMessage", fault)
    trail = PostedPages()
    with pytest.raises(Unconfirmed):
        await scene.posting.deliver(scene.at, message(1), "a", trail)
    trail.uncertain_since = scene.clock.now()
    await scene.posting.deliver(scene.at, message(1), "a", trail)
    assert len(scene.seen()) == 1


async def test_an_edit_adds_and_removes_pages(scene: Scene) -> None:
    """What was posted becomes what it is now, in its place."""
    sent = await scene.posting.deliver(scene.at, message(2), "a")
    before = len(scene.seen())
    await scene.posting.edit(sent, message(1))
    assert len(scene.seen()) < before
    assert scene.seen()[0].edits == 1


async def test_a_message_of_no_blocks_is_its_words(scene: Scene) -> None:
    """Slack refuses a list of no blocks."""
    await scene.posting.deliver(scene.at, Message((), "Only words"), "a")
    assert scene.seen()[0].text == "Only words"
    assert "blocks" not in scene.slack.calls_of("chat.postMessage")[0].args


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("channel_not_found", Gone),
        ("is_archived", Gone),
        ("token_revoked", Denied),
        ("account_inactive", Denied),
        ("missing_scope", Denied),
        ("not_in_channel", Denied),
        ("restricted_action", Denied),
        ("invalid_blocks", InvalidMessage),
        ("msg_too_long", InvalidMessage),
        ("ratelimited", Busy),
        ("internal_error", Busy),
        ("something_new", PlatformError),
    ],
)
async def test_every_refusal_has_a_meaning(scene: Scene, code: str, kind: type[PlatformError]) -> None:
    """In our own words: to try again, to give up, or to draw it otherwise."""
    scene.slack.fault("chat.postMessage", Refused(code))
    with pytest.raises(PlatformError) as refusal:
        await scene.calls("chat_postMessage", channel=scene.room.id, text="x")
    assert type(refusal.value) is kind or (kind is Busy and isinstance(refusal.value, Busy))


async def test_answers_go_to_slack_alone(scene: Scene) -> None:
    """An address that a payload names is not asked unless it is Slack's."""
    with pytest.raises(PlatformError, match="isn't one of Slack's"):
        await scene.hooks("https://evil.test/actions/1", text="x")


async def test_a_person_is_asked_for_once_in_a_while(scene: Scene) -> None:
    """And anew where it counts; a guest has no rights."""
    directory = Directory(scene.acme.id, scene.calls, scene.clock)
    assert await directory.person(scene.ann.id) == Person("Europe/Berlin", is_member=True, name="Ann")
    scene.ann.is_restricted = True
    assert (await directory.person(scene.ann.id)).is_member
    assert not (await directory.person(scene.ann.id, fresh=True)).is_member
    scene.ann.is_restricted = False
    scene.clock.advance(minutes=11)
    assert (await directory.person(scene.ann.id)).is_member


async def test_what_slack_does_not_tell_grants_nothing(scene: Scene) -> None:
    """A person has no rights, and a channel may have anybody in it."""
    directory = Directory(scene.acme.id, scene.calls, scene.clock)
    scene.slack.fault("*", Refused("fatal"), Refused("fatal"))
    assert await directory.person(scene.ann.id) == Person()
    assert await directory.channel(scene.room.id) == ChannelInfo(has_outsiders=True)
    hidden = scene.slack.world.channel(scene.acme.id, "hidden", "private", {scene.ann.id})
    assert await directory.channel(hidden.id) == ChannelInfo(may_post=False)


async def begun(scene: Scene) -> Thread:
    """Let the first page of an answer stand in a thread."""
    asked = scene.slack.say(scene.ann, scene.room, "Who?")
    thread = Thread(scene.room.id, asked.ts)
    return replace(thread, reply_ts=await scene.posting.post_partial(thread, message(1)))


async def test_an_answer_that_has_begun_is_finished_in_its_place(scene: Scene) -> None:
    """It grows as one message, and pages that follow come below."""
    thread = await begun(scene)
    assert await scene.posting.post_partial(thread, message(1)) == thread.reply_ts
    await scene.posting.reply(thread, message(2))
    _, first, *rest = scene.seen()
    assert first.ts == thread.reply_ts
    assert len(rest) == 1
    assert {one.thread_ts for one in (first, *rest)} == {thread.ts}


async def test_the_end_of_an_answer_is_never_lost_to_its_layout(scene: Scene) -> None:
    """Where Slack refuses that, its words are posted anew, however many they are, and what had begun goes."""
    thread = await begun(scene)
    scene.slack.fault("chat.update", Refused("invalid_blocks"))
    scene.slack.fault("chat.postMessage", Refused("invalid_blocks"))
    await scene.posting.reply(thread, message(1))
    _, shown = scene.seen()
    assert shown.ts != thread.reply_ts
    assert shown.blocks == []
    assert len(shown.text) > LONG


async def test_a_beginning_grows_and_an_edit_is_seen_in_words(scene: Scene) -> None:
    """If Slack refuses their layout."""
    brief = Message((Group((Prose(styled_text("Orkdal sold a mill.")),)),), "Orkdal")
    thread = await begun(scene)
    scene.slack.fault("chat.update", Refused("invalid_blocks"))
    await scene.posting.post_partial(thread, brief)
    sent = await scene.posting.deliver(scene.at, brief, "key")
    scene.slack.fault("chat.update", Refused("invalid_blocks"))
    await scene.posting.edit(sent, brief)
    assert [(one.text, one.blocks) for one in scene.seen()[1:]] == [("Orkdal sold a mill.", [])] * 2


async def test_what_is_gone_meanwhile_is_posted_anew(scene: Scene) -> None:
    """Somebody may take the beginning away."""
    thread = await begun(scene)
    scene.slack.fault("chat.update", Refused("message_not_found"))
    await scene.posting.reply(thread, message(1))
    assert len(scene.seen()) == 3


async def test_what_turns_out_to_be_for_one_person_is_taken_back(scene: Scene) -> None:
    """Where all could read the beginning, the end is theirs alone."""
    thread = await begun(scene)
    await scene.posting.reply(thread, message(1), only_for=scene.ann.id)
    _, shown = scene.seen()
    assert shown.viewer == scene.ann.id


def in_doubt(scene: Scene) -> PostedPages:
    """Return that an earlier attempt may have posted something since a while ago."""
    return PostedPages(uncertain_since=scene.clock.now())


async def test_an_answer_in_doubt_is_found_in_its_thread(scene: Scene) -> None:
    """Only what is missing of it is posted; an answer to another question is another one."""
    thread = Thread(scene.room.id, scene.slack.say(scene.ann, scene.room, "Who?").message.ts)
    for key in ("another", "a"):
        await scene.posting.reply(thread, message(3), key=key)
    whole = scene.seen()
    await scene.calls("chat_delete", channel=scene.room.id, ts=whole[-1].ts)
    await scene.posting.reply(thread, message(3), in_doubt(scene), key="a")
    assert [one.text for one in scene.seen()] == [one.text for one in whole]
    assert [one.ts for one in scene.seen()][:-1] == [one.ts for one in whole][:-1]


async def test_the_beginning_of_an_answer_that_slack_did_not_confirm_is_found_and_finished(scene: Scene) -> None:
    """It becomes the first page."""
    thread = Thread(scene.room.id, scene.slack.say(scene.ann, scene.room, "Who?").message.ts)
    scene.slack.fault("chat.postMessage", Lost())
    with pytest.raises(Unconfirmed):
        await scene.posting.post_partial(thread, message(1), "a")
    await scene.posting.reply(thread, message(2), in_doubt(scene), key="a")
    _, first, *rest = scene.seen()
    assert first.edits == 1
    assert len(rest) == 1


async def test_a_beginning_that_was_found_and_may_not_be_edited_yet_is_found_again(scene: Scene) -> None:
    """Until it is edited nothing is certain, or it would be posted a second time."""
    thread = Thread(scene.room.id, scene.slack.say(scene.ann, scene.room, "Who?").message.ts)
    scene.slack.fault("chat.postMessage", Lost())
    with pytest.raises(Unconfirmed):
        await scene.posting.post_partial(thread, message(1), "a")
    trail = in_doubt(scene)
    scene.slack.fault("chat.update", Limited(40))
    with pytest.raises(Busy):
        await scene.posting.reply(thread, message(2), trail, key="a")
    await scene.posting.reply(thread, message(2), trail, key="a")
    _, *pages = scene.seen()
    assert [page.edits for page in pages] == [1, 0]
    assert trail.uncertain_since is None


async def test_an_answer_in_doubt_that_cannot_be_read_back_is_left(scene: Scene) -> None:
    """Who answers decides."""
    thread = Thread(scene.room.id, scene.slack.say(scene.ann, scene.room, "Who?").message.ts)
    scene.slack.fault("conversations.replies", Refused("missing_scope"))
    with pytest.raises(Unverifiable):
        await scene.posting.reply(thread, message(1), in_doubt(scene), key="a")
    assert len(scene.seen()) == 1


async def test_an_answer_for_one_person_goes_on_with_the_page_that_was_not_taken(scene: Scene) -> None:
    """What they were shown they are not shown again."""
    thread = Thread(scene.room.id, scene.slack.say(scene.ann, scene.room, "Who?").message.ts)
    trail = PostedPages()
    scene.slack.fault("chat.postEphemeral", None, Limited(40))
    with pytest.raises(Busy):
        await scene.posting.reply(thread, message(2), trail, only_for=scene.ann.id)
    await scene.posting.reply(thread, message(2), trail, only_for=scene.ann.id)
    assert len(scene.seen()) == 3
