"""Parses what Slack sends: who wants what, where, and how the answer gets to them."""

from __future__ import annotations

import datetime as dt
import html
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from bot.chat.argument_parser import lacks_text, parse_command
from bot.chat.message import Action
from bot.chat.request import Verb
from bot.chat.text import without_code
from bot.domain.address import Address
from bot.platforms.attachments import FileLink
from bot.platforms.slack.manifest import parse_slash_command
from bot.platforms.slack.render import field_values

Payload: TypeAlias = Mapping[str, Any]

PLATFORM = "slack"

REPLY_TS = "overheard_begun"
"""The key, in a saved event, of the timestamp of the message that begins its answer."""

PAGES = "overheard_pages"
"""The key of the pages of its answer that are posted."""

ANSWER = "overheard_answer"
"""The key of an answer that could not be shown yet."""

EXPIRES = "overheard_expires"
"""The key of the moment, in Unix seconds, after which it can't be answered any more."""

_REFERENCE = re.compile(r"<(?P<kind>[@#!]?)(?P<id>[^>|]*)(?:\|(?P<label>[^>]*))?>")


@dataclass(frozen=True, slots=True)
class ResponseURL:
    """Answers go to a `response_url`, for this person alone or for the channel; `trigger_id` opens a modal.

    `question` is the `response_type` of the question that the answer replaces, empty if it replaces nothing.
    """

    url: str
    trigger_id: str = ""
    question: str = ""


@dataclass(frozen=True, slots=True)
class Thread:
    """Answers are posted in a thread.

    `reply_ts` is the timestamp of a partial answer that is already there, `question_ts` of a question that the answer
    replaces, and `asked_ts` of what is answered: no page of the answer is older. `trigger_id` opens a modal.
    """

    channel: str
    ts: str
    reply_ts: str = ""
    question_ts: str = ""
    trigger_id: str = ""
    asked_ts: str = ""

    @property
    def asked_at(self) -> dt.datetime | None:
        """When it was asked, if known."""
        return dt.datetime.fromtimestamp(float(self.asked_ts), dt.UTC) if self.asked_ts else None


@dataclass(frozen=True, slots=True)
class Modal:
    """Answers are shown in a modal: the open one with this id, or one that `trigger_id` opens."""

    view_id: str = ""
    trigger_id: str = ""
    private_metadata: str = ""


@dataclass(frozen=True, slots=True)
class Submission:
    """The first answer goes back with the acknowledgement of a submitted form, whose fields these are."""

    view_id: str
    fields: tuple[str, ...] = ()
    private_metadata: str = ""


@dataclass(frozen=True, slots=True)
class AppHome:
    """The answer is the person's own page of the app."""


Route: TypeAlias = ResponseURL | Thread | Modal | Submission | AppHome


@dataclass(frozen=True, slots=True)
class Event:
    """Something a person did: `key` is the same when Slack sends it again.

    An `unaddressed` one was said in a thread without a mention, and is for the bot only if it has joined that thread.
    `is_outsider` marks a person who belongs to another workspace. The answer to the event with the key `replaces` goes:
    its question was edited, or deleted if there is no verb.
    """

    key: str
    user: str
    at: Address
    verb: str
    args: Mapping[str, str]
    route: Route
    private: bool = True
    unaddressed: bool = False
    is_outsider: bool = False
    files: tuple[FileLink, ...] = ()
    replaces: str = ""


def parse_event(body: Payload, verbs: Sequence[Verb]) -> Event | None:
    """Return what a person did, or None if it needs no answer."""
    if "command" in body:
        return _command(body)
    match body.get("type"):
        case "event_callback":
            return _event_callback(body, verbs)
        case "block_actions":
            return _button_press(body)
        case "view_submission":
            return _submission(body)
        case "message_action":
            return _shortcut(body)
        case _:
            return None


def redact(body: Payload, fields: frozenset[str]) -> Payload:
    """Return a submitted form without some of its fields, and anything else as it is."""
    if not fields or body.get("type") != "view_submission":
        return body
    view = body["view"]
    values = {block: inputs for block, inputs in view["state"]["values"].items() if not fields & inputs.keys()}
    return {**body, "view": {**view, "state": {**view["state"], "values": values}}}


def modal_metadata(address: Address, response_url: str = "") -> str:
    """Return where a modal belongs, as it travels with the modal."""
    return json.dumps({"at": str(address), "hook": response_url})


def _command(body: Payload) -> Event:
    verb, words = parse_slash_command(body["command"], html.unescape(body.get("text", "")))
    at = _address(body["team_id"], body["channel_id"], body["user_id"])
    route = ResponseURL(body["response_url"], body["trigger_id"])
    return Event(_key(body["trigger_id"]), body["user_id"], at, verb, {"": words}, route)


