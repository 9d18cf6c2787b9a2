"""Messages of the product as a whole: errors, progress, help, sharing, deliveries and restored databases."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from bot.chat.message import Choices, Group, Heading, Item, Message, Note, Prose
from bot.chat.request import Arg, Progress, Verb
from bot.chat.text import channel_mention, md, one_line, shorten, styled_text
from bot.domain import Origin
from bot.domain.delivery import Delivery, DeliveryState
from bot.domain.refusal import Refusal
from bot.views.wording import buttons, format_date, line_view, pluralise, with_cancel


def thanks_view() -> Message:
    """Thank somebody for a verdict."""
    return Message((Group((Note(md("Thank you, noted.")),)),), "Thank you, noted.")


def unchanged_view() -> Message:
    """Say that nothing came of a question."""
    return line_view("Nothing was changed.")


def meant_view(verb: str, words: str, typed: str) -> Message:
    """Ask whether a line was meant as a command; the buttons do it, answer the line as a question, or leave it."""
    ask = md("Do you mean `{command}`?", command=shorten(one_line(f"{verb} {words}"), _MAX_QUESTION))
    offered = buttons((f"Yes, {verb}", verb, words), ("No, answer it", "ask", one_line(typed)))
    how = Note(md("That is too long for a button: begin with `{verb}` to do it, or with `ask` to ask.", verb=verb))
    return line_view(ask, *(with_cancel((Choices(offered),)) if len(offered) == len(("yes", "no")) else [how]))


def nothing_read_view() -> Message:
    """Say that nothing has been read yet, and how to begin."""
    hint = "Nothing has been read yet. Read a file or folder of transcripts: `overheard ingest PATH`."
    return line_view(md(hint), summary="Nothing has been read yet")


def error_view(sentence: str, incident: str = "") -> Message:
    """Show a failure; `incident` is its id in the log, empty for a person's own mistake."""
    return line_view(sentence, *((Note(md("Reference {incident}", incident=incident)),) if incident else ()))


def lost_answer_view(asked: str, channel: str) -> Message:
    """Apologise for an answer that did not get through; `asked` and `channel` may be empty."""
    where = md(" in {channel}", channel=channel_mention(channel)) if channel else ()
    if asked:
        question = shorten(one_line(asked), _MAX_QUESTION)
        words = md("**Sorry**, my answer to “{asked}”{where} did not get through.", asked=question, where=where)
    else:
        words = md(
            "**Sorry**, what I had to say to your last press of a button{where} did not get through.", where=where
        )
    return line_view(words, Note(md("Please try again.")), summary="Sorry, an answer did not get through.")


_MAX_QUESTION = 200
"""Characters of a question that are repeated to whoever asked it."""


def refusal_view(refusal: Refusal) -> Message:
    """Say that a platform no longer accepts the bot, and that what is due there waits."""
    words = md("**{title} no longer works**: {reason}", title=refusal.title, reason=refusal.reason)
    waits = Note(md("What is due there waits until the bot is started with a token that works."))
    return line_view(words, waits, summary=f"{refusal.title} no longer works")


def language_view(language: str) -> Message:
    """Say which language is used here, and how to change it."""
    if language:
        chosen = md("Answers and briefs here are in **{language}**; quotes stay as spoken.", language=language)
        return line_view(chosen, Note(md("`language off` turns this off.")))
    default = "Answers here are in the language of the question; briefs are in English."
    return line_view(default, Note(md("`language German` changes that.")))


def progress_view(progress: Progress) -> Message:
    """Show how far a long task has come; a total of 0 means that it isn't known."""
    many = f"{progress.done:,} of {progress.total:,}" if progress.total else ""
    line = " · ".join(part for part in (progress.note, many) if part) or "Working"
    return Message((Group((Note(md("{line}…", line=line)),)),), f"{line}…")


def reading_summary(*, new: int, revised: int, unchanged: int, claims: int, problems: int) -> str:
    """Return the outcome of an import: 24 new conversations, 310 claims, 1 edited, 2 problems."""
    parts = [f"{pluralise(new, 'new conversation')}, {pluralise(claims, 'claim')}"]
    parts += [f"{revised} edited"] if revised else []
    parts += [f"{unchanged} unchanged"] if unchanged else []
    parts += [pluralise(problems, "problem")] if problems else []
    return ", ".join(parts)


def taken_as(origin: Origin) -> str:
    """Return what a file was taken for: Orkdal Markets: Weekly call, 11 Jun 2026."""
    return f"{origin.show}: {origin.title}, {format_date(origin)}"


def undated_notice(count: int) -> str:
    """Return what it means that conversations have no date, and how to give them one."""
    subject = f"{count:,} of them have" if count > 1 else "One of them has"
    return f"{subject} no date: kept as undated, never news. Give a date with --date, or in the file or its name."


def with_share_button(message: Message, reply_id: str) -> Message:
    """Offer to share a message that was saved under an id, beside its last buttons."""
    share = buttons(("Share here", "share", reply_id))
    *before, last = message.groups or (Group(()),)
    *blocks, end = last.blocks or (Choices(()),)
    others = end.buttons if isinstance(end, Choices) else ()
    kept = blocks if isinstance(end, Choices) else last.blocks
    return replace(message, groups=(*before, Group((*kept, Choices((*share, *others))))))


