"""Buttons, menus, modals and home tabs, in the hands of people, in both modes."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession
from slack_bolt.async_app import AsyncAck as Ack
from slack_bolt.async_app import AsyncRespond as Respond
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.servers.slack.state import JSON
from tests.servers.slack.stock import Running, running

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


@pytest.fixture(params=["socket", "http"])
async def at(request: pytest.FixtureRequest) -> AsyncIterator[Running]:
    """Return the scene in each mode."""
    async with running(request.param) as made:
        yield made


async def test_a_button_is_pressed_with_the_payload_slack_would_send(at: Running) -> None:
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


async def test_only_who_sees_a_message_can_press_it(at: Running) -> None:
    """Somebody else's private reply is not there for others."""
    blocks = [{"type": "actions", "elements": [BUTTON]}]
    await at.app.client.chat_postEphemeral(channel=at.room.id, user=at.ann.id, text="Go?", blocks=blocks)
    bob = at.slack.world.user(at.acme.id, "Bob")
    at.room.members.add(bob.id)
    with pytest.raises(LookupError, match="Bob does not see that"):
        at.slack.press(at.slack.seen(at.room, at.ann)[0], "go", bob)


async def test_a_private_reply_is_edited_through_its_button(at: Running) -> None:
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


async def test_a_modal_is_filled_in_refused_mended_and_saved(at: Running) -> None:
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


async def test_modals_lie_on_each_other_and_close(at: Running) -> None:
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


async def test_home_is_drawn_when_it_is_opened(at: Running) -> None:
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


async def test_every_choice_is_written_down_as_slack_does(at: Running) -> None:
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


async def _acknowledge(ack: Ack) -> None:
    await ack()


async def _fetched(url: str, token: str) -> tuple[int, bytes]:
    async with (
        ClientSession(headers={"Authorization": f"Bearer {token}"}) as session,
        session.get(url) as answer,
    ):
        return answer.status, await answer.read()


async def test_a_shared_file_is_told_of_and_handed_over(at: Running) -> None:
    """In the message, its mention and its menu, to a token that may; anybody else sees the page to sign in."""

    async def hear(event: JSON) -> None:
        del event

    for kind in ("message", "app_mention"):
        at.app.event(kind)(hear)
    at.app.shortcut("keep")(_acknowledge)
    said = at.slack.say(at.ann, at.room, f"{at.slack.mention(at.acme.id)} look", files={"A call.vtt": b"WEBVTT"})
    await said
    await at.slack.until(lambda: len(at.heard) == 2)
    events = {body["event"]["type"]: body["event"] for body in at.heard}
    assert (events["message"]["subtype"], events["app_mention"].get("subtype")) == ("file_share", None)
    assert events["message"]["files"] == events["app_mention"]["files"]
    (file,) = events["message"]["files"]
    assert (file["name"], file["size"]) == ("A call.vtt", 6)
    url = file["url_private_download"]
    assert await _fetched(url, at.acme.bot_token) == (200, b"WEBVTT")
    narrow = at.slack.world.token("xoxb", "bot", at.acme.id, ["chat:write"]).value
    for token in ("nobody", narrow):
        status, page = await _fetched(url, token)
        assert (status, page[:9]) == (200, b"<!DOCTYPE")
    await at.slack.shortcut("keep", said.message, at.ann)
    assert at.heard[-1]["message"]["files"] == [file]


async def test_files_are_put_into_a_modal(at: Running) -> None:
    """The submission tells of them as events do; more than ten cannot be asked for."""
    element = {"type": "file_input", "action_id": "file", "max_files": 10}
    block = {"type": "input", "block_id": "file", "label": plain("Files"), "element": element}
    view = modal(blocks=[block])
    trigger = at.slack.world.trigger(at.acme.id, at.ann.id)
    with pytest.raises(SlackApiError, match="invalid_arguments"):
        await at.client.views_open(
            trigger_id=trigger, view=modal(blocks=[{**block, "element": {**element, "max_files": 11}}])
        )
    await at.client.views_open(trigger_id=trigger, view=view)
    at.app.view("subscribe")(_acknowledge)
    shown = at.slack.modal(at.ann)
    assert shown is not None
    file = at.slack.files.share(at.ann, "call.vtt", b"WEBVTT")
    await at.slack.submit(shown, at.ann, {"file": [file]})
    values = at.heard[-1]["view"]["state"]["values"]
    assert values == {"file": {"file": {"type": "file_input", "files": [file]}}}
