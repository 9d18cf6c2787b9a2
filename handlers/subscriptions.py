"""Subscriptions: which channels and people get the brief, and when."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace

from bot.briefs.service import BriefService
from bot.briefs.topics import find_topic
from bot.chat.argument_parser import EVERYTHING
from bot.chat.request import Arg, ArgKind, Reply, Request, Router
from bot.domain.address import Member
from bot.domain.subscription import Subscription
from bot.due_times import EVERY_DAY, Clock, next_run
from bot.errors import UserError
from bot.store.outbox import Outbox
from bot.store.subscriptions import Subscriptions
from bot.store.threads import Replies
from bot.views.subscriptions import (
    SubscriptionPlan,
    edit_form,
    replaced_view,
    resumed_view,
    still_paused_view,
    subscribe_form,
    subscribe_preview,
    subscribed_view,
    subscriptions_view,
    unsubscribe_which_view,
    unsubscribed_view,
)
from handlers.members import member, tell_owner

DEFAULT_TIME = dt.time(8)

_SCHEDULE = (
    Arg("at", "The time of day, such as 8am or 08:00", ArgKind.TIME),
    Arg("tz", "The time zone, such as Berlin or Europe/Berlin", ArgKind.ZONE),
    Arg("days", "Which days, such as weekdays or mon, thu", ArgKind.DAYS),
)
_PLAN = (Arg("topic", "The topic; everything if left out", ArgKind.TOPIC), *_SCHEDULE)

router = Router()


@router.verb(
    *_PLAN,
    manager_only=True,
    needs_posting=True,
)
async def subscribe(
    request: Request, subscriptions: Subscriptions, briefs: BriefService, clock: Clock
) -> AsyncIterator[Reply]:
    """Send the daily brief to this channel; shows the next run before you confirm."""
    plan = _requested_plan(request)
    if any(request.args.values()):
        yield await _preview(request, plan, subscriptions, briefs, clock)
    else:
        first = await subscriptions.preview(_planned_subscription(request, plan, clock))
        yield Reply(subscribe_form(plan, first.due))


@router.verb(
    *_PLAN,
    shown=False,
    manager_only=True,
    needs_posting=True,
)
async def start(
    request: Request, subscriptions: Subscriptions, briefs: BriefService, clock: Clock
) -> AsyncIterator[Reply]:
    """Subscribe as a form says; asks first if that would replace a subscription."""
    plan = _requested_plan(request)
    wanted = _planned_subscription(request, plan, clock)
    if not any(request.args.values()):
        yield Reply(subscribe_form(plan, (await subscriptions.preview(wanted)).due))
    elif await subscriptions.subscription_to(wanted.at, plan.topic):
        yield await _preview(request, plan, subscriptions, briefs, clock)
    else:
        yield Reply(subscribed_view(await subscriptions.subscribe(wanted)))


async def _preview(
    request: Request, plan: SubscriptionPlan, subscriptions: Subscriptions, briefs: BriefService, clock: Clock
) -> Reply:
    """Show what would be subscribed, what it takes in, and what it would replace."""
    first = await subscriptions.preview(_planned_subscription(request, plan, clock))
    replaced = await subscriptions.subscription_to(first.at, plan.topic)
    today = request.local_date(clock.now())
    example = await briefs.example(plan.topic, today, space=request.reader_space) if plan.topic else ""
    terms = find_topic(plan.topic).terms
    return Reply(subscribe_preview(plan, first.due, terms, replaced, request.user, example))


@router.verb(
    Arg("plan", "When and about what", ArgKind.WORDS, required=True), shown=False, manager_only=True, needs_posting=True
)
async def confirm(
    request: Request, subscriptions: Subscriptions, replies: Replies, outbox: Outbox, clock: Clock
) -> AsyncIterator[Reply]:
    """Start the subscription that was shown, and tell whoever set up the one that it replaces."""
    try:
        plan = SubscriptionPlan.parse(request.arg("plan"))
        wanted = _planned_subscription(request, plan, clock)
    except (ValueError, KeyError):
        message = "I can't read that subscription; try `subscribe` again."
        raise UserError(message) from None
    replaced = await subscriptions.subscription_to(wanted.at, plan.topic)
    subscribed = await subscriptions.subscribe(wanted)
    if replaced:
        news = replaced_view(replaced, subscribed, request.user_name)
        await tell_owner(request, replaced.user, news, replies, outbox, clock.now())
    yield Reply(subscribed_view(subscribed, replaced))


@router.verb(Arg("topic", "Which brief, or all; asks if there are several", ArgKind.TOPIC), manager_only=True)
async def unsubscribe(request: Request, subscriptions: Subscriptions) -> AsyncIterator[Reply]:
    """End this channel's daily brief."""
    topic, here = request.arg("topic").casefold(), request.at.channel_address
    running = [] if topic else await subscriptions.subscriptions(request.at.tenant, here)
    if len(running) > 1:
        yield Reply(unsubscribe_which_view(running))
    elif topic.startswith("#"):
        ended = await subscriptions.end(await _subscription_by_number(topic, request, subscriptions))
        yield Reply(unsubscribed_view(ended))
    else:
        yield Reply(unsubscribed_view(await subscriptions.unsubscribe(here, "" if topic == EVERYTHING else topic)))


