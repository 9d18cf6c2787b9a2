"""Why something was told or wasn't: claims, briefs and alerts."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import AsyncIterator

from bot.briefs.explanation import ExplanationService
from bot.chat.request import Arg, ArgKind, Progress, Reply, Request, Router
from bot.domain.delivery import DeliveryState
from bot.due_times import Clock, local_date
from bot.store.follows import Follows
from bot.store.outbox import Outbox
from bot.store.registry import Registry
from bot.store.subscriptions import Subscriptions
from bot.store.threads import Preferences
from bot.views.explanation import (
    alert_explanation_view,
    brief_explanation_view,
    delivery_explanation_view,
    explanation_view,
)
from bot.views.system import progress_view

router = Router()

_FILLER = re.compile(
    r"^(?:(?:is|isn't|was|wasn't|did|didn't|do|does|no|not|i|we|get|got|the|a|an|this|that|there)\s+)+", re.IGNORECASE
)
_ALERT = re.compile(r"^(?:instant )?alerts?(?: (?:about|on|for|of) (?P<name>.+))?$", re.IGNORECASE)
_BRIEF = re.compile(r"^(?:daily |today's |morning )*briefs?(?: (?:come|arrive|sent|here|today))*$", re.IGNORECASE)


@router.verb(
    Arg("what", "Some of a claim's words, a signal's number, `brief` or `alert`", ArgKind.WORDS),
    Arg("date", "Of which day's brief; today's if left out", ArgKind.DATE),
)
async def why(
    request: Request,
    explanations: ExplanationService,
    subscriptions: Subscriptions,
    follows: Follows,
    registry: Registry,
    outbox: Outbox,
    preferences: Preferences,
    clock: Clock,
) -> AsyncIterator[Reply]:
    """Say why a claim is in the brief or isn't, or why a brief or an alert came or didn't."""
    what = _FILLER.sub("", request.arg("what").strip(' ?.!"“”'))
    here = await subscriptions.subscriptions(request.at.tenant, request.at.channel_address)
    places = {request.at.channel_address, request.follower}
    deliveries = await outbox.deliveries(request.at.tenant, list(DeliveryState))
    sent = [delivery for delivery in deliveries if delivery.at.channel_address in places]
    if _BRIEF.match(what):
        yield Reply(delivery_explanation_view(here, sent), private=True)
        return
    if alert := _ALERT.match(what):
        at, name = request.follower, alert["name"] or ""
        entity = await registry.entity(name, space=request.reader_space) if name else None
        alerts = [delivery for delivery in sent if delivery.what.startswith("alert ")]
        quiet, followed = await follows.quiet_hours(at), await follows.following(at)
        yield Reply(alert_explanation_view(followed, quiet, alerts, entity.name if entity else name), private=True)
        return
    yield Reply(progress_view(Progress(0, 0, "Looking up what was decided")), final=False)
    date = request.arg("date")
    day = dt.date.fromisoformat(date) if date else local_date(clock.now(), request.zone or "UTC")
    topic, space = here[0].topic if here else "", request.reader_space
    wanted = await preferences.preferences(request.at)
    if not what:
        brief, explained = await explanations.explain_brief(topic, day, space=space)
        yield Reply(brief_explanation_view(brief, explained, wanted), private=True)
        return
    explained = await explanations.explain(what, topic, day, space=space)
    yield Reply(explanation_view(explained, day, wanted), private=True)
