"""Forms on Slack: what a modal asks, and what comes back."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.message import Field, Form
from bot.chat.text import md, styled_text
from bot.platforms.slack.render import build_modal, field_values
from tests.servers.slack.kit import view_faults

GOLDEN = Path(__file__).parents[1] / "snapshots" / "slack" / "form.json"

ZONES = tuple(sorted(available_timezones()))
FIELDS = (
    Field("topic", "Topic (empty for everything)", required=False),
    Field("at", "Time of day", "08:00"),
    Field("tz", "Time zone", "Europe/Berlin", ZONES),
    Field("days", "Days", "weekdays", ("every day", "weekdays", "weekends")),
)
SUBSCRIBE = Form(
    "Daily brief for this channel", FIELDS, "subscribe", md("The first arrives **{when}**.", when="Tue 24 Nov")
)


def filled(view: dict[str, Any], values: dict[str, str]) -> dict[str, Any]:
    """Return the view as Slack sends it back once it was submitted."""
    state = {}
    for block in view["blocks"]:
        if block["type"] == "input":
            name, kind = block["element"]["action_id"], block["element"]["type"]
            value = values.get(name)
            answer: dict[str, object] = {"value": value}
            if kind != "plain_text_input":
                answer = {"selected_option": {"value": value} if value else None}
            state[block["block_id"]] = {name: {"type": kind, **answer}}
    return view | {"state": {"values": state}}


def test_the_form_looks_as_it_did() -> None:
    """The modal for a subscription is as in its golden file; UPDATE_SNAPSHOTS=1 writes it anew."""
    view = build_modal(SUBSCRIBE, callback_id="form:subscribe", private_metadata="slack:T1/C1")
    written = json.dumps(view, ensure_ascii=False, indent=1) + "\n"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        GOLDEN.write_text(written, encoding="utf-8")
    assert view_faults(view) == []
    assert written == GOLDEN.read_text(encoding="utf-8")


words = st.text(max_size=200)
many = st.integers(0, 130).map(lambda count: tuple(f"option {number}" for number in range(count)))
few = st.lists(words, max_size=4, unique=True).map(tuple)
names = st.text("abcdefgh", min_size=1, max_size=12)
field = st.builds(Field, names, words, words, few | many, required=st.booleans())
fields = st.lists(field, min_size=1, max_size=4, unique_by=lambda one: one.name).map(tuple)
any_form = st.builds(Form, words, fields, st.sampled_from(("subscribe", "settings")), words.map(styled_text))


@given(any_form)
def test_any_form_is_a_legal_modal(asked: Form) -> None:
    """Slack finds no fault with the modal of any form."""
    assert view_faults(build_modal(asked, callback_id="form", private_metadata="")) == []


def test_what_was_written_comes_back_by_name() -> None:
    """Each field's value is found by its name, and what was left empty is empty."""
    given_ = {"at": "07:30", "tz": "Asia/Tokyo", "days": "weekends"}
    view = build_modal(SUBSCRIBE, callback_id="form", private_metadata="")
    assert field_values(filled(view, given_)) == {"topic": "", **given_}
    assert field_values(filled(view, {})) == dict.fromkeys(("topic", "at", "tz", "days"), "")


def test_what_stands_there_at_first_is_the_value() -> None:
    """The person's zone is chosen already, however many zones there are."""
    elements = {block["block_id"]: block["element"] for block in _inputs()}
    assert elements["at"]["initial_value"] == "08:00"
    assert elements["tz"]["initial_option"]["value"] == "Europe/Berlin"
    assert elements["days"]["initial_option"]["value"] == "weekdays"


def test_more_options_than_a_menu_holds_are_searched_for() -> None:
    """Hundreds of zones are offered as somebody types; a few options are a menu."""
    kinds = {block["block_id"]: block["element"]["type"] for block in _inputs()}
    assert kinds["tz"] == "external_select"
    assert kinds["days"] == "static_select"


def _inputs() -> list[dict[str, Any]]:
    blocks = build_modal(SUBSCRIBE, callback_id="form", private_metadata="")["blocks"]
    return [block for block in blocks if block["type"] == "input"]


def test_a_long_title_is_kept_whole() -> None:
    """A modal's title holds 24 characters; a longer one stands above the fields."""
    view = build_modal(SUBSCRIBE, callback_id="form", private_metadata="")
    assert view["title"]["text"] == "Daily brief for this…"
    assert view["blocks"][0]["elements"][0]["elements"][0]["text"] == "Daily brief for this channel"


def test_what_a_modal_cannot_carry_is_refused() -> None:
    """More private words than Slack takes are a mistake that shows at once."""
    with pytest.raises(ValueError, match="larger than a modal"):
        build_modal(SUBSCRIBE, callback_id="form", private_metadata="x" * 3001)
