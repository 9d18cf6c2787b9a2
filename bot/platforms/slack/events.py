"""What Slack sends, read: who wants what, where, and how the answer gets to them."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from bot.chat.message import Action
from bot.chat.request import Verb
from bot.domain.address import Address
from bot.platforms.slack.manifest import verb_of
from bot.platforms.slack.modals import submitted
from bot.platforms.typed_commands import parse

Payload: TypeAlias = Mapping[str, Any]

PLATFORM = "slack"

BEGUN = "overheard_begun"
"""Under this name stands, in an event that was written down, which message is the beginning of its answer."""

_MARKED = re.compile(r"<(?P<kind>[@#!]?)(?P<id>[^>|]*)(?:\|(?P<label>[^>]*))?>")


@dataclass(frozen=True, slots=True)
class Hook:
    """Answers go to a `response_url`, for this person alone or for the channel; `trigger` opens a modal."""

    url: str
    trigger: str = ""


@dataclass(frozen=True, slots=True)
class Thread:
    """Answers are posted in a thread; `begun` is the time stamp of one that is there already, as far as it had come."""

    channel: str
    ts: str
    begun: str = ""


@dataclass(frozen=True, slots=True)
class Modal:
    """Answers are drawn in a modal: the open one of this id, or one that `trigger` opens."""

    view: str = ""
    trigger: str = ""
    private: str = ""


@dataclass(frozen=True, slots=True)
class Submission:
    """The first answer goes back with the acknowledgement of a submitted form, whose fields these are."""

    view: str
    fields: tuple[str, ...] = ()
    private: str = ""


@dataclass(frozen=True, slots=True)
class Home:
    """The answer is the person's own page of the app."""


Route: TypeAlias = Hook | Thread | Modal | Submission | Home


@dataclass(frozen=True, slots=True)
class Event:
    """Something a person did: `key` is the same when Slack sends it again.

    `listening` is for what was said in a thread without a mention, which is only for us where we are part of it.
    `outsider` is for a person who belongs to another workspace.
    """

    key: str
    user: str
    at: Address
    verb: str
    args: Mapping[str, str]
    route: Route
    private: bool = True
    listening: bool = False
    outsider: bool = False


def read(body: Payload, verbs: Sequence[Verb]) -> Event | None:
    """Return what a person did, or None for what needs no answer."""
    if "command" in body:
        return _command(body)
    match body.get("type"):
        case "event_callback":
            return _callback(body, verbs)
        case "block_actions":
            return _press(body)
        case "view_submission":
            return _submission(body)
        case "message_action":
            return _shortcut(body)
        case _:
            return None


def without(body: Payload, fields: frozenset[str]) -> Payload:
    """Return a submitted form without some of its fields, and anything else as it is."""
    if not fields or body.get("type") != "view_submission":
        return body
    view = body["view"]
    values = {block: inputs for block, inputs in view["state"]["values"].items() if not fields & inputs.keys()}
    return {**body, "view": {**view, "state": {**view["state"], "values": values}}}


def where(address: Address, hook: str = "") -> str:
    """Write where a modal belongs, as it travels with the modal."""
    return json.dumps({"at": str(address), "hook": hook})


def _command(body: Payload) -> Event:
    verb, words = verb_of(body["command"], html.unescape(body.get("text", "")))
    at = _at(body["team_id"], body["channel_id"], body["user_id"])
    route = Hook(body["response_url"], body["trigger_id"])
    return Event(_key(body["trigger_id"]), body["user_id"], at, verb, {"": words}, route)


def _callback(body: Payload, verbs: Sequence[Verb]) -> Event | None:
    event = body["event"]
    team, user = body["team_id"], event.get("user", "")
    if event["type"] == "app_home_opened":
        at = Address(PLATFORM, team, user)
        return Event(_key(body["event_id"]), user, at, "home", {}, Home()) if event.get("tab") == "home" else None
    if event["type"] not in {"app_mention", "message"} or event.get("bot_id") or event.get("subtype") or not user:
        return None
    return _said(body, event, verbs)


