"""Notes: what people saved as text, as a link or as files, and what came of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from bot.chat.message import Block, Choices, Field, Form, Group, Item, Message, Note
from bot.chat.text import Text, md, shorten, styled_text
from bot.domain import UNDATED
from bot.domain.feed import FeedPreview, NotedList
from bot.domain.library import NotedFile, NoteSummary
from bot.views.sources import describe_noted
from bot.views.system import taken_as
from bot.views.wording import buttons, choices, format_day, line_view, pluralise

_MAX_NAME = 100
_MAX_OPTION = 75
"""Characters of an option of a form."""
_MAX_REASONS = 3
"""How many of the lines of a list that were not added give their reason."""


def note_form() -> Form:
    """Ask for a text, for files, or for both."""
    fields = (
        Field("text", "A text, or a link to an article", required=False, multiline=True),
        Field("file", "Files: transcripts, texts, lists of sources", required=False, is_file=True),
    )
    return Form("Save a note", fields, "note")


def note_saved_view(
    note: NoteSummary, key: str, days: int, today: dt.date, *, new: bool, says_when: bool = False, missed: str = ""
) -> Message:
    """Say what was found in a note and which date it has; the buttons send `written` and `unnote`.

    `says_when` is whether the text itself gives its date, and `missed` the time to which it looks forward though that
    is over: it is older than the day on which it was pasted.
    """
    outcome = md(
        "{saved} **{title}**; {found}.",
        saved="Saved" if new else "Already saved:",
        title=note.title,
        found=f"{pluralise(note.claim_count, 'claim')} found"
        if note.claim_count
        else md("no claims found, but `ask` can find its words"),
    )
    kept = f", for {pluralise(days, 'day')}" if days else ""
    readers = Note(md("Only people in this workspace can find it{kept}.", kept=kept))
    dated = Note(_dated(note, new=new, says_when=says_when, missed=missed))
    return line_view(outcome, dated, readers, *_note_buttons(note, key, today))


def _dated(note: NoteSummary, *, new: bool, says_when: bool, missed: str) -> Text:
    if note.date == UNDATED:
        why = md("It looks forward to {missed}, which is over, so it", missed=missed) if missed else styled_text("It")
        return md("{why} is kept as undated: it can be asked about, and is never news. When was it written?", why=why)
    if says_when or not new:
        return md("Written on {day}{says}.", day=format_day(note.date), says=", as it says" if says_when else "")
    return md("It doesn’t say when it was written, so it counts as of {day}.", day=format_day(note.date))


def _note_buttons(note: NoteSummary, key: str, today: dt.date) -> tuple[Choices, ...]:
    days = (("Today", today), ("Yesterday", today - dt.timedelta(1)))
    other = [(label, "written", f"{key} {day}") for label, day in days if day != note.date]
    return choices(*other, ("Another date", "written", key), ("Forget it", "unnote", key))


def written_form(note: NoteSummary, key: str) -> Form:
    """Ask when a note was written; the form sends `written` with its key."""
    which = shorten(f"{key} {note.title}", _MAX_OPTION)
    fields = (Field("which", "Note", which, options=(which,)), Field("date", "Written on, such as 12 June 2026"))
    return Form("When was it written?", fields, "written", arg=key, submit="Save")


def note_dated_view(note: NoteSummary, key: str, today: dt.date) -> Message:
    """Confirm when a note was written."""
    line = md("**{title}** was written on {day}.", title=note.title, day=format_day(note.date))
    return line_view(line, *_note_buttons(note, key, today))


def note_deleted_view(*, existed: bool) -> Message:
    """Say that a note is forgotten, and what stays."""
    if not existed:
        return line_view("That note was already forgotten.")
    return line_view("Forgotten, along with everything found in it; messages already posted stay.")


def file_read_item(
    name: str, form: str, saved: NotedFile, key: str, *, problems: Sequence[str], left: int, most: int, is_new: bool
) -> Item:
    """Say what a file was taken for, and what was found in it; the button sends `unnote` with its `key`.

    `is_new` says that it had not been read before as it is now, `left` how many conversations are beyond the `most`
    that are read.
    """
    if not saved.origins:
        return file_refused_item(name, problems[0] if problems else "it is empty")
    claims, more = saved.claim_count, pluralise(left, "more conversation")
    found: Text = styled_text(pluralise(claims, "claim")) if claims else md("no claims, but `ask` can find its words")
    body = (
        *md("{verb} as {form}: {what}", verb="read" if is_new else "already read", form=form, what=_contents(saved)),
        *(md("; {found}", found=found) if is_new else ()),
        *(styled_text(f"; {len(problems):,} not read: {problems[0]}") if problems else ()),
        *(styled_text(f"; {more} not read: at most {most:,} of a file are") if left else ()),
    )
    return Item(_name(name), body, buttons(("Forget it", "unnote", key)))


def file_known_item(name: str, saved: NotedFile) -> Item:
    """Say what is known of a file that somebody else had sent."""
    return Item(_name(name), md("already read: {what}", what=_contents(saved)))


def file_repeated_item(name: str, first: str) -> Item:
    """Say that a file is the same as one that was sent together with it."""
    return Item(_name(name), md("already read: it is the same as {first}", first=_name(first)))


def list_read_item(
    name: str, added: Sequence[FeedPreview], rejected: Sequence[FeedPreview], noted: NotedList | None = None
) -> Item:
    """Say how many sources of a list were added, and why others were not."""
    reasons = "; ".join(
        f"{shorten(one.title or one.url or 'a line', 60)}: {one.reason}" for one in rejected[:_MAX_REASONS]
    )
    refused = f", {len(rejected):,} not ({reasons}{'; …' if len(rejected) > _MAX_REASONS else ''})" if rejected else ""
    outcome = f"{pluralise(len(added), 'source')} added" if noted is None else describe_noted(noted)
    return Item(_name(name), styled_text(f"a list: {outcome}{refused}"))


def file_refused_item(name: str, why: str) -> Item:
    """Say why a file was not read."""
    return Item(_name(name), md("not read: {why}", why=why.rstrip(".")))


def files_view(items: Sequence[Item], left: int, days: int, question: str = "") -> Message:
    """List what came of each file; `left` were too many to be looked at.

    The button asks the `question` that stood beside them.
    """
    notes: list[Block] = []
    if left:
        notes.append(
            Note(
                md(
                    "{left} not read: at most {most} are read at once",
                    left=pluralise(left, "more file"),
                    most=str(len(items)),
                )
            )
        )
    kept = f", for {pluralise(days, 'day')}" if days else ""
    if any(item.buttons for item in items):
        notes.append(Note(md("Only people in this workspace can find what was read{kept}.", kept=kept)))
    if any("undated" in span.text for item in items if item.buttons for span in item.body):
        notes.append(Note(md(_UNDATED)))
    notes += choices(("Ask that now", "ask", question)) if question else ()
    return Message(
        (Group(tuple(items)), Group(tuple(notes))) if notes else (Group(tuple(items)),), pluralise(len(items), "file")
    )


_UNDATED = (
    "What is undated can be asked about, and is never news; a date in the file's name, such as 2026-06-11, dates it."
)


def _contents(saved: NotedFile) -> str:
    """Return what a file was taken for: its one conversation, or how many it has."""
    if len(saved.origins) == 1:
        return taken_as(saved.origins[0])
    undated = sum(origin.date == UNDATED for origin in saved.origins)
    return f"{pluralise(len(saved.origins), 'conversation')}{f', {undated:,} undated' if undated else ''}"


def _name(name: str) -> Text:
    return styled_text(shorten(name, _MAX_NAME))
