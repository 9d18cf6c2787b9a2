"""What is read, how things stand, and what is kept of people."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

from bot.dispatch import Router
from bot.errors import UserError
from bot.ports import (
    Account,
    Arg,
    ArgKind,
    Library,
    Outbox,
    Privacy,
    Progress,
    Reader,
    Reply,
    Request,
    Sources,
    Spending,
    State,
    Subscriptions,
)
from bot.views.privacy import export_view, forget_preview, forgotten_view
from bot.views.progress import progress_view
from bot.views.sources import added_view, removed_view, sources_view
from bot.views.status import status_view
from handlers.subscribing import visible

TROUBLES = 5
"""How many deliveries that failed are named, the newest first."""

router = Router()


@router.verb(
    Arg("action", "What to do", ArgKind.CHOICE, choices=("list", "add", "remove", "health")),
    Arg("target", "A file or folder of conversations", ArgKind.WORDS),
)
async def sources(request: Request, library: Library, sources: Sources, reader: Reader) -> AsyncIterator[Reply]:
    """List what is read; add or remove a file or folder."""
    action, target = request.arg("action") or "list", request.arg("target")
    if action in {"list", "health"}:
        tally = await library.tally(space=request.reader)
        yield Reply(sources_view(tally, await sources.sources(request.at.tenant)))
        return
    place = _place(request, target)
    if action == "remove":
        yield Reply(removed_view(target, was=await sources.remove(request.at.tenant, str(place))))
        return
    if not place.exists():
        message = f"There is no file or folder `{target}` here."
        raise UserError(message)
    await sources.add(request.at.tenant, request.user, str(place))
    yield Reply(progress_view(Progress(0, 0, f"Reading {target}")), final=False)
    yield Reply(added_view(target, await reader.read_source(request.at.tenant, str(place))))


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


def _place(request: Request, target: str) -> Path:
    if not request.may_manage:
        message = "Only people who manage this workspace can change its sources; ask one of them."
        raise UserError(message)
    if request.at.platform != "console":
        message = "Files and folders can only be added on the machine the bot runs on: `overheard ingest PATH`."
        raise UserError(message)
    if not target:
        message = "Which file or folder?"
        raise UserError(message)
    # Absolute, because it is read again later, wherever the bot was started then.
    return Path(target).expanduser().absolute()
