"""Free text to arguments, in whatever order people say them."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.argument_parser import (
    Command,
    parse_arguments,
    parse_command,
    parse_date,
    parse_days,
    parse_hours,
    parse_time,
)
from bot.chat.time_zones import matching_zones, parse_zone
from bot.errors import UserError
from handlers import router

NOW = dt.datetime(2026, 6, 26, 22, 30, tzinfo=dt.UTC)
"""A Friday; in Berlin it is already Saturday."""

VERBS = {verb.name: verb for verb in router.verbs}
SUBSCRIBING = {
    "ai chips": ("topic", "ai chips"),
    "at 8am": ("at", "08:00"),
    "in Berlin": ("tz", "Europe/Berlin"),
    "on weekdays": ("days", "01234"),
}
ASKED = {
    "price cuts": ("words", "price cuts"),
    "by Dana Whitfield": ("by", "Dana Whitfield"),
    "since 2026-06-01": ("since", "2026-06-01"),
    "about Halden Energy": ("about", "Halden Energy"),
}


async def said(line: str, zone: str = "UTC") -> dict[str, str]:
    """Return the arguments of a typed line."""
    verb, _, rest = line.partition(" ")
    return await parse_arguments(VERBS[verb], {"": rest}, NOW, zone)


@pytest.mark.parametrize("order", list(permutations(SUBSCRIBING)))
async def test_a_subscription_is_understood_in_any_order(order: tuple[str, ...]) -> None:
    """Topic, time, place and days, whichever comes first."""
    assert await said(f"subscribe {' '.join(order)}") == dict(SUBSCRIBING.values())


@given(st.permutations(sorted(ASKED)), st.integers(0, 4), st.sampled_from([" ", "  ", "\t"]))
async def test_any_of_the_filters_of_claims_in_any_order(order: list[str], many: int, space: str) -> None:
    """The words come first, as people put them; filters are told by their own word."""
    chosen = sorted(order[:many], key=lambda phrase: phrase != "price cuts")
    assert await said("claims " + space.join(chosen)) == dict(ASKED[phrase] for phrase in chosen)


@given(
    st.permutations(["chips", "at {time}", "{days}", "{zone}"]),
    st.times(),
    st.frozensets(st.sampled_from(["mon", "Tue", "wednesday", "thurs", "FRI", "saturdays", "sun"]), min_size=1),
    st.sampled_from(["Europe/Berlin", "America/Argentina/Buenos_Aires", "Asia/Tokyo", "UTC"]),
)
async def test_any_time_days_and_zone(order: list[str], time: dt.time, days: frozenset[str], zone: str) -> None:
    """Whatever is chosen comes back in its one written form."""
    line = " ".join(order).format(time=f"{time:%H:%M}", days=" and ".join(sorted(days)), zone=zone)
    got = await said(f"subscribe {line}")
    assert got == {"topic": "chips", "at": f"{time:%H:%M}", "days": parse_days(", ".join(days)), "tz": zone}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("subscribe", {}),
        ("subscribe at 8", {"at": "08:00"}),
        ("subscribe 18:30", {"at": "18:30"}),
        ("subscribe ai daily at noon", {"topic": "ai", "days": "0123456", "at": "12:00"}),
        ("subscribe ai every monday and thursday at 9", {"topic": "ai", "days": "03", "at": "09:00"}),
        ("subscribe ai mon-wed 7 p.m.", {"topic": "ai", "days": "012", "at": "19:00"}),
        ("subscribe ai weekends midnight", {"topic": "ai", "days": "56", "at": "00:00"}),
        ("subscribe ai at 7:30 pm PST", {"topic": "ai", "at": "19:30", "tz": "America/Los_Angeles"}),
        ("subscribe ai at 8 in New York", {"topic": "ai", "at": "08:00", "tz": "America/New_York"}),
        ("subscribe ai at 8 in são paulo", {"topic": "ai", "at": "08:00", "tz": "America/Sao_Paulo"}),
        ("subscribe machine learning in healthcare at 8", {"topic": "machine learning in healthcare", "at": "08:00"}),
        ("subscribe to ai at 8am", {"topic": "ai", "at": "08:00"}),
        ("subscribe to the brief about ai at 8", {"topic": "ai", "at": "08:00"}),
        ("subscribe to the daily brief at 8", {"days": "0123456", "at": "08:00"}),
        ("unsubscribe AT&T", {"topic": "AT&T"}),
        ("brief", {}),
        ("brief ai yesterday", {"topic": "ai", "date": "2026-06-25"}),
        ("brief yesterday about ai", {"topic": "ai", "date": "2026-06-25"}),
        ("brief for ai for June 3", {"topic": "ai", "date": "2026-06-03"}),
        ("brief 2026-06-20 chips", {"topic": "chips", "date": "2026-06-20"}),
        ("brief chips 2 weeks ago", {"topic": "chips", "date": "2026-06-12"}),
        ("brief the economy", {"topic": "economy"}),
        ("follow Halden Energy", {"entity": "Halden Energy"}),
        ("follow Meet the Press", {"entity": "Meet the Press"}),
        ("follow 8am Capital", {"entity": "8am Capital"}),
        ("entity C++", {"name": "C++"}),
        ("ask what did he say about 9:30 on monday?", {"question": "what did he say about 9:30 on monday?"}),
        ("claims", {}),
        ("claims about Halden by Ruth Adeyemi", {"about": "Halden", "by": "Ruth Adeyemi"}),
        ("claims revenue since June 3", {"words": "revenue", "since": "2026-06-03"}),
        ("claims since last week", {"since": "2026-06-19"}),
        ("sources ADD /shows/my talks", {"action": "add", "target": "/shows/my talks"}),
        ("sources", {}),
        ("privacy forget yes", {"action": "forget", "sure": "yes"}),
        ("help ask", {"verb": "ask"}),
    ],
)
async def test_what_people_type(line: str, expected: dict[str, str]) -> None:
    """A table of lines and what they mean."""
    assert await said(line) == expected


async def test_named_arguments_are_made_canonical_too() -> None:
    """A form's fields are read like free text, and nothing is left over beside it; blank ones are left out."""
    given_by_form = {"topic": "ai", "at": "8am", "tz": "berlin", "days": "weekdays"}
    canonical = {"topic": "ai", "at": "08:00", "tz": "Europe/Berlin", "days": "01234"}
    assert await parse_arguments(VERBS["subscribe"], given_by_form, NOW, "UTC") == canonical
    with pytest.raises(UserError, match="at 9"):
        await parse_arguments(VERBS["subscribe"], {**given_by_form, "": "at 9"}, NOW, "UTC")
    assert await parse_arguments(VERBS["subscribe"], {"topic": " ", "tz": ""}, NOW, "UTC") == {}


