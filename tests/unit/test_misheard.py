"""Misheard names, through the reading of a conversation."""

from __future__ import annotations

import datetime as dt

import pytest

from bot.claims.extractor import extract_claims
from bot.domain import Conversation, Entity, EntityKind, Person, Turn

QUILLON = Entity("Quillon", EntityKind.COMPANY)


def mentions(
    words: str, title: str = "The evening edition", known: tuple[Entity, ...] = (), people: tuple[Person, ...] = ()
) -> dict[str, str]:
    """Return by name what each was heard as, in the claims of a conversation of one turn."""
    said = Conversation("t:1", "Harbor Talk", title, dt.date(2031, 6, 20), (Turn(words),), people=people)
    claims = extract_claims(said, known_entities=known).claims
    assert all(claim.quote in words for claim in claims)
    return {mention.name: mention.heard_as for claim in claims for mention in claim.entities}


@pytest.mark.parametrize(
    ("heard", "title", "name"),
    [
        ("Kwillon", "How Quillon grew", "Quillon"),
        ("Quillons", "How Quillon grew", "Quillon"),
        ("Vel Ostra", "Inside Velostra", "Velostra"),
        ("kwillon", "How Quillon grew", "Quillon"),
        ("Velastra", "Inside Velostra", "Velostra"),
        ("Corvidd", "Corvid's long year", "Corvid"),
        ("Snow Flake", "The evening edition", "Snowflake"),
        ("Anthropics", "The evening edition", "Anthropic"),
        ("Gooogle", "The evening edition", "Google"),
    ],
)
def test_what_sounds_like_a_name_that_is_known_here_is_that_name(heard: str, title: str, name: str) -> None:
    """From the title or the lists, in one word or two, with or without a capital; the quote stays as it is."""
    assert mentions(f"Last year {heard} raised $30 million from the bank.", title).get(name) == heard


def test_what_sounds_like_a_person_of_the_episode_is_that_person() -> None:
    """By the surname or the whole name."""
    people = (Person("Dana Whitfield"),)
    found = mentions("Dana Witfeeld sold 40 branches of Norbank last year.", people=people)
    assert found["Dana Whitfield"] == "Dana Witfeeld"


def test_what_sounds_like_a_name_of_the_library_is_that_name() -> None:
    """Also if the title has nothing of it."""
    assert mentions("Last year Kwillon raised $30 million.", known=(QUILLON,))["Quillon"] == "Kwillon"


@pytest.mark.parametrize(
    ("words", "title", "known"),
    [
        ("Last year Kwillon raised $30 million.", "Kwillon and Quillon", (QUILLON,)),
        ("Last year Kwillon raised $30 million.", "Quillon", (QUILLON, Entity("Kwillon", EntityKind.COMPANY))),
        ("Last year Orvath raised $30 million.", "Quillon", (QUILLON,)),
        ("Last year a million dollars went to Norbank.", "Million", ()),
        ("Last year Quillonist Magazine raised $30 million.", "Quillon", (QUILLON,)),
    ],
)
def test_a_name_of_its_own_stays_itself(words: str, title: str, known: tuple[Entity, ...]) -> None:
    """In the title or the library, or if it sounds like nothing here."""
    assert set(mentions(words, title, known).values()) <= {""}


def test_a_name_that_is_said_as_often_as_the_other_is_another() -> None:
    """Two companies may sound alike."""
    words = " ".join(
        f"Last month {name} raised ${n} million from its owners."
        for n in range(2, 6)
        for name in ("Velostra", "Velastro")
    )
    assert mentions(words, "Inside Velostra") == {"Velostra": "", "Velastro": ""}


def test_a_plural_is_not_misheard() -> None:
    """Two Teslas are cars."""
    assert mentions("The bank sold two Teslas for $30,000 in May.").get("Tesla") == ""
