"""Transcripts in JSON, whichever tool wrote them: lists of utterances, segments or words under many names."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from bot.ingest.formats.html_text import clean_description
from bot.ingest.formats.parsed import ParsedConversation, ParseError, ParseProblem, Segment, merge_segments, to_seconds
from bot.ingest.formats.speaker_names import clean_label, speaker_name

Fields: TypeAlias = Mapping[str, object]

MILLISECONDS = 0.001
TICKS = 1e-7
"""Seconds in Azure's ticks of 100 nanoseconds."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Where a tool keeps what was said: the keys down to a list, those of an item's text and time, and its unit.

    `mark` is a key by which its items are told from others, and `is_sparse` says that some items hold no words.
    """

    tool: str
    path: tuple[str | int, ...]
    text: str
    start: str = "start"
    unit: float = 1.0
    mark: str = ""
    is_sparse: bool = False


SHAPES = (
    Shape("Podcasting 2.0", ("segments",), "body", "startTime"),
    Shape("Deepgram", ("results", "utterances"), "transcript"),
    Shape("Deepgram", ("results", "channels", 0, "alternatives", 0, "paragraphs", "paragraphs"), "sentences"),
    Shape("Deepgram", ("results", "channels", 0, "alternatives", 0, "words"), "punctuated_word"),
    Shape("Deepgram", ("results", "channels", 0, "alternatives", 0, "words"), "word"),
    Shape("AssemblyAI", ("utterances",), "text", unit=MILLISECONDS),
    Shape("ElevenLabs", ("words",), "text", mark="type"),
    Shape("AssemblyAI", ("words",), "text", unit=MILLISECONDS),
    Shape("Rev", ("monologues",), "elements"),
    Shape("whisper.cpp", ("transcription",), "text", "offsets", MILLISECONDS),
    Shape("YouTube", ("events",), "segs", "tStartMs", MILLISECONDS, is_sparse=True),
    Shape("YouTube", ("snippets",), "text"),
    Shape("Fireflies", ("data", "transcript", "sentences"), "text", "start_time"),
    Shape("Fireflies", ("data", "transcript", "sentences"), "raw_text", "start_time"),
    Shape("Fireflies", ("sentences",), "text", "start_time"),
    Shape("Fireflies", ("sentences",), "sentence", "startTime"),
    Shape("Fireflies", ("transcript",), "sentence", "startTime"),
    Shape("Fireflies", (), "sentence", "startTime"),
    Shape("Fireflies", (), "sentence", "start_time"),
    Shape("Sonix", ("transcript",), "text", "start_time"),
    Shape("Trint", ("transcript", "paragraphs"), "words", "time", MILLISECONDS),
    Shape("Trint", ("transcript", "words"), "value", "time", MILLISECONDS),
    Shape("Amazon Transcribe", ("results", "audio_segments"), "transcript", "start_time"),
    Shape("Amazon Transcribe", ("results", "items"), "alternatives", "start_time"),
    Shape("Azure", ("recognizedPhrases",), "nBest", "offsetInTicks", TICKS),
    Shape("Gladia", ("result", "transcription", "utterances"), "text"),
    Shape("Google Speech", ("results",), "alternatives", mark="resultEndTime"),
    Shape("Speechmatics", ("results",), "alternatives", "start_time"),
    Shape("Vosk", ("result",), "word"),
    Shape("Supadata", ("content",), "text", "offset", MILLISECONDS),
    Shape("Whisper", ("segments",), "text"),
    Shape("Whisper", ("chunks",), "text", "timestamp"),
    Shape("Whisper", ("result", "segments"), "text"),
    Shape("YouTube", (), "text", "start"),
    Shape("YouTube", (), "text", "offset", MILLISECONDS),
)
"""In order: what tells best who speaks, and when, first."""

_LISTS = (
    "utterances",
    "segments",
    "sentences",
    "transcript",
    "transcription",
    "turns",
    "entries",
    "items",
    "data",
    "results",
)
_TEXTS = (
    "text",
    "body",
    "sentence",
    "transcript",
    "content",
    "words",
    "raw_text",
    "display_text",
    "caption",
    "message",
)
_STARTS = (
    "start",
    "start_time",
    "startTime",
    "timestamp",
    "time",
    "t",
    "begin",
    "from",
    "offset",
    "start_seconds",
    "startSeconds",
)
_MILLISECOND_STARTS = ("start_ms", "startMs", "start_timestamp_ms", "startTimeMs", "offset_ms", "timestamp_ms")
_SPEAKERS = (
    "speaker",
    "speaker_name",
    "speakerName",
    "speaker_label",
    "speaker_id",
    "speakerId",
    "participant",
    "name",
    "user",
    "channel",
)
_LOOKED_AT = 20
"""Items by which a shape is known: the first ones of a tool may lack what the others have."""

_RECORD_KEYS = frozenset({"id", "show"})
"""What a record of our own has beside its turns."""

_MAX_WORDS_PER_SECOND_OF_MILLISECONDS = 0.05
"""People say two words a second; a thousandth of that means that the numbers are milliseconds."""
_NO_SPACE_BEFORE = (".", ",", "?", "!", ";", ":", "'", "’")


@dataclass(frozen=True, slots=True)
class JSONTranscript:
    """The list that holds what was said, how to read its items, and who its speakers are by their number."""

    shape: Shape
    items: Sequence[object]
    speakers: Mapping[str, str]


def find_transcript(content: object) -> JSONTranscript | None:
    """Return what of a JSON text is a transcript, if anything is; raises ParseError if that is no list."""
    if isinstance(content, Mapping) and "turns" in content and _RECORD_KEYS & content.keys():
        return None
    shape = next((shape for shape in SHAPES if _fits(shape, content)), None) or _guess_shape(content)
    if shape is None and isinstance(content, Mapping) and "segments" in content:
        shape = SHAPES[0]
    if shape is None:
        return None
    items = _at(content, shape.path)
    if not isinstance(items, list):
        message = f"{shape.path[-1]} is not a list"
        raise ParseError(message)
    return JSONTranscript(shape, items, _speaker_names(content))


def guess_transcript(items: Sequence[Fields]) -> JSONTranscript | None:
    """Return how to read items of an unknown tool, if they hold what was said."""
    shape = _guess_shape(items)
    return JSONTranscript(shape, items, {}) if shape else None


def parse_transcript(content: object, found: JSONTranscript) -> Iterator[ParsedConversation | ParseProblem]:
    """Read what was said; a broken item is a problem, and the rest is read."""
    segments: list[Segment] = []
    voice = ""
    for number, item in enumerate(found.items, 1):
        try:
            segment, label = _parse_item(item, found)
        except ParseError as error:
            yield ParseProblem(f"segment {number}", str(error))
            continue
        # Two voices without names are still two.
        segments.append(
            Segment(segment.text, segment.speaker, segment.t, starts_turn=bool(voice and label) and label != voice)
        )
        voice = label or voice
    fields = content if isinstance(content, Mapping) else {}
    yield ParsedConversation(
        merge_segments(_join_punctuation(segments)),
        title=_text(fields, "title"),
        show=_text(fields, "show"),
        lang=_language(fields),
        description=clean_description(_text(fields, "description")),
        detail=f"as {found.shape.tool} writes it" if found.shape.tool and found.items else "",
    )


def _language(fields: Fields) -> str:
    """Return a language as two letters; tools name it as a code, with or without a region, or in English."""
    named = next((name for key in ("language", "language_code", "lang") if (name := _text(fields, key))), "")
    named = named or str(_at(fields, ("result", "language")) or "")
    code = _LANGUAGES.get(named.lower(), named.lower().replace("_", "-").partition("-")[0])
    return code if len(code) == len("en") and code.isalpha() else "en"


_LANGUAGES = {
    "english": "en",
    "german": "de",
    "french": "fr",
    "spanish": "es",
    "portuguese": "pt",
    "italian": "it",
    "dutch": "nl",
    "polish": "pl",
    "russian": "ru",
    "japanese": "ja",
    "chinese": "zh",
    "korean": "ko",
    "deu": "de",
    "fra": "fr",
    "spa": "es",
    "por": "pt",
    "ita": "it",
    "jpn": "ja",
}


def _fits(shape: Shape, content: object) -> bool:
    items = _at(content, shape.path)
    if not isinstance(items, list) or not items:
        return False
    return any(
        shape.text in item and (shape.start in item or shape.path) and (not shape.mark or shape.mark in item)
        for item in _mappings(items)[:_LOOKED_AT]
    )


def _at(content: object, path: Sequence[str | int]) -> object:
    for key in path:
        if isinstance(content, Mapping):
            content = content.get(str(key))
        elif isinstance(content, list) and isinstance(key, int) and key < len(content):
            content = content[key]
        else:
            return None
    return content


def _guess_shape(content: object) -> Shape | None:
    """Return how to read a transcript of an unknown tool: a list of items with words, and times or speakers."""
    paths: list[tuple[str | int, ...]] = [(), *((name,) for name in _LISTS), *itertools.product(_LISTS, _LISTS)]
    for path in paths:
        items = _at(content, path)
        first = items[0] if isinstance(items, list) and items else None
        if not isinstance(first, Mapping):
            continue
        text = next((name for name in _TEXTS if isinstance(first.get(name), str) or _mappings(first.get(name))), "")
        millis = next((name for name in _MILLISECOND_STARTS if name in first), "")
        start = millis or next((name for name in _STARTS if name in first), "")
        if text and (start or any(name in first for name in _SPEAKERS)):
            return Shape(
                "",
                path,
                text,
                start or "start",
                MILLISECONDS if millis or _is_milliseconds(items, text, start) else 1.0,
            )
    return None


def _is_milliseconds(items: object, text: str, start: str) -> bool:
    mappings = _mappings(items)
    starts = [item.get(start) for item in mappings]
    words = sum(len(str(item.get(text, "")).split()) for item in mappings)
    whole = [value for value in starts if isinstance(value, int) and not isinstance(value, bool)]
    return len(whole) == len(starts) and bool(whole) and words < _MAX_WORDS_PER_SECOND_OF_MILLISECONDS * max(whole)


def _parse_item(item: object, found: JSONTranscript) -> tuple[Segment, str]:
    if not isinstance(item, Mapping):
        message = "has no body"
        raise ParseError(message)
    words = _item_text(item.get(found.shape.text, item.get("value", item.get("content"))))
    if words is None and found.shape.is_sparse:
        words = ""
    if words is None:
        message = "has no body" if found.shape.text == "body" else f"has no {found.shape.text}"
        raise ParseError(message)
    label = _item_speaker(item, found.speakers)
    return Segment(" ".join(words.split()), speaker_name(label), _item_start(item, found.shape)), label


def _item_text(value: object) -> str | None:
    """Return the words of an item: text, or a list of words, of elements or of alternatives."""
    if isinstance(value, str):
        return value
    if not isinstance(value, list):
        return None
    parts = [part for part in value if isinstance(part, Mapping)]
    if any("confidence" in part and ("transcript" in part or "content" in part or "display" in part) for part in parts):
        parts = parts[:1]
    texts = [
        next(
            (
                text
                for name in ("utf8", "value", "text", "display", "transcript", "content", "word")
                if isinstance(text := part.get(name), str)
            ),
            "",
        )
        for part in parts
    ]
    glue = "" if any("utf8" in part or part.get("type") in {"punct", "text"} for part in parts) else " "
    return glue.join(texts)


def _item_start(item: Fields, shape: Shape) -> float | None:
    """Return when an item begins, or else the first of its words, in seconds."""
    names = (shape.start, "start", "startTime", "start_time", "timestamp", "start_timestamp", "data_start", "ts")
    holders = (item, *_mappings(item.get("alternatives"))[:1])
    parts = [part for holder in holders for name in _PARTS for part in _mappings(holder.get(name))]
    value = next((fields[name] for fields in (item, *parts) for name in names if fields.get(name) is not None), None)
    if isinstance(value, Mapping):
        value = value.get("from", value.get("relative"))
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, str) and value.removesuffix("s").replace(".", "", 1).isdigit():
        value = float(value.removesuffix("s"))
    return to_seconds(
        round(value * shape.unit, 3) if isinstance(value, int | float) and not isinstance(value, bool) else value
    )


_PARTS = ("elements", "words", "sentences")


def _mappings(value: object) -> list[Fields]:
    return [part for part in value if isinstance(part, Mapping)] if isinstance(value, list) else []


def _item_speaker(item: Fields, speakers: Mapping[str, str]) -> str:
    """Return the label of an item's speaker: a name, a number or nothing."""
    values = [item.get(name) for name in _SPEAKERS]
    alternatives = item.get("alternatives")
    if isinstance(alternatives, list) and alternatives and isinstance(alternatives[0], Mapping):
        values.append(alternatives[0].get("speaker"))
    for value in values:
        label = value.get("name") if isinstance(value, Mapping) else value
        if isinstance(label, str | int) and not isinstance(label, bool) and str(label).strip():
            return clean_label(speakers.get(str(label), str(label)))
        if label is not None and not isinstance(label, str | int):
            message = "the speaker is not a name"
            raise ParseError(message)
    return ""


def _speaker_names(content: object) -> dict[str, str]:
    """Return speakers' names by their number, if the transcript lists them."""
    listed = (
        _at(content, ("speakers",))
        or _at(content, ("transcript", "speakers"))
        or _at(content, ("data", "transcript", "speakers"))
    )
    if isinstance(listed, Mapping):
        return {str(key): name for key, name in listed.items() if isinstance(name, str)}
    return {str(entry.get("id")): name for entry in _mappings(listed) if isinstance(name := entry.get("name"), str)}


def _join_punctuation(segments: Sequence[Segment]) -> Iterator[Segment]:
    """Put a full stop that is an item of its own onto the word before it."""
    held: Segment | None = None
    for segment in segments:
        if held and segment.text and segment.text in _NO_SPACE_BEFORE and not segment.starts_turn:
            held = Segment(held.text + segment.text, held.speaker, held.t, held.starts_turn)
            continue
        if held:
            yield held
        held = segment
    if held:
        yield held


def _text(content: Fields, name: str) -> str:
    value = content.get(name)
    return value.strip() if isinstance(value, str) else ""
