"""Times, days and hours as people write them: `quarter past nine`, `18h15`, `mon-fri except wed`, `10pm to 7am`."""

from __future__ import annotations

import calendar
import datetime as dt
import difflib
import re

from bot.errors import UserError

_HALF_DAY_HOURS, _HOUR_MINUTES = 12, 60
_NIGHTFALL_HOUR = 5
"""From five to eleven at night is before midnight; twelve and one to four are after it."""
_NUMBERS = "one two three four five six seven eight nine ten eleven twelve".split()
_NUMBER_WORDS = {word: number for number, word in enumerate(_NUMBERS, 1)}
_MINUTE_WORDS = _NUMBER_WORDS | {
    "quarter": 15, "fifteen": 15, "twenty": 20, "twenty-five": 25, "half": 30, "thirty": 30, "forty-five": 45,
}  # fmt: skip
_HOUR = rf"(?P<hour>\d{{1,2}}|{'|'.join(_NUMBERS)})"
_HALF = (
    r"(?:\s*(?P<half>[ap])\.?m\b\.?|\s+(?:in the (?:early |late )?(?P<part>morning|afternoon|evening)"
    r"|at (?P<night>night))\b)"
)
_CLOCK_HALF = rf"(?:\s+o['’]?clock\b)?{_HALF}?"
_PAST = r"(?P<minutes>quarter|half|twenty-five|twenty|ten|five|\d{1,2})(?:\s+minutes)?\s+(?:past|after)"
_TO = (
    r"(?P<before>quarter|twenty(?:-five)?|(?<=\bat )(?:five|ten|\d{1,2})|\w{1,6}(?=\s+minutes\s))(?:\s+minutes)?"
    r"\s+(?:to|before)"
)
DAY = r"(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:days?)?"
SCHEDULE_GOES_ON = (
    r"(?:on|at|in|to|until|till|and|or|every|each|daily|week(?:day|end)s?|only|except|but|not|no|about|for|utc|gmt"
    rf"|{DAY})\b"
)
"""Words that follow a time or a place in a schedule."""

_TIME_ENDS = rf"(?=\s*(?:$|[,;()/–—-]|{SCHEDULE_GOES_ON})|\s+(?-i:[A-Z]))"
"""What follows a time without a sign of its own: its end, days or a place; 0730 incidents are something else."""

_SPOKEN_TIMES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b(?:a\s+)?{_PAST}\s+{_HOUR}\b{_CLOCK_HALF}",
        rf"\b(?:a\s+)?{_TO}\s+{_HOUR}\b{_CLOCK_HALF}",
        rf"\b{_HOUR}\s+(?P<minutes>fifteen|thirty|forty-five)\b{_HALF}?",
        rf"\b{_HOUR}\s+o['’]?clock\b{_HALF}?",
        rf"\b(?P<minutes>half)\s+{_HOUR}\b{_HALF}?",
        rf"\b{_HOUR}(?:[:.](?P<digits>\d{{2}}))?{_HALF}",
        r"\b(?P<hour>\d{1,2})\s?h(?P<digits>\d{2})?\b",
        r"\b(?P<hour>\d{1,2}):(?P<digits>\d{2})\s?(?:h|hrs?|hours|uhr)\b",
        r"(?<=\bat )(?P<hour>\d{1,2})\.(?P<digits>\d{2})\b(?!\.\d)",
        rf"\b(?P<hour>[0-2]\d)\.(?P<digits>[0-5]\d)\b{_TIME_ENDS}",
        r"\b(?P<hour>[0-2]\d)(?P<digits>[0-5]\d)\s?h(?:rs?|ours)?\b",
        r"(?<=\bat )(?P<hour>[0-2]\d)(?P<digits>\d{2})\b",
        rf"\b(?P<hour>0\d)(?P<digits>[0-5]\d)\b{_TIME_ENDS}",
        rf"(?<=\bat )(?P<hour>{'|'.join(_NUMBERS)})\b(?!-)",
    )
)
_NOON = re.compile(r"\b(?:(?:12|twelve)\s+)?(noon|midday|midnight)\b", re.IGNORECASE)
_EVENINGS = re.compile(
    r"\b(?:every|each)\s+(?:weekday\s+|(?:mon|tues|wednes|thurs|fri|satur|sun)day\s+)?(?:evening|afternoon|night)\b"
    r"|\b(?:week|mon|tues|wednes|thurs|fri|satur|sun)day (?:evening|afternoon|night)s?\b|\bin the evenings?\b",
    re.IGNORECASE,
)
_BARE_HOUR = re.compile(r"\bat\s+(\d|1[01])(:\d{2})?\b(?!\s*(?:[ap]\.?m|[:/.-]\d))", re.IGNORECASE)

