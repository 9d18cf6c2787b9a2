"""What others must never reach: text that tries to act, other workspaces, outsiders, and the shortcut in a message."""

from __future__ import annotations

import re

import pytest

from bot.domain.delivery import DeliveryState
from tests.journeys.office import Office
from tests.journeys.sight import labels, words
from tests.said import conversation
from tests.servers.slack import Message
from tests.servers.slack.state import JSON

ORKDAL = "How much of the world's stacked memory did Orkdal make?"
EVIL = (
    "Zanthor cut <!channel> 400 jobs in Oslo, says <@U0000000003> at <https://evil.test|the bank>, "
    "```code``` *bold* _it_ ~no~ :tada: \u202eolsO\u202c &lt;!here&gt; https://evil.test/a <!subteam^S1> @here."
)
NAME = "Eve <@U0000000003> *Mallory*\u2066"
CONTROLS = re.compile(r"[\u202a-\u202e\u2066-\u2069]")


def spans(node: object, kind: str) -> list[JSON]:
    """Return every part of the blocks of this type."""
    if isinstance(node, list):
        return [found for one in node for found in spans(one, kind)]
    if not isinstance(node, dict):
        return []
    own = [node] if node.get("type") == kind else []
    return own + [found for one in node.values() for found in spans(one, kind)]


def posts(office: Office) -> list[JSON]:
    """Return everything that was posted, as it was posted."""
    methods = ("chat.postMessage", "chat.postEphemeral", "chat.update", "response_url")
    return [call.args for method in methods for call in office.slack.calls_of(method)]


async def test_what_was_said_never_pings_links_or_formats(office: Office) -> None:
    """Wherever it appears, it is plain text, and Slack follows no link of any post."""
    await office.command("/follow", "Zanthor at once")
    await office.take_in(conversation("evil", "Welcome.", EVIL, show="Bad <!here> *Show*", speaker=NAME))
    await office.ticks()
    thread = await office.says(f"{office.at_bot} how many jobs did Zanthor cut?")
    await office.says(f"{office.at_bot} <!channel> `x` *y* who?")
    for name, text in [("/brief", ""), ("/entity", "Zanthor"), ("/claims", "Zanthor jobs"), ("/sources", "")]:
        await office.command(name, text)
    await office.command("/entity", "<!channel> <@U0000000003> *x* `y`")
    await office.command("/ask", EVIL)
    await office.asks("claims Zanthor")
    await office.home()
    assert "400 jobs" in words(*thread)
    every = posts(office)
    assert "400 jobs" in str(every)
    for post in every:
        assert not spans(post, "user")
        assert not spans(post, "broadcast")
        assert not spans(post, "usergroup")
        assert not [link for link in spans(post, "link") if "evil" in link["url"]]
        assert not CONTROLS.search(str(post))
        assert not re.search(r"<[!@#]|<https?:", post["text"]), post["text"]
        assert not [span for span in spans(post, "mrkdwn") if re.search(r"<[!@#]|<https?:(?!//example)", span["text"])]
        assert post.get("blocks") != []
    unfurls = [post for post in every if "user" not in post]
    assert all(not post["unfurl_links"] and not post["unfurl_media"] for post in unfurls)
    pinged = [call.args for call in office.slack.calls_of("chat.postMessage")]
    assert all(not post["link_names"] and not post["mrkdwn"] for post in pinged)


async def test_a_private_answer_is_seen_by_nobody_else(office: Office) -> None:
    """Not in the channel, not in its threads, not on the page of another."""
    brief = await office.says(f"{office.at_bot} brief")
    before = len(office.seen(office.general, office.bob))
    await office.command("/ask", ORKDAL)
    await office.command("/overheard", "privacy")
    await office.pressed("Receipts", brief)
    await office.says(f"{office.at_bot} privacy", brief[0].thread_ts)
    await office.says(f"{office.at_bot} frobnicate", brief[0].thread_ts)
    seen = office.seen(office.general, office.bob)[before:]
    assert "kept about" not in words(*seen)
    assert "Exact words" not in words(*seen)
    assert "14 percent" not in words(*seen)


