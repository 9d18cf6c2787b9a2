"""Whose turn it is: the urgent go first, and nobody waits for ever."""

from __future__ import annotations

import asyncio

import pytest

from bot.store.priority_lock import PriorityLock


async def write(lock: PriorityLock, name: str, order: list[str]) -> None:
    """Take the lock and note it; who has a capital is urgent."""
    async with lock.hold(is_urgent=name.isupper()):
        order.append(name)
        await asyncio.sleep(0)


async def order_of(names: str, *, cancelled: str = "") -> str:
    """Return who had their turn, in that order, where all came while one had theirs."""
    lock, order = PriorityLock(), list[str]()
    async with lock.hold(is_urgent=False):
        waiting = {name: asyncio.create_task(write(lock, name, order)) for name in names}
        await asyncio.sleep(0)
        for name in cancelled:
            waiting[name].cancel()
    await asyncio.gather(*waiting.values(), return_exceptions=True)
    return "".join(order)


async def test_the_urgent_go_first_and_after_each_comes_another() -> None:
    """Of either kind, who came first goes first."""
    assert await order_of("abABC") == "AaBbC"
    assert await order_of("ABCa") == "AaBC"
    assert await order_of("abc") == "abc"


async def test_who_gives_up_is_passed_over() -> None:
    """Also if the turn was theirs by then."""
    assert await order_of("abAB", cancelled="Aa") == "Bb"
    lock, order = PriorityLock(), list[str]()
    async with lock.hold(is_urgent=False):
        first, second = (asyncio.create_task(write(lock, name, order)) for name in "AB")
        await asyncio.sleep(0)
    # The first has been told that it is their turn, but hasn't run yet.
    first.cancel()
    await asyncio.gather(first, second, return_exceptions=True)
    assert order == ["B"]


async def test_a_turn_ends_with_an_error_too() -> None:
    """The next one has theirs."""
    lock, order = PriorityLock(), list[str]()
    with pytest.raises(ZeroDivisionError):
        async with lock.hold(is_urgent=True):
            assert 1 / 0
    await write(lock, "a", order)
    assert order == ["a"]
