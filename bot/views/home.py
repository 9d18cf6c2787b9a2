"""The bot's own page: today's headline, what one follows, which channels get the brief, and the settings."""

from __future__ import annotations

from collections.abc import Sequence

from bot.message import Choices, Group, Heading, Message, Note, Prose
from bot.model import Brief
from bot.ports import Follow, Subscription
from bot.text import md
from bot.views.follow import following_view
from bot.views.subscribe import subscriptions_view
from bot.views.words import buttons, day


def home_view(brief: Brief, follows: Sequence[Follow], subscriptions: Sequence[Subscription]) -> Message:
    """Show a person what concerns them, the newest first."""
    groups = (
        _headline(brief),
        *following_view(follows).groups,
        *subscriptions_view(subscriptions).groups,
        _settings(),
    )
    return Message(groups, "Overheard")


def _headline(brief: Brief) -> Group:
    heading = Heading(md("{headline}", headline=brief.headline or "Today"), md("{day}", day=day(brief.date)))
    said = Prose(md("{said}", said=brief.quiet or brief.dek.text))
    return Group(
        (heading, said, Choices(buttons(("Read the brief", "brief", ""), ("What else is moving?", "claims", ""))))
    )


def _settings() -> Group:
    choices = buttons(
        ("Help", "help", ""),
        ("Status", "status", ""),
        ("What is kept about me", "privacy", "export"),
        ("Erase it", "privacy", "forget"),
    )
    note = Note(md("`/ask` a question, `/follow` a name, `/subscribe` a channel; or just write to me."))
    return Group((Heading(md("Settings")), Choices(choices), note))
