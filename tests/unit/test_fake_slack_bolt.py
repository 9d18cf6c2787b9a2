"""What people do reaches a Bolt app, and what it answers reaches them: over Socket Mode and over HTTP alike."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest
from aiohttp import ClientSession
from slack_bolt.async_app import AsyncAck as Ack
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.async_app import AsyncRespond as Respond
from slack_bolt.async_app import AsyncSay as Say
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.servers.slack import Channel, FakeSlack, User, Workspace
from tests.servers.slack.state import JSON
from tests.servers.slack.stock import app as bolt_app
from tests.servers.slack.stock import client as bolt_client
from tests.servers.slack.stock import over_http, over_sockets

BUTTON = {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}, "value": "7"}
ZONES = [
    {"text": {"type": "plain_text", "text": "Berlin"}, "value": "Europe/Berlin"},
    {"text": {"type": "plain_text", "text": "London"}, "value": "Europe/London"},
]


def plain(text: str) -> dict[str, str]:
    """Return a plain text object."""
    return {"type": "plain_text", "text": text}


def modal(**changed: object) -> JSON:
    """Return a modal with a line to fill in, a menu, and an external menu."""
    topic = {"type": "plain_text_input", "action_id": "words"}
    zone = {"type": "static_select", "action_id": "zone", "options": ZONES, "initial_option": ZONES[1]}
    show = {"type": "external_select", "action_id": "show", "min_query_length": 1}
    blocks = [
        {"type": "input", "block_id": "topic", "label": plain("Topic"), "element": topic},
        {"type": "input", "block_id": "place", "label": plain("Zone"), "element": zone},
        {"type": "input", "block_id": "from", "label": plain("Show"), "element": show, "optional": True},
    ]
    made = {"type": "modal", "callback_id": "subscribe", "title": plain("Subscribe"), "submit": plain("Save")}
    return {**made, "blocks": blocks, **changed}


@dataclass
class Scene:
    """A workspace, a person, a channel, and a running app that notes every body it hears."""

    slack: FakeSlack
    acme: Workspace
    ann: User
    room: Channel
    app: AsyncApp
    heard: list[JSON]


@pytest.fixture(params=["socket", "http"])
async def at(request: pytest.FixtureRequest) -> AsyncIterator[Scene]:
    """Return the scene in each mode."""
    async with FakeSlack() as slack:
        acme = slack.world.workspace("Acme")
        ann = slack.world.user(acme.id, "Ann")
        room = slack.world.channel(acme.id, "general", members=[ann.id, acme.bot])
        async with bolt_app(slack, acme) as app:
            heard = listening(app)
            async with over_sockets(app, slack) if request.param == "socket" else over_http(app, slack):
                yield Scene(slack, acme, ann, room, app, heard)


def listening(app: AsyncApp) -> list[JSON]:
    """Let an app note every body, and accept every event; return the notes."""
    heard: list[JSON] = []

    @app.middleware
    async def note(body: JSON, next_: Callable[[], Awaitable[None]]) -> None:
        heard.append(body)
        await next_()

    return heard


async def test_a_mention_is_heard_twice_and_answered_in_its_thread(at: Scene) -> None:
    """Once as a mention and once as a message; the app never hears itself through Bolt."""

    @at.app.event("app_mention")
    async def mentioned(event: JSON, say: Say) -> None:
        await say(text=f"Hello <@{event['user']}>", thread_ts=event["ts"])

    @at.app.event("message")
    async def passed_by() -> None:
        pass

    said = await at.slack.say(at.ann, at.room, f"{at.slack.mention(at.acme.id)} hello")
    assert [one.event["type"] for one in said.deliveries] == ["app_mention", "message"]
    assert all(one.acked and one.seconds < 3 for one in said.deliveries)
    (answer,) = await at.slack.until(lambda: at.slack.seen(at.room, at.ann, thread=said.ts)[1:])
    assert (answer.text, answer.thread_ts) == (f"Hello <@{at.ann.id}>", said.ts)


async def test_a_direct_message_is_a_message_and_no_mention(at: Scene) -> None:
    """With the channel's type im; what is not subscribed is not sent."""

    @at.app.event("message")
    async def heard(event: JSON, say: Say) -> None:
        await say(f"You said {event['text']} in {event['channel_type']}")

    direct = at.slack.world.direct(at.acme.id, [at.ann.id])
    said = await at.slack.say(at.ann, direct, f"{at.slack.mention(at.acme.id)} hello")
    assert [one.event["type"] for one in said.deliveries] == ["message"]
    answer = await at.slack.until(lambda: at.slack.seen(direct, at.ann)[1:])
    assert answer[0].text.endswith("in im")


