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
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from bot.chat.request import Arg, ArgKind, Verb
from bot.chat.time_zones import has_zone_letters, is_city, is_place, parse_zone
from bot.errors import UserError

_TIME = re.compile(
    r"(?:\bat\s+)?\b(?:(?P<hour>\d{1,2})(?::(?P<minute>\d{2}))?\s*(?P<half>[ap])\.?m\b\.?"
    r"|(?P<hour24>\d{1,2}):(?P<minute24>\d{2})|(?P<word>noon|midnight))|\bat\s+(?P<bare>\d{1,2})\b(?![:/.-]\d)",
    re.IGNORECASE,
)
_DAY = r"(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:days?)?"
_DAY_UNIT = (
    r"(?:weekdays?|weekends?|daily|every\s*day|each\s+day|all\s+days"
    rf"|{_DAY}\s*(?:-|–|\bto\b|\bthrough\b)\s*{_DAY}|{_DAY})\b"
)
_DAY_LIST = rf"{_DAY_UNIT}(?:(?:\s*,\s*(?:and\s+)?|\s*&\s*|\s+and\s+(?:on\s+)?|\s+or\s+|\s+){_DAY_UNIT})*"
_NOT_ON = (
    r"\b(?:except(?:\s+for)?|but(?:\s+not)?|excluding|without|apart\s+from|other\s+than|not|never|no)\b"
    r"(?:\s+(?:on|every|any)\b)*"
)
_DAYS = re.compile(
    rf"(?:\bon\s+|\bevery\s+)*(?P<days>\b{_DAY_LIST}(?:\s*,?\s*{_NOT_ON}\s+{_DAY_LIST})?|{_NOT_ON}\s+{_DAY_LIST})",
    re.IGNORECASE,
)
_ZONE_NAME = re.compile(
    r"\b(?:in\s+|tz\s+)?(?P<zone>(?i:UTC|GMT)\s*[+-]\s*\d{1,2}(?::?\d{2})?|[A-Za-z]+/[A-Za-z_]+(?:/[A-Za-z_]+)?|UTC|GMT)\b"
)
_OFFSET = re.compile(r"\s*[+-]\s*\d")
_PLACE_AFTER_TIME = re.compile(r"[\s,]*(?:in\s+)?(?P<place>[\w.'-]+(?:\s+[\w.'-]+){0,2})", re.IGNORECASE)
_ZONE_PLACE = re.compile(r"\bin\s+(?P<place>[\w.'-]+(?:\s+[\w.'-]+){0,2})", re.IGNORECASE)
_ISO_DATE = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")
_MONTH = (
    r"\b(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_DATE_PATTERN = (
    r"(?:\d{4}-\d{2}-\d{2}|today|yesterday|\d+\s+(?:days?|weeks?|months?)\s+ago"
    r"|(?:the\s+)?(?:past|last)\s+(?:\d+\s+(?:days?|weeks?|months?)|week|month|year|" + _DAY + ")"
    rf"|{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?(?:,?\s+\d{{4}})?|\d{{1,2}}\s+{_MONTH}(?:\s+\d{{4}})?|{_MONTH}\s+\d{{4}})"
)
_CALENDAR_DAY = re.compile(
    rf"\b(?:on\s+)?(?P<date>{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?|\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH}"
    r"|\d{4}-\d{2}-\d{2}|today|tomorrow)\b",
    re.IGNORECASE,
)
_TOPIC_AFFIXES = re.compile(
    r"^(?:(?:to|on|about|for|the|my|our|briefs?(?=\s+(?:on|about|for)\b))\s+)+|\s*\b(?:daily\s+)?briefs?$",
    re.IGNORECASE,
)
_HALF_DAY_HOURS, _HOUR_MINUTES = 12, 60
_FREE_TEXT_KINDS = {ArgKind.WORDS, ArgKind.TEXT, ArgKind.TOPIC, ArgKind.ENTITY, ArgKind.HOURS}
_RANGE_SEPARATOR = re.compile(r"\s*(?:-|–|\bto\b|\buntil\b|\btill\b|\band\b)\s*", re.IGNORECASE)
_OFF = {"off", "no", "none", "never", "end", "stop"}
_WEEKDAYS = tuple(day.lower() for day in calendar.day_abbr)


