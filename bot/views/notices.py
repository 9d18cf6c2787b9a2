"""Notices to whoever subscribed: that a brief is paused, and that none came for days."""

from __future__ import annotations

import datetime as dt

from bot.chat.message import Callout, Choices, Group, Message, Note, Prose
from bot.chat.text import channel_mention, md
from bot.domain.subscription import DeliveryOutage, Subscription
from bot.views.subscriptions import brief_name
from bot.views.wording import buttons, format_day


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