async def test_a_command_is_answered_privately(at: Scene) -> None:
    """By what it acknowledges with, and through its response_url, which replaces nothing."""

    @at.app.command("/ask")
    async def ask(ack: Ack, respond: Respond, command: JSON) -> None:
        await ack("Looking")
        await respond(f"Found {command['text']}", replace_original=True)

    public = at.slack.world.channel(at.acme.id, "elsewhere", members=[at.ann.id])
    before = at.slack.say(at.ann, public, "first").message
    asked = await at.slack.command("/ask", "rust", at.ann, public)
    assert asked.acked
    assert asked.seconds < 3
    first, *shown = await at.slack.until(lambda: at.slack.seen(public, at.ann)[2:] and at.slack.seen(public, at.ann))
    assert (first, first.text) == (before, "first")
    assert sorted(one.text for one in shown) == ["Found rust", "Looking"]
    assert {one.viewer for one in shown} == {at.ann.id}


async def test_a_command_that_nobody_answers_times_out() -> None:
    """After three seconds, here fewer; the person is told that it failed."""
    async with FakeSlack(ack_seconds=0.2) as slack:
        acme = slack.world.workspace("Acme")
        ann = slack.world.user(acme.id, "Ann")
        room = slack.world.channel(acme.id, "general", members=[ann.id])
        async with bolt_app(slack, acme) as app, over_sockets(app, slack):
            asked = await slack.command("/nothing", "", ann, room)
    assert (asked.acked, asked.failure, len(asked.attempts)) == (False, "timeout", 1)


async def test_a_button_is_pressed_with_the_payload_slack_would_send(at: Scene) -> None:
    """Its value, its place, who pressed; response_url edits the message it stands in."""

    @at.app.action("go")
    async def go(ack: Ack, respond: Respond) -> None:
        await ack()
        await respond("Gone", replace_original=True)

    async def post() -> str:
        blocks = [{"type": "actions", "elements": [BUTTON]}]
        return (await at.app.client.chat_postMessage(channel=at.room.id, text="Go?", blocks=blocks))["ts"]

    ts = await post()
    message = at.slack.world.message(at.room.id, ts)
    assert (await at.slack.press(message, "go", at.ann)).acked
    body = next(one for one in at.heard if one["type"] == "block_actions")
    assert (body["actions"][0]["value"], body["user"]["id"], body["channel"]["id"]) == ("7", at.ann.id, at.room.id)
    assert (body["container"]["message_ts"], body["message"]["text"]) == (ts, "Go?")
    await at.slack.until(lambda: message.edits)
    assert (message.text, message.blocks) == ("Gone", [])


async def test_only_who_sees_a_message_can_press_it(at: Scene) -> None:
    """Somebody else's private reply is not there for others."""
    blocks = [{"type": "actions", "elements": [BUTTON]}]
    await at.app.client.chat_postEphemeral(channel=at.room.id, user=at.ann.id, text="Go?", blocks=blocks)
    bob = at.slack.world.user(at.acme.id, "Bob")
    at.room.members.add(bob.id)
    with pytest.raises(LookupError, match="Bob does not see that"):
        at.slack.press(at.slack.seen(at.room, at.ann)[0], "go", bob)


