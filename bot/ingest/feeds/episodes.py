"""The best text there is of a feed's item: which address to try next, and the outcome."""

from __future__ import annotations

import datetime as dt
import html
import itertools
import re
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import TypeAlias, TypeVar
from urllib.parse import urlsplit

from bot.domain import UNDATED, Chapter, Conversation, Person, Role, Turn
from bot.domain.feed import TextKind
from bot.ingest.feeds.document import Enclosure, FeedItem, TranscriptLink
from bot.ingest.formats import FORMATS, PDF, PLAIN_TEXT, WORD, Format, declared_format, sniff_format
from bot.ingest.formats.article import WebPage, read_page, transcript_links
from bot.ingest.formats.html_text import clean_description, html_to_lines
from bot.ingest.formats.json_formats import load_json
from bot.ingest.formats.parsed import (
    MAX_SECONDS,
    TIMESTAMP_PATTERN,
    ParsedConversation,
    ParseError,
    ParseProblem,
    decode_text,
    parse_timestamp,
    word_count,
)
from bot.ingest.importer import UNKNOWN_LANGUAGE, detect_language

ReadContent: TypeAlias = Callable[[bytes, str, str, str], object]
"""A function at the top of a module: takes content, address, and the type and character set that the server named."""

T = TypeVar("T")

MIN_ARTICLE_WORDS = 200
"""So many words in a feed's own HTML are an article; fewer are its beginning."""

MIN_PAGE_WORDS = 600
"""So many words on a recording's page are more than notes."""

MAX_TRANSCRIPT_FETCHES = 4
"""How many transcripts are fetched for one item."""

MACHINE_TRANSCRIPT_SUFFIX = "(machine transcription)"
"""Follows the title of an unchecked transcription wherever sources are listed."""

LANGUAGE_SAMPLE_TURNS = 400
"""How many turns show the language of them all."""

RECHECK_DELAYS = (dt.timedelta(hours=6), dt.timedelta(days=1), dt.timedelta(days=3))
"""When after an episode to look for a late transcript."""

_AUDIO_SUFFIXES = (".mp3", ".m4a", ".ogg", ".opus", ".wav", ".flac")


@dataclass(frozen=True, slots=True)
class FetchStep:
    """Something to fetch, and what reads it."""

    url: str
    read: ReadContent