CLOCK_TIME = re.compile(
    r"(?:(?:\b(?:at|by|around)\s+|@\s*))?\b(?:(?P<hour>\d{1,2})(?::(?P<minute>\d{2}))?\s*(?P<half>[ap])\.?m\b\.?"
    r"|(?P<hour24>\d{1,2}):(?P<minute24>\d{2})(?!\d)|(?P<word>noon|midnight))|\bat\s+(?P<bare>\d{1,2})\b(?![:/.-]\d)",
    re.IGNORECASE,
)
"""A time of day, as `plain_times` leaves it."""

_DAY_UNIT = (
    r"(?:weekdays?|weekends?|daily|every\s*day|each\s+day|all\s+days"
    rf"|(?:from\s+)?{DAY}\s*(?:-|–|—|\bto\b|\bthrough\b|\bthru\b|\btill\b|\buntil\b)\s*{DAY}"
    rf"|(?!(?<![,/] )(?-i:Sun\s+[A-Z])){DAY}(?!\.\w))\b"
)
_DAY_JOINT = r"(?:\s*,\s*(?:and\s+)?|\s*[&+/]\s*|\s+(?:and|plus)\s+(?:on\s+)?|\s+or\s+|\s+)"
_DAY_LIST = rf"{_DAY_UNIT}(?:{_DAY_JOINT}{_DAY_UNIT})*"
_NOT_ON = (
    r"\b(?:except(?:ing)?(?:\s+for)?|besides|save\s+for|aside\s+from|minus|but(?:\s+(?:not|never))?|excluding|without|apart\s+from|other\s+than|not|never|no"
    r"|skip(?:ping)?)\b(?:\s+(?:on|every|any)\b){0,3}"
)
DAYS = re.compile(
    rf"(?:\b(?:on|every|each)\s+){{0,3}}"
    rf"(?P<days>\b{_DAY_LIST}(?:\s*,?\s*{_NOT_ON}\s+{_DAY_LIST})?|{_NOT_ON}\s+{_DAY_LIST})",
    re.IGNORECASE,
)
_DAY_NAMES = tuple(day.lower() for day in calendar.day_name)
_DAY_ABBREVIATIONS = tuple(day.lower() for day in calendar.day_abbr)
_LIKE_A_DAY = re.compile(r"\b(?P<name>[a-z]{2,7}(?:day|dya|ady|dy|dey))(?P<plural>s?)\b", re.IGNORECASE)
_KNOWN_DAY = re.compile(rf"{DAY}|weekdays?|everyday", re.IGNORECASE)
_DAY_LIKENESS = 0.8
"""How alike a slip and a day's name are, of 1: one letter of six, or two that changed places."""

RECURRING = re.compile(
    rf"\b(?:every|each|daily(?!\s+briefs?\b)|weekdays?|weekends?|mornings|evenings)\b|\b{DAY}(?<=s)\b|\b{_DAY_UNIT}"
    rf"(?:\s*[,&+/]\s*|\s+and\s+){_DAY_UNIT}",
    re.IGNORECASE,
)
"""Words that make a schedule of days."""

