"""Dialogs about a statement somebody pasted, through the whole bot."""

from __future__ import annotations

import time

import pytest

from bot.app import App
from bot.chat.message import Message
from bot.chat.request import Reply
from tests.journeys.conftest import Visitor
from tests.pages import quotes


async def checked(app: App, statement: str) -> Reply:
    """Check a statement and return the last reply."""
    replies = [reply async for reply in app.dispatcher(app.request("check", statement=statement))]
    assert all(reply.private for reply in replies)
    return replies[-1]


async def test_a_statement_is_held_against_what_was_said(visitor: Visitor) -> None:
    """The other number is against, with exact words; nothing is judged."""
    page = await visitor.says("/check Orkdal made 20 percent of the world's stacked memory.")
    assert "4 claims against" in page
    assert "▎ Orkdal shipped around 9 percent of the world's stacked memory" in page
    assert "Overheard doesn't judge; it shows who said what." in page


async def test_it_is_for_the_eyes_of_who_asked_alone(visitor: Visitor) -> None:
    """Also what is not understood; and it is no command in the list of help."""
    reply = await checked(visitor.app, "Tallow trained a model on Wardline's answers.")
    assert isinstance(reply.content, Message)
    (quote,) = quotes(reply.content)[:1]
    assert "Tallow has never trained a model on Wardline's answers" in quote.words
    assert "/check" not in await visitor.says("help")


async def test_links_questions_and_marks_are_left_aside(visitor: Visitor) -> None:
    """A pasted message is more than its statement."""
    pasted = "> *Orkdal makes 14 percent of the world's stacked memory* https://x.example/a?b=c\nReally?"
    reply = await checked(visitor.app, pasted)
    assert isinstance(reply.content, Message)
    assert reply.content.summary == "3 claims for, 1 against"


@pytest.mark.parametrize(
    "frame",
    [
        "{}, I'm sure.",
        "{}, I’m pretty sure of that!",
        "{}. I'm sure of it.",
        "{}, trust me.",
        "{}, right?",
        "{}, didn't they?",
        "{} - for sure",
        "{}, as we all know.",
        "{}, imo",
        "I'm sure {}.",
        "I think that {}.",
        "Pretty sure {}",
        "Honestly, {}, no doubt about it.",
        "Of course: {}.",
    ],
)
@pytest.mark.parametrize(
    ("statement", "verdict"),
    [
        ("Orkdal made 14 percent of the world's stacked memory last year", "3 claims for, 1 against"),
        ("Harbor never paused redemptions", "1 claim against"),
    ],
)
async def test_how_sure_somebody_is_changes_no_verdict(
    visitor: Visitor, frame: str, statement: str, verdict: str
) -> None:
    """The statement is held against what was said, whatever vouches for it before or after."""
    reply = await checked(visitor.app, frame.format(statement))
    assert isinstance(reply.content, Message)
    assert reply.content.summary == verdict


@pytest.mark.parametrize(
    "statement", ["Certain banks paused redemptions.", "Really big plants need water.", "Nobody knows I guess wrong."]
)
async def test_a_word_of_the_statement_itself_stays(visitor: Visitor, statement: str) -> None:
    """Only what is set off from it, or has a speaker, vouches for it."""
    assert f"“{statement}”" in await visitor.says(f"/check {statement}")


async def test_the_longest_message_is_read_at_once(visitor: Visitor) -> None:
    """What a platform lets through takes no longer than its first words."""
    pasted = "Really? Orkdal made 14 percent of the world's stacked memory. " + "a b.c " * 6_500
    began = time.process_time()
    reply = await checked(visitor.app, pasted)
    assert time.process_time() - began < 5
    assert isinstance(reply.content, Message)
    assert "claims for" in reply.content.summary


@pytest.mark.parametrize(
    ("pasted", "answer"),
    [
        ("Did Orkdal really make 20 percent?", "That is a question, not a statement"),
        ("https://news.example/orkdal", "That is only a link"),
        ("<https://news.example/orkdal>", "That is only a link"),
        ("lol", "I see no statement in that"),
        ("👍 👍", "I see no statement in that"),
        ("   ", "needs what somebody states"),
    ],
)
async def test_what_states_nothing_is_answered_kindly(visitor: Visitor, pasted: str, answer: str) -> None:
    """One sentence that says what to do instead."""
    reply = await checked(visitor.app, pasted)
    assert isinstance(reply.content, Message)
    assert answer in reply.content.summary


async def test_a_long_message_is_read_at_its_beginning(visitor: Visitor) -> None:
    """A wall of text is weighed and shown as quickly as a sentence."""
    statement = "Orkdal made 20 percent of the world's stacked memory. " + "And so on it went for hours. " * 2_000
    reply = await checked(visitor.app, statement)
    assert isinstance(reply.content, Message)
    assert reply.content.summary == "4 claims against"


async def test_what_nobody_spoke_of_is_said_so(visitor: Visitor) -> None:
    """Nothing is shown that is not near."""
    reply = await checked(visitor.app, "Bananas are the best source of potassium.")
    assert isinstance(reply.content, Message)
    assert reply.content.summary == "No one said anything close to that"
    assert quotes(reply.content) == []
