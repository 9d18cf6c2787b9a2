"""Dates and times as feeds, tools and people write them."""

from __future__ import annotations

import datetime as dt

import pytest

from bot.ingest.formats.moments import find_date, parse_moment

NOW = dt.datetime(2026, 11, 30, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    "written",
    [
        "15 Sept 2026",
        "15 Sept",
        "Tue, 15 Sept 2026",
        "Sept. 15, 2026",
        "September 15th, 2026",
        "15th of September 2026",
        "15-Sep-2026",
        "15.09.2026",
        "09/15/2026",
        "2026/09/15",
        "20260915",
        "15. September 2026",
        "mardi 15 septembre 2026",
        "mar. 15 sept. 2026",
        "15 de septiembre de 2026",
        "15 de setembro de 2026",
        "15 settembre 2026",
        "dinsdag 15 september 2026",
        "15 września 2026",
        "15 сентября 2026 года",
        "15 Eylül 2026",
        "tisdag 15 sept 2026",
        "2026年9月15日",
        "2026년 9월 15일",
    ],
)
def test_days_are_read_in_the_main_languages(written: str) -> None:
    """Short and whole, with weekdays, ordinals and little words; without a year it is the last such day."""
    assert parse_moment(written, NOW) == dt.datetime(2026, 9, 15, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    "written",
    [
        "Thu, 11 Jun 2026 21:03:00 GMT",
        "Thu, 11 Jun 2026 21:03 -0000",
        "Thu, 11 Jun 2026 9:03 PM",
        "June 11, 2026, 9:03PM",
        "jue, 11 jun 2026 9:03 p. m.",
        "Thursday, June 11, 2026 at 5:03 p.m. EDT",
        "Thu, 11 Jun 2026 5:03 PM ET",
        "Thu Jun 11 23:03:00 CEST 2026",
        "Do, 11. Juni 2026 um 23:03 Uhr MESZ",
        "11 juin 2026 à 23h03 +0200",
        "Thu, 11 Jun 2026 23:03:00 GMT+2",
        "Thu, 11 Jun 2026 23:03:00 UTC+02:00",
        "Thu, 11 Jun 2026 23:03:00 +2",
        "Thu, 11 Jun 2026 23:03:00 +02:00 (CEST)",
        "Thu, 11 Jun 2026 23:03:00 Europe/Berlin",
        "2026-06-11T23:03:00.123+02:00[Europe/Berlin]",
        "2026-06-11 9:03 PM",
        "20260611T210300Z",
        "20260611_210300",
        "2026年6月11日 午後9時03分",
    ],
)
def test_clocks_and_zones_are_read_in_every_form(written: str) -> None:
    """Twelve hours or twenty-four, with names, offsets, both or neither."""
    assert parse_moment(written, NOW) == dt.datetime(2026, 6, 11, 21, 3, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "today",
        "yesterday",
        "11 Jun 2026 or so",
        "31 Feb 2026",
        "0000-00-00",
        "11 Jun 2026 25:00",
        "2026",
        "soon",
        "9:03",
    ],
)
def test_what_is_not_read_whole_is_no_date(written: str) -> None:
    """A word that nobody knows is never left out in silence, and nothing becomes today."""
    assert parse_moment(written, NOW) is None


def test_an_unknown_zone_is_told(caplog: pytest.LogCaptureFixture) -> None:
    """The day is known all the same, so it is taken for UTC, and the log says so."""
    assert parse_moment("Thu, 11 Jun 2026 21:03:00 QXZ", NOW) == dt.datetime(2026, 6, 11, 21, 3, tzinfo=dt.UTC)
    assert "qxz" in caplog.text


def test_a_day_without_a_year_fits_its_weekday() -> None:
    """15 September was a Tuesday in 2026, and a Monday the year before."""
    assert parse_moment("Mon, 15 Sept", NOW) == dt.datetime(2025, 9, 15, tzinfo=dt.UTC)
    assert parse_moment("24 Dec", NOW) == dt.datetime(2025, 12, 24, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("Weekly call (2026-06-11 09:03 GMT+2) - Transcript", dt.date(2026, 6, 11)),
        ("Weekly call-20260611_090312-Meeting Recording", dt.date(2026, 6, 11)),
        ("Thu, Jun 11, 2026 9:03AM • 31:12", dt.date(2026, 6, 11)),
        ("Weekly call - June 11", None),
        ("Call 1234567890 of 2026", None),
    ],
)
def test_a_date_is_found_in_a_line(line: str, day: dt.date | None) -> None:
    """Only a whole one, with its year."""
    assert find_date(line) == day
