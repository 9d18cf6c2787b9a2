"""Free text to arguments, in any order: `subscribe ai at 8am in Berlin on weekdays`.

What leaves here is canonical: dates are ISO, times HH:MM, zones IANA, days digits with Monday as 0, and hours
`22:00-07:00` or `off`.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import difflib
import re
import unicodedata
from collections.abc import Mapping
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
_DAYS = re.compile(
    rf"\b(?:on\s+|every\s+)*(?P<days>weekdays?\b|weekends?\b|daily\b|(?<=every )day\b"
    rf"|{_DAY}\s*(?:-|–|to|through)\s*{_DAY}\b|{_DAY}(?:(?:\s*,\s*(?:and\s+)?|\s+and\s+|\s+){_DAY})*\b)",
    re.IGNORECASE,
)
_ZONE_NAME = re.compile(r"\b(?:in\s+|tz\s+)?(?P<zone>[A-Za-z]+/[A-Za-z_]+(?:/[A-Za-z_]+)?|UTC|GMT)\b")
_ZONE_PLACE = re.compile(r"\bin\s+(?P<place>[\w.'-]+(?:\s+[\w.'-]+){0,2})", re.IGNORECASE)
_ISO_DATE = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")
_MONTH = r"(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\.?"
_DATE_WORDS = (
    r"(?:\d{4}-\d{2}-\d{2}|today|yesterday|\d+\s+(?:days?|weeks?|months?)\s+ago"
    r"|(?:the\s+)?(?:past|last)\s+(?:\d+\s+(?:days?|weeks?|months?)|week|month|year|" + _DAY + ")"
    rf"|{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?(?:,?\s+\d{{4}})?|\d{{1,2}}\s+{_MONTH}(?:\s+\d{{4}})?|{_MONTH}\s+\d{{4}})"
)
_AROUND_TOPIC = re.compile(
    r"^(?:(?:to|on|about|for|the|my|our|briefs?(?=\s+(?:on|about|for)\b))\s+)+|\s*\b(?:daily\s+)?briefs?$",
    re.IGNORECASE,
)
_NOON, _MINUTES = 12, 60
_FREE = {ArgKind.WORDS, ArgKind.TEXT, ArgKind.TOPIC, ArgKind.ENTITY, ArgKind.HOURS}
_BETWEEN = re.compile(r"\s*(?:-|–|\bto\b|\buntil\b|\btill\b|\band\b)\s*", re.IGNORECASE)
_OFF = {"off", "no", "none", "never", "end", "stop"}
_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SHORT_ZONES = {
    "pst": "America/Los_Angeles", "pdt": "America/Los_Angeles", "pacific": "America/Los_Angeles",
    "mst": "America/Denver", "mountain": "America/Denver", "cst": "America/Chicago", "cdt": "America/Chicago",
    "central": "America/Chicago", "est": "America/New_York", "edt": "America/New_York",
    "eastern": "America/New_York", "cet": "Europe/Berlin", "cest": "Europe/Berlin", "bst": "Europe/London",
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


async def understand(verb: Verb, given: Mapping[str, str], now: dt.datetime, zone: str) -> dict[str, str]:
    """Return a verb's arguments in canonical form, from named values and from free text under "".

    Raises UserError for a time, zone, day or date that nobody can understand.
    """
    return await asyncio.to_thread(_understand, verb, given, now.astimezone(ZoneInfo(zone or "UTC")))


def _understand(verb: Verb, given: Mapping[str, str], now: dt.datetime) -> dict[str, str]:
    args = {name: value for name, value in given.items() if name}
    rest = " ".join(given.get("", "").split())
    kinds = {arg.kind for arg in verb.args}
    for arg in verb.args:
        if rest and arg.name not in args:
            found, rest = _take(arg, rest, kinds)
            if found:
                args[arg.name] = found
    _give_rest(verb, args, rest, given.get("", ""))
    return {name: _read(verb, name, value.strip(), now) for name, value in args.items() if value.strip()}


def _give_rest(verb: Verb, args: dict[str, str], rest: str, written: str) -> None:
    free = [arg for arg in verb.args if arg.kind in _FREE and arg.name not in args]
    if rest and free and free[0].kind is ArgKind.TEXT:
        args[free[0].name] = written
    elif rest and free:
        args[free[0].name] = _AROUND_TOPIC.sub("", rest) if free[0].kind is ArgKind.TOPIC else rest
    elif rest and verb.args:
        message = f"`{rest}` is not clear to me; try `help {verb.name}`."
        raise UserError(message)


def _take(arg: Arg, text: str, kinds: set[ArgKind]) -> tuple[str, str]:
    match arg.kind:
        case ArgKind.TIME:
            return _cut(_TIME, text)
        case ArgKind.DAYS:
            return _cut(_DAYS, text, "days")
        case ArgKind.ZONE:
            return _take_zone(text)
        case ArgKind.DATE:
            return _take_date(arg.name, text)
        case ArgKind.SPEAKER:
            return _take_named(arg.name, text)
        case ArgKind.CHOICE:
            first, _, others = text.partition(" ")
            return (first.lower(), others) if first.lower() in arg.choices else ("", text)
        case ArgKind.ENTITY if kinds & {ArgKind.WORDS, ArgKind.TOPIC}:
            return _take_named(arg.name, text)
        case _:
            return "", text


def _cut(pattern: re.Pattern[str], text: str, group: str | int = 0) -> tuple[str, str]:
    found = pattern.search(text)
    return (found[group], _without(text, found.span())) if found else ("", text)


def _without(text: str, span: tuple[int, int]) -> str:
    return " ".join((text[: span[0]] + " " + text[span[1] :]).split()).strip(" ,;")


def _take_zone(text: str) -> tuple[str, str]:
    found, rest = _cut(_ZONE_NAME, text, "zone")
    if found:
        return found, rest
    for near in _ZONE_PLACE.finditer(text):
        words = near["place"].split()
        for count in range(len(words), 0, -1):
            place = " ".join(words[:count])
            if _plain(place) in _places():
                return place, _without(text, (near.start(), near.start("place") + len(place)))
    *others, last = text.split()
    return (last, " ".join(others)) if last.lower() in _SHORT_ZONES else ("", text)


def _take_date(name: str, text: str) -> tuple[str, str]:
    word = rf"\b{name}\s+" if name in {"since", "until"} else r"(?:\b(?:for|on|of|from)\s+)?\b"
    return _cut(re.compile(word + rf"(?P<date>{_DATE_WORDS})\b", re.IGNORECASE), text, "date")


def _take_named(name: str, text: str) -> tuple[str, str]:
    stop = r"(?=\s+(?:by|about|since|until)\s|$)"
    return _cut(re.compile(rf"\b{name}\s+(?P<value>.+?){stop}", re.IGNORECASE), text, "value")


def _read(verb: Verb, name: str, value: str, now: dt.datetime) -> str:
    try:
        return _canonical(verb, name, value, now)
    except UserError as error:
        raise UserError(str(error), name) from None


def _canonical(verb: Verb, name: str, value: str, now: dt.datetime) -> str:
    arg = next((arg for arg in verb.args if arg.name == name), None)
    match arg.kind if arg else ArgKind.WORDS:
        case ArgKind.TIME:
            return time_of(value).isoformat("minutes")
        case ArgKind.DAYS:
            return days_of(value)
        case ArgKind.HOURS:
            return hours_of(value)
        case ArgKind.ZONE:
            return zone_of(value)
        case ArgKind.DATE:
            return date_of(value, now).isoformat()
        case _:
            return value


def time_of(words: str) -> dt.time:
    """Return a wall time from `8`, `8am`, `08:30`, `noon`; raises UserError."""
    plain = words.strip().lower()
    found = _TIME.fullmatch(f"at {plain}" if plain.isdigit() else plain)
    time = found and _wall_time(found)
    if time is None:
        message = f"`{words}` is not a time I know; try `08:00` or `8am`."
        raise UserError(message)
    return time


def _wall_time(found: re.Match[str]) -> dt.time | None:
    if found["word"]:
        return dt.time(_NOON if found["word"].lower() == "noon" else 0)
    hour = int(found["hour"] or found["hour24"] or found["bare"])
    minute = int(found["minute"] or found["minute24"] or 0)
    if found["half"]:
        if not 1 <= hour <= _NOON:
            return None
        hour = hour % _NOON + (_NOON if found["half"].lower() == "p" else 0)
    return dt.time(hour, minute) if hour < 2 * _NOON and minute < _MINUTES else None


def days_of(words: str) -> str:
    """Return days as digits, Monday 0, from `weekdays`, `mon-fri`, `mon, thu`; raises UserError."""
    plain = words.lower().strip()
    if plain.isdigit() and set(plain) <= set("0123456"):
        return "".join(sorted(set(plain)))
    if re.fullmatch(r"days?|daily|every ?day|all", plain):
        return "0123456"
    if plain.startswith("week"):
        return "56" if plain.startswith("weekend") else "01234"
    named = [_WEEK.index(day[:3]) for day in re.findall(_DAY, plain)]
    if not named:
        message = f"`{words}` are not days I know; try `weekdays` or `mon, thu`."
        raise UserError(message)
    if re.search(r"-|–|\bto\b|through", plain):
        named = [day % 7 for day in range(named[0], named[0] + (named[-1] - named[0]) % 7 + 1)]
    return "".join(str(day) for day in sorted(set(named)))


def hours_of(words: str) -> str:
    """Return hours as `22:00-07:00`, from `22-7` or `from 10pm to 7am`, or `off`; raises UserError."""
    plain = re.sub(r"^(?:hours?|from|between)\s+", "", words.strip().lower())
    if plain in _OFF:
        return "off"
    begin, _, end = _BETWEEN.sub("-", plain).partition("-")
    if not end or time_of(begin) == time_of(end):
        message = f"`{words}` are not hours I know; try `22:00-07:00`, `10pm to 7am` or `off`."
        raise UserError(message)
    return f"{time_of(begin):%H:%M}-{time_of(end):%H:%M}"


def zone_of(words: str) -> str:
    """Return an IANA zone from `Europe/Berlin`, `Berlin` or `PST`; raises UserError with near names."""
    plain = _plain(words)
    places = _places()
    if plain in places:
        return places[plain]
    near = [places[name] for name in difflib.get_close_matches(plain, list(places), 3)]
    hint = f"; did you mean {' or '.join(dict.fromkeys(near))}?" if near else "; try one like `Europe/Berlin`."
    message = f"`{words}` is not a time zone I know{hint}"
    raise UserError(message)


def _plain(place: str) -> str:
    letters = unicodedata.normalize("NFKD", place.replace("_", " ").lower())
    return " ".join("".join(c for c in letters if not unicodedata.combining(c)).split())


@cache
def _places() -> dict[str, str]:
    zones = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "posix")))
    named = {zone.rsplit("/", 1)[-1].replace("_", " ").lower(): zone for zone in zones}
    return named | {zone.replace("_", " ").lower(): zone for zone in zones} | _SHORT_ZONES


def date_of(words: str, now: dt.datetime) -> dt.date:
    """Return a past date from ISO or from words such as `yesterday` or `June 3`; raises UserError."""
    plain = words.strip().lower()
    if plain in {"today", "yesterday"}:
        return now.date() - dt.timedelta(days=plain == "yesterday")
    if _ISO_DATE.fullmatch(plain):
        return _iso(plain)
    # The parser costs a fifth of a second to import, and few people need it.
    import dateparser

    settings = {"PREFER_DATES_FROM": "past", "PREFER_DAY_OF_MONTH": "first", "RELATIVE_BASE": now.replace(tzinfo=None)}
    found: dt.datetime | None = dateparser.parse(
        re.sub(r"^the |^past ", "", plain), languages=["en"], settings=settings
    )
    if found is None:
        message = f"`{words}` is not a date I know; try `2026-06-27` or `yesterday`."
        raise UserError(message)
    return found.date()


def _iso(words: str) -> dt.date:
    try:
        return dt.date.fromisoformat(words)
    except ValueError:
        message = f"There is no {words} in the calendar."
        raise UserError(message) from None
