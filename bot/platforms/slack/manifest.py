"""What Slack is told about the app, made from the declared verbs: the adapter uses the same lists.

Limits are those of Slack's own schema, https://github.com/slackapi/manifest-schema.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from bot.chat.request import Arg, ArgKind, Verb

Manifest: TypeAlias = dict[str, Any]

COMMANDS = (
    "ask",
    "brief",
    "subscribe",
    "unsubscribe",
    "follow",
    "unfollow",
    "following",
    "entity",
    "claims",
    "sources",
)
"""Verbs with a slash command of their own, since people use them daily."""

CATCH_ALL_COMMAND = "overheard"
"""The slash command for every other verb that is shown: `/overheard status`; alone it helps."""

SCOPES = {
    "app_mentions:read": "hear `@Overheard` in a channel",
    "assistant:write": "appear among Slack's agents, with suggested questions",
    "channels:read": "know a public channel's name, and whether people outside the workspace are in it",
    "chat:write": "post briefs and answers",
    "chat:write.public": "post in a public channel before anyone has invited the bot",
    "commands": "offer slash commands and shortcuts",
    "groups:read": "know the same of a private channel that the bot is in",
    "im:history": "read what people write to the bot directly",
    "im:write": "start a direct conversation, where alerts go",
    "users:read": "know a person's name and time zone, and who is a guest",
}
"""Scopes the bot cannot do without, each with what it is for."""

OPTIONAL_SCOPES = {
    "channels:history": "follow up in public channels without another mention, and recover what was posted there",
    "files:read": "read the files that people send to the bot, and no others",
    "groups:history": "follow up in private channels without another mention, and recover what was posted there",
}
"""Scopes that a workspace may decline when it installs the app; only these features are then missing."""

ALL_SCOPES = tuple(sorted({*SCOPES, *OPTIONAL_SCOPES}))
"""All of them: Slack wants optional scopes listed with the rest, and refuses events whose scope isn't requested."""

EVENTS = (
    "app_home_opened",
    "app_mention",
    "app_uninstalled",
    "member_joined_channel",
    "message.channels",
    "message.groups",
    "message.im",
    "tokens_revoked",
)
"""What Slack sends without being asked."""

SHORTCUTS = {
    "check": ("Check this claim", "Show you alone the nearest claims for and against a message."),
    "note": ("Save as a note", "Read a message, or the files in it, for this workspace alone."),
}
"""Message shortcuts by callback: name and description."""

SUGGESTED_PROMPTS = (
    ("Today's brief", "brief"),
    ("What is new?", "claims since last week"),
    ("Who is read?", "sources"),
    ("What can I ask for?", "help"),
)
"""What a conversation may begin with: a title, and the words it sends."""

EVENTS_PATH, REDIRECT_PATH = "/slack/events", "/slack/oauth_redirect"

_NAME = "Overheard"
_DESCRIPTION = "What experts said in hundreds of conversations, who said it, and why it matters."
_AGENT_DESCRIPTION = (
    "Ask what was said in the conversations that are read here, by whom and when. "
    "Every answer quotes the exact words, with who said them, on which show and on which day."
)


def manifest(verbs: Sequence[Verb], *, address: str = "") -> Manifest:
    """Return the app's manifest: for Socket Mode, or for HTTP where the bot is reached at `address`.

    `address` is like https://bot.example.com. Raises KeyError when a slash command has no verb that is shown.
    """
    site = address.rstrip("/")
    return {
        "display_information": {"name": _NAME, "description": _DESCRIPTION, "background_color": "#1f2937"},
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "agent_view": {
                "agent_description": _AGENT_DESCRIPTION,
                "suggested_prompts": [{"title": title, "message": message} for title, message in SUGGESTED_PROMPTS],
            },
            "bot_user": {"display_name": _NAME, "always_online": True},
            "shortcuts": [
                {"name": name, "type": "message", "callback_id": callback, "description": description}
                for callback, (name, description) in SHORTCUTS.items()
            ],
            "slash_commands": [command | _request_url(site, "url") for command in _commands(verbs)],
        },
        "oauth_config": {
            **({"redirect_urls": [site + REDIRECT_PATH]} if site else {}),
            "scopes": {"bot": list(ALL_SCOPES), "bot_optional": sorted(OPTIONAL_SCOPES)},
        },
        "settings": {
            "event_subscriptions": {**_request_url(site), "bot_events": list(EVENTS)},
            "interactivity": {
                "is_enabled": True,
                **_request_url(site),
                **_request_url(site, "message_menu_options_url"),
            },
            "org_deploy_enabled": False,
            "socket_mode_enabled": not site,
            "token_rotation_enabled": bool(site),
        },
    }


def parse_slash_command(command: str, text: str) -> tuple[str, str]:
    """Return the verb that a slash command means, and the words for it: `/overheard status` is `status`."""
    name = command.removeprefix("/")
    if name != CATCH_ALL_COMMAND:
        return name, text
    word, _, rest = text.strip().partition(" ")
    return word.casefold() or "help", rest.strip()


def _request_url(site: str, name: str = "request_url") -> dict[str, str]:
    return {name: site + EVENTS_PATH} if site else {}


def _commands(verbs: Sequence[Verb]) -> list[Manifest]:
    shown = {verb.name: verb for verb in verbs if verb.shown}
    own = [_command(name, _first_line(shown[name]), _usage(shown[name].args)) for name in COMMANDS]
    others = [name for name in shown if name not in COMMANDS]
    return [*own, _command(CATCH_ALL_COMMAND, f"Everything else: {', '.join(others)}.", " | ".join(others))]


def _command(name: str, description: str, usage: str) -> Manifest:
    # An empty hint is refused.
    hint = {"usage_hint": usage} if usage else {}
    return {"command": f"/{name}", "description": description, **hint, "should_escape": False}


def _first_line(verb: Verb) -> str:
    return verb.help.partition("\n")[0]


def _usage(args: Sequence[Arg]) -> str:
    return " ".join(f"<{_name(arg)}>" if arg.required else f"[{_name(arg)}]" for arg in args)


def _name(arg: Arg) -> str:
    return " | ".join(arg.choices) if arg.kind is ArgKind.CHOICE else arg.name