_OTHER_RHYTHM = re.compile(
    r"\b(?:every|each)\s+(?:\d{1,2}(?:st|nd|rd|th)|other|second|third|fourth|few|two|three|four|\d+|hour|half[ -]hour"
    r"|week|fortnight|month|quarter|year)\b(?:\s+\w+)?"
    r"|\b(?:once|twice|thrice|(?:two|three|four|several|\d+)\s+times)\s+(?:a|per|an|every|each)\s+\w+|\btwice\s+daily\b"
    r"|\b(?:the\s+)?(?:first|second|third|fourth|last|\d{1,2}(?:st|nd|rd|th))(?:\s+\w+)?\s+of\s+(?:the|every|each)\s+month"
    r"|\b(?:hourly|weekly|bi-?weekly|fortnightly|monthly|bi-?monthly|quarterly|yearly|annually)\b"
    rf"(?=\s*(?:$|[,;/–—-]|(?:on|at|in|every|each|from|around|briefs?|digests?|summary|updates?)\b|\d|{DAY}\b))"
    rf"|\bper\s+(?:hour|week|month)\b|\b(?:next|this(?:\s+coming)?)\s+(?:week|month|{DAY})\b",
    re.IGNORECASE,
)
_WEEKLY = re.compile(
    rf"\b(?:weekly|once\s+(?:a|per)\s+week|every\s+week)\b,?(?=\s+(?:(?:on|every)\s+)?{DAY}\b)", re.IGNORECASE
)
_DAY_SYNONYMS = (
    (re.compile(r"\b(?:work(?:ing)?|business|week)[ -]days\b|\bworkdays\b", re.IGNORECASE), "weekdays"),
    (re.compile(r"\bweek-ends?\b", re.IGNORECASE), "weekends"),
    (re.compile(rf"\b(weekday|{DAY}) (?:morning|evening|afternoon|night)s?\b", re.IGNORECASE), r"\1"),
    (_WEEKLY, ""),
    (
        re.compile(
            r"\b(?:every|each)\s+(?:single\s+)?(?:day|morning|evening|afternoon|night)\b|\b(?:once|one time)\s+"
            r"(?:a|per|each)\s+day\b|\bonce\s+daily\b|\b(?:in the )?(?:mornings|evenings)\b"
            r"|\b(?:seven|7) days a week\b",
            re.IGNORECASE,
        ),
        "every day",
    ),
    (re.compile(r"\b(mon|tues?|wed|thu(?:rs?)?|fri|sat|sun)\.(?=[\s,;-])", re.IGNORECASE), r"\1"),
)
_OTHER_DAYS = re.compile(
    r"\b(?:on|every|each|except(?:\s+for|\s+on)?|not\s+on|but\s+not)\s+(?:the\s+)?(?P<days>[a-z]+days?)\b"
    r"|\b(?P<plain>(?!holi|birth|pay|work|school)[a-z]{3,}days)\b",
    re.IGNORECASE,
)
_UNREAD_TIME = re.compile(
    rf"\b\d{{1,2}}:\d+|\b\d{{1,2}}h\b|\bat\s+(?:\d\S*|(?:{'|'.join(_MINUTE_WORDS)})\b)"
    r"|(?:^|\s)(?:and|or|&|not)\s+\d{1,2}$",
    re.IGNORECASE,
)
_TIME_RANGE = re.compile(r"\b\d{1,2}(?::\d{2})?\s*[-–]\s*\d{1,2}(?:(?::\d{2})?\s?[ap]\.?m|:\d{2})\b", re.IGNORECASE)
_REAL_DAYS = {"holiday", "birthday", "payday", "workday", "faraday", "halliday", "doomsday", "today", "yesterday"}
"""Words that end like a day, and may be what a brief is about."""


def plain_times(text: str) -> str:
    """Return a text with the times that it spells out as 24 hours: `at half past six in the evening` is `at 18:30`."""
    evening = bool(_EVENINGS.search(text))
    plain = _NOON.sub(lambda word: "midnight" if word[1].lower() == "midnight" else "noon", text)
    for pattern in _SPOKEN_TIMES:
        plain = pattern.sub(_written_time, plain)
    return _BARE_HOUR.sub(lambda bare: f"at {int(bare[1]) + 12}{bare[2] or ':00'}", plain) if evening else plain


def _written_time(match: re.Match[str]) -> str:
    """Return a spelled-out time in digits; as it is written, if there is no such time."""
    found = match.groupdict()
    hour = _number(found["hour"])
    minute = int(found.get("digits") or 0) or _number(found.get("minutes") or "0")
    half = (found.get("half") or {"morning": "a"}.get((found.get("part") or "").lower(), "")).lower()
    half = half or "p" * bool(found.get("part")) or _half_at_night(hour) * bool(found.get("night"))
    if half and not 1 <= hour <= _HALF_DAY_HOURS:
        return match[0]
    if half:
        hour = hour % _HALF_DAY_HOURS + _HALF_DAY_HOURS * (half == "p")
    if before := found.get("before"):
        hour, minute = divmod((hour * _HOUR_MINUTES - _number(before)) % (24 * _HOUR_MINUTES), _HOUR_MINUTES)
    return match[0] if hour >= 2 * _HALF_DAY_HOURS else f"{hour:02}:{minute:02}"


def _half_at_night(hour: int) -> str:
    return "p" if _NIGHTFALL_HOUR <= hour < _HALF_DAY_HOURS else "a"


def _number(word: str) -> int:
    return int(word) if word.isdecimal() else _MINUTE_WORDS.get(word.lower(), 0)


