"""Politeness: how often a source is asked, what is believed of its answers, and when its owner hears of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.feed import Feed
from bot.errors import FeedError, FeedHealth
from bot.ingest.feeds.fetch import FeedUpdate, FetchResponse
from bot.ingest.feeds.poller import (
    MAX_INTERVAL,
    MAX_RETRY_AFTER,
    MIN_INTERVAL,
    after_failure,
    after_response,
    parse_retry_after,
    publishing_interval,
)
from tests.conftest import NOON

HOUR, DAY = 3600, 86_400
FEED = Feed("f1", "slack:T1", "U1", "https://a.test/feed", NOON - dt.timedelta(days=30), NOON)


def ago(**passed: float) -> dt.datetime:
    """Return a moment before noon."""
    return NOON - dt.timedelta(**passed)


def answer(status: int = 200, moved: str | None = None, hash_: str = "h1", **headers: str) -> FetchResponse:
    """Return an answer with headers, whose names are written with `_`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return FetchResponse("https://a.test/feed", status, named, b"", hash_ if status == 200 else "", moved)


def wait(feed: Feed, now: dt.datetime = NOON) -> float:
    """Return after how many seconds a source is asked again."""
    return (feed.due - now).total_seconds()


def every(seconds: float, many: int = 12) -> FeedUpdate:
    """Return what came of a source whose newest item is of now and the others so far apart."""
    return FeedUpdate([ago(seconds=seconds * number) for number in range(many)])


def no(health: FeedHealth, retry: str = "") -> FeedError:
    """Return a failure."""
    return FeedError("why", health, retry)


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        ([], None),
        ([NOON + dt.timedelta(days=900)], None),
        ([ago(hours=1)], HOUR / 4),
        ([ago(hours=n) for n in range(30)], HOUR / 4),
        ([ago(days=n * 7) for n in range(30)], 7 * DAY / 4),
        ([ago(days=30 + n) for n in range(30)], 30 * DAY / 4),
        ([ago(days=9000), ago(hours=2), ago(hours=1), ago(hours=0)], 3000 * DAY / 4),
    ],
)
def test_a_source_has_a_rhythm(dates: Sequence[dt.datetime], expected: float | None) -> None:
    """A quarter of what lies between its items, or of how long it is quiet; dates to come do not count."""
    assert publishing_interval(dates, NOON) == (None if expected is None else int(expected))


def test_it_is_asked_as_often_as_it_speaks() -> None:
    """Within bounds, and a little sooner than that, so that not all are asked at once."""
    waits = [wait(after_response(FEED, answer(), every(seconds), NOON)) for seconds in (60, 4 * HOUR, 7 * DAY)]
    for seconds, expected in zip(waits, (MIN_INTERVAL, HOUR, DAY), strict=True):
        assert max(MIN_INTERVAL, 0.9 * expected) <= seconds <= expected
    assert (
        len({wait(after_response(replace(FEED, id=str(n)), answer(), every(HOUR * 40), NOON)) for n in range(50)}) > 40
    )


def test_what_does_not_change_is_asked_for_less_and_less() -> None:
    """By a quarter each time, up to once a day; something new brings it back to its rhythm."""
    feed = after_response(FEED, answer(), every(4 * HOUR), NOON)
    assert feed.interval == HOUR
    for _ in range(20):
        feed = after_response(feed, answer(304), None, NOON)
    assert feed.interval == MAX_INTERVAL
    assert after_response(feed, answer(), every(4 * HOUR), NOON).interval == HOUR
    assert after_response(feed, answer(), FeedUpdate(), NOON).interval == MAX_INTERVAL // 2


@pytest.mark.parametrize(
    "update", [FeedUpdate(), FeedUpdate([ago(days=90)]), FeedUpdate([ago(days=9), ago(days=2)]), None]
)
def test_a_new_source_is_read_within_the_hour_until_its_rhythm_is_known(update: FeedUpdate | None) -> None:
    """Whoever added it waits for its first episodes; a rhythm takes three of them, and no source is new for long."""
    new = replace(FEED, added=NOON - dt.timedelta(days=1))
    feed = after_response(new, answer() if update else answer(304), update, NOON)
    for _ in range(5):
        assert wait(feed) <= HOUR
        feed = after_response(feed, answer(304), None, NOON)
    assert wait(after_response(new, answer(), every(4 * DAY), NOON)) > 20 * HOUR
    old = replace(feed, added=NOON - dt.timedelta(days=8))
    assert wait(after_response(old, answer(), FeedUpdate([ago(days=90)]), NOON)) > 20 * HOUR


def test_its_marks_are_kept_letter_by_letter() -> None:
    """Both; 304 may renew one; what could not be sent again is left out; an answer without has none."""
    feed = after_response(FEED, answer(etag='W/"ä b"', last_modified="yesterday"), FeedUpdate(), NOON)
    assert (feed.etag, feed.last_modified, feed.hash) == ('W/"ä b"', "yesterday", "h1")
    feed = after_response(feed, answer(304, etag='"new"'), None, NOON)
    assert (feed.etag, feed.last_modified, feed.hash) == ('"new"', "yesterday", "h1")
    feed = after_response(feed, answer(etag='"\udcff"'), FeedUpdate(), NOON)
    assert (feed.etag, feed.last_modified) == ("", "")


