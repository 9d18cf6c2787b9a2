"""Names: the ones that are listed, the ones a conversation teaches, and ordinary words that are none."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.claims.extractor import extract_claims
from bot.domain import Conversation, Entity, EntityKind, Turn
from bot.nlp.gazetteer import confusable_names, default_gazetteer


def named(*turns: tuple[str | None, str]) -> dict[str, EntityKind]:
    """Return what a conversation names."""
    said = tuple(Turn(text, speaker) for speaker, text in turns)
    found = extract_claims(Conversation("t:1", "Harbor Talk", "", dt.date(2026, 6, 20), said)).entities
    return {entity.name: entity.kind for entity in found}


WRITTEN = [
    ("what nvidia said about memory in taiwan", ["Nvidia", "Taiwan"]),
    ("Tesla's Megapod or OpenAI's GPT-5.5", ["Tesla", "Megapod", "OpenAI", "GPT-5.5"]),
    ("$NVDA since May", ["NVDA", "Nvidia"]),
    ("what the target will be", []),
    ("an apple a day", []),
    ("this is about the US", ["United States"]),
    ("C++ is faster than node.js", ["C++", "Node"]),
    ("NEWS FROM JANE STREET", ["Jane Street"]),
    ("alibaba group and Alibaba Cloud", ["Alibaba"]),
]


@pytest.mark.parametrize(("words", "names"), WRITTEN)
def test_names_are_found_however_they_are_written(words: str, names: list[str]) -> None:
    """Small letters, possessives, tickers and aliases lead to the canonical name; ordinary words lead nowhere."""
    assert names == list(named((None, words)))


def test_a_word_that_is_also_a_name_needs_more_than_a_capital() -> None:
    """Block, Target and Square are companies only where the words around them say so."""
    assert "Block" not in named((None, "Block after block was sold. Target the small ones."))
    assert "Block" in named((None, "Then we paid with Block and it worked."))


def test_fruit_is_no_company() -> None:
    """Speech is written with capitals, so a small apple is an apple."""
    assert named((None, "She ate an apple and looked at the amazon of a river.")) == {}


def test_a_first_name_means_the_one_person_here_who_bears_it() -> None:
    """Speakers teach their names; two bearers of a name leave it alone."""
    one = named(("Milena Orvath", "Hello."), ("Dana Whitfield", "As Milena said, rates fell 4 percent."))
    two = named(("Milena Orvath", "Hi."), ("Milena Kovac", "Hi."), ("Dana Whitfield", "As Milena said, it fell."))
    assert one["Milena Orvath"] == EntityKind.PERSON
    assert "Milena Orvath" not in two


def test_the_first_word_of_a_companys_name_stands_for_it() -> None:
    """Both spellings are one company; where two companies share the word, it stands for neither."""
    words = "Last week Halden Robotics said it grew. In June Halden paid 3 percent more."
    assert named((None, words)) == {"Halden Robotics": EntityKind.COMPANY}
    both = named((None, f"{words} Then Halden Energy shrank."))
    assert {"Halden", "Halden Robotics", "Halden Energy"} == set(both)


def test_a_learnt_name_is_not_found_in_small_letters() -> None:
    """The address of a page is no mention."""
    said = (Turn("They use a tool called Drovebit for it. See example.com/drovebit for more."),)
    found = extract_claims(Conversation("t:1", "Harbor Talk", "", dt.date(2026, 6, 20), said)).entities
    assert Entity("Drovebit", EntityKind.PRODUCT) in found


def test_names_that_the_library_has_are_known_from_their_first_mention() -> None:
    """A name at the start of a sentence is found, of the kind and under the name that it has in the library."""
    said = (Turn("Halden opened a plant. Orlo closed two."),)
    conversation = Conversation("t:1", "Harbor Talk", "", dt.date(2026, 6, 20), said)
    library = (Entity("Halden Compute", EntityKind.COMPANY, ("Halden",)), Entity("Plant", EntityKind.PRODUCT))
    assert (
        Entity("Halden Compute", EntityKind.COMPANY, ("Halden",))
        in extract_claims(conversation, known_entities=library).entities
    )
    assert extract_claims(conversation).entities == ()


def test_a_first_name_in_the_library_names_nobody_elsewhere() -> None:
    """Another conversation's Dana is somebody else."""
    conversation = Conversation("t:1", "S", "", dt.date(2026, 6, 20), (Turn("Then Dana left for 3 percent more."),))
    library = (Entity("Dana Whitfield", EntityKind.PERSON, ("Dana",)),)
    assert "Dana Whitfield" not in {
        entity.name for entity in extract_claims(conversation, known_entities=library).entities
    }


