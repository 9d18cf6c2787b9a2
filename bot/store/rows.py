"""Rows to values and back."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from bot.domain import (
    Chapter,
    Claim,
    Conversation,
    EntityKind,
    EventDate,
    Figure,
    LeadIn,
    Mention,
    Modality,
    Origin,
    Passage,
    Person,
    Role,
    Turn,
)
from bot.nlp.people import APOSTROPHES
from bot.store.database import Row


def fold_name(name: str) -> str:
    """Return the form under which names are the same."""
    return " ".join(name.translate(APOSTROPHES).split()).casefold()


def to_timestamp(moment: dt.datetime) -> str:
    """Write a moment in UTC so that text order is time order."""
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def from_timestamp(text: str) -> dt.datetime:
    """Read a moment back."""
    return dt.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=dt.UTC)


def storable(value: object) -> object:
    """Return a value as PostgreSQL can store it.

    Its text holds anything but NUL; the character in its place is as long, so that spans still fit.
    """
    return value.replace("\0", "\ufffd") if isinstance(value, str) else value


def optional_timestamp(moment: dt.datetime | None) -> str:
    """Write a moment that may be missing: "" then."""
    return to_timestamp(moment) if moment else ""


def parse_optional_timestamp(text: str | None) -> dt.datetime | None:
    """Read back a moment that may be missing."""
    return from_timestamp(text) if text else None


def conversation_columns(conversation: Conversation, reader: str) -> dict[str, object]:
    """Return the columns of a conversation that a version of the reader read."""
    return {
        "key": conversation.id,
        "hash": conversation.content_hash,
        "show": conversation.show,
        "title": conversation.title,
        "date": conversation.date.isoformat(),
        "url": conversation.url,
        "lang": conversation.lang,
        "people": json.dumps([asdict(person) for person in conversation.people]),
        "chapters": json.dumps([asdict(chapter) for chapter in conversation.chapters]),
        "licence": conversation.licence,
        "source": conversation.source,
        "space": conversation.space,
        "description": conversation.description,
        "reader": reader,
    }


def conversation_from_row(row: Row, turns: list[Row]) -> Conversation:
    """Return the conversation of a row and its turns."""
    return Conversation(
        id=row["key"],
        show=row["show"],
        title=row["title"],
        date=dt.date.fromisoformat(row["date"]),
        turns=tuple(Turn(turn["text"], turn["speaker"], turn["t"]) for turn in turns),
        url=row["url"],
        lang=row["lang"],
        people=tuple(Person(person["name"], Role(person["role"])) for person in json.loads(row["people"])),
        chapters=tuple(Chapter(chapter["t"], chapter["title"]) for chapter in json.loads(row["chapters"])),
        licence=row["licence"],
        source=row["source"],
        space=row["space"],
        description=row["description"],
    )


def origin_from_row(row: Row) -> Origin:
    """Return where something was said, of the row of a conversation."""
    return Origin(row["key"], row["show"], row["title"], dt.date.fromisoformat(row["date"]), row["url"])


def turn_columns(talk: Conversation, conversation: int) -> Iterator[dict[str, object]]:
    """Yield the columns of each turn."""
    for n, turn in enumerate(talk.turns):
        yield {"conversation": conversation, "n": n, "speaker": turn.speaker, "t": turn.t, "text": turn.text}


def passage_columns(passage: Passage, conversation: int, turns: Sequence[Turn]) -> dict[str, object]:
    """Return the columns of a passage: its span, and words of its own only if the span does not give them."""
    spoken = turns[passage.turn : passage.last + 1]
    if len(spoken) == 1:
        start = max(spoken[0].text.find(passage.text), 0)
        end = start + len(passage.text)
    else:
        lines = passage.text.split("\n")
        start, end = len(spoken[0].text) - len(lines[0]), len(lines[-1])
    return {
        "conversation": conversation,
        "turn": passage.turn,
        "last": passage.last,
        "start": start,
        "end": end,
        "speaker": passage.speaker,
        "t": passage.t,
        "text": _words_beyond(spoken, start, end, passage.text),
    }


def _words_beyond(turns: Sequence[Turn], start: int, end: int, words: str) -> str:
    """Return "" for words that are a span of turns, and the words themselves for any others."""
    lines = [turn.text for turn in turns]
    # The end first, as they may be one; SQLite's substr() stops at a NUL.
    lines[-1] = lines[-1][:end]
    lines[0] = lines[0][start:]
    is_span = "\n".join(lines) == words and not any("\0" in turn.text for turn in turns)
    return "" if is_span else words


def claim_columns(
    claim: Claim, conversation: int, turns: Sequence[Turn], *, is_proposed: bool, is_reread: bool
) -> dict[str, object]:
    """Return the columns of a claim: whether a model pointed at it, and whether it would be no news.

    Of its words it has "" for those that stand in its turn.
    """
    return {
        "key": claim.id,
        "conversation": conversation,
        "turn": claim.turn,
        "start": claim.start,
        "end": claim.end,
        "text": claim.text if claim.text != claim.quote else "",
        "quote": _words_beyond([turns[claim.turn]], claim.start, claim.end, claim.quote),
        "speaker": claim.speaker,
        "claimant": claim.claimant,
        "relayers": json.dumps(claim.relayers),
        "modality": claim.modality.value,
        "t": claim.t,
        "figures": json.dumps([asdict(figure) for figure in claim.figures]),
        "importance": claim.importance,
        "needs_context": claim.needs_context,
        "about": claim.about,
        "lead_in": _lead_in_column(claim.lead_in, turns) if claim.lead_in else None,
        "happened_first": claim.happened.first.isoformat() if claim.happened else None,
        "happened_last": claim.happened.last.isoformat() if claim.happened else None,
        "proposed": int(is_proposed),
        "reread": int(is_reread),
    }


def _lead_in_column(lead_in: LeadIn, turns: Sequence[Turn]) -> str:
    spoken = turns[lead_in.turn : lead_in.turn + 1]
    columns = asdict(lead_in) | {"text": _words_beyond(spoken, lead_in.start, lead_in.end, lead_in.text)}
    return json.dumps({name: value for name, value in columns.items() if value != ""})


def retired_columns(row: Row) -> dict[str, object]:
    """Return the columns of a claim that is retired: all its words are its own, as its turn may change."""
    lead_in = lead_in_from_row(row)
    return {
        "id": row["id"],
        "quote": row["quote"],
        "text": row["text"],
        "lead_in": json.dumps(asdict(lead_in)) if lead_in else None,
    }


def lead_in_from_row(row: Row) -> LeadIn | None:
    """Return the lead-in of a claim's row, its words from the turn if it has none of its own."""
    return LeadIn(**{"text": row["lead_in_text"], **json.loads(row["lead_in"])}) if row["lead_in"] else None


