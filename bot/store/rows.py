"""Rows to values and back."""

from __future__ import annotations

import datetime as dt
import json
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


def claim_columns(claim: Claim, conversation: int, *, is_proposed: bool, is_reread: bool) -> dict[str, object]:
    """Return the columns of a claim: whether a model pointed at it, and whether it would be no news."""
    return {
        "key": claim.id,
        "conversation": conversation,
        "turn": claim.turn,
        "start": claim.start,
        "end": claim.end,
        "text": claim.text,
        "quote": claim.quote,
        "speaker": claim.speaker,
        "claimant": claim.claimant,
        "relayers": json.dumps(claim.relayers),
        "modality": claim.modality.value,
        "t": claim.t,
        "figures": json.dumps([asdict(figure) for figure in claim.figures]),
        "importance": claim.importance,
        "needs_context": claim.needs_context,
        "about": claim.about,
        "lead_in": json.dumps(asdict(claim.lead_in)) if claim.lead_in else None,
        "happened_first": claim.happened.first.isoformat() if claim.happened else None,
        "happened_last": claim.happened.last.isoformat() if claim.happened else None,
        "proposed": int(is_proposed),
        "reread": int(is_reread),
    }


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
        lead_in=LeadIn(**json.loads(row["lead_in"])) if row["lead_in"] else None,
        happened=_event_date_from_row(row),
    )


def _event_date_from_row(row: Row) -> EventDate | None:
    first, last = row["happened_first"], row["happened_last"]
    return EventDate(dt.date.fromisoformat(first), dt.date.fromisoformat(last)) if first and last else None