@dataclass(frozen=True, slots=True)
class TranscribeStep:
    """A recording to transcribe; `duration` is in seconds, 0 if its feed does not say."""

    url: str
    duration: float = 0.0


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Why something is not there; `is_gone` if its address answered that it no longer exists."""

    reason: str
    is_gone: bool = False


@dataclass(frozen=True, slots=True)
class EpisodeText:
    """The text of an item, its kind, and why there is none better."""

    kind: TextKind
    turns: tuple[Turn, ...]
    reason: str = ""
    lang: str = ""
    people: tuple[Person, ...] = ()
    chapters: tuple[Chapter, ...] = ()
    is_gone: bool = False
    description: str = ""


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
    """Yield what to fetch, step by step, and return the text.

    Whoever drives it sends back what each step gave, or `Unavailable`. `notes` come from `read_show_notes`;
    `show_people` are those the feed names for all its items, and count if the item names nobody. With `can_transcribe`,
    a recording is yielded, too, if there is no better text; its transcription is sent back as turns.
    """
    state = _EpisodeState(item, notes, can_transcribe)
    people = _merge_people(item, notes, show_people)
    chapters = (yield from _fetch_chapters(item)) or notes.chapters
    kind = yield from _find_best_text(state)
    turns = drop_advert_turns(state.turns, chapters) or state.turns
    turns = rename_speakers(turns, match_speaker_names(turns, people)) if kind is TextKind.TRANSCRIPT else turns
    lang = detect_language(" ".join(turn.text for turn in turns[:LANGUAGE_SAMPLE_TURNS]), item.language)
    if turns and lang != "en":
        known = f"it is in another language ({lang})" if lang != UNKNOWN_LANGUAGE else "its language is unknown"
        state.reasons.append(f"{known}, so it is searched but yields no claims")
    reason = "; ".join(dict.fromkeys(state.reasons))
    description = "" if _same_words(turns, notes.turns) else notes.description
    return EpisodeText(kind, turns, reason, lang, people, chapters, state.is_gone, description)


def _same_words(turns: Sequence[Turn], notes: Sequence[Turn]) -> bool:
    """Return whether the notes are the text itself, so that they describe nothing else."""
    return [turn.text for turn in turns] == [turn.text for turn in notes]


def build_conversation(
    episode: EpisodeText, item: FeedItem, *, id_: str, show: str, feed: str, first_seen: dt.datetime, space: str | None
) -> Conversation | None:
    """Return an item as a conversation; None if it has no text.

    An item without a date gets that of the day it was first seen; one whose date can't be read has none.
    """
    if not episode.turns:
        return None
    moment = item.published or item.updated or first_seen
    is_dated = not item.has_unread_date or item.published or item.updated
    title = item.title or show or feed
    return Conversation(
        id=id_,
        show=show or feed,
        title=f"{title} {MACHINE_TRANSCRIPT_SUFFIX}" if episode.kind is TextKind.TRANSCRIPTION else title,
        date=moment.date() if is_dated else UNDATED,
        turns=episode.turns,
        url=item.url or next((enclosure.url for enclosure in item.enclosures), None),
        lang=episode.lang,
        people=episode.people,
        chapters=episode.chapters,
        source=feed,
        space=space,
        description=episode.description,
    )


def next_recheck(episode: EpisodeText, item: FeedItem, now: dt.datetime) -> dt.datetime | None:
    """Return when to look for a better text: transcripts of new episodes come late."""
    if episode.kind is not TextKind.NOTES or episode.is_gone or not item.enclosures or item.published is None:
        return None
    return next((item.published + delay for delay in RECHECK_DELAYS if item.published + delay > now), None)


def _find_best_text(state: _EpisodeState) -> Steps[TextKind]:
    item, notes = state.item, state.notes.turns
    offered = [*_rank_transcripts(item), *state.notes.transcript_urls]
    if (yield from _fetch_transcript(state, list(dict.fromkeys(offered)))):
        return TextKind.TRANSCRIPT
    if not offered:
        state.reasons.append("no transcript is offered")
    if not item.enclosures and word_count(notes) >= MIN_ARTICLE_WORDS:
        state.turns = _attribute_to_author(notes, item)
        return TextKind.ARTICLE
    if item.url and (kind := (yield from _fetch_page(state))):
        return kind
    if state.can_transcribe and (yield from _transcribe_recording(state)):
        return TextKind.TRANSCRIPTION
    state.turns = notes
    state.reasons.append("there are only notes" if notes else "there is no text at all")
    return TextKind.NOTES


def _fetch_transcript(state: _EpisodeState, urls: Sequence[str]) -> Steps[bool]:
    """Take the first transcript that names its speakers, or else the first that is one."""
    for url in urls[:MAX_TRANSCRIPT_FETCHES]:
        answer = yield from _ask(state, FetchStep(url, read_transcript), f"the transcript at {url}")
        if isinstance(answer, ParsedConversation):
            has_names = any(turn.speaker for turn in answer.turns)
            state.turns = answer.turns if has_names or not state.turns else state.turns
            if has_names:
                break
    return bool(state.turns)


def _fetch_page(state: _EpisodeState) -> Steps[TextKind | None]:
    answer = yield from _ask(state, FetchStep(state.item.url, read_page), "its page")
    if isinstance(answer, Unavailable):
        state.is_gone = answer.is_gone
    if not isinstance(answer, WebPage):
        return None
    if answer.is_transcript:
        state.turns = answer.turns
        return TextKind.TRANSCRIPT
    if answer.transcript_urls and (yield from _fetch_transcript(state, answer.transcript_urls)):
        return TextKind.TRANSCRIPT
    words = word_count(state.notes.turns)
    if word_count(answer.turns) <= (max(MIN_PAGE_WORDS, 2 * words) if state.item.enclosures else words):
        state.reasons.append("its page says no more")
        return None
    state.turns = _attribute_to_author(answer.turns, state.item)
    return TextKind.ARTICLE


def _transcribe_recording(state: _EpisodeState) -> Steps[bool]:
    item = state.item
    url = next((enclosure.url for enclosure in item.enclosures if _is_audio(enclosure)), "")
    if not url:
        return False
    answer = yield from _ask(state, TranscribeStep(url, item.duration or 0.0), "its recording")
    if isinstance(answer, tuple):
        state.turns = answer
        state.reasons.append("a model transcribed its recording, unchecked" if answer else "nothing is said in it")
    return bool(state.turns)


def _ask(state: _EpisodeState, step: FetchStep | TranscribeStep, name: str) -> Steps[object]:
    """Yield a step and return the answer; if there is none, note why."""
    answer = yield step
    if isinstance(answer, Unavailable):
        state.reasons.append(f"{name} {answer.reason}")
    return answer


def _is_audio(enclosure: Enclosure) -> bool:
    kind, path = enclosure.type.lower().partition("/")[0], enclosure.url.lower().partition("?")[0]
    return kind == "audio" or (kind != "video" and path.endswith(_AUDIO_SUFFIXES))


def _fetch_chapters(item: FeedItem) -> Steps[tuple[Chapter, ...]]:
    if not item.chapters_url:
        return ()
    answer = yield FetchStep(item.chapters_url, read_chapters)
    return answer if isinstance(answer, tuple) else ()


def _rank_transcripts(item: FeedItem) -> list[str]:
    """Return the offered transcripts: in the item's language first, then in the format that tells best who speaks."""
    links = sorted(item.transcripts, key=lambda link: (_is_other_language(link, item), _format_rank(link)))
    return list(dict.fromkeys(link.url for link in links))


