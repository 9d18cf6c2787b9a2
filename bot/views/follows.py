"""Following: the volume before one confirms, what is followed, and how it ended."""

from __future__ import annotations

from collections.abc import Sequence

from bot.chat.message import Button, Choices, Group, Heading, Item, Message, Note, Prose
from bot.chat.text import Text, md, unstyled
from bot.domain.follow import AlertFrequency, Follow, QuietHours
from bot.domain.library import EntityProfile
from bot.domain.subscription import ACTIVE
from bot.views.wording import buttons, pluralise

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
