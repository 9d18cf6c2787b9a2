"""What Discord is told about the app when it is invited: rights, intents and where it may be installed.

Discord takes no manifest. An invite is a link that carries all of this, so that nothing is left to be ticked.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

AUTHORIZE_URL = "https://discord.com/oauth2/authorize"

PLACEHOLDER = "APPLICATION_ID"
"""Stands in a link for the application's id, as long as nothing tells it."""

PERMISSIONS = {
    "view_channel": "see the channel that a brief or an answer goes to",
    "send_messages": "post briefs and answers, also as posts of a forum",
    "create_public_threads": "open a thread for the pages after a brief's first",
    "send_messages_in_threads": "post those pages, and answer inside threads",
    "read_message_history": "answer a message as a reply to it, and see after a crash what it has posted",
}
"""What the bot has to be allowed in a server, each with what it is for; the names are Discord's, in small letters."""

INTENTS = {
    "guilds": "know the servers and channels it is in",
    "guild_messages": "hear where it is mentioned or replied to; the text of other messages never comes",
    "dm_messages": "hear what people write to it directly",
}
"""What Discord sends without being asked; none of it is privileged."""

SCOPES = {
    "guild": ("bot", "applications.commands"),
    "user": ("applications.commands",),
}
"""What an installation consists of: in a server, or by a person for themselves."""

INSTALLATION_CONTEXTS = {"guild": 0, "user": 1}
"""Discord's numbers for these two installation contexts."""

_PERMISSION_BITS = {
    "view_channel": 10,
    "send_messages": 11,
    "read_message_history": 16,
    "create_public_threads": 35,
    "send_messages_in_threads": 38,
}

_NO_TOKEN = f"{PLACEHOLDER} is on General Information in the Developer Portal; with DISCORD_TOKEN set, it is filled in."
_PARTS_AFTER_ID = 2
"""A token's other parts: when it was made, and its seal."""


def permission_bits(names: Iterable[str] = PERMISSIONS) -> int:
    """Return permissions as the one number that a link carries."""
    return sum(1 << _PERMISSION_BITS[name] for name in names)


def invite_url(application: str, context: str) -> str:
    """Return the link by which the app is installed: `guild` in a server, `user` by a person for themselves."""
    asked: dict[str, str | int] = {"client_id": application, "scope": " ".join(SCOPES[context])}
    if "bot" in SCOPES[context]:
        asked["permissions"] = permission_bits()
    return f"{AUTHORIZE_URL}?{urlencode(asked | {'integration_type': INSTALLATION_CONTEXTS[context]})}"


def application_id_from_token(token: str) -> str:
    """Return the application's id, which a bot's token begins with; "" if it isn't such a token."""
    first, *rest = token.split(".")
    try:
        written = urlsafe_b64decode(first + "=" * (-len(first) % 4)).decode("ascii")
    except ValueError:
        return ""
    shaped = len(rest) == _PARTS_AFTER_ID and all(rest) and _is_snowflake(written)
    return written if shaped else ""


def _is_snowflake(text: str) -> bool:
    return text.isdecimal() and len(text) in range(15, 21)


def manifest(application: str) -> dict[str, Any]:
    """Return the whole of it as JSON knows it, with a placeholder for an application's id that is empty."""
    return {
        "application": application or None,
        "invites": {context: invite_url(application or PLACEHOLDER, context) for context in INSTALLATION_CONTEXTS},
        "installation_contexts": INSTALLATION_CONTEXTS,
        "permissions": {"number": str(permission_bits()), "names": PERMISSIONS},
        "intents": INTENTS,
        "privileged_intents": [],
    }


def describe(content: Mapping[str, Any]) -> str:
    """Return the manifest for people to read."""
    return "\n".join(_description(content))


def _description(content: Mapping[str, Any]) -> Iterator[str]:
    invites = content["invites"]
    yield from ("Invite it to a server:", f"  {invites['guild']}", "")
    yield from ("Install it for yourself, to ask anywhere:", f"  {invites['user']}", "")
    if not content["application"]:
        yield from (_NO_TOKEN, "")
    yield f"In a server it may ({content['permissions']['number']}):"
    yield from _use_lines(content["permissions"]["names"])
    yield from ("", "It receives, without any privileged intent:")
    yield from _use_lines(content["intents"])


def _use_lines(uses: Mapping[str, str]) -> Iterator[str]:
    width = max(map(len, uses))
    return (f"  {name:{width}}  to {use}" for name, use in uses.items())