def _is_other_language(transcript: TranscriptLink, item: FeedItem) -> bool:
    return bool(transcript.language and item.language) and transcript.language[:2].lower() != item.language[:2].lower()


def _format_rank(transcript: TranscriptLink) -> int:
    declared = declared_format(PurePosixPath(urlsplit(transcript.url).path).suffix, transcript.type)
    return FORMATS.index(declared) if declared else len(FORMATS)


def _merge_people(item: FeedItem, notes: ShowNotes, show_people: Sequence[Person]) -> tuple[Person, ...]:
    """Return who is heard: those the feed names, then those in the notes; a name counts once."""
    known = {person.name.casefold(): person for person in (*item.people, *(() if item.people else show_people))}
    for person in notes.people:
        known.setdefault(person.name.casefold(), person)
    return tuple(known.values())


def _attribute_to_author(turns: Sequence[Turn], item: FeedItem) -> tuple[Turn, ...]:
    author = item.authors[0] if len(item.authors) == 1 else None
    return tuple(replace(turn, speaker=turn.speaker or author) for turn in turns)


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
    """What the notes of an item hold: people, chapters, links to transcripts, and their own words.

    The words are there as turns, and as one `description`.
    """

    people: tuple[Person, ...] = ()
    chapters: tuple[Chapter, ...] = ()
    transcript_urls: tuple[str, ...] = ()
    turns: tuple[Turn, ...] = ()
    description: str = ""


def read_show_notes(item: FeedItem) -> ShowNotes:
    """Read the notes of an item, and the names in its title."""
    notes = item.content or html.escape(item.summary, quote=False)
    links = tuple(transcript_links(item.content, item.url)) if "<a" in item.content else ()
    people, chapters = find_people(item.title, notes), find_chapters(notes)
    return ShowNotes(people, chapters, links, notes_to_turns(notes), clean_description(notes))


def find_people(title: str, notes: str) -> tuple[Person, ...]:
    """Return the speakers whom the title ("… with Ben Odd") and the notes ("Host: Mara Quist") name."""
    found: dict[str, Person] = {}
    for line in html_to_lines(notes):
        for pattern, role in _CREDITS:
            for credit in pattern.finditer(line[:2_000]):
                for name in _NAME_SEPARATOR.split(credit["names"]):
                    found.setdefault(name.casefold(), Person(name.strip(" ."), role))
    if titled := _TITLE_GUEST.search(title):
        for name in _NAME_SEPARATOR.split(titled["names"]):
            found.setdefault(name.casefold(), Person(name.strip(" ."), Role.GUEST))
    return tuple(found.values())


def find_chapters(notes: str) -> tuple[Chapter, ...]:
    """Return the chapters that the notes list with their times; nothing if the times do not rise."""
    lines = (match for line in html_to_lines(notes) if (match := _CHAPTER_LINE.fullmatch(line)))
    chapters = [Chapter(t, line["title"].strip()) for line in lines if (t := parse_timestamp(line["t"])) is not None]
    is_rising = all(chapter.t < following.t for chapter, following in itertools.pairwise(chapters))
    return tuple(chapters) if is_rising and len(chapters) >= _MIN_CHAPTERS else ()


def read_chapters(content: bytes, _url: str = "", _type: str = "", _charset: str = "") -> tuple[Chapter, ...]:
    """Read a Podcasting 2.0 file of chapters, without hidden ones; raises ParseError if it isn't JSON."""
    fields = load_json(content.decode("utf-8-sig", "replace"))
    listed = fields.get("chapters") if isinstance(fields, dict) else None
    chapters = filter(None, map(_parse_chapter, listed)) if isinstance(listed, list) else ()
    return tuple(sorted(chapters, key=lambda chapter: chapter.t))


def drop_advert_turns(turns: tuple[Turn, ...], chapters: tuple[Chapter, ...]) -> tuple[Turn, ...]:
    """Leave out the turns that begin in a chapter whose title calls it an advertisement."""
    ends = [*(chapter.t for chapter in chapters[1:]), float("inf")]
    adverts = [(chapter.t, end) for chapter, end in zip(chapters, ends, strict=False) if _ADVERT.search(chapter.title)]
    return tuple(turn for turn in turns if turn.t is None or not any(t <= turn.t < end for t, end in adverts))


