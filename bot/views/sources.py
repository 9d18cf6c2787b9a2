"""Sources: which shows were read, which files and folders are watched, and how the last reading went."""

from __future__ import annotations

from collections.abc import Sequence

from bot.chat.message import Group, Heading, Item, Message, Note, Prose
from bot.chat.text import md, shorten
from bot.domain.feed import Feed
from bot.domain.library import SourceState, Tally
from bot.views.wording import count, day

_SHOWN = 30


def sources_view(tally: Tally, watched: Sequence[SourceState], feeds: Sequence[Feed] = ()) -> Message:
    """List the shows, the newest first, and what is read again whenever it changes."""
    if not tally.catalogue and not watched and not feeds:
        return _line("Nothing has been read yet. Try `sources add` with the address of a show, or a file or folder.")
    what = f"{count(tally.shows, 'show')}, {count(tally.conversations, 'conversation')}"
    heading = Heading(md("Sources"), md("{what}", what=what))
    shows = tuple(
        Item(
            md("{show}", show=show),
            md("{many}, the newest of {date}", many=count(many, "conversation"), date=day(date)),
        )
        for show, many, date in tally.catalogue[:_SHOWN]
    )
    more = len(tally.catalogue) - _SHOWN
    rest = (Group((Note(md("and {more} more shows", more=more)),)),) if more > 0 else ()
    places = tuple(Group((Item(md("{place}", place=s.target), md("{state}", state=s.state)),)) for s in watched)
    web = count(len(feeds), "source")
    live = (Group((Note(md("{web} on the web: `sources health` says how they do", web=web)),)),) if feeds else ()
    return Message((Group((heading,)), Group(shows), *rest, *places, *live), what)


def added_view(target: str, state: str) -> Message:
    """Say how the first reading of a new source went."""
    return _line(f"{shorten(target, 200)}: {state}")


def removed_view(target: str, *, was: bool) -> Message:
    """Say that a source is read no more; what was read stays."""
    said = "is no longer read; what was read stays." if was else "was not among the sources."
    return _line(f"{shorten(target, 200)} {said}")


def _line(words: str) -> Message:
    return Message((Group((Prose(md("{words}", words=words)),)),), words)
