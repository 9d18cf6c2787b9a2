"""What several views share: dates and times as people read them, bylines, buttons and messages of one line."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from bot.chat.message import ACTION_LIMIT, Action, Block, Button, Choices, Group, Message, Prose
from bot.chat.text import Text, md, one_line, sanitise, shorten, styled_text, unstyled
from bot.domain import PASTED, UNDATED, UNKNOWN_SPEAKER, Citation, Claim, Modality, Origin
from bot.domain.address import NOBODY, Member
from bot.nlp.people import titled_guests
from bot.nlp.tokens import content_stems

LABEL_LIMIT = 75
"""Slack's limit for a button's label, in characters; the smallest of all platforms."""

SAMPLE = " (sample)"
"""What the names of the sample shows end with."""

_MAX_POST_TITLE, _MAX_TITLE = 40, 60

_MODALITY_TAGS = {
    Modality.ASSERTED: "",
    Modality.ALLEGED: "alleged",
    Modality.FORECAST: "forecast",
    Modality.OPINION: "opinion",
    Modality.DENIED: "denied",
}


def format_day(date: dt.date) -> str:
    """Return a date with its weekday: Mon 23 Nov 2026."""
    return f"{date:%a} {date.day} {date:%b %Y}"


def format_date(origin: Origin) -> str:
    """Return when a conversation was held: 24 Jun 2026, or "undated" if nobody knows."""
    if origin.date == UNDATED:
        return "undated"
    return f"{origin.date.day} {origin.date:%b %Y}"


def format_local_time(instant: dt.datetime, zone: str) -> str:
    """Return an instant as the clock shows it in a zone: Mon 23 Nov, 08:00 Europe/Berlin."""
    local = instant.astimezone(ZoneInfo(zone))
    return f"{local:%a} {local.day} {local:%b, %H:%M} {zone}"


def timecode(seconds: float) -> str:
    """Return a place in a recording as h:mm:ss."""
    return str(dt.timedelta(seconds=int(seconds)))


def pluralise(number: int, noun: str) -> str:
    """Return a number with its noun: 1 claim, 12 claims, 3 entities, 90 days."""
    several = noun[:-1] + "ies" if noun.endswith("y") and not noun.endswith("ay") else noun + "s"
    return f"{number:,} {noun if number == 1 else several}"


def join_names(names: Sequence[str], limit: int = 5, conjunction: str = "and") -> str:
    """Return names as a person lists them: A, B and 3 more."""
    head, rest = list(names[:limit]), len(names) - limit
    tail = f"{rest} more" if rest > 0 else head.pop() if len(head) > 1 else ""
    return ", ".join(head) + (f" {conjunction} {tail}" if tail else "")


def modality_tag(claim: Claim) -> str:
    """Return how the claim is put forward, empty if it is simply asserted: alleged, forecast, opinion, denied."""
    return _MODALITY_TAGS[claim.modality]


def speaker_label(claim: Claim) -> str:
    """Return who said it and, for hearsay, whom they relay."""
    return ", relaying ".join((*claim.relayers, claim.claimant)) if claim.relayers else claim.speaker


def quoted_words(claim: Claim) -> str:
    """Return a claim's exact words after what they lean on: `[Orkdal] They …`, or after the words before."""
    if claim.about:
        return f"[{claim.about}] {claim.quote}"
    if claim.lead_in is None:
        return claim.quote
    follows = claim.lead_in.turn == claim.turn and claim.start - claim.lead_in.end <= 1
    return f"{claim.lead_in.text} {claim.quote}" if follows else f"{claim.lead_in.text} … {claim.quote}"


def claim_byline(claim: Claim, source: str = "", *, named: bool = False) -> Text:
    """Return who said it, relaying whom, how it is meant, where and when, and which names were misheard.

    `source` is how the show or post is called here; by default as everywhere. Who it was is left out if they are
    `named` beside it.
    """
    heard = "".join(f" · {name.name} heard as “{name.heard_as}”" for name in claim.entities if name.heard_as)
    who, source = "" if named else speaker_label(claim), source or source_name(claim.origin)
    return (*_byline(who, claim.origin, source, claim.t, modality_tag(claim)), *styled_text(heard))


def short_byline(speakers: Sequence[str], origin: Origin, source: str) -> str:
    """Return who said it, where and when, on the day of a brief: `Mara Ilves; Ben Arlow · The Ledger Hour, 24 Jun`.

    `speakers` are labels of those that aren't named beside it. A post that nobody signed is its own speaker.
    """
    date = f"{origin.date.day} {origin.date:%b}"
    is_unsigned = origin.show == PASTED and any(who.startswith(UNKNOWN_SPEAKER) for who in speakers)
    if is_unsigned:
        return f"{'; '.join(_as_author(who, source) for who in speakers)}, {date}"
    who = "; ".join(who for who in speakers if who != UNKNOWN_SPEAKER)
    return f"{who} · {source}, {date}" if who else f"{source}, {date}"


