"""The text of an item, the best there is: which address to try next, and what came of all of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias, TypeVar

from bot.domain import Chapter, Conversation, Person, Turn
from bot.domain.feed import TextKind
from bot.ingest.feeds.document import Enclosure, FeedItem, TranscriptLink
from bot.ingest.feeds.show_notes import ShowNotes, drop_advert_turns, read_chapters
from bot.ingest.feeds.speakers import match_speaker_names
from bot.ingest.formats.article import WebPage, read_page
from bot.ingest.formats.draft import ParsedConversation
from bot.ingest.formats.transcripts import read_transcript, rename_speakers
from bot.ingest.language import UNKNOWN_LANGUAGE, detect_language

ReadContent: TypeAlias = Callable[[bytes, str, str, str], object]
"""A function at the top of a module: content, address, type and character set as the server named them."""

T = TypeVar("T")

MIN_ARTICLE_WORDS = 200
"""Words of a feed's own HTML that are an article; fewer are its beginning."""

MIN_PAGE_WORDS = 600
"""Words of the page of a recording that are more than notes."""

MAX_TRANSCRIPT_FETCHES = 4
"""Transcripts that are fetched for one item."""

MACHINE_TRANSCRIPT_SUFFIX = "(machine transcription)"
"""Stands behind the title of what nobody has checked, wherever its sources are listed."""

LANGUAGE_SAMPLE_TURNS = 400
"""Turns whose language is that of all."""

RECHECK_DELAYS = (dt.timedelta(hours=6), dt.timedelta(days=1), dt.timedelta(days=3))
"""How long after an episode a transcript may still come."""

_AUDIO_SUFFIXES = (".mp3", ".m4a", ".ogg", ".opus", ".wav", ".flac")
_FORMAT_PREFERENCE = ("vtt", "srt", "subrip", "json", "html", "markdown", "plain")


@dataclass(frozen=True, slots=True)
class FetchStep:
    """Something to fetch, and what reads it."""

    url: str
    read: ReadContent


