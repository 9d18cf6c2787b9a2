"""Time zones as people name them: `Europe/Berlin`, Berlin, India, PST."""

from __future__ import annotations

import datetime as dt
import difflib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo, available_timezones

from bot.errors import UserError

_LETTERS = {
    "et": "America/New_York", "ct": "America/Chicago", "mt": "America/Denver", "pt": "America/Los_Angeles",
    "pst": "America/Los_Angeles", "pdt": "America/Los_Angeles", "pacific": "America/Los_Angeles",
    "mst": "America/Denver", "mountain": "America/Denver", "cst": "America/Chicago", "cdt": "America/Chicago",
    "central": "America/Chicago", "est": "America/New_York", "edt": "America/New_York",
    "eastern": "America/New_York", "cet": "Europe/Berlin", "cest": "Europe/Berlin", "bst": "Europe/London",
    "gmt": "Europe/London", "ist": "Asia/Kolkata", "jst": "Asia/Tokyo", "utc": "UTC", "z": "UTC",
    "aest": "Australia/Sydney", "aedt": "Australia/Sydney", "nzst": "Pacific/Auckland", "sgt": "Asia/Singapore",
    "hkt": "Asia/Hong_Kong", "kst": "Asia/Seoul", "wet": "Europe/Lisbon", "eet": "Europe/Athens",
    "msk": "Europe/Moscow", "gst": "Asia/Dubai", "sast": "Africa/Johannesburg", "brt": "America/Sao_Paulo",
    "central european": "Europe/Berlin", "eastern european": "Europe/Athens", "british": "Europe/London",
}  # fmt: skip
_CITIES = {
    "san francisco": "America/Los_Angeles", "seattle": "America/Los_Angeles", "boston": "America/New_York",
    "washington": "America/New_York", "miami": "America/New_York", "atlanta": "America/New_York",
    "austin": "America/Chicago", "dallas": "America/Chicago", "houston": "America/Chicago",
    "montreal": "America/Toronto", "munich": "Europe/Berlin", "hamburg": "Europe/Berlin",
    "frankfurt": "Europe/Berlin", "cologne": "Europe/Berlin", "geneva": "Europe/Zurich", "barcelona": "Europe/Madrid",
    "milan": "Europe/Rome", "lyon": "Europe/Paris", "manchester": "Europe/London", "edinburgh": "Europe/London",
    "mumbai": "Asia/Kolkata", "delhi": "Asia/Kolkata", "new delhi": "Asia/Kolkata", "bangalore": "Asia/Kolkata",
    "bengaluru": "Asia/Kolkata", "beijing": "Asia/Shanghai", "shenzhen": "Asia/Shanghai", "osaka": "Asia/Tokyo",
    "tel aviv": "Asia/Jerusalem", "abu dhabi": "Asia/Dubai", "rio de janeiro": "America/Sao_Paulo",
    "rotterdam": "Europe/Amsterdam", "the hague": "Europe/Amsterdam", "utrecht": "Europe/Amsterdam",
    "eindhoven": "Europe/Amsterdam", "antwerp": "Europe/Brussels", "ghent": "Europe/Brussels",
    "stuttgart": "Europe/Berlin", "dusseldorf": "Europe/Berlin", "leipzig": "Europe/Berlin", "dresden": "Europe/Berlin",
    "hanover": "Europe/Berlin", "nuremberg": "Europe/Berlin", "bremen": "Europe/Berlin", "bonn": "Europe/Berlin",
    "basel": "Europe/Zurich", "bern": "Europe/Zurich", "lausanne": "Europe/Zurich", "salzburg": "Europe/Vienna",
    "graz": "Europe/Vienna", "marseille": "Europe/Paris", "toulouse": "Europe/Paris", "bordeaux": "Europe/Paris",
    "lille": "Europe/Paris", "strasbourg": "Europe/Paris", "nantes": "Europe/Paris", "turin": "Europe/Rome",
    "naples": "Europe/Rome", "florence": "Europe/Rome", "bologna": "Europe/Rome", "venice": "Europe/Rome",
    "valencia": "Europe/Madrid", "seville": "Europe/Madrid", "bilbao": "Europe/Madrid", "malaga": "Europe/Madrid",
    "porto": "Europe/Lisbon", "gothenburg": "Europe/Stockholm", "malmo": "Europe/Stockholm", "bergen": "Europe/Oslo",
    "trondheim": "Europe/Oslo", "aarhus": "Europe/Copenhagen", "tampere": "Europe/Helsinki", "krakow": "Europe/Warsaw",
    "gdansk": "Europe/Warsaw", "wroclaw": "Europe/Warsaw", "poznan": "Europe/Warsaw", "brno": "Europe/Prague",
    "kharkiv": "Europe/Kyiv", "odesa": "Europe/Kyiv", "lviv": "Europe/Kyiv", "st petersburg": "Europe/Moscow",
    "birmingham": "Europe/London", "leeds": "Europe/London", "liverpool": "Europe/London", "glasgow": "Europe/London",
    "bristol": "Europe/London", "cardiff": "Europe/London", "cambridge": "Europe/London", "oxford": "Europe/London",
    "sheffield": "Europe/London", "cork": "Europe/Dublin", "galway": "Europe/Dublin", "ankara": "Europe/Istanbul",
    "izmir": "Europe/Istanbul", "haifa": "Asia/Jerusalem", "jeddah": "Asia/Riyadh", "mecca": "Asia/Riyadh",
    "doha": "Asia/Qatar", "kuwait city": "Asia/Kuwait", "islamabad": "Asia/Karachi", "lahore": "Asia/Karachi",
    "chennai": "Asia/Kolkata", "hyderabad": "Asia/Kolkata", "pune": "Asia/Kolkata", "ahmedabad": "Asia/Kolkata",
    "guangzhou": "Asia/Shanghai", "hangzhou": "Asia/Shanghai", "wuhan": "Asia/Shanghai", "chengdu": "Asia/Shanghai",
    "nanjing": "Asia/Shanghai", "taichung": "Asia/Taipei", "hsinchu": "Asia/Taipei", "kyoto": "Asia/Tokyo",
    "yokohama": "Asia/Tokyo", "nagoya": "Asia/Tokyo", "fukuoka": "Asia/Tokyo", "sapporo": "Asia/Tokyo",
    "busan": "Asia/Seoul", "hanoi": "Asia/Ho_Chi_Minh", "da nang": "Asia/Ho_Chi_Minh", "surabaya": "Asia/Jakarta",
    "cebu": "Asia/Manila", "wellington": "Pacific/Auckland", "christchurch": "Pacific/Auckland",
    "cape town": "Africa/Johannesburg", "durban": "Africa/Johannesburg", "pretoria": "Africa/Johannesburg",
    "mombasa": "Africa/Nairobi", "abuja": "Africa/Lagos", "rabat": "Africa/Casablanca",
    "marrakesh": "Africa/Casablanca", "alexandria": "Africa/Cairo", "philadelphia": "America/New_York",
    "pittsburgh": "America/New_York", "cleveland": "America/New_York", "baltimore": "America/New_York",
    "charlotte": "America/New_York", "washington dc": "America/New_York", "brooklyn": "America/New_York",
    "nashville": "America/Chicago", "minneapolis": "America/Chicago", "st louis": "America/Chicago",
    "milwaukee": "America/Chicago", "kansas city": "America/Chicago", "san antonio": "America/Chicago",
    "new orleans": "America/Chicago", "salt lake city": "America/Denver", "albuquerque": "America/Denver",
    "las vegas": "America/Los_Angeles", "portland": "America/Los_Angeles", "san diego": "America/Los_Angeles",
    "san jose": "America/Los_Angeles", "oakland": "America/Los_Angeles", "sacramento": "America/Los_Angeles",
    "palo alto": "America/Los_Angeles", "ottawa": "America/Toronto", "quebec": "America/Toronto",
    "calgary": "America/Edmonton", "guadalajara": "America/Mexico_City", "brasilia": "America/Sao_Paulo",
    "medellin": "America/Bogota", "cali": "America/Bogota", "quito": "America/Guayaquil",
}  # fmt: skip
"""Large cities that no zone is named after."""

