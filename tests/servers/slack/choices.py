"""What a person can press or fill in, and how Slack writes down what they chose."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tests.servers.slack.kit.elements import ACTIONS, CONTEXT_ACTIONS, FIELDS, INPUT, offers
from tests.servers.slack.state import JSON

_KEYS = {
    "users_select": "selected_user",
    "channels_select": "selected_channel",
    "conversations_select": "selected_conversation",
    "multi_users_select": "selected_users",
    "multi_channels_select": "selected_channels",
    "multi_conversations_select": "selected_conversations",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
    "rich_text_input": "rich_text_value",
    "file_input": "files",
    **dict.fromkeys(("static_select", "external_select", "radio_buttons", "overflow"), "selected_option"),
    **dict.fromkeys(("multi_static_select", "multi_external_select", "checkboxes"), "selected_options"),
    **dict.fromkeys(FIELDS - {"rich_text_input", "file_input"}, "value"),
}
_STATEFUL = INPUT - {"button"}


def interactive(blocks: list[JSON]) -> Iterator[tuple[JSON, JSON]]:
    """Yield everything a person can act on, with the block it stands in."""
    for block in blocks:
        own = [block[name] for name in ("accessory", "element") if isinstance(block.get(name), dict)]
        listed = [one for name in ("elements", "actions") for one in block.get(name, ()) if isinstance(one, dict)]
        for one in (*own, *listed):
            if one.get("type") in ACTIONS | CONTEXT_ACTIONS | INPUT:
                yield block, one
        inner = [*block.get("child_blocks", ()), *(one for one in listed if one.get("type") == "card")]
        yield from interactive(inner)


def found(blocks: list[JSON], action: str, block: str | None = None) -> tuple[JSON, JSON]:
    """Return an element by its action_id, with its block; raises LookupError naming what is there."""
    every = list(interactive(blocks))
    for holder, one in every:
        if one.get("action_id") == action and block in {None, holder.get("block_id")}:
            return holder, one
    message = f"Nothing here has the action {action!r}; there is {[one.get('action_id') for _, one in every]}."
    raise LookupError(message)


def pressed(element: JSON, block: JSON, choice: object, at: str) -> JSON:
    """Return one entry of `actions`; `choice` is what was chosen where there is something to choose."""
    common = {"action_id": element["action_id"], "block_id": block["block_id"], "type": element["type"]}
    made: JSON = common | {"action_ts": at}
    if element["type"] == "feedback_buttons":
        side = element[f"{choice or 'positive'}_button"]
        return made | {"value": side["value"], "text": side["text"]}
    if element["type"] in _KEYS:
        return made | chosen(element, choice)
    if "text" in element:
        made["text"] = element["text"]
    return made | ({"value": element["value"]} if "value" in element else {})


def chosen(element: JSON, choice: object) -> JSON:
    """Return how Slack writes a choice down: by value, or by the option's value or words."""
    kind = element["type"]
    key = _KEYS[kind]
    if key == "selected_option":
        return {"type": kind, key: None if choice is None else _option(element, choice)}
    if key == "selected_options":
        many = choice if isinstance(choice, list | tuple | set) else [choice]
        return {"type": kind, key: [_option(element, one) for one in many if one is not None]}
    return {"type": kind, key: choice}


def values(blocks: list[JSON], filled: Mapping[str, object], before: Mapping[str, JSON]) -> dict[str, JSON]:
    """Return the state of a view: what was filled in, by block_id or action_id, over what stood there before.

    Raises ValueError for a required input that is empty, as Slack's own client does, and LookupError
    for a name that stands nowhere.
    """
    state: dict[str, JSON] = {}
    names: set[str] = set()
    for block, element in interactive(blocks):
        if element["type"] not in _STATEFUL:
            continue
        key, action = block["block_id"], element["action_id"]
        names |= {key, action}
        given = next((filled[name] for name in (action, key) if name in filled), None)
        entry = before.get(key, {}).get(action) or initial(element)
        state.setdefault(key, {})[action] = chosen(element, given) if given is not None else entry
        if block["type"] == "input" and not block.get("optional") and _empty(state[key][action]):
            message = f"The required input {key!r} is empty."
            raise ValueError(message)
    if unknown := set(filled) - names:
        message = f"Nothing to fill in is called {sorted(unknown)}; there is {sorted(names)}."
        raise LookupError(message)
    return state


def initial(element: JSON) -> JSON:
    """Return what stands in an element before anybody touches it."""
    kind = element["type"]
    key = _KEYS[kind]
    name = "initial_value" if key in {"value", "rich_text_value"} else key.replace("selected", "initial", 1)
    empty: object = [] if key.endswith("s") else None
    return {"type": kind, key: element.get(name, empty)}


def _option(element: JSON, choice: object) -> JSON:
    if isinstance(choice, dict):
        return choice
    offered = offers(element)
    for one in offered:
        if choice in {one.get("value"), one["text"]["text"]}:
            return one
    message = f"{choice!r} is not offered; there is {[one['text']['text'] for one in offered]}."
    raise LookupError(message)


def _empty(entry: JSON) -> bool:
    return all(not value for name, value in entry.items() if name != "type")