def _said(body: Payload, event: Payload, verbs: Sequence[Verb]) -> Event | None:
    """Read a message: a mention, one in a direct conversation, or one in a thread that may be ours."""
    bots = {one.get("user_id") for one in body.get("authorizations", ())}
    direct = event.get("channel_type") == "im"
    mentioned = event["type"] == "app_mention"
    listening = not direct and not mentioned
    named = {found["id"] for found in _MARKED.finditer(event["text"]) if found["kind"] == "@"}
    if listening and (named or "thread_ts" not in event):
        # A mention of us comes as one of its own; who mentions somebody else talks to them.
        return None
    command = parse(spoken(event["text"], bots), verbs)
    root = event.get("thread_ts") or event["ts"]
    at = _at(body["team_id"], event["channel"], event["user"], root)
    verb, words = ("follow_up", spoken(event["text"], bots)) if listening else (command.verb, command.rest)
    return Event(
        _key(f"{event['channel']}/{event['ts']}"),
        event["user"],
        at,
        verb,
        {"": words},
        Thread(event["channel"], root, body.get(BEGUN, "")),
        private=direct,
        listening=listening,
        outsider=event.get("team", body["team_id"]) != body["team_id"],
    )


def _press(body: Payload) -> Event | None:
    pressed = body["actions"][0]
    if "value" not in pressed:
        return None
    action = Action.parse(pressed["value"])
    user, team = body["user"]["id"], body["team"]["id"]
    at, route = _place_of_press(body, team, user)
    key = f"{body.get('trigger_id', '')}/{pressed.get('action_ts', '')}"
    return Event(_key(key), user, at, action.verb, {"": action.arg}, route, outsider=_elsewhere(body))


def _place_of_press(body: Payload, team: str, user: str) -> tuple[Address, Route]:
    if view := body.get("view"):
        if view["type"] == "home":
            at = Address(PLATFORM, team, user)
            return at, Modal(trigger=body["trigger_id"], private=where(at))
        kept = _kept(view)
        return kept or Address(PLATFORM, team, user), Modal(view["id"], private=view["private_metadata"])
    container = body["container"]
    channel = container["channel_id"]
    message = body.get("message", {})
    root = container.get("thread_ts") or message.get("thread_ts", "")
    if channel.startswith("D"):
        root = root or container["message_ts"]
        return _at(team, channel, user, root), Thread(channel, root)
    return _at(team, channel, user, root), Hook(body["response_url"], body["trigger_id"])


def _submission(body: Payload) -> Event:
    view, user, team = body["view"], body["user"]["id"], body["team"]["id"]
    fields = submitted(view)
    at = _kept(view) or Address(PLATFORM, team, user)
    route = Submission(view["id"], tuple(fields), view["private_metadata"])
    key = f"{view['id']}/{view.get('hash', '')}/{body.get('trigger_id', '')}"
    return Event(_key(key), user, at, view["callback_id"], fields, route, outsider=_elsewhere(body))


def _shortcut(body: Payload) -> Event:
    user, team = body["user"]["id"], body["team"]["id"]
    at = _at(team, body["channel"]["id"], user)
    words = spoken(body["message"].get("text", ""), ())
    route = Hook(body["response_url"], body["trigger_id"])
    return Event(_key(body["trigger_id"]), user, at, body["callback_id"], {"": words}, route, outsider=_elsewhere(body))


def _elsewhere(body: Payload) -> bool:
    team: str = body["team"]["id"]
    return bool(body["user"].get("team_id", team) != team)


def spoken(text: str, bots: Sequence[str] | set[str | None]) -> str:
    """Return Slack's own notation as people read it; a mention of the bot itself falls away."""

    def plain(found: re.Match[str]) -> str:
        if found["kind"] == "@" and found["id"] in bots:
            return ""
        return {"@": "@", "#": "#"}.get(found["kind"], "") + (found["label"] or found["id"])

    return html.unescape(_MARKED.sub(plain, text)).strip()


def _kept(view: Payload) -> Address | None:
    kept = json.loads(view["private_metadata"] or "{}")
    return Address.parse(kept["at"]) if kept else None


def _at(team: str, channel: str, user: str, thread: str = "") -> Address:
    """Name a direct conversation after its person, since that is how it is found again.

    It is one conversation, in however many threads it is held: who writes below the last answer goes on with it.
    """
    return Address(PLATFORM, team, user) if channel.startswith("D") else Address(PLATFORM, team, channel, thread)


def _key(event: str) -> str:
    return f"{PLATFORM}:{event}"