def plain_days(text: str) -> str:
    """Return a text with days in their usual spelling: `each morning` is every day, and `wendesday` a slip."""
    for pattern, usual in _DAY_SYNONYMS:
        text = pattern.sub(usual, text)
    return _LIKE_A_DAY.sub(_corrected_day, text)


def _corrected_day(match: re.Match[str]) -> str:
    name = match["name"].lower()
    if _KNOWN_DAY.fullmatch(name) or name in _REAL_DAYS:
        return match[0]
    near = difflib.get_close_matches(name, _DAY_NAMES, 1, _DAY_LIKENESS)
    return near[0] + match["plural"] if near else match[0]


def has_schedule(text: str) -> bool:
    """Return whether a text says at what time or on which days something comes again and again."""
    return bool(RECURRING.search(plain_days(text)) or CLOCK_TIME.search(plain_times(text)))


def refuse_other_rhythm(text: str) -> None:
    """Raise UserError if a text wants something by the month, the hour or every other week, or some time at night."""
    if _EVENINGS.search(text) and not CLOCK_TIME.search(plain_times(text)):
        message = "At what time? Try `at 18:00`."
        raise UserError(message, "at")
    if found := _TIME_RANGE.search(text):
        message = f"A brief comes at one time, and `{found[0]}` are two; give one."
        raise UserError(message, "at")
    if found := _OTHER_RHYTHM.search(_WEEKLY.sub(" ", text)):
        message = (
            f"A brief comes once a day on days of the week, so `{found[0].strip()}` can't be had; try `on mondays`."
        )
        raise UserError(message, "days")


def refuse_unread_schedule(rest: str) -> None:
    """Raise UserError if what is left of a text, without its time and days, says more about when."""
    if (other := CLOCK_TIME.search(rest)) or (other := _UNREAD_TIME.search(rest)):
        message = f"A brief comes once a day, and I don't know what to do with `{other[0].strip()}`; give one time."
        raise UserError(message, "at")
    if days := DAYS.search(rest):
        message = f"I don't understand `{days[0].strip()}` beside the other days; try `on mondays and fridays`."
        raise UserError(message, "days")
    for found in _OTHER_DAYS.finditer(rest):
        if (found["days"] or found["plain"]).lower() not in _REAL_DAYS:
            message = f"I don't understand `{found[0].strip()}` as days; try `weekdays` or `mon, thu`."
            raise UserError(message, "days")


def parse_time(text: str) -> dt.time:
    """Return a wall time from `8`, `8am`, `08:30`, `half past nine`, `noon`; raises UserError."""
    plain = plain_times(text.strip().lower())
    found = CLOCK_TIME.fullmatch(f"at {plain}" if plain.isdigit() else plain)
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
    plain = plain_days(text.lower().strip())
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
    rest = re.sub(r"\b(?:and|or|on|every|each|the|plus)\b|[\s,&+/]", "", re.sub(_DAY_UNIT, "", text))
    return {digit for unit in units for digit in _unit_days(unit)} if not rest else set()


def _unit_days(unit: str) -> str:
    if unit.startswith("week"):
        return _DAY_SETS[unit.rstrip("s")]
    named = [_DAY_ABBREVIATIONS.index(day[:3]) for day in re.findall(rf"\b{DAY}\b", unit)]
    if not named:
        return _EVERY_DAY
    return "".join(str(day % 7) for day in range(named[0], named[0] + (named[-1] - named[0]) % 7 + 1))


OFF = frozenset({"off", "no", "none", "never", "end", "stop", "default"})
"""Words for no quiet hours at all, and for no language of a channel's own."""

_FOUR_DIGITS = re.compile(
    r"\b(?!(?:19|20)\d\d\D+(?:19|20)\d\d\b)([0-2]\d)(\d\d)(\s*(?:-|–|—|to|until|till|and)\s*)([0-2]\d)(\d\d)\b",
    re.IGNORECASE,
)
"""Two times without a sign in them; 2020 to 2024 are years."""

