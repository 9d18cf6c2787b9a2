"""Briefs on demand, and the receipts behind them."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator

from bot.briefs.preferences import arrange_signals
from bot.briefs.service import BriefService
from bot.chat.request import Arg, ArgKind, Progress, Reply, Request, Router
from bot.delivery.renderer import Translator
from bot.domain import Signal
from bot.due_times import Clock
from bot.errors import UserError
from bot.store.library import Library
from bot.store.threads import Languages, Preferences
from bot.views.brief import brief_view, full_brief_view
from bot.views.signal import SignalReference, preference_view, questions_view, receipts_view
from bot.views.system import progress_view

router = Router()

_PLACE = Arg("place", "Which signal of which brief", ArgKind.WORDS, required=True)
_OLD_BUTTON = "That button is from an old message; ask for the brief again."


@router.verb(
    Arg("topic", "The topic; everything if left out", ArgKind.TOPIC),
    Arg("date", "The day, such as yesterday or 2026-06-27; today if left out", ArgKind.DATE),
    shareable=True,
)
async def brief(
    request: Request,
    briefs: BriefService,
    preferences: Preferences,
    languages: Languages,
    translator: Translator,
    clock: Clock,
) -> AsyncIterator[Reply]:
    """Show the brief of a day to you alone."""
    date = request.arg("date")
    day = dt.date.fromisoformat(date) if date else request.local_date(clock.now())
    yield Reply(progress_view(Progress(0, 0, "Composing the brief")), final=False)
    edition = await briefs.get_brief(request.arg("topic").casefold(), day, space=request.reader_space)
    edition = arrange_signals(edition, await preferences.preferences(request.at))
    language = await languages.language(request.at)
    yield Reply(brief_view(await translator.translate(edition, language, request.at.tenant)))


@router.verb(Arg("edition", "Which brief", ArgKind.WORDS, required=True), shown=False, shareable=True)
async def full(
    request: Request, briefs: BriefService, preferences: Preferences, languages: Languages, translator: Translator
) -> AsyncIterator[Reply]:
    """Show all of a brief."""
    date, _, topic = request.arg("edition").partition("/")
    try:
        day = dt.date.fromisoformat(date)
    except ValueError:
        raise UserError(_OLD_BUTTON) from None
    yield Reply(progress_view(Progress(0, 0, "Opening the brief")), final=False)
    edition = await briefs.get_brief(topic, day, space=request.reader_space)
    edition = arrange_signals(edition, await preferences.preferences(request.at))
    language = await languages.language(request.at)
    yield Reply(full_brief_view(await translator.translate(edition, language, request.at.tenant)))


@router.verb(_PLACE, shown=False, shareable=True)
async def receipts(request: Request, briefs: BriefService, library: Library) -> AsyncIterator[Reply]:
    """Show the exact words behind a signal."""
    signal = await _signal(request, briefs)
    wanted = [claim.id for claim in signal.claims] if signal else []
    claims = await library.claims(wanted, space=request.reader_space)
    yield Reply(receipts_view(claims, signal.headline if signal else ""))


@router.verb(_PLACE, shown=False)
async def questions(request: Request, briefs: BriefService) -> AsyncIterator[Reply]:
    """Offer questions about a signal."""
    signal = await _signal(request, briefs)
    if signal is None:
        raise UserError(_OLD_BUTTON)
    yield Reply(questions_view(signal), private=True)


@router.verb(_PLACE, shown=False)
async def more(request: Request, briefs: BriefService, preferences: Preferences, clock: Clock) -> AsyncIterator[Reply]:
    """Ask for more like a signal in the briefs here; the same again takes that back."""
    yield await _prefer(request, briefs, preferences, clock, 1)


@router.verb(_PLACE, shown=False)
async def less(request: Request, briefs: BriefService, preferences: Preferences, clock: Clock) -> AsyncIterator[Reply]:
    """Ask for less like a signal in the briefs here; the same again takes that back."""
    yield await _prefer(request, briefs, preferences, clock, -1)


async def _prefer(request: Request, briefs: BriefService, preferences: Preferences, clock: Clock, weight: int) -> Reply:
    signal = await _signal(request, briefs)
    if signal is None or signal.entity is None:
        raise UserError(_OLD_BUTTON)
    name = signal.entity.name
    now = await preferences.prefer(request.at, request.user, name, weight, clock.now())
    return Reply(preference_view(name, now, request.arg("place")), private=True)


async def _signal(request: Request, briefs: BriefService) -> Signal | None:
    """Return the signal that a button refers to, None if its brief no longer has it."""
    try:
        reference = SignalReference.parse(request.arg("place"))
    except ValueError:
        raise UserError(_OLD_BUTTON) from None
    edition = await briefs.get_brief(reference.topic, reference.date, space=request.reader_space)
    return reference.signal(edition)
