"""Why something is in a brief or isn't, and why a brief or an alert came or didn't."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

from bot.chat.message import Group, Heading, Item, Message, Note, Prose
from bot.chat.text import md
from bot.domain import Brief, Explanation, Stage
from bot.domain.delivery import Delivery, DeliveryState
from bot.domain.subscription import Follow, QuietHours, Subscription
from bot.views.subscriptions import brief_name
from bot.views.wording import format_date, format_day, format_local_time, join_names, pluralise, source_name

_MAX_LISTED = 10
_STAGES = {
    Stage.EXTRACTION: "not a claim",
    Stage.WINDOW: "outside the days that the brief covers",
    Stage.TOPIC: "off topic",
    Stage.NOVELTY: "told before",
    Stage.RANKING: "outranked",
    Stage.COMPOSITION: "not needed to tell its story",
    Stage.VERIFICATION: "stopped by the gate",
    Stage.PUBLISHED: "in the brief",
}
_DELIVERY_STATES = {
    DeliveryState.PENDING: "is waiting to be sent",
    DeliveryState.SENDING: "is being sent now",
    DeliveryState.SENT: "was sent",
    DeliveryState.FAILED: "couldn't be sent",
    DeliveryState.UNKNOWN: "may or may not have arrived",
}


def explanation_view(
    explained: Sequence[Explanation], day: dt.date, wanted: Mapping[str, int] = MappingProxyType({})
) -> Message:
    """Say what a brief decided about the claims that somebody asked about, and what is `wanted` more or less."""
    if not explained:
        line = "I found nothing like that in what I've read. Quote a few of the exact words."
        return Message((Group((Prose(md(line)),)),), line)
    items = tuple(_item(one) for one in explained)
    about = Note(md("For the brief of {day}.", day=format_day(day)))
    return Message((Group((*items, about, *_preference_notes(wanted))),), explained[0].decision.reason)


def brief_explanation_view(
    brief: Brief, explained: Sequence[Explanation], wanted: Mapping[str, int] = MappingProxyType({})
) -> Message:
    """Say how a brief came about: how many claims ended at which stage, and the reasons for those nearest to it.

    It also says what is `wanted` more or less of here.
    """
    counts = Counter(one.decision.stage for one in explained)
    if not counts:
        line = f"The brief of {format_day(brief.date)} had no claims to choose from."
        return Message((Group((Prose(md("{line}", line=line)),)),), line)
    title = f"{pluralise(sum(counts.values()), 'claim')} looked at for {format_day(brief.date)}"
    stages = "; ".join(f"{counts[stage]:,} {_STAGES[stage]}" for stage in reversed(Stage) if counts[stage])
    untold = [one for one in explained if one.decision.stage is not Stage.PUBLISHED]
    order = list(Stage)
    nearest = sorted(untold, key=lambda one: -order.index(one.decision.stage))[:_MAX_LISTED]
    groups = [Group((Heading(md("{title}", title=title)), Prose(md("{stages}.", stages=stages))))]
    if nearest:
        groups.append(Group((Heading(md("Not in it")), *(_item(one) for one in nearest))))
    if notes := _preference_notes(wanted):
        groups.append(Group(notes))
    return Message(tuple(groups), title)


def _preference_notes(wanted: Mapping[str, int]) -> tuple[Note, ...]:
    """Say which stories stand higher or lower here because somebody asked for it."""
    higher = sorted(name for name, votes in wanted.items() if votes > 0)
    lower = sorted(name for name, votes in wanted.items() if votes < 0)
    asked = [(higher, "higher", "More"), (lower, "lower", "Less")]
    lines = (
        f"Here, stories about {join_names(names)} stand {where}: somebody pressed {button} like this."
        for names, where, button in asked
        if names
    )
    return tuple(Note(md("{line}", line=line)) for line in lines)


def delivery_explanation_view(subscriptions: Sequence[Subscription], deliveries: Sequence[Delivery]) -> Message:
    """Say why a channel's briefs came or didn't."""
    lines = [line for subscription in subscriptions for line in _brief_lines(subscription, deliveries)]
    return _lines_view(lines or ["No brief is subscribed to here, so none comes. `subscribe` starts one."])


def alert_explanation_view(
    follows: Sequence[Follow], quiet: QuietHours | None, deliveries: Sequence[Delivery], name: str = ""
) -> Message:
    """Say why alerts came or didn't: what is followed here, how often, the quiet hours and the last message."""
    followed = [follow for follow in follows if not name or follow.entity.casefold() == name.casefold()]
    if not followed:
        return _lines_view([f"{name or 'Nothing'} isn't followed here, so no alert comes. `follow` starts one."])
    lines = [_follow_line(follow) for follow in followed]
    if quiet:
        lines.append(f"No alerts come between {quiet.begin:%H:%M} and {quiet.end:%H:%M} ({quiet.zone}).")
    lines += [_delivery_line("The last alert", delivery) for delivery in deliveries[:1]]
    return _lines_view(lines)


def _item(one: Explanation) -> Item:
    where = f"{one.speaker} · {source_name(one.origin)}, {format_date(one.origin)}"
    return Item(md("{text}", text=one.text), md("{reason} __{where}__", reason=one.decision.reason, where=where))


def _brief_lines(subscription: Subscription, deliveries: Iterable[Delivery]) -> Iterator[str]:
    name = brief_name(subscription.topic).removeprefix("The ")
    mine = (
        d
        for d in deliveries
        if d.key.startswith("brief/") and d.key.endswith(f"/{subscription.at}/{subscription.topic}")
    )
    if last := next(mine, None):
        yield _delivery_line(f"The last {name}", last)
    if subscription.is_paused:
        yield f"The {name} is paused: {subscription.state}. Fix that, then `resume`."
    else:
        yield f"The next {name} is due {format_local_time(subscription.due, subscription.zone)}."


def _follow_line(follow: Follow) -> str:
    if follow.state != "on":
        return f"Alerts about {follow.entity} are paused: {follow.state}."
    return f"New claims about {follow.entity} come {follow.pace.value}, since {follow.since:%Y-%m-%d}."


def _delivery_line(name: str, delivery: Delivery) -> str:
    reason = f": {delivery.reason}" if delivery.reason else ""
    return f"{name} {_DELIVERY_STATES[delivery.state]}{reason}."


def _lines_view(lines: Sequence[str]) -> Message:
    return Message((Group(tuple(Prose(md("{line}", line=line)) for line in lines)),), lines[0])
