"""Dialogs on the console: through a pipe, and typed on a terminal."""

from __future__ import annotations

import asyncio
import datetime as dt
import io
import os
import signal
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field

import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output import DummyOutput

from bot.chat.message import Action, Button, Choices, Field, Form, Group, Message, Prose
from bot.chat.request import Reply, Request
from bot.chat.text import styled_text
from bot.domain.address import Address
from bot.platforms.console.adapter import Console
from bot.platforms.console.prompt import CommandCompleter, TerminalPrompt
from bot.platforms.console.terminal import Pipe, Screen
from tests.snapshots.content import VERBS

NOON = dt.datetime(2026, 6, 27, 12, tzinfo=dt.UTC)


class Noon:
    """A clock that stands still."""

    def now(self) -> dt.datetime:
        """Return noon."""
        return NOON


def message(words: str, *buttons: Button) -> Message:
    """Return a message of one paragraph with buttons."""
    row = (Choices(buttons),) if buttons else ()
    return Message((Group((Prose(styled_text(words)), *row)),), words)


@dataclass
class Bot:
    """Writes down what it is asked and repeats it; some verbs do more."""

    asked: list[Request] = field(default_factory=list)
    waiting: asyncio.Event = field(default_factory=asyncio.Event)
    stopped: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, request: Request) -> AsyncIterator[Reply]:
        """Answer as a handler would, in states."""
        self.asked.append(request)
        yield Reply(message("thinking about it"), final=False)
        match request.verb:
            case "follow":
                fields = (Field("entity", "Whom", request.arg("")), Field("pace", "When", "hourly", ("hourly", "now")))
                yield Reply(Form("Follow", fields, "helpful"))
            case "brief":
                yield Reply(message("The brief", Button("Receipts", Action("helpful", request.arg("") or "today"))))
            case "privacy":
                self.waiting.set()
                try:
                    await asyncio.Event().wait()
                finally:
                    self.stopped.set()
            case _:
                yield Reply(message(f"{request.verb}: {dict(request.args)}"))

    @property
    def heard(self) -> list[tuple[str, dict[str, str]]]:
        """What was asked: verbs with their arguments."""
        return [(request.verb, dict(request.args)) for request in self.asked]


async def piped(text: str) -> tuple[Bot, str]:
    """Run a whole session through a pipe."""
    bot, out = Bot(), io.StringIO()
    console = Console(Pipe(io.StringIO(text)), Screen(out, 80), Noon(), "Europe/Berlin")
    await console.run(VERBS, bot)
    return bot, out.getvalue()


@pytest.mark.parametrize(
    ("line", "verb", "rest"),
    [
        ("What did Mara say?", "ask", "What did Mara say?"),
        ("/ask What did Mara say?", "ask", "What did Mara say?"),
        ("ask What did Mara say?", "ask", "What did Mara say?"),
        ("@Overheard, brief ai", "brief", "ai"),
        ("@overheard who won?", "ask", "who won?"),
        ("BRIEF ai yesterday", "brief", "ai yesterday"),
        ("/nonsense now", "nonsense", "now"),
        ("helpful advice on C++?", "ask", "helpful advice on C++?"),
        ("/helpful +", "helpful", "+"),
        ("@overheard", "help", ""),
        ("/", "help", ""),
    ],
)
async def test_a_line_asks_for_a_verb(line: str, verb: str, rest: str) -> None:
    """A command, a mention, or a plain question; verbs for buttons alone need their slash."""
    bot, _ = await piped(line)
    assert bot.heard == [(verb, {"": rest})]


async def test_a_pipe_gets_every_answer_and_then_the_end() -> None:
    """Each line is answered in turn, blank ones are skipped, progress is left out, no ANSI is written."""
    bot, page = await piped("one?\n\n  two?\r\nthree?")
    assert [args[""] for _, args in bot.heard] == ["one?", "two?", "three?"]
    assert page.index("one?") < page.index("two?") < page.index("three?")
    assert "thinking" not in page
    assert "\x1b" not in page


