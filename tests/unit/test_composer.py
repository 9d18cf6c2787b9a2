"""The brief: what is told, in which words, and what never is."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.briefs.composer import compose_brief
from bot.briefs.headline import write_headline
from bot.domain import (
    PASTED,
    UNKNOWN_SPEAKER,
    Brief,
    Claim,
    EventDate,
    Figure,
    Material,
    Modality,
    PublishedStory,
    Signal,
)
from bot.verification.extractive import brief_violations
from tests.claims import TODAY, claim, origin


def chatter(words: str, turn: int, *about: str) -> Claim:
    """Make a claim that is no news and leans on other words."""
    return claim(words, turn=turn, about=about, at=origin("Small Talk"), importance=0.7, needs_context=0.6)


HALLOWAY = claim(
    "Halloway Mills raised its prices by 12% after the fire at Torsund.",
    about=["Halloway Mills", "Torsund"],
    figures=[Figure("12%", 12, "%")],
)
HALLOWAY_TOO = claim(
    "Halloway Mills raised prices by 12%, and its rivals followed after the fire.",
    speaker="Ravi Anand",
    at=origin("Market Hour"),
    about=["Halloway Mills"],
    figures=[Figure("12%", 12, "%")],
)
ACCUSED = claim(
    "Northgate accused Sablewood of reaching its models nearly 29 million times.",
    speaker="Lena Ortiz",
    at=origin("Night Desk", 0),
    modality=Modality.ALLEGED,
    about=["Northgate", "Sablewood"],
    figures=[Figure("29 million", 29e6, "times", magnitude="million", hedge="nearly")],
)
RELAYED = claim(
    "Corvane's management told investors that supply will stay tight beyond 2033.",
    speaker="Miles Batten",
    claimant="Corvane's management",
    relayers=["Miles Batten"],
    modality=Modality.FORECAST,
    at=origin("Market Hour", 0),
    about=["Corvane"],
    turn=4,
)
FORECAST = claim(
    "Drayton Rail will open its tunnel to Osterby by the end of 2032.",
    speaker="Ravi Anand",
    modality=Modality.FORECAST,
    at=origin("Market Hour", 0),
    about=["Drayton Rail", "Osterby"],
    turn=9,
)
HOURS = claim(
    "The Porter robot ran for 140 hours between repairs.",
    speaker="Sun Ito",
    at=origin("Loose Screws", 0),
    about=["Porter"],
    figures=[Figure("140 hours", 140, "hours")],
)
OTHER_HOURS = claim(
    "The Porter robot ran for 310 hours between repairs last year.",
    speaker="Mat Brook",
    at=origin("Loose Screws", 0),
    about=["Porter"],
    figures=[Figure("310 hours", 310, "hours")],
    turn=2,
)
CHATTER = [
    chatter("It was, you know, kind of a crazy week for them.", 20, "Halloway Mills"),
    chatter("That is exactly what they said to me about it.", 21),
    chatter("Welcome to the show, Ravi Anand.", 22, "Ravi Anand"),
]
DAY = (HALLOWAY, HALLOWAY_TOO, ACCUSED, RELAYED, FORECAST, HOURS, OTHER_HOURS, *CHATTER)


def made(*claims: Claim, topic: str = "", told: tuple[PublishedStory, ...] = ()) -> Brief:
    """Compose a brief of these claims."""
    return compose_brief(Material(topic, TODAY, tuple(claims), told, {TODAY: 6}, failed=1))


def signal(brief: Brief, word: str) -> Signal:
    """Return the signal whose headline has a word."""
    return next(one for one in brief.signals if word in one.headline)


def text(brief: Brief) -> str:
    """Return every sentence of a brief."""
    parts = [brief.dek, *brief.argument, brief.closing]
    parts += [part for one in brief.signals for part in (*one.said, one.matters, one.watch)]
    return "\n".join([brief.headline, *(one.headline for one in brief.signals), *(part.text for part in parts)])


def test_each_signal_says_who_said_it_and_where() -> None:
    """What was said carries its speaker and its show."""
    said = signal(made(*DAY), "Drayton Rail").said[0].text
    assert said == "Drayton Rail will open its tunnel to Osterby by the end of 2032, Ravi Anand said on Market Hour."


def test_the_same_event_on_two_shows_is_one_signal() -> None:
    """Two shows tell one signal, and it says on which shows it was heard."""
    brief = made(*DAY)
    about = [one for one in brief.signals if "Halloway" in one.headline]
    assert len(about) == 1
    assert {claim.origin.show for claim in about[0].claims} == {"Open Bench", "Market Hour"}
    assert brief.signals[0] is about[0]


def test_an_accusation_stays_one_on_its_card_and_in_its_headline() -> None:
    """The card of an accused firm says alleged, and keeps the hedge."""
    lost = claim(
        "Sablewood lost nearly $29 million in 2030.",
        modality=Modality.ALLEGED,
        about=["Sablewood"],
        figures=[Figure("$29 million", 29e6, "USD", currency="USD", magnitude="million", hedge="nearly")],
    )
    (card,) = made(lost).cards
    assert (card.value, card.label, card.hedge) == ("$29 million", "Sablewood's loss, in 2030", "nearly, alleged")
    assert made(lost).headline.startswith("Alleged")
    assert "accused" in signal(made(*DAY), "Sablewood").headline


def test_hearsay_names_both_who_said_it_and_who_passed_it_on() -> None:
    """Corvane's management speaks through Miles Batten."""
    said = signal(made(*DAY), "Corvane").said[0].text
    assert "Corvane's management" in said
    assert "Miles Batten" in said