_RANGE_JOINT = r"\s*(?:-|–|—|\bto\b|\buntil\b|\btill?\b|\bthrough\b|\band\b)\s*(?:at\s+)?"
_HALF_TIME = r"\d{1,2}(?::\d{2})?\s*[ap]\.?m\b\.?"
_HALF_RANGES = (
    re.compile(rf"(?<![\d:.-])(?P<begin>\d{{1,2}}){_RANGE_JOINT}(?P<end>{_HALF_TIME})"),
    re.compile(rf"(?<![\d:.-])(?P<begin>{_HALF_TIME}){_RANGE_JOINT}(?P<end>\d{{1,2}})\b(?![:.]\d|\s*[ap]\.?m)"),
)
_RANGE_END = r"(?:\d{1,2}(?::\d{1,2})?(?:\s*[ap]\.?m\b\.?)?|noon|midnight)"
_RANGE = re.compile(rf"(?<![\d:.-])(?P<begin>{_RANGE_END}){_RANGE_JOINT}(?P<end>{_RANGE_END})(?![\w:]|-\d)")
_DOTTED_TIME = re.compile(r"(?<![\d.])(\d{1,2})\.([0-5]\d)(?![\d.])")
_HOURS_FILLERS = re.compile(
    r"(?:\b(?:quiet|silent|hours?|times?|from|between|at|after|the|my|our|me|us|please|be|set|keep|is|are|to|as"
    r"|(?:every|each|all)\s+(?:day|night|evening|week)|daily|at\s+night|in\s+the\s+morning|overnight|always|from\s+now\s+on"
    r"|o'clock|h|hrs|that's\s+\w+)\b|[\s,.:;=()–—-])*",
    re.IGNORECASE,
)
_MORE_ABOUT_HOURS = re.compile(
    rf"\s*(?:$|[,;(/&+-]|{SCHEDULE_GOES_ON}|(?:unless|off|if|when|this|next|local|today|tomorrow|tonight)\b|(?-i:[A-Z])|\d)",
    re.IGNORECASE,
)
_ONE_TIME = re.compile(rf"(?<![\d:.-]){_RANGE_END}(?![\w:]|-\d)")


def _plain_hours(text: str) -> str:
    plain = _FOUR_DIGITS.sub(r"\1:\2\3\4:\5", " ".join(text.split()))
    if len(_DOTTED_TIME.findall(plain)) == len(("begin", "end")):
        plain = _DOTTED_TIME.sub(r"\1:\2", plain)
    for pattern in _HALF_RANGES:
        plain = pattern.sub(_with_both_halves, plain)
    return plain_times(plain)


def looks_like_hours(text: str) -> bool:
    """Return whether a text is meant for hours, even if they can't be kept as they are: `22-7 on weekends`.

    What only has two numbers in it isn't: `1 to 2 percent growth`.
    """
    plain = _plain_hours(text)
    found = _RANGE.search(plain) or _ONE_TIME.search(plain)
    if found is None or not _HOURS_FILLERS.fullmatch(plain, 0, found.start()):
        return False
    return bool(_HOURS_FILLERS.fullmatch(plain, found.end()) or _MORE_ABOUT_HOURS.match(plain, found.end()))


def parse_hours(text: str) -> str:
    """Return hours as `22:00-07:00`, from `22-7` or `from 10pm to 7am`, or `off`; raises UserError."""
    plain = _plain_hours(text.lower())
    if plain in OFF:
        return "off"
    found = _RANGE.search(plain)
    before, after = (plain[: found.start()], plain[found.end() :]) if found else (plain, "")
    unread = next((part for part in (before, after) if not _HOURS_FILLERS.fullmatch(part)), "")
    if found is None or unread:
        hint = f"`{unread.strip()}` in " if found else ""
        message = f"I don't understand {hint}`{text}` as hours; try `22:00-07:00`, `10pm to 7am` or `off`."
        raise UserError(message)
    begin, end = parse_time(found["begin"]), parse_time(found["end"])
    if begin == end:
        message = f"I don't understand `{text}` as hours; try `22:00-07:00`, `10pm to 7am` or `off`."
        raise UserError(message)
    return f"{begin:%H:%M}-{end:%H:%M}"


def _with_both_halves(match: re.Match[str]) -> str:
    """Return a range with am or pm at either end, of which one has it: what is meant is the shorter reading."""
    readings = [
        (f"{match['begin']}{begin}", f"{match['end']}{end}")
        for begin in (("am", "pm") if match["begin"].isdecimal() else ("",))
        for end in (("am", "pm") if match["end"].isdecimal() else ("",))
    ]
    try:
        begin, end = min(readings, key=lambda reading: _span(*map(parse_time, reading)))
    except UserError:
        return match[0]
    return f"{begin}-{end}"


def _span(begin: dt.time, end: dt.time) -> int:
    """Return the minutes from one time to the next time it is the other."""
    return ((end.hour - begin.hour) * _HOUR_MINUTES + end.minute - begin.minute) % (24 * _HOUR_MINUTES)
