"""What is read, how things stand, and what is kept of people."""

from __future__ import annotations

import difflib
from collections.abc import AsyncIterator

from bot.chat.router import Router
from bot.domain import LANGUAGES, known_language
from bot.errors import UserError
from bot.ports import (
    Account,
    Arg,
    ArgKind,
    Languages,
    Library,
    Outbox,
    Privacy,
    Reply,
    Request,
    Spending,
    State,
    Subscriptions,
)
from bot.views.privacy import export_view, forget_preview, forgotten_view
from bot.views.status import status_view
from bot.views.system import language_view
from handlers.subscriptions import visible

TROUBLES = 5
"""How many deliveries that failed are named, the newest first."""

router = Router()


@router.verb()
async def status(
    request: Request, library: Library, subscriptions: Subscriptions, outbox: Outbox, spending: Spending
) -> AsyncIterator[Reply]:
    """Show how much has been read, and what is in the way."""
    tenant = request.at.tenant
    paused = [s for s in await visible(subscriptions, request) if s.state != "on"]
    failed = await outbox.deliveries(tenant, [State.FAILED, State.UNKNOWN])
    spent = await spending.spent(Account(tenant, request.user), request.when)
    # Whoever sits at the machine pays for what is read for everybody, too.
    reading = await spending.spent(Account(), request.when) if request.at.platform == "console" else None
    tally = await library.tally(space=tenant)
    yield Reply(status_view(tally, paused, failed[:TROUBLES], spent=spent, reading=reading))


@router.verb(
    Arg("action", "What to do", ArgKind.CHOICE, choices=("export", "forget")),
    Arg("sure", "yes, to forget without being asked again", ArgKind.WORDS),
)
async def privacy(request: Request, privacy: Privacy) -> AsyncIterator[Reply]:
    """Show what is kept about you, or erase it."""
    kept = [await privacy.export(tenant, request.user) for tenant in request.tenants]
    if request.arg("action") != "forget":
        tables = {name: [row for one in kept for row in one[name]] for name in kept[0]}
        yield Reply(export_view(tables), private=True)
    elif request.arg("sure") != "yes":
        yield Reply(forget_preview(sum(len(rows) for one in kept for rows in one.values())), private=True)
    else:
        erased = [await privacy.forget(tenant, request.user) for tenant in request.tenants]
        yield Reply(forgotten_view(sum(erased)), private=True)


_OFF = {"off", "none", "default"}


@router.verb(Arg("name", "Such as German or Japanese, or off", ArgKind.WORDS), manages=True)
async def language(request: Request, languages: Languages) -> AsyncIterator[Reply]:
    """Choose the language of answers and briefs in this channel; quotes stay as they were said."""
    wanted = request.arg("name")
    if wanted.casefold() in _OFF:
        await languages.speak(request.at, request.user, "")
    elif wanted:
        await languages.speak(request.at, request.user, _known(wanted))
    yield Reply(language_view(await languages.language(request.at)))


def _known(wanted: str) -> str:
    if name := known_language(wanted):
        return name
    near = difflib.get_close_matches(wanted.title(), LANGUAGES, 1)
    message = f"I know no language called `{wanted}`. " + (
        f"Did you mean `{near[0]}`?" if near else "Give its English name, such as German."
    )
    raise UserError(message, "name")