async def test_yesterday_is_a_matter_of_the_persons_zone() -> None:
    """Half past ten in the evening in UTC is tomorrow in Berlin."""
    assert await said("brief yesterday") == {"date": "2026-06-25"}
    assert await said("brief yesterday", "Europe/Berlin") == {"date": "2026-06-26"}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("subscribe ai 25:00", "I don't understand `25:00` as a time"),
        ("subscribe ai at 99", "as a time"),
        ("subscribe ai 13 pm", "as a time"),
        ("subscribe ai 8:75", "as a time"),
        ("subscribe ai Europe/Berlln", "did you mean Europe/Berlin"),
        ("brief 2026-13-40", "no 2026-13-40"),
        ("brief ai 2026-02-30", "no 2026-02-30"),
        ("claims since 2026-02-30", "no 2026-02-30"),
    ],
)
async def test_what_nobody_can_understand_is_said_with_what_to_write(line: str, words: str) -> None:
    """A time, zone or date that does not hold names itself."""
    with pytest.raises(UserError, match=words):
        await said(line)


@pytest.mark.parametrize(
    ("written", "hour", "minute"),
    [("8", 8, 0), ("08:05", 8, 5), ("12am", 0, 0), ("12 pm", 12, 0), ("noon", 12, 0), ("Midnight", 0, 0), ("0", 0, 0)],
)
def test_a_time_of_day(written: str, hour: int, minute: int) -> None:
    """With and without minutes, halves and words."""
    assert parse_time(written) == dt.time(hour, minute)


@pytest.mark.parametrize("written", ["", "x", "24", "24:00", "0am", "13pm", "8:5", "8:60", "-1", "٨x", "²"])
def test_what_is_no_time(written: str) -> None:
    """Each is refused with an example of one."""
    with pytest.raises(UserError, match="8am"):
        parse_time(written)


@pytest.mark.parametrize(
    ("written", "digits"),
    [
        ("weekdays", "01234"),
        ("Weekend", "56"),
        ("daily", "0123456"),
        ("every day", "0123456"),
        ("fri-mon", "0456"),
        ("sat to sun", "56"),
        ("Mon, Thu and Sunday", "036"),
        ("0246", "0246"),
        ("3333", "3"),
    ],
)
def test_days_of_the_week(written: str, digits: str) -> None:
    """Monday is 0; ranges may go over the week's end."""
    assert parse_days(written) == digits


@pytest.mark.parametrize("written", ["", "someday", "789", "marble"])
def test_what_are_no_days(written: str) -> None:
    """Each is refused with an example."""
    with pytest.raises(UserError, match="weekdays"):
        parse_days(written)