async def parse_arguments(verb: Verb, raw_args: Mapping[str, str], now: dt.datetime, zone: str) -> dict[str, str]:
    """Return a verb's arguments in canonical form, from named values and from free text under "".

    Raises UserError for a time, zone, day or date that can't be understood, and for more words than a verb reads.
    """
    return await asyncio.to_thread(_parse_arguments, verb, raw_args, now.astimezone(ZoneInfo(zone or "UTC")))


def _parse_arguments(verb: Verb, raw_args: Mapping[str, str], now: dt.datetime) -> dict[str, str]:
    _check_length(verb, raw_args)
    args = {name: value for name, value in raw_args.items() if name}
    rest = " ".join(raw_args.get("", "").split())
    kinds = {arg.kind for arg in verb.args}
    zones = [arg.name for arg in verb.args if arg.kind is ArgKind.ZONE and arg.name not in args]
    if zones and ArgKind.TIME in kinds:
        place, rest = _extract_place_after_time(rest)
        args |= {zones[0]: place} if place else {}
    for arg in verb.args:
        if rest and arg.name not in args:
            found, rest = _extract(arg, rest, kinds)
            if found:
                args[arg.name] = found
    if ArgKind.DAYS in kinds and (day := _CALENDAR_DAY.search(rest)):
        message = f"`{day['date']}` is one day, and this comes on days of the week; try `on mondays` or `daily`."
        raise UserError(message, "days")
    _assign_remainder(verb, args, rest, raw_args.get("", ""))
    return _canonical_arguments(verb, args, now)


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
        topic = _TOPIC_AFFIXES.sub("", remainder) if free.kind is ArgKind.TOPIC else remainder
        args[free.name] = original if free.kind is ArgKind.TEXT else topic
    elif remainder and verb.args:
        message = f"I don't understand `{remainder}`; try `help {verb.name}`."
        raise UserError(message)


def _extract(arg: Arg, text: str, kinds: set[ArgKind]) -> tuple[str, str]:
    match arg.kind:
        case ArgKind.TIME:
            return _extract_match(_TIME, text)
        case ArgKind.DAYS:
            return _extract_match(_DAYS, text, "days")
        case ArgKind.ZONE:
            return _extract_zone(text)
        case ArgKind.DATE:
            return _extract_date(arg.name, text)
        case ArgKind.SPEAKER:
            return _extract_labelled(arg.name, text)
        case ArgKind.CHOICE:
            first, _, others = text.partition(" ")
            return (first.lower(), others) if first.lower() in arg.choices else ("", text)
        case ArgKind.ENTITY if kinds & {ArgKind.WORDS, ArgKind.TOPIC}:
            return _extract_labelled(arg.name, text)
        case _:
            return "", text


def _extract_match(pattern: re.Pattern[str], text: str, group: str | int = 0) -> tuple[str, str]:
    found = pattern.search(text)
    return (found[group], _remove_span(text, found.span())) if found else ("", text)


def _remove_span(text: str, span: tuple[int, int]) -> str:
    return " ".join((text[: span[0]] + " " + text[span[1] :]).split()).strip(" ,;")


def _extract_zone(text: str) -> tuple[str, str]:
    found, rest = _extract_match(_ZONE_NAME, text, "zone")
    if found:
        return found, rest
    for near in _ZONE_PLACE.finditer(text):
        words = near["place"].split()
        for count in range(len(words), 0, -1):
            place = " ".join(words[:count])
            if is_city(place):
                return place, _remove_span(text, (near.start(), near.start("place") + len(place)))
    *others, last = text.split()
    return (last, " ".join(others)) if has_zone_letters(last) else ("", text)