def notes_to_turns(notes: str) -> tuple[Turn, ...]:
    """Return the notes as turns without speakers, one for each paragraph, leaving out those that are only a time."""
    return tuple(Turn(line) for line in html_to_lines(notes) if not _CHAPTER_LINE.fullmatch(line))


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
"""People introduce themselves when they begin to speak; a later "I'm …" is a joke or a quotation."""


def match_speaker_names(turns: Sequence[Turn], people: Sequence[Person]) -> Mapping[str, str]:
    """Return by label the name of each speaker if it is known; a label that could be two people is left as it is."""
    names = {label: name for label in _labels(turns) if (name := _match_person(label, people))}
    for voice in filter(is_unnamed_speaker, _labels(turns)):
        if name := _self_introduced_name(voice, turns, people):
            names[voice] = name
    # If two voices claim one name, at least one of them is somebody else, and nobody knows which.
    claims = Counter(name for label, name in names.items() if is_unnamed_speaker(label))
    return {label: name for label, name in names.items() if not (is_unnamed_speaker(label) and claims[name] > 1)}


def _labels(turns: Sequence[Turn]) -> list[str]:
    return list(dict.fromkeys(turn.speaker for turn in turns if turn.speaker))


def _match_person(label: str, people: Sequence[Person]) -> str:
    """Return whom a full, first or last name or a role means, if it can be only one person."""
    if is_unnamed_speaker(label):
        return ""
    folded = label.casefold()
    role = _ROLES.get(folded)
    names = {person.name for person in people if (person.role is role if role else _matches_name(folded, person.name))}
    return names.pop() if len(names) == 1 else ""


def _matches_name(label: str, name: str) -> bool:
    parts = name.casefold().split()
    return label == name.casefold() or label in (parts[0], parts[-1])


def _self_introduced_name(voice: str, turns: Sequence[Turn], people: Sequence[Person]) -> str:
    texts = [turn.text for turn in turns if turn.speaker == voice][:_INTRODUCTION_TURNS]
    names = {name for text in texts for name in _introduced_names(text, people)}
    return names.pop() if len(names) == 1 else ""


def _introduced_names(text: str, people: Sequence[Person]) -> Iterator[str]:
    for match in _SELF_INTRODUCTION.finditer(text):
        known = _match_person(match["name"], people)
        if known or (" " in match["name"] and match["after"]):
            yield known or match["name"]


MIN_WORDS = 30
"""Words; fewer are a notice or an error page."""

_NUMBERED_SPEAKER = re.compile(
    r"(?P<before>^|\[|<v[^>\n]{0,40}\s|\"speaker\"\s*:\s*\"|>|\*\*|\n)(?P<space>[ \t]*)"
    r"(?:speaker|spk|voice)[\s_#-]{0,2}(?P<number>\d{1,2}|[A-Z])\b(?=\s{0,2}[:>\"<*\[(\]])",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(r"Nameless Voice(?P<number>\w{1,2})")


def read_transcript(content: bytes, url: str, type_: str = "", charset: str = "") -> ParsedConversation:
    """Read a transcript; raises ParseError for anything else.

    A speaker such as "Speaker 1" is kept apart (see `is_unnamed_speaker`): the words may tell the name.
    """
    declared = declared_format(PurePosixPath(urlsplit(url).path).suffix, type_)
    is_document = declared in {WORD, PDF}
    text = declared.decode(content) if declared and is_document else decode_text(content, charset)
    parsed = _parse(text, PLAIN_TEXT if is_document else declared)
    drafts = [draft for draft in parsed if isinstance(draft, ParsedConversation) and draft.turns]
    if not drafts:
        message = "holds no words"
        raise ParseError(message)
    longest = max(drafts, key=lambda draft: len(draft.turns))
    if word_count(longest.turns) < MIN_WORDS:
        message = "is too short to be a transcript"
        raise ParseError(message)
    return longest


def is_unnamed_speaker(speaker: str | None) -> bool:
    """Return whether the transcript only numbers a speaker."""
    return bool(speaker and _PLACEHOLDER.fullmatch(speaker))


def rename_speakers(turns: tuple[Turn, ...], names: Mapping[str, str]) -> tuple[Turn, ...]:
    """Return turns with other names for their speakers; a numbered speaker without one becomes unknown."""
    known = {turn.speaker: None if is_unnamed_speaker(turn.speaker) else turn.speaker for turn in turns} | {**names}
    return tuple(replace(turn, speaker=known[turn.speaker]) for turn in turns)


def _parse(text: str, declared: Format | None) -> Iterator[ParsedConversation | ParseProblem]:
    marked = _NUMBERED_SPEAKER.sub(r"\g<before>\g<space>Nameless Voice\g<number>", text)
    # Declarations are often wrong, so one counts only for a format that does not show in the text.
    fallback = PLAIN_TEXT if declared is None or declared.signature else declared
    return (sniff_format(marked) or fallback).parse(marked, "")
