"""Free text to arguments, in any order: `subscribe ai at 8am in Berlin on weekdays`.

What leaves here is canonical: dates are ISO, times HH:MM, zones IANA, days digits with Monday as 0, and hours
`22:00-07:00` or `off`.
"""

from __future__ import annotations

import asyncio
import calendar
import datetime as dt
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from zoneinfo import ZoneInfo

from bot.chat.courtesies import AUDIENCE, without_closing, without_mention, without_typography
from bot.chat.date_words import CALENDAR_DAY, DATE, MONTH, parse_date, plain_dates
from bot.chat.intent import Command, read_command, read_guess
from bot.chat.request import Arg, ArgKind, Verb
from bot.chat.schedule_words import (
    CLOCK_TIME,
    DAYS,
    has_schedule,
    parse_days,
    parse_hours,
    parse_time,
    plain_days,
    plain_times,
    refuse_other_rhythm,
    refuse_unread_schedule,
)
from bot.chat.time_zones import parse_zone
from bot.chat.zone_words import extract_place_after_time, extract_zone, remove_span
from bot.errors import UserError

_TOPIC_AFFIXES = re.compile(
    rf"^(?:(?:please|pls|to|on|about|for|from|(?:{AUDIENCE})(?=\s+(?:please|pls|to|from|on|about|for)\b|$)|the|my|our"
    rf"|briefs?(?=\s+(?:on|about|for)\b))(?:\s+|$))+|\s*\b(?:daily\s+)?briefs?$|\s+to\s+(?:{AUDIENCE})$",
    re.IGNORECASE,
)
_LOOSE_ENDS = re.compile(
    r"^(?:[\s,;:.=|/+–—-]|(?:and|but|only)\b)+(?=\s|\w|$)|(?:[\s,;:=|/–—-]|\s(?:and|but|only|at|in|on|from|to|every)\b)+$"
)
_LOOSE_JOINTS = re.compile(r"\s+(?:[,;|/–—-]+\s+){2,}|\s+[,;]+\s+")
_LEADING_SIGN = re.compile(r"^[\s:=–—,;-]+(?=[\s\w\"'(#])(?!\d)|^(?:[:=,]\s*|[–—-]\s+)+")
_FREE_TEXT_KINDS = {ArgKind.WORDS, ArgKind.TEXT, ArgKind.TOPIC, ArgKind.ENTITY, ArgKind.HOURS}


async def parse_arguments(verb: Verb, raw_args: Mapping[str, str], now: dt.datetime, zone: str) -> dict[str, str]:
    """Return a verb's arguments in canonical form, from named values and from free text under "".

    Raises UserError for a time, zone, day or date that can't be understood, and for more words than a verb reads.
    """
    return await asyncio.to_thread(_parse_arguments, verb, raw_args, now.astimezone(ZoneInfo(zone or "UTC")))


def _parse_arguments(verb: Verb, raw_args: Mapping[str, str], now: dt.datetime) -> dict[str, str]:
    _check_length(verb, raw_args)
    args = {name: value for name, value in raw_args.items() if name}
    kinds = {arg.kind for arg in verb.args}
    rest = _plain_text(verb, kinds, raw_args.get("", ""))
    zones = [arg.name for arg in verb.args if arg.kind is ArgKind.ZONE and arg.name not in args]
    if zones and ArgKind.TIME in kinds:
        place, rest = extract_place_after_time(rest)
        args |= {zones[0]: place} if place else {}
    for arg in verb.args:
        if rest and arg.name not in args:
            found, rest = _extract(arg, rest, kinds)
            if found:
                args[arg.name] = found
    if ArgKind.DAYS in kinds:
        _refuse_calendar_day(rest)
        refuse_unread_schedule(rest)
    if ArgKind.DATE in kinds:
        _refuse_second_date(rest)
    _assign_remainder(verb, args, rest, raw_args.get("", ""))
    return _canonical_arguments(verb, args, now)


def _plain_text(verb: Verb, kinds: set[ArgKind], text: str) -> str:
    """Return free text in one line, in plain words; what a question or a button says stays as it is."""
    if verb.takes_whole_text or not verb.shown:
        return " ".join(text.split())
    plain = without_typography(text, addresses="target" in {arg.name for arg in verb.args})
    plain = _LEADING_SIGN.sub("", without_closing(plain))
    if ArgKind.TIME in kinds:
        refuse_other_rhythm(plain)
        plain = plain_days(plain_times(plain))
    return plain_dates(plain) if ArgKind.DATE in kinds else plain