def _extract_place_after_time(text: str) -> tuple[str, str]:
    """Find a place that directly follows a time, as in `7am tokyo`; elsewhere a place may be what a brief is about."""
    for time in _TIME.finditer(text):
        if near := _PLACE_AFTER_TIME.match(text, time.end()):
            words = near["place"].split()
            for count in range(len(words), 0, -1):
                place = " ".join(words[:count])
                end = near.start("place") + len(place)
                if is_place(place) and not _OFFSET.match(text, end):
                    return place, _remove_span(text, (time.end(), end))
    return "", text


def _extract_date(name: str, text: str) -> tuple[str, str]:
    word = rf"\b{name}\s+" if name in {"since", "until"} else r"(?:\b(?:for|on|of|from)\s+)?\b"
    return _extract_match(re.compile(word + rf"(?P<date>{_DATE_PATTERN})\b", re.IGNORECASE), text, "date")


def _extract_labelled(name: str, text: str) -> tuple[str, str]:
    stop = r"(?=\s+(?:by|about|since|until)\s|$)"
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


def parse_time(text: str) -> dt.time:
    """Return a wall time from `8`, `8am`, `08:30`, `noon`; raises UserError."""
    plain = text.strip().lower()
    found = _TIME.fullmatch(f"at {plain}" if plain.isdigit() else plain)
    time = found and _wall_time(found)
    if time is None:
        message = f"I don't understand `{text}` as a time; try `08:00` or `8am`."
        raise UserError(message)
    return time


def _wall_time(match: re.Match[str]) -> dt.time | None:
    if match["word"]:
        return dt.time(_HALF_DAY_HOURS if match["word"].lower() == "noon" else 0)
    hour = int(match["hour"] or match["hour24"] or match["bare"])
    minute = int(match["minute"] or match["minute24"] or 0)
    if match["half"]:
        if not 1 <= hour <= _HALF_DAY_HOURS:
            return None
        hour = hour % _HALF_DAY_HOURS + (_HALF_DAY_HOURS if match["half"].lower() == "p" else 0)
    return dt.time(hour, minute) if hour < 2 * _HALF_DAY_HOURS and minute < _HOUR_MINUTES else None


def parse_days(text: str) -> str:
    """Return days as digits, Monday 0, from `weekdays`, `mon-fri`, `daily except sunday`; raises UserError."""
    plain = text.lower().strip()
    if plain.isdigit() and set(plain) <= set("0123456"):
        return "".join(sorted(set(plain)))
    if re.fullmatch(r"days?|all", plain):
        return _EVERY_DAY
    wanted, *unwanted = re.split(_NOT_ON, plain, maxsplit=1)
    days = _named_days(wanted) if wanted.strip(" ,") or not unwanted else set(_EVERY_DAY)
    if unwanted and days:
        excluded = _named_days(unwanted[0])
        days = days - excluded if excluded else set()
    if not days:
        message = f"I don't understand `{text}` as days; try `weekdays` or `mon, thu`."
        raise UserError(message)
    return "".join(sorted(days))


_EVERY_DAY = "0123456"
_DAY_SETS = {"weekday": "01234", "weekend": "56"}


def _named_days(text: str) -> set[str]:
    """Return the digits of the days that a text lists; none if it says anything else, too."""
    units: list[str] = re.findall(_DAY_UNIT, text)
    rest = re.sub(r"\b(?:and|or|on|every|the)\b|[\s,&]", "", re.sub(_DAY_UNIT, "", text))
    return {digit for unit in units for digit in _unit_days(unit)} if not rest else set()


def _unit_days(unit: str) -> str:
    if unit.startswith("week"):
        return _DAY_SETS[unit.rstrip("s")]
    named = [_WEEKDAYS.index(day[:3]) for day in re.findall(rf"\b{_DAY}\b", unit)]
    if not named:
        return _EVERY_DAY
    return "".join(str(day % 7) for day in range(named[0], named[0] + (named[-1] - named[0]) % 7 + 1))