LEARNT = [
    ("They bought it from a company called Kelpworks in March.", "Kelpworks", EntityKind.COMPANY),
    ("The CEO of Vandrell left.", "Vandrell", EntityKind.COMPANY),
    ("We met Senator Okonedo there.", "Okonedo", EntityKind.PERSON),
    ("She moved to Tarvisio in spring.", "Tarvisio", EntityKind.PLACE),
    ("They use a tool called Drovebit for it.", "Drovebit", EntityKind.PRODUCT),
    ("We ran Zephyrix 5.2 on it.", "Zephyrix 5.2", EntityKind.PRODUCT),
    (
        "It came from the Institute of Applied Hydrology last year.",
        "Institute of Applied Hydrology",
        EntityKind.COMPANY,
    ),
    ("The paper by Annika Vestergren is new.", "Annika Vestergren", EntityKind.PERSON),
    ("They asked an insurer, Vandrell, about it.", "Vandrell", EntityKind.COMPANY),
    ("On Friday Vandrell, the chip maker, closed a line.", "Vandrell", EntityKind.COMPANY),
    ("We saw Drovebit, a coding tool, at work.", "Drovebit", EntityKind.PRODUCT),
    ("Last week Vandrell sued the city.", "Vandrell", EntityKind.COMPANY),
    ("This morning Vandrell said that it closes.", "Vandrell", EntityKind.COMPANY),
    ("There was a fire at a factory in Orkdal, and it burns.", "Orkdal", EntityKind.PLACE),
    ("It was made by Oxbow Grocers in June.", "Oxbow Grocers", EntityKind.COMPANY),
]


@pytest.mark.parametrize(("sentence", "name", "kind"), LEARNT)
def test_unknown_names_are_learnt_with_their_kind(sentence: str, name: str, kind: EntityKind) -> None:
    """A capital inside a sentence makes a name; its neighbours and its own words tell the kind."""
    assert kind == named((None, sentence)).get(name)


@pytest.mark.parametrize(
    "sentence", ["However, it works.", "Yesterday was fine. Monday is not.", "I'm sure We're done, he said."]
)
def test_ordinary_first_words_days_and_contractions_are_no_names(sentence: str) -> None:
    """A capital for grammar's sake names nothing."""
    assert named((None, sentence)) == {}


def test_aliases_seen_are_kept_with_the_entity() -> None:
    """One canonical spelling, and every way it was written here."""
    said = (Turn("Alibaba Group fell. NVIDIA rose. Alibaba fell again."),)
    found = extract_claims(Conversation("t:1", "Harbor Talk", "", dt.date(2026, 6, 20), said)).entities
    assert Entity("Alibaba", EntityKind.COMPANY, ("Alibaba Group",)) in found
    assert Entity("Nvidia", EntityKind.COMPANY, ("NVIDIA",)) in found


@pytest.mark.parametrize(("one", "other"), confusable_names())
def test_no_name_leads_to_another_that_must_stay_apart(one: str, other: str) -> None:
    """The lists themselves merge nothing that must not merge."""
    first, second = default_gazetteer().get(one), default_gazetteer().get(other)
    assert first is None or second is None or first.name != second.name


@given(st.text(max_size=200))
def test_found_names_are_spans_in_order(text: str) -> None:
    """Whatever is typed, spans lie in the text and do not cross."""
    found = default_gazetteer().find(text)
    assert all(0 <= one.start < one.end <= len(text) for one in found)
    assert [one.start for one in found] == sorted(one.start for one in found)
