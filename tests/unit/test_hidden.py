"""What is hidden is not written down with the event it came in."""

from __future__ import annotations

import json

import msgspec

from bot.chat.argument_parser import hidden_args
from bot.chat.message import Form
from bot.chat.request import Request
from bot.domain.address import Address
from bot.domain.feed import FeedPreview, Login, Show
from bot.platforms.discord.events import Event, serialize
from bot.platforms.slack.events import parse_event, redact
from bot.store.store import Store
from handlers import router
from handlers.sources import unlock
from tests.conftest import NOON
from tests.fakes import FixedClock

KNOCK = "knock-three-times-4711"
URL = "https://harbour.example/feed"


class Nowhere:
    """A web in which there is nothing."""

    async def find(self, url: str, login: Login | None = None) -> list[FeedPreview]:
        """Find nothing."""
        del url, login
        return []

    async def post(self, url: str) -> tuple[str, str]:
        """Return nothing."""
        del url
        return "", ""

    async def catalogue(self, topic: str) -> list[Show]:
        """Know nothing."""
        del topic
        return []


def test_a_submitted_form_is_kept_without_it_for_slack() -> None:
    """All else of it is there for a start that goes on with it; other events are kept as they are."""
    fields = {"url": URL, "user": "ann", "secret": KNOCK}
    values = {name: {name: {"type": "plain_text_input", "value": value}} for name, value in fields.items()}
    view = {"id": "V1", "callback_id": "unlock", "private_metadata": "", "state": {"values": values}}
    body = {"type": "view_submission", "team": {"id": "T1"}, "user": {"id": "U1"}, "view": view}
    kept = redact(body, hidden_args("unlock", router.verbs))
    assert KNOCK not in json.dumps(kept)
    event = parse_event(kept, router.verbs)
    assert event is not None
    assert (event.verb, event.args) == ("unlock", {"url": URL, "user": "ann"})
    assert redact(body, hidden_args("subscribe", router.verbs)) is body


def test_a_submitted_form_is_kept_without_it_for_discord() -> None:
    """The event that goes on has what is needed to ask again."""
    at = Address("discord", "1", "2")
    event = Event("discord:9", "5", at, "unlock", {"url": URL, "user": "ann", "secret": KNOCK}, 2, form=True)
    kept = serialize(event, router.verbs)
    assert KNOCK not in kept
    assert msgspec.json.decode(kept, type=Event).args == {"url": URL, "user": "ann"}


async def test_who_was_cut_off_is_shown_the_form_again(store: Store, clock: FixedClock) -> None:
    """With the address standing there."""
    request = Request("unlock", {"url": URL, "user": "ann"}, "U1", Address("slack", "T1", "C1"), NOON, may_manage=True)
    replies = unlock(request, feeds=store.feeds, feed_service=Nowhere(), clock=clock)
    (form,) = [reply.content async for reply in replies]
    assert isinstance(form, Form)
    assert form.fields[0].value == URL
