"""Subscriptions: the form and preview before one confirms, the list, and notices of what is paused or missing."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Self

from bot.chat.message import SEPARATOR, Callout, Field, Form, Group, Heading, Item, Message, Note, Prose
from bot.chat.text import Text, channel_mention, md, styled_text
from bot.chat.time_zones import matching_zones
from bot.domain.address import Member
from bot.domain.subscription import DeliveryOutage, Subscription
from bot.views.wording import (
    buttons,
    by_whom,
    capitalised,
    choices,
    format_day,
    format_local_time,
    join_names,
    line_view,
    pluralise,
    with_cancel,
)

_SHOWN_TERMS = 5
"""Words, and names, of a topic that are shown."""

_DAY_SET_NAMES = {
    frozenset(range(7)): "every day",
    frozenset(range(5)): "on weekdays",
    frozenset((5, 6)): "on weekends",
}


@dataclass(frozen=True, slots=True)
class SubscriptionPlan:
    """The subscription a person is about to make; reads `08:00 Europe/Berlin 01234 <topic>`."""

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
    """Ask for a subscription; the form starts with `plan` and its first run, `due` in UTC."""
    topic = Field("topic", "Topic (empty for everything)", plan.topic, required=False)
    first = md("With these settings, the first brief arrives **{first}**.", first=format_local_time(due, plan.zone))
    return Form("Daily brief", (topic, *_schedule_fields(plan)), "start", first, submit="Subscribe")


def edit_form(subscription: Subscription) -> Form:
    """Ask when a subscription should come from now on; the form sends `edit` with its number."""
    plan = _plan(subscription)
    number = f"#{subscription.id} {brief_name(subscription.topic)}"
    which = Field("which", "Subscription", number, options=(number,))
    due = md("It next arrives **{due}**.", due=format_local_time(subscription.due, subscription.zone))
    return Form("Daily brief", (which, *_schedule_fields(plan)), "edit", due, f"#{subscription.id}", submit="Save")


def _schedule_fields(plan: SubscriptionPlan) -> tuple[Field, ...]:
    return (
        Field("at", "Time of day", f"{plan.at:%H:%M}", is_time=True),
        Field("tz", "Time zone (a city or a country)", plan.zone, _zones(plan.zone)),
        Field("days", "Days", SEPARATOR.join(_WEEKDAYS[day] for day in sorted(plan.days)), _WEEKDAYS, several=True),
    )


_WEEKDAYS = tuple(calendar.day_abbr)


def _zones(chosen: str) -> tuple[str, ...]:
    """Return every zone, for platforms that can complete or search them."""
    return tuple(dict.fromkeys((chosen, *matching_zones(""))))


def _plan(subscription: Subscription) -> SubscriptionPlan:
    return SubscriptionPlan(subscription.topic, subscription.at_time, subscription.zone, subscription.days)


def subscribe_preview(
    plan: SubscriptionPlan,
    due: dt.datetime,
    terms: Sequence[str] = (),
    replaced: Subscription | None = None,
    user: str = "",
    example: str = "",
) -> Message:
    """Show what would arrive and when it first does, `due` in UTC; nothing is subscribed yet.

    `terms` are what the topic covers, if it is a listed one; `replaced` is what it would take the place of, and `user`
    who asks; `example` is what a brief of these days would begin with. The button sends `confirm` with the plan.
    """
    first = format_local_time(due, plan.zone)
    ask = md(
        "**{name}** here {when}? The first arrives {first}.",
        name=brief_name(plan.topic),
        when=_schedule_text(plan),
        first=first,
    )
    label = "Replace it" if replaced else "Subscribe"
    subscribe = with_cancel(choices((label, "confirm", str(plan))))
    instead = (Note(_replacement(replaced, user)),) if replaced else ()
    covers = (Note(_coverage(plan.topic, terms, example)),) if plan.topic else ()
    return line_view(ask, *instead, *covers, *subscribe, summary=f"Subscribe? The first brief arrives {first}")


def _replacement(replaced: Subscription, user: str) -> Text:
    """Say whose subscription another would take the place of."""
    who = "you" if replaced.user == user else replaced.user_name or "somebody else"
    changed = f", and {replaced.changed.name} changed" if replaced.changed.name else ""
    return md("This replaces what {who} set up{changed} here: {when}.", who=who, changed=changed, when=_when(replaced))


def _coverage(topic: str, terms: Sequence[str], example: str) -> Text:
    """Say what a topic takes in, with an example."""
    these_days = (
        md(" These days: {example}.", example=example) if example else md(" There is nothing on it these days.")
    )
    return (*_covered(topic, terms), *these_days)


def _covered(topic: str, terms: Sequence[str]) -> Text:
    if not terms:
        return md("“{topic}” takes in what has these words, and what is near them in meaning.", topic=topic)
    names = [term for term in terms if not term.islower()]
    words = [term for term in terms if term.islower()]
    shown = [*words[:_SHOWN_TERMS], *names[:_SHOWN_TERMS]]
    rest = f" and {len(terms) - len(shown)} more" if len(terms) > len(shown) else ""
    return md("“{topic}” takes in {shown}{rest}.", topic=topic, shown=", ".join(shown), rest=rest)


def subscribed_view(subscription: Subscription, replaced: Subscription | None = None) -> Message:
    """Confirm a subscription with its next run, and say what it took the place of."""
    due = format_local_time(subscription.due, subscription.zone)
    next_run = md("Subscribed. **{name}** next arrives {due}.", name=brief_name(subscription.topic), due=due)
    before = md("It no longer comes {when}. ", when=_when(replaced)) if replaced else ()
    whose = md("{who}. ", who=capitalised(who)) if (who := _by_whom(subscription)) else ()
    note = Note((*before, *whose, *md("`unsubscribe` ends it.")))
    return line_view(next_run, note, summary=f"Subscribed, next {due}")


def _by_whom(subscription: Subscription) -> str:
    """Return who set up a channel's subscription and who changed it; what goes to one person is theirs."""
    if subscription.is_direct:
        return ""
    return by_whom("set up", Member(subscription.user, subscription.user_name), subscription.changed)


