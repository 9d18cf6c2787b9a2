"""Thanks for a verdict."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from bot.chat.message import Choices, Group, Heading, Item, Message, Note, Prose
from bot.chat.request import Arg, Progress, Verb
from bot.chat.text import md, styled_text, unstyled
from bot.domain.delivery import Delivery, DeliveryState
from bot.views.wording import buttons, pluralise


def thanks_view() -> Message:
    """Say that a verdict was kept."""
    return Message((Group((Note(md("Thank you, noted.")),)),), "Thank you, noted.")


def nothing_read_view() -> Message:
    """Say that nothing has been read yet, and how to begin."""
    said = "Nothing has been read yet. Read a file or folder of transcripts: `overheard ingest PATH`."
    return Message((Group((Prose(md(said)),)),), "Nothing has been read yet")


def error_view(sentence: str, incident: str = "") -> Message:
    """Show a failure; `incident` is its id in the log, empty for a person's own mistake."""
    said = Prose(md("{sentence}", sentence=sentence))
    note = (Note(md("Reference {incident}", incident=incident)),) if incident else ()
    return Message((Group((said, *note)),), sentence)


def language_view(language: str) -> Message:
    """Say which language is used here, and how to change it."""
    chosen = md("Answers and briefs here are in **{language}**; quotes stay as they were said.", language=language)
    said = chosen if language else md("Answers here are in the language of the question, and briefs in English.")
    how = md("`language off` ends that.") if language else md("`language German` changes that.")
    return Message((Group((Prose(said), Note(how))),), unstyled(said))


def progress_view(progress: Progress) -> Message:
    """Show how far something long has come; a total of 0 means that nobody knows."""
    many = f"{progress.done:,} of {progress.total:,}" if progress.total else ""
    line = " · ".join(part for part in (progress.note, many) if part) or "Working"
    return Message((Group((Note(md("{line}…", line=line)),)),), f"{line}…")


def reading_summary(*, new: int, revised: int, unchanged: int, claims: int, problems: int) -> str:
    """Return the outcome of a reading: 24 new conversations, 310 claims, 1 edited, 2 problems."""
    parts = [f"{pluralise(new, 'new conversation')}, {pluralise(claims, 'claim')}"]
    parts += [f"{revised} edited"] if revised else []
    parts += [f"{unchanged} unchanged"] if unchanged else []
    parts += [pluralise(problems, "problem")] if problems else []
    return ", ".join(parts)


def with_share_button(message: Message, reply_id: str) -> Message:
    """Offer to share a message that was kept under an id."""
    offer = Choices(buttons(("Share here", "share", reply_id)))
    return replace(message, groups=(*message.groups, Group((offer,))))


def shared_view(*, new: bool) -> Message:
    """Confirm that it was shared; `new` is False where it had been."""
    said = "Shared with this channel." if new else "This channel has it already."
    return Message((Group((Prose(md("{said}", said=said)),)),), said)


def unconfirmed_reason(taken_at: dt.datetime) -> str:
    """Say why a delivery of a restored database is not sent."""
    return (
        f"restored from a backup taken {_format_utc(taken_at)}; it may have been sent since, so it was not sent again"
    )


def copy_notice(taken_at: dt.datetime) -> str:
    """Say what a copy is on which the bot has not run."""
    taken = _format_utc(taken_at)
    return f"this database is a copy taken {taken}; what falls due until the bot runs on it is not sent by it"


def restored_notice(taken_at: dt.datetime, unconfirmed: int) -> str:
    """Say at the start what came of a restored database."""
    begun = f"This database was restored from a backup taken {_format_utc(taken_at)}."
    if not unconfirmed:
        return f"{begun} Nothing fell due since."
    fell_due = pluralise(unconfirmed, "delivery")
    return f"{begun} What fell due since may have been sent, so it is not sent again: {fell_due}, listed by `status`."


def _format_utc(taken: dt.datetime) -> str:
    return f"{taken:%Y-%m-%d %H:%M} UTC"


_STATE_NAMES = {
    DeliveryState.PENDING: "to be sent",
    DeliveryState.SENDING: "being sent",
    DeliveryState.SENT: "sent",
    DeliveryState.FAILED: "failed",
    DeliveryState.UNKNOWN: "may have arrived, or not",
}
_RESEND_HINT = (
    "Look in the channel first where it may have arrived. `overheard deliveries --resend NUMBER` sends one anew."
)


def deliveries_view(deliveries: Sequence[Delivery], states: Sequence[DeliveryState]) -> Message:
    """List deliveries by number, with where they were to go and what became of them."""
    asked = " or ".join(state.value for state in states)
    title = pluralise(len(deliveries), "delivery") if deliveries else f"No delivery is {asked}."
    entries = tuple(Group((_delivery_item(one),)) for one in deliveries)
    hint = (
        Group((Note(styled_text(_RESEND_HINT)),))
        if any(one.state in {DeliveryState.FAILED, DeliveryState.UNKNOWN} for one in deliveries)
        else None
    )
    return Message((Group((Heading(styled_text(title)),)), *entries, *([hint] if hint else [])), title)


def _delivery_item(delivery: Delivery) -> Item:
    title = md("{number} · {what}", number=str(delivery.id), what=delivery.what)
    place = md(
        "{at} · {standing}, {tries}",
        at=str(delivery.at),
        standing=_STATE_NAMES[delivery.state],
        tries=_attempts(delivery),
    )
    return Item(title, (*place, *(md(": {why}", why=delivery.reason) if delivery.reason else ())))


def _attempts(delivery: Delivery) -> str:
    return "1 try" if delivery.attempts == 1 else f"{delivery.attempts} tries"


def help_view(verbs: Sequence[Verb]) -> Message:
    """List what a person can ask for; verbs that only buttons send are left out."""
    heading = Heading(md("What you can do"), md("Help"))
    items = tuple(Item(md("{usage}", usage=usage(verb)), md("{help}", help=verb.help)) for verb in verbs if verb.shown)
    note = Note(md("Or just type a question. `help ask` tells more about one of them."))
    return Message((Group((heading, *items)), Group((note,))), "What you can do")


def verb_help_view(verb: Verb) -> Message:
    """Explain one verb and its arguments."""
    heading = Heading(md("{usage}", usage=usage(verb)), md("Help"))
    about = Note(md("{help}", help=verb.help))
    items = (Item(md("{name}", name=_argument_usage(arg)), md("{help}", help=_argument_help(arg))) for arg in verb.args)
    return Message((Group((heading, about, *items)),), f"How to use {verb.name}")


def usage(verb: Verb) -> str:
    """Return how a verb is written: subscribe [topic] [at] [tz] [days]."""
    return " ".join((verb.name, *(_argument_usage(arg) for arg in verb.args)))


def _argument_usage(arg: Arg) -> str:
    return f"<{arg.name}>" if arg.required else f"[{arg.name}]"


def _argument_help(arg: Arg) -> str:
    return f"{arg.help} ({', '.join(arg.choices)})" if arg.choices else arg.help
