"""People and companies under every name they have: speakers' labels, and what captions misheard."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.fakes import FixedClock
from tests.journeys.conftest import visiting

LABELS = ["Chair Orvath", "Jay Orvath", "Orvath, Jerome H. (Norbank)", "JEROME ORVATH", "Jerome Orvath, CEO of Norbank"]
FACTS = [
    "Norbank raised $30 million in March.",
    "Norbank paid 12 million dollars for Pellworm Mutual.",
    "Norbank's revenue grew 62% year over year.",
    "Norbank closed 40 branches in Oslo last year.",
    "Norbank sued Pellworm Mutual in March 2031.",
]


def write(folder: Path, name: str, title: str, turns: Mapping[str, str] | list[tuple[str | None, str]]) -> Path:
    """Write a conversation of today's date into a folder."""
    pairs = turns.items() if isinstance(turns, Mapping) else turns
    said = [{"speaker": speaker, "t": 5.0 * n, "text": text} for n, (speaker, text) in enumerate(pairs)]
    record = {"id": name, "show": "Open Bench", "title": title, "date": "2031-06-26", "turns": said}
    path = folder / f"{name}.jsonl"
    path.write_text(json.dumps(record) + "\n", "utf-8")
    return path


@pytest.mark.parametrize("asked", [*LABELS, "Orvath", "jerome orvath", "Mr. Orvath"])
async def test_the_claims_of_a_person_are_found_under_every_label(
    tmp_path: Path, clock: FixedClock, asked: str
) -> None:
    """Whatever the transcripts call them and whatever the reader does; the label stays what it was."""
    async with visiting(tmp_path / "names.db", clock) as visitor:
        for n, (label, fact) in enumerate(zip(LABELS, FACTS, strict=True)):
            await visitor.says(
                f"sources add {write(tmp_path, f'talk-{n}', 'Rates', {label: fact, 'Ben Odd': 'Right.'})}"
            )
        page = await visitor.says(f"claims by {asked}")
        assert "5 claims" in page
        assert all(label in page for label in LABELS)


@pytest.mark.parametrize("asked", ["Jerome H. Orvath", "Chair Orvath", "Orvath", "Jay Orvath", "JEROME ORVATH"])
async def test_a_person_is_one_entity_under_every_name(tmp_path: Path, clock: FixedClock, asked: str) -> None:
    """With the card, the claims about them and the alert; two full names with an initial or without are one."""
    facts = ["Jerome H. Orvath sold 40 branches of Norbank.", "Jerome Orvath bought Pellworm Mutual for $30 million."]
    async with visiting(tmp_path / "names.db", clock) as visitor:
        for n, fact in enumerate(facts):
            await visitor.says(f"sources add {write(tmp_path, f'talk-{n}', 'Rates', {'Dana Whitfield': fact})}")
        assert "2 2 █ claims in total" in (card := await visitor.says(f"entity {asked}"))
        assert "Orvath" in card
        assert "2 claims" in await visitor.says(f"claims about {asked}")
        assert "You now follow Jerome" in await visitor.says(f"follow {asked} at once")


async def test_apostrophes_are_all_the_same(tmp_path: Path, clock: FixedClock) -> None:
    """A curly one in the transcript is found by a straight one, and the other way round."""
    async with visiting(tmp_path / "names.db", clock) as visitor:
        said = {"Pat O’Brien": FACTS[0], "Ben Odd": "Pat O’Brien sold 40 branches of Norbank in May."}
        await visitor.says(f"sources add {write(tmp_path, 'talk', 'Rates', said)}")
        for asked in ("O'Brien", "O’Brien", "pat o'brien"):
            assert "1 claim" in await visitor.says(f"claims by {asked}"), asked
            assert "1 1 █ claims in total" in await visitor.says(f"entity {asked}"), asked


HEARD = [
    (None, "Last year Kwillon raised $30 million from Norbank."),
    (None, "Then Kwillon opened 12 plants in Oslo."),
]


async def test_a_misheard_name_leads_to_the_right_one_until_somebody_parts_them(
    tmp_path: Path, clock: FixedClock
) -> None:
    """The card, a search and a follow find it, the quote keeps the words as heard, and a word undoes it for good."""
    async with visiting(tmp_path / "names.db", clock) as visitor:
        await visitor.says(f"sources add {write(tmp_path, 'talk', 'How Quillon grew', HEARD)}")
        card = await visitor.says("entity Quillon")
        assert "2 2 █ claims in total" in card
        assert "Heard as Kwillon in transcripts." in card
        assert "Kwillon raised $30 million" in card
        assert "Quillon heard as “Kwillon”" in card
        assert "2 claims" in await visitor.says("claims about Quillon")
        assert "Quillon" in await visitor.says("entity Kwillon")

        await visitor.app.store.registry.split("Kwillon")
        assert "2 2 █ claims in total" in await visitor.says("entity Kwillon")
        assert "Heard as" not in await visitor.says("entity Quillon")
        more = [(None, "Kwillon sold 40 plants to Norbank in May.")]
        await visitor.says(f"sources add {write(tmp_path, 'more', 'Quillon again', more)}")
        assert "3 3 █ claims in total" in await visitor.says("entity Kwillon")


async def test_an_unknown_speaker_is_placed_by_the_guest_of_the_title(tmp_path: Path, clock: FixedClock) -> None:
    """In claims and answers; nobody is said to have spoken."""
    said: list[tuple[str | None, str]] = [(None, "Quillon raised $30 million from Norbank in March.")]
    async with visiting(tmp_path / "names.db", clock) as visitor:
        await visitor.says(f"sources add {write(tmp_path, 'talk', 'Dana Whitfield: how Quillon grew', said)}")
        assert "Unknown speaker, on an episode with Dana Whitfield" in await visitor.says("claims about Quillon")
        answer = await visitor.says("ask How much did Quillon raise from Norbank?")
        assert "Unknown speaker, on an episode with Dana Whitfield · Open Bench" in answer
        assert "No claims found" in await visitor.says("claims by Dana Whitfield")