_COUNTRY_CODES = {
    "usa": "US", "united states of america": "US", "england": "GB", "scotland": "GB", "wales": "GB",
    "great britain": "GB", "united kingdom": "GB", "uk": "GB", "uae": "AE", "holland": "NL", "the netherlands": "NL",
    "korea": "KR", "czechia": "CZ", "turkiye": "TR", "ivory coast": "CI",
}  # fmt: skip
"""Countries under other names than the zone tables give them."""

MAX_SUGGESTIONS = 4
"""How many zones are named to somebody whose words fit several, or none."""

_OFFSET = re.compile(r"(?:utc|gmt)?\s*[+-]\s*\d{1,2}(?::?\d{2})?")


def parse_zone(text: str) -> str:
    """Return an IANA zone from `Europe/Berlin`, `Berlin`, `Germany` or `PST`; raises UserError with what it may be."""
    plain = re.sub(r" time$", "", _fold(text))
    if zone := _zones_by_place().get(plain):
        return zone
    countries = _zones_by_country().get(plain, ())
    if len(countries) == 1:
        return countries[0]
    if countries:
        message = f"`{text}` has several time zones; did you mean {_listed(countries)}?"
    elif _OFFSET.fullmatch(plain):
        message = f"`{text}` is right for half a year at most where the clocks change; name a city or a country."
    else:
        known = {**_zones_by_place(), **{name: zones[0] for name, zones in _zones_by_country().items()}}
        near = [known[name] for name in difflib.get_close_matches(plain, list(known), 3)]
        hint = f"did you mean {_listed(near)}?" if near else "try a city, or one like `Europe/Berlin`."
        message = f"I don't know the time zone `{text}`; {hint}"
    raise UserError(message)


