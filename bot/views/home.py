"""The bot's own page: today's headline, what one follows, which channels get the brief, and the settings."""

from __future__ import annotations

from collections.abc import Sequence

from bot.chat.message import Block, Callout, Choices, Group, Heading, Message, Note, Prose
from bot.chat.text import md
from bot.domain import Brief
from bot.domain.subscription import Follow, Subscription
from bot.views.follows import following_view
from bot.views.subscriptions import subscriptions_view
from bot.views.wording import buttons, format_day, pluralise

MAX_LISTED = 10
"""How many follows, and how many subscriptions, the page shows; verbs list the rest."""
MAX_SUGGESTED = 3
"""How many names of today's brief are offered to somebody who follows nobody yet."""


def home_view(brief: Brief, follows: Sequence[Follow], subscriptions: Sequence[Subscription]) -> Message:
    """Show a person what concerns them: what is new first, then what they asked for, then what they can set."""
    groups = (_today(brief), _follows(follows, brief), _subscriptions(subscriptions), _settings())
    return Message(groups, f"Overheard · {brief.headline or 'nothing new today'}")


def _today(brief: Brief) -> Group:
    kicker = md("{day}", day=format_day(brief.date))
    if brief.quiet or not brief.headline:
        said = brief.quiet or "Nothing new has been read."
        more = Choices(buttons(("The newest claims", "claims", ""), ("What is read", "sources", "")))
        return Group((Heading(md("Today"), kicker), Prose(md("{said}", said=said)), more))
    signals = pluralise(len(brief.signals), "signal")
    read = Note(md("{signals} from {read}", signals=signals, read=pluralise(len(brief.origins), "conversation")))
    dek = (Prose(md("{dek}", dek=brief.dek.text)),) if brief.dek.text else ()
    choices = Choices(buttons(("Read the brief", "brief", ""), ("The newest claims", "claims", "")))
    return Group((Heading(md("{headline}", headline=brief.headline), kicker), *dek, read, choices))


def _follows(follows: Sequence[Follow], brief: Brief) -> Group:
    if follows:
        shown = following_view(follows).groups[0].blocks[: 1 + MAX_LISTED]
        return Group((*shown, *_remainder(len(follows), ("All I follow", "following", ""))))
    said = Prose(md("You follow nobody yet. `/follow` a name, and you hear of it when somebody speaks of it."))
    names = dict.fromkeys(signal.entity.name for signal in brief.signals if signal.entity)
    offered = buttons(*((f"Follow {name}", "follow", name) for name in list(names)[:MAX_SUGGESTED]))
    return Group((Heading(md("Following")), said, *((Choices(offered),) if offered else ())))


def _subscriptions(subscriptions: Sequence[Subscription]) -> Group:
    """Show what is paused first, as that is what somebody has to see to, then what runs next."""
    offer = Choices(buttons(("Send me the daily brief", "subscribe", "")))
    if not subscriptions:
        said = md("No channel gets the brief yet. `/subscribe` in a channel brings it there every day.")
        return Group((Heading(md("Subscriptions")), Prose(said), offer))
    ordered = sorted(subscriptions, key=lambda one: (one.state == "on", one.due, one.id))
    shown = subscriptions_view(ordered).groups[0].blocks[: 1 + MAX_LISTED]
    rest = _remainder(len(subscriptions), ("All subscriptions", "subscriptions", ""))
    return Group((*shown, *_paused(ordered), *rest, offer))


def _paused(subscriptions: Sequence[Subscription]) -> tuple[Block, ...]:
    paused = sum(one.state != "on" for one in subscriptions)
    if not paused:
        return ()
    how = "Invite me to the channel, then **Resume**, which is for whoever subscribed, or write `resume` there."
    return (Callout(f"{paused} paused", md(how)),)


def _remainder(number: int, everything: tuple[str, str, str]) -> tuple[Block, ...]:
    if number <= MAX_LISTED:
        return ()
    return Note(md("And {rest} more.", rest=number - MAX_LISTED)), Choices(buttons(everything))


def _settings() -> Group:
    choices = buttons(
        ("Help", "help", ""),
        ("Status", "status", ""),
        ("What is kept about me", "privacy", "export"),
        ("Erase what is kept about me", "privacy", "forget"),
    )
    note = Note(md("Write to me to ask anything; `/ask`, `/follow` and `/subscribe` work everywhere."))
    return Group((Heading(md("Settings and help")), Choices(choices), note))
