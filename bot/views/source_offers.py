"""What was found behind an address, and what becomes of it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.chat.message import ACTION_LIMIT, Button, Field, Form, Group, Heading, Item, Message, Note, Prose
from bot.chat.text import Text, md, shorten, unstyled
from bot.domain.feed import Feed, FeedPreview, Show
from bot.errors import FeedHealth
from bot.views.source_health import describe_health
from bot.views.wording import buttons, format_day, pluralise

_MAX_LISTED = 25


def offers_view(added: Sequence[FeedPreview], rejected: Sequence[FeedPreview]) -> Message:
    """Say which sources were added and what is in them, and for each of the others why not."""
    what = pluralise(len(added), "source")
    heading = Heading(md("Added {what}", what=what)) if added else Heading(md("Nothing was added"))
    items = tuple(Item(md("{name}", name=_offer_name(one)), _offer_details(one)) for one in added[:_MAX_LISTED])
    wrong = tuple(
        Item(md("{name}", name=_offer_name(one)), md("not added: {why}", why=one.reason))
        for one in rejected[:_MAX_LISTED]
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
    rest = len(ordered) - _MAX_LISTED
    more = (Note(md("and {rest} more that do well", rest=rest)),) if rest > 0 else ()
    heading = Heading(md("Sources on the web"), md("{what}, {ill} in trouble", what=what, ill=len(ill)))
    return Message(
        (Group((heading,)), Group(tuple(map(_feed_item, ordered[:_MAX_LISTED]))), *((Group(more),) if more else ())),
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
        for show in shows[:_MAX_LISTED]
    )
    heading = Heading(md("To begin with"), md("`sources add` with any other address works, too."))
    return Message((Group((heading,)), Group(items)), "Shows to begin with")


def _add_button(show: Show) -> Button | None:
    return next(iter(buttons(("Add", "sources", f"add {show.url}"))), None)
