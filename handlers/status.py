"""Status, personal data and language."""

from __future__ import annotations

import difflib
from collections.abc import AsyncIterator

from bot.chat.request import Arg, ArgKind, Reply, Request, Router
from bot.chat.schedule_words import OFF
from bot.delivery.refusals import Refusals
from bot.domain import LANGUAGES, canonical_language
from bot.domain.delivery import DeliveryState
from bot.domain.usage import SHARED_ACCOUNT, Account
from bot.errors import UserError
from bot.store.library import Library
from bot.store.model_usage import SpendingLedger
from bot.store.outbox import Outbox
from bot.store.privacy import Privacy
from bot.store.subscriptions import Subscriptions
from bot.store.threads import Languages
from bot.views.status import erased_view, erasure_preview, kept_view, personal_data_view, status_view
from bot.views.system import language_view
from handlers.subscriptions import visible_subscriptions

MAX_FAILED_DELIVERIES = 5
"""How many failed deliveries are listed, the latest first."""

router = Router()


@router.verb()
async def status(
    request: Request,
    library: Library,
    subscriptions: Subscriptions,
    outbox: Outbox,
    refusals: Refusals,
    spending: SpendingLedger | None,
) -> AsyncIterator[Reply]:
    """Show how much has been read, and any problems."""
    tenant = request.at.tenant
    paused = [s for s in await visible_subscriptions(subscriptions, request) if s.is_paused]
    failed = await outbox.deliveries(tenant, [DeliveryState.FAILED, DeliveryState.UNKNOWN])
    spent = await spending.spent_by_purpose(Account(tenant, request.user), request.when) if spending else None
    # The person at the console also pays for what is read for everybody.
    is_operator = request.at.platform == "console"
    reading = await spending.spent_by_purpose(SHARED_ACCOUNT, request.when) if spending and is_operator else None
    tally = await library.tally(space=tenant)
    refused = refusals.shown_to(request.at.platform, may_manage=request.may_manage)
    failed = failed[:MAX_FAILED_DELIVERIES]
    yield Reply(status_view(tally, paused, failed, spent=spent, reading=reading, refusals=refused))


@router.verb(
    Arg("action", "What to do", ArgKind.CHOICE, choices=("export", "forget")),
    Arg("sure", "yes, to skip the confirmation", ArgKind.WORDS),
)
async def privacy(request: Request, privacy: Privacy) -> AsyncIterator[Reply]:
    """Show what is kept about you, or erase it."""
    exports = [await privacy.export(tenant, request.user) for tenant in request.tenants]
    if request.arg("action") != "forget":
        tables = {name: [row for export in exports for row in export[name]] for name in exports[0]}
        view = personal_data_view if request.arg("action") == "export" else kept_view
        yield Reply(view(tables), private=True)
    elif request.arg("sure") != "yes":
        yield Reply(erasure_preview(sum(len(rows) for export in exports for rows in export.values())), private=True)
    else:
        erased = [await privacy.erase_user(tenant, request.user) for tenant in request.tenants]
        yield Reply(erased_view(sum(erased)), private=True)


_CANNOT_TRANSLATE = (
    "I write in English here: other languages need a language model, which the bot's operator can set up; "
    "`overheard doctor` says how."
)


@router.verb(Arg("name", "A language, such as German or Japanese, or off", ArgKind.WORDS), manager_only=True)
async def language(request: Request, languages: Languages, *, can_translate: bool) -> AsyncIterator[Reply]:
    """Choose the language of answers and briefs in this channel; quotes stay as spoken."""
    wanted = request.arg("name")
    if wanted and not can_translate and wanted.casefold() not in OFF:
        raise UserError(_CANNOT_TRANSLATE, "name")
    if wanted.casefold() in OFF:
        await languages.set_language(request.at, request.user, "")
    elif wanted:
        await languages.set_language(request.at, request.user, _require_language(wanted))
    yield Reply(language_view(await languages.language(request.at)))


def _require_language(wanted: str) -> str:
    if name := canonical_language(wanted):
        return name
    near = difflib.get_close_matches(wanted.title(), LANGUAGES, 1)
    message = f"I don't know a language called `{wanted}`. " + (
        f"Did you mean `{near[0]}`?" if near else "Use its English name, such as German."
    )
    raise UserError(message, "name")
