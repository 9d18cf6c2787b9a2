"""From a verb to its handler, and from a failure to one sentence."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace

import pytest

from bot.chat.message import Action, Group, Message, Note, Prose
from bot.chat.request import Arg, ArgKind, Reply, Request, Router
from bot.chat.text import styled_text, unstyled
from bot.domain.address import Address
from bot.due_times import Clock
from bot.errors import Busy, LlmError, UserError
from bot.views.system import shared_answer
from handlers.dispatcher import Dispatcher
from tests.conftest import NOON
from tests.fakes import FixedClock, MemoryInbox, MemoryReplies
from tests.pages import words

HERE = Address("slack", "T1", "C1")
router = Router()


@router.verb(Arg("words", "What to repeat", ArgKind.WORDS, required=True))
async def echo(request: Request, clock: Clock) -> AsyncIterator[Reply]:
    """Repeat what was said."""
    yield Reply(_message("thinking"), final=False)
    yield Reply(_message(f"{request.arg('words')} at {clock.now():%H:%M}"))


@router.verb(Arg("day", "Which day", ArgKind.DATE))
async def list_(request: Request) -> AsyncIterator[Reply]:
    """List a day; its name is one that Python has taken."""
    yield Reply(_message(request.arg("day")))


@router.verb(manager_only=True)
async def remove(request: Request) -> AsyncIterator[Reply]:
    """Remove the channel."""
    yield Reply(_message(f"removed by {request.user}"))


@router.verb(needs_posting=True, shareable=True)
async def announce(request: Request) -> AsyncIterator[Reply]:
    """Announce it."""
    del request
    yield Reply(_message("announced"))


@router.verb(Arg("how", "In which way", ArgKind.WORDS), shown=False)
async def fail(request: Request) -> AsyncIterator[Reply]:
    """Fail after a first reply."""
    yield Reply(_message("working on it"), final=False)
    raise FAILURES[request.arg("how")]


FAILURES = {
    "user": UserError("Write a name behind it."),
    "ours": ZeroDivisionError("secret detail"),
    "model": LlmError(),
    "busy": Busy(5),
}


def _message(words: str) -> Message:
    return Message((Group((Prose(styled_text(words)),)),), words)


def asking(verb: str, words: str = "", **fields: str | bool) -> Request:
    """Make a request with free text."""
    return replace(Request(verb, {"": words} if words else {}, "U1", HERE, NOON), **fields)


@pytest.fixture
def dispatcher(clock: FixedClock) -> Dispatcher:
    """Return a dispatcher of the verbs above."""
    return Dispatcher(router, {"clock": clock, "unused": object()}, MemoryReplies(), clock)


async def replies(dispatcher: Dispatcher, request: Request) -> list[str]:
    """Return the summaries of all states of the answer."""
    contents = [reply.content async for reply in dispatcher(request)]
    return [content.summary if isinstance(content, Message) else content.title for content in contents]


async def test_a_handler_gets_its_arguments_and_its_services(dispatcher: Dispatcher) -> None:
    """By name; each state of the answer follows the one before."""
    assert await replies(dispatcher, asking("echo", "good day")) == ["thinking", "good day at 12:00"]


async def test_arguments_arrive_in_their_one_form(dispatcher: Dispatcher) -> None:
    """A date in words is a date; the person's zone counts; a verb may be called as Python's own names."""
    assert await replies(dispatcher, asking("list", "yesterday")) == ["2031-06-25"]
    assert await replies(dispatcher, asking("list", "today", zone="Pacific/Kiritimati")) == ["2031-06-27"]


def test_a_missing_service_is_named_at_the_start(clock: FixedClock) -> None:
    """With the handler that needs it; nothing waits for the first person to find out."""
    with pytest.raises(TypeError, match=r"handler echo needs clock"):
        Dispatcher(router, {}, MemoryReplies(), clock)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("ecko", "There is no `ecko` here. Did you mean `echo`?"),
        ("frobnicate", "There is no `frobnicate` here. Try `help`."),
        ("fial", "There is no `fial` here. Try `help`."),
    ],
)
async def test_an_unknown_verb_is_answered_with_a_near_one(dispatcher: Dispatcher, typed: str, sentence: str) -> None:
    """Verbs that only buttons send are not offered."""
    assert await replies(dispatcher, asking(typed)) == [sentence]


async def test_a_missing_argument_is_asked_for(dispatcher: Dispatcher) -> None:
    """With what it is and how the verb is written."""
    assert await replies(dispatcher, asking("echo", " ")) == ["`echo` needs what to repeat: `echo <words>`"]


async def test_a_mistake_is_one_sentence(dispatcher: Dispatcher, caplog: pytest.LogCaptureFixture) -> None:
    """It replaces the state before, and the log stays quiet: nothing went wrong on our side."""
    assert await replies(dispatcher, asking("fail", "user")) == ["working on it", "Write a name behind it."]
    assert caplog.records == []


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ("ours", "Something went wrong on our side; the log has the details."),
        ("model", "The language model gave no usable answer."),
        ("busy", "The chat platform asks us to slow down; this will be sent a little later."),
    ],
)
async def test_a_failure_is_one_sentence_and_an_id(
    dispatcher: Dispatcher, caplog: pytest.LogCaptureFixture, how: str, sentence: str
) -> None:
    """The log has the cause under the same id; the person never sees the cause."""
    last = [reply async for reply in dispatcher(asking("fail", how))][-1].content
    assert isinstance(last, Message)
    assert last.summary == sentence
    (note,) = [block for group in last.groups for block in group.blocks if isinstance(block, Note)]
    incident = unstyled(note.text).removeprefix("Reference ")
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert record.exc_info
    assert incident in record.getMessage()
    assert "secret" not in str(last)


async def test_who_is_cut_off_by_a_stop_is_told_nothing(clock: FixedClock, caplog: pytest.LogCaptureFixture) -> None:
    """What fails while it is being stopped is no failure: the answer is resumed at the next start."""
    torn, begun = Router(), asyncio.Event()

    @torn.verb()
    async def wait(request: Request) -> AsyncIterator[Reply]:
        """Wait until the bot stops, and fail then."""
        del request
        try:
            begun.set()
            await asyncio.Event().wait()
            yield Reply(_message("done"))
        finally:
            message = "no active connection"
            raise ValueError(message)

    told = asyncio.create_task(replies(Dispatcher(torn, {}, MemoryReplies(), clock), asking("wait")))
    await begun.wait()
    told.cancel()
    with pytest.raises(ValueError, match="no active connection"):
        await told
    assert "wait failed" not in caplog.text


@pytest.mark.parametrize("args", [{}, {"": "yes"}])
async def test_who_may_not_manage_is_told_so(dispatcher: Dispatcher, args: Mapping[str, str]) -> None:
    """Before the handler runs; who may, may."""
    denied = await replies(dispatcher, replace(asking("remove"), args=args))
    assert denied == ["Only people who manage this channel can remove here; ask one of them."]
    assert await replies(dispatcher, asking("remove", may_manage=True)) == ["removed by U1"]


async def test_where_the_bot_cannot_post_it_says_so(dispatcher: Dispatcher) -> None:
    """With what to do about it, before anything is kept that could never be delivered."""
    denied = await replies(dispatcher, asking("announce", may_post=False))
    assert [said.partition(":")[0] for said in denied] == ["I cannot post here yet"]
    assert "/invite @Overheard" in denied[0]
    assert await replies(dispatcher, asking("announce")) == ["announced"]


async def test_what_one_person_was_told_can_be_shared(clock: FixedClock) -> None:
    """By a button on the last state of the answer, which carries what it was."""
    kept = MemoryReplies()
    dispatcher = Dispatcher(router, {"clock": clock}, kept, clock)
    asked = replace(asking("announce", dm_address=replace(HERE, channel="U1")), user_name="Alice")
    (reply,) = [reply async for reply in dispatcher(asked)]
    assert isinstance(reply.content, Message)
    (button,) = reply.content.buttons
    assert (button.label, button.action) == ("Share here", Action("share", "reply-1"))
    shared = await kept.get("slack:T1", "reply-1")
    assert shared
    assert shared == shared_answer(_message("announced"), "Alice", "")
    assert words(shared) == "Alice shared this:\nannounced"
    assert words(shared_answer(_message("announced"), "", "Why?")) == "Somebody asked: Why?\nannounced"
    assert await kept.get("slack:T2", "reply-1") is None


@pytest.mark.parametrize("place", [{}, {"private": False}, {"has_outsiders": True}])
async def test_sharing_is_offered_where_there_is_somebody_to_share_with(
    dispatcher: Dispatcher, place: Mapping[str, bool]
) -> None:
    """Not in a direct conversation, not where all can see it, not where outsiders would; nor while it is thinking."""
    direct = {} if place == {} else {"dm_address": replace(HERE, channel="U1")}
    contents = [reply.content async for reply in dispatcher(replace(asking("announce"), **direct, **place))]
    assert contents == [_message("announced")]


async def test_what_cannot_be_read_is_named(dispatcher: Dispatcher) -> None:
    """So that a form can point at it."""
    wrong = [list(reply.invalid_args) async for reply in dispatcher(asking("list", "2031-02-31"))]
    missing = [list(reply.invalid_args) async for reply in dispatcher(asking("echo"))]
    assert (wrong, missing) == ([["day"]], [["words"]])


def test_verbs_are_told_from_their_declarations() -> None:
    """Name, help and rights come from the handler, in the order of declaration; parts are joined."""
    joined = Router([router, Router()])
    assert [verb.name for verb in joined.verbs] == ["echo", "list", "remove", "announce", "fail"]
    assert joined.verbs[0].help == "Repeat what was said."
    assert [verb.name for verb in joined.verbs if verb.manager_only] == ["remove"]
    assert [verb.name for verb in joined.verbs if not verb.shown] == ["fail"]


async def test_the_memory_inbox_keeps_the_promise_of_an_inbox() -> None:
    """Each event once, kept until it is finished."""
    inbox = MemoryInbox()
    when = dt.datetime(2031, 1, 1, tzinfo=dt.UTC)
    assert [await inbox.accept(f"slack:{event}", event, when) for event in ("a", "b", "a")] == [True, True, False]
    await inbox.finish("slack:a")
    assert await inbox.claim_unfinished("slack", when, when) == [("slack:b", "b")]
    assert not await inbox.accept("slack:a", "a", when)
