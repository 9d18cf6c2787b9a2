"""What `doctor` finds of Discord: the token, the installation and the registered commands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from bot.chat.request import Verb
from bot.errors import Denied, PlatformError
from bot.platforms.discord.manifest import INSTALLATION_CONTEXTS, application_id_from_token
from bot.platforms.discord.spec import REFUSAL_ADVICE, DiscordSettings
from bot.platforms.probe import TIMEOUT_SECONDS, Probe
from bot.platforms.spec import Finding

_WHERE_TO_FIND_IT = (
    "It has three parts with dots between them: Developer Portal → Bot → Reset Token. It is no client secret."
)
_CONTEXTS_ADVICE = "Tick User Install and Guild Install under Installation → Installation Contexts, and save."
_CONTEXT_NAMES = {"guild": "in servers", "user": "by people"}
_ENDPOINT_ADVICE = "Nothing pressed or typed reaches the bot: empty General Information → Interactions Endpoint URL."
_COMMANDS_ADVICE = "`overheard run` registers them."
_INVITE_ADVICE = "Invite it: `overheard manifest discord` prints the link."


def problems(discord: DiscordSettings) -> list[Finding]:
    """Return what is wrong with the token."""
    if application_id_from_token(discord.token):
        return []
    return [Finding("Discord", "DISCORD_TOKEN holds something else", _WHERE_TO_FIND_IT)]


async def examine(
    discord: DiscordSettings, verbs: Sequence[Verb], timeout_seconds: float = TIMEOUT_SECONDS
) -> list[Finding]:
    """Ask Discord about the bot, and return what there is to say."""
    try:
        token = await _inspect_token(
            Probe("Discord", discord.api_url.rstrip("/"), f"Bot {discord.token}", timeout_seconds)
        )
    except Denied as error:
        return [Finding("Discord", "DISCORD_TOKEN is refused", str(error))]
    except PlatformError as error:
        return [Finding("Discord", "not asked", str(error))]
    return [_bot_finding(token), *_installation_findings(token), _commands_finding(token, verbs)]


@dataclass(frozen=True, slots=True)
class _TokenInfo:
    """Where a bot token leads; None is what Discord did not say, `interactions_url` where it sends them instead."""

    bot_name: str
    server_count: int | None
    contexts: frozenset[str] | None
    interactions_url: str
    commands: Sequence[Mapping[str, Any]]


def _bot_finding(token: _TokenInfo) -> Finding:
    if token.server_count is None:
        return Finding("Discord", f"as {token.bot_name}")
    count = "1 server" if token.server_count == 1 else f"{token.server_count} servers"
    return Finding("Discord", f"as {token.bot_name}, in {count}", "" if token.server_count else _INVITE_ADVICE)


def _installation_findings(token: _TokenInfo) -> Iterator[Finding]:
    if token.contexts is not None:
        names = [words for context, words in _CONTEXT_NAMES.items() if context in token.contexts]
        advice = "" if token.contexts == INSTALLATION_CONTEXTS.keys() else _CONTEXTS_ADVICE
        yield Finding("Discord installation", " and ".join(names) or "nowhere", advice)
    if token.interactions_url:
        yield Finding("Discord interactions", f"go to {token.interactions_url}", _ENDPOINT_ADVICE)


def _commands_finding(token: _TokenInfo, verbs: Sequence[Verb]) -> Finding:
    from bot.platforms.discord.commands import application_commands, is_registered

    registered = {command.get("name"): command for command in token.commands}
    wanted = application_commands(verbs)
    outdated = [command["name"] for command in wanted if not is_registered(command, registered.get(command["name"]))]
    if not outdated:
        return Finding("Discord commands", ", ".join(command["name"] for command in wanted))
    state = f"not as they should be: {', '.join(outdated)}" if registered else "none is registered"
    return Finding("Discord commands", state, _COMMANDS_ADVICE)


async def _inspect_token(probe: Probe) -> _TokenInfo:
    """Ask whose a bot token is, where its app may be installed, and which commands are registered.

    Raises Denied if Discord refuses it, PlatformError if Discord cannot be asked.
    """
    bot = await _get_object(probe, "users/@me", "username")
    app = await _get_object(probe, "applications/@me", "id")
    commands = await _get(probe, f"applications/{app['id']}/commands")
    kinds = app.get("integration_types_config")
    contexts = frozenset(name for name, number in INSTALLATION_CONTEXTS.items() if str(number) in (kinds or ()))
    return _TokenInfo(
        str(bot["username"]),
        app.get("approximate_guild_count"),
        None if kinds is None else contexts,
        str(app.get("interactions_endpoint_url") or ""),
        commands if isinstance(commands, list) else [],
    )


async def _get_object(probe: Probe, path: str, key: str) -> Mapping[str, Any]:
    body = await _get(probe, path)
    if not isinstance(body, dict) or key not in body:
        raise probe.impostor()
    return body


async def _get(probe: Probe, path: str) -> object:
    status, body, _ = await probe.ask(path)
    if status == HTTPStatus.UNAUTHORIZED:
        raise Denied(REFUSAL_ADVICE)
    return body
