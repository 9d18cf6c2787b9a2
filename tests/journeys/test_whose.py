"""Whose the sources of a space are, and what people hear of what others do to them."""

from __future__ import annotations

from bot.chat.message import Message
from bot.chat.request import Request
from bot.domain.address import Address, Member
from bot.domain.delivery import DeliveryState
from tests.journeys.conftest import Visitor
from tests.pages import words

HARBOUR = "https://harbour.example/feed"


async def said(visitor: Visitor, text: str, user: str, name: str) -> str:
    """Let somebody who manages a workspace say something about its sources, and return the answer."""
    here, own = Address("slack", "T1", "C1"), Address("slack", "T1", user)
    asked = Request(
        "sources", {"": text}, user, here, visitor.clock.now(), may_manage=True, dm_address=own, user_name=name
    )
    replies = [reply async for reply in visitor.app.dispatcher(asked)]
    assert isinstance(replies[-1].content, Message)
    return words(replies[-1].content)


async def told(visitor: Visitor) -> list[tuple[str, str]]:
    """Return to whom something is to be said, and what."""
    store = visitor.app.store
    waiting = await store.outbox.deliveries("slack:T1", [DeliveryState.PENDING])
    kept = [(one.at.channel, await store.replies.get("slack:T1", one.what.split()[1])) for one in waiting]
    return [(channel, words(page)) for channel, page in kept if page]


async def test_who_added_a_source_and_who_paused_it_is_told_by_name(visitor: Visitor) -> None:
    """In the list; whoever added it hears directly what others do to it, and nothing of what they did themselves."""
    await visitor.app.store.feeds.add("slack:T1", Member("U1", "Ann"), HARBOUR, visitor.clock.now(), space="slack:T1")
    assert "added by Ann" in await said(visitor, "health", "U2", "Bob")
    await said(visitor, f"pause {HARBOUR}", "U1", "Ann")
    assert "added by Ann, paused by Ann" in await said(visitor, "health", "U2", "Bob")
    assert await told(visitor) == []
    await said(visitor, f"resume {HARBOUR}", "U2", "Bob")
    assert "added by Ann, resumed by Bob" in await said(visitor, "health", "U1", "Ann")
    await said(visitor, f"remove {HARBOUR}", "U2", "Bob")
    assert sorted(await told(visitor)) == [
        ("U1", f"Bob removed your source {HARBOUR}."),
        ("U1", f"Bob resumed your source {HARBOUR}."),
    ]


async def test_what_was_paused_already_is_no_news(visitor: Visitor) -> None:
    """Nor is anything to somebody of whom nothing is kept any more."""
    await visitor.app.store.feeds.add("slack:T1", Member("U1", "Ann"), HARBOUR, visitor.clock.now(), space="slack:T1")
    for _ in range(2):
        await said(visitor, f"pause {HARBOUR}", "U2", "Bob")
    assert len(await told(visitor)) == 1
    await visitor.app.store.privacy.erase_user("slack:T1", "U1")
    await said(visitor, f"remove {HARBOUR}", "U2", "Bob")
    assert await told(visitor) == []
