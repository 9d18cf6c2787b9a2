"""From the states of an answer to what somebody sees of them while they wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from bot.chat.message import Group, Message, Prose
from bot.chat.request import Reply
from bot.chat.text import styled_text
from bot.errors import PlatformError
from bot.platforms.inbox_worker import relay
from tests.timeless import timeless


@dataclass
class Board:
    """A surface that notes what is shown, and when."""

    progress_delay: float = 1
    progress_interval: float = 2
    fails: bool = False
    shown: list[tuple[float, str]] = field(default_factory=list)

    async def show_progress(self, message: Message, *, is_partial: bool) -> None:
        """Note progress, in brackets where it is no part of the answer."""
        if self.fails:
            raise PlatformError
        self._note(message.summary if is_partial else f"({message.summary})")

    async def show(self, reply: Reply) -> None:
        """Note the answer."""
        assert isinstance(reply.content, Message)
        self._note(f"{reply.content.summary}.")

    def _note(self, words: str) -> None:
        self.shown.append((asyncio.get_running_loop().time(), words))


def seen(board: Board, *steps: tuple[float, str]) -> list[tuple[float, str]]:
    """Return what is shown of states that take so many seconds each: the first is progress, the last the answer."""

    async def states() -> AsyncIterator[Reply]:
        for number, (seconds, words) in enumerate(steps):
            await asyncio.sleep(seconds)
            last = number == len(steps) - 1
            message = Message((Group((Prose(styled_text(words)),)),), words)
            yield Reply(message, final=last, is_partial=number > 0 and not last)

    async def scene() -> list[tuple[float, str]]:
        began = asyncio.get_running_loop().time()
        await relay(states(), board)
        return [(round(at - began, 1), words) for at, words in board.shown]

    return timeless(scene())


def test_who_does_not_wait_sees_the_answer_alone() -> None:
    """Most answers are there before anything has to be said."""
    assert seen(Board(), (0, "looking"), (0.5, "yes")) == [(0.5, "yes.")]


def test_an_answer_grows_no_faster_than_its_place_takes() -> None:
    """Each time the newest state; one that was replaced before is left out, and none is shown twice."""
    steps = [(0, "looking"), (1.5, "one"), (0.5, "two"), (0.5, "three"), (4, "four"), (1.4, "all")]
    assert seen(Board(), *steps) == [(1, "(looking)"), (3, "three"), (7, "four"), (7.9, "all.")]


def test_where_nothing_can_be_replaced_progress_is_shown_once() -> None:
    """And then the answer."""
    assert seen(Board(progress_interval=0), (0, "looking"), (2, "one"), (3, "all")) == [(1, "(looking)"), (5, "all.")]


@pytest.mark.parametrize("pause", [0, 2])
def test_progress_that_cannot_be_shown_stops_nothing(pause: float) -> None:
    """The answer comes all the same."""
    assert seen(Board(progress_interval=pause, fails=True), (0, "looking"), (5, "all")) == [(5, "all.")]