def test_what_was_not_taken_whole_comes_again() -> None:
    """Its marks are forgotten; only when all was taken has the catalogue been read."""
    feed = after_response(FEED, answer(etag='"a"'), FeedUpdate(is_complete=False), NOON)
    assert (feed.etag, feed.hash, feed.is_backfilled) == ("", "", False)
    feed = after_response(feed, answer(etag='"a"'), FeedUpdate(), NOON)
    assert (feed.etag, feed.hash, feed.is_backfilled) == ('"a"', "h1", True)
    assert after_failure(feed, no(FeedHealth.UNREADABLE), NOON).etag == '"a"'


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"cache_control": "public, max-age=7200"}, 2 * HOUR),
        ({"cache_control": "s-maxage=9, MAX-AGE = 7200"}, 2 * HOUR),
        ({"cache_control": "no-cache", "expires": format_datetime(NOON + dt.timedelta(hours=3))}, 3 * HOUR),
        ({"cache_control": "max-age=60", "expires": format_datetime(NOON + dt.timedelta(hours=3))}, MIN_INTERVAL),
        ({"cache_control": "max-age=9999999999"}, MAX_INTERVAL),
        ({"expires": "0"}, MIN_INTERVAL),
        ({"expires": "Mon, 99 Foo 2031"}, MIN_INTERVAL),
    ],
)
def test_what_is_said_to_be_fresh_is_left_alone(headers: dict[str, str], expected: int) -> None:
    """For a day at most, and by the newer of two headers where both are there."""
    assert wait(after_response(FEED, answer(**headers), every(60), NOON)) == expected


def test_a_source_may_ask_for_time_in_its_own_words() -> None:
    """Its `ttl` holds for the answers that follow, too."""
    feed = after_response(FEED, answer(), replace(every(60), ttl=4 * HOUR), NOON)
    assert feed.interval == 4 * HOUR
    assert after_response(feed, answer(304), None, NOON).interval > 4 * HOUR


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("120", 120),
        (" 90000 ", 90_000),
        ("9" * 40, MAX_RETRY_AFTER),
        (format_datetime(NOON + dt.timedelta(hours=30)), 30 * HOUR),
        ("Thu, 26 Jun 2031 13:00:00 GMT", HOUR),
        (format_datetime(NOON - dt.timedelta(hours=1)), 0),
        ("soon", 0),
        ("-5", 0),
        ("", 0),
    ],
)
def test_who_says_when_to_come_again_is_believed(written: str, expected: int) -> None:
    """In full, by a number or a date, up to a week."""
    assert parse_retry_after(written, NOON) == expected
    assert wait(after_failure(FEED, no(FeedHealth.BUSY, written), NOON)) >= max(MIN_INTERVAL, expected)


def test_failures_make_it_asked_more_and_more_seldom() -> None:
    """Twice as long each time, up to a day; the first success ends it."""
    feed, waits = FEED, []
    for _ in range(12):
        feed = after_failure(feed, no(FeedHealth.SERVER_ERROR), NOON)
        waits.append(wait(feed))
    doubled = [min(MAX_INTERVAL, MIN_INTERVAL * 2**n) for n in range(1, 13)]
    assert all(0.75 * most <= seconds <= most for seconds, most in zip(waits, doubled, strict=True))
    assert after_failure(FEED, no(FeedHealth.SERVER_ERROR), NOON) == after_failure(
        FEED, no(FeedHealth.SERVER_ERROR), NOON
    )
    assert after_response(feed, answer(304), None, NOON).failures == 0


def test_what_is_gone_is_asked_no_more() -> None:
    """And only that."""
    assert after_failure(FEED, no(FeedHealth.GONE), NOON).is_paused
    assert not after_failure(FEED, no(FeedHealth.NOT_FOUND), NOON).is_paused


def moved(feed: Feed, *places: str | None) -> Feed:
    """Let a source say where it is, answer by answer."""
    for place in places:
        feed = after_response(feed, answer(304, place), None, NOON)
    return feed


def test_a_move_is_believed_the_third_time() -> None:
    """In a row, to the same place; a failure between them does not count against it."""
    there, elsewhere = "https://b.test/feed", "https://c.test/feed"
    assert moved(FEED, there, there).url == FEED.url
    after = moved(FEED, there, there, there)
    assert (after.url, after.health, after.detail, after.moved_count) == (there, FeedHealth.MOVED, there, 0)
    assert moved(FEED, there, there, elsewhere, there, there).url == FEED.url
    assert moved(FEED, there, there, None, there).url == FEED.url
    between = after_failure(moved(FEED, there, there), no(FeedHealth.TIMED_OUT), NOON)
    assert moved(between, there).url == there
    assert moved(after, None).health is FeedHealth.OK


