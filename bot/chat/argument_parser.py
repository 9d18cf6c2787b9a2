"""Free text to arguments, in any order: `subscribe ai at 8am in Berlin on weekdays`.

What leaves here is canonical: dates are ISO, times HH:MM, zones IANA, days digits with Monday as 0, and hours
`22:00-07:00` or `off`.
"""

from __future__ import annotations

import asyncio
import calendar
import datetime as dt
import difflib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from bot.chat.request import Arg, ArgKind, Verb
from bot.errors import UserError

_TIME = re.compile(
    r"(?:\bat\s+)?\b(?:(?P<hour>\d{1,2})(?::(?P<minute>\d{2}))?\s*(?P<half>[ap])\.?m\b\.?"
    r"|(?P<hour24>\d{1,2}):(?P<minute24>\d{2})|(?P<word>noon|midnight))|\bat\s+(?P<bare>\d{1,2})\b(?![:/.-]\d)",
    re.IGNORECASE,
)
_DAY = r"(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:days?)?"
_SOME_DAYS = (
    r"(?:weekdays?\b|weekends?\b|daily\b|(?:(?<=every )|every )days?\b"
    rf"|{_DAY}\s*(?:-|–|to|through)\s*{_DAY}\b|{_DAY}(?:(?:\s*,\s*(?:and\s+)?|\s+and\s+|\s+or\s+|\s+){_DAY})*\b)"
)
_WITHOUT = r"(?:\b(?:but\s+)?(?:not|except|never|no|excluding|without)(?:\s+(?:for|on))?)"
_DAYS = re.compile(
    rf"\b(?:on\s+|every\s+)*(?P<days>(?:{_SOME_DAYS}\s*,?\s*)?{_WITHOUT}\s+{_SOME_DAYS}|{_SOME_DAYS})",
    re.IGNORECASE,
)
_ZONE_NAME = re.compile(
    r"\b(?:in\s+|tz\s+)?(?P<zone>[A-Za-z]+/[A-Za-z_]+(?:/[A-Za-z_]+)?|(?:UTC|GMT)(?:\s?[+-]\d{1,2}(?::00)?)?)(?![\w+-])"
)
_ZONE_PLACE = re.compile(r"\bin\s+(?P<place>[\w.'-]+(?:\s+[\w.'-]+){0,2})", re.IGNORECASE)
_ISO_DATE = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")
_MONTH = r"(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\.?"
_DATE_PATTERN = (
    r"(?:\d{4}-\d{2}-\d{2}|today|yesterday|\d+\s+(?:days?|weeks?|months?)\s+ago"
    r"|(?:the\s+)?(?:past|last)\s+(?:\d+\s+(?:days?|weeks?|months?)|week|month|year|" + _DAY + ")"
    rf"|{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?(?:,?\s+\d{{4}})?|\d{{1,2}}\s+{_MONTH}(?:\s+\d{{4}})?|{_MONTH}\s+\d{{4}})"
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
_ZONE_ALIASES = {
    "pst": "America/Los_Angeles", "pdt": "America/Los_Angeles", "pacific": "America/Los_Angeles",
    "mst": "America/Denver", "mountain": "America/Denver", "cst": "America/Chicago", "cdt": "America/Chicago",
    "central": "America/Chicago", "est": "America/New_York", "edt": "America/New_York",
    "eastern": "America/New_York", "et": "America/New_York", "ct": "America/Chicago", "mt": "America/Denver",
    "pt": "America/Los_Angeles", "cet": "Europe/Berlin", "cest": "Europe/Berlin", "bst": "Europe/London",
    "gmt": "Europe/London", "ist": "Asia/Kolkata", "jst": "Asia/Tokyo", "utc": "UTC", "z": "UTC",
    "san francisco": "America/Los_Angeles", "seattle": "America/Los_Angeles", "boston": "America/New_York",
    "washington": "America/New_York", "miami": "America/New_York", "atlanta": "America/New_York",
    "austin": "America/Chicago", "dallas": "America/Chicago", "houston": "America/Chicago",
    "montreal": "America/Toronto", "munich": "Europe/Berlin", "hamburg": "Europe/Berlin",
    "frankfurt": "Europe/Berlin", "cologne": "Europe/Berlin", "geneva": "Europe/Zurich", "barcelona": "Europe/Madrid",
    "milan": "Europe/Rome", "lyon": "Europe/Paris", "manchester": "Europe/London", "edinburgh": "Europe/London",
    "mumbai": "Asia/Kolkata", "delhi": "Asia/Kolkata", "new delhi": "Asia/Kolkata", "bangalore": "Asia/Kolkata",
    "bengaluru": "Asia/Kolkata", "beijing": "Asia/Shanghai", "shenzhen": "Asia/Shanghai", "osaka": "Asia/Tokyo",
    "tel aviv": "Asia/Jerusalem", "abu dhabi": "Asia/Dubai", "rio de janeiro": "America/Sao_Paulo",
}  # fmt: skip


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
    for arg in verb.args:
        if rest and arg.name not in args:
            found, rest = _extract(arg, rest, kinds)
            if found:
                args[arg.name] = found
    _assign_remainder(verb, args, rest, raw_args.get("", ""))
    return {name: _canonical_argument(verb, name, value.strip(), now) for name, value in args.items() if value.strip()}


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
            if _fold(place) in _zones_by_place():
                return place, _remove_span(text, (near.start(), near.start("place") + len(place)))
    *others, last = text.split()
    return (last, " ".join(others)) if last.lower() in _ZONE_ALIASES else ("", text)


def _extract_date(name: str, text: str) -> tuple[str, str]:
    word = rf"\b{name}\s+" if name in {"since", "until"} else r"(?:\b(?:for|on|of|from)\s+)?\b"
    return _extract_match(re.compile(word + rf"(?P<date>{_DATE_PATTERN})\b", re.IGNORECASE), text, "date")


def _extract_labelled(name: str, text: str) -> tuple[str, str]:
    stop = r"(?=\s+(?:by|about|since|until)\s|$)"
    return _extract_match(re.compile(rf"\b{name}\s+(?P<value>.+?){stop}", re.IGNORECASE), text, "value")


def _canonical_argument(verb: Verb, name: str, value: str, now: dt.datetime) -> str:
    kind = next((arg.kind for arg in verb.args if arg.name == name), ArgKind.WORDS)
    try:
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
    except UserError as error:
        raise UserError(str(error), name) from None


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
    """Return days as digits, Monday 0, from `weekdays`, `mon-fri`, `mon, thu`; raises UserError."""
    plain = text.lower().strip()
    if plain.isdigit() and set(plain) <= set("0123456"):
        return "".join(sorted(set(plain)))
    if excepted := re.search(_WITHOUT, plain):
        wanted = parse_days(plain[: excepted.start()].strip(" ,") or "daily")
        return "".join(day for day in wanted if day not in parse_days(plain[excepted.end() :]))
    if re.fullmatch(r"days?|daily|every ?day|all", plain):
        return "0123456"
    if plain.startswith("week"):
        return "56" if plain.startswith("weekend") else "01234"
    named = [_WEEKDAYS.index(day[:3]) for day in re.findall(_DAY, plain)]
    if not named:
        message = f"I don't understand `{text}` as days; try `weekdays` or `mon, thu`."
        raise UserError(message)
    if re.search(r"-|–|\bto\b|through", plain):
        named = [day % 7 for day in range(named[0], named[0] + (named[-1] - named[0]) % 7 + 1)]
    return "".join(str(day) for day in sorted(set(named)))


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


def parse_zone(text: str) -> str:
    """Return an IANA zone from `Europe/Berlin`, `Berlin` or `PST`; raises UserError with near names."""
    plain = _fold(text)
    places = _zones_by_place()
    if offset := _OFFSET.fullmatch(plain):
        # The signs of these zones are the other way round; see https://www.iana.org/time-zones.
        hours = int(offset["hours"])
        name = f"Etc/GMT{'-' if offset['sign'] == '+' else '+'}{hours}" if hours else "UTC"
        if name in available_timezones():
            return name
    if plain in places:
        return places[plain]
    near = [places[name] for name in difflib.get_close_matches(plain, list(places), 3)]
    hint = f"did you mean {' or '.join(dict.fromkeys(near))}?" if near else "try one like `Europe/Berlin`."
    message = f"I don't know the time zone `{text}`; {hint}"
    raise UserError(message)


_OFFSET = re.compile(r"(?:utc|gmt) ?(?P<sign>[+-])(?P<hours>\d{1,2})(?::00)?")


def _fold(place: str) -> str:
    letters = unicodedata.normalize("NFKD", place.replace("_", " ").lower())
    return " ".join("".join(c for c in letters if not unicodedata.combining(c)).split())


@cache
def _zones_by_place() -> dict[str, str]:
    zones = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "posix")))
    named = {zone.rsplit("/", 1)[-1].replace("_", " ").lower(): zone for zone in zones}
    return named | {zone.replace("_", " ").lower(): zone for zone in zones} | _ZONE_ALIASES


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


