"""What people type, read for what it means: lines by somebody who never saw the code, with the meaning of each."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import re
import time
import zlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat.argument_parser import Command, parse_arguments, parse_command, parse_guess
from bot.chat.courtesies import without_mention
from bot.chat.intent import Phrasing, Words, changes, phrasings, read_guess
from bot.chat.request import ArgKind
from bot.errors import UserError
from handlers import router

NOW = dt.datetime(2026, 6, 15, 12, tzinfo=dt.UTC)
VERBS = {verb.name: verb for verb in router.verbs}
LINES = [json.loads(line) for line in Path(__file__).parents[1].joinpath("typed_lines.jsonl").read_text().splitlines()]
REFUSED = "refused"
VERBS_WHOSE_WORD_IS_ENOUGH = {"ask", "note", "why", "help", "status", "following", "subscriptions"}
"""The file doesn't say what their arguments are."""

NAMES = {"entity": "name", "language": "name"}
"""What the file calls the same argument in different verbs."""


async def read(line: str) -> tuple[str, dict[str, Any] | str]:
    """Return a typed line's verb and arguments, done or asked back, or that it is refused with a sentence."""
    command, verb = parse_command(line, router.verbs), ""
    try:
        if command.verb == "meant":
            verb = read_guess(without_mention(line), router.verbs).verb
            command = await parse_guess(line, router.verbs, NOW, "")
        if command.verb == "ask":
            return "ask", {}
        args = await parse_arguments(VERBS[command.verb], {"": command.text}, NOW, "")
    except UserError:
        return verb or command.verb, REFUSED
    missing = any(arg.required and not args.get(arg.name) for arg in VERBS[command.verb].args)
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
    if verb in {"sources", "privacy"}:
        return isinstance(args, dict) and args.get("action") == wanted.get("action") and "sure" not in args
    return args == wanted


async def test_nearly_all_that_people_type_is_read_as_they_mean_it() -> None:
    """At least 95 of 100 lines, verb and arguments; what is impossible is refused."""
    wrong = [line["typed"] for line in LINES if not is_right(line, *await read(line["typed"]))]
    assert len(wrong) <= 0.05 * len(LINES), wrong


async def test_no_line_does_what_its_writer_did_not_ask_for() -> None:
    """What changes something without being asked back is what was meant: the same verb, with the same arguments."""
    for line in LINES:
        command = parse_command(line["typed"], router.verbs)
        verb, args = await read(line["typed"])
        if command.verb != "meant" and changes(command) and args != REFUSED:
            assert is_right(line, verb, args), line["typed"]


def test_hardly_any_question_is_asked_back() -> None:
    """At most 3 of 100 questions and remarks are taken for something to do."""
    questions = [line["typed"] for line in LINES if line["verb"] == "ask"]
    asked = [typed for typed in questions if parse_command(typed, router.verbs).verb == "meant"]
    assert len(asked) <= 0.03 * len(questions), asked


FILLINGS = {
    "": ("Halden", "Quillon"),
    "verb": ("brief",),
    "hours": ("22-7",),
    "language": ("Danish",),
    "address": ("https://pod.example/feed",),
    "link": ("https://pod.example/feed",),
    "scheduled": ("chips every day at 8", "every monday at 9", "chips"),
    "recurring": ("chips", "every monday", "every monday at 9"),
    "told": ('"Halden hired',),
}
"""What stands for … in a phrasing with each condition, by turns."""


def expanded(phrasing: Phrasing, way: int) -> str:
    """Return a line in one of the ways that a phrasing describes; other numbers are other ways."""
    turns = itertools.count()

    def drawn(options: Sequence[str]) -> str:
        return options[zlib.crc32(f"{way} {next(turns)}".encode()) % len(options)]

    phrase = phrasing.phrase
    while found := re.search(r"([(\[])([^()\[\]]*)[)\]]", phrase):
        chosen = drawn(found[2].split("|")) if found[1] == "(" or drawn("01") == "1" else ""
        phrase = phrase[: found.start()] + chosen + phrase[found.end() :]
    filling = FILLINGS.get(phrasing.condition, FILLINGS[""])
    return " ".join(re.sub("…", lambda _: drawn(filling), phrase).split())


@pytest.mark.parametrize("phrasing", phrasings(), ids=lambda phrasing: f"{phrasing.verb} {phrasing.phrase[:60]}")
def test_no_phrasing_stands_in_the_shadow_of_another(phrasing: Phrasing) -> None:
    """For some line in its own words it is the first that fits."""
    lines = (Words(expanded(phrasing, way)) for way in range(200))
    assert any(next((one for one in phrasings() if one.read(line)), None) is phrasing for line in lines)


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
        ("I don't want any alerts from 10pm to 7am", "quiet?"),
        ("unsubscribe from the chips brief", "unsubscribe"),
        ("unsubcribe from chips", "unsubscribe?"),
        ("cancel the robotics brief", "unsubscribe?"),
        ("follow Rivian no longer", "unfollow?"),
        ("no more alerts about Arm", "unfollow?"),
        ("stop following Arm", "unfollow?"),
        ("cancel my quiet hours", "quiet?"),
        ("unsubscribe from chips?", "unsubscribe?"),
        ("privacy forget yes?", "privacy?"),
        ("erase my data", "privacy?"),
        ("/quiet quitting", "quiet"),
        ("👋 hi <@U07QX2OVHD>, could you please follow *Arm* for us? :pray:", "follow"),
        ("send us the chips brief", "brief"),
        ("send us the chips brief every monday at 8", "subscribe?"),
        ("on mondays at 8, Oslo: subscribe us to chips", "subscribe?"),
    ],
)
def test_what_is_doubtful_is_a_question(line: str, command: str) -> None:
    """A verb's word is no order, nor what is taken back, nor two at once; with ? here is what is asked back first."""
    verb = parse_command(line, router.verbs).verb
    assert (f"{read_guess(line, router.verbs).verb}?" if verb == "meant" else verb) == command


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
    for order in ("note ", "note: "):
        assert parse_command(order + text, router.verbs) == Command("note", text)
    for order in ("@Overheard please save this as a note: ", "Hey, take a note: ", "remember this:\n"):
        assert parse_command(order + text, router.verbs).verb == "meant"
        assert read_guess(without_mention(order + text), router.verbs) == Command("note", text)