async def test_what_a_workspace_keeps_is_its_own(office: Office) -> None:
    """Ids of an answer, a conversation and a subscription of one mean nothing in another."""
    store, elsewhere = office.app.store, "slack:T9"
    await office.take_in(conversation("secret", "Zanthor cut 400 jobs in Oslo.", space=elsewhere))
    await office.pressed("Subscribe", await office.command("/subscribe", "at 8am"))
    answer = await office.command("/ask", ORKDAL)
    share = next(
        element["value"]
        for element in spans([page.blocks for page in answer], "button")
        if "share:" in element["value"]
    )
    assert await store.replies.get(elsewhere, share.partition(":")[2]) is None
    assert "400" not in words(*await office.command("/claims", "Zanthor jobs"))
    assert "400" not in words(*await office.command("/ask", "How many jobs did Zanthor cut in Oslo?"))
    assert await store.subscriptions.subscriptions(elsewhere) == []


async def test_an_event_of_another_workspace_is_dropped(office: Office) -> None:
    """A press, a command and a mention with another team's id do nothing, by Socket Mode, which serves one."""
    answer = await office.command("/ask", ORKDAL)
    page = next(page for page in answer if "Share here" in labels(page))
    before = len(posts(office))
    other = office.slack.world.workspace("Elsewhere", installed=True)
    spy = office.slack.world.user(other.id, "Spy")
    room = office.slack.world.channel(other.id, "room", "public", {spy.id, other.bot})
    copied = office.slack.world.put(Message(other.id, room.id, "1.5", other.bot, "x", page.blocks, bot_id=other.bot_id))
    action_id = next(element["action_id"] for element in spans(copied.blocks, "button") if "share" in element["value"])
    await office.slack.press(copied, action_id, spy)
    await office.slack.command("/ask", ORKDAL, spy, room)
    await office.slack.say(spy, room, f"<@{other.bot}> {ORKDAL}")
    await office.idle()
    assert len(posts(office)) == before
    assert await office.app.store.outbox.deliveries(office.tenant, list(DeliveryState)) == []
    assert await office.app.store.outbox.deliveries(f"slack:{other.id}", list(DeliveryState)) == []


async def test_where_outsiders_read_along_only_open_conversations_are_shown(office: Office) -> None:
    """And nothing can be shared there."""
    await office.take_in(conversation("ours", "Zanthor cut 400 jobs in Oslo.", space=office.tenant))
    question = "How many jobs did Zanthor cut in Oslo?"
    inside = await office.command("/ask", question)
    assert "400" in words(*inside)
    assert "Share here" in labels(*inside)
    office.general.is_ext_shared = True
    office.clock.advance(minutes=11)
    outside = await office.command("/ask", question)
    assert "400" not in words(*outside)
    assert "Share here" not in labels(*outside)
    assert "400" not in words(*await office.says(f"{office.at_bot} {question}"))
    assert "400" in words(*await office.asks(question))


async def test_what_was_kept_before_outsiders_came_is_not_shared_to_them(office: Office) -> None:
    """The button that is still there does not help."""
    await office.take_in(conversation("ours", "Zanthor cut 400 jobs in Oslo.", space=office.tenant))
    inside = await office.command("/ask", "How many jobs did Zanthor cut in Oslo?")
    office.general.is_ext_shared = True
    await office.pressed("Share here", inside)
    await office.delivered()
    assert "400" not in words(*office.seen(office.general, office.bob))


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("Orkdal made 14 percent of the world's stacked memory last year.", r"14 percent"),
        ("https://example.com/a", r"only a link"),
        ("who did that?", r"is a question"),
        (":+1:", r"no statement"),
    ],
)
async def test_a_message_can_be_checked(either_office: Office, said: str, expected: str) -> None:
    """By the shortcut in its menu, for the person alone, also where the bot is not."""
    office = either_office
    for room in (office.general, office.quiet):
        message = office.slack.say(office.bob, room, said).message
        before = len(office.seen(room, office.ann))
        await office.slack.shortcut("check", message, office.ann)
        await office.idle()
        answer = office.seen(room, office.ann)[before:]
        assert re.search(expected, words(*answer)), words(*answer)
        assert {page.viewer for page in answer} == {office.ann.id}
