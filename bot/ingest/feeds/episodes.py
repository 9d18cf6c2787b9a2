"""The text of an item, the best there is: which address to try next, and what came of all of them."""

from __future__ import annotations

import datetime as dt
import html
import itertools
import re
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import TypeAlias, TypeVar
from urllib.parse import urlsplit

from bot.domain import Chapter, Conversation, Person, Role, Turn
from bot.domain.feed import TextKind
from bot.ingest.feeds.document import Enclosure, FeedItem, TranscriptLink
from bot.ingest.formats import FORMATS, declared_format
from bot.ingest.formats.article import WebPage, read_page, transcript_links
from bot.ingest.formats.html_pages import html_to_lines
from bot.ingest.formats.json_formats import load_json
from bot.ingest.formats.parsed import MAX_SECONDS, TIMESTAMP_PATTERN, ParsedConversation, parse_timestamp
from bot.ingest.formats.transcripts import is_unnamed_speaker, read_transcript, rename_speakers
from bot.ingest.importer import UNKNOWN_LANGUAGE, detect_language

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
    declared = declared_format(PurePosixPath(urlsplit(transcript.url).path).suffix, transcript.type)
    return FORMATS.index(declared) if declared else len(FORMATS)


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


_NAME_PARTICLE = r"(?:(?:van|von|de|der|den|del|della|di|da|la|le|bin|al|el) )?"
_NAME = rf"[A-Z][\w’'.-]{{1,30}}+(?: {_NAME_PARTICLE}(?:[A-Z][\w’'-]{{1,30}}+|[A-Z]\.)){{1,3}}"
_NAMES = rf"(?P<names>{_NAME}(?:(?:, | and | & |, and ){_NAME}){{0,4}})"
_CREDITS = (
    (re.compile(rf"\b(?i:hosts?|hosted by|co-?hosts?|moderators?|presented by)(?:\s*:\s*|\s+){_NAMES}"), Role.HOST),
    (re.compile(rf"\b(?i:(?:special )?guests?)(?:\s*:\s*|\s+(?i:is|are)?\s*){_NAMES}"), Role.GUEST),
    (re.compile(rf"\b(?i:joined by|interview with|conversation with|featuring|feat\.?|ft\.?)\s+{_NAMES}"), Role.GUEST),
)
_TITLE_GUEST = re.compile(rf"(?:\b(?i:with|w/|ft\.?|feat\.?|featuring)\s+|[|–—-]\s){_NAMES}\s*(?:$|[|(\[–—-])")
_NAME_SEPARATOR = re.compile(r", and | and | & |, ")
_CHAPTER_LINE = re.compile(rf"[\[(]?(?P<t>{TIMESTAMP_PATTERN})[\])]?\s*[-–—:|]?\s*(?P<title>\S.{{0,120}})")
_ADVERT = re.compile(
    r"\b(?:sponsor(?:s|ed|ship)?|ads?|advert(?:s|isements?)?|ad break|promo(?:tion)?|commercial|our partners?)\b",
    re.IGNORECASE,
)
_MIN_CHAPTERS = 2


@dataclass(frozen=True, slots=True)
class ShowNotes:
    """What the notes of an item hold: whom they name, the chapters they list, transcripts they link to, their words."""

    people: tuple[Person, ...] = ()
    chapters: tuple[Chapter, ...] = ()
    transcript_urls: tuple[str, ...] = ()
    turns: tuple[Turn, ...] = ()


def read_show_notes(item: FeedItem) -> ShowNotes:
    """Read the notes of an item, and its title for who is named there."""
    written = item.content or html.escape(item.summary, quote=False)
    links = tuple(transcript_links(item.content, item.url)) if "<a" in item.content else ()
    return ShowNotes(find_people(item.title, written), find_chapters(written), links, notes_to_turns(written))


def find_people(title: str, notes: str) -> tuple[Person, ...]:
    """Return whom the title ("… with Ben Odd") and the notes ("Host: Mara Quist") name as heard."""
    found: dict[str, Person] = {}
    for line in html_to_lines(notes):
        for pattern, role in _CREDITS:
            for said in pattern.finditer(line[:2_000]):
                for name in _NAME_SEPARATOR.split(said["names"]):
                    found.setdefault(name.casefold(), Person(name.strip(" ."), role))
    if titled := _TITLE_GUEST.search(title):
        for name in _NAME_SEPARATOR.split(titled["names"]):
            found.setdefault(name.casefold(), Person(name.strip(" ."), Role.GUEST))
    return tuple(found.values())


def find_chapters(notes: str) -> tuple[Chapter, ...]:
    """Return the chapters that the notes list with their times; nothing where the times do not rise."""
    stamped = (found for line in html_to_lines(notes) if (found := _CHAPTER_LINE.fullmatch(line)))
    listed = [Chapter(t, found["title"].strip()) for found in stamped if (t := parse_timestamp(found["t"])) is not None]
    rising = all(one.t < other.t for one, other in itertools.pairwise(listed))
    return tuple(listed) if rising and len(listed) >= _MIN_CHAPTERS else ()


