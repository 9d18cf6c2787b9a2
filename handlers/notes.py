"""Notes: pasted text, the article behind a link, or a file, saved for one space and read like everything else."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from urllib.parse import urlsplit

from bot.chat.message import Group, Message
from bot.chat.request import Arg, ArgKind, Progress, Reply, Request, Router
from bot.chat.text import sanitise, shorten
from bot.domain import PASTED, Conversation, Turn
from bot.domain.library import NoteSummary
from bot.due_times import Clock
from bot.errors import FeedError, OverheardError, UserError
from bot.ingest.feeds.service import FeedService
from bot.ingest.formats.parsed import is_believable
from bot.ingest.importer import Importer
from bot.ingest.posts import Dating, date_article, date_post
from bot.store.feeds import Feeds
from bot.store.library import Library, Notes
from bot.views.notes import note_dated_view, note_deleted_view, note_form, note_saved_view, written_form
from bot.views.system import error_view, progress_view
from handlers.files import read_files, refuse_outsiders

MAX_TEXT_LENGTH = 12_000
"""Characters of a pasted text: as many as a Slack message holds."""

MAX_SENT_LENGTH = 100_000
"""Characters that are looked at, to say how many are too many."""

MAX_ARTICLE_LENGTH = 200_000
"""Characters of an article behind a link."""

MAX_TITLE_LENGTH = 80

router = Router()

_LINK = re.compile(r"<?(https?://[^\s<>|]+)>?", re.IGNORECASE)
_MIN_LETTERS = 12


@router.verb(
    Arg("text", "What to save: any text, or a link to an article", ArgKind.TEXT, max_chars=MAX_SENT_LENGTH),
    Arg("file", "A transcript, a text, or a list of sources", ArgKind.FILE),
)
async def note(
    request: Request,
    notes: Notes,
    feeds: Feeds,
    feed_service: FeedService,
    importer: Importer,
    note_days: int,
    clock: Clock,
) -> AsyncIterator[Reply]:
    """Save a text, an article or a file for this workspace alone, and read it like everything else."""
    refuse_outsiders(request)
    text, groups = request.arg("text"), tuple[Group, ...]()
    if not text and not request.attachments:
        yield Reply(note_form())
        return
    if text:
        yield Reply(progress_view(Progress(0, 0, f"Reading {shorten(text, MAX_TITLE_LENGTH)}")), final=False)
        try:
            view = await _save_text(request, notes, feed_service, importer, note_days, clock)
        except OverheardError as error:
            if not request.attachments:
                raise
            # What is wrong with the words must not cost the files.
            view = error_view(str(error))
        if not request.attachments:
            yield Reply(view, private=True)
            return
        groups = view.groups
    async for reply in read_files(request, feeds, feed_service, note_days, clock, above=groups):
        yield reply


async def _save_text(
    request: Request, notes: Notes, feed_service: FeedService, importer: Importer, note_days: int, clock: Clock
) -> Message:
    """Save a text, or the article behind a link, and say what was found in it."""
    text, tenant = request.arg("text"), request.at.tenant
    link = _LINK.fullmatch(text)
    key = _note_id(tenant, link[1] if link else " ".join(text.split()))
    known, today = await notes.get(tenant, key), request.local_date(clock.now())
    dating = Dating(known.date) if known else None
    if dating is None:
        conversation, dating = (
            await _fetch_article(feed_service, link[1], key, tenant, today)
            if link
            else _pasted_text(text, key, tenant, today)
        )
        await notes.put(tenant, key, request.user, clock.now())
        await importer.import_note(conversation)
    else:
        await notes.put(tenant, key, request.user, clock.now())
    saved = known or await notes.get(tenant, key)
    if saved is None:
        # Somebody else may have deleted it meanwhile.
        return note_deleted_view(existed=False)
    # What somebody else saved is kept from when they did.
    days = note_days if saved.user == request.user else 0
    return note_saved_view(saved, key, days, today, new=known is None, says_when=dating.is_own, missed=dating.missed)


@router.verb(Arg("which", "Which note", ArgKind.WORDS, required=True), shown=False)
async def unnote(request: Request, notes: Notes) -> AsyncIterator[Reply]:
    """Forget a note and everything read in it."""
    key, tenant = request.arg("which"), request.at.tenant
    existed = await notes.delete(tenant, key, None if request.may_manage else request.user)
    yield Reply(note_deleted_view(existed=existed), private=True)


@router.verb(
    Arg("which", "Which note", ArgKind.WORDS, required=True),
    Arg("date", "When it was written, such as 12 June 2026", ArgKind.DATE),
    shown=False,
)
async def written(
    request: Request, notes: Notes, library: Library, importer: Importer, clock: Clock
) -> AsyncIterator[Reply]:
    """Take what somebody says of when a note was written; asks for the date if there is none."""
    key, tenant, today = request.arg("which").partition(" ")[0], request.at.tenant, request.local_date(clock.now())
    saved = await notes.get(tenant, key)
    _check_may_change(request, saved)
    conversation = await library.conversation(key, space=tenant)
    if saved is None or conversation is None:
        yield Reply(note_deleted_view(existed=False), private=True)
        return
    if not request.arg("date"):
        yield Reply(written_form(saved, key))
        return
    day = dt.date.fromisoformat(request.arg("date"))
    if not is_believable(day, today):
        message = "It can't have been written then; give a day from 1990 to today."
        raise UserError(message, "date")
    await importer.import_note(replace(conversation, date=day))
    yield Reply(note_dated_view(replace(saved, date=day), key, today), private=True)


def _check_may_change(request: Request, saved: NoteSummary | None) -> None:
    if saved and saved.user != request.user and not request.may_manage:
        message = "Only whoever saved it, or someone who manages this workspace, can change it or have it forgotten."
        raise UserError(message)


async def _fetch_article(
    feed_service: FeedService, url: str, note_id: str, tenant: str, day: dt.date
) -> tuple[Conversation, Dating]:
    """Return the article behind a link, with its site as the show and no speaker, and what dates it."""
    try:
        title, words, date_text = await feed_service.fetch_article(url)
    except FeedError as error:
        message = f"{url} was not saved: {error}."
        raise UserError(message, "text") from None
    host = (urlsplit(url).hostname or url).removeprefix("www.")
    turns = _turns(words, MAX_ARTICLE_LENGTH)
    named = shorten(sanitise(title).strip() or turns[0].text, MAX_TITLE_LENGTH)
    dating = date_article(date_text, [turn.text for turn in turns], day)
    return Conversation(note_id, host, named, dating.day, turns, url=url, space=tenant), dating


def _pasted_text(text: str, note_id: str, tenant: str, day: dt.date) -> tuple[Conversation, Dating]:
    """Return a pasted text, and what dates it; its speaker is whoever it says wrote it."""
    signature, dating = date_post([turn.text for turn in _turns(text, MAX_TEXT_LENGTH)], day)
    turns = tuple(Turn(line, signature.author or None) for line in signature.lines)
    title = shorten(turns[0].text, MAX_TITLE_LENGTH).rstrip(".")
    return Conversation(note_id, PASTED, title, dating.day, turns, space=tenant), dating


def _turns(text: str, max_length: int) -> tuple[Turn, ...]:
    """Return a turn for each line; raises UserError if there are too many words, or hardly any."""
    if len(text) > max_length:
        message = f"That is {len(text):,} characters, and a note can have at most {max_length:,}; save part of it."
        raise UserError(message, "text")
    lines = [line for line in (sanitise(line).strip() for line in text.splitlines()) if line]
    if sum(map(str.isalpha, "".join(lines))) < _MIN_LETTERS:
        message = "There is almost nothing to read in that; save a longer text, or a link to an article."
        raise UserError(message, "text")
    return tuple(map(Turn, lines))


def _note_id(tenant: str, words: str) -> str:
    """Return the note's id: the same text is one note in a space, and a different one in each space."""
    return f"note-{hashlib.sha256(f'{tenant}/{words}'.encode()).hexdigest()[:16]}"
