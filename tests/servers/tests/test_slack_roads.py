"""Sockets that close and requests that fail: what is not acknowledged comes again, and how."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, WSServerHandshakeError, web
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.servers.slack import Channel, FakeSlack, User
from tests.servers.slack.state import JSON
from tests.servers.slack.stock import app as bolt_app
from tests.servers.slack.stock import client as opened
from tests.servers.slack.stock import over_http, over_sockets


@dataclass
class Scene:
    """A person in a channel with the app, whose own socket or server the test holds."""

    slack: FakeSlack
    ann: User
    room: Channel
    client: AsyncWebClient

    def say(self, text: str = "hello") -> object:
        """Let the person say something."""
        return self.slack.say(self.ann, self.room, text)

    async def dial(self, session: ClientSession) -> ClientWebSocketResponse:
        """Open one socket by hand, and read its hello."""
        url = (await self.client.apps_connections_open(app_token=self.slack.app_token))["url"]
        socket = await session.ws_connect(url)
        assert (await socket.receive_json())["type"] == "hello"
        return socket


@asynccontextmanager
async def scene(**options: object) -> AsyncIterator[Scene]:
    """Open one."""
    async with FakeSlack(**options) as slack:
        acme = slack.world.workspace("Acme")
        ann = slack.world.user(acme.id, "Ann")
        room = slack.world.channel(acme.id, "general", members=[ann.id, acme.bot])
        async with opened(slack, acme.bot_token) as client:
            yield Scene(slack, ann, room, client)


@asynccontextmanager
async def server(answer: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> AsyncIterator[str]:
    """Run an app of one function; yields its address."""
    site = web.Application()
    site.add_routes([web.post("/slack", answer)])
    runner = web.AppRunner(site, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    yield f"http://{host}:{port}/slack"
    await runner.cleanup()


async def test_an_event_that_is_not_acknowledged_comes_again_over_the_socket() -> None:
    """At once, then later: the same event in a new envelope, until it is taken."""
    async with scene(ack_seconds=0.05, retry_scale=0.0001) as at, ClientSession() as session:
        socket = await at.dial(session)
        said = at.say()
        envelopes = [await socket.receive_json() for _ in range(3)]
        await socket.send_json({"envelope_id": envelopes[-1]["envelope_id"]})
        (delivery,) = (await said).deliveries
        await socket.close()
    assert [one["retry_attempt"] for one in envelopes] == [0, 1, 2]
    assert envelopes[1]["retry_reason"] == "timeout"
    assert len({one["payload"]["event_id"] for one in envelopes}) == 1
    assert len({one["envelope_id"] for one in envelopes}) == 3
    assert (delivery.acked, [one.failure for one in delivery.attempts]) == (True, ["timeout", "timeout", ""])


async def test_an_event_is_given_up_after_three_retries() -> None:
    """Without any socket each of the four attempts fails at once."""
    async with scene(retry_scale=0.0001) as at:
        (delivery,) = (await at.say()).deliveries
    assert (delivery.acked, delivery.failure, len(delivery.attempts)) == (False, "connection_failed", 4)


async def test_each_event_goes_to_one_of_the_sockets() -> None:
    """In turn; an eleventh socket is told that there are too many."""
    async with scene() as at, ClientSession() as session:
        sockets = [await at.dial(session) for _ in range(10)]
        url = (await at.client.apps_connections_open(app_token=at.slack.app_token))["url"]
        async with session.ws_connect(url) as eleventh:
            assert (await eleventh.receive_json())["reason"] == "too_many_websockets"
        said = [at.say(str(n)) for n in range(10)]
        heard = [await socket.receive_json() for socket in sockets]
        assert sorted(one["payload"]["event"]["text"] for one in heard) == sorted(map(str, range(10)))
        for socket, one in zip(sockets, heard, strict=True):
            await socket.send_json({"envelope_id": one["envelope_id"]})
        for one in said:
            await one
        assert [one.carried for one in at.slack.sockets.open] == [1] * 10
        for socket in sockets:
            await socket.close()


async def test_a_ticket_lets_one_socket_in() -> None:
    """A second use, or none, is turned away; so is everybody while the fake refuses."""
    async with scene() as at, ClientSession() as session:
        url = (await at.client.apps_connections_open(app_token=at.slack.app_token))["url"]
        async with session.ws_connect(url):
            with pytest.raises(WSServerHandshakeError):
                await session.ws_connect(url)
            at.slack.sockets.refusing = True
            with pytest.raises(SlackApiError):
                await at.client.apps_connections_open(app_token=at.slack.app_token)
        assert (at.slack.sockets.opened, at.slack.sockets.refused) == (1, 1)


async def test_a_warned_socket_gets_nothing_while_there_is_another() -> None:
    """Slack says that it will close it, and sends elsewhere."""
    async with scene() as at, ClientSession() as session:
        old = await at.dial(session)
        at.slack.sockets.warn()
        assert (await old.receive_json())["reason"] == "warning"
        new = await at.dial(session)
        at.say("one")
        at.say("two")
        heard = [(await new.receive_json())["payload"]["event"]["text"] for _ in range(2)]
        assert heard == ["one", "two"]
        await old.close()
        await new.close()


@pytest.mark.parametrize("way", ["refresh", "cut"])
async def test_the_real_client_comes_back_and_nothing_is_lost(way: str) -> None:
    """Asked to refresh, or cut off in the middle of its work: every event is acknowledged in the end."""
    async with scene(retry_scale=0.01) as at:
        acme = next(iter(at.slack.world.workspaces.values()))
        async with bolt_app(at.slack, acme) as app, over_sockets(app, at.slack, ping_seconds=0.1):

            @app.event("message")
            async def heard() -> None:
                pass

            before = [at.say(str(n)) for n in range(20)]
            await before[0]
            if way == "cut":
                at.slack.sockets.cut()
            else:
                await at.slack.sockets.refresh()
            after = [at.say(str(n)) for n in range(20)]
            for one in (*before, *after):
                await one
    assert all(delivery.acked for one in (*before, *after) for delivery in one.deliveries)
    attempts = [attempt for delivery in at.slack.deliveries for attempt in delivery.attempts]
    assert {attempt.failure for attempt in attempts} <= {"", "connection_failed"}
    assert at.slack.sockets.opened >= 2


async def test_pushes_are_signed_and_the_url_proves_itself() -> None:
    """Bolt accepts what is signed, and refuses a wrong signature and an old time."""
    async with scene() as at:
        acme = next(iter(at.slack.world.workspaces.values()))
        async with bolt_app(at.slack, acme) as app, over_http(app, at.slack):
            assert await at.slack.pushes.verify()
            body = json.dumps({"type": "event_callback", "event": {"type": "app_mention"}})
            for changed in ({"X_Slack_Signature": "v0=00"}, {"X_Slack_Request_Timestamp": "1"}):
                async with at.slack.pushes.raw(body, "application/json", **changed) as answer:
                    assert answer.status == 401


async def test_a_failed_push_comes_again_with_the_reason() -> None:
    """Three times at most, with a number and a reason, unless the app asks for none."""
    seen: list[tuple[str | None, str | None]] = []
    rules = {"retry": web.Response(status=500), "stop": web.Response(status=500, headers={"x-slack-no-retry": "1"})}

    async def refuse(request: web.Request) -> web.StreamResponse:
        seen.append((request.headers.get("x-slack-retry-num"), request.headers.get("x-slack-retry-reason")))
        return web.Response(status=500, headers=rules[(await request.json())["event"]["text"]].headers)

    async with scene(retry_scale=0.0001) as at, server(refuse) as url:
        at.slack.push_to(url)
        (given_up,) = (await at.say("retry")).deliveries
        assert (given_up.failure, len(given_up.attempts)) == ("http_error", 4)
        (stopped,) = (await at.say("stop")).deliveries
        assert (stopped.failure, len(stopped.attempts)) == ("http_error", 1)
    assert seen == [(None, None), ("1", "http_error"), ("2", "http_error"), ("3", "http_error"), (None, None)]


async def test_a_slow_push_times_out_and_is_sent_again() -> None:
    """The reason is http_timeout; the second attempt is taken and timed by itself."""
    waits = iter([10.0, 0.0])

    async def slow(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(next(waits))
        return web.Response()

    async with scene(ack_seconds=0.1) as at, server(slow) as url:
        at.slack.push_to(url)
        (delivery,) = (await at.say()).deliveries
    assert [one.failure for one in delivery.attempts] == ["http_timeout", ""]
    assert delivery.acked
    assert delivery.seconds < 0.1


async def test_a_payload_is_a_form_where_slack_sends_forms() -> None:
    """A command's fields stand alone; an interaction is JSON in the field payload; the answers count."""
    forms: list[JSON] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        if form := dict(await request.post()):
            forms.append(form)
        return web.Response(text="Noted") if "command" in form else web.Response()

    async with scene() as at, server(answer) as url:
        at.slack.push_to(url)
        message = at.slack.say(at.ann, at.room, "a claim").message
        await at.slack.command("/ask", "rust", at.ann, at.room)
        await at.slack.shortcut("check", message, at.ann)
        assert [one.text for one in at.slack.seen(at.room, at.ann)] == ["a claim", "Noted"]
    assert (forms[0]["command"], forms[0]["text"]) == ("/ask", "rust")
    assert json.loads(forms[1]["payload"])["message"]["text"] == "a claim"
