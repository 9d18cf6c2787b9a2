"""The text of an item, the best there is: which address to try next, and what came of all of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias, TypeVar

from bot.domain import Chapter, Conversation, Person, Turn
from bot.domain.feed import TextKind
from bot.ingest.feeds.document import Enclosure, FeedItem, TranscriptLink
from bot.ingest.feeds.show_notes import Notes, read_chapters, without_adverts
from bot.ingest.feeds.speakers import named
from bot.ingest.formats.article import Page, read_page
from bot.ingest.formats.draft import Draft
from bot.ingest.formats.transcripts import read_transcript, renamed
from bot.ingest.language import UNKNOWN, language

Reader: TypeAlias = Callable[[bytes, str, str, str], object]
"""A function at the top of a module: content, address, type and character set as the server named them."""

T = TypeVar("T")

FULL = 200
"""Words of a feed's own HTML that are an article; fewer are its beginning."""

LONG = 600
"""Words of the page of a recording that are more than notes."""

TRIES = 4
"""Transcripts that are fetched for one item."""

UNCHECKED = "(machine transcription)"
"""Stands behind the title of what nobody has checked, wherever its sources are listed."""

SAMPLE = 400
"""Turns whose language is that of all."""

LOOKS = (dt.timedelta(hours=6), dt.timedelta(days=1), dt.timedelta(days=3))
"""How long after an episode a transcript may still come."""

_AUDIO = (".mp3", ".m4a", ".ogg", ".opus", ".wav", ".flac")
_FORMATS = ("vtt", "srt", "subrip", "json", "html", "markdown", "plain")


