"""Forms on Discord: what a modal asks, and what comes back."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.message import Field, Form
from bot.chat.text import md, styled_text
from bot.platforms.discord.render import build_modal, field_values
from tests.discord_markdown import read
from tests.servers.discord.kit.modals import check_modal
from tests.unit.test_slack_forms import SUBSCRIBE

GOLDEN = Path(__file__).parents[1] / "snapshots" / "discord" / "form.json"

LABEL, TEXT, INPUT = 18, 10, 4


def filled(drawn: dict[str, Any], values: dict[str, str]) -> list[dict[str, Any]]:
    """Return the components as Discord sends them once the modal was submitted."""
    answers: list[dict[str, Any]] = []
    for part in drawn["components"]:
        if part["type"] == TEXT:
            answers.append({"type": TEXT, "id": 1})
            continue
        name, kind = part["component"]["custom_id"], part["component"]["type"]
        value = values.get(name, "")
        answer: dict[str, Any] = {"value": value} if kind == INPUT else {"values": [value] if value else []}
        answers.append({"type": LABEL, "id": 2, "component": {"type": kind, "id": 3, "custom_id": name, **answer}})
    return answers


def test_the_form_looks_as_it_did() -> None:
    """The modal for a subscription is as in its golden file; UPDATE_SNAPSHOTS=1 writes it anew."""
    drawn = build_modal(SUBSCRIBE)
    check_modal(drawn)
    written = json.dumps(drawn, ensure_ascii=False, indent=1) + "\n"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        GOLDEN.write_text(written, encoding="utf-8")
    assert written == GOLDEN.read_text(encoding="utf-8")


words = st.text(max_size=200)
many = st.integers(0, 40).map(lambda count: tuple(f"option {number}" for number in range(count)))
few = st.lists(words, max_size=4, unique=True).map(tuple)
names = st.text("abcdefgh", min_size=1, max_size=12)
field = st.builds(Field, names, words, words, few | many, required=st.booleans())
fields = st.lists(field, min_size=1, max_size=4, unique_by=lambda one: one.name).map(tuple)
any_form = st.builds(Form, words, fields, st.sampled_from(("subscribe", "settings")), words.map(styled_text))


@given(any_form)
def test_any_form_is_a_legal_modal(asked: Form) -> None:
    """Discord finds no fault with the modal of any form."""
    check_modal(build_modal(asked))


def test_what_was_written_comes_back_by_name() -> None:
    """Each field's value is found by its name, and what was left empty is empty."""
    given_ = {"at": "07:30", "tz": "Asia/Tokyo", "days": "weekends"}
    drawn = build_modal(SUBSCRIBE)
    assert field_values(filled(drawn, given_)) == {"topic": "", **given_}
    assert field_values(filled(drawn, {})) == dict.fromkeys(("topic", "at", "tz", "days"), "")
    assert field_values([{"type": 1, "components": [{"type": INPUT, "custom_id": "at", "value": "9"}]}]) == {"at": "9"}


def test_what_stands_there_at_first_is_the_value() -> None:
    """The time is written already and the days are chosen; more zones than a menu holds are written in."""
    parts = {part["component"]["custom_id"]: part["component"] for part in build_modal(SUBSCRIBE)["components"][1:]}
    assert parts["at"]["value"] == "08:00"
    assert parts["tz"] == {
        "type": INPUT,
        "style": 1,
        "max_length": 4000,
        "value": "Europe/Berlin",
        "custom_id": "tz",
        "required": True,
    }
    assert [option["value"] for option in parts["days"]["options"] if option.get("default")] == ["weekdays"]
    assert not parts["topic"]["required"]


def test_what_is_too_long_for_its_place_stands_elsewhere_too() -> None:
    """A long title is above the fields, a long label is explained, long words have room for their lines."""
    asked = Form("T*" * 40, (Field("why", "Why " * 20, "one\ntwo"),), "subscribe", md("**soon**"))
    above, part = build_modal(asked)["components"]
    assert above["content"] == "**" + "T\\*" * 40 + "**\nsoon".replace("soon", "**soon**")
    assert [node.kind for node in read(above["content"]) if node.words != "\n"] == ["bold", "bold"]
    assert part["label"] == shortened(part["description"], 45)
    assert part["component"]["style"] == 2


def shortened(text: str, limit: int) -> str:
    """Return the beginning of words, cut where a person would."""
    return text[: limit - 1].rpartition(" ")[0] + "…"


def test_what_comes_back_with_it_can_be_chosen() -> None:
    """A modal carries its verb, or what it is given."""
    assert build_modal(SUBSCRIBE)["custom_id"] == "subscribe:"
    assert build_modal(SUBSCRIBE, "subscribe:ai")["custom_id"] == "subscribe:ai"


@pytest.mark.parametrize("number", [0, 5])
def test_what_a_modal_cannot_carry_is_refused(number: int) -> None:
    """No fields, or more with the preview than Discord takes, are a mistake that shows at once."""
    asked = Form("Title", tuple(Field(f"f{n}", "x") for n in range(number)), "ask", md("p") if number else ())
    with pytest.raises(ValueError, match="can't be a modal"):
        build_modal(asked)
    with pytest.raises(ValueError, match="can't be a modal"):
        build_modal(SUBSCRIBE, "x" * 101)


def test_no_more_than_a_modal_holds_is_written_into_it() -> None:
    """What stands in a field at first is cut where Discord would refuse it; a preview that long is a mistake."""
    (part,) = build_modal(Form("Title", (Field("why", "Why", "x" * 5000),), "ask"))["components"]
    assert len(part["component"]["value"]) == 4000
    with pytest.raises(ValueError, match="can't be a modal"):
        build_modal(Form("Title", (Field("why", "Why"),), "ask", styled_text("x" * 4001)))
