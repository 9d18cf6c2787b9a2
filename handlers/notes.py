"""Notes: text that somebody pastes, or the article behind a link, kept for their own space and read like the rest."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

from bot.chat.request import Arg, ArgKind, Progress, Reply, Request, Router
from bot.chat.text import sanitise, shorten
from bot.domain import PASTED, Conversation, Turn
from bot.due_times import Clock, local_date
from bot.errors import FeedError, UserError
from bot.ingest.feeds.service import FeedService
from bot.ingest.importer import Importer
from bot.store.library import Notes
from bot.views.sources import note_deleted_view, note_saved_view
from bot.views.system import progress_view

MAX_TEXT_LENGTH = 12_000
"""Characters of a text that is pasted, which is what a message of Slack holds."""

MAX_ARTICLE_LENGTH = 200_000
"""Characters of an article behind a link."""

MAX_TITLE_LENGTH = 80

router = Router()

_LINK = re.compile(r"<?(https?://[^\s<>|]+)>?", re.IGNORECASE)
_LETTER = re.compile(r"[^\W\d_]")
_MIN_LETTERS = 12


@router.verb(Arg("text", "What to note: any text, or a link to an article", ArgKind.TEXT, required=True))
async def note(
    request: Request, notes: Notes, feed_service: FeedService, importer: Importer, note_days: int, clock: Clock
) -> AsyncIterator[Reply]:
    """Keep a text or an article for this workspace alone, and read it like everything else."""
    if request.has_outsiders:
        message = "People from elsewhere read along here, and a note is for your workspace; note it somewhere else."
        raise UserError(message)
    text, tenant = request.arg("text"), request.at.tenant
    link = _LINK.fullmatch(text)
    key = _note_id(tenant, link[1] if link else " ".join(text.split()))
    known = await notes.get(tenant, key)
    if known is None:
        yield Reply(progress_view(Progress(0, 0, f"Reading {link[1]}" if link else "Reading it")), final=False)
        day = local_date(clock.now(), request.zone or "UTC")
        said = (
            await _fetch_article(feed_service, link[1], key, tenant, day)
            if link
            else _pasted_text(text, key, tenant, day)
        )
        await notes.put(tenant, key, request.user, clock.now())
        await importer.import_conversation(said)
    found = known or await notes.get(tenant, key)
    # Somebody else may have had it forgotten meanwhile.
    view = note_saved_view(found, key, note_days, new=known is None) if found else note_deleted_view(existed=False)
    yield Reply(view, private=True)


@router.verb(Arg("which", "Which note", ArgKind.WORDS, required=True), shown=False)
async def unnote(request: Request, notes: Notes) -> AsyncIterator[Reply]:
    """Forget a note, and all that was read in it."""
    key, tenant = request.arg("which"), request.at.tenant
    found = await notes.get(tenant, key)
    if found and found.user != request.user and not request.may_manage:
        message = "Only who noted it, or somebody who manages this workspace, can have it forgotten."
        raise UserError(message)
    yield Reply(note_deleted_view(existed=await notes.delete(tenant, key)), private=True)


async def _fetch_article(feed_service: FeedService, url: str, note_id: str, tenant: str, day: dt.date) -> Conversation:
    """Return what stands behind a link, told by nobody; its site is its show."""
    try:
        title, words = await feed_service.fetch_article(url)
    except FeedError as error:
        message = f"{url} was not noted: {error}."
        raise UserError(message, "text") from None
    host = (urlsplit(url).hostname or url).removeprefix("www.")
    turns = _turns(words, MAX_ARTICLE_LENGTH)
    named = shorten(sanitise(title).strip() or turns[0].text, MAX_TITLE_LENGTH)
    return Conversation(note_id, host, named, day, turns, url=url, space=tenant)


def _pasted_text(text: str, note_id: str, tenant: str, day: dt.date) -> Conversation:
    """Return a pasted text; nobody knows who wrote it."""
    turns = _turns(text, MAX_TEXT_LENGTH)
    return Conversation(note_id, PASTED, shorten(turns[0].text, MAX_TITLE_LENGTH).rstrip("."), day, turns, space=tenant)


def _turns(text: str, max_length: int) -> tuple[Turn, ...]:
    """Return a turn for each line; raises UserError where there are too many words, or none."""
    if len(text) > max_length:
        message = f"That has {len(text):,} characters, and a note at most {max_length:,}; note a part of it."
        raise UserError(message, "text")
    lines = [line for line in (sanitise(line).strip() for line in text.splitlines()) if line]
    if len(_LETTER.findall("".join(lines))) < _MIN_LETTERS:
        message = "There is hardly a word in that; note a text that says something, or a link to an article."
        raise UserError(message, "text")
    return tuple(map(Turn, lines))


def _note_id(tenant: str, words: str) -> str:
    """Return what a note goes by: the same text twice is one, and in another space another."""
    return f"note-{hashlib.sha256(f'{tenant}/{words}'.encode()).hexdigest()[:16]}"
