"""HTTP mode: signed requests to the app's one URL, whose answers are its acknowledgements."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from urllib.parse import urlencode

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout

from tests.servers.slack.delivery import COMMAND, EVENT, Delivery
from tests.servers.slack.events import VERIFICATION
from tests.servers.slack.state import JSON
from tests.servers.slack.wire import Wire

_FORM = "application/x-www-form-urlencoded"


class Pushes:
    """Sends payloads to `url`, signed with the signing secret at the time that `signs_at` tells."""

    def __init__(self, wire: Wire, secret: str, signs_at: Callable[[], float], url: str) -> None:
        self.wire = wire
        self.secret = secret
        self.signs_at = signs_at
        self.url = url
        self._session = ClientSession(timeout=ClientTimeout(total=wire.ack_seconds))
        self._running: set[asyncio.Task[None]] = set()

    def carry(self, delivery: Delivery, retry: int, reason: str) -> None:
        """Send one attempt."""
        headers = {"x-slack-retry-num": str(retry), "x-slack-retry-reason": reason} if retry else {}
        task = asyncio.create_task(self._send(delivery, headers))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def verify(self) -> bool:
        """Ask the URL to prove itself, as when it is entered into the app's settings."""
        challenge = {"token": VERIFICATION, "challenge": "prove-it", "type": "url_verification"}
        async with self.raw(json.dumps(challenge), "application/json") as answer:
            return answer.status == 200 and "prove-it" in await answer.text()

    def raw(self, body: str, kind: str = _FORM, **changed: str) -> AbstractAsyncContextManager[ClientResponse]:
        """Send any body, signed; `changed` replaces headers, with underscores for hyphens."""
        headers = {**self.signed(body), "Content-Type": kind}
        headers |= {name.replace("_", "-"): value for name, value in changed.items()}
        return self._session.post(self.url, data=body.encode(), headers=headers, allow_redirects=False)

    def signed(self, body: str) -> dict[str, str]:
        """Return the headers that prove where a body comes from."""
        at = str(int(self.signs_at()))
        digest = hmac.new(self.secret.encode(), f"v0:{at}:{body}".encode(), hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": at, "X-Slack-Signature": f"v0={digest}", "User-Agent": "Slackbot 1.0"}

    async def close(self) -> None:
        """Drop what is under way."""
        for task in tuple(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        await self._session.close()

    async def _send(self, delivery: Delivery, headers: dict[str, str]) -> None:
        body, kind = _written(delivery)
        delivery.start(asyncio.get_running_loop().time())
        try:
            async with self.raw(body, kind, **headers) as answer:
                response = _read(await answer.text(), answer)
        except TimeoutError:
            self.wire.failed(delivery, "http_timeout")
        except ClientError:
            self.wire.failed(delivery, "connection_failed")
        else:
            self._answered(delivery, answer, response)

    def _answered(self, delivery: Delivery, answer: ClientResponse, response: JSON | None) -> None:
        if 200 <= answer.status < 300:
            self.wire.taken(delivery, response)
        elif answer.headers.get("x-slack-no-retry") == "1":
            delivery.attempts[-1].failure = "http_error"
            delivery.give_up("http_error")
            self.wire.on_change()
        else:
            self.wire.failed(delivery, "http_error")


def _written(delivery: Delivery) -> tuple[str, str]:
    if delivery.kind == EVENT:
        return json.dumps(delivery.payload), "application/json"
    if delivery.kind == COMMAND:
        return urlencode(delivery.payload), _FORM
    return urlencode({"payload": json.dumps(delivery.payload)}), _FORM


def _read(text: str, answer: ClientResponse) -> JSON | None:
    if not text:
        return None
    if answer.content_type == "application/json":
        read: JSON = json.loads(text)
        return read
    return {"text": text}
