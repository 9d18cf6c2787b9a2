"""Following: the volume before one confirms, what is followed, and how it ended."""

from __future__ import annotations

from collections.abc import Sequence

from bot.chat.message import Button, Choices, Group, Heading, Item, Message, Note, Prose
from bot.chat.text import Text, flat, md
from bot.domain.follow import Follow, Pace, Quiet
from bot.domain.library import Profile
from bot.domain.subscription import ON
from bot.views.wording import buttons, count

_LABELS = {Pace.BRIEF: "With the daily brief", Pace.HOURLY: "At most hourly", Pace.INSTANT: "At once"}
_HOW = {Pace.BRIEF: "with the daily brief", Pace.HOURLY: "at most once an hour", Pace.INSTANT: "at once"}
_WEEK = 7


def follow_preview(profile: Profile) -> Message:
    """Show how much there would be to hear, and ask how often; nothing is followed yet.

    Each button sends `follow` with `<name>/<pace>`, where the pace is instant, hourly or with the brief.
    """
    name = profile.entity.name
    wanted = ((label, "follow", f"{name}/{pace}") for pace, label in _LABELS.items())
    ask = Prose(md("Follow **{name}**? {volume}", name=name, volume=volume(profile.week)))
    note = Note(md("Choose how often you want to hear of new claims."))
    return Message((Group((ask, note, Choices(buttons(*wanted)))),), f"Follow {name}? {volume(profile.week)}")


def volume(week: int) -> str:
    """Return how much was said lately: 12 claims in the last 7 days, about 2 a day."""
    if not week:
        return "No claims in the last 7 days."
    daily = round(week / _WEEK)
    return f"{count(week, 'claim')} in the last 7 days, {f'about {daily} a day' if daily else 'less than one a day'}."


def followed_view(entity: str, pace: Pace, *, new: bool) -> Message:
    """Confirm a follow; `new` is False where only its pace changed."""
    said = md(
        "You follow **{entity}** {now}: new claims reach you {how}.",
        entity=entity,
        now="now" if new else "already",
        how=_HOW[pace],
    )
    choices = buttons(("Unfollow", "unfollow", entity), (f"About {entity}", "entity", entity))
    return Message((Group((Prose(said), *_row(choices))),), f"Following {entity}")


def unfollowed_view(entity: str, *, was: bool) -> Message:
    """Confirm the end of a follow; `was` is False where there was none."""
    template = "You no longer follow **{entity}**." if was else "You were not following **{entity}**."
    said = md(template, entity=entity)
    return Message((Group((Prose(said), *_row(buttons((f"Follow {entity}", "follow", entity))))),), "Unfollowed")


def following_view(follows: Sequence[Follow], quiet: Quiet | None = None) -> Message:
    """List what is followed from here, each with a button that ends it, and the hours in which nothing is sent."""
    if not follows:
        said = md("You follow nobody yet. Try `follow` with a name, such as a company or a person.")
        return Message((Group((Prose(said),)),), "You follow nobody yet")
    what = count(len(follows), "name")
    heading = Heading(md("Following"), md("{what}", what=what))
    blocks = (heading, *(_item(follow) for follow in follows), *((Note(_quiet(quiet)),) if quiet else ()))
    return Message((Group(blocks),), f"Following {what}")


def quiet_view(quiet: Quiet | None) -> Message:
    """Show the quiet hours of here, and how to change them."""
    said = _quiet(quiet) if quiet else md("Alerts come at any hour.")
    how = md("`quiet off` ends that.") if quiet else md("`quiet 22:00-07:00` keeps the nights free of them.")
    return Message((Group((Prose(said), Note(how))),), flat(said))


def _item(follow: Follow) -> Item:
    end = buttons(("Unfollow", "unfollow", follow.entity))
    how = _HOW[follow.pace] if follow.state == ON else "paused: {why} `resume` brings it back."
    return Item(md("{name}", name=follow.entity), md(how, why=follow.state), end[0] if end else None)


def _quiet(quiet: Quiet) -> Text:
    hours = f"{quiet.begin:%H:%M} to {quiet.end:%H:%M} {quiet.zone}"
    return md("Quiet from **{hours}**: what is new meanwhile comes in one message afterwards.", hours=hours)


def _row(choices: tuple[Button, ...]) -> tuple[Choices, ...]:
    return (Choices(choices),) if choices else ()
