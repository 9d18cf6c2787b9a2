"""People: what a speaker's label says, and which labels are one person."""

from __future__ import annotations

import pytest

from bot.nlp.people import labels_of, parse_label, plain_name, titled_guests


@pytest.mark.parametrize(
    ("label", "name", "role", "affiliation"),
    [
        ("Chair Orvath", "Orvath", "Chair", ""),
        ("Vice Chair Orvath", "Orvath", "Vice Chair", ""),
        ("CEO Dana", "Dana", "CEO", ""),
        ("Dr. Dana Whitfield, PhD", "Dana Whitfield", "Dr.", ""),
        ("Whitfield, Dana (Quillon)", "Dana Whitfield", "", "Quillon"),
        ("WHITFIELD, DANA", "Dana Whitfield", "", ""),
        ("van der Velde, Anna", "Anna van der Velde", "", ""),
        ("Dana Whitfield, CEO of Quillon", "Dana Whitfield", "CEO", "Quillon"),
        ("Dana Whitfield, Chief Executive Officer, Quillon", "Dana Whitfield", "Chief Executive Officer", "Quillon"),
        ("Dana Whitfield | Quillon", "Dana Whitfield", "", "Quillon"),
        ("Dana Whitfield -- Chief Financial Officer", "Dana Whitfield", "Chief Financial Officer", ""),
        ("Dana Whitfield (she/her)", "Dana Whitfield", "", ""),
        ("Dana, Quillon", "Dana", "", "Quillon"),
        ("Quillon CEO Dana Whitfield", "Dana Whitfield", "CEO", "Quillon"),
        ("Host: Dana Whitfield", "Dana Whitfield", "Host", ""),
        ("DANA MCBRIDE", "Dana McBride", "", ""),
        ("Pat O’Brien", "Pat O'Brien", "", ""),
        ("O'BRIEN", "O'Brien", "", ""),
        ("Dana King", "Dana King", "", ""),
        ("Moderator", "Moderator", "", ""),
        ("Speaker 1", "Speaker 1", "", ""),
        ("Speaker A", "Speaker A", "", ""),
        ("?", "?", "", ""),
        ("", "", "", ""),
    ],
)
def test_a_label_is_a_name_a_role_and_an_affiliation(label: str, name: str, role: str, affiliation: str) -> None:
    """None of the three sticks to another."""
    parsed = parse_label(label)
    assert (name, role, affiliation) == (parsed.name, parsed.role, parsed.affiliation)


ORVATH = ["Chair Orvath", "ORVATH", "Jay Orvath", "Jerome H. Orvath", "Orvath, Jerome (Norbank)"]


@pytest.mark.parametrize("asked", [*ORVATH, "jerome orvath", "Mr. Orvath", "J. Orvath", "chairman orvath"])
def test_one_person_is_found_under_every_label(asked: str) -> None:
    """By any of them, and nobody else is."""
    assert set(labels_of(asked, [*ORVATH, "Dana Whitfield", "Orvathson"])) == set(ORVATH)


def test_people_of_one_surname_are_not_mixed_up() -> None:
    """A surname alone is everybody's who has it; a full name is one person's."""
    labels = ["Dana Whitfield", "Ben Whitfield", "Whitfield"]
    assert labels_of("Dana Whitfield", labels) == ["Dana Whitfield"]
    assert set(labels_of("Whitfield", labels)) == set(labels)
    assert labels_of("D. R. Whitfield", ["Dana M. Whitfield"]) == []


def test_a_first_name_is_somebody_only_if_one_person_has_it() -> None:
    """Two people called Dana are not one."""
    assert labels_of("Dana", ["Dana Whitfield", "Dana R. Whitfield", "Ben Odd"]) == [
        "Dana Whitfield",
        "Dana R. Whitfield",
    ]
    assert labels_of("Dana", ["Dana Whitfield", "Dana Okafor", "Dana"]) == ["Dana"]


def test_a_plain_name_has_no_initials_in_its_middle() -> None:
    """Nor a title."""
    assert plain_name("Chair Jerome H. Orvath") == "Jerome Orvath"
    assert plain_name("J. Orvath") == "J. Orvath"


@pytest.mark.parametrize(
    ("title", "guests"),
    [
        ("Dana Whitfield: how Quillon grew", ("Dana Whitfield",)),
        ("Ep. 12: Dana Whitfield – the long year", ("Dana Whitfield",)),
        ("How Quillon grew, with Dana Whitfield and Ben Odd", ("Dana Whitfield", "Ben Odd")),
        ("The long year (with Dana Whitfield)", ()),
        ("Rates | Dana Whitfield", ("Dana Whitfield",)),
        ("Rates - Petra Lindqvist", ()),
        ("Grace Hopper Conference: notes", ()),
        ("Grace Period: a story", ()),
        ("Inside Velostra: a story", ()),
        ("Talks with Orlo Bank", ()),
    ],
)
def test_a_title_names_guests(title: str, guests: tuple[str, ...]) -> None:
    """Where titles have them, if their given names are known; the host of the show is none."""
    assert titled_guests(title, "The Petra Lindqvist Show") == guests
