"""Sources on the web: how one does, in words, and the notice to whoever added one that does not."""

from __future__ import annotations

from collections.abc import Mapping

from bot.chat.message import Callout, Choices, Group, Message, Note, Prose
from bot.chat.text import md, shorten
from bot.domain.feed import Feed
from bot.errors import Health
from bot.views.wording import buttons

_WORDS: Mapping[Health, str] = {
    Health.NEW: "not asked yet",
    Health.FINE: "fine",
    Health.EMPTY: "there is nothing in it",
    Health.SILENT: "there is nothing in it that can be read: its episodes have no transcripts",
    Health.MOVED: "it has moved for good, and is read where it is now",
    Health.CHALLENGED: "it lets only browsers through",
    Health.LOCKED: "it wants a login, or another one",
    Health.DENIED: "it refuses us",
    Health.MISSING: "there is nothing at its address",
    Health.GONE: "it is gone for good, and is asked no more",
    Health.BUSY: "it has too much to do, and asks us to come later",
    Health.BROKEN: "its server fails",
    Health.LARGE: "it is too large",
    Health.SLOW: "it is too slow",
    Health.UNREACHABLE: "it cannot be reached",
    Health.FORBIDDEN: "its address may not be asked",
    Health.INSECURE: "its certificate does not hold",
    Health.ASTRAY: "it leads on and on",
    Health.GARBLED: "it does not answer as servers do",
    Health.UNREADABLE: "it cannot be read",
    Health.HEAVY: "it cannot be read with the time and memory there are for it",
    Health.OURS: "something went wrong on our side; the log has the details",
}
_HOW: Mapping[Health, str] = {
    Health.SILENT: "Sources with transcripts, and articles, are read.",
    Health.MOVED: "Nothing is to be done.",
    Health.CHALLENGED: "Whoever runs it can let feed readers through; or it has another address for them.",
    Health.LOCKED: "Add it again with a login that holds.",
    Health.MISSING: "It is tried again, more and more seldom. If it has another address, add that.",
    Health.GONE: "If it has another address, add that.",
    Health.FORBIDDEN: "Only addresses of the open internet are asked, and networks that the operator allows.",
}
_TRIED = "It is tried again, more and more seldom."
_WELL = {Health.FINE, Health.MOVED}


def health_words(feed: Feed) -> str:
    """Return how a source does: why it gives nothing, how often it was tried, and whether it is still asked."""
    words = _WORDS[feed.health]
    detail = f" ({shorten(feed.detail, 200)})" if feed.detail else ""
    tries = f", {feed.failures} times in a row" if feed.failures > 1 else ""
    stopped = "; paused" if feed.paused and feed.health is not Health.GONE else ""
    return f"{words}{detail}{tries}{stopped}"


def feed_view(feed: Feed) -> Message:
    """Tell whoever added a source how it does, now that this has changed."""
    name = shorten(feed.title or feed.url, 200)
    said = "The source **{name}** is read again." if feed.health is Health.FINE else "About the source **{name}**:"
    how = Note(md("{how}", how=_HOW.get(feed.health, _TRIED)))
    why = Callout("Moved" if feed.health is Health.MOVED else "Why", md("{why}", why=health_words(feed)))
    more = () if feed.health is Health.FINE else (why, how)
    choices = () if feed.health in _WELL else (Choices(buttons(("Sources", "sources", ""))),)
    return Message((Group((Prose(md(said, name=name)), *more, *choices)),), f"{name}: {_WORDS[feed.health]}")