def _event_callback(body: Payload, verbs: Sequence[Verb]) -> Event | None:
    event = body["event"]
    team, user = body["team_id"], event.get("user", "")
    if event["type"] == "app_home_opened":
        at = Address(PLATFORM, team, user)
        return Event(_key(body["event_id"]), user, at, "home", {}, AppHome()) if event.get("tab") == "home" else None
    match event.get("subtype"):
        case "message_changed" if event["message"].get("subtype") == _TOMBSTONE:
            return _deletion(team, event, event["message"]["ts"])
        case "message_changed":
            return _edit(body, event, verbs)
        case "message_deleted":
            return _deletion(team, event, event["deleted_ts"])
        case _:
            return _message(body, event, verbs)


_TOMBSTONE = "tombstone"
"""What Slack leaves of a deleted message that has replies."""

_WORDED = {None, "file_share", "me_message", "thread_broadcast"}
"""The kinds of messages that carry somebody's words; the others tell of something."""


def _edit(body: Payload, event: Payload, verbs: Sequence[Verb]) -> Event | None:
    """Parse an edited message; that Slack added a preview to it is no edit."""
    message = event["message"]
    if "edited" not in message or message.get("text") == event.get("previous_message", {}).get("text"):
        return None
    place = {name: event[name] for name in ("channel", "channel_type") if name in event}
    return _message(body, {**message, **place}, verbs)


def _deletion(team: str, event: Payload, ts: str) -> Event | None:
    """Parse that a message was deleted; what was answered in private stays."""
    if event.get("channel_type") == "im":
        return None
    question = _key(f"{event['channel']}/{ts}")
    at = _address(team, event["channel"], "", ts)
    return Event(f"{question}/deleted", "", at, "", {}, Thread(event["channel"], ts), private=False, replaces=question)


def _message(body: Payload, event: Payload, verbs: Sequence[Verb]) -> Event | None:
    """Parse a message: a mention, one in a direct conversation, or one in a thread that the bot may have joined."""
    by_person = event.get("user") and not event.get("bot_id")
    if event["type"] not in {"app_mention", "message"} or event.get("subtype") not in _WORDED or not by_person:
        return None
    bots = {authorization.get("user_id") for authorization in body.get("authorizations", ())}
    direct = event.get("channel_type") == "im"
    edited = (event.get("edited") or {}).get("ts", "")
    mentioned = _mentioned(without_code(event["text"]))
    if event["type"] == "app_mention" and not mentioned and _mentioned(event["text"]):
        return None
    unaddressed = not (direct or event["type"] == "app_mention" or (edited and mentioned & bots))
    files = _message_files(event)
    if unaddressed and (mentioned or files or "thread_ts" not in event):
        # A mention of the bot comes as an event of its own; a mention of somebody else is addressed to them.
        # Files are read only if they are sent to the bot.
        return None
    said = _said(event, bots, verbs)
    command = parse_command(said, verbs, has_files=bool(files))
    root = event.get("thread_ts") or event["ts"]
    verb, words = ("follow_up", said) if unaddressed else (command.verb, command.text)
    question = _key(f"{event['channel']}/{event['ts']}")
    return Event(
        f"{question}/{edited}" if edited else question,
        event["user"],
        _address(body["team_id"], event["channel"], event["user"], root),
        verb,
        {"": words},
        Thread(event["channel"], root, body.get(REPLY_TS, ""), asked_ts=edited or event["ts"]),
        private=direct,
        unaddressed=unaddressed,
        is_outsider=event.get("team", body["team_id"]) != body["team_id"],
        files=files,
        replaces=question if edited else "",
    )


def _mentioned(text: str) -> set[str | None]:
    return {reference["id"] for reference in _REFERENCE.finditer(text) if reference["kind"] == "@"}


def _said(message: Payload, bots: set[str | None], verbs: Sequence[Verb]) -> str:
    """Return what somebody wrote, with what they attached if that is all there is."""
    said = readable_text(message.get("text", ""), bots)
    if not lacks_text(said, verbs):
        return said
    return f"{said} {readable_text(_attached_text(message), bots)}".strip()


def _attached_text(message: Payload) -> str:
    """Return the words of a message that is passed on, or of a card."""
    attachments = message.get("attachments", ())
    texts = (one.get("text") or " ".join(_block_words(one)) or one.get("fallback", "") for one in attachments)
    return " ".join(texts)


def _block_words(node: object) -> Iterator[str]:
    """Yield the words of blocks that aren't on buttons."""
    if isinstance(node, list):
        for inner in node:
            yield from _block_words(inner)
    elif isinstance(node, dict) and node.get("type") != "actions":
        if isinstance(node.get("text"), str):
            yield node["text"]
        for inner in node.values():
            yield from _block_words(inner)


