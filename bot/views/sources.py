"""Sources: which shows were read, which files and folders are watched, and how the last reading went."""

from __future__ import annotations

from collections.abc import Sequence

from bot.chat.message import Group, Heading, Item, Message, Note, Prose
from bot.chat.text import md, shorten
from bot.domain.feed import Feed
from bot.domain.library import LibraryStats, SourceState
from bot.views.wording import format_day, pluralise

_MAX_LISTED = 30


def sources_view(tally: LibraryStats, watched: Sequence[SourceState], feeds: Sequence[Feed] = ()) -> Message:
    """List the shows, the newest first, and what is read again whenever it changes."""
    if not tally.shows_by_date and not watched and not feeds:
        return _one_line(
            "Nothing has been read yet. Try `sources add` with the address of a show, or a file or folder."
        )
    what = f"{pluralise(tally.shows, 'show')}, {pluralise(tally.conversations, 'conversation')}"
    heading = Heading(md("Sources"), md("{what}", what=what))
    shows = tuple(
        Item(
            md("{show}", show=show),
            md("{many}, the newest of {date}", many=pluralise(many, "conversation"), date=format_day(date)),
        )
        for show, many, date in tally.shows_by_date[:_MAX_LISTED]
    )
    more = len(tally.shows_by_date) - _MAX_LISTED
    rest = (Group((Note(md("and {more} more shows", more=more)),)),) if more > 0 else ()
    places = tuple(Group((Item(md("{place}", place=s.target), md("{state}", state=s.state)),)) for s in watched)
    web = pluralise(len(feeds), "source")
    live = (Group((Note(md("{web} on the web: `sources health` says how they do", web=web)),)),) if feeds else ()
    return Message((Group((heading,)), Group(shows), *rest, *places, *live), what)


def source_added_view(target: str, state: str) -> Message:
    """Say how the first reading of a new source went."""
    return _one_line(f"{shorten(target, 200)}: {state}")


def source_removed_view(target: str, *, existed: bool) -> Message:
    """Say that a source is read no more; what was read stays."""
    said = "is no longer read; what was read stays." if existed else "was not among the sources."
    return _one_line(f"{shorten(target, 200)} {said}")


def _one_line(words: str) -> Message:
    return Message((Group((Prose(md("{words}", words=words)),)),), words)
