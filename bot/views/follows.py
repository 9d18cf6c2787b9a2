"""Following: how much to expect, the list of follows, quiet hours, and alerts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.chat.message import Block, Group, Heading, Item, Message, Note, Quote
from bot.chat.text import Text, md, styled_text
from bot.domain import Claim
from bot.domain.library import EntityProfile
from bot.domain.subscription import ACTIVE, AlertFrequency, Follow, QuietHours
from bot.views.wording import (
    buttons,
    choices,
    claim_byline,
    join_names,
    line_view,
    pluralise,
    quoted_words,
    with_cancel,
)

_PACE_LABELS = {
    AlertFrequency.BRIEF: "With the daily brief",
    AlertFrequency.HOURLY: "At most hourly",
    AlertFrequency.INSTANT: "At once",
}
_PACE_PHRASES = {
    AlertFrequency.BRIEF: "with the daily brief",
    AlertFrequency.HOURLY: "at most once an hour",
    AlertFrequency.INSTANT: "at once",
}


def follow_preview(profile: EntityProfile) -> Message:
    """Show how much there would be to hear, and ask how often; nothing is followed yet.

    Each button sends `follow` with `<name>/<pace>`; the pace is instant, hourly or brief.
    """
    name = profile.entity.name
    paces = choices(*((label, "follow", f"{name}/{pace}") for pace, label in _PACE_LABELS.items()))
    ask = md("Follow **{name}**? {volume}", name=name, volume=claim_volume(profile.claims_this_week))
    return line_view(ask, Note(md("Choose how often to hear about new claims.")), *with_cancel(paces))


def which_name_view(name: str, near: Sequence[str], pace: AlertFrequency | None = None) -> Message:
    """Ask which name was meant by one that nobody has mentioned; the last button follows it as it is written.

    Each button sends `follow` with `<name>/<pace>`, or `<name>` if no pace was given.
    """
    how = f"/{pace}" if pace else ""
    offered = choices(
        *((other, "follow", f"{other}{how}") for other in near),
        (f"Follow “{name}” as written", "follow", f"{name}{how or '/'}"),
    )
    ask = md(
        "Nobody has mentioned **{name}**. Did you mean {near}?", name=name, near=join_names(near, conjunction="or")
    )
    return line_view(ask, *offered)


def unfollow_which_view(name: str, near: Sequence[str]) -> Message:
    """Ask which of the followed names was meant; each button sends `unfollow` with one."""
    ask = md(
        "You were not following **{name}**. Did you mean {near}?", name=name, near=join_names(near, conjunction="or")
    )
    return line_view(ask, *choices(*((f"Unfollow {other}", "unfollow", other) for other in near)))


def claim_volume(week: int) -> str:
    """Return how much was said lately: 12 claims in the last 7 days, about 2 a day."""
    if not week:
        return "No claims in the last 7 days."
    daily = round(week / 7)
    rate = f"about {daily} a day" if daily else "less than one a day"
    return f"{pluralise(week, 'claim')} in the last 7 days, {rate}."


def followed_view(entity: str, pace: AlertFrequency, *, new: bool) -> Message:
    """Confirm a follow; `new` is False if only its pace changed."""
    confirmation = md(
        "You {now} follow **{entity}**: new claims reach you {how}.",
        entity=entity,
        now="now" if new else "already",
        how=_PACE_PHRASES[pace],
    )
    actions = choices(("Unfollow", "unfollow", entity), (f"About {entity}", "entity", entity))
    return line_view(confirmation, *actions, summary=f"Following {entity}")


def unfollowed_view(entity: str, *, existed: bool) -> Message:
    """Confirm the end of a follow; `existed` is False if there was none."""
    template = "You no longer follow **{entity}**." if existed else "You were not following **{entity}**."
    action = choices((f"Follow {entity}", "follow", entity))
    return line_view(md(template, entity=entity), *action, summary="Unfollowed")


def following_view(follows: Sequence[Follow], quiet: QuietHours | None = None) -> Message:
    """List what is followed from here, each with a button that ends it, and the hours in which nothing is sent."""
    if not follows:
        nothing = md("You aren't following anyone yet. Try `follow` with the name of a company or a person.")
        return line_view(nothing, summary="You aren't following anyone yet")
    what = pluralise(len(follows), "name")
    heading = Heading(md("Following"), styled_text(what))
    blocks = (heading, *(_item(follow) for follow in follows), *((Note(_quiet_hours_text(quiet)),) if quiet else ()))
    return Message((Group(blocks),), f"Following {what}")


def quiet_hours_view(quiet: QuietHours | None) -> Message:
    """Show the quiet hours kept here, and how to change them."""
    how = md("`quiet off` turns this off.") if quiet else md("`quiet 22:00-07:00` keeps your nights free of them.")
    return line_view(_quiet_hours_text(quiet) if quiet else md("Alerts come at any hour."), Note(how))


def _item(follow: Follow) -> Item:
    how = _PACE_PHRASES[follow.pace] if follow.state == ACTIVE else "paused: {why} `resume` restarts it."
    unfollow = buttons(("Unfollow", "unfollow", follow.entity))
    return Item(styled_text(follow.entity), md(how, why=follow.state), unfollow)


def _quiet_hours_text(quiet: QuietHours) -> Text:
    hours = f"{quiet.begin:%H:%M} to {quiet.end:%H:%M} {quiet.zone}"
    return md("Quiet from **{hours}**: news from those hours arrives in one message afterwards.", hours=hours)


MAX_QUOTES = 8
"""How many claims are quoted if there is news about one name."""
MAX_QUOTES_EACH = 3
"""How many are quoted for each name if there is news about several."""
MAX_NAMES = 10
"""How many names have their claims quoted; the others are only counted."""

EntityNews = tuple[str, Sequence[Claim]]


def alert_view(news: Sequence[EntityNews]) -> Message:
    """Show what is new, name by name; claims that only mention one in passing come after, in small print.

    Beyond what people read in one go, claims are only counted; each name has a button that shows them all.
    """
    quoted = MAX_QUOTES if len(news) == 1 else MAX_QUOTES_EACH
    groups = [group for entity_news in news[:MAX_NAMES] for group in _entity_groups(entity_news, quoted)]
    if len(news) > MAX_NAMES:
        rest = [f"{entity} ({len(claims)})" for entity, claims in news[MAX_NAMES:]]
        groups.append(Group((Note(md("Also new: {names}.", names=join_names(rest, MAX_NAMES))),)))
    return Message(tuple(groups), _summary(news))


def _entity_groups(news: EntityNews, max_quotes: int) -> Iterator[Group]:
    entity, _ = news
    about, passing = _split_by_focus(news)
    yield Group((Heading(styled_text(entity), md("You follow this · {count}", count=_claim_count(news))),))
    for claim in sorted(about, key=lambda claim: -claim.importance)[:max_quotes]:
        yield Group((Quote(quoted_words(claim), claim_byline(claim)),))
    notes: list[Block] = []
    if len(about) > max_quotes:
        notes.append(Note(md("{rest} more about {entity}.", rest=len(about) - max_quotes, entity=entity)))
    if passing:
        notes.append(Note(_passing_mentions(passing)))
    yield from (Group((note,)) for note in notes)
    yield Group(choices((f"About {entity}", "entity", entity), ("Unfollow", "unfollow", entity)))


def _split_by_focus(news: EntityNews) -> tuple[list[Claim], list[Claim]]:
    entity, claims = news
    about = [claim for claim in claims if any(mention.about for mention in claim.entities if mention.name == entity)]
    return about, [claim for claim in claims if claim not in about]


def _claim_count(news: EntityNews) -> str:
    about, _ = _split_by_focus(news)
    return pluralise(len(about), "new claim") if about else "mentioned in passing"


def _summary(news: Sequence[EntityNews]) -> str:
    if len(news) == 1:
        return f"{news[0][0]}: {_claim_count(news[0])}"
    ids = {claim.id for _, claims in news for claim in claims}
    return f"{join_names([entity for entity, _ in news])}: {pluralise(len(ids), 'new claim')}"


def _passing_mentions(claims: Sequence[Claim]) -> Text:
    shows = join_names(list(dict.fromkeys(claim.origin.show for claim in claims)))
    times = pluralise(len(claims), "time") if len(claims) > 1 else "once"
    return md("Mentioned in passing {times} on {shows}.", times=times, shows=shows)
