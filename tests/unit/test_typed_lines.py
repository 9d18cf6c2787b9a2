"""What people type, read for what it means: lines by somebody who never saw the code, with the meaning of each."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat.argument_parser import Command, parse_arguments, parse_command
from bot.errors import UserError
from handlers import router

NOW = dt.datetime(2026, 6, 15, 12, tzinfo=dt.UTC)
VERBS = {verb.name: verb for verb in router.verbs}
LINES = [json.loads(line) for line in Path(__file__).parents[1].joinpath("typed_lines.jsonl").read_text().splitlines()]
REFUSED = "refused"
CHANGING = {
    "subscribe",
    "unsubscribe",
    "follow",
    "unfollow",
    "quiet",
    "resume",
    "privacy",
    "sources",
    "language",
    "note",
}
VERBS_WHOSE_WORD_IS_ENOUGH = {"ask", "note", "why", "help", "privacy", "status", "following", "subscriptions"}
"""The file doesn't say what their arguments are."""

NAMES = {"entity": "name", "language": "name"}
"""What the file calls the same argument in different verbs."""


async def read(line: str) -> tuple[str, dict[str, Any] | str]:
    """Return a typed line's verb and arguments, or that it is refused with a sentence."""
    command = parse_command(line, router.verbs)
    if command.verb == "ask":
        return "ask", {}
    verb = VERBS[command.verb]
    try:
        args = await parse_arguments(verb, {"": command.text}, NOW, "")
    except UserError:
        return command.verb, REFUSED
    missing = any(arg.required and not args.get(arg.name) for arg in verb.args)
    # Which one is meant is asked back by the handler.
    missing = missing or (args.get("action") in {"add", "remove", "pause", "resume"} and not args.get("target"))
    return command.verb, REFUSED if missing else comparable(args)


def comparable(args: Mapping[str, Any]) -> dict[str, Any]:
    """Return arguments in one spelling: days as numbers, zones as their clocks, names without case."""
    days = [int(day) for day in args.get("days", ())]
    zone = {"tz": clock(args["tz"])} if args.get("tz") else {}
    words = {
        NAMES.get(name, name): str(value).casefold().strip(' "')
        for name, value in args.items()
        if name not in {"days", "tz"} and value
    }
    return words | zone | ({"days": sorted(days)} if days and len(days) < len("0123456") else {})


def clock(zone: str) -> list[dt.timedelta | None]:
    """Return how far a zone is from UTC in winter and in summer."""
    return [dt.datetime(2026, month, 15, tzinfo=ZoneInfo(zone)).utcoffset() for month in (1, 7)]


def is_right(line: Mapping[str, Any], verb: str, args: dict[str, Any] | str) -> bool:
    """Return whether a line was read as its writer meant it."""
    if verb != line["verb"] or (args == REFUSED) != line.get("refused", False):
        return False
    if args == REFUSED or verb in VERBS_WHOSE_WORD_IS_ENOUGH:
        return True
    wanted = comparable(line["args"])
    if verb == "sources":
        return isinstance(args, dict) and args.get("action") == wanted.get("action")
    return args == wanted


async def test_nearly_all_that_people_type_is_read_as_they_mean_it() -> None:
    """At least 95 of 100 lines, verb and arguments; what is impossible is refused."""
    wrong = [line["typed"] for line in LINES if not is_right(line, *await read(line["typed"]))]
    assert len(wrong) <= 0.05 * len(LINES), wrong


async def test_no_line_does_what_its_writer_did_not_ask_for() -> None:
    """Nothing is read as another verb that changes something, nor as off instead of on or the other way round."""
    for line in LINES:
        verb, args = await read(line["typed"])
        assert verb == line["verb"] or verb not in CHANGING, line["typed"]
        if verb in {"quiet", "language", "sources"} and isinstance(args, dict) and not line.get("refused"):
            told = comparable(line["args"])
            assert ("off" in args.values()) == ("off" in told.values()), line["typed"]
            assert args.get("action") in {told.get("action"), None}, line["typed"]


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("don't follow Arm", "ask"),
        ("please don't subscribe us to chips", "ask"),
        ("don't unsubscribe us", "ask"),
        ("don't forget me", "ask"),
        ("follow Halden and unfollow Quillon", "ask"),
        ("unsubscribe me from chips and subscribe me to energy", "ask"),
        ("subscribe to chips? no thanks", "ask"),
        ("we follow Nvidia closely", "ask"),
        ("tell me about Halden", "ask"),
        ("who should I follow on HBM?", "ask"),
        ("pause the brief", "ask"),
        ("thanks for the brief", "ask"),
        ("no alerts on weekends", "ask"),
        ("I don't want any alerts from 10pm to 7am", "quiet"),
        ("unsubscribe from the chips brief", "unsubscribe"),
        ("unsubcribe from chips", "unsubscribe"),
        ("cancel the robotics brief", "unsubscribe"),
        ("follow Rivian no longer", "unfollow"),
        ("no more alerts about Arm", "unfollow"),
        ("stop following Arm", "unfollow"),
        ("cancel my quiet hours", "quiet"),
        ("/quiet quitting", "quiet"),
        ("👋 hi <@U07QX2OVHD>, could you please follow *Arm* for us? :pray:", "follow"),
        ("send us the chips brief", "brief"),
        ("send us the chips brief every monday at 8", "subscribe"),
        ("on mondays at 8, Oslo: subscribe us to chips", "subscribe"),
    ],
)
def test_what_is_doubtful_is_a_question(line: str, command: str) -> None:
    """A word of a verb is no order, what is taken back isn't done, and two orders at once are none."""
    assert parse_command(line, router.verbs).verb == command