def _button_press(body: Payload) -> Event | None:
    pressed = body["actions"][0]
    value = pressed.get("value") or (pressed.get("selected_option") or {}).get("value")
    if not value:
        return None
    action = Action.parse(value)
    user, team = body["user"]["id"], body["team"]["id"]
    at, route = _press_origin(body, team, user, settles=action.settles)
    key = f"{body.get('trigger_id', '')}/{pressed.get('action_ts', '')}"
    return Event(_key(key), user, at, action.verb, {"": action.arg}, route, is_outsider=_is_outsider(body))


def _press_origin(body: Payload, team: str, user: str, *, settles: bool) -> tuple[Address, Route]:
    if view := body.get("view"):
        if view["type"] == "home":
            at = Address(PLATFORM, team, user)
            return at, Modal(trigger_id=body["trigger_id"], private_metadata=modal_metadata(at))
        at = _address_in_view(view) or Address(PLATFORM, team, user)
        return at, Modal(view["id"], private_metadata=view["private_metadata"])
    container = body["container"]
    channel = container["channel_id"]
    message = body.get("message", {})
    root = container.get("thread_ts") or message.get("thread_ts", "")
    if channel.startswith("D"):
        root = root or container["message_ts"]
        settled, pressed = container["message_ts"] if settles else "", body["actions"][0].get("action_ts", "")
        return _address(team, channel, user, root), Thread(channel, root, "", settled, body["trigger_id"], pressed)
    shown_to = "ephemeral" if container.get("is_ephemeral") else "in_channel"
    route = ResponseURL(body["response_url"], body["trigger_id"], shown_to if settles else "")
    return _address(team, channel, user, root), route


def _submission(body: Payload) -> Event:
    view, user, team = body["view"], body["user"]["id"], body["team"]["id"]
    fields = field_values(view)
    at = _address_in_view(view) or Address(PLATFORM, team, user)
    route = Submission(view["id"], tuple(fields), view["private_metadata"])
    key = f"{view['id']}/{view.get('hash', '')}/{body.get('trigger_id', '')}"
    inputs = (element for values in view["state"]["values"].values() for element in values.values())
    files = _files([file for element in inputs for file in element.get("files") or ()])
    return Event(_key(key), user, at, view["callback_id"], fields, route, is_outsider=_is_outsider(body), files=files)


def _shortcut(body: Payload) -> Event:
    user, team = body["user"]["id"], body["team"]["id"]
    at = _address(team, body["channel"]["id"], user)
    message = body["message"]
    words = readable_text(message.get("text") or _attached_text(message) or " ".join(_block_words(message)), ())
    route = ResponseURL(body["response_url"], body["trigger_id"])
    verb, files = body["callback_id"], _message_files(message)
    verb = "files" if files and verb == "note" else verb
    return Event(
        _key(body["trigger_id"]), user, at, verb, {"": words}, route, is_outsider=_is_outsider(body), files=files
    )


def _message_files(message: Payload) -> tuple[FileLink, ...]:
    """Return the files of a message, and of those that it passes on."""
    holders = (message, *(message.get("attachments") or ()))
    return _files([file for holder in holders for file in holder.get("files") or ()])


def _files(shared: Sequence[Payload]) -> tuple[FileLink, ...]:
    """Return files that were shared; one that Slack keeps back, or keeps elsewhere, has no address."""
    known = ({name: value for name, value in file.items() if value} for file in shared)
    return tuple(
        FileLink(file.get("name", ""), file.get("size", 0), file.get("url_private_download", "")) for file in known
    )


def _is_outsider(body: Payload) -> bool:
    team: str = body["team"]["id"]
    return bool(body["user"].get("team_id", team) != team)


def readable_text(text: str, bots: Sequence[str] | set[str | None]) -> str:
    """Return Slack's own notation as people read it, without mentions of the bot itself."""

    def plain(reference: re.Match[str]) -> str:
        if reference["kind"] == "@" and reference["id"] in bots:
            return ""
        return reference["kind"].replace("!", "") + (reference["label"] or reference["id"])

    return html.unescape(_REFERENCE.sub(plain, text)).strip()


def _address_in_view(view: Payload) -> Address | None:
    metadata = json.loads(view["private_metadata"] or "{}")
    return Address.parse(metadata["at"]) if metadata else None


def _address(team: str, channel: str, user: str, thread: str = "") -> Address:
    """Return an address; a direct conversation is named after its person, since that is how it is found again.

    It is one conversation, however many threads it has: a message below the last answer continues it.
    """
    return Address(PLATFORM, team, user) if channel.startswith("D") else Address(PLATFORM, team, channel, thread)


def _key(event: str) -> str:
    return f"{PLATFORM}:{event}"
