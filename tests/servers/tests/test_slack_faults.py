"""What a test can let go wrong, and what real apps do about it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from aiohttp import ClientError
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncConnectionErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from tests.fakes import FixedClock
from tests.servers.slack import Broken, Channel, FakeSlack, Garbled, Limited, Lost, Refused, Slow, User
from tests.servers.slack.stock import client as opened


@dataclass
class Scene:
    """A person in a channel with the app, and a client that re-sends nothing."""

    slack: FakeSlack
    ann: User
    room: Channel
    client: AsyncWebClient

    def texts(self) -> list[str]:
        """Return what stands in the channel."""
        return [one.text for one in self.slack.seen(self.room, self.ann)]


@pytest.fixture
async def at(clock: FixedClock) -> AsyncIterator[Scene]:
    """Return the scene."""
    async with FakeSlack(clock) as slack:
        acme = slack.world.workspace("Acme")
        ann = slack.world.user(acme.id, "Ann")
        room = slack.world.channel(acme.id, "general", members=[ann.id, acme.bot])
        async with opened(slack, acme.bot_token) as client:
            yield Scene(slack, ann, room, client)


async def test_faults_meet_one_call_each_in_their_order(at: Scene) -> None:
    """Limited, broken, refused: nothing is posted; then the next call goes through."""
    at.slack.fault("chat.postMessage", Limited(7), Broken(502), Refused("is_archived"))
    statuses = []
    for _ in range(3):
        with pytest.raises(SlackApiError) as failed:
            await at.client.chat_postMessage(channel=at.room.id, text="hello")
        statuses.append((failed.value.response.status_code, failed.value.response.headers.get("Retry-After")))
    assert statuses == [(429, "7"), (502, None), (200, None)]
    await at.client.chat_postMessage(channel=at.room.id, text="hello")
    assert at.texts() == ["hello"]
    assert at.slack.faults.met == {"chat.postMessage": 3}


@pytest.mark.parametrize(("fault", "stored"), [(Lost(), 1), (Lost(done=False), 0), (Broken(503, done=True), 1)])
async def test_a_reply_can_be_lost_after_the_work_or_before_it(at: Scene, fault: Lost | Broken, stored: int) -> None:
    """The caller cannot tell which it was."""
    at.slack.fault("chat.postMessage", fault)
    with pytest.raises((ClientError, SlackApiError)):
        await at.client.chat_postMessage(channel=at.room.id, text="hello")
    assert len(at.texts()) == stored


async def test_the_clients_own_retry_posts_twice_when_a_reply_is_lost(at: Scene) -> None:
    """Why the product re-sends nothing blindly."""
    at.client.retry_handlers = [AsyncConnectionErrorRetryHandler()]
    at.slack.fault("chat.postMessage", Lost())
    await at.client.chat_postMessage(channel=at.room.id, text="hello")
    assert at.texts() == ["hello", "hello"]


async def test_an_answer_can_be_no_json_or_late(at: Scene) -> None:
    """The post is stored all the same; a star stands for any method."""
    at.slack.fault("*", Garbled(), Slow(0.01))
    with pytest.raises(SlackApiError):
        await at.client.chat_postMessage(channel=at.room.id, text="one")
    await at.client.chat_postMessage(channel=at.room.id, text="two")
    assert at.texts() == ["one", "two"]


async def test_a_response_url_is_used_five_times(at: Scene) -> None:
    """The sixth use finds it used up; each writes to the person alone unless it says in_channel."""
    url = at.slack.hooks.issue(at.ann.team, at.room.id, at.ann.id)
    hook = AsyncWebhookClient(url)
    await hook.send(text="for all", response_type="in_channel")
    for _ in range(4):
        await hook.send(text="for Ann")
    assert [one.viewer for one in at.slack.seen(at.room, at.ann)] == [None, *[at.ann.id] * 4]
    assert (await hook.send(text="again")).status_code == 404
    assert at.slack.calls[-1].error == "used_url"


async def test_a_response_url_lives_for_thirty_minutes(at: Scene, clock: FixedClock) -> None:
    """And then it is gone; bad blocks are refused like anywhere."""
    url = at.slack.hooks.issue(at.ann.team, at.room.id, at.ann.id)
    hook = AsyncWebhookClient(url)
    assert (await hook.send(text="x", blocks=[{"type": "stat"}])).status_code == 400
    clock.advance(minutes=30)
    assert (await hook.send(text="in time")).status_code == 200
    clock.advance(seconds=1)
    assert (await hook.send(text="late")).status_code == 404
    assert at.texts() == ["in time"]


async def test_faults_reach_a_response_url_too(at: Scene) -> None:
    """Under the name response_url."""
    hook = AsyncWebhookClient(at.slack.hooks.issue(at.ann.team, at.room.id, at.ann.id), retry_handlers=[])
    at.slack.fault("response_url", Limited(3), Lost())
    assert (await hook.send(text="one")).status_code == 429
    with pytest.raises(ClientError):
        await hook.send(text="two")
    assert at.texts() == ["two"]


async def test_a_trigger_opens_one_modal_within_three_seconds(at: Scene, clock: FixedClock) -> None:
    """Used, late and unknown ones are refused, each with its own code."""
    plain = {"type": "plain_text", "text": "x"}
    view = {"type": "modal", "title": plain, "blocks": [{"type": "section", "text": plain}]}
    trigger = at.slack.world.trigger(at.ann.team, at.ann.id)
    late = at.slack.world.trigger(at.ann.team, at.ann.id)
    clock.advance(seconds=3)
    await at.client.views_open(trigger_id=trigger, view=view)
    clock.advance(seconds=1)
    codes = []
    for used in (trigger, late, "unknown"):
        with pytest.raises(SlackApiError) as failed:
            await at.client.views_open(trigger_id=used, view=view)
        codes.append(failed.value.response["error"])
    assert codes == ["exchanged_trigger_id", "expired_trigger_id", "invalid_trigger_id"]


async def test_a_view_is_updated_by_its_hash_and_stacked_three_high(at: Scene) -> None:
    """An old hash conflicts; a fourth modal is refused; a closed one is not found."""
    plain = {"type": "plain_text", "text": "x"}
    view = {"type": "modal", "title": plain, "blocks": []}
    first = (await at.client.views_open(trigger_id=at.slack.world.trigger(at.ann.team, at.ann.id), view=view))["view"]
    await at.client.views_update(view_id=first["id"], view=view, hash=first["hash"])
    codes = []
    with pytest.raises(SlackApiError) as failed:
        await at.client.views_update(view_id=first["id"], view=view, hash=first["hash"])
    codes.append(failed.value.response["error"])
    for _ in range(2):
        await at.client.views_push(trigger_id=at.slack.world.trigger(at.ann.team, at.ann.id), view=view)
    with pytest.raises(SlackApiError) as failed:
        await at.client.views_push(trigger_id=at.slack.world.trigger(at.ann.team, at.ann.id), view=view)
    codes.append(failed.value.response["error"])
    at.slack.close_view(at.slack.world.views[first["id"]], at.ann)
    with pytest.raises(SlackApiError) as failed:
        await at.client.views_update(view_id=first["id"], view=view)
    assert [*codes, failed.value.response["error"]] == ["hash_conflict", "push_limit_reached", "not_found"]