def parse_command(line: str, verbs: Sequence[Verb]) -> Command:
    """Read `/verb …`, `verb …` or, for any other text, a question; a leading mention is ignored."""
    words = _MENTION.sub("", line.strip()).strip()
    # A text may begin on the next line.
    first, rest = (*words.split(maxsplit=1), "", "")[:2]
    name = first.removeprefix("/").casefold()
    known = {verb.name: verb for verb in verbs if verb.shown}
    if first.startswith("/") or (name in known and not _is_question(rest, known[name])):
        return Command(name or "help", rest.strip())
    return Command("ask", words) if words else Command("help", "")


_ASKS_IN_CLAUSE = re.compile(r"[,:;-]\s*(?:who|what|when|where|why|which|how|did|does|is|are|was)\b", re.IGNORECASE)


def _is_question(rest: str, verb: Verb) -> bool:
    """Return whether what follows a verb's name shows that it is a word of a question: "quiet quitting: what is it"."""
    if any(arg.kind in {ArgKind.WORDS, ArgKind.TEXT} and arg.required for arg in verb.args):
        return False
    takes_words = any(arg.kind in _FREE_TEXT_KINDS - {ArgKind.HOURS} for arg in verb.args)
    return bool(_ASKS_IN_CLAUSE.search(rest)) or (rest.rstrip().endswith("?") and not takes_words)


def hidden_args(verb: str, verbs: Sequence[Verb]) -> frozenset[str]:
    """Return the arguments of a verb that must never be stored; after an interruption they are asked for again."""
    args = (arg for known in verbs if known.name == verb for arg in known.args)
    return frozenset(arg.name for arg in args if arg.kind is ArgKind.HIDDEN)
