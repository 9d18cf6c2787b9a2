"""The bot's own page: today's headline, the person's follows, the subscribed channels, and the settings."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from bot.chat.message import Block, Callout, Group, Heading, Message, Note, Prose
from bot.chat.text import md, styled_text
from bot.domain import Brief
from bot.domain.subscription import Follow, Subscription
from bot.views.follows import following_view
from bot.views.subscriptions import subscriptions_view
from bot.views.wording import choices, format_day, pluralise

MAX_LISTED = 10
"""How many follows, and how many subscriptions, the page shows; verbs list the rest."""
MAX_SUGGESTED = 3
"""How many names of today's brief are offered to somebody who follows nobody yet."""


def home_view(
    brief: Brief, follows: Sequence[Follow], subscriptions: Sequence[Subscription], editable: Collection[int] = ()
) -> Message:
    """Show a person what concerns them: the news first, then what they asked for, then the settings.

    The subscriptions whose numbers are `editable` can be changed and ended here.
    """
    groups = (_today(brief), _follows(follows, brief), _subscriptions(subscriptions, editable), _settings())
    return Message(groups, f"Overheard · {brief.headline or 'nothing new today'}")


def _today(brief: Brief) -> Group:
    kicker = styled_text(format_day(brief.date))
    if brief.quiet or not brief.headline:
        more = choices(("Latest claims", "claims", ""), ("Sources", "sources", ""))
        quiet = Prose(styled_text(brief.quiet or "Nothing new has come in."))
        return Group((Heading(md("Today"), kicker), quiet, *more))
    signals = pluralise(len(brief.signals), "signal")
    read = Note(md("{signals} from {read}", signals=signals, read=pluralise(len(brief.origins), "conversation")))
    dek = (Prose(styled_text(brief.dek.text)),) if brief.dek.text else ()
    actions = choices(("Read the brief", "brief", ""), ("Latest claims", "claims", ""))
    return Group((Heading(styled_text(brief.headline), kicker), *dek, read, *actions))


def _follows(follows: Sequence[Follow], brief: Brief) -> Group:
    if follows:
        shown = following_view(follows).groups[0].blocks[: 1 + MAX_LISTED]
        return Group((*shown, *_remainder(len(follows), ("Everything I follow", "following", ""))))
    hint = Prose(md("You aren't following anyone yet. `/follow` a name to hear whenever someone talks about it."))
    names = dict.fromkeys(signal.entity.name for signal in brief.signals if signal.entity)
    offered = choices(*((f"Follow {name}", "follow", name) for name in list(names)[:MAX_SUGGESTED]))
    return Group((Heading(md("Following")), hint, *offered))


def _subscriptions(subscriptions: Sequence[Subscription], editable: Collection[int]) -> Group:
    """Show what is paused first, since somebody has to see to that, then what runs next."""
    offer = choices(("Send me the daily brief", "subscribe", ""))
    if not subscriptions:
        hint = md("No channel gets the brief yet. Type `/subscribe` in a channel to have it there every day.")
        return Group((Heading(md("Subscriptions")), Prose(hint), *offer))
    ordered = sorted(subscriptions, key=lambda one: (not one.is_paused, one.due, one.id))
    shown = subscriptions_view(ordered, editable).groups[0].blocks[: 1 + MAX_LISTED]
    rest = _remainder(len(subscriptions), ("All subscriptions", "subscriptions", ""))
    return Group((*shown, *_paused(ordered), *rest, *offer))


def _paused(subscriptions: Sequence[Subscription]) -> tuple[Block, ...]:
    paused = sum(subscription.is_paused for subscription in subscriptions)
    if not paused:
        return ()
    how = "Invite me to the channel; then whoever subscribed can press **Resume**, or type `resume` there."
    return (Callout(f"{paused} paused", md(how)),)


def _remainder(number: int, everything: tuple[str, str, str]) -> tuple[Block, ...]:
    if number <= MAX_LISTED:
        return ()
    return Note(md("And {rest} more.", rest=number - MAX_LISTED)), *choices(everything)


def _settings() -> Group:
    actions = choices(
        ("Help", "help", ""),
        ("Status", "status", ""),
        ("What is kept about me", "privacy", ""),
        ("Erase what is kept about me", "privacy", "forget"),
    )
    note = Note(md("Message me to ask anything; `/ask`, `/follow` and `/subscribe` work everywhere."))
    return Group((Heading(md("Settings and help")), *actions, note))