def replaced_view(replaced: Subscription, subscription: Subscription, by: str) -> Message:
    """Tell whoever set up a subscription what took its place; `by` is who did that, if known."""
    news = md(
        "**{by} replaced your subscription** in {where}. {name} now comes {when} instead of {before}.",
        by=by or "Somebody",
        where=channel_mention(replaced.at.channel),
        name=brief_name(subscription.topic),
        when=_when(subscription),
        before=_when(replaced),
    )
    return line_view(news, summary=f"{by or 'Somebody'} replaced your subscription")


def still_paused_view(subscription: Subscription) -> Message:
    """Confirm a change to a paused subscription, which stays paused until somebody resumes it."""
    name, why = brief_name(subscription.topic), subscription.state
    saved = md("Saved. **{name}** comes {when}, but stays paused: {why}", name=name, when=_when(subscription), why=why)
    return line_view(saved, *choices(("Resume", "resume", f"#{subscription.id}")), summary=f"{name} stays paused")


def _when(subscription: Subscription) -> str:
    return _schedule_text(_plan(subscription))


def resumed_view(resumed: Sequence[Subscription], follows: int, others: Sequence[Subscription] = ()) -> Message:
    """Say what is sent again, and when each brief comes next, even if nothing was paused."""
    lines = [
        md("**{name}** next arrives {due}.", name=brief_name(one.topic), due=format_local_time(one.due, one.zone))
        for one in (*resumed, *others)
    ]
    if follows:
        lines.append(md("Following again: {names}.", names=pluralise(follows, "name")))
    outcome = "Resumed." if resumed or follows else "Nothing was paused here."
    return line_view(outcome, *map(Prose, lines))


def unsubscribe_which_view(running: Sequence[Subscription]) -> Message:
    """Ask which of a channel's subscriptions should end; each button sends `unsubscribe` with a number, or `all`."""
    each = ((brief_name(one.topic), "unsubscribe", f"#{one.id}") for one in running[:_MAX_OFFERED])
    return line_view("Which should end?", *with_cancel(choices(*each, ("All of them", "unsubscribe", "all"))))