@pytest.mark.parametrize(
    ("written", "zone"),
    [
        ("europe/berlin", "Europe/Berlin"),
        ("New_York", "America/New_York"),
        ("Zürich", "Europe/Zurich"),
        ("ist", "Asia/Kolkata"),
        ("san francisco", "America/Los_Angeles"),
        ("UTC", "UTC"),
    ],
)
def test_a_zone(written: str, zone: str) -> None:
    """By its name, its city, its letters or a city that the zones leave out."""
    assert parse_zone(written) == zone


@pytest.mark.parametrize("written", ["", "Atlantis", "../../etc/passwd", "UTC+25", "Etc/"])
def test_what_is_no_zone(written: str) -> None:
    """Each is refused with a hint."""
    with pytest.raises(UserError, match=r"or one like|did you mean|name a city"):
        parse_zone(written)


def test_what_is_no_date() -> None:
    """It is refused with examples."""
    with pytest.raises(UserError, match="yesterday"):
        parse_date("the day of reckoning", NOW)


@given(st.sampled_from(sorted(VERBS)), st.text(max_size=60))
async def test_any_text_is_understood_or_refused(verb: str, words: str) -> None:
    """Nothing that can be typed ends in anything but arguments of the verb or a sentence."""
    with suppress(UserError):
        args = await parse_arguments(VERBS[verb], {"": words}, NOW, "UTC")
        assert set(args) <= {arg.name for arg in VERBS[verb].args}


@pytest.mark.parametrize(
    ("words", "hours"),
    [
        ("22:00-07:00", "22:00-07:00"),
        ("22-7", "22:00-07:00"),
        ("from 10pm to 7am", "22:00-07:00"),
        ("between 23:30 and 6", "23:30-06:00"),
        ("10 pm until 7 am", "22:00-07:00"),
        ("midnight to noon", "00:00-12:00"),
        ("off", "off"),
        ("never", "off"),
    ],
)
async def test_hours_of_the_day(words: str, hours: str) -> None:
    """From one time to another, in either notation, or none at all."""
    assert parse_hours(words) == hours
    assert await parse_arguments(VERBS["quiet"], {"": words}, NOW, "UTC") == {"hours": hours}


@pytest.mark.parametrize("words", ["22:00", "7 to 7", "soon", "25-7", "22-7-9", "-", "10pm to"])
def test_what_are_no_hours_is_said(words: str) -> None:
    """With what to write instead."""
    with pytest.raises(UserError, match="try `"):
        parse_hours(words)


@pytest.mark.parametrize(("words", "topic"), [("", None), ("the brief", None), ("the ai brief", "ai"), ("#7", "#7")])
async def test_what_is_to_be_resumed(words: str, topic: str | None) -> None:
    """Everything, or the brief about a topic, or the one that a button names."""
    assert (await parse_arguments(VERBS["resume"], {"": words}, NOW, "UTC")).get("topic") == topic


@pytest.mark.parametrize("verb", ["ask", "follow", "subscribe", "claims", "why"])
async def test_more_words_than_a_verb_reads_are_refused(verb: str) -> None:
    """Before anything looks at them, with how many are too many."""
    with pytest.raises(UserError, match="That is 40,000 characters, and I read at most 2,000"):
        await said(f"{verb} {'x' * 40_000}")


async def test_as_many_words_as_a_verb_reads_are_read() -> None:
    """Named or not."""
    assert (await parse_arguments(VERBS["ask"], {"question": "x" * 2_000}, NOW, "UTC"))["question"] == "x" * 2_000
    with pytest.raises(UserError, match="2,001 characters") as refused:
        await parse_arguments(VERBS["ask"], {"question": "x" * 2_001}, NOW, "UTC")
    assert list(refused.value.by_arg) == ["question"]


