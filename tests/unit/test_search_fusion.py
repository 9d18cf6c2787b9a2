"""How words and meaning are weighed."""

from __future__ import annotations

import datetime as dt

from bot.domain.question import SearchCandidate
from bot.search.fusion import WeightedQuery, fuse

DAY = dt.date(2026, 6, 27)
COUNTS = {"": 100, "memory": 3, "prices": 5, "doubled": 2}


def _found(row: int, text: str, rank: float = 0.0, show: str = "Some Show", date: dt.date = DAY) -> SearchCandidate:
    return SearchCandidate(row, text, "Ana", "", show, date, rank)


def _order(question: str, found: list[SearchCandidate], cosines: dict[int, float] | None = None) -> list[int]:
    return [one.row.id for one in fuse(WeightedQuery.from_counts(question, COUNTS), found, cosines or {})]


def test_words_decide_where_one_row_has_them_all() -> None:
    """A row with every word of the question beats one that only sounds like it."""
    found = [_found(1, "Nice weather."), _found(2, "Memory prices doubled.", rank=9.0)]
    assert _order("memory prices doubled", found, {1: 0.6, 2: 0.3}) == [2, 1]


def test_meaning_decides_where_words_are_hardly_found() -> None:
    """One shared word out of many is chance."""
    found = [_found(1, "Modules cost twice as much."), _found(2, "Cars and prices.", rank=9.0)]
    assert _order("memory prices doubled for smartphone builders everywhere", found, {1: 0.5, 2: 0.1}) == [1, 2]


def test_the_show_asked_for_comes_first() -> None:
    """A question that names a show wants that show."""
    found = [_found(1, "Memory.", rank=5.1), _found(2, "Memory.", rank=5.0, show="Chip Talk Weekly")]
    assert _order("What did Chip Talk Weekly say about memory?", found) == [2, 1]


def test_no_show_asked_for_crowds_out_another() -> None:
    """Of two shows that are named, each has its best row before the other's third."""
    found = [_found(n, "Memory.", rank=6.0 - n / 10, show="Chip Talk") for n in (1, 2, 3)]
    found.append(_found(4, "Memory.", rank=5.5, show="Fab News"))
    assert _order("Chip Talk and Fab News on memory", found).index(4) < 2


def test_the_day_asked_for_comes_first() -> None:
    """A question that names a day wants that day."""
    found = [_found(1, "Memory.", rank=5.1), _found(2, "Memory.", rank=5.0, date=dt.date(2026, 6, 20))]
    assert _order("memory on June 20, 2026", found) == [2, 1]


def test_coverage_is_the_share_of_rare_words() -> None:
    """Whoever answers can see how much of the question a passage speaks of."""
    question = WeightedQuery.from_counts("memory prices doubled", COUNTS)
    assert question.coverage(_found(1, "Memory prices doubled.")) == 1
    assert question.coverage(_found(2, "Nice weather.")) == 0
    assert 0 < question.coverage(_found(3, "Memory, as ever.")) < 0.5