def shared_answer(message: Message, asker: str, question: str) -> Message:
    """Return a message as it is shared with a channel, under who wanted to know what; `asker` may be unknown."""
    who = asker or "Somebody"
    line = (
        md("**{who}** asked: {question}", who=who, question=question)
        if question
        else md("**{who}** shared this:", who=who)
    )
    return replace(message, groups=(Group((Prose(line),)), *message.groups))


def unreadable_view() -> Message:
    """Say that a message reached the bot without its words, and how to ask so that they do."""
    news = md(
        "I wasn't shown the words of that message. Mention me as a member, not by my role, and ask in the same line."
    )
    return line_view(news, Note(md("To check what somebody said, choose **Check this claim** in that message's menu.")))


def shared_view(*, new: bool) -> Message:
    """Confirm that an answer was shared; `new` is False if it already had been."""
    return line_view("Shared with this channel." if new else "This channel already has it.")


def unconfirmed_reason(taken_at: dt.datetime) -> str:
    """Return why a delivery of a restored database is not sent."""
    return (
        f"restored from a backup taken {_format_utc(taken_at)}; it may have been sent since, so it was not sent again"
    )


def copy_notice(taken_at: dt.datetime) -> str:
    """Return what is special about a copy on which the bot has not run."""
    taken = _format_utc(taken_at)
    return f"this database is a copy taken {taken}; what falls due before the bot first runs on it won't be sent"


def restored_notice(taken_at: dt.datetime, unconfirmed: int) -> str:
    """Return what to say at the start about a restored database."""
    restored = f"This database was restored from a backup taken {_format_utc(taken_at)}."
    if not unconfirmed:
        return f"{restored} Nothing has fallen due since."
    skipped = f"{pluralise(unconfirmed, 'delivery')}, listed by `status`"
    return f"{restored} What has fallen due since may already have been sent, so it won't be sent again: {skipped}."


def _format_utc(instant: dt.datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC"


_STATE_NAMES = {
    DeliveryState.PENDING: "waiting",
    DeliveryState.SENDING: "sending",
    DeliveryState.SENT: "sent",
    DeliveryState.FAILED: "failed",
    DeliveryState.UNKNOWN: "may or may not have arrived",
}
_RESEND_HINT = (
    "If one may have arrived, check the channel first. `overheard deliveries --resend NUMBER` sends it again."
)


def deliveries_view(deliveries: Sequence[Delivery], states: Sequence[DeliveryState]) -> Message:
    """List deliveries by number, with where they were to go and what became of them."""
    wanted = " or ".join(state.value for state in states)
    title = pluralise(len(deliveries), "delivery") if deliveries else f"No deliveries are {wanted}."
    groups = [Group((Heading(styled_text(title)),)), *(Group((_delivery_item(one),)) for one in deliveries)]
    if any(delivery.state in {DeliveryState.FAILED, DeliveryState.UNKNOWN} for delivery in deliveries):
        groups.append(Group((Note(styled_text(_RESEND_HINT)),)))
    return Message(tuple(groups), title)


def _delivery_item(delivery: Delivery) -> Item:
    title = md("{number} · {what}", number=str(delivery.id), what=delivery.what)
    place = md(
        "{at} · {state}, {attempts}",
        at=str(delivery.at),
        state=_STATE_NAMES[delivery.state],
        attempts=pluralise(delivery.attempts, "try"),
    )
    return Item(title, (*place, *(md(": {why}", why=delivery.reason) if delivery.reason else ())))


_HELP_GROUPS = (
    ("Ask and look up", "ask claims entity why", "claims memory prices since last week"),
    ("The brief", "brief subscribe unsubscribe resume subscriptions", "subscribe ai at 8am in Berlin on weekdays"),
    ("Alerts", "follow unfollow following quiet", "quiet 22:00-07:00"),
    ("What is read", "sources note", "sources add https://example.com/feed.xml"),
    ("Settings", "", "language German"),
)
"""The title of each group of verbs, the verbs, and an example; the last has all the others."""


def help_view(verbs: Sequence[Verb]) -> Message:
    """List the verbs a person can use, in groups with an example each; those that only buttons send are left out."""
    left = {verb.name: verb for verb in verbs if verb.shown}
    groups = [Group((Heading(md("What you can do"), md("Help")), Note(md("Type a question, or one of these."))))]
    for title, names, example in _HELP_GROUPS:
        listed = [left.pop(name) for name in names.split() or list(left) if name in left]
        items = tuple(Item(styled_text(usage(verb)), styled_text(verb.help)) for verb in listed)
        if items:
            groups.append(Group((Heading(styled_text(title)), *items, Note(md("Try `{example}`", example=example)))))
    groups.append(Group((Note(md("`help ask` explains one of them.")),)))
    return Message(tuple(groups), "What you can do")


def verb_help_view(verb: Verb) -> Message:
    """Explain one verb and its arguments."""
    heading = Heading(styled_text(usage(verb)), md("Help"))
    about = Note(styled_text(verb.help))
    items = (Item(styled_text(_argument_usage(arg)), styled_text(_argument_help(arg))) for arg in verb.args)
    return Message((Group((heading, about, *items)),), f"How to use {verb.name}")


def usage(verb: Verb) -> str:
    """Return how a verb is written: subscribe [topic] [at] [tz] [days]."""
    return " ".join((verb.name, *(_argument_usage(arg) for arg in verb.args)))


def _argument_usage(arg: Arg) -> str:
    return f"<{arg.name}>" if arg.required else f"[{arg.name}]"


def _argument_help(arg: Arg) -> str:
    return f"{arg.help} ({', '.join(arg.choices)})" if arg.choices else arg.help