def parse_hours(text: str) -> str:
    """Return hours as `22:00-07:00`, from `22-7` or `from 10pm to 7am`, or `off`; raises UserError."""
    plain = re.sub(r"^(?:hours?|from|between)\s+", "", text.strip().lower())
    if plain in _OFF:
        return "off"
    begin, _, end = _RANGE_SEPARATOR.sub("-", plain).partition("-")
    if not end or parse_time(begin) == parse_time(end):
        message = f"I don't understand `{text}` as hours; try `22:00-07:00`, `10pm to 7am` or `off`."
        raise UserError(message)
    return f"{parse_time(begin):%H:%M}-{parse_time(end):%H:%M}"


def parse_date(text: str, now: dt.datetime) -> dt.date:
    """Return a past date from ISO or from words such as `yesterday` or `June 3`; raises UserError."""
    plain = text.strip().lower()
    if plain in {"today", "yesterday"}:
        return now.date() - dt.timedelta(days=plain == "yesterday")
    if _ISO_DATE.fullmatch(plain):
        return _parse_iso_date(plain)
    # The parser costs a fifth of a second to import, and few people need it.
    import dateparser

    settings = {"PREFER_DATES_FROM": "past", "PREFER_DAY_OF_MONTH": "first", "RELATIVE_BASE": now.replace(tzinfo=None)}
    found: dt.datetime | None = dateparser.parse(
        re.sub(r"^the |^past ", "", plain), languages=["en"], settings=settings
    )
    if found is None:
        message = f"I don't understand `{text}` as a date; try `2026-06-27` or `yesterday`."
        raise UserError(message)
    return found.date()


def _parse_iso_date(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        message = f"There is no {text} in the calendar."
        raise UserError(message) from None


_MENTION = re.compile(r"^@overheard\b[,:]?\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Command:
    """A verb with everything typed after it."""

    verb: str
    text: str


def parse_command(line: str, verbs: Sequence[Verb], *, has_files: bool = False) -> Command:
    """Read `/verb …`, `verb …` or, for any other text, a question; a leading mention is ignored.

    What stands beside files is a comment on them, unless it is a `note` of its own.
    """
    command = _parse_command(line, verbs)
    return Command("files", line.strip()) if has_files and command.verb != "note" else command


def _parse_command(line: str, verbs: Sequence[Verb]) -> Command:
    words = _MENTION.sub("", line.strip()).strip()
    # A text may begin on the next line.
    first, rest = (*words.split(maxsplit=1), "", "")[:2]
    name = first.removeprefix("/").casefold()
    known = {verb.name: verb for verb in verbs if verb.shown}
    if first.startswith("/") or (name in known and not _is_question(rest, known[name])):
        return Command(name or "help", rest.strip())
    return Command("ask", words) if words else Command("help", "")


def lacks_text(line: str, verbs: Sequence[Verb]) -> bool:
    """Return whether somebody wrote nothing, or only a verb that needs words: these may be attached."""
    name = line.strip().removeprefix("/").casefold()
    return not name or any(verb.name == name and verb.args and verb.args[0].required for verb in verbs)


_ASKS_IN_CLAUSE = re.compile(r"[,:;-]\s*(?:who|what|when|where|why|which|how|did|does|is|are|was)\b", re.IGNORECASE)


def _is_question(rest: str, verb: Verb) -> bool:
    """Return whether what follows a verb's name shows that it is a word of a question: "quiet quitting: what is it"."""
    if any(arg.kind is ArgKind.TEXT or (arg.kind is ArgKind.WORDS and arg.required) for arg in verb.args):
        return False
    takes_words = any(arg.kind in _FREE_TEXT_KINDS - {ArgKind.HOURS} for arg in verb.args)
    return bool(_ASKS_IN_CLAUSE.search(rest)) or (rest.rstrip().endswith("?") and not takes_words)


def hidden_args(verb: str, verbs: Sequence[Verb]) -> frozenset[str]:
    """Return the arguments of a verb that must never be stored; after an interruption they are asked for again."""
    args = (arg for known in verbs if known.name == verb for arg in known.args)
    return frozenset(arg.name for arg in args if arg.kind is ArgKind.HIDDEN)