def test_what_is_to_come_is_what_to_watch() -> None:
    """A date ahead can be checked when it comes; what leads a story is not repeated below it."""
    done = claim("Drayton Rail finished its tunnel to Osterby.", about=["Drayton Rail", "Osterby"], turn=8)
    opening = replace(
        FORECAST,
        text="Drayton Rail opens its tunnel to Osterby for freight in 2032.",
        quote="Drayton Rail opens its tunnel to Osterby for freight in 2032.",
        origin=done.origin,
        importance=1.8,
        happened=EventDate(dt.date(2032, 1, 1), dt.date(2032, 12, 31)),
    )
    found = signal(made(done, opening), "Drayton")
    told = [part.text for part in found.sentences if part.text]
    assert sum("for freight in 2032" in part for part in told) == 1
    assert not signal(made(FORECAST, *DAY[:3]), "Drayton").watch.text


def test_figures_that_differ_are_set_side_by_side() -> None:
    """Neither of two figures for one thing is preferred."""
    found = signal(made(*DAY), "Porter")
    assert found.matters.text == "The figures differ: “140 hours” from Sun Ito, “310 hours” from Mat Brook."


def test_nothing_is_said_of_why_or_what_to_watch_unless_somebody_said_it() -> None:
    """A signal has no line that any story could have."""
    found = signal(made(HALLOWAY, HALLOWAY_TOO, ACCUSED), "Sablewood")
    assert not found.matters.text
    assert not found.watch.text


def test_chatter_is_never_told() -> None:
    """Small talk and sentences that point elsewhere do not reach the brief."""
    told = text(made(*DAY))
    assert not re.search(r"crazy week|exactly what they said|Welcome", told)


def test_what_leans_on_other_words_is_never_told() -> None:
    """A claim that is told if it stands alone is left out if a stranger can't tell what it is about."""
    assert "29 million" in text(made(*DAY))
    leaning = [replace(said, needs_context=0.9) if said is ACCUSED else said for said in DAY]
    assert "29 million" not in text(made(*leaning))


def test_the_footer_counts_what_is_shown() -> None:
    """Every statement shown stands on evidence, and the counts say so."""
    brief = made(*DAY)
    shown = len([line for line in text(brief).split("\n") if line]) + len(brief.cards)
    assert (brief.statements, brief.supported) == (shown, shown)
    assert (brief.read, brief.failed) == (6, 1)


def test_the_event_leads_and_its_plant_belongs_to_its_owner() -> None:
    """What most shows tell comes first, told by what happened; a background figure of the same matter stands below."""
    day = [
        claim(
            "Ferrum's Torsund plant made about 14 percent of the world's cast iron.",
            at=origin("Market Hour"),
            about=["Ferrum", "Torsund"],
            figures=[Figure("14 percent", 14, "%", hedge="about")],
        ),
        claim(
            "Ferrum's Torsund plant employs 900 people in the valley.",
            at=origin("Night Desk"),
            speaker="Lena Ortiz",
            about=["Ferrum", "Torsund"],
            figures=[Figure("900", 900)],
        ),
        claim(
            "Shares of Ferrum fell 17 percent in a day after the fire at Torsund.",
            at=origin("Harbour Talk"),
            speaker="Ravi Anand",
            about=["Ferrum", "Torsund"],
            figures=[Figure("17 percent", 17, "%")],
        ),
    ]
    brief = made(*day, *DAY[2:])
    assert brief.headline == "Shares of Ferrum fell 17 percent in a day after the fire at Torsund"
    assert {one.origin.show for one in brief.signals[0].claims} >= {"Market Hour", "Harbour Talk"}
    assert not any("14 percent" in one.headline for one in brief.signals)