async def test_a_private_reply_is_edited_through_its_button(at: Scene) -> None:
    """Replaced, then deleted; the payload has no message in it."""

    @at.app.action("go")
    async def go(ack: Ack, respond: Respond) -> None:
        await ack()
        await respond("Edited", replace_original=True)
        await respond(delete_original=True)

    blocks = [{"type": "actions", "elements": [BUTTON]}]
    await at.app.client.chat_postEphemeral(channel=at.room.id, user=at.ann.id, text="Go?", blocks=blocks)
    (message,) = at.slack.seen(at.room, at.ann)
    await at.slack.press(message, "go", at.ann)
    await at.slack.until(lambda: not at.slack.seen(at.room, at.ann))
    assert message.text == "Edited"
    body = next(one for one in at.heard if one["type"] == "block_actions")
    assert (body["container"]["is_ephemeral"], "message" in body) == (True, False)


async def test_a_modal_is_filled_in_refused_mended_and_saved(at: Scene) -> None:
    """Options are suggested, errors stand by their block, and a saved modal closes."""
    saved: list[JSON] = []

    @at.app.command("/subscribe")
    async def subscribe(ack: Ack, client: AsyncWebClient, body: JSON) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=modal())

    @at.app.options("show")
    async def shows(ack: Ack, payload: JSON) -> None:
        await ack(options=[{"text": plain(f"{payload['value']} Bench"), "value": "s1"}])

    @at.app.view("subscribe")
    async def save(ack: Ack, view: JSON) -> None:
        saved.append(view["state"]["values"])
        if view["state"]["values"]["topic"]["words"]["value"] == "bad":
            await ack(response_action="errors", errors={"topic": "No such topic"})
        else:
            await ack()

    await at.slack.command("/subscribe", "", at.ann, at.room)
    view = await at.slack.until(lambda: at.slack.modal(at.ann))
    with pytest.raises(ValueError, match="required input 'topic' is empty"):
        at.slack.submit(view, at.ann)
    with pytest.raises(LookupError, match="Bob does not see that"):
        at.slack.submit(view, at.slack.world.user(at.acme.id, "Bob"), {"topic": "mine"})
    offered = (await at.slack.suggest(view, "show", "Open", at.ann)).options
    assert [one["text"]["text"] for one in offered] == ["Open Bench"]
    refused = await at.slack.submit(view, at.ann, {"topic": "bad", "show": offered[0], "zone": "Berlin"})
    assert refused.errors == view.errors == {"topic": "No such topic"}
    assert at.slack.modal(at.ann) is view
    assert (await at.slack.submit(view, at.ann, {"topic": "good"})).errors == {}
    assert at.slack.modal(at.ann) is None
    assert saved[1]["place"]["zone"]["selected_option"]["value"] == "Europe/Berlin"
    assert saved[1]["from"]["show"]["selected_option"]["value"] == "s1"


async def test_modals_lie_on_each_other_and_close(at: Scene) -> None:
    """Pushed by an answer, replaced by one, and closed with the app told when it asked to be."""

    @at.app.shortcut({"type": "message_action", "callback_id": "check"})
    async def check(ack: Ack, client: AsyncWebClient, body: JSON) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=modal(blocks=[], callback_id="first"))

    @at.app.view("first")
    async def first(ack: Ack) -> None:
        await ack(response_action="push", view=modal(blocks=[], callback_id="second", notify_on_close=True))

    @at.app.view("second")
    async def second(ack: Ack) -> None:
        await ack(response_action="update", view=modal(blocks=[], callback_id="third", notify_on_close=True))

    @at.app.view_closed("third")
    async def third(ack: Ack) -> None:
        await ack()

    message = at.slack.say(at.ann, at.room, "is that so").message
    assert (await at.slack.shortcut("check", message, at.ann)).acked
    opened = await at.slack.until(lambda: at.slack.modal(at.ann))
    await at.slack.submit(opened, at.ann)
    pushed = at.slack.modal(at.ann)
    assert (pushed.body["callback_id"], pushed.previous, pushed.root) == ("second", opened.id, opened.id)
    await at.slack.submit(pushed, at.ann)
    assert pushed.body["callback_id"] == "third"
    assert (await at.slack.close_view(pushed, at.ann)).acked
    assert at.slack.modal(at.ann) is opened
    assert at.slack.close_view(opened, at.ann) is None


