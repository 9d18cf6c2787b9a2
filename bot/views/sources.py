"""Sources: which shows have been read, what is watched and how it is doing; notes that people saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from bot.chat.message import ACTION_LIMIT, Block, Callout, Field, Form, Group, Heading, Item, Message, Note
from bot.chat.text import Text, md, shorten, styled_text
from bot.domain.address import Member
from bot.domain.feed import MAX_UNCHECKED, ConversationSource, Feed, FeedPreview, NotedList, Show, Silence, TextKind
from bot.domain.library import LibraryStats, SourceState
from bot.errors import FeedHealth
from bot.views.wording import (
    buttons,
    by_whom,
    capitalised,
    choices,
    format_day,
    format_local_time,
    line_view,
    pluralise,
)

_MAX_SHOWS, _MAX_FEEDS = 30, 25
_SHOWS_TOGETHER = 10
"""Shows of the catalogue that every platform can keep on one page."""


def sources_view(tally: LibraryStats, watched: Sequence[SourceState], feeds: Sequence[Feed] = ()) -> Message:
    """List the shows, the most recent first, and what is read again whenever it changes."""
    if not tally.shows_by_date and not watched and not feeds:
        return line_view("Nothing has been read yet. Try `sources add` with the address of a show, a file or a folder.")
    summary = f"{pluralise(tally.shows, 'show')}, {pluralise(tally.conversations, 'conversation')}"
    shows = tuple(
        Item(styled_text(show), styled_text(f"{pluralise(count, 'conversation')}, latest {format_day(date)}"))
        for show, count, date in tally.shows_by_date[:_MAX_SHOWS]
    )
    groups = [Group((Heading(md("Sources"), styled_text(summary)),)), Group(shows)]
    if (rest := len(tally.shows_by_date) - _MAX_SHOWS) > 0:
        groups.append(Group((Note(md("and {rest} more shows", rest=rest)),)))
    groups += [Group((Item(styled_text(source.target), styled_text(source.state)),)) for source in watched]
    if feeds:
        count = pluralise(len(feeds), "source")
        hint = md("{count} on the web: `sources health` shows how they are doing", count=count)
        groups.append(Group((Note(hint),)))
    return Message(tuple(groups), summary)


def source_added_view(target: str, state: str) -> Message:
    """Say how the first reading of a new source went."""
    return line_view(f"{shorten(target, 200)}: {state}")


def source_removed_view(target: str, *, existed: bool) -> Message:
    """Say that a source is no longer read; what has been read stays."""
    outcome = "is no longer read; what has been read stays." if existed else "was not among the sources."
    return line_view(f"{shorten(target, 200)} {outcome}")


_DESCRIPTIONS: Mapping[FeedHealth, str] = {
    FeedHealth.NEW: "not checked yet",
    FeedHealth.LISTED: "not checked yet",
    FeedHealth.OK: "fine",
    FeedHealth.EMPTY: "it is empty",
    FeedHealth.NO_TRANSCRIPTS: "it has nothing to read: its episodes have no transcripts",
    FeedHealth.MOVED: "it has moved for good; its new address is read now",
    FeedHealth.BROWSERS_ONLY: "it lets only browsers in",
    FeedHealth.LOGIN_REQUIRED: "it needs a login, or a different one",
    FeedHealth.DENIED: "it turned us away",
    FeedHealth.NOT_FOUND: "there is nothing at that address",
    FeedHealth.GONE: "it is gone for good and is no longer checked",
    FeedHealth.BUSY: "it is overloaded and asks us to come back later",
    FeedHealth.SERVER_ERROR: "its server has an error",
    FeedHealth.TOO_LARGE: "it is too large",
    FeedHealth.TIMED_OUT: "it takes too long to answer",
    FeedHealth.UNREACHABLE: "it cannot be reached",
    FeedHealth.ADDRESS_BLOCKED: "its address is not allowed",
    FeedHealth.BAD_CERTIFICATE: "its certificate is not valid",
    FeedHealth.TOO_MANY_REDIRECTS: "it redirects too many times",
    FeedHealth.BAD_RESPONSE: "its answer is not valid HTTP",
    FeedHealth.UNREADABLE: "it cannot be read",
    FeedHealth.LIMIT_EXCEEDED: "it takes more time or memory to read than is allowed",
    FeedHealth.INTERNAL_ERROR: "something went wrong on our side; the log has the details",
}
_ADVICE: Mapping[FeedHealth, str] = {
    FeedHealth.NO_TRANSCRIPTS: "Overheard reads articles, and shows with transcripts.",
    FeedHealth.MOVED: "There is nothing to do.",
    FeedHealth.BROWSERS_ONLY: "Its operator can let feed readers in, or may have another address for them.",
    FeedHealth.LOGIN_REQUIRED: "Add it again with a login that works.",
    FeedHealth.NOT_FOUND: "It is retried, less and less often. If it has a new address, add that.",
    FeedHealth.GONE: "If it has a new address, add that.",
    FeedHealth.ADDRESS_BLOCKED: "Only public internet addresses are read, and networks that the operator allows.",
}
_DEFAULT_ADVICE = "It is retried, less and less often."


def describe_health(feed: Feed) -> str:
    """Return how a source is doing: why it yields nothing, how often it was tried, and whether it is still checked."""
    words = _DESCRIPTIONS[feed.health]
    detail = f" ({shorten(feed.detail, 200)})" if feed.detail else ""
    tries = f", {feed.failures} times in a row" if feed.failures > 1 else ""
    stopped = "; paused" if feed.is_paused and feed.health is not FeedHealth.GONE else ""
    return f"{words}{detail}{tries}{stopped}"


def feed_notice_view(feed: Feed) -> Message:
    """Tell whoever added a source how it is doing, now that this has changed."""
    name = shorten(feed.title or feed.url, 200)
    summary = f"{name}: {_DESCRIPTIONS[feed.health]}"
    if feed.health is FeedHealth.OK:
        return line_view(md("The source **{name}** works again.", name=name), summary=summary)
    moved = feed.health is FeedHealth.MOVED
    below: tuple[Block, ...] = (
        Callout("Moved" if moved else "Why", styled_text(describe_health(feed))),
        Note(styled_text(_ADVICE.get(feed.health, _DEFAULT_ADVICE))),
    )
    shown = () if moved else choices(("Sources", "sources", ""))
    return line_view(md("About the source **{name}**:", name=name), *below, *shown, summary=summary)


def offers_view(
    added: Sequence[FeedPreview], rejected: Sequence[FeedPreview], noted: NotedList | None = None
) -> Message:
    """Say which sources were added and what is in them, which are to be checked, and why the others were not added."""
    new = noted.new if noted else 0
    summary = f"{'Noted' if new else 'Added'} {pluralise(new + len(added), 'source')}"
    items = tuple(Item(styled_text(_offer_name(offer)), _offer_details(offer)) for offer in added[:_MAX_FEEDS])
    refused = tuple(
        Item(styled_text(_offer_name(offer)), md("not added: {why}", why=offer.reason))
        for offer in rejected[:_MAX_FEEDS]
    )
    rest = len(added) + len(rejected) - len(items) - len(refused)
    notes: list[Block] = [Note(md("and {rest} more lines", rest=rest))] if rest else []
    if noted:
        notes.append(Note(styled_text(f"{capitalised(describe_noted(noted))}.")))
    if added or new:
        notes.append(Note(md(_BACKLOG_NOTE)))
    heading = Heading(styled_text(summary if added or new else "Nothing was added"))
    groups = (Group((heading,)), Group(items), Group(refused), Group(tuple(notes)))
    return Message(tuple(group for group in groups if group.blocks), summary)


_BACKLOG_NOTE = (
    "What is already there is read for `ask` and `search`, without alerts or briefs; what comes from now on is news. "
    "`sources health` shows how it is doing."
)


def describe_noted(noted: NotedList) -> str:
    """Say what came of the lines of a long list, and why some found no room."""
    parts = [f"{pluralise(noted.new, 'source')} noted, to be checked one after another"] if noted.new else []
    if noted.known:
        parts.append(f"{pluralise(noted.known, 'line')} {'is' if noted.known == 1 else 'are'} here already")
    if noted.left:
        parts.append(
            f"{noted.left:,} found no room, since at most {MAX_UNCHECKED:,} wait to be checked at a time: "
            "add the list again when these are, and it goes on where it ended"
        )
    return "; ".join(parts)


def _offer_name(offer: FeedPreview) -> str:
    return shorten(offer.title or offer.url or "a line without an address", 150)


def _offer_details(offer: FeedPreview) -> Text:
    if offer.reason:
        return md("can't be read right now ({why}); it will be retried", why=offer.reason)
    parts = [pluralise(offer.items, "item")]
    if offer.recordings or offer.transcripts:
        parts.append(f"{offer.transcripts or 'none'} with a transcript")
    parts += [", ".join(offer.languages[:3])] if offer.languages else []
    parts += [f"latest {format_day(offer.newest.date())}"] if offer.newest else []
    return styled_text(", ".join(parts))


def login_form(url: str) -> Form:
    """Ask for the login that a source needs; it is stored encrypted and never shown."""
    fields = (
        Field("url", "The source", url),
        Field("user", "User name (empty for a token)", "", required=False),
        Field("secret", "Password or token", hidden=True),
    )
    preview = md("It is stored encrypted and never shown again.")
    fits = len(f"unlock:{url}") <= ACTION_LIMIT
    return Form("This source needs a login", fields, "unlock", preview, url if fits else "")


def feed_health_view(feeds: Sequence[Feed], zone: str = "UTC") -> Message:
    """List the sources on the web with the state of each and when it is checked next, those with problems first.

    Times are of `zone`; the buttons send `sources` with `check`, `episodes`, `pause` or `resume` and the feed's id.
    """
    if not feeds:
        return line_view(
            md("No sources on the web yet. Try `sources add` with the address of a show, a site or a list of feeds.")
        )
    failing = [feed for feed in feeds if feed.health not in {FeedHealth.OK, FeedHealth.NEW, FeedHealth.LISTED}]
    unchecked = sum(feed.health is FeedHealth.LISTED and not feed.is_paused for feed in feeds)
    ordered = [*failing, *(feed for feed in feeds if feed not in failing)]
    count = pluralise(len(feeds), "source")
    waiting = f", {unchecked:,} not checked yet" if unchecked else ""
    heading = Heading(md("Sources on the web"), styled_text(f"{count}, {len(failing):,} with problems{waiting}"))
    groups = [Group((heading,)), Group(tuple(_feed_item(feed, zone) for feed in ordered[:_MAX_FEEDS]))]
    if (rest := len(ordered) - _MAX_FEEDS) > 0:
        groups.append(Group((Note(md("and {rest} more", rest=f"{rest:,}")),)))
    return Message(tuple(groups), count)


def _feed_item(feed: Feed, zone: str) -> Item:
    change = "paused" if feed.is_paused else "resumed"
    who = by_whom("added", Member(feed.user, feed.user_name), feed.changed, change)
    state = styled_text(f"{describe_health(feed)}{_check_times(feed, zone)}{f' · {who}' if who else ''}")
    verb = "resume" if feed.is_paused else "pause"
    check = () if feed.is_paused else (("Check now", "sources", f"check {feed.id}"),)
    episodes = ("Episodes", "sources", f"episodes {feed.id}")
    pressed = buttons(*check, episodes, (verb.capitalize(), "sources", f"{verb} {feed.id}"))
    return Item(styled_text(shorten(feed.title or feed.url, 150)), state, pressed)


def _check_times(feed: Feed, zone: str) -> str:
    """Return when a source was checked, and when it is next."""
    last = f", checked {format_local_time(feed.polled_at, zone)}" if feed.polled_at else ""
    return last if feed.is_paused else f"{last}, next {format_local_time(feed.due, zone)}"


_KIND_NAMES = {
    TextKind.TRANSCRIPT: "its transcript was read",
    TextKind.ARTICLE: "its article was read",
    TextKind.TRANSCRIPTION: "it was transcribed here and read",
    TextKind.NOTES: "only its notes were read",
}


_SILENCES = {
    Silence.LANGUAGE: "no claims, as only English gives some",
    Silence.SHORT: "no claims, as it is too short to state anything",
    Silence.ADVERTS: "no claims, as most of it is advertising",
    Silence.NOTHING: "no claims, as nothing in it is both checkable and worth telling",
}
_SILENCE_ADVICE = {
    Silence.LANGUAGE: "What is not in English can be searched, and `ask` finds its words.",
    Silence.SHORT: "A short text is mostly notes; a transcript that its makers offer later is read, too.",
    Silence.ADVERTS: "Of what is mostly advertising nothing is told; `ask` finds its words.",
    Silence.NOTHING: "What gave no claims can still be searched, and `ask` finds its words.",
}
_NO_TEXT_ADVICE = (
    "What has no transcript can be read once its makers offer one, or if recordings are transcribed here: see "
    "`OVERHEARD_MODEL_TRANSCRIBE`."
)
_FAILURE_ADVICE = "What could not be read is read again as soon as its entry in the feed changes."
_FAILED = ("could not be", "the log has the details")
"""What stands in the reason of an episode that could be read if something worked."""


def episodes_view(
    feed: Feed, latest: Sequence[ConversationSource], zone: str, silences: Mapping[str, Silence] = MappingProxyType({})
) -> Message:
    """List the latest episodes of a source with what came of each, why no more did, and what helps.

    `silences` say by conversation why it gave no claims.
    """
    name = shorten(feed.title or feed.url, 150)
    heading = Heading(styled_text(name), md("Episodes"))
    if not latest:
        return Message((Group((heading, Note(styled_text(f"None yet: {describe_health(feed)}.")))),), name)
    items = tuple(
        Item(
            styled_text(shorten(one.title or one.url, 150)),
            styled_text(_episode_outcome(one, silences.get(one.conversation))),
        )
        for one in latest
    )
    state = Note(styled_text(capitalised(f"{describe_health(feed)}{_check_times(feed, zone)}")))
    advice = dict.fromkeys(filter(None, (_episode_advice(one, silences.get(one.conversation)) for one in latest)))
    helps = (Group(tuple(Note(md(line)) for line in advice)),) if advice else ()
    return Message((Group((heading, state)), Group(items), *helps), f"{name}: {pluralise(len(latest), 'episode')}")


def _episode_advice(episode: ConversationSource, silence: Silence | None) -> str:
    """Return what helps with an episode that gave no claims, empty for any other."""
    if any(words in episode.reason for words in _FAILED) and not episode.claims:
        return _FAILURE_ADVICE
    if silence:
        return _SILENCE_ADVICE[silence]
    return _NO_TEXT_ADVICE if episode.reason and not episode.kind else ""


def _episode_outcome(episode: ConversationSource, silence: Silence | None) -> str:
    day = format_day(episode.day) if episode.day else "undated"
    read = (
        _KIND_NAMES[episode.kind] if episode.kind else "nothing was read" if episode.reason else "it waits to be read"
    )
    found = _SILENCES[silence] if silence else pluralise(episode.claims, "claim") if episode.claims else ""
    return " · ".join(filter(None, (day, f"{read}{f': {episode.reason}' if episode.reason else ''}", found)))


def feed_changed_view(feed: Feed, outcome: str) -> Message:
    """Confirm what became of a source."""
    return line_view(md("**{name}** {outcome}", name=shorten(feed.title or feed.url, 150), outcome=outcome))


def feed_touched_view(feed: Feed, done: str, by: str) -> Message:
    """Tell whoever added a source what somebody else did to it; `by` is who that was, if known."""
    name = shorten(feed.title or feed.url, 150)
    return line_view(md("**{by} {done} your source** {name}.", by=by or "Somebody", done=done, name=name))


def feed_export_view(feeds: Sequence[Feed]) -> Message:
    """List the addresses of the sources, one a line, to be added elsewhere."""
    addresses = "\n".join(feed.url for feed in feeds)
    return line_view(addresses or "No sources on the web yet.", summary=pluralise(len(feeds), "source"))


def catalogue_view(shows: Sequence[Show]) -> Message:
    """List shows to start with; each button sends the show's address, or its name if the address is too long."""
    parts = [shows[at : at + _SHOWS_TOGETHER] for at in range(0, len(shows), _SHOWS_TOGETHER)]
    heading = Heading(md("Shows to start with"), md("`sources add` works with any other address, too."))
    return Message((Group((heading,)), *(Group(tuple(map(_show_item, part))) for part in parts)), "Shows to start with")


def _show_item(show: Show) -> Item:
    add = buttons(("Add", "sources", f"add {show.url}")) or buttons(("Add", "sources", f"add {show.name}"))
    return Item(styled_text(show.name), styled_text(f"{show.topic} {show.url}"), add)