@router.verb(
    Arg("which", "The number of the subscription", ArgKind.WORDS, required=True),
    *_SCHEDULE,
    shown=False,
    manager_only=True,
)
async def edit(request: Request, subscriptions: Subscriptions, clock: Clock) -> AsyncIterator[Reply]:
    """Change when a subscription comes."""
    number = request.arg("which").partition(" ")[0]
    before = await _subscription_by_number(number, request, subscriptions)
    if not any(request.arg(name) for name in ("at", "tz", "days")):
        yield Reply(edit_form(before))
        return
    plan = replace(_requested_plan(request), topic=before.topic)
    wanted = _planned_subscription(request, plan, clock)
    owner = Member(before.user, before.user_name) if before.user else member(request)
    wanted = replace(wanted, id=before.id, at=before.at, user=owner.user, user_name=owner.name, changed=member(request))
    changed = await subscriptions.change(wanted)
    if changed is None:
        message = "That subscription is over; `subscribe` begins another."
        raise UserError(message)
    yield Reply(still_paused_view(changed) if changed.is_paused else subscribed_view(changed))


@router.verb(Arg("topic", "Which brief; all of them if left out", ArgKind.TOPIC), manager_only=True, needs_posting=True)
async def resume(request: Request, subscriptions: Subscriptions, clock: Clock) -> AsyncIterator[Reply]:
    """Resume what was paused here; shows the next run."""
    topic = request.arg("topic").casefold()
    if topic.startswith("#"):
        chosen, follows = [await _subscription_by_number(topic, request, subscriptions)], 0
    else:
        here = await subscriptions.subscriptions(request.at.tenant, request.at.channel_address)
        chosen = [subscription for subscription in here if topic in {"", EVERYTHING, subscription.topic}]
        follows = await subscriptions.resume_follows(request.follower)
    by = member(request)
    resumed = [await subscriptions.resume(replace(one, changed=by), clock.now()) for one in chosen if one.is_paused]
    yield Reply(resumed_view(resumed, follows, [active for active in chosen if not active.is_paused]))


@router.verb(shown=True)
async def subscriptions_(request: Request, subscriptions: Subscriptions) -> AsyncIterator[Reply]:
    """List this workspace's subscriptions with their next run."""
    visible = await visible_subscriptions(subscriptions, request)
    yield Reply(subscriptions_view(visible, editable_here(visible, request), request.at.platform))


def editable_here(subscriptions: Iterable[Subscription], request: Request) -> set[int]:
    """Return the numbers of the subscriptions that a person may change from where they are."""
    return {one.id for one in subscriptions if _is_editable(one, request)}


def _is_editable(subscription: Subscription, request: Request) -> bool:
    return request.may_manage and (subscription.user == request.user or subscription.at == request.at.channel_address)


async def visible_subscriptions(subscriptions: Subscriptions, request: Request) -> list[Subscription]:
    """Return the channels' subscriptions and the person's own; those of other people are private.

    Whoever is at the console runs the bot, and sees the channels of every space.
    """
    everything = await subscriptions.subscriptions(None if request.at.platform == "console" else request.at.tenant)
    return [s for s in everything if not s.is_direct or (s.user == request.user and request.private)]


def _requested_plan(request: Request) -> SubscriptionPlan:
    at = request.arg("at")
    return SubscriptionPlan(
        request.arg("topic").casefold(),
        dt.time.fromisoformat(at) if at else DEFAULT_TIME,
        request.arg("tz") or request.zone or "UTC",
        frozenset(int(day) for day in request.arg("days")) or EVERY_DAY,
    )


async def _subscription_by_number(reference: str, request: Request, subscriptions: Subscriptions) -> Subscription:
    """Return the subscription that a button names, for its owner, or for a manager in its channel."""
    number, here = reference.removeprefix("#"), request.at.channel_address
    found = await subscriptions.subscription(int(number), here) if number.isdecimal() else None
    if found is None or not (found.user == request.user or found.at == here):
        message = "Only whoever subscribed can change it from here; others can do that in its channel."
        raise UserError(message)
    return found


def _planned_subscription(request: Request, plan: SubscriptionPlan, clock: Clock) -> Subscription:
    now = clock.now()
    due, date = next_run(plan.at, plan.zone, plan.days, now)
    at = request.at.channel_address
    by = member(request)
    planned = Subscription(0, plan.topic, at, by.user, plan.at, plan.zone, plan.days, due, date, planned_at=now)
    return replace(planned, user_name=by.name)