async def test_home_is_drawn_when_it_is_opened(at: Scene) -> None:
    """Its buttons carry the view; an old hash is refused."""
    pressed: list[JSON] = []

    @at.app.event("app_home_opened")
    async def opened(event: JSON, client: AsyncWebClient) -> None:
        home = {"type": "home", "blocks": [{"type": "actions", "elements": [BUTTON]}]}
        await client.views_publish(user_id=event["user"], view=home)

    @at.app.action("go")
    async def go(ack: Ack, body: JSON) -> None:
        await ack()
        pressed.append(body["container"])

    for sent in at.slack.open_home(at.ann):
        await sent
    view = await at.slack.until(lambda: at.slack.home(at.ann))
    await at.slack.press(view, "go", at.ann)
    assert pressed == [{"type": "view", "view_id": view.id}]
    with pytest.raises(SlackApiError) as failed:
        await at.app.client.views_publish(user_id=at.ann.id, view={"type": "home", "blocks": []}, hash="old")
    assert failed.value.response["error"] == "hash_conflict"


async def test_membership_and_installation_are_told(at: Scene) -> None:
    """Joined, left, archived, uninstalled; afterwards the token is dead."""

    @at.app.event(re.compile(".*"))
    async def anything() -> None:
        pass

    bob_room = at.slack.world.channel(at.acme.id, "late", "private", [at.ann.id])
    sent = [
        *at.slack.invite(bob_room, at.ann),
        *at.slack.remove(bob_room),
        *at.slack.archive(at.room, at.ann),
        *at.slack.uninstall(at.acme.id),
    ]
    for one in sent:
        await one
    assert [one.event["type"] for one in sent] == [
        "member_joined_channel",
        "group_left",
        "channel_archive",
        "tokens_revoked",
        "app_uninstalled",
    ]
    with pytest.raises(SlackApiError) as failed:
        await at.app.client.auth_test()
    assert failed.value.response["error"] == "account_inactive"
    assert at.slack.open_home(at.ann) == ()


async def test_typed_text_arrives_as_slack_writes_it(at: Scene) -> None:
    """Escaped, with links in angle brackets in messages and bare in commands; mentions stay mentions."""
    typed = f"{at.slack.mention(at.acme.id)} a<b & <!channel> https://x.test/?a=1&b=2"
    said = at.slack.say(at.ann, at.room, typed)
    asked = at.slack.command("/ask", typed, at.ann, at.room)
    link = "https://x.test/?a=1&amp;b=2"
    escaped = f"{at.slack.mention(at.acme.id)} a&lt;b &amp; &lt;!channel&gt;"
    assert said.deliveries[0].event["text"] == f"{escaped} <{link}>"
    assert asked.payload["text"] == f"{escaped} {link}"


async def test_a_guest_of_a_shared_channel_is_known_as_one(at: Scene) -> None:
    """The event names the guest's own workspace, and the payload the channel's."""
    other = at.slack.world.workspace("Other", installed=False)
    eve = at.slack.world.user(other.id, "Eve")
    with pytest.raises(LookupError, match="Eve is not in general"):
        at.slack.say(eve, at.room, "hello")
    at.room.is_ext_shared = True
    at.room.members.add(eve.id)
    (delivery,) = at.slack.say(eve, at.room, "hello").deliveries
    assert (delivery.payload["team_id"], delivery.event["user_team"]) == (at.acme.id, other.id)
    assert delivery.payload["is_ext_shared_channel"] is True
    assert (await at.app.client.users_info(user=eve.id))["user"]["is_stranger"] is True