async def test_a_text_to_keep_and_a_message_to_check_may_be_long() -> None:
    """They say themselves what they leave out."""
    assert len((await parse_arguments(VERBS["note"], {"text": "x" * 40_000}, NOW, "UTC"))["text"]) == 40_000
    assert len((await parse_arguments(VERBS["check"], {"statement": "x " * 20_000}, NOW, "UTC"))["statement"]) == 39_999


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("not on weekends", "01234"),
        ("weekdays except friday", "0123"),
        ("daily but not on sunday", "012345"),
        ("except monday or friday", "12356"),
    ],
)
def test_days_that_are_excepted_are_left_out(text: str, days: str) -> None:
    """An exception is never taken for the days themselves."""
    assert parse_days(text) == days


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("chips 7am tokyo", {"topic": "chips", "at": "07:00", "tz": "Asia/Tokyo"}),
        ("ai at 8am India", {"topic": "ai", "at": "08:00", "tz": "Asia/Kolkata"}),
        ("8:30 new york time chips", {"topic": "chips", "at": "08:30", "tz": "America/New_York"}),
        ("chips 8am ET on weekdays", {"topic": "chips", "at": "08:00", "tz": "America/New_York", "days": "01234"}),
        ("7am in south korea, ai", {"topic": "ai", "at": "07:00", "tz": "Asia/Seoul"}),
        ("ai in china at 8", {"topic": "ai in china", "at": "08:00"}),
        ("china 8am", {"topic": "china", "at": "08:00"}),
        ("market 50 at 8am general", {"topic": "market 50 general", "at": "08:00"}),
        ("chips everyday at 8", {"topic": "chips", "days": "0123456", "at": "08:00"}),
        ("chips each day noon", {"topic": "chips", "days": "0123456", "at": "12:00"}),
        ("chips not on weekends", {"topic": "chips", "days": "01234"}),
        ("chips at 8am, but not on fri", {"topic": "chips", "at": "08:00", "days": "012356"}),
        ("chips weekdays except friday", {"topic": "chips", "days": "0123"}),
        ("chips every day but sunday", {"topic": "chips", "days": "012345"}),
        ("chips mon-fri except wed and thu at 9am", {"topic": "chips", "days": "014", "at": "09:00"}),
        ("no weekends, ai", {"topic": "ai", "days": "01234"}),
        ("weekends and friday", {"days": "456"}),
    ],
)
async def test_what_people_type_when_they_subscribe(line: str, expected: dict[str, str]) -> None:
    """A place right after a time is its zone, elsewhere what the brief is about; days may be left out."""
    assert await said(f"subscribe {line}") == expected


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("chips on feb 30", "`feb 30` is one day"),
        ("chips at 8am on 3 March", "`3 March` is one day"),
        ("chips tomorrow at 8", "`tomorrow` is one day"),
        ("chips 8am GMT+2", "`GMT\\+2` is right for half a year at most"),
        ("chips 8am utc-5:30", "name a city or a country"),
        ("chips 8am Australia", "`Australia` has several time zones; did you mean Australia/"),
        ("chips weekends except sat and sun", "I don't understand `weekends except sat and sun`"),
    ],
)
async def test_what_cannot_be_obeyed_is_asked_back(line: str, why: str) -> None:
    """It never becomes a topic, and is never left out without a word."""
    with pytest.raises(UserError, match=why):
        await said(f"subscribe {line}")


async def test_all_that_is_wrong_is_said_at_once() -> None:
    """Each at its own argument."""
    fields = {"at": "25:00", "tz": "Nowhere", "days": "someday", "topic": "ai"}
    with pytest.raises(UserError) as refused:
        await parse_arguments(VERBS["subscribe"], fields, NOW, "UTC")
    assert list(refused.value.by_arg) == ["at", "tz", "days"]
    for name in ("at", "tz", "days"):
        assert fields[name] in refused.value.by_arg[name]
        assert refused.value.by_arg[name] in str(refused.value)


@pytest.mark.parametrize("written", ["feb 30", "30 february", "june 31st"])
async def test_a_day_that_no_year_has_is_asked_back(written: str) -> None:
    """Also where a date is wanted."""
    with pytest.raises(UserError, match=r"date|calendar"):
        parse_date(written, NOW)


@pytest.mark.parametrize(
    ("written", "zone"),
    [
        ("tokyo", "Asia/Tokyo"),
        ("India", "Asia/Kolkata"),
        ("Germany", "Europe/Berlin"),
        ("UK", "Europe/London"),
        ("South Korea", "Asia/Seoul"),
        ("the netherlands", "Europe/Amsterdam"),
        ("Argentina", "America/Argentina/Buenos_Aires"),
        ("PT", "America/Los_Angeles"),
        ("Tokyo time", "Asia/Tokyo"),
    ],
)
def test_a_zone_by_city_and_country(written: str, zone: str) -> None:
    """A country whose clocks agree is one zone; both are found from their beginning, too."""
    assert parse_zone(written) == zone
    assert zone in matching_zones(written.removesuffix(" time")[:5]) or len(written) < 3 or "the " in written


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("", Command("files", "")),
        ("Here is the call", Command("files", "Here is the call")),
        ("brief chips", Command("files", "brief chips")),
        ("note Keep this, too", Command("note", "Keep this, too")),
    ],
)
def test_what_stands_beside_files_is_a_comment(line: str, command: Command) -> None:
    """Unless it is a note of its own."""
    assert parse_command(line, router.verbs, has_files=True) == command


def test_a_note_is_no_question() -> None:
    """Whatever it asks."""
    line = "note Halden: who would have thought that it closes its plant?"
    assert parse_command(line, router.verbs) == Command("note", line.removeprefix("note "))