@pytest.mark.parametrize(
    ("line", "args"),
    [
        (
            "subscribe chips each weekday morning at 7.15am, Lisbon",
            {"at": "07:15", "days": "01234", "tz": "Europe/Lisbon"},
        ),
        ("subscribe chips every evening at 9", {"at": "21:00", "days": "0123456"}),
        ("subscribe chips at twenty to nine", {"at": "08:40"}),
        ("subscribe chips weekly on tuesday at nine", {"at": "09:00", "days": "1"}),
        ("subscribe chips mon/wed/fri 08.30 Stockholm", {"at": "08:30", "days": "024", "tz": "Europe/Stockholm"}),
        ('subscribe us to the brief about "chips"', {}),
        ("subscribe chips from tues to sat, 0615 (Osaka)", {"at": "06:15", "days": "12345", "tz": "Asia/Tokyo"}),
    ],
)
async def test_a_schedule_in_any_spelling(line: str, args: dict[str, str]) -> None:
    """The topic is what is left."""
    command = parse_command(line, router.verbs)
    assert await parse_arguments(VERBS["subscribe"], {"": command.text}, NOW, "") == {"topic": "chips", **args}


@pytest.mark.parametrize(
    "words",
    [
        "chips every other tuesday",
        "chips monthly at 8",
        "chips every 15th of the month",
        "chips at 8am in Berlin or Paris",
        "chips 8am Berlin, 9am Tokyo",
        "chips at 8am in Atlantis",
        "chips 8am Mars time",
        "chips except on holidays at 8",
        "chips in the evenings",
        "chips at 25h",
    ],
)
async def test_what_no_schedule_can_be_is_refused(words: str) -> None:
    """It never becomes part of the topic."""
    with pytest.raises(UserError):
        await parse_arguments(VERBS["subscribe"], {"": words}, NOW, "")


@pytest.mark.parametrize("words", ["22-7 on weekends", "22:00-07:00 and 12:00-13:00", "24:30-07:00", "tonight", "10pm"])
async def test_hours_that_cannot_be_kept_are_refused(words: str) -> None:
    """With what they may be instead."""
    with pytest.raises(UserError, match="try `"):
        await parse_arguments(VERBS["quiet"], {"": words}, NOW, "")


@pytest.mark.parametrize(
    ("words", "hours"),
    [
        ("10-7am", "22:00-07:00"),
        ("9 to 5pm", "09:00-17:00"),
        ("9 to 11pm", "21:00-23:00"),
        ("1pm to 5", "13:00-17:00"),
        ("2200-0700", "22:00-07:00"),
    ],
)
async def test_am_or_pm_at_one_end_of_hours_tells_the_other(words: str, hours: str) -> None:
    """The shorter of both readings is meant."""
    assert await parse_arguments(VERBS["quiet"], {"": words}, NOW, "") == {"hours": hours}


@pytest.mark.parametrize(
    "line",
    [
        "quiet quitting: who brought it up?",
        "note taking apps with AI, which one did they like",
        "status quo in lithography?",
        "watch out for tariffs",
        "hi, what did Dana say about HBM?",
    ],
)
def test_a_question_keeps_all_of_its_words(line: str) -> None:
    """The verb's word that it begins with, too; only a mention and `ask` are taken off."""
    for mention in ("", "@Overheard ", "<@U07QX2OVHD>, "):
        assert parse_command(mention + line, router.verbs) == Command("ask", line)
    assert parse_command(f"ask {line}", router.verbs) == Command("ask", line)
    assert parse_command(f"/ask {line}", router.verbs) == Command("ask", line)


def test_a_note_is_kept_as_it_is_written() -> None:
    """Line breaks, thanks and bold are part of it, however it was asked for."""
    text = "Halden *cuts* jobs.\n\nThanks for reading, please!"
    for order in ("note ", "note: ", "@Overheard please save this as a note: ", "Hey, take a note: "):
        assert parse_command(order + text, router.verbs) == Command("note", text)


PIECES = [
    " ", "*", "_", "`", "<", "<https://a.example|", "&amp;", ":a:", "🙏", "please ", "hi, ", "can you ", "at ", "8 ",
    "8am ", "berlin ", "time ", "mon ", "mon-", "except ", "every ", "and ", "brief ", "the ", "subscribe ",
    "send us ", "june ", "quarter past ", "1", "a", "–", "/ ", ", ", "if you can ", "@overheard ", "from ", "to ",
    "x.", "'", "(", "?", "aday ",
]  # fmt: skip


@settings(max_examples=300)
@given(st.text(max_size=80) | st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
async def test_any_line_is_a_command_or_a_question(line: str) -> None:
    """Nothing that can be typed ends in anything but arguments of its verb or a sentence."""
    command = parse_command(line, router.verbs)
    verb = VERBS.get(command.verb)
    assert verb is not None or line.lstrip().startswith(("/", "@", "<"))
    if verb:
        with suppress(UserError):
            args = await parse_arguments(verb, {"": command.text}, NOW, "")
            assert set(args) <= {arg.name for arg in verb.args}


@pytest.mark.parametrize("piece", PIECES)
@settings(deadline=dt.timedelta(seconds=2), max_examples=6)
@given(verb=st.sampled_from(["", "subscribe ", "follow ", "quiet ", "brief ", "claims ", "sources add "]))
async def test_a_hostile_line_is_read_at_once(piece: str, verb: str) -> None:
    """What is typed again and again takes no time that grows with its square."""
    for length in (290, 1_900, 39_000):
        command = parse_command(verb + piece * (length // len(piece)), router.verbs)
        with suppress(UserError):
            await parse_arguments(VERBS.get(command.verb, VERBS["ask"]), {"": command.text}, NOW, "")
