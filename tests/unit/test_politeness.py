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
from bot.errors import FeedError, Health
from bot.ingest.feeds.fetch import Content, Fetched, Taken
from bot.ingest.feeds.schedule import LONGEST, PATIENCE, SHORTEST, answered, failed, retry_after, rhythm
from tests.conftest import NOON

HOUR, DAY = 3600, 86_400
FEED = Feed("f1", "slack:T1", "U1", "https://a.test/feed", NOON, NOON)


def ago(**passed: float) -> dt.datetime:
    """Return a moment before noon."""
    return NOON - dt.timedelta(**passed)


def answer(status: int = 200, moved: str | None = None, hash_: str = "h1", **headers: str) -> Fetched:
    """Return an answer with headers, whose names are written with `_`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Fetched("https://a.test/feed", status, named, b"", hash_ if status == 200 else "", Content.XML, moved)


def wait(feed: Feed, now: dt.datetime = NOON) -> float:
    """Return after how many seconds a source is asked again."""
    return (feed.due - now).total_seconds()


def every(seconds: float, many: int = 12) -> Taken:
    """Return what came of a source whose newest item is of now and the others so far apart."""
    return Taken([ago(seconds=seconds * number) for number in range(many)])


def no(health: Health, retry: str = "") -> FeedError:
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
    assert rhythm(dates, NOON) == (None if expected is None else int(expected))


def test_it_is_asked_as_often_as_it_speaks() -> None:
    """Within bounds, and a little sooner than that, so that not all are asked at once."""
    waits = [wait(answered(FEED, answer(), every(seconds), NOON)) for seconds in (60, 4 * HOUR, 7 * DAY)]
    for seconds, expected in zip(waits, (SHORTEST, HOUR, DAY), strict=True):
        assert max(SHORTEST, 0.9 * expected) <= seconds <= expected
    assert len({wait(answered(replace(FEED, id=str(n)), answer(), every(HOUR * 40), NOON)) for n in range(50)}) > 40


def test_what_does_not_change_is_asked_for_less_and_less() -> None:
    """By a quarter each time, up to once a day; something new brings it back to its rhythm."""
    feed = answered(FEED, answer(), every(4 * HOUR), NOON)
    assert feed.interval == HOUR
    for _ in range(20):
        feed = answered(feed, answer(304), None, NOON)
    assert feed.interval == LONGEST
    assert answered(feed, answer(), every(4 * HOUR), NOON).interval == HOUR
    assert answered(feed, answer(), Taken(), NOON).interval == LONGEST // 2


def test_its_marks_are_kept_letter_by_letter() -> None:
    """Both; 304 may renew one; what could not be sent again is left out; an answer without has none."""
    feed = answered(FEED, answer(etag='W/"ä b"', last_modified="yesterday"), Taken(), NOON)
    assert (feed.etag, feed.modified, feed.hash) == ('W/"ä b"', "yesterday", "h1")
    feed = answered(feed, answer(304, etag='"new"'), None, NOON)
    assert (feed.etag, feed.modified, feed.hash) == ('"new"', "yesterday", "h1")
    feed = answered(feed, answer(etag='"\udcff"'), Taken(), NOON)
    assert (feed.etag, feed.modified) == ("", "")


def test_what_was_not_taken_whole_comes_again() -> None:
    """Its marks are forgotten; only when all was taken has the catalogue been read."""
    feed = answered(FEED, answer(etag='"a"'), Taken(whole=False), NOON)
    assert (feed.etag, feed.hash, feed.catalogue) == ("", "", False)
    feed = answered(feed, answer(etag='"a"'), Taken(), NOON)
    assert (feed.etag, feed.hash, feed.catalogue) == ('"a"', "h1", True)
    assert failed(feed, no(Health.UNREADABLE), NOON).etag == '"a"'


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"cache_control": "public, max-age=7200"}, 2 * HOUR),
        ({"cache_control": "s-maxage=9, MAX-AGE = 7200"}, 2 * HOUR),
        ({"cache_control": "no-cache", "expires": format_datetime(NOON + dt.timedelta(hours=3))}, 3 * HOUR),
        ({"cache_control": "max-age=60", "expires": format_datetime(NOON + dt.timedelta(hours=3))}, SHORTEST),
        ({"cache_control": "max-age=9999999999"}, LONGEST),
        ({"expires": "0"}, SHORTEST),
        ({"expires": "Mon, 99 Foo 2031"}, SHORTEST),
    ],
)
def test_what_is_said_to_be_fresh_is_left_alone(headers: dict[str, str], expected: int) -> None:
    """For a day at most, and by the newer of two headers where both are there."""
    assert wait(answered(FEED, answer(**headers), every(60), NOON)) == expected


def test_a_source_may_ask_for_time_in_its_own_words() -> None:
    """Its `ttl` holds for the answers that follow, too."""
    feed = answered(FEED, answer(), replace(every(60), ttl=4 * HOUR), NOON)
    assert feed.interval == 4 * HOUR
    assert answered(feed, answer(304), None, NOON).interval > 4 * HOUR


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("120", 120),
        (" 90000 ", 90_000),
        ("9" * 40, PATIENCE),
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
    assert retry_after(written, NOON) == expected
    assert wait(failed(FEED, no(Health.BUSY, written), NOON)) >= max(SHORTEST, expected)


def test_failures_make_it_asked_more_and_more_seldom() -> None:
    """Twice as long each time, up to a day; the first success ends it."""
    feed, waits = FEED, []
    for _ in range(12):
        feed = failed(feed, no(Health.BROKEN), NOON)
        waits.append(wait(feed))
    doubled = [min(LONGEST, SHORTEST * 2**n) for n in range(1, 13)]
    assert all(0.75 * most <= seconds <= most for seconds, most in zip(waits, doubled, strict=True))
    assert failed(FEED, no(Health.BROKEN), NOON) == failed(FEED, no(Health.BROKEN), NOON)
    assert answered(feed, answer(304), None, NOON).failures == 0


def test_what_is_gone_is_asked_no_more() -> None:
    """And only that."""
    assert failed(FEED, no(Health.GONE), NOON).paused
    assert not failed(FEED, no(Health.MISSING), NOON).paused


def moved(feed: Feed, *places: str | None) -> Feed:
    """Let a source say where it is, answer by answer."""
    for place in places:
        feed = answered(feed, answer(304, place), None, NOON)
    return feed


def test_a_move_is_believed_the_third_time() -> None:
    """In a row, to the same place; a failure between them does not count against it."""
    there, elsewhere = "https://b.test/feed", "https://c.test/feed"
    assert moved(FEED, there, there).url == FEED.url
    after = moved(FEED, there, there, there)
    assert (after.url, after.health, after.detail, after.moved_count) == (there, Health.MOVED, there, 0)
    assert moved(FEED, there, there, elsewhere, there, there).url == FEED.url
    assert moved(FEED, there, there, None, there).url == FEED.url
    between = failed(moved(FEED, there, there), no(Health.SLOW), NOON)
    assert moved(between, there).url == there
    assert moved(after, None).health is Health.FINE


def test_a_login_does_not_move_elsewhere() -> None:
    """At home it does."""
    locked = replace(FEED, locked=True)
    assert moved(locked, *["https://b.test/feed"] * 9).url == FEED.url
    assert moved(locked, *["http://a.test/feed"] * 9).url == FEED.url
    assert moved(locked, *["https://a.test/new"] * 3).url == "https://a.test/new"


def told(feed: Feed) -> Feed:
    """Let its owner hear how it does."""
    return replace(feed, told=feed.health, tell=False)


def test_each_change_is_told_once() -> None:
    """What may pass by itself the third time, what may not at once; and that it is well again."""
    feed, heard = FEED, []
    for health in [Health.SLOW] * 5 + [Health.MISSING] * 2 + [Health.FINE] * 2 + [Health.SLOW] + [Health.FINE]:
        well = health is Health.FINE
        feed = answered(feed, answer(304), None, NOON) if well else failed(feed, no(health), NOON)
        heard.append(feed.health.value if feed.tell else "")
        feed = told(feed) if feed.tell else feed
    assert heard == ["", "", "slow", "", "", "missing", "", "fine", "", "", ""]
    for lasting in (Health.GONE, Health.LOCKED, Health.FORBIDDEN):
        assert failed(FEED, no(lasting), NOON).tell
    assert not answered(FEED, answer(), Taken(), NOON).tell


def test_what_passed_before_anybody_heard_is_not_told() -> None:
    """There is nothing to say any more."""
    feed = FEED
    for _ in range(3):
        feed = failed(feed, no(Health.SLOW), NOON)
    assert feed.tell
    assert not answered(feed, answer(304), None, NOON).tell


def test_a_source_without_anything_to_read_is_told_of() -> None:
    """Once, and not again for as long as it stays so."""
    feed = answered(FEED, answer(), Taken(health=Health.SILENT), NOON)
    assert feed.tell
    feed = answered(told(feed), answer(304), None, NOON)
    assert (feed.health, feed.tell) == (Health.SILENT, False)
    feed = answered(feed, answer(), Taken(), NOON)
    assert (feed.health, feed.tell) == (Health.FINE, True)


ANSWERS = st.one_of(
    st.builds(
        answer,
        st.sampled_from([200, 304]),
        st.sampled_from([None, "https://b.test/", "https://c.test/"]),
        cache_control=st.sampled_from(["", "max-age=5", "max-age=999999", "max-age=soon"]),
        expires=st.text(max_size=8),
    ),
    st.builds(no, st.sampled_from(list(Health)), st.one_of(st.text(max_size=8), st.integers().map(str))),
)
TAKEN = st.builds(
    Taken,
    st.lists(
        st.timedeltas(dt.timedelta(days=-20_000), dt.timedelta(days=20_000)).map(lambda passed: NOON + passed),
        max_size=5,
    ),
    ttl=st.integers(-5, 10**9),
)


@given(st.lists(st.tuples(ANSWERS, TAKEN), max_size=12))
def test_whatever_it_answers_it_is_asked_within_bounds(answers: list[tuple[Fetched | FeedError, Taken]]) -> None:
    """Never within ten minutes, and after a day at the latest unless it asked for more itself; it always says how."""
    feed, now = FEED, NOON
    for said, taken in answers:
        asked = 0
        if isinstance(said, FeedError):
            feed, asked = failed(feed, said, now), retry_after(said.retry_after, now)
        else:
            feed = answered(feed, said, taken if said.status == 200 else None, now)
        assert SHORTEST <= wait(feed, now) <= max(LONGEST, asked) <= PATIENCE
        assert SHORTEST <= feed.interval <= LONGEST
        now = feed.due
