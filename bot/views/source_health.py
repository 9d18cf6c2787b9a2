"""Sources on the web: how one does, in words, and the notice to whoever added one that does not."""

from __future__ import annotations

from collections.abc import Mapping

from bot.chat.message import Callout, Choices, Group, Message, Note, Prose
from bot.chat.text import md, shorten
from bot.domain.feed import Feed
from bot.errors import FeedHealth
from bot.views.wording import buttons

_DESCRIPTIONS: Mapping[FeedHealth, str] = {
    FeedHealth.NEW: "not asked yet",
    FeedHealth.OK: "fine",
    FeedHealth.EMPTY: "there is nothing in it",
    FeedHealth.NO_TRANSCRIPTS: "there is nothing in it that can be read: its episodes have no transcripts",
    FeedHealth.MOVED: "it has moved for good, and is read where it is now",
    FeedHealth.BROWSERS_ONLY: "it lets only browsers through",
    FeedHealth.LOGIN_REQUIRED: "it wants a login, or another one",
    FeedHealth.DENIED: "it refuses us",
    FeedHealth.NOT_FOUND: "there is nothing at its address",
    FeedHealth.GONE: "it is gone for good, and is asked no more",
    FeedHealth.BUSY: "it has too much to do, and asks us to come later",
    FeedHealth.SERVER_ERROR: "its server fails",
    FeedHealth.TOO_LARGE: "it is too large",
    FeedHealth.TIMED_OUT: "it is too slow",
    FeedHealth.UNREACHABLE: "it cannot be reached",
    FeedHealth.ADDRESS_BLOCKED: "its address may not be asked",
    FeedHealth.BAD_CERTIFICATE: "its certificate does not hold",
    FeedHealth.TOO_MANY_REDIRECTS: "it leads on and on",
    FeedHealth.BAD_RESPONSE: "it does not answer as servers do",
    FeedHealth.UNREADABLE: "it cannot be read",
    FeedHealth.LIMIT_EXCEEDED: "it cannot be read with the time and memory there are for it",
    FeedHealth.INTERNAL_ERROR: "something went wrong on our side; the log has the details",
}
_ADVICE: Mapping[FeedHealth, str] = {
    FeedHealth.NO_TRANSCRIPTS: "Sources with transcripts, and articles, are read.",
    FeedHealth.MOVED: "Nothing is to be done.",
    FeedHealth.BROWSERS_ONLY: "Whoever runs it can let feed readers through; or it has another address for them.",
    FeedHealth.LOGIN_REQUIRED: "Add it again with a login that holds.",
    FeedHealth.NOT_FOUND: "It is tried again, more and more seldom. If it has another address, add that.",
    FeedHealth.GONE: "If it has another address, add that.",
    FeedHealth.ADDRESS_BLOCKED: "Only addresses of the open internet are asked, and networks that the operator allows.",
}
_DEFAULT_ADVICE = "It is tried again, more and more seldom."
_HEALTHY = {FeedHealth.OK, FeedHealth.MOVED}


def describe_health(feed: Feed) -> str:
    """Return how a source does: why it gives nothing, how often it was tried, and whether it is still asked."""
    words = _DESCRIPTIONS[feed.health]
    detail = f" ({shorten(feed.detail, 200)})" if feed.detail else ""
    tries = f", {feed.failures} times in a row" if feed.failures > 1 else ""
    stopped = "; paused" if feed.is_paused and feed.health is not FeedHealth.GONE else ""
    return f"{words}{detail}{tries}{stopped}"


def feed_notice_view(feed: Feed) -> Message:
    """Tell whoever added a source how it does, now that this has changed."""
    name = shorten(feed.title or feed.url, 200)
    said = "The source **{name}** is read again." if feed.health is FeedHealth.OK else "About the source **{name}**:"
    how = Note(md("{how}", how=_ADVICE.get(feed.health, _DEFAULT_ADVICE)))
    why = Callout("Moved" if feed.health is FeedHealth.MOVED else "Why", md("{why}", why=describe_health(feed)))
    more = () if feed.health is FeedHealth.OK else (why, how)
    choices = () if feed.health in _HEALTHY else (Choices(buttons(("Sources", "sources", ""))),)
    return Message((Group((Prose(md(said, name=name)), *more, *choices)),), f"{name}: {_DESCRIPTIONS[feed.health]}")