@pytest.mark.parametrize("word", ["exit", "quit", "/exit", "QUIT"])
async def test_exit_leaves(word: str) -> None:
    """Nothing after `exit` is read."""
    bot, _ = await piped(f"one?\n{word}\ntwo?")
    assert bot.heard == [("ask", {"": "one?"})]


async def test_numbers_press_buttons_of_any_earlier_message() -> None:
    """Numbers count through the session, and the same action keeps its number."""
    bot, page = await piped("brief ai\nbrief chips\nbrief ai\nbrief tea\n1\n2\n3\n")
    assert bot.heard[-3:] == [("helpful", {"": topic}) for topic in ("ai", "chips", "tea")]
    assert page.count("1) Receipts") == 2


@pytest.mark.parametrize("number", ["0", "7", "99999999999999999999", "²"])
async def test_a_number_that_no_button_has_is_said_so(number: str) -> None:
    """Pressing what is not there asks the bot nothing; an odd digit is a question."""
    bot, page = await piped(number)
    assert ("There is no option" in page) != bool(bot.asked)


async def test_a_form_is_filled_in_and_submitted() -> None:
    """Each line is a field; a blank one keeps what stood there, a wrong option is asked again."""
    bot, page = await piped("follow Northwind\n\nnever\nnow\n")
    assert bot.heard[1] == ("helpful", {"entity": "Northwind", "pace": "now"})
    assert "When: choose one of hourly, now." in page


async def test_a_form_that_is_given_up_changes_nothing() -> None:
    """The end of the input in the middle of a form submits nothing."""
    bot, page = await piped("follow Northwind\n")
    assert len(bot.asked) == 1
    assert "Nothing was changed." in page


async def test_a_request_tells_who_where_and_when() -> None:
    """Ids differ, the zone is the machine's, and the person may manage their own console."""
    bot, _ = await piped("one?\ntwo?")
    first, second = bot.asked
    assert (first.at, first.zone, first.when) == (Address("console", "local", "terminal"), "Europe/Berlin", NOON)
    assert first.may_manage
    assert first.private
    assert first.id != second.id


async def test_the_same_key_is_sent_once() -> None:
    """A delivery that is tried again is drawn once; another key is another message; an edit is marked."""
    out = io.StringIO()
    console = Console(Pipe(io.StringIO()), Screen(out, 80), Noon(), "UTC")
    at = await console.direct("local", "you")
    first = await console.send(at, message("one"), key="a")
    assert first == await console.send(at, message("one"), key="a")
    await console.send(at, message("two"), key="b")
    await console.edit(first, message("three"))
    assert out.getvalue().split() == ["one", "two", "edited", "three"]


async def test_the_end_of_the_program_stops_an_answer() -> None:
    """A session that is cancelled in the middle of an answer leaves nothing running."""
    bot = Bot()
    console = Console(Pipe(io.StringIO("privacy export\n")), Screen(io.StringIO()), Noon(), "UTC")
    session = asyncio.create_task(console.run(VERBS, bot))
    await asyncio.wait_for(bot.waiting.wait(), 5)
    session.cancel()
    await asyncio.wait_for(bot.stopped.wait(), 5)
    assert session.cancelled()


async def test_an_idle_pipe_does_not_delay_the_end() -> None:
    """A session that is cancelled while nothing comes ends at once."""
    reading, writing = os.pipe()
    with os.fdopen(reading) as idle, os.fdopen(writing, "w"):
        session = asyncio.create_task(Console(Pipe(idle), Screen(io.StringIO()), Noon(), "UTC").run(VERBS, Bot()))
        await asyncio.sleep(0)
        session.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(session, 1)


class Glass(DummyOutput):
    """A terminal that tells when something was drawn on it."""

    def __init__(self) -> None:
        self.drawn = asyncio.Event()

    def flush(self) -> None:
        """Hear that a drawing is complete."""
        self.drawn.set()


@dataclass
class Session:
    """A terminal with somebody at it."""

    keys: PipeInput
    bot: Bot
    out: io.StringIO
    console: Console
    glass: Glass

    async def run(self, keys: str) -> None:
        """Type keys and leave."""
        self.keys.send_text(keys + "\x04")
        async with asyncio.timeout(5):
            await self.console.run(VERBS, self.bot)