def test_a_correction_is_no_dispute() -> None:
    """A number that somebody corrects, or that moved since, is not set against the old one."""
    corrected = replace(OTHER_HOURS, text="We said 140 hours, the Porter robot now runs for 310 hours between repairs.")
    brief = made(HOURS, corrected, *DAY[:5])
    assert "differ" not in text(brief)


def test_posts_are_quoted_as_posts() -> None:
    """Nobody wrote a pasted post that anybody knows of, and all of them together are one source."""
    posts = [
        replace(one, speaker=UNKNOWN_SPEAKER, claimant=UNKNOWN_SPEAKER, origin=replace(one.origin, show=PASTED))
        for one in (HALLOWAY, HALLOWAY_TOO, FORECAST)
    ]
    brief = made(*posts)
    assert brief.signals[0].said[0].text.endswith(", according to a pasted post.")
    assert PASTED not in text(brief)
    assert "shows" not in text(brief)


def test_what_a_post_says_more_of_a_name_stands_below_its_headline() -> None:
    """It is told there, with its figure, and is no signal of its own."""
    post = replace(origin("Post", 0), show=PASTED)
    filed = claim(
        "Kestrel Rail filed this week for a listing worth $2 billion on the exchange in Oslo.",
        at=post,
        about=["Kestrel Rail"],
        figures=[Figure("$2 billion", 2e9, "USD", currency="USD", magnitude="billion")],
    )
    seeks = claim(
        "Kestrel Rail wants to raise $80 million for its northern line.",
        at=post,
        about=["Kestrel Rail"],
        figures=[Figure("$80 million", 80e6, "USD", currency="USD", magnitude="million")],
        importance=2.2,
        turn=6,
    )
    brief = made(filed, seeks)
    assert len(brief.signals) == 1
    said = [part.text for part in brief.signals[0].said]
    assert sorted("$80 million" in words for words in said) == [False, True]
    assert sorted("$2 billion" in words for words in said) == [False, True]


def test_too_little_is_one_honest_line() -> None:
    """Nothing tellable makes a quiet brief without signals, never a padded one."""
    for brief in (made(), made(*CHATTER)):
        assert brief.quiet
        assert not brief.signals
        assert not brief.headline
    assert len(made(FORECAST).signals) == 1


def test_no_episode_fills_a_brief() -> None:
    """Of eight signals from four episodes none has more than two; what one has too much of is left out, and says so."""
    bench = [
        ("Oster", "bought a dock in Malmo for $70 million"),
        ("Palmgren", "sold its oldest mill to a bank for $30 million"),
        ("Quist", "closed its ferry to Gdynia and cut 200 jobs"),
        ("Rask", "opened a copper mine with 900 miners"),
        ("Sund", "raised $12 million to fly at night"),
    ]
    others = [
        ("Night Desk", "Arne", "raised its fares by 4% this winter"),
        ("Harbour Talk", "Bryn", "recalled 9,000 kettles over a faulty lid"),
        ("Loose Screws", "Cole", "bought a rival airline for $40 million"),
    ]
    day = [claim(f"{firm} {deed}.", about=[firm], turn=9 * turn) for turn, (firm, deed) in enumerate(bench)]
    day += [claim(f"{firm} {deed}.", about=[firm], at=origin(show)) for show, firm, deed in others]
    brief = made(*day)
    shows = [one.claims[0].origin.show for one in brief.signals]
    assert shows.count("Open Bench") == 2
    assert len(shows) == 5
    assert any("share of the brief" in decision.reason for decision in brief.decisions)


def test_a_topic_keeps_everything_else_out() -> None:
    """A topic is a name, or words that a claim has."""
    assert {one.entity.name for one in made(*DAY, topic="porter").signals if one.entity} <= {"Porter"}
    assert made(*DAY, topic="beekeeping").quiet == "No new sourced claims about beekeeping today."


def test_what_was_told_comes_back_only_with_what_is_new() -> None:
    """Yesterday's stories stay away unless somebody said more."""
    yesterday = replace(made(*DAY), date=TODAY - dt.timedelta(days=1))
    told = tuple(
        PublishedStory(
            one.key, yesterday.date, frozenset(c.id for c in one.claims), " ".join(c.text for c in one.claims)
        )
        for one in yesterday.signals
    )
    assert made(*DAY, told=told).quiet
    more = claim(
        "Halloway Mills raised its prices by another 9% after the second fire at Torsund.",
        speaker="Lena Ortiz",
        at=origin("Night Desk", 0),
        about=["Halloway Mills", "Torsund"],
        figures=[Figure("9%", 9, "%")],
    )
    other = claim(
        "Quist Yards sold its dock in Malmo for $70 million.", about=["Quist Yards"], at=origin("Night Desk", 0), turn=3
    )
    brief = made(*DAY, more, other, told=told)
    update = signal(brief, "Halloway")
    assert update.update
    assert update.key in {one.key for one in told}
    assert "9%" in update.headline
    assert "12%" not in " ".join(part.text for part in update.said)
    assert not signal(brief, "Quist").update