@dataclass(frozen=True, slots=True)
class Want:
    """Something to fetch, and what reads it."""

    url: str
    read: Reader


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording to be heard; `seconds` is how long its feed says it lasts, 0 where it does not say."""

    url: str
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Missing:
    """Why something wanted is not there; `gone` where its address answered that it is no more."""

    why: str
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Episode:
    """The words of an item, what kind they are, and why they are no better."""

    kind: TextKind
    turns: tuple[Turn, ...]
    why: str = ""
    lang: str = ""
    people: tuple[Person, ...] = ()
    chapters: tuple[Chapter, ...] = ()
    gone: bool = False


@dataclass(slots=True)
class _Found:
    """What is known of an item while it is being read."""

    item: FeedItem
    notes: Notes
    hears: bool = False
    turns: tuple[Turn, ...] = ()
    reasons: list[str] = field(default_factory=list)
    gone: bool = False


Steps: TypeAlias = Generator[Want | Recording, object, T]


def episode(item: FeedItem, notes: Notes, shows: Sequence[Person] = (), *, hears: bool = False) -> Steps[Episode]:
    """Yield what to fetch, one after the other, and return the text.

    Whoever drives it sends what the reader made of each, or a `Missing`. `notes` are what `read_notes` made of the
    item, and `shows` are whom the feed names for all its items: they count where the item names nobody. With `hears`, a
    recording is yielded, too, where there are no better words; what is heard in it is sent as turns.
    """
    found = _Found(item, notes, hears)
    people = _people(item, notes, shows)
    marks = (yield from _chapters(item)) or notes.chapters
    kind = yield from _text(found)
    said = without_adverts(found.turns, marks) or found.turns
    said = renamed(said, named(said, people)) if kind is TextKind.TRANSCRIPT else said
    lang = language(" ".join(turn.text for turn in said[:SAMPLE]), item.language)
    if said and lang != "en":
        strange = "its language could not be told" if lang == UNKNOWN else f"it is in another language ({lang})"
        found.reasons.append(f"{strange}: it is searched, and nothing is claimed of it")
    return Episode(kind, said, "; ".join(dict.fromkeys(found.reasons)), lang, people, marks, found.gone)


def conversation(
    told: Episode, item: FeedItem, *, id_: str, show: str, feed: str, first_seen: dt.datetime, space: str | None
) -> Conversation | None:
    """Return the conversation that an item tells; None where it has no words.

    An item without a date is of the day it was first seen.
    """
    if not told.turns:
        return None
    when = item.published or item.updated or first_seen
    title = item.title or show or feed
    return Conversation(
        id=id_,
        show=show or feed,
        title=f"{title} {UNCHECKED}" if told.kind is TextKind.TRANSCRIPTION else title,
        date=when.date(),
        turns=told.turns,
        url=item.url or next((one.url for one in item.enclosures), None),
        lang=told.lang,
        people=told.people,
        chapters=told.chapters,
        source=feed,
        space=space,
    )


def again(told: Episode, item: FeedItem, now: dt.datetime) -> dt.datetime | None:
    """Return when to look for better words: transcripts of new episodes come late."""
    if told.kind is not TextKind.NOTES or told.gone or not item.enclosures or item.published is None:
        return None
    return next((item.published + later for later in LOOKS if item.published + later > now), None)


def _text(found: _Found) -> Steps[TextKind]:
    item, told = found.item, found.notes.turns
    offered = [*_offered(item), *found.notes.transcripts]
    if (yield from _transcript(found, list(dict.fromkeys(offered)))):
        return TextKind.TRANSCRIPT
    if not offered:
        found.reasons.append("no transcript is offered")
    if not item.enclosures and _length(told) >= FULL:
        found.turns = _by_author(told, item)
        return TextKind.ARTICLE
    if item.url and (kind := (yield from _page(found))):
        return kind
    if found.hears and (yield from _heard(found)):
        return TextKind.TRANSCRIPTION
    found.turns = told
    found.reasons.append("only the notes are there" if told else "there are no words at all")
    return TextKind.NOTES


def _transcript(found: _Found, urls: Sequence[str]) -> Steps[bool]:
    """Take the first transcript that names its speakers, or else the first that is one."""
    for url in urls[:TRIES]:
        answer = yield Want(url, read_transcript)
        if isinstance(answer, Missing):
            found.reasons.append(f"the transcript at {url} {answer.why}")
        elif isinstance(answer, Draft):
            named_ = any(turn.speaker for turn in answer.turns)
            found.turns = answer.turns if named_ or not found.turns else found.turns
            if named_:
                break
    return bool(found.turns)


def _page(found: _Found) -> Steps[TextKind | None]:
    answer = yield Want(found.item.url, read_page)
    if isinstance(answer, Missing):
        found.reasons.append(f"its page {answer.why}")
        found.gone = answer.gone
        return None
    if not isinstance(answer, Page):
        return None
    if answer.talk:
        found.turns = answer.turns
        return TextKind.TRANSCRIPT
    if answer.transcripts and (yield from _transcript(found, answer.transcripts)):
        return TextKind.TRANSCRIPT
    told = _length(found.notes.turns)
    if _length(answer.turns) <= (max(LONG, 2 * told) if found.item.enclosures else told):
        found.reasons.append("its page says no more")
        return None
    found.turns = _by_author(answer.turns, found.item)
    return TextKind.ARTICLE


def _heard(found: _Found) -> Steps[bool]:
    item = found.item
    url = next((one.url for one in item.enclosures if _audible(one)), "")
    if not url:
        return False
    answer = yield Recording(url, item.duration or 0.0)
    if isinstance(answer, Missing):
        found.reasons.append(f"its recording {answer.why}")
        return False
    found.turns = answer if isinstance(answer, tuple) else ()
    found.reasons.append("a model wrote its recording down, unchecked" if found.turns else "nothing is said in it")
    return bool(found.turns)


def _audible(one: Enclosure) -> bool:
    kind, path = one.type.lower().partition("/")[0], one.url.lower().partition("?")[0]
    return kind == "audio" or (kind != "video" and path.endswith(_AUDIO))


def _chapters(item: FeedItem) -> Steps[tuple[Chapter, ...]]:
    if not item.chapters_url:
        return ()
    answer = yield Want(item.chapters_url, read_chapters)
    return answer if isinstance(answer, tuple) else ()


def _offered(item: FeedItem) -> list[str]:
    """Return the offered transcripts: in the item's language first, then those whose format tells best who speaks."""
    fitting = sorted(item.transcripts, key=lambda offer: (_strange(offer, item), _format(offer)))
    return list(dict.fromkeys(offer.url for offer in fitting))


def _strange(offer: TranscriptLink, item: FeedItem) -> bool:
    return bool(offer.language and item.language) and offer.language[:2].lower() != item.language[:2].lower()


def _format(offer: TranscriptLink) -> int:
    described = f"{offer.type} {offer.url.lower().partition('?')[0]}"
    return next((rank for rank, name in enumerate(_FORMATS) if name in described), len(_FORMATS))


def _people(item: FeedItem, notes: Notes, shows: Sequence[Person]) -> tuple[Person, ...]:
    """Return who is heard, as the feed says it before the notes do; a name counts once."""
    known = {person.name.casefold(): person for person in (*item.people, *(() if item.people else shows))}
    for person in notes.people:
        known.setdefault(person.name.casefold(), person)
    return tuple(known.values())


def _by_author(turns: Sequence[Turn], item: FeedItem) -> tuple[Turn, ...]:
    author = item.authors[0] if len(item.authors) == 1 else None
    return tuple(replace(turn, speaker=turn.speaker or author) for turn in turns)


def _length(turns: Sequence[Turn]) -> int:
    return sum(len(turn.text.split()) for turn in turns)
