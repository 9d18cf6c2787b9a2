"""Notes: text that somebody pastes, or the article behind a link, kept for their own space and read like the rest."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

from bot.chat.request import Arg, ArgKind, Progress, Reply, Request
from bot.chat.router import Router
from bot.chat.text import plain, shorten
from bot.domain import PASTED, Conversation, Turn
from bot.due_times import Clock, today
from bot.errors import FeedError, UserError
from bot.ingest.feeds.service import FeedService
from bot.ingest.importer import Importer
from bot.store.notes import Notes
from bot.views.notes import forgotten_note_view, noted_view
from bot.views.system import progress_view

LONGEST = 12_000
"""Characters of a text that is pasted, which is what a message of Slack holds."""

LONGEST_PAGE = 200_000
"""Characters of an article behind a link."""

TITLE = 80

router = Router()

_LINK = re.compile(r"<?(https?://[^\s<>|]+)>?", re.IGNORECASE)
_LETTER = re.compile(r"[^\W\d_]")
_FEW_LETTERS = 12


@router.verb(Arg("text", "What to note: any text, or a link to an article", ArgKind.TEXT, required=True))
async def note(
    request: Request, notes: Notes, feed_service: FeedService, importer: Importer, note_days: int, clock: Clock
) -> AsyncIterator[Reply]:
    """Keep a text or an article for this workspace alone, and read it like everything else."""
    if request.outsiders:
        message = "People from elsewhere read along here, and a note is for your workspace; note it somewhere else."
        raise UserError(message)
    text, tenant = request.arg("text"), request.at.tenant
    link = _LINK.fullmatch(text)
    key = _key(tenant, link[1] if link else " ".join(text.split()))
    known = await notes.note(tenant, key)
    if known is None:
        yield Reply(progress_view(Progress(0, 0, f"Reading {link[1]}" if link else "Reading it")), final=False)
        day = today(clock.now(), request.zone or "UTC")
        said = await _article(feed_service, link[1], key, tenant, day) if link else _pasted(text, key, tenant, day)
        await notes.put(tenant, key, request.user, clock.now())
        await importer.take(said)
    found = known or await notes.note(tenant, key)
    # Somebody else may have had it forgotten meanwhile.
    view = noted_view(found, key, note_days, new=known is None) if found else forgotten_note_view(was=False)
    yield Reply(view, private=True)


@router.verb(Arg("which", "Which note", ArgKind.WORDS, required=True), shown=False)
async def unnote(request: Request, notes: Notes) -> AsyncIterator[Reply]:
    """Forget a note, and all that was read in it."""
    key, tenant = request.arg("which"), request.at.tenant
    found = await notes.note(tenant, key)
    if found and found.user != request.user and not request.may_manage:
        message = "Only who noted it, or somebody who manages this workspace, can have it forgotten."
        raise UserError(message)
    yield Reply(forgotten_note_view(was=await notes.drop(tenant, key)), private=True)


async def _article(feed_service: FeedService, url: str, key: str, tenant: str, day: dt.date) -> Conversation:
    """Return what stands behind a link, told by nobody; its site is its show."""
    try:
        title, words = await feed_service.post(url)
    except FeedError as error:
        message = f"{url} was not noted: {error}."
        raise UserError(message, "text") from None
    host = (urlsplit(url).hostname or url).removeprefix("www.")
    turns = _turns(words, LONGEST_PAGE)
    named = shorten(plain(title).strip() or turns[0].text, TITLE)
    return Conversation(key, host, named, day, turns, url=url, space=tenant)


def _pasted(text: str, key: str, tenant: str, day: dt.date) -> Conversation:
    """Return a pasted text; nobody knows who wrote it."""
    turns = _turns(text, LONGEST)
    return Conversation(key, PASTED, shorten(turns[0].text, TITLE).rstrip("."), day, turns, space=tenant)


def _turns(text: str, most: int) -> tuple[Turn, ...]:
    """Return a turn for each line; raises UserError where there are too many words, or none."""
    if len(text) > most:
        message = f"That has {len(text):,} characters, and a note at most {most:,}; note a part of it."
        raise UserError(message, "text")
    lines = [line for line in (plain(line).strip() for line in text.splitlines()) if line]
    if len(_LETTER.findall("".join(lines))) < _FEW_LETTERS:
        message = "There is hardly a word in that; note a text that says something, or a link to an article."
        raise UserError(message, "text")
    return tuple(map(Turn, lines))


def _key(tenant: str, words: str) -> str:
    """Return what a note goes by: the same text twice is one, and in another space another."""
    return f"note-{hashlib.sha256(f'{tenant}/{words}'.encode()).hexdigest()[:16]}"