_MAX_OFFERED = 20
"""Buttons for subscriptions of one channel; the others are in the list of subscriptions."""


def unsubscribed_view(ended: int) -> Message:
    """Say how many subscriptions of the channel ended."""
    return line_view(
        f"Ended {pluralise(ended, 'subscription')}." if ended else "This channel had no such subscription."
    )


def subscriptions_view(
    subscriptions: Sequence[Subscription], editable: Collection[int] = (), platform: str = ""
) -> Message:
    """List subscriptions with their next run, or with the reason why they are paused.

    Those whose numbers are `editable` can be changed and ended from here. Channels of another platform than the one
    that shows the list are written with their addresses.
    """
    if not subscriptions:
        hint = md("No subscriptions yet. Try `subscribe at 08:00 on weekdays`.")
        return line_view(hint, summary="No subscriptions yet")
    what = pluralise(len(subscriptions), "subscription")
    heading = Heading(md("Subscriptions"), styled_text(what))
    items = (_item(subscription, platform, editable=subscription.id in editable) for subscription in subscriptions)
    return Message((Group((heading, *items)),), what)


def _item(subscription: Subscription, platform: str, *, editable: bool) -> Item:
    plan = _plan(subscription)
    state = (
        f"paused: {subscription.state}{paused_since(subscription)}"
        if subscription.is_paused
        else f"next {format_local_time(subscription.due, subscription.zone)}"
    )
    where: str | Text = "to you alone" if subscription.is_direct else channel_mention(subscription.at.channel)
    if platform and subscription.at.platform != platform:
        where = str(subscription.at)
    whose = md(" · {who}", who=who) if (who := _by_whom(subscription)) else ()
    schedule = md("{where} · {when} · {state}{whose}", where=where, when=_schedule_text(plan), state=state, whose=whose)
    number = f"#{subscription.id}"
    resume = (("Resume", "resume", number),) if subscription.is_paused else ()
    change = (("Edit", "edit", number), ("End", "unsubscribe", number)) if editable else ()
    return Item(styled_text(brief_name(subscription.topic)), schedule, buttons(*resume, *change))


def paused_since(subscription: Subscription) -> str:
    """Return when a pause was noticed, as a sentence of its own."""
    return f" Since {format_local_time(subscription.since, subscription.zone)}." if subscription.since else ""


def brief_name(topic: str) -> str:
    """Return what a brief is called: The ai brief."""
    return f"The {topic} brief" if topic else "The daily brief"


def _schedule_text(plan: SubscriptionPlan) -> str:
    return f"{_days_text(plan.days)} at {plan.at:%H:%M} {plan.zone}"


def _days_text(days: frozenset[int]) -> str:
    names = join_names([calendar.day_abbr[number] for number in sorted(days)], 7)
    return _DAY_SET_NAMES.get(days) or f"on {names}"


def paused_view(paused: Subscription) -> Message:
    """Tell the subscriber which brief is paused, where and why, and how to resume it.

    The button sends `resume` with `#` and the subscription's number.
    """
    name = brief_name(paused.topic)
    news = md("**{name}** for {where} is paused.", name=name, where=channel_mention(paused.at.channel))
    why, how = Callout("Why", styled_text(paused.state)), Note(md("Fix that, then press Resume."))
    resume = choices(("Resume", "resume", f"#{paused.id}"))
    return line_view(news, why, how, *resume, summary=f"{name} is paused: {paused.state}")


def missing_briefs_view(outage: DeliveryOutage, newest: dt.date | None) -> Message:
    """Tell a subscriber since when no brief has come, why as far as is known, and how fresh the library is."""
    since = format_day(outage.since)
    news = md("No brief has been sent since **{since}**, though some were due.", since=since)
    why = Callout("Why", styled_text(outage.reason or "They are waiting to be sent."))
    read = f"The latest conversation read is from {format_day(newest)}." if newest else "Nothing has been read yet."
    note = Note(md("{read} `status` shows more; the bot's operator can find the rest in its log.", read=read))
    return line_view(news, why, note, summary=f"No brief has been sent since {since}")
