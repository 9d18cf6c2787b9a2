"""Sources: which shows were read, which files and folders are watched, and how the last reading went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.chat.message import (
    ACTION_LIMIT,
    Button,
    Callout,
    Choices,
    Field,
    Form,
    Group,
    Heading,
    Item,
    Message,
    Note,
    Prose,
)
from bot.chat.text import Text, md, shorten, unstyled
from bot.domain.feed import Feed, FeedPreview, Show
from bot.domain.library import LibraryStats, NoteSummary, SourceState
from bot.errors import FeedHealth
from bot.views.wording import buttons, format_day, pluralise

_MAX_LISTED, _MAX_OFFERS = 30, 25


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


def offers_view(added: Sequence[FeedPreview], rejected: Sequence[FeedPreview]) -> Message:
    """Say which sources were added and what is in them, and for each of the others why not."""
    what = pluralise(len(added), "source")
    heading = Heading(md("Added {what}", what=what)) if added else Heading(md("Nothing was added"))
    items = tuple(Item(md("{name}", name=_offer_name(one)), _offer_details(one)) for one in added[:_MAX_OFFERS])
    wrong = tuple(
        Item(md("{name}", name=_offer_name(one)), md("not added: {why}", why=one.reason))
        for one in rejected[:_MAX_OFFERS]
    )
    rest = len(added) + len(rejected) - len(items) - len(wrong)
    more = (Note(md("and {rest} more lines", rest=rest)),) if rest else ()
    silent = Note(
        md(
            "What is there already is read for `ask` and `search`, without alerts and briefs; what comes from now on "
            "is news. `sources health` says how it goes."
        )
    )
    groups = (Group((heading,)), Group(items), Group(wrong), Group((*more, *((silent,) if added else ()))))
    return Message(tuple(group for group in groups if group.blocks), f"Added {what}")


def _offer_name(offer: FeedPreview) -> str:
    return shorten(offer.title or offer.url or "a line without an address", 150)


def _offer_details(offer: FeedPreview) -> Text:
    if offer.reason:
        return md("cannot be read just now ({why}); it is tried again", why=offer.reason)
    parts = [pluralise(offer.items, "item")]
    if offer.recordings or offer.transcripts:
        parts.append(f"{offer.transcripts or 'none'} with a transcript")
    parts += [", ".join(offer.languages[:3])] if offer.languages else []
    parts += [f"the newest of {format_day(offer.newest.date())}"] if offer.newest else []
    return md("{parts}", parts=", ".join(parts))


def login_form(url: str) -> Form:
    """Ask for what a source wants to know of us; it is kept encrypted and never shown."""
    fields = (
        Field("url", "The source", url),
        Field("user", "User name (empty for a token)", "", required=False),
        Field("secret", "Password or token", hidden=True),
    )
    preview = md("It is kept encrypted, and never shown again.")
    fits = len(f"unlock:{url}") <= ACTION_LIMIT
    return Form("This source wants a login", fields, "unlock", preview, url if fits else "")


def feed_health_view(feeds: Sequence[Feed]) -> Message:
    """List the sources on the web with how each does, those that give nothing first, each with what can be done."""
    if not feeds:
        said = md("No source on the web yet. Try `sources add` with the address of a show, a site or a list of feeds.")
        return Message((Group((Prose(said),)),), unstyled(said))
    ill = [feed for feed in feeds if feed.health not in {FeedHealth.OK, FeedHealth.NEW}]
    ordered = [*ill, *(feed for feed in feeds if feed not in ill)]
    what = pluralise(len(feeds), "source")
    rest = len(ordered) - _MAX_OFFERS
    more = (Note(md("and {rest} more that do well", rest=rest)),) if rest > 0 else ()
    heading = Heading(md("Sources on the web"), md("{what}, {ill} in trouble", what=what, ill=len(ill)))
    return Message(
        (
            Group((heading,)),
            Group(tuple(map(_feed_item, ordered[:_MAX_OFFERS]))),
            *((Group(more),) if more else ()),
        ),
        what,
    )


def _feed_item(feed: Feed) -> Item:
    verb = "resume" if feed.is_paused else "pause"
    change = buttons((verb.capitalize(), "sources", f"{verb} {feed.id}"))
    asked = f", asked {format_day(feed.polled_at.date())}" if feed.polled_at else ""
    words = md("{health}{asked}", health=describe_health(feed), asked=asked)
    return Item(md("{name}", name=shorten(feed.title or feed.url, 150)), words, change[0] if change else None)


def feed_changed_view(feed: Feed, outcome: str) -> Message:
    """Confirm what became of a source."""
    said = md("**{name}** {done}", name=shorten(feed.title or feed.url, 150), done=outcome)
    return Message((Group((Prose(said),)),), unstyled(said))


def feed_export_view(feeds: Sequence[Feed]) -> Message:
    """Give the addresses of the sources, one a line, to be added elsewhere."""
    said = "\n".join(feed.url for feed in feeds) or "No source on the web yet."
    return Message((Group((Prose(md("{said}", said=said)),)),), pluralise(len(feeds), "source"))


def catalogue_view(shows: Sequence[Show]) -> Message:
    """List shows to begin with: name, what it is about and its address."""
    items = tuple(
        Item(md("{name}", name=show.name), md("{about}", about=f"{show.topic} {show.url}"), _add_button(show))
        for show in shows[:_MAX_OFFERS]
    )
    heading = Heading(md("To begin with"), md("`sources add` with any other address works, too."))
    return Message((Group((heading,)), Group(items)), "Shows to begin with")


def _add_button(show: Show) -> Button | None:
    return next(iter(buttons(("Add", "sources", f"add {show.url}"))), None)


def note_saved_view(note: NoteSummary, key: str, days: int, *, new: bool) -> Message:
    """Say what was found in a note; the button sends `unnote`."""
    done = "Noted" if new else "Noted already"
    found = pluralise(note.claim_count, "claim") if note.claim_count else "no claims, but `ask` finds its words"
    said = md("{done}: **{title}**, with {found}.", done=done, title=note.title, found=md(found))
    kept = f", for {pluralise(days, 'day')}" if days else ""
    whose = md("Whoever asks in this workspace can find it, nobody else{kept}.", kept=kept)
    return Message((Group((Prose(said), Note(whose), Choices(buttons(("Forget it", "unnote", key))))),), unstyled(said))


def note_deleted_view(*, existed: bool) -> Message:
    """Say that a note is forgotten, and what that does not reach."""
    said = (
        "Forgotten, with all that was found in it; what was posted of it stays."
        if existed
        else "That note was forgotten already."
    )
    return Message((Group((Prose(md("{said}", said=said)),)),), said)
