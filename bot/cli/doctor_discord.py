"""What `doctor` finds of Discord."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING

from bot.config import Settings
from bot.domain.finding import Finding
from bot.errors import Denied, PlatformError
from bot.platforms.discord.manifest import INSTALLATION_CONTEXTS, application_id_from_token
from handlers import router

if TYPE_CHECKING:
    from bot.platforms.discord.permissions import TokenInfo

_FIVE_STEPS = "The README has the five steps; `overheard manifest discord` prints the invite."
_INSTALL = "pip install 'overheard[discord]'"
_WHERE_TO_FIND_IT = (
    "It has three parts with dots between them: Developer Portal → Bot → Reset Token. It is no client secret."
)
_CONTEXTS_ADVICE = "Tick User Install and Guild Install under Installation → Installation Contexts, and save."
_CONTEXT_NAMES = {"guild": "in servers", "user": "by people"}
_ENDPOINT_ADVICE = "Nothing pressed or typed reaches the bot: empty General Information → Interactions Endpoint URL."
_COMMANDS_ADVICE = "`overheard run` registers them."
_INVITE_ADVICE = "Invite it: `overheard manifest discord` prints the link."


async def examine(settings: Settings) -> tuple[bool, list[Finding]]:
    """Return whether Discord is configured, and what there is to say of it; Discord is asked once it is."""
    if troubles := list(_configuration_problems(settings)):
        return False, troubles
    return True, await _ask_discord(settings)


def _configuration_problems(settings: Settings) -> Iterator[Finding]:
    token = settings.discord.token
    absent = [name for name in ("cachetools", "discord") if find_spec(name) is None]
    if not token:
        yield Finding("Discord", "not connected", f"{_INSTALL}\n{_FIVE_STEPS}" if absent else _FIVE_STEPS)
        return
    if absent:
        yield Finding("Discord", f"not installed ({', '.join(absent)})", _INSTALL)
    if not application_id_from_token(token):
        yield Finding("Discord", "DISCORD_TOKEN holds something else", _WHERE_TO_FIND_IT)


async def _ask_discord(settings: Settings) -> list[Finding]:
    from bot.platforms.discord.permissions import inspect_token

    try:
        grant = await inspect_token(settings.discord.token, settings.discord.api_url)
    except Denied as error:
        return [Finding("Discord", "DISCORD_TOKEN is refused", str(error))]
    except PlatformError as error:
        return [Finding("Discord", "not asked", str(error))]
    return [_bot_finding(grant), *_installation_findings(grant), _commands_finding(grant)]


def _bot_finding(grant: TokenInfo) -> Finding:
    if grant.server_count is None:
        return Finding("Discord", f"as {grant.bot_name}")
    count = "1 server" if grant.server_count == 1 else f"{grant.server_count} servers"
    return Finding("Discord", f"as {grant.bot_name}, in {count}", "" if grant.server_count else _INVITE_ADVICE)


def _installation_findings(grant: TokenInfo) -> Iterator[Finding]:
    if grant.contexts is not None:
        where = [words for context, words in _CONTEXT_NAMES.items() if context in grant.contexts]
        advice = "" if grant.contexts == INSTALLATION_CONTEXTS.keys() else _CONTEXTS_ADVICE
        yield Finding("Discord installation", " and ".join(where) or "nowhere", advice)
    if grant.interactions_url:
        yield Finding("Discord interactions", f"go to {grant.interactions_url}", _ENDPOINT_ADVICE)


def _commands_finding(grant: TokenInfo) -> Finding:
    from bot.platforms.discord.commands import application_commands, is_registered

    known = {one.get("name"): one for one in grant.commands}
    wanted = application_commands(router.verbs)
    late = [one["name"] for one in wanted if not is_registered(one, known.get(one["name"]))]
    if not late:
        return Finding("Discord commands", ", ".join(one["name"] for one in wanted))
    state = "none is registered" if not known else f"not as they should be: {', '.join(late)}"
    return Finding("Discord commands", state, _COMMANDS_ADVICE)
