"""Subscriptions: a channel gets the brief."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator

from bot.calendar import EVERY_DAY, next_run
from bot.dispatch import Router
from bot.errors import UserError
from bot.ports import Arg, ArgKind, Clock, Reply, Request, Subscription, Subscriptions
from bot.views.subscribe import (
    Plan,
    subscribe_form,
    subscribe_preview,
    subscribed_view,
    subscriptions_view,
    unsubscribed_view,
)

DEFAULT_TIME = dt.time(8)

router = Router()


@router.verb(
    Arg("topic", "What it is to be about; everything where left out", ArgKind.TOPIC),
    Arg("at", "The time of day, such as 8am or 08:00", ArgKind.TIME),
    Arg("tz", "The time zone, such as Berlin or Europe/Berlin", ArgKind.ZONE),
    Arg("days", "Which days, such as weekdays or mon, thu", ArgKind.DAYS),
    manages=True,
    posts=True,
)
async def subscribe(request: Request, clock: Clock) -> AsyncIterator[Reply]:
    """Send the daily brief to this channel; shows the next run before you confirm."""
    plan = _plan(request)
    first = next_run(plan.at, plan.zone, plan.days, clock.now())[0]
    if any(request.args.values()):
        yield Reply(subscribe_preview(plan, first))
    else:
        yield Reply(subscribe_form(plan, first))


@router.verb(Arg("plan", "When and about what", ArgKind.WORDS, required=True), shown=False, manages=True, posts=True)
async def confirm(request: Request, subscriptions: Subscriptions, clock: Clock) -> AsyncIterator[Reply]:
    """Begin the subscription that was shown."""
    try:
        plan = Plan.parse(request.arg("plan"))
        due, date = next_run(plan.at, plan.zone, plan.days, clock.now())
    except (ValueError, KeyError):
        message = "That subscription is not one I can read; try `subscribe` again."
        raise UserError(message) from None
    wanted = Subscription(0, plan.topic, request.at.top, request.user, plan.at, plan.zone, plan.days, due, date)
    yield Reply(subscribed_view(await subscriptions.subscribe(wanted)))


@router.verb(Arg("topic", "Which brief; all of them where left out", ArgKind.TOPIC), manages=True)
async def unsubscribe(request: Request, subscriptions: Subscriptions) -> AsyncIterator[Reply]:
    """End this channel's daily brief."""
    ended = await subscriptions.unsubscribe(request.at.top, request.arg("topic").casefold())
    yield Reply(unsubscribed_view(ended))


@router.verb(shown=True)
async def subscriptions_(request: Request, subscriptions: Subscriptions) -> AsyncIterator[Reply]:
    """List this workspace's subscriptions with their next run."""
    yield Reply(subscriptions_view(await visible(subscriptions, request)))


async def visible(subscriptions: Subscriptions, request: Request) -> list[Subscription]:
    """Return the channels' subscriptions and the person's own; what others get alone is theirs."""
    everything = await subscriptions.subscriptions(request.at.tenant)
    return [one for one in everything if not one.direct or (one.user == request.user and request.private)]


def _plan(request: Request) -> Plan:
    at = request.arg("at")
    return Plan(
        request.arg("topic").casefold(),
        dt.time.fromisoformat(at) if at else DEFAULT_TIME,
        request.arg("tz") or request.zone or "UTC",
        frozenset(int(day) for day in request.arg("days")) or EVERY_DAY,
    )