def is_city(text: str) -> bool:
    """Return whether a zone goes by this name, or by a city's of this name."""
    return _fold(text) in _zones_by_place()


def is_place(text: str) -> bool:
    """Return whether this names a city that people name a zone after, a country, or a zone's letters."""
    plain = re.sub(r" time$", "", _fold(text))
    return plain in _LETTERS or plain in _CITIES or plain in _inhabited_cities() or plain in _zones_by_country()


def has_zone_letters(word: str) -> bool:
    """Return whether a word is the letters of a zone, and hardly anything else: PST, but not ET."""
    return len(word) > len("et") and word.lower() in {*_LETTERS}


def matching_zones(words: str) -> list[str]:
    """Return the zones of which some words may be the beginning: of a city first, then of a country, then any part."""
    wanted = _fold(words)
    by_city = [zone for city, zone in _inhabited_cities().items() if city.startswith(wanted)]
    by_alias = [zone for city, zone in _CITIES.items() if city.startswith(wanted)]
    by_country = [zone for name, zones in _zones_by_country().items() if name.startswith(wanted) for zone in zones]
    by_part = [zone for zone in _zones() if wanted in _fold(zone)]
    return list(dict.fromkeys((*sorted(by_city), *by_alias, *by_country, *by_part)))


def _listed(zones: Sequence[str]) -> str:
    return " or ".join(list(dict.fromkeys(zones))[:MAX_SUGGESTIONS])


def _fold(place: str) -> str:
    letters = unicodedata.normalize("NFKD", place.replace("_", " ").lower())
    return " ".join("".join(c for c in letters if not unicodedata.combining(c)).split())


@cache
def _zones() -> tuple[str, ...]:
    return tuple(
        sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "posix")))
    )


@cache
def _zones_by_place() -> Mapping[str, str]:
    named = {_city(zone): zone for zone in _zones()}
    return named | {_fold(zone): zone for zone in _zones()} | _CITIES | _LETTERS


@cache
def _inhabited_cities() -> Mapping[str, str]:
    return {_city(zone): zone for _, zone in _table_rows("zone.tab", 0, 2)}


@cache
def _zones_by_country() -> Mapping[str, tuple[str, ...]]:
    """Return the zones of each country by its folded names; of zones whose clocks agree, only the first."""
    zones: defaultdict[str, dict[tuple[dt.timedelta | None, ...], str]] = defaultdict(dict)
    for code, zone in _table_rows("zone.tab", 0, 2):
        zones[code].setdefault(_clock(zone), zone)
    names = {**{_fold(name): code for code, name in _names_by_code()}, **_COUNTRY_CODES}
    return {name: tuple(zones[code].values()) for name, code in names.items() if code in zones}


def _names_by_code() -> Iterator[tuple[str, str]]:
    """Yield each country's code with each of its names: Korea (South) is Korea and South Korea."""
    for code, name in _table_rows("iso3166.tab", 0, 1):
        main, _, other = name.rstrip(")").partition(" (")
        if other:
            yield code, f"{other} {main}"
        yield code, main


def _table_rows(table: str, *columns: int) -> Iterator[tuple[str, str]]:
    text = files("tzdata").joinpath("zoneinfo", table).read_text("utf-8")
    for line in text.splitlines():
        if not line.startswith("#"):
            cells = line.split("\t")
            first, second = (cells[column] for column in columns)
            yield first, second


def _city(zone: str) -> str:
    return _fold(zone.rsplit("/", 1)[-1])


def _clock(zone: str) -> tuple[dt.timedelta | None, ...]:
    """Return how far a zone is from UTC in each month, by the rules of today."""
    place, year = ZoneInfo(zone), dt.datetime.now(dt.UTC).year
    return tuple(dt.datetime(year, month, 1, tzinfo=place).utcoffset() for month in range(1, 13))
