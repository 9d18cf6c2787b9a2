"""What a topic covers."""

from __future__ import annotations

import pytest

from bot.briefs.topics import find_topic
from bot.domain import Claim
from tests.claims import claim

WAFERS = claim("Halden's foundry in Oslo ships 9,000 wafers a week.", about=["Halden"])
GPUS = claim("A GPU of Quillon's costs twice as much as last year.", about=["Quillon"])
RATES = claim("The central bank's rate cut came too late, says Tarn.", about=["Tarn"])
BREAD = claim("Doveton Bakery raised the price of rye bread to $9.", about=["Doveton Bakery"])
PARTS = claim("A shortage of parts from its suppliers delayed the delivery of the trains.", about=[])
EVERYTHING = (WAFERS, GPUS, RATES, BREAD, PARTS)


@pytest.mark.parametrize(
    ("topic", "covered"),
    [
        ("", EVERYTHING),
        ("chips", (WAFERS, GPUS)),
        ("Semiconductors", (WAFERS, GPUS)),
        ("chip", (WAFERS, GPUS)),
        ("markets", (RATES,)),
        ("robotics", ()),
        ("quillon", (GPUS,)),
        ("rye bread", (BREAD,)),
        ("chips, rye bread", (WAFERS, GPUS, BREAD)),
        ("chips without Quillon", (WAFERS,)),
        ("chips, markets without Quillon, Tarn", (WAFERS,)),
        ("without chips", (RATES, BREAD, PARTS)),
        (",", EVERYTHING),
        ("Orkdal", ()),
    ],
)
def test_a_topic_is_a_concept(topic: str, covered: tuple[Claim, ...]) -> None:
    """A listed topic is found by any of its terms and under any spelling, another by its own words.

    Several are joined by commas, and what stands behind "without" is left out.
    """
    assert find_topic(topic).select(EVERYTHING) == list(covered)


def test_what_is_near_in_meaning_is_on_a_topic_that_no_list_has() -> None:
    """Supplies and deliveries are near "parts supplier"; bread is not."""
    found = find_topic("parts supplier").select(EVERYTHING)
    assert PARTS in found
    assert BREAD not in found


def test_a_name_that_no_table_knows_takes_in_nothing_by_meaning() -> None:
    """Pieces of a made-up name mean nothing."""
    assert find_topic("Zyxquill").select(EVERYTHING) == []


def test_the_title_of_the_episode_counts_for_words_of_a_topic() -> None:
    """A claim has one word of the topic, and its episode's title the other."""
    titled = claim("Edition nine of Halden's almanac is out.", about=["Halden"])
    assert find_topic("evening almanac").select([titled]) == [titled]