@pytest.mark.parametrize("typed", ["privacy forget, yes", "privacy forget yes please"])
async def test_only_a_plain_yes_erases_at_once(typed: str) -> None:
    """Anything else shows first what there is."""
    command = parse_command(typed, router.verbs)
    assert await parse_arguments(VERBS["privacy"], {"": command.text}, NOW, "") == {"action": "forget"}
    command = parse_command("privacy forget yes", router.verbs)
    assert await parse_arguments(VERBS["privacy"], {"": command.text}, NOW, "") == {"action": "forget", "sure": "yes"}


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("please post the chips brief here every monday at 8am, Oslo time", "chips at 08:00 Europe/Oslo on mon"),
        ("turn off the brief on energy", "energy"),
        ("mute alerts from 10pm to 6am", "22:00-06:00"),
        ("keep us posted on Halden", "Halden"),
    ],
)
async def test_a_guess_is_asked_in_plain_words(typed: str, asked: str) -> None:
    """They are what a button sends, so they are read as the same again."""
    guess = await parse_guess(typed, router.verbs, NOW, "")
    assert guess.text == asked
    again = parse_command(f"{guess.verb} {guess.text}", router.verbs)
    arguments = [await parse_arguments(VERBS[guess.verb], {"": text}, NOW, "") for text in (guess.text, again.text)]
    assert (again.verb, arguments[0]) == (guess.verb, arguments[1])


@pytest.mark.parametrize("rest", ["Berlin", "PST", "in Berlin", "unless urgent", "for Nvidia", "for a week", "off"])
async def test_hours_are_refused_with_what_is_not_understood(rest: str) -> None:
    """Nothing that stands behind them is thrown away."""
    with pytest.raises(UserError, match=f"`{rest.lower()}`"):
        await parse_arguments(VERBS["quiet"], {"": f"22-7 {rest}"}, NOW, "")


PIECES = [
    " ", "*", "_", "`", "<", "<https://a.example|", "&amp;", ":a:", "🙏", "please ", "hi, ", "can you ", "at ", "8 ",
    "8am ", "berlin ", "time ", "mon ", "mon-", "except ", "every ", "and ", "brief ", "the ", "subscribe ",
    "send us ", "june ", "quarter past ", "1", "a", "–", "/ ", ", ", "if you can ", "@overheard ", "from ", "to ",
    "x.", "'", "(", "?", "aday ", "on ", "no ", "sun ", "daily ", "that's ",
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
            for arg in verb.args:
                assert re.fullmatch(CANONICAL.get(arg.kind, "(?s).*"), args.get(arg.name, "")), args
    if verb and verb.name == "meant":
        with suppress(UserError):
            assert (await parse_guess(line, router.verbs, NOW, "")).verb in VERBS


CANONICAL = {
    ArgKind.TIME: r"(?:[01]\d|2[0-3]):[0-5]\d|",
    ArgKind.DAYS: "0?1?2?3?4?5?6?",
    ArgKind.HOURS: r"\d\d:\d\d-\d\d:\d\d|off|",
    ArgKind.DATE: r"\d{4}-\d\d-\d\d|",
    ArgKind.ZONE: r"UTC|[A-Z]\w+(?:/[\w+-]+)+|",
    ArgKind.CHOICE: "[a-z]*",
}


@pytest.mark.parametrize("verb", ["", "subscribe ", "unsubscribe ", "follow ", "quiet ", "brief ", "claims ", "stop "])
async def test_a_hostile_line_is_read_at_once(verb: str) -> None:
    """What is typed again and again, as long as may be, takes no time that grows with its square."""
    for piece in PIECES:
        for length in (290, 1_900):
            line = verb + piece * (length // len(piece))
            seconds = min([await spent_on(line) for _ in range(2)])
            assert seconds < LONGEST_READING, (piece, length)


LONGEST_READING = 0.25
"""Seconds of one processor; 0.05 is usual."""


async def spent_on(line: str) -> float:
    """Return the seconds of one processor that it takes to read a line."""
    begin = time.process_time()
    command = parse_command(line, router.verbs)
    with suppress(UserError):
        await parse_arguments(VERBS.get(command.verb, VERBS["ask"]), {"": command.text}, NOW, "")
        await parse_guess(line, router.verbs, NOW, "")
    return time.process_time() - begin
