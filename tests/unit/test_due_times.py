"""When things are due, through every change of the clocks."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections.abc import Collection, Iterator
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.due_times import EVERY_DAY, local_date, next_run, quiet_hours_end, wall_time_to_utc

ODD = (
    "UTC",
    "America/New_York",
    "America/St_Johns",  # half an hour off
    "America/Havana",  # changes at midnight
    "America/Santiago",
    "America/Nuuk",  # changes on the evening before
    "Atlantic/Azores",
    "Africa/Casablanca",  # changes around Ramadan
    "Africa/Cairo",
    "Asia/Beirut",
    "Asia/Kathmandu",
    "Antarctica/Troll",  # changes by two hours
    "Australia/Lord_Howe",  # changes by half an hour
    "Pacific/Chatham",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
)
NEAR_CHANGES = [dt.time(hour, minute) for hour in (0, 1, 2, 3, 23) for minute in (0, 30)]
QUARTERS = [dt.time(hour, minute) for hour in range(24) for minute in (0, 15, 30, 45)]
YEAR = 2031
DAY, STEP = 86400, 3 * 3600
PARTS = 8
Run = tuple[dt.datetime, dt.date]
Changes = tuple[tuple[int, dt.timedelta | None], ...]

zones = st.sampled_from(ODD)
times = st.times().map(lambda time: time.replace(second=0, microsecond=0))
days = st.frozensets(st.integers(0, 6), min_size=1)
moments = st.integers(1_767_225_600, 2_114_380_800).map(lambda second: dt.datetime.fromtimestamp(second, dt.UTC))


def runs(at: dt.time, zone: str, on: Collection[int], year: int) -> Iterator[Run]:
    """Yield the runs whose local date lies in a year, as a timetable would find them one after another."""
    due = dt.datetime(year, 1, 1, tzinfo=dt.UTC) - dt.timedelta(days=3)
    while True:
        due, date = next_run(at, zone, on, due)
        if date.year > year:
            return
        if date.year == year:
            yield due, date


def local(due: dt.datetime, zone: str) -> dt.datetime:
    """Return what the wall clock shows."""
    return due.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def check(at: dt.time, zone: str, on: Collection[int], year: int) -> None:
    """Hold a year of runs against the calendar: each allowed date once, in order, at the wall time."""
    found = list(runs(at, zone, on, year))
    first = dt.date(year, 1, 1)
    every = (first + dt.timedelta(days=n) for n in range(366))
    assert [date for _, date in found] == [date for date in every if date.year == year and date.weekday() in on]
    dues = [due for due, _ in found]
    assert all(earlier < later for earlier, later in pairwise(dues))
    for due, date in found:
        _check_wall(due, dt.datetime.combine(date, at), zone)


def _check_wall(due: dt.datetime, wanted: dt.datetime, zone: str) -> None:
    shown, just_before = local(due, zone), local(due - dt.timedelta(microseconds=1), zone)
    if shown == wanted:
        # The first of two: the same wall time was not there an hour, half an hour or two hours before.
        assert all(local(due - dt.timedelta(minutes=m), zone) != wanted for m in (30, 60, 120))
    else:
        # A gap: the clocks jumped over the wanted time, and this is the first instant after.
        assert just_before < wanted < shown
        assert shown - just_before > dt.timedelta(minutes=20)


@pytest.mark.parametrize("zone", ODD)
def test_a_year_has_one_run_for_each_local_date(zone: str) -> None:
    """At the hours when clocks change, and at eight."""
    for at in (*NEAR_CHANGES, dt.time(8)):
        check(at, zone, EVERY_DAY, YEAR)


@cache
def alike() -> tuple[tuple[str, ...], ...]:
    """Return all zones, those together whose clocks show the same at every instant around the year.

    When something is due hangs on what the clocks show and on nothing else, so one of them stands for all.
    """
    groups: dict[Changes, list[str]] = {}
    for zone in sorted(available_timezones() - {"localtime"}):
        groups.setdefault(changes(zone), []).append(zone)
    return tuple(map(tuple, groups.values()))


def changes(zone: str) -> Changes:
    """Return each offset of a zone from ten days before the year to ten days after, with the second it begins."""
    place = ZoneInfo(zone)
    first, last = (int(dt.datetime(YEAR + n, 1, 1, tzinfo=dt.UTC).timestamp()) for n in (0, 1))
    found = [(first - 10 * DAY, offset(first - 10 * DAY, place))]
    # No clock changes twice within so few hours.
    for end in range(first - 10 * DAY, last + 10 * DAY, STEP):
        was, now = found[-1][1], offset(end, place)
        if now != was:
            began = bisect_left(range(end - STEP, end), 1, key=lambda second: int(offset(second, place) != was))
            found.append((end - STEP + began, now))
    return tuple(found)


def offset(second: int, place: ZoneInfo) -> dt.timedelta | None:
    """Return how far a zone is from UTC at a second."""
    return dt.datetime.fromtimestamp(second, place).utcoffset()


@pytest.mark.long
@pytest.mark.parametrize("part", range(PARTS))
def test_every_zone_has_one_run_for_each_local_date(part: int) -> None:
    """At every quarter hour, in every zone there is."""
    for zone, *_ in alike()[part::PARTS]:
        for at in QUARTERS:
            check(at, zone, EVERY_DAY, YEAR)


@pytest.mark.long
def test_zones_that_are_alike_are_all_there_is() -> None:
    """Every zone is in one group, and those in one have their runs at the same moments on days when clocks change."""
    groups = alike()
    assert sorted(zone for group in groups for zone in group) == sorted(available_timezones() - {"localtime"})
    for first, *others in groups:
        expected = [list(runs(at, first, EVERY_DAY, YEAR)) for at in NEAR_CHANGES[:2]]
        for zone in others:
            assert [list(runs(at, zone, EVERY_DAY, YEAR)) for at in NEAR_CHANGES[:2]] == expected


@given(times, zones, days, moments)
def test_the_next_run_is_the_first_after(at: dt.time, zone: str, on: frozenset[int], after: dt.datetime) -> None:
    """It is later, on an allowed day, at most eight days away, and nothing lies between."""
    due, date = next_run(at, zone, on, after)
    assert after < due <= after + dt.timedelta(days=8)
    assert date.weekday() in on
    assert next_run(at, zone, on, due - dt.timedelta(microseconds=1)) == (due, date)
    between = after + (due - after) / 2
    assert next_run(at, zone, on, between) == (due, date)


@given(times, zones, days, moments)
def test_the_next_run_is_strictly_later(at: dt.time, zone: str, on: frozenset[int], after: dt.datetime) -> None:
    """From run to run, both the moment and the local date grow."""
    first = next_run(at, zone, on, after)
    second = next_run(at, zone, on, first[0])
    assert second[0] > first[0]
    assert second[1] > first[1]


@pytest.mark.parametrize(
    ("zone", "date", "at", "expected"),
    [
        ("Europe/Berlin", dt.date(2026, 3, 29), dt.time(2, 30), "2026-03-29T01:00:00+00:00"),
        ("Europe/Berlin", dt.date(2026, 10, 25), dt.time(2, 30), "2026-10-25T00:30:00+00:00"),
        ("America/New_York", dt.date(2026, 3, 8), dt.time(2, 0), "2026-03-08T07:00:00+00:00"),
        ("America/New_York", dt.date(2026, 11, 1), dt.time(1, 30), "2026-11-01T05:30:00+00:00"),
        ("Australia/Lord_Howe", dt.date(2026, 10, 4), dt.time(2, 15), "2026-10-03T15:30:00+00:00"),
        ("America/Havana", dt.date(2026, 3, 8), dt.time(0, 30), "2026-03-08T05:00:00+00:00"),
        ("Pacific/Apia", dt.date(2011, 12, 30), dt.time(8, 0), "2011-12-30T10:00:00+00:00"),
    ],
)
def test_a_wall_time_at_a_change_of_the_clocks(zone: str, date: dt.date, at: dt.time, expected: str) -> None:
    """Skipped: the first instant after the gap. Twice: the first. A whole day left out: the day after begins."""
    assert wall_time_to_utc(date, at, zone).isoformat() == expected


def test_no_day_of_the_week_is_no_schedule() -> None:
    """Without days there is no next run."""
    with pytest.raises(ValueError, match="day of the week"):
        next_run(dt.time(8), "UTC", frozenset(), dt.datetime(2026, 1, 1, tzinfo=dt.UTC))


@pytest.mark.parametrize(("zone", "day"), [("Pacific/Kiritimati", 27), ("UTC", 26), ("Pacific/Pago_Pago", 25)])
def test_today_is_a_matter_of_place(zone: str, day: int) -> None:
    """Half past ten in the morning of the 26th in UTC is three different dates around the world."""
    assert local_date(dt.datetime(2026, 6, 26, 10, 30, tzinfo=dt.UTC), zone) == dt.date(2026, 6, day)


@given(times, times, zones, moments)
def test_quiet_hours_begin_and_end_by_the_wall_clock(begin: dt.time, end: dt.time, zone: str, now: dt.datetime) -> None:
    """Within them is whoever comes after their last beginning and before the first end after that, as runs go."""
    assume(begin != end)
    before = now - dt.timedelta(days=4)
    begins = []
    while before <= now:
        before, _ = next_run(begin, zone, EVERY_DAY, before)
        begins += [before] if before <= now else []
    ends, _ = next_run(end, zone, EVERY_DAY, begins[-1])
    assert quiet_hours_end(begin, end, zone, now) == (ends if now < ends else None)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-03-28T20:59:59", None),
        ("2026-03-28T21:00:00", "2026-03-29T05:00:00"),  # an hour less that night
        ("2026-03-29T04:59:59", "2026-03-29T05:00:00"),
        ("2026-03-29T05:00:00", None),
        ("2026-10-24T20:00:00", "2026-10-25T06:00:00"),  # an hour more
        ("2026-10-25T05:30:00", "2026-10-25T06:00:00"),
    ],
)
def test_a_quiet_night_in_which_the_clocks_change(now: str, expected: str | None) -> None:
    """From ten to seven in Berlin, however long that is."""
    ends = quiet_hours_end(dt.time(22), dt.time(7), "Europe/Berlin", dt.datetime.fromisoformat(f"{now}+00:00"))
    assert ends == (dt.datetime.fromisoformat(f"{expected}+00:00") if expected else None)
