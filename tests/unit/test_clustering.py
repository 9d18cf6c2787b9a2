"""The same thing told on several shows is one story."""

from __future__ import annotations

import datetime as dt
import time

from hypothesis import given
from hypothesis import strategies as st

from bot.briefs.clustering import SAME_EVENT_THRESHOLD, cluster_labels, cluster_stories, similarity_graph
from bot.briefs.novelty import find_fresh
from bot.domain import Claim, Figure, PublishedStory
from bot.nlp.tokens import term_weights, tfidf_vectors
from tests.claims import TODAY, claim, origin

BRIDGE = [
    claim("Kestrel Bridge closed after inspectors found 14 cracks in its cables.", about=["Kestrel Bridge"]),
    claim(
        "Inspectors found 14 cracks in the cables of Kestrel Bridge and shut it.",
        at=origin("Market Hour"),
        about=["Kestrel Bridge"],
        speaker="Ravi Anand",
    ),
    claim(
        "Kestrel Bridge was closed over cracks in its cables, says the inspectors' report.",
        at=origin("Night Desk", days_ago=0),
        about=["Kestrel Bridge"],
        speaker="Lena Ortiz",
    ),
]
BAKERY = [
    claim("Doveton Bakery raised the price of rye bread to $9.", about=["Doveton Bakery"], turn=3),
    claim(
        "Rye bread at Doveton Bakery now costs $9.",
        at=origin("Market Hour"),
        about=["Doveton Bakery"],
        speaker="Ravi Anand",
    ),
]
OTHERS = [
    claim(f"{name} hired {number} welders for the harbour in {place}.", about=[name], turn=turn)
    for turn, (name, number, place) in enumerate(
        [("Oster", 12, "Riga"), ("Palmgren", 90, "Turku"), ("Quist", 44, "Malmo"), ("Rask", 31, "Gdynia")], start=10
    )
]


def _sets(claims: list[Claim]) -> set[frozenset[str]]:
    return {frozenset(claim.id for claim in story.claims) for story in cluster_stories(claims)}


def test_one_event_on_three_shows_is_one_story() -> None:
    """Retold in other words elsewhere, it stays one story, and another event stays another."""
    found = _sets([*BRIDGE, *BAKERY, *OTHERS])
    assert frozenset(claim.id for claim in BRIDGE) in found
    assert frozenset(claim.id for claim in BAKERY) in found


def test_no_claim_is_lost_and_none_is_in_two_stories() -> None:
    """Stories part the claims between them."""
    everything = [*BRIDGE, *BAKERY, *OTHERS]
    told = [claim.id for story in cluster_stories(everything) for claim in story.claims]
    assert sorted(told) == sorted(claim.id for claim in everything)


@given(st.permutations([*BRIDGE, *BAKERY, *OTHERS]))
def test_order_makes_no_difference(claims: list[Claim]) -> None:
    """Whatever order claims arrive in, the stories and their keys are the same."""
    assert cluster_stories(claims) == cluster_stories([*BRIDGE, *BAKERY, *OTHERS])


def test_keys_are_short_plain_and_different() -> None:
    """A key fits into a button and names one story."""
    keys = [story.key for story in cluster_stories([*BRIDGE, *BAKERY, *OTHERS])]
    assert len(set(keys)) == len(keys)
    assert all(key.isascii() and len(key) <= 50 and " " not in key for key in keys)


@given(st.lists(st.text(max_size=60), max_size=12))
def test_any_text_can_be_clustered(texts: list[str]) -> None:
    """Empty, foreign or odd text is a story of its own at worst; numbers count from zero."""
    graph = similarity_graph(tfidf_vectors([term_weights(text) for text in texts]))
    found = cluster_labels(graph, SAME_EVENT_THRESHOLD)
    assert len(found) == len(texts)
    assert set(found) == set(range(len(set(found))))


def test_five_thousand_claims_take_seconds_at_most() -> None:
    """Grouping grows with what claims share, not with the square of their number."""
    many = [
        claim(
            f"Firm{n % 1700} opened plant number {n} in town{n % 900} with {n % 77} ovens.",
            about=[f"Firm{n % 1700}"],
            turn=n,
        )
        for n in range(5_000)
    ]
    started = time.process_time()
    cluster_stories(many)
    assert time.process_time() - started < 10


def test_a_story_told_before_returns_with_what_is_new_only() -> None:
    """Claims told before, and words that only repeat them, are left out; the first key is kept."""
    [story] = cluster_stories(BRIDGE)
    again = claim(
        "Inspectors found cracks in the cables of Kestrel Bridge.",
        at=origin("Harbour Talk", 0),
        about=["Kestrel Bridge"],
    )
    repair = claim(
        "Repairs to the cracks in the cables of Kestrel Bridge cost $40 million.",
        at=origin("Harbour Talk", 0),
        about=["Kestrel Bridge"],
        figures=[Figure("$40 million", 40e6, currency="USD")],
        turn=2,
    )
    told = PublishedStory(
        "bridge", TODAY - dt.timedelta(days=1), frozenset({BRIDGE[0].id, BRIDGE[1].id}), BRIDGE[0].text
    )
    found = find_fresh(cluster_stories([*BRIDGE, again, repair, *OTHERS])[0], [told])
    assert (found.story.key, found.is_update) == ("bridge", True)
    assert repair in found.new_claims
    assert again not in found.new_claims
    assert BRIDGE[0] not in found.new_claims
    assert find_fresh(story, []).new_claims == story.claims


def test_a_new_number_is_news_even_in_the_same_words() -> None:
    """A count that grew since the last brief is told."""
    more = claim(
        "Inspectors found 21 cracks in the cables of Kestrel Bridge.",
        at=origin("Harbour Talk", 0),
        about=["Kestrel Bridge"],
    )
    told = PublishedStory("bridge", TODAY - dt.timedelta(days=1), frozenset({BRIDGE[0].id}), BRIDGE[0].text)
    assert find_fresh(cluster_stories([BRIDGE[0], more])[0], [told]).new_claims == (more,)


def test_two_numbers_told_before_make_a_retelling_whatever_the_words() -> None:
    """Who tells it in other words the next day tells an update at most."""
    cut = claim("Doveton cut its forecast for the year from $6.0 billion to $5.2 billion.", about=["Doveton"])
    told = PublishedStory("doveton", TODAY - dt.timedelta(days=1), frozenset([cut.id]), cut.text)
    again = claim(
        "Doveton lowered its guidance yesterday, revenue for the year of $5.2 billion instead of $6.0 billion.",
        at=origin("Night Desk", 0),
        about=["Doveton"],
    )
    other = claim("Doveton opened 5.2 miles of track.", at=origin("Night Desk", 0), about=["Doveton"])
    assert find_fresh(cluster_stories([again])[0], [told]).is_update
    assert not find_fresh(cluster_stories([other])[0], [told]).is_update


def test_the_same_figure_alone_makes_no_story() -> None:
    """Two events that share a number, and the words around it, are two stories."""
    share = Figure("85 percent", 85.0, "%", "", "", "", "around", 0, 0)
    bank = claim("Harbor keeps around 85 percent of its cash at one bank.", about=["Harbor"], figures=[share])
    bill = claim(
        "Halden will pay around 85 percent in the end.", about=["Halden"], figures=[share], at=origin("Night Desk")
    )
    assert len(_sets([bank, bill])) == 2