def test_a_login_does_not_move_elsewhere() -> None:
    """At home it does."""
    locked = replace(FEED, has_login=True)
    assert moved(locked, *["https://b.test/feed"] * 9).url == FEED.url
    assert moved(locked, *["http://a.test/feed"] * 9).url == FEED.url
    assert moved(locked, *["https://a.test/new"] * 3).url == "https://a.test/new"


def told(feed: Feed) -> Feed:
    """Let its owner hear how it does."""
    return replace(feed, reported_health=feed.health, alert_pending=False)


def test_each_change_is_told_once() -> None:
    """What may pass by itself the third time, what may not at once; and that it is well again."""
    feed, heard = FEED, []
    for health in (
        [FeedHealth.TIMED_OUT] * 5
        + [FeedHealth.NOT_FOUND] * 2
        + [FeedHealth.OK] * 2
        + [FeedHealth.TIMED_OUT]
        + [FeedHealth.OK]
    ):
        well = health is FeedHealth.OK
        feed = after_response(feed, answer(304), None, NOON) if well else after_failure(feed, no(health), NOON)
        heard.append(feed.health.value if feed.alert_pending else "")
        feed = told(feed) if feed.alert_pending else feed
    assert heard == ["", "", "slow", "", "", "missing", "", "fine", "", "", ""]
    for lasting in (FeedHealth.GONE, FeedHealth.LOGIN_REQUIRED, FeedHealth.ADDRESS_BLOCKED):
        assert after_failure(FEED, no(lasting), NOON).alert_pending
    assert not after_response(FEED, answer(), FeedUpdate(), NOON).alert_pending


def test_what_passed_before_anybody_heard_is_not_told() -> None:
    """There is nothing to say any more."""
    feed = FEED
    for _ in range(3):
        feed = after_failure(feed, no(FeedHealth.TIMED_OUT), NOON)
    assert feed.alert_pending
    assert not after_response(feed, answer(304), None, NOON).alert_pending


def test_a_source_without_anything_to_read_is_told_of() -> None:
    """Once, and not again for as long as it stays so."""
    feed = after_response(FEED, answer(), FeedUpdate(health=FeedHealth.NO_TRANSCRIPTS), NOON)
    assert feed.alert_pending
    feed = after_response(told(feed), answer(304), None, NOON)
    assert (feed.health, feed.alert_pending) == (FeedHealth.NO_TRANSCRIPTS, False)
    feed = after_response(feed, answer(), FeedUpdate(), NOON)
    assert (feed.health, feed.alert_pending) == (FeedHealth.OK, True)


ANSWERS = st.one_of(
    st.builds(
        answer,
        st.sampled_from([200, 304]),
        st.sampled_from([None, "https://b.test/", "https://c.test/"]),
        cache_control=st.sampled_from(["", "max-age=5", "max-age=999999", "max-age=soon"]),
        expires=st.text(max_size=8),
    ),
    st.builds(no, st.sampled_from(list(FeedHealth)), st.one_of(st.text(max_size=8), st.integers().map(str))),
)
TAKEN = st.builds(
    FeedUpdate,
    st.lists(
        st.timedeltas(dt.timedelta(days=-20_000), dt.timedelta(days=20_000)).map(lambda passed: NOON + passed),
        max_size=5,
    ),
    ttl=st.integers(-5, 10**9),
)


@given(st.lists(st.tuples(ANSWERS, TAKEN), max_size=12))
def test_whatever_it_answers_it_is_asked_within_bounds(
    answers: list[tuple[FetchResponse | FeedError, FeedUpdate]],
) -> None:
    """Never within ten minutes, and after a day at the latest unless it asked for more itself; it always says how."""
    feed, now = FEED, NOON
    for said, taken in answers:
        asked = 0
        if isinstance(said, FeedError):
            feed, asked = after_failure(feed, said, now), parse_retry_after(said.retry_after, now)
        else:
            feed = after_response(feed, said, taken if said.status == 200 else None, now)
        assert MIN_INTERVAL <= wait(feed, now) <= max(MAX_INTERVAL, asked) <= MAX_RETRY_AFTER
        assert MIN_INTERVAL <= feed.interval <= MAX_INTERVAL
        now = feed.due


@pytest.mark.parametrize(
    ("health", "paused"), [(FeedHealth.UNREADABLE, True), (FeedHealth.NOT_FOUND, True), (FeedHealth.TIMED_OUT, False)]
)
def test_a_line_of_a_list_that_leads_nowhere_is_left_alone(health: FeedHealth, *, paused: bool) -> None:
    """Unless that may pass; nobody hears of it, as nobody chose it by itself."""
    feed = replace(FEED, health=FeedHealth.LISTED, reported_health=FeedHealth.LISTED)
    for _ in range(4):
        feed = after_failure(feed, no(health), NOON)
    assert (feed.is_paused, feed.alert_pending, feed.health) == (paused, False, health)
    assert not after_response(feed, answer(), every(HOUR), NOON).alert_pending