async def test_an_edit_and_another_context_are_told(at: Scene) -> None:
    """An edit as a changed message; what a person looks at beside the direct messages as a context."""
    direct = at.slack.world.direct(at.acme.id, [at.ann.id])
    edited = at.slack.edit(at.slack.say(at.ann, direct, "helo").message, "hello")
    assert edited.deliveries[0].event["subtype"] == "message_changed"
    assert edited.deliveries[0].event["message"]["text"] == "hello"
    (looked,) = at.slack.look_at(at.ann, {"type": "slack#/entities/channel", "id": at.room.id})
    assert looked.event["context"]["entities"][0]["id"] == at.room.id


async def test_a_command_nobody_registered_is_none() -> None:
    """The person is told so, and nothing is sent."""
    async with FakeSlack(commands=["/ask"]) as slack:
        acme = slack.world.workspace("Acme")
        ann = slack.world.user(acme.id, "Ann")
        room = slack.world.channel(acme.id, "general", members=[ann.id])
        with pytest.raises(LookupError, match="/brief is not a valid command"):
            slack.command("/brief", "", ann, room)
        assert slack.deliveries == []


async def test_every_choice_is_written_down_as_slack_does(at: Scene) -> None:
    """Menus, ticks, pickers, people, and the two sides of a feedback row."""
    rows = [
        ({"type": "overflow", "action_id": "e", "options": ZONES}, "London", "selected_option"),
        ({"type": "checkboxes", "action_id": "e", "options": ZONES}, ["Berlin", "London"], "selected_options"),
        ({"type": "users_select", "action_id": "e"}, at.ann.id, "selected_user"),
        ({"type": "multi_channels_select", "action_id": "e"}, [at.room.id], "selected_channels"),
        ({"type": "timepicker", "action_id": "e"}, "08:00", "selected_time"),
    ]
    for element, choice, key in rows:
        blocks = [{"type": "actions", "elements": [element]}]
        ts = (await at.app.client.chat_postMessage(channel=at.room.id, text="x", blocks=blocks))["ts"]
        sent = at.slack.press(at.slack.world.message(at.room.id, ts), "e", at.ann, choose=choice)
        found = sent.payload["actions"][0][key]
        expected = {"selected_option": ZONES[1], "selected_options": ZONES}.get(key, choice)
        assert found == expected
    sides = {f"{side}_button": {"text": plain(side), "value": side} for side in ("positive", "negative")}
    blocks = [{"type": "context_actions", "elements": [{"type": "feedback_buttons", "action_id": "f", **sides}]}]
    ts = (await at.app.client.chat_postMessage(channel=at.room.id, text="x", blocks=blocks))["ts"]
    sent = at.slack.press(at.slack.world.message(at.room.id, ts), "f", at.ann, choose="negative")
    assert sent.payload["actions"][0]["value"] == "negative"


async def test_a_thousand_events_cost_little() -> None:
    """Sent, acknowledged and counted in a tenth of a second or two of work."""
    async with FakeSlack() as slack, ClientSession() as session, bolt_client(slack) as client:
        acme = slack.world.workspace("Acme")
        ann = slack.world.user(acme.id, "Ann")
        room = slack.world.channel(acme.id, "general", members=[ann.id, acme.bot])
        url = (await client.apps_connections_open(app_token=slack.app_token))["url"]
        async with session.ws_connect(url) as socket:
            await socket.receive_json()
            before = time.process_time()
            said = [slack.say(ann, room, f"message {n}") for n in range(1000)]
            for _ in said:
                await socket.send_json({"envelope_id": (await socket.receive_json())["envelope_id"]})
            for one in said:
                await one
            assert time.process_time() - before < 2
    assert all(delivery.acked for delivery in slack.deliveries)


async def test_a_redelivered_event_is_the_same_event(at: Scene) -> None:
    """Its id is the same, and the retry says so; Bolt runs its listener again."""
    times: list[list[str] | None] = []

    @at.app.event("message")
    async def heard(request: AsyncBoltRequest) -> None:
        times.append(request.headers.get("x-slack-retry-num"))

    await at.slack.say(at.ann, at.room, "hello")
    await at.slack.redeliver()
    await at.slack.until(lambda: len(times) == 2)
    assert times[1] == ["1"]
    first, second = (one["event_id"] for one in at.heard)
    assert first == second
