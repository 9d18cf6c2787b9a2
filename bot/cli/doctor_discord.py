"""What `doctor` finds of Discord."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING

from bot.config import Settings
from bot.domain.finding import Finding
from bot.errors import Denied, PlatformError
from bot.platforms.discord.manifest import CONTEXTS, application_of
from handlers import router

if TYPE_CHECKING:
    from bot.platforms.discord.permissions import Granted

_FIVE_STEPS = "The README has the five steps; `overheard manifest discord` prints the invite."
_INSTALL = "pip install 'overheard[discord]'"
_WHERE = "It has three parts with dots between them: Developer Portal → Bot → Reset Token. It is no client secret."
_CONTEXTS = "Tick User Install and Guild Install under Installation → Installation Contexts, and save."
_WHERE_TO = {"guild": "in servers", "user": "by people"}
_ELSEWHERE = "Nothing pressed or typed reaches the bot: empty General Information → Interactions Endpoint URL."
_COMMANDS = "`overheard run` registers them."
_INVITE = "Invite it: `overheard manifest discord` prints the link."


async def examined(settings: Settings) -> tuple[bool, list[Finding]]:
    """Return whether Discord is configured, and what there is to say of it; Discord is asked once it is."""
    if troubles := list(_troubles(settings)):
        return False, troubles
    return True, await _asked(settings)


def _troubles(settings: Settings) -> Iterator[Finding]:
    token = settings.discord.token
    absent = [name for name in ("cachetools", "discord") if find_spec(name) is None]
    if not token:
        yield Finding("Discord", "not connected", f"{_INSTALL}\n{_FIVE_STEPS}" if absent else _FIVE_STEPS)
        return
    if absent:
        yield Finding("Discord", f"not installed ({', '.join(absent)})", _INSTALL)
    if not application_of(token):
        yield Finding("Discord", "DISCORD_TOKEN holds something else", _WHERE)


async def _asked(settings: Settings) -> list[Finding]:
    from bot.platforms.discord.permissions import granted

    try:
        grant = await granted(settings.discord.token, settings.discord.api_url)
    except Denied as error:
        return [Finding("Discord", "DISCORD_TOKEN is refused", str(error))]
    except PlatformError as error:
        return [Finding("Discord", "not asked", str(error))]
    return [_bot(grant), *_installation(grant), _commands(grant)]


def _bot(grant: Granted) -> Finding:
    if grant.servers is None:
        return Finding("Discord", f"as {grant.bot}")
    count = "1 server" if grant.servers == 1 else f"{grant.servers} servers"
    return Finding("Discord", f"as {grant.bot}, in {count}", "" if grant.servers else _INVITE)


def _installation(grant: Granted) -> Iterator[Finding]:
    if grant.contexts is not None:
        where = [words for context, words in _WHERE_TO.items() if context in grant.contexts]
        advice = "" if grant.contexts == CONTEXTS.keys() else _CONTEXTS
        yield Finding("Discord installation", " and ".join(where) or "nowhere", advice)
    if grant.elsewhere:
        yield Finding("Discord interactions", f"go to {grant.elsewhere}", _ELSEWHERE)


def _commands(grant: Granted) -> Finding:
    from bot.platforms.discord.commands import commands, unchanged

    known = {one.get("name"): one for one in grant.commands}
    wanted = commands(router.verbs)
    late = [one["name"] for one in wanted if not unchanged(one, known.get(one["name"]))]
    if not late:
        return Finding("Discord commands", ", ".join(one["name"] for one in wanted))
    state = "none is registered" if not known else f"not as they should be: {', '.join(late)}"
    return Finding("Discord commands", state, _COMMANDS)