def claim_from_row(row: Row) -> Claim:
    """Return the claim of a row joined with its conversation and its entities."""
    heard = dict(json.loads(row["heard"]))
    return Claim(
        id=row["key"],
        origin=Origin(
            row["conversation_key"], row["show"], row["title"], dt.date.fromisoformat(row["date"]), row["url"]
        ),
        turn=row["turn"],
        start=row["start"],
        end=row["end"],
        text=row["text"],
        quote=row["quote"],
        speaker=row["speaker"],
        claimant=row["claimant"],
        modality=Modality(row["modality"]),
        relayers=tuple(json.loads(row["relayers"])),
        t=row["t"],
        figures=tuple(Figure(**figure) for figure in json.loads(row["figures"])),
        entities=tuple(
            Mention(name, EntityKind(kind), bool(about), heard.get(name, ""))
            for name, kind, about in json.loads(row["entities"])
        ),
        importance=row["importance"],
        needs_context=row["needs_context"],
        about=row["about"],
        lead_in=lead_in_from_row(row),
        happened=_event_date_from_row(row),
    )


def _event_date_from_row(row: Row) -> EventDate | None:
    first, last = row["happened_first"], row["happened_last"]
    return EventDate(dt.date.fromisoformat(first), dt.date.fromisoformat(last)) if first and last else None