def read_chapters(content: bytes, _url: str = "", _type: str = "", _charset: str = "") -> tuple[Chapter, ...]:
    """Read a Podcasting 2.0 file of chapters; raises Unreadable for what is none. Hidden ones are left out."""
    fields = load_json(content.decode("utf-8-sig", "replace"))
    listed = fields.get("chapters") if isinstance(fields, dict) else None
    found = [chapter for one in listed if (chapter := _parse_chapter(one))] if isinstance(listed, list) else []
    return tuple(sorted(found, key=lambda chapter: chapter.t))


def drop_advert_turns(turns: tuple[Turn, ...], chapters: tuple[Chapter, ...]) -> tuple[Turn, ...]:
    """Leave out the turns that begin in a chapter which is called an advertisement."""
    ends = [*(chapter.t for chapter in chapters[1:]), float("inf")]
    spans = [(one.t, end) for one, end in zip(chapters, ends, strict=False) if _ADVERT.search(one.title)]
    kept = [turn for turn in turns if turn.t is None or not any(start <= turn.t < end for start, end in spans)]
    return tuple(kept)


def notes_to_turns(notes: str) -> tuple[Turn, ...]:
    """Return the words of the notes, a turn for each paragraph; nobody says them, and what is only a time is none."""
    return tuple(_iter_turns(notes))


def _iter_turns(notes: str) -> Iterator[Turn]:
    for line in html_to_lines(notes):
        if not _CHAPTER_LINE.fullmatch(line):
            yield Turn(line)


def _parse_chapter(fields: object) -> Chapter | None:
    if not isinstance(fields, dict) or fields.get("toc") is False:
        return None
    t, title = fields.get("startTime"), fields.get("title")
    if isinstance(t, bool) or not isinstance(t, int | float) or not isinstance(title, str) or not title.strip():
        return None
    return Chapter(float(t), " ".join(title.split())) if 0 <= t <= MAX_SECONDS else None


_SPOKEN_NAME = r"[A-Z][\w’'-]+(?: [A-Z][\w’'-]+){0,2}"
_SELF_INTRODUCTION = re.compile(
    rf"\b(?:I’m|I'm|I am|[Mm]y name is|[Mm]y name’s|[Mm]y name's)(?: your hosts?,?)? (?P<name>{_SPOKEN_NAME})"
    r"(?P<after>[,.!]| and\b| from\b| here\b|$)"
)
_ROLES = {
    "host": Role.HOST,
    "interviewer": Role.HOST,
    "moderator": Role.HOST,
    "guest": Role.GUEST,
    "interviewee": Role.GUEST,
}
_INTRODUCTION_TURNS = 3
"""Whoever introduces themselves does so when they begin to speak; later "I'm …" is a joke or a quotation."""


def match_speaker_names(turns: Sequence[Turn], people: Sequence[Person]) -> Mapping[str, str]:
    """Return by label the name of each speaker for whom one is known; a label that could be two is left as it is."""
    names = {label: name for label in _labels(turns) if (name := _match_person(label, people))}
    for voice in filter(is_unnamed_speaker, _labels(turns)):
        if name := _self_introduced_name(voice, turns, people):
            names[voice] = name
    # Two voices under one name: at least one of them is somebody else, and nobody knows which.
    doubled = {
        name for name in names.values() if sum(is_unnamed_speaker(v) and n == name for v, n in names.items()) > 1
    }
    return {label: name for label, name in names.items() if not (is_unnamed_speaker(label) and name in doubled)}


def _labels(turns: Sequence[Turn]) -> list[str]:
    return list(dict.fromkeys(turn.speaker for turn in turns if turn.speaker))


def _match_person(label: str, people: Sequence[Person]) -> str:
    """Return who is meant by a full name, by a first or last name, or by what they do, where only one can be."""
    if is_unnamed_speaker(label):
        return ""
    said = label.casefold()
    role = _ROLES.get(said)
    meant = [one.name for one in people if (one.role is role if role else _matches_name(said, one.name))]
    return meant[0] if len(set(meant)) == 1 else ""


def _matches_name(label: str, name: str) -> bool:
    parts = name.casefold().split()
    return label == name.casefold() or label in (parts[0], parts[-1])


def _self_introduced_name(voice: str, turns: Sequence[Turn], people: Sequence[Person]) -> str:
    mine = [turn.text for turn in turns if turn.speaker == voice][:_INTRODUCTION_TURNS]
    found = {name for text in mine for name in _introduced_names(text, people)}
    return found.pop() if len(found) == 1 else ""


def _introduced_names(text: str, people: Sequence[Person]) -> Iterator[str]:
    for found in _SELF_INTRODUCTION.finditer(text):
        listed = _match_person(found["name"], people)
        if listed or (" " in found["name"] and found["after"]):
            yield listed or found["name"]
