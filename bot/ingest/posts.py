"""When a pasted post was written: what its words say, or the day of pasting unless they speak against that."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.domain import PASTED, UNDATED, Conversation
from bot.errors import InputError
from bot.ingest.formats.parsed import ParseError, parse_date
from bot.ingest.formats.signatures import Signature, read_signature
from bot.nlp.missed_dates import missed_date
from bot.nlp.sentences import sentence_spans

if TYPE_CHECKING:
    from bot.ingest.files import Given, ImportItem

LATE = dt.timedelta(days=7)
"""Whoever looks forward to a day that was over for so long wrote before this week, and a brief tells this week."""


@dataclass(frozen=True, slots=True)
class Dating:
    """The date of a post. `is_own` is whether it says so itself, and `missed` what it awaits though that is over."""

    day: dt.date
    is_own: bool = False
    missed: str = ""


def date_post(lines: Sequence[str], pasted: dt.date) -> tuple[Signature, Dating]:
    """Return the signature of a post that was pasted on a day, and when it was written."""
    signature = read_signature(lines)
    return signature, date_article(signature.date_text, signature.lines, pasted)


def date_article(date_text: str, lines: Sequence[str], pasted: dt.date) -> Dating:
    """Return when a text was written that gives a date, perhaps, and whose address or words were pasted on a day."""
    if date_text:
        with suppress(ParseError):
            return Dating(parse_date(date_text, pasted), is_own=True)
    missed = _missed_date(lines, pasted)
    return Dating(UNDATED if missed else pasted, missed=missed)


def without_stale_date(conversation: Conversation) -> Conversation:
    """Return a conversation; of a post whose words show that it is older than its date, as undated."""
    is_post = conversation.show == PASTED
    is_stale = is_post and _missed_date((turn.text for turn in conversation.turns), conversation.date)
    return replace(conversation, date=UNDATED) if is_stale else conversation


def without_stale_dates(items: Iterable[ImportItem], given: Given | None) -> Iterator[ImportItem]:
    """Yield what was read of files, posts without a date that they can't have; one that is given is believed."""
    for item in items:
        if isinstance(item, InputError) or (given and given.date):
            yield item
        else:
            yield without_stale_date(item)


def _missed_date(lines: Iterable[str], day: dt.date) -> str:
    sentences = (line[start:end] for line in lines for start, end in sentence_spans(line))
    return next(filter(None, (missed_date(sentence, day, LATE) for sentence in sentences)), "")