def _refuse_calendar_day(rest: str) -> None:
    if day := CALENDAR_DAY.search(rest):
        message = f"`{day['date']}` is one day, and this comes on days of the week; try `on mondays` or `daily`."
        raise UserError(message, "days")


_SECOND_DATE = re.compile(
    rf"\b(?:and|or|to|until|till|through|before)\s+(?:on\s+)?(?P<date>{DATE})(?!\w)", re.IGNORECASE
)


def _refuse_second_date(rest: str) -> None:
    if date := _SECOND_DATE.search(rest):
        message = f"I read one date at a time, and don't know what to do with `{date[0]}`."
        raise UserError(message, "date")


def _canonical_arguments(verb: Verb, args: Mapping[str, str], now: dt.datetime) -> dict[str, str]:
    """Return arguments in canonical form; raises one UserError for all that can't be understood."""
    canonical: dict[str, str] = {}
    wrong: dict[str, str] = {}
    for name, value in args.items():
        try:
            canonical |= {name: _canonical_argument(verb, name, value.strip(), now)} if value.strip() else {}
        except UserError as error:
            wrong[name] = str(error)
    if wrong:
        raise UserError(" ".join(wrong.values()), by_arg=wrong)
    return canonical


def _check_length(verb: Verb, raw_args: Mapping[str, str]) -> None:
    limits = {arg.name: arg.max_chars for arg in verb.args}
    longest = max(limits.values(), default=_MAX_CHARS)
    for name, value in raw_args.items():
        limit = limits.get(name, longest)
        if len(value) > limit:
            message = f"That is {len(value):,} characters, and I read at most {limit:,}; say it in fewer words."
            raise UserError(message, name)


_MAX_CHARS = 2_000


def _assign_remainder(verb: Verb, args: dict[str, str], remainder: str, original: str) -> None:
    free = next((arg for arg in verb.args if arg.kind in _FREE_TEXT_KINDS and arg.name not in args), None)
    if remainder and free:
        topic = _topic(verb, remainder) if free.kind is ArgKind.TOPIC else _unquoted(remainder)
        args[free.name] = original if free.kind is ArgKind.TEXT else topic
    elif remainder and verb.args:
        message = f"I don't understand `{remainder}`; try `help {verb.name}`."
        raise UserError(message)


def _topic(verb: Verb, remainder: str) -> str:
    """Return what a brief is about, without what held it and its schedule together.

    Raises UserError if it says when, though the verb has no time: what is to end or to go on does so for good.
    """
    tidy = _LOOSE_JOINTS.sub(" ", remainder)
    while (bare := _TOPIC_AFFIXES.sub("", _LOOSE_ENDS.sub("", tidy)).strip()) != tidy:
        tidy = bare
    if {arg.kind for arg in verb.args} == {ArgKind.TOPIC}:
        if has_schedule(tidy) or tidy.casefold() in _SOME_DAY:
            message = f"`{verb.name}` is for good, not for `{tidy}`; `subscribe` again to change when a brief comes."
            raise UserError(message, "topic")
        if tidy.casefold() in _EVERYTHING - {"it"}:
            return EVERYTHING
    return "" if tidy.casefold() in _EVERYTHING else _unquoted(tidy)


EVERYTHING = "all"
"""The topic of who wants to end or to resume each of several briefs."""

_EVERYTHING = {"everything", EVERYTHING, "all of it", "all of them", "it", "it all", "them all", "all topics"}
_SOME_DAY = {"today", "tomorrow", "tonight", "this week", "next week"}


def _unquoted(words: str) -> str:
    """Return words without the quotation marks around all of them."""
    return words[1:-1].strip() if words[:1] + words[-1:] == '""' and words.count('"') == len('""') else words


def _extract(arg: Arg, text: str, kinds: set[ArgKind]) -> tuple[str, str]:
    match arg.kind:
        case ArgKind.TIME:
            return _extract_match(CLOCK_TIME, text)
        case ArgKind.DAYS:
            return _extract_match(DAYS, text, "days")
        case ArgKind.ZONE:
            return extract_zone(text)
        case ArgKind.DATE:
            return _extract_date(arg.name, text)
        case ArgKind.SPEAKER:
            return _extract_labelled(rf"(?:{arg.name}|from(?!\s+{DATE}))", text)
        case ArgKind.CHOICE:
            first, _, others = text.partition(" ")
            chosen = first.lower().rstrip(":")
            return (chosen, others) if chosen in arg.choices else ("", text)
        case ArgKind.ENTITY if kinds & {ArgKind.WORDS, ArgKind.TOPIC}:
            return _extract_labelled(rf"(?:{arg.name}|on|regarding|concerning)", text)
        case _:
            return "", text


