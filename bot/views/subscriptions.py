"""Subscriptions: the next run in local time before one confirms, and the list with its states."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from bot.chat.message import Callout, Choices, Field, Form, Group, Heading, Item, Message, Note, Prose
from bot.chat.text import channel_mention, md
from bot.domain.subscription import DeliveryOutage, Subscription
from bot.views.wording import buttons, format_day, format_local_time, join_names, pluralise

_DAY_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_DAY_SET_NAMES = {
    frozenset(range(7)): "every day",
    frozenset(range(5)): "on weekdays",
    frozenset((5, 6)): "at weekends",
}


@dataclass(frozen=True, slots=True)
class SubscriptionPlan:
    """What a person is about to subscribe to; reads `08:00 Europe/Berlin 01234 <topic>`."""

    topic: str
    at: dt.time
    zone: str
    days: frozenset[int]

    def __str__(self) -> str:
        """Write the plan as a button carries it."""
        days = "".join(str(number) for number in sorted(self.days))
        return f"{self.at:%H:%M} {self.zone} {days} {self.topic}".strip()

    @classmethod
    def parse(cls, written: str) -> Self:
        """Read a plan back; raises ValueError for anything else."""
        at, zone, days, *topic = written.split(" ", 3)
        return cls("".join(topic), dt.time.fromisoformat(at), zone, frozenset(int(number) for number in days))


def subscribe_form(plan: SubscriptionPlan, due: dt.datetime) -> Form:
    """Ask for a subscription; `plan` stands there at first, with its first run, `due` in UTC."""
    fields = (
        Field("topic", "Topic (empty for everything)", plan.topic, required=False),
        Field("at", "Time of day", f"{plan.at:%H:%M}"),
        Field("tz", "Time zone", plan.zone),
        Field("days", "Days, such as weekdays or mon, thu", _DAY_SET_NAMES[plan.days].removeprefix("on ")),
    )
    first = md("As it stands, the first brief comes **{first}**.", first=format_local_time(due, plan.zone))
    return Form("Daily brief", fields, "subscribe", first)


def subscribe_preview(plan: SubscriptionPlan, due: dt.datetime) -> Message:
    """Show what would arrive and when it first does, `due` in UTC; nothing is subscribed yet.

    The button sends `confirm` with the plan.
    """
    first = format_local_time(due, plan.zone)
    ask = Prose(
        md(
            "**{name}** here {when}? The first comes {first}.",
            name=brief_name(plan.topic),
            when=_schedule_text(plan),
            first=first,
        )
    )
    choices = Choices(buttons(("Subscribe", "confirm", str(plan))))
    return Message((Group((ask, choices)),), f"Subscribe? The first brief comes {first}")


def subscribed_view(subscription: Subscription) -> Message:
    """Confirm a subscription with its next run."""
    due = format_local_time(subscription.due, subscription.zone)
    said = md("Subscribed. **{name}** comes next {due}.", name=brief_name(subscription.topic), due=due)
    return Message((Group((Prose(said), Note(md("`unsubscribe` ends it.")))),), f"Subscribed, next {due}")


def resumed_view(resumed: Sequence[Subscription], follows: int, others: Sequence[Subscription] = ()) -> Message:
    """Say what is sent again, with its next run; where nothing was paused, what comes next all the same."""
    told = [
        md("**{name}** comes next {due}.", name=brief_name(one.topic), due=format_local_time(one.due, one.zone))
        for one in (*resumed, *others)
    ]
    first = "Resumed." if resumed or follows else "Nothing was paused here."
    if follows:
        told.append(md("Followed again: {names}.", names=pluralise(follows, "name")))
    return Message((Group((Prose(md("{first}", first=first)), *map(Prose, told))),), first)


def unsubscribed_view(ended: int) -> Message:
    """Say how many subscriptions of the channel ended."""
    said = f"Ended {pluralise(ended, 'subscription')}." if ended else "This channel had no such subscription."
    return Message((Group((Prose(md("{said}", said=said)),)),), said)


def subscriptions_view(subscriptions: Sequence[Subscription]) -> Message:
    """List subscriptions with their next run, or with the reason why they are paused."""
    if not subscriptions:
        said = md("No subscriptions yet. Try `subscribe at 08:00 on weekdays`.")
        return Message((Group((Prose(said),)),), "No subscriptions yet")
    what = pluralise(len(subscriptions), "subscription")
    heading = Heading(md("Subscriptions"), md("{what}", what=what))
    return Message((Group((heading, *(_item(subscription) for subscription in subscriptions))),), what)


def _item(subscription: Subscription) -> Item:
    plan = SubscriptionPlan(subscription.topic, subscription.at_time, subscription.zone, subscription.days)
    state = (
        f"paused: {subscription.state}{paused_since(subscription)}"
        if subscription.is_paused
        else f"next {format_local_time(subscription.due, subscription.zone)}"
    )
    where = "to you alone" if subscription.is_direct else channel_mention(subscription.at.channel)
    told = md("{where} · {when} · {state}", where=where, when=_schedule_text(plan), state=state)
    resume = buttons(("Resume", "resume", f"#{subscription.id}"))[0] if subscription.is_paused else None
    return Item(md("{name}", name=brief_name(subscription.topic)), told, resume)


def paused_since(subscription: Subscription) -> str:
    """Return since when a pause is known, as a sentence of its own."""
    return f" Since {format_local_time(subscription.since, subscription.zone)}." if subscription.since else ""


def brief_name(topic: str) -> str:
    """Return what a brief is called: The ai brief."""
    return f"The {topic} brief" if topic else "The daily brief"


def _schedule_text(plan: SubscriptionPlan) -> str:
    days = _DAY_SET_NAMES.get(plan.days) or "on " + join_names(
        [_DAY_NAMES[number] for number in sorted(plan.days)], len(_DAY_NAMES)
    )
    return f"{days} at {plan.at:%H:%M} {plan.zone}"


def paused_view(paused: Subscription) -> Message:
    """Tell the owner which brief is paused, where and why, and what resumes it.

    The button sends `resume` with `#` and the subscription's number.
    """
    name = brief_name(paused.topic)
    said = md("**{name}** for {where} is paused.", name=name, where=channel_mention(paused.at.channel))
    how = Note(md("Once that is mended, `resume` there, or the button here, brings it back."))
    choices = Choices(buttons(("Resume", "resume", f"#{paused.id}")))
    why = Callout("Why", md("{why}", why=paused.state))
    return Message((Group((Prose(said), why, how, choices)),), f"{name} is paused: {paused.state}")


def missing_briefs_view(silence: DeliveryOutage, newest: dt.date | None) -> Message:
    """Tell that no brief came since a date, why as far as is known, and how fresh is what has been read."""
    since = format_day(silence.since)
    said = md("No brief has come since **{since}**, though some were due.", since=since)
    why = md("{why}", why=silence.reason or "They wait to be sent.")
    read = f"The newest conversation read is of {format_day(newest)}." if newest else "Nothing has been read yet."
    note = Note(md("{read} `status` shows more; whoever runs the bot finds the rest in its log.", read=read))
    return Message((Group((Prose(said), Callout("Why", why), note)),), f"No brief has come since {since}")