@pytest.fixture
def session() -> Iterator[Session]:
    """Return a console on a terminal that exists only here."""
    with create_pipe_input() as keys:
        out = io.StringIO()
        glass = Glass()
        typed = TerminalPrompt(lambda _: [], keys, glass)
        yield Session(keys, Bot(), out, Console(typed, Screen(out, 80), Noon(), "UTC"), glass)


async def test_typed_lines_are_answered_until_ctrl_d(session: Session) -> None:
    """Enter sends a line; Ctrl-D leaves."""
    await session.run("one?\rbrief ai\r1\r")
    assert [verb for verb, _ in session.bot.heard] == ["ask", "brief", "helpful"]


async def test_ctrl_c_clears_the_line(session: Session) -> None:
    """What was typed before Ctrl-C is forgotten, and the session goes on."""
    await session.run("never min\x03one?\r")
    assert session.bot.heard == [("ask", {"": "one?"})]


async def test_ctrl_c_three_times_leaves(session: Session) -> None:
    """In a row, on a line with or without words; typing starts the count anew."""
    session.keys.send_text("\x03\x03one?\rtwo\x03\x03three?\r\x03\x03\x03")
    await asyncio.wait_for(session.console.run(VERBS, session.bot), 5)
    assert session.bot.heard == [("ask", {"": "one?"}), ("ask", {"": "three?"})]


async def test_ctrl_c_stops_the_answer_and_not_the_session(session: Session) -> None:
    """An answer that takes long is stopped cleanly, and the next one is given."""
    before = signal.getsignal(signal.SIGINT)
    session.keys.send_text("privacy export\r")
    running = asyncio.create_task(session.console.run(VERBS, session.bot))
    await asyncio.wait_for(session.bot.waiting.wait(), 5)
    os.kill(os.getpid(), signal.SIGINT)
    await asyncio.wait_for(session.bot.stopped.wait(), 5)
    session.keys.send_text("one?\r\x04")
    await asyncio.wait_for(running, 5)
    assert "Stopped." in session.out.getvalue()
    assert session.bot.heard[-1] == ("ask", {"": "one?"})
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize(
    ("typed", "tab", "offered"),
    [
        ("/", False, ["/ask ", "/brief ", "/follow ", "/privacy "]),
        ("/FO", False, ["/follow "]),
        ("fol", False, []),
        ("fol", True, ["follow "]),
        ("/help", True, []),
        ("follow North", False, ["Northwind", "Northern"]),
        ("/follow Northw", False, ["Northwind"]),
        ("what did Northw", False, []),
        ("what did Northw", True, ["Northwind"]),
        ("follow ", False, []),
    ],
)
def test_verbs_and_names_are_completed(typed: str, offered: list[str], *, tab: bool) -> None:
    """A slash offers verbs and `follow` offers names as one types; elsewhere Tab asks for them."""
    names = CommandCompleter(lambda start: [name for name in ("Northwind", "Northern") if name.startswith(start)])
    names.verbs = VERBS
    event = CompleteEvent(completion_requested=tab)
    assert [completion.text for completion in names.get_completions(Document(typed), event)] == offered


async def test_a_form_is_typed_with_its_values_standing_there(session: Session) -> None:
    """Enter keeps a value; Ctrl-C gives the form up."""
    await session.run("follow Northwind\r\r\rfollow Halden\r\x03")
    assert [verb for verb, _ in session.bot.heard] == ["follow", "helpful", "follow"]
    assert session.bot.heard[1] == ("helpful", {"entity": "Northwind", "pace": "hourly"})
    assert "Nothing was changed." in session.out.getvalue()


async def test_a_delivery_arrives_while_somebody_types(session: Session) -> None:
    """It is drawn above the prompt, and the line goes on."""
    session.keys.send_text("on")
    running = asyncio.create_task(session.console.run(VERBS, session.bot))
    await asyncio.wait_for(session.glass.drawn.wait(), 5)
    await session.console.send(await session.console.direct("local", "you"), message("News"), key="n")
    session.keys.send_text("e?\r\x04")
    await asyncio.wait_for(running, 5)
    assert "News" in session.out.getvalue()
    assert session.bot.heard == [("ask", {"": "one?"})]
