"""Following: the volume before one confirms, what is followed, and how it ended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.chat.message import Block, Button, Choices, Group, Heading, Item, Message, Note, Prose, Quote
from bot.chat.text import Text, md, unstyled
from bot.domain import Claim
from bot.domain.library import EntityProfile
from bot.domain.subscription import ACTIVE, AlertFrequency, Follow, QuietHours
from bot.views.wording import buttons, claim_byline, join_names, pluralise

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
_DAYS_PER_WEEK = 7


def follow_preview(profile: EntityProfile) -> Message:
    """Show how much there would be to hear, and ask how often; nothing is followed yet.

    Each button sends `follow` with `<name>/<pace>`, where the pace is instant, hourly or with the brief.
    """
    name = profile.entity.name
    wanted = ((label, "follow", f"{name}/{pace}") for pace, label in _PACE_LABELS.items())
    ask = Prose(md("Follow **{name}**? {volume}", name=name, volume=claim_volume(profile.claims_this_week)))
    note = Note(md("Choose how often you want to hear of new claims."))
    return Message(
        (Group((ask, note, Choices(buttons(*wanted)))),), f"Follow {name}? {claim_volume(profile.claims_this_week)}"
    )


def claim_volume(week: int) -> str:
    """Return how much was said lately: 12 claims in the last 7 days, about 2 a day."""
    if not week:
        return "No claims in the last 7 days."
    daily = round(week / _DAYS_PER_WEEK)
    return (
        f"{pluralise(week, 'claim')} in the last 7 days, {f'about {daily} a day' if daily else 'less than one a day'}."
    )


def followed_view(entity: str, pace: AlertFrequency, *, new: bool) -> Message:
    """Confirm a follow; `new` is False where only its pace changed."""
    said = md(
        "You follow **{entity}** {now}: new claims reach you {how}.",
        entity=entity,
        now="now" if new else "already",
        how=_PACE_PHRASES[pace],
    )
    choices = buttons(("Unfollow", "unfollow", entity), (f"About {entity}", "entity", entity))
    return Message((Group((Prose(said), *_choices(choices))),), f"Following {entity}")


def unfollowed_view(entity: str, *, existed: bool) -> Message:
    """Confirm the end of a follow; `was` is False where there was none."""
    template = "You no longer follow **{entity}**." if existed else "You were not following **{entity}**."
    said = md(template, entity=entity)
    return Message((Group((Prose(said), *_choices(buttons((f"Follow {entity}", "follow", entity))))),), "Unfollowed")


def following_view(follows: Sequence[Follow], quiet: QuietHours | None = None) -> Message:
    """List what is followed from here, each with a button that ends it, and the hours in which nothing is sent."""
    if not follows:
        said = md("You follow nobody yet. Try `follow` with a name, such as a company or a person.")
        return Message((Group((Prose(said),)),), "You follow nobody yet")
    what = pluralise(len(follows), "name")
    heading = Heading(md("Following"), md("{what}", what=what))
    blocks = (heading, *(_item(follow) for follow in follows), *((Note(_quiet_hours_text(quiet)),) if quiet else ()))
    return Message((Group(blocks),), f"Following {what}")


def quiet_hours_view(quiet: QuietHours | None) -> Message:
    """Show the quiet hours of here, and how to change them."""
    said = _quiet_hours_text(quiet) if quiet else md("Alerts come at any hour.")
    how = md("`quiet off` ends that.") if quiet else md("`quiet 22:00-07:00` keeps the nights free of them.")
    return Message((Group((Prose(said), Note(how))),), unstyled(said))


def _item(follow: Follow) -> Item:
    end = buttons(("Unfollow", "unfollow", follow.entity))
    how = _PACE_PHRASES[follow.pace] if follow.state == ACTIVE else "paused: {why} `resume` brings it back."
    return Item(md("{name}", name=follow.entity), md(how, why=follow.state), end[0] if end else None)


def _quiet_hours_text(quiet: QuietHours) -> Text:
    hours = f"{quiet.begin:%H:%M} to {quiet.end:%H:%M} {quiet.zone}"
    return md("Quiet from **{hours}**: what is new meanwhile comes in one message afterwards.", hours=hours)


def _choices(choices: tuple[Button, ...]) -> tuple[Choices, ...]:
    return (Choices(choices),) if choices else ()


MAX_QUOTES = 8
"""How many claims are quoted where there is news about one name."""
MAX_QUOTES_EACH = 3
"""How many are quoted for each where there is news about several."""
MAX_NAMES = 10
"""How many names have their claims quoted; the others are only counted."""

EntityNews = tuple[str, Sequence[Claim]]


def alert_view(news: Sequence[EntityNews]) -> Message:
    """Show what is new, name by name; claims that only mention one in passing come after, in small print.

    What is more than people read at once is counted, and each name has a button to all of it.
    """
    quoted = MAX_QUOTES if len(news) == 1 else MAX_QUOTES_EACH
    groups = [group for one in news[:MAX_NAMES] for group in _entity_groups(one, quoted)]
    if len(news) > MAX_NAMES:
        rest = [f"{entity} ({len(claims)})" for entity, claims in news[MAX_NAMES:]]
        groups.append(Group((Note(md("Also new: {names}.", names=join_names(rest, MAX_NAMES))),)))
    return Message(tuple(groups), _summary(news))


def _entity_groups(news: EntityNews, max_quotes: int) -> Iterator[Group]:
    entity, _ = news
    about, passing = _split_by_focus(news)
    yield Group((Heading(md("{entity}", entity=entity), md("You follow this · {told}", told=_claim_count(news))),))
    for claim in about[:max_quotes]:
        yield Group((Quote(claim.quote, claim_byline(claim)),))
    notes: list[Block] = []
    if len(about) > max_quotes:
        notes.append(Note(md("{rest} more about {entity}.", rest=len(about) - max_quotes, entity=entity)))
    if passing:
        notes.append(Note(_passing_mentions(passing)))
    choices = Choices(buttons((f"About {entity}", "entity", entity), ("Unfollow", "unfollow", entity)))
    yield from (Group((note,)) for note in notes)
    yield Group((choices,))


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
    claims = {claim.id for _, told in news for claim in told}
    return f"{join_names([entity for entity, _ in news])}: {pluralise(len(claims), 'new claim')}"


def _passing_mentions(claims: Sequence[Claim]) -> Text:
    shows = join_names(list(dict.fromkeys(claim.origin.show for claim in claims)))
    times = pluralise(len(claims), "time") if len(claims) > 1 else "once"
    return md("Mentioned in passing {times} on {shows}.", times=times, shows=shows)