def test_a_headline_names_whose_words_it_has_once() -> None:
    """Who was told something says so; a company that says it itself isn't named twice; what was stated isn't told."""
    words = [
        "Miles Batten told me that Corvane will open a second mill.",
        "Corvane says the first mill will open again in May.",
        "As stated in the first part, Corvane will open a mill, the list goes on and on.",
    ]
    rumour, own, stated = (replace(RELAYED, quote=text, text=text, speaker="Lena Ortiz", entities=()) for text in words)
    rumour = replace(rumour, claimant="Miles Batten", relayers=("Lena Ortiz",))
    own = replace(own, claimant="Corvane Mills", relayers=("Lena Ortiz",))
    stated = replace(stated, claimant="Lena Ortiz", relayers=(), modality=Modality.ASSERTED)
    heads = [write_headline(one) for one in (rumour, own, stated)]
    assert heads == [
        "Lena Ortiz: “Miles Batten told me that Corvane will open a second mill”",
        "Corvane says the first mill will open again in May",
        "Corvane will open a mill",
    ]


def test_a_long_claim_is_cut_where_nothing_is_lost() -> None:
    """A tail that only adds may go; a condition may not, and then the claim is no headline."""
    adding = replace(
        HALLOWAY,
        id="a",
        text=HALLOWAY.text[:-1]
        + ", and the buyers of its flour in the valley, who had read of the storm in the papers, had expected far worse"
        + " for the harvest of wheat and rye that begins in the late autumn of every year since the war ended.",
    )
    kept = HALLOWAY.text[:-1] + ", and the buyers of its flour in the valley"
    assert signal(made(adding, *DAY[2:]), "Halloway").headline == kept
    bound = replace(
        HALLOWAY,
        id="b",
        text=HALLOWAY.text[:-1]
        + ", and only if the insurers of the mill in the valley, who had read of the storm in the papers, refuse to pay"
        + " for the harvest of wheat and rye that begins in the late autumn of every year since the war ended.",
    )
    told = [one.headline for one in made(bound, *DAY[2:]).signals if "Halloway" in one.headline]
    assert all("only if" in headline for headline in told)


def test_the_same_material_makes_the_same_brief() -> None:
    """Neither order nor another run changes a word."""
    assert made(*DAY) == made(*DAY) == made(*reversed(DAY))


WORDS = st.sampled_from(
    [
        "Halloway",
        "Mills",
        "Torsund",
        "Corvane",
        "because",
        "never",
        "12%",
        "$3",
        "billion",
        "nearly",
        "raised",
        "fell",
        "said",
        "will",
        "not",
        "alleged",
        "that",
        "it",
        "they",
        "the",
        "a",
        "of",
        "prices,",
        "and",
        "but",
        "which",
        "“",
        "”",
        "…",
        "—",
        ".",
        "2033",
        "June",
        "May",
        "Q3",
        "five",
        "shows",
        "I",
        "we",
        "you",
        "if",
        "doubled",
        "led",
        "to",
    ]
)
PEOPLE = st.sampled_from(["Dana Whitfield", "Ravi Anand", "Unknown speaker", "said", "On"])
ANY = st.builds(
    lambda words, speaker, other, modality, show, days, names, turn: claim(
        " ".join(words),
        speaker=speaker,
        at=origin(show, days),
        modality=modality,
        claimant=other,
        relayers=[speaker] if other != speaker else [],
        about=names,
        turn=turn,
    ),
    st.lists(WORDS, min_size=3, max_size=24),
    PEOPLE,
    PEOPLE,
    st.sampled_from(Modality),
    st.sampled_from(["Open Bench", "Market Hour", "Night Desk"]),
    st.integers(0, 6),
    st.lists(st.sampled_from(["Halloway Mills", "Torsund", "Corvane", "prices"]), max_size=2, unique=True),
    st.integers(0, 40),
)


@given(st.lists(ANY, max_size=10))
def test_whatever_was_said_the_brief_passes_its_own_gate(claims: list[Claim]) -> None:
    """For any claims at all: no problem is left, and every claim cited is in the brief."""
    brief = made(*claims, *DAY)
    assert brief_violations(brief) == []
    assert brief.supported == brief.statements
    cited = {cited for one in brief.signals for part in (*one.said, one.matters, one.watch) for cited in part.claims}
    cited |= {cited for part in (brief.dek, brief.closing, *brief.argument) for cited in part.claims}
    assert cited | {card.claim for card in brief.cards} <= set(brief.claims_by_id)