def citation_byline(citation: Citation) -> Text:
    """Return who said the quoted words, on which show, when and at what time."""
    return _byline(citation.speaker, citation.origin, source_name(citation.origin), citation.t, "")


def deep_link(origin: Origin, t: float | None = None) -> str | None:
    """Return the conversation's own https link, at the second if one is known; None without a link."""
    if not origin.url or not origin.url.startswith("https://"):
        return None
    parts = urlsplit(origin.url)
    if t is None or parts.fragment:
        return origin.url
    if parts.hostname and parts.hostname.endswith(("youtube.com", "youtu.be")):
        return f"{origin.url}{'&' if parts.query else '?'}t={int(t)}"
    return f"{origin.url}#t={int(t)}"


def buttons(*wanted: tuple[str, str, str]) -> tuple[Button, ...]:
    """Return a button for each (label, verb, argument), leaving out those whose action would not fit."""
    return tuple(
        Button(shorten(sanitise(label), LABEL_LIMIT), Action(verb, arg))
        for label, verb, arg in wanted
        if len(f"{verb}:{arg}") <= ACTION_LIMIT
    )


def choices(*wanted: tuple[str, str, str]) -> tuple[Choices, ...]:
    """Return a row of the buttons that fit, or nothing if none does."""
    fitting = buttons(*wanted)
    return (Choices(fitting),) if fitting else ()


def with_cancel(row: tuple[Choices, ...]) -> tuple[Choices, ...]:
    """Return the buttons under a question with one beside them that changes nothing."""
    return tuple(Choices((*choices.buttons, Button("Cancel", Action("cancel")))) for choices in row)


def button_question(text: str) -> str:
    """Return a question short enough to travel in a button."""
    return shorten(one_line(text), ACTION_LIMIT - len("ask:"))


def line_view(text: str | Text, *below: Block, summary: str = "") -> Message:
    """Return a message of one paragraph, with blocks below it; the paragraph is its summary unless one is given."""
    text = styled_text(text) if isinstance(text, str) else text
    return Message((Group((Prose(text), *below)),), summary or unstyled(text))


def time_link(origin: Origin, t: float | None) -> Text:
    """Return a place in a recording that opens it, or nothing if no place is known."""
    return styled_text(timecode(t), href=deep_link(origin, t)) if t is not None else ()


def by_whom(made: str, by: Member, changed: Member = NOBODY, change: str = "changed") -> str:
    """Return who made something and changed it last, if their names are known: "set up by Ann, changed by Bo"."""
    told = [f"{made} by {by.name}"] if by.name else []
    return ", ".join([*told, *([f"{change} by {changed.name}"] if changed.name else [])])


def capitalised(words: str) -> str:
    """Return words with a capital first letter, the others untouched."""
    return words[:1].upper() + words[1:]


def show_name(show: str) -> str:
    """Return a show's name without the mark of the samples."""
    return show.removesuffix(SAMPLE)


def source_name(origin: Origin) -> str:
    """Return where something was said: the show, or in a few words which post that was pasted in."""
    if origin.show != PASTED:
        return origin.show
    title = origin.title.capitalize() if origin.title.isupper() else origin.title
    return f"a pasted post, “{shorten(title, _MAX_POST_TITLE)}”"


def episode_name(origin: Origin) -> str:
    """Return where something was said with the episode's title, unless that is only the show's name and a number."""
    show, title = show_name(origin.show), show_name(origin.title)
    says_more = set(content_stems(title)).difference(content_stems(show))
    return f"{show}, “{shorten(title, _MAX_TITLE)}”" if any(not stem.isdecimal() for stem in says_more) else show


def _as_author(who: str, post: str) -> str:
    """Return an unknown speaker, relaying others or not, as the post that said it."""
    return capitalised(who.replace(UNKNOWN_SPEAKER, post, 1))


def _byline(who: str, origin: Origin, source: str, t: float | None, how: str) -> Text:
    tag = md("__{tag}__", tag=how) if how else ()
    date = format_date(origin)
    if origin.show == PASTED and who.startswith(UNKNOWN_SPEAKER):
        author = md("**{who}**", who=_as_author(who, source))
        return md("{said}, {date}", said=_dotted(author, tag), date=date)
    if who == UNKNOWN_SPEAKER and (guests := titled_guests(origin.title, origin.show)):
        who = f"{who}, on an episode with {join_names(guests)}"
    speaker = md("**{who}**", who=who) if who else ()
    place = md("{show}, {date}", show=styled_text(source, href=deep_link(origin)), date=date)
    return _dotted(speaker, tag, place, time_link(origin, t))


def _dotted(*parts: Text) -> Text:
    """Return the parts that there are, with dots between them."""
    kept = [part for part in parts if part]
    return tuple(span for n, part in enumerate(kept) for span in (*styled_text(" · " if n else ""), *part) if span.text)