@dataclass(frozen=True, slots=True)
class TranscribeStep:
    """A recording to be heard; `seconds` is how long its feed says it lasts, 0 where it does not say."""

    url: str
    duration: float = 0.0


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Why something wanted is not there; `gone` where its address answered that it is no more."""

    reason: str
    is_gone: bool = False


@dataclass(frozen=True, slots=True)
class EpisodeText:
    """The words of an item, what kind they are, and why they are no better."""

    kind: TextKind
    turns: tuple[Turn, ...]
    reason: str = ""
    lang: str = ""
    people: tuple[Person, ...] = ()
    chapters: tuple[Chapter, ...] = ()
    is_gone: bool = False


@dataclass(slots=True)
class _EpisodeState:
    """What is known of an item while it is being read."""

    item: FeedItem
    notes: ShowNotes
    can_transcribe: bool = False
    turns: tuple[Turn, ...] = ()
    reasons: list[str] = field(default_factory=list)
    is_gone: bool = False


Steps: TypeAlias = Generator[FetchStep | TranscribeStep, object, T]


def resolve_episode(
    item: FeedItem, notes: ShowNotes, show_people: Sequence[Person] = (), *, can_transcribe: bool = False
) -> Steps[EpisodeText]:
    """Yield what to fetch, one after the other, and return the text.

    Whoever drives it sends what the reader made of each, or a `Missing`. `notes` are what `read_notes` made of the
    item, and `shows` are whom the feed names for all its items: they count where the item names nobody. With `hears`, a
    recording is yielded, too, where there are no better words; what is heard in it is sent as turns.
    """
    found = _EpisodeState(item, notes, can_transcribe)
    people = _merge_people(item, notes, show_people)
    marks = (yield from _fetch_chapters(item)) or notes.chapters
    kind = yield from _find_best_text(found)
    said = drop_advert_turns(found.turns, marks) or found.turns
    said = rename_speakers(said, match_speaker_names(said, people)) if kind is TextKind.TRANSCRIPT else said
    lang = detect_language(" ".join(turn.text for turn in said[:LANGUAGE_SAMPLE_TURNS]), item.language)
    if said and lang != "en":
        strange = (
            "its language could not be told" if lang == UNKNOWN_LANGUAGE else f"it is in another language ({lang})"
        )
        found.reasons.append(f"{strange}: it is searched, and nothing is claimed of it")
    return EpisodeText(kind, said, "; ".join(dict.fromkeys(found.reasons)), lang, people, marks, found.is_gone)


def build_conversation(
    episode: EpisodeText, item: FeedItem, *, id_: str, show: str, feed: str, first_seen: dt.datetime, space: str | None
) -> Conversation | None:
    """Return the conversation that an item tells; None where it has no words.

    An item without a date is of the day it was first seen.
    """
    if not episode.turns:
        return None
    when = item.published or item.updated or first_seen
    title = item.title or show or feed
    return Conversation(
        id=id_,
        show=show or feed,
        title=f"{title} {MACHINE_TRANSCRIPT_SUFFIX}" if episode.kind is TextKind.TRANSCRIPTION else title,
        date=when.date(),
        turns=episode.turns,
        url=item.url or next((one.url for one in item.enclosures), None),
        lang=episode.lang,
        people=episode.people,
        chapters=episode.chapters,
        source=feed,
        space=space,
    )


def next_recheck(episode: EpisodeText, item: FeedItem, now: dt.datetime) -> dt.datetime | None:
    """Return when to look for better words: transcripts of new episodes come late."""
    if episode.kind is not TextKind.NOTES or episode.is_gone or not item.enclosures or item.published is None:
        return None
    return next((item.published + later for later in RECHECK_DELAYS if item.published + later > now), None)


def _find_best_text(state: _EpisodeState) -> Steps[TextKind]:
    item, told = state.item, state.notes.turns
    offered = [*_rank_transcripts(item), *state.notes.transcript_urls]
    if (yield from _fetch_transcript(state, list(dict.fromkeys(offered)))):
        return TextKind.TRANSCRIPT
    if not offered:
        state.reasons.append("no transcript is offered")
    if not item.enclosures and _word_count(told) >= MIN_ARTICLE_WORDS:
        state.turns = _attribute_to_author(told, item)
        return TextKind.ARTICLE
    if item.url and (kind := (yield from _fetch_page(state))):
        return kind
    if state.can_transcribe and (yield from _transcribe_recording(state)):
        return TextKind.TRANSCRIPTION
    state.turns = told
    state.reasons.append("only the notes are there" if told else "there are no words at all")
    return TextKind.NOTES


def _fetch_transcript(state: _EpisodeState, urls: Sequence[str]) -> Steps[bool]:
    """Take the first transcript that names its speakers, or else the first that is one."""
    for url in urls[:MAX_TRANSCRIPT_FETCHES]:
        answer = yield FetchStep(url, read_transcript)
        if isinstance(answer, Unavailable):
            state.reasons.append(f"the transcript at {url} {answer.reason}")
        elif isinstance(answer, ParsedConversation):
            named_ = any(turn.speaker for turn in answer.turns)
            state.turns = answer.turns if named_ or not state.turns else state.turns
            if named_:
                break
    return bool(state.turns)


def _fetch_page(state: _EpisodeState) -> Steps[TextKind | None]:
    answer = yield FetchStep(state.item.url, read_page)
    if isinstance(answer, Unavailable):
        state.reasons.append(f"its page {answer.reason}")
        state.is_gone = answer.is_gone
        return None
    if not isinstance(answer, WebPage):
        return None
    if answer.is_transcript:
        state.turns = answer.turns
        return TextKind.TRANSCRIPT
    if answer.transcript_urls and (yield from _fetch_transcript(state, answer.transcript_urls)):
        return TextKind.TRANSCRIPT
    told = _word_count(state.notes.turns)
    if _word_count(answer.turns) <= (max(MIN_PAGE_WORDS, 2 * told) if state.item.enclosures else told):
        state.reasons.append("its page says no more")
        return None
    state.turns = _attribute_to_author(answer.turns, state.item)
    return TextKind.ARTICLE


def _transcribe_recording(state: _EpisodeState) -> Steps[bool]:
    item = state.item
    url = next((one.url for one in item.enclosures if _is_audio(one)), "")
    if not url:
        return False
    answer = yield TranscribeStep(url, item.duration or 0.0)
    if isinstance(answer, Unavailable):
        state.reasons.append(f"its recording {answer.reason}")
        return False
    state.turns = answer if isinstance(answer, tuple) else ()
    state.reasons.append("a model wrote its recording down, unchecked" if state.turns else "nothing is said in it")
    return bool(state.turns)


def _is_audio(enclosure: Enclosure) -> bool:
    kind, path = enclosure.type.lower().partition("/")[0], enclosure.url.lower().partition("?")[0]
    return kind == "audio" or (kind != "video" and path.endswith(_AUDIO_SUFFIXES))


def _fetch_chapters(item: FeedItem) -> Steps[tuple[Chapter, ...]]:
    if not item.chapters_url:
        return ()
    answer = yield FetchStep(item.chapters_url, read_chapters)
    return answer if isinstance(answer, tuple) else ()


def _rank_transcripts(item: FeedItem) -> list[str]:
    """Return the offered transcripts: in the item's language first, then those whose format tells best who speaks."""
    fitting = sorted(item.transcripts, key=lambda offer: (_is_other_language(offer, item), _format_rank(offer)))
    return list(dict.fromkeys(offer.url for offer in fitting))


def _is_other_language(transcript: TranscriptLink, item: FeedItem) -> bool:
    return bool(transcript.language and item.language) and transcript.language[:2].lower() != item.language[:2].lower()


def _format_rank(transcript: TranscriptLink) -> int:
    described = f"{transcript.type} {transcript.url.lower().partition('?')[0]}"
    return next((rank for rank, name in enumerate(_FORMAT_PREFERENCE) if name in described), len(_FORMAT_PREFERENCE))


def _merge_people(item: FeedItem, notes: ShowNotes, show_people: Sequence[Person]) -> tuple[Person, ...]:
    """Return who is heard, as the feed says it before the notes do; a name counts once."""
    known = {person.name.casefold(): person for person in (*item.people, *(() if item.people else show_people))}
    for person in notes.people:
        known.setdefault(person.name.casefold(), person)
    return tuple(known.values())


def _attribute_to_author(turns: Sequence[Turn], item: FeedItem) -> tuple[Turn, ...]:
    author = item.authors[0] if len(item.authors) == 1 else None
    return tuple(replace(turn, speaker=turn.speaker or author) for turn in turns)


def _word_count(turns: Sequence[Turn]) -> int:
    return sum(len(turn.text.split()) for turn in turns)