def _extract_match(pattern: re.Pattern[str], text: str, group: str | int = 0) -> tuple[str, str]:
    found = pattern.search(text)
    return (found[group], remove_span(text, found.span())) if found else ("", text)


def _extract_date(name: str, text: str) -> tuple[str, str]:
    if name == "since":
        pattern = rf"\b(?:since|from)\s+(?:the\s+beginning\s+of\s+)?(?P<date>{DATE}|{MONTH}|(?:19|20)\d\d)(?![\w-])"
    else:
        pattern = rf"(?:\b(?:for|on|of|from)\s+)?\b(?P<date>{DATE})(?!\w)"
    return _extract_match(re.compile(pattern, re.IGNORECASE), text, "date")


def _extract_labelled(name: str, text: str) -> tuple[str, str]:
    stop = r"(?=,?\s+(?:by|about|since|until|from|on)\s|,?$)"
    return _extract_match(re.compile(rf"\b{name}\s+(?P<value>.+?){stop}", re.IGNORECASE), text, "value")


def _canonical_argument(verb: Verb, name: str, value: str, now: dt.datetime) -> str:
    kind = next((arg.kind for arg in verb.args if arg.name == name), ArgKind.WORDS)
    match kind:
        case ArgKind.TIME:
            return parse_time(value).isoformat("minutes")
        case ArgKind.DAYS:
            return parse_days(value)
        case ArgKind.HOURS:
            return parse_hours(value)
        case ArgKind.ZONE:
            return parse_zone(value)
        case ArgKind.DATE:
            return parse_date(value, now).isoformat()
        case _:
            return value


def parse_command(line: str, verbs: Sequence[Verb], *, has_files: bool = False) -> Command:
    """Read `/verb …`, a verb in anybody's own words or, for any other text, a question; a leading mention is ignored.

    What stands beside files is a comment on them, unless it is a `note` of its own.
    """
    words = without_mention(line.strip())
    command = read_command(words, verbs)
    return Command("files", line.strip()) if has_files and command.verb != "note" else command


async def parse_guess(line: str, verbs: Sequence[Verb], now: dt.datetime, zone: str) -> Command:
    """Return, in canonical words, the command that a doubtful line seems to want: `subscribe chips at 08:00 on mon`.

    Raises UserError if it can't be done.
    """
    guess = read_guess(without_mention(line.strip()), verbs)
    verb = next(verb for verb in verbs if verb.name == guess.verb)
    args = await parse_arguments(verb, {"": guess.text}, now, zone)
    if missing := next((arg for arg in verb.args if arg.required and not args.get(arg.name)), None):
        message = f"`{verb.name}` needs {missing.help[0].lower()}{missing.help[1:]}."
        raise UserError(message, missing.name)
    written = " ".join(_written(arg, args[arg.name]) for arg in verb.args if arg.name in args)
    with suppress(UserError):
        if await parse_arguments(verb, {"": written}, now, zone) == args:
            return Command(verb.name, written)
    return Command(verb.name, guess.text)


def _written(arg: Arg, value: str) -> str:
    """Return an argument in canonical form as a person writes it: `on mon, thu`."""
    match arg.kind:
        case ArgKind.TIME:
            return f"at {value}"
        case ArgKind.DAYS:
            return "on " + ", ".join(calendar.day_abbr[int(day)].lower() for day in value)
        case _:
            return value


def lacks_text(line: str, verbs: Sequence[Verb]) -> bool:
    """Return whether somebody wrote nothing, or only a verb that needs words: these may be attached."""
    name = line.strip().removeprefix("/").casefold()
    return not name or any(verb.name == name and verb.args and verb.args[0].required for verb in verbs)


def hidden_args(verb: str, verbs: Sequence[Verb]) -> frozenset[str]:
    """Return the arguments of a verb that must never be stored; after an interruption they are asked for again."""
    args = (arg for known in verbs if known.name == verb for arg in known.args)
    return frozenset(arg.name for arg in args if arg.kind is ArgKind.HIDDEN)
