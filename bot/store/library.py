"""Conversations, passages and claims, saved whole or not at all; notes among them."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from bot.domain import Analysis, Claim, Conversation, Entity, EntityKind, TurnSpan
from bot.domain.library import LibraryStats, NotedFile, NoteSummary
from bot.errors import NotTheirs
from bot.nlp.people import plain_name
from bot.store.database import Session, Table
from bot.store.rows import (
    claim_columns,
    claim_from_row,
    conversation_columns,
    conversation_from_row,
    fold_name,
    from_timestamp,
    origin_from_row,
    passage_columns,
    retired_columns,
    to_timestamp,
    turn_columns,
)

WINDOW_DAYS = 7
"""How many days a brief looks back, its own date included."""

_PRUNED_AT_ONCE = 100
"""How many notes are deleted in one transaction, for which all others who write wait."""


class Library(Table):
    """Conversations with their passages, claims and names."""

    async def save(self, readings: Sequence[Analysis], *, are_notes: bool = False) -> Sequence[Analysis]:
        """Save analyses whole or not at all, and return them; an edited conversation replaces its earlier version.

        Of notes, those are left out that were forgotten while they were read. Raises ValueError if a quote is not the
        span of its turn, byte for byte.
        """
        for reading in readings:
            _check_quotes(reading)
        async with self._database.exclusive() as session:
            saved = await _still_noted(session, readings) if are_notes else readings
            for reading in saved:
                await _save_reading(session, reading)
        return saved

    async def hashes(self, ids: Iterable[str]) -> Mapping[str, str]:
        """Return the content hash of each conversation that is already saved."""
        rows = await self._database.reader.rows("conversation_hashes", keys=json.dumps(list(ids)))
        return {row["key"]: row["hash"] for row in rows}

    async def conversation(self, conversation: str, *, space: str | None) -> Conversation | None:
        """Return one conversation whole."""
        reader = self._database.reader
        row = await reader.row("conversation_by_key", key=conversation, space=space)
        return conversation_from_row(row, await reader.rows("turns_of", conversation=row["id"])) if row else None

    async def claims(self, ids: Sequence[str], *, space: str | None) -> list[Claim]:
        """Return claims by id, in that order; ids unknown to this space are left out."""
        rows = await self._database.reader.rows("claims_by_key", keys=json.dumps(list(ids)), space=space)
        claims = {row["key"]: claim_from_row(row) for row in rows}
        return [claims[id_] for id_ in ids if id_ in claims]

    async def tally(self, *, space: str | None) -> LibraryStats:
        """Return how much this space may read."""
        reader = self._database.reader
        row = await reader.row("tally", space=space)
        if row is None:
            return LibraryStats()
        rows = await reader.rows("shows", space=space)
        shows = tuple((each["show"], each["conversations"], dt.date.fromisoformat(each["newest"])) for each in rows)
        newest = max((day for _, _, day in shows), default=None)
        return LibraryStats(row["conversations"], row["claims"], row["entities"], len(shows), newest, shows)


@dataclass(frozen=True, slots=True)
class StoredConversation:
    """A conversation as it was saved: its content hash then, and the spans at which a model pointed."""

    conversation: Conversation
    hash: str
    proposed: frozenset[TurnSpan]


class Rereading(Table):
    """What another version of the reader read, and is read again.

    Claims keep their ids and rows as long as they are found. Those that are no longer found leave search, briefs and
    counts, but can still be opened by whoever was told of them; those found for the first time are no news.
    """

    async def readers(self) -> Mapping[str, int]:
        """Return how many conversations each version of the reader has read."""
        return {row["reader"]: row["conversations"] for row in await self._database.reader.rows("readers")}

    async def due(self, readers: Iterable[str], skipped: Iterable[str], limit: int) -> list[StoredConversation]:
        """Return conversations of all spaces that one of these versions read, the newest first, but for some ids."""
        reader = self._database.reader
        wanted = {"readers": json.dumps(list(readers)), "skipped": json.dumps(list(skipped))}
        rows = await reader.rows("conversations_read_by", **wanted, limit=limit)
        return [
            StoredConversation(
                conversation_from_row(row, await reader.rows("turns_of", conversation=row["id"])),
                row["hash"],
                frozenset(
                    (span["turn"], span["start"], span["end"])
                    for span in await reader.rows("proposed_spans", conversation=row["id"])
                ),
            )
            for row in rows
        ]

    async def save(self, readings: Sequence[tuple[StoredConversation, Analysis]]) -> None:
        """Save what was read again, whole or not at all, except for what was edited or deleted since."""
        for _, reading in readings:
            _check_quotes(reading)
        async with self._database.exclusive() as session:
            for stored, reading in readings:
                row = await session.row("conversation_version", key=stored.conversation.id)
                if row and row["hash"] == stored.hash:
                    await _save_rereading(session, reading, row["id"])


class Notes(Table):
    """Conversations that people wrote or sent themselves.

    Of a file with several, the first has the file's key, and the others have it with a number.
    """

    async def put(self, tenant: str, key: str, user: str, now: dt.datetime, count: int = 1) -> bool:
        """Record who sent a note or a file of so many conversations, before its words are saved.

        The first to send it stands; return whether that is this person. What they send again is kept as long as what
        is new, and what an earlier reading found beyond these conversations is forgotten.
        """
        keys = [key, *(f"{key}.{n}" for n in range(1, count))]
        async with self._database.exclusive() as session:
            noted = await session.rows("note_by_key", tenant=tenant, key=key)
            if any(row["user"] != user for row in noted):
                return False
            await _forget(session, {row["conversation"] for row in noted} - set(keys))
            note = {"tenant": tenant, "user": user, "at": to_timestamp(now)}
            await session.run_many("put_note", [{"key": each, **note} for each in keys])
        return True

    async def get(self, tenant: str, conversation: str) -> NoteSummary | None:
        """Return what is known of a note; None before its words are saved, and for any other space."""
        row = await self._database.reader.row("note", key=conversation, tenant=tenant)
        if row is None:
            return None
        day = dt.date.fromisoformat(row["date"])
        return NoteSummary(row["user"], from_timestamp(row["at"]), row["title"], day, row["claims"])

    async def file(self, tenant: str, key: str) -> NotedFile:
        """Return what is saved of a file; nothing for any other space."""
        rows = await self._database.reader.rows("noted_file", tenant=tenant, key=key)
        origins = tuple(origin_from_row(row) for row in rows)
        return NotedFile(rows[0]["user"], origins, sum(row["claims"] for row in rows)) if rows else NotedFile()

    async def drop_unread(self, tenant: str, key: str) -> None:
        """Forget who sent the conversations of a file whose words were never saved: anybody may send them again."""
        await self._database.run("drop_unread_notes", tenant=tenant, key=key)

    async def delete(self, tenant: str, key: str, user: str | None = None) -> bool:
        """Delete a note or a file, its words and all that was read in them; return whether there was one.

        Raises NotTheirs if anybody but the `user` sent any of it; None may delete everything.
        """
        async with self._database.exclusive() as session:
            noted = await session.rows("note_by_key", tenant=tenant, key=key)
            if user is not None and any(row["user"] != user for row in noted):
                raise NotTheirs
            return bool(await _forget(session, [row["conversation"] for row in noted]))

    async def prune(self, before: dt.datetime) -> int:
        """Delete notes from before a moment; return how many. Others write in between."""
        total = 0
        while deleted := await self._prune_some(to_timestamp(before)):
            total += deleted
        return total

    async def _prune_some(self, before: str) -> int:
        async with self._database.exclusive() as session:
            return await delete_notes(session, "notes_before", before=before, most=_PRUNED_AT_ONCE)


async def delete_notes(session: Session, query: str, **values: object) -> int:
    """Delete the notes that a query finds, their words and all that was read in them; return how many notes."""
    return await _forget(session, [row["conversation"] for row in await session.rows(query, **values)])


async def _forget(session: Session, notes: Iterable[str]) -> int:
    keys = json.dumps(list(notes))
    noted = [{"conversation": row["id"]} for row in await session.rows("noted", keys=keys)]
    # The full-text indexes hold no text of their own: they must be told before it is gone.
    for query in ("forget_passages_text", "forget_claims_text", "drop_noted"):
        await session.run_many(query, noted)
    return await session.run("drop_notes", keys=keys)


async def _still_noted(session: Session, readings: Sequence[Analysis]) -> list[Analysis]:
    keys = json.dumps([reading.conversation.id for reading in readings])
    noted = {(row["conversation"], row["tenant"]) for row in await session.rows("notes_among", keys=keys)}
    return [each for each in readings if (each.conversation.id, each.conversation.space) in noted]


def _check_quotes(reading: Analysis) -> None:
    turns = reading.conversation.turns
    for claim in reading.claims:
        quoted = turns[claim.turn].text[claim.start : claim.end] if 0 <= claim.turn < len(turns) else None
        if quoted != claim.quote:
            message = f"claim {claim.id} does not quote turn {claim.turn} of {reading.conversation.id} byte for byte"
            raise ValueError(message)


async def _save_reading(session: Session, reading: Analysis) -> None:
    # Read while the turns are still those that they were quoted from.
    stored = {row["key"]: row["quote"] for row in await session.rows("claims_kept", key=reading.conversation.id)}
    conversation = await _save_conversation(session, reading)
    pairs = match_revised_claims(stored, reading.claims) if stored else []
    await session.run_many("correct_claim", [{"was": was, "key": claim.id} for was, claim in pairs])
    await session.run(
        "drop_stale_claims", conversation=conversation, keys=json.dumps([claim.id for claim in reading.claims])
    )
    await _save_claims(session, reading, conversation, is_reread=False)


async def _save_claims(session: Session, reading: Analysis, conversation: int, *, is_reread: bool) -> None:
    columns = [
        claim_columns(
            claim,
            conversation,
            reading.conversation.turns,
            is_proposed=claim.id in reading.proposed,
            is_reread=is_reread,
        )
        for claim in reading.claims
    ]
    await session.run_many("put_claim", columns)
    await session.run("drop_claim_entities", conversation=conversation)
    await session.run("index_claims_text", conversation=conversation)
    await save_entities(session, reading.entities)
    await session.run_many("put_claim_entity", await _mention_rows(session, reading, conversation))


async def _save_rereading(session: Session, reading: Analysis, conversation: int) -> None:
    # The full-text index must be told the old words of claims before any of them is retired.
    await session.run_many("forget_claims_text", [{"conversation": conversation}])
    passages = _passage_rows(reading, conversation)
    stored = await session.rows("passages_of", conversation=conversation)
    # Passages that stay as they are keep their vectors, which take long to make.
    if [{**row, "conversation": conversation} for row in map(dict, stored)] != passages:
        await session.run_many("forget_passages_text", [{"conversation": conversation}])
        await session.run("drop_passages", conversation=conversation)
        await session.run_many("put_passage", passages)
        await session.run("index_passages_text", conversation=conversation)
    keys = json.dumps([claim.id for claim in reading.claims])
    retired = await session.rows("claims_to_retire", conversation=conversation, keys=keys)
    await session.run_many("retire_claim", [retired_columns(row) for row in retired])
    await session.run("forget_vectors_of_retired", conversation=conversation)
    await _save_claims(session, reading, conversation, is_reread=True)
    await session.run("record_reader", conversation=conversation, reader=reading.reader)


async def _save_conversation(session: Session, reading: Analysis) -> int:
    talk = reading.conversation
    owner = await session.row("conversation_owner", key=talk.id)
    if owner and owner["space"] != talk.space:
        message = f"conversation {talk.id} belongs to another space"
        raise ValueError(message)
    conversation = owner["id"] if owner else None
    if conversation is not None:
        # The full-text index must be told its old text before any of it changes.
        await session.run_many("forget_passages_text", [{"conversation": conversation}])
        await session.run_many("forget_claims_text", [{"conversation": conversation}])
        await session.run("drop_turns", conversation=conversation)
        await session.run("drop_passages", conversation=conversation)
    row = await session.row("put_conversation", **conversation_columns(talk, reading.reader))
    conversation = int(row["id"]) if row else 0
    await session.run_many("put_turn", list(turn_columns(talk, conversation)))
    await session.run_many("put_passage", _passage_rows(reading, conversation))
    await session.run("index_passages_text", conversation=conversation)
    return conversation


async def _mention_rows(session: Session, reading: Analysis, conversation: int) -> list[dict[str, object]]:
    mentions = [(claim.id, mention) for claim in reading.claims for mention in claim.entities]
    misheard = {(mention.name, mention.heard_as): mention.kind for _, mention in mentions if mention.heard_as}
    apart = {
        (name, heard): kind
        for (name, heard), kind in misheard.items()
        if await session.row("are_apart", one=fold_name(name), other=fold_name(heard))
    }
    # Somebody said that these words are a name of their own.
    await save_entities(session, [Entity(heard, kind) for (_, heard), kind in apart.items()])
    return [
        {
            "conversation": conversation,
            "key": claim,
            "fold": fold_name(mention.heard_as if is_apart else mention.name),
            "about": int(mention.about),
            "heard_as": "" if is_apart else mention.heard_as,
        }
        for claim, mention in mentions
        for is_apart in [(mention.name, mention.heard_as) in apart]
    ]


def _passage_rows(reading: Analysis, conversation: int) -> list[dict[str, object]]:
    return [passage_columns(passage, conversation, reading.conversation.turns) for passage in reading.passages]


async def save_entities(session: Session, entities: Sequence[Entity]) -> None:
    """Add names to the registry; a known name, or alias, stays what it is."""
    names = [{"name": entity.name, "fold": fold_name(entity.name), "kind": entity.kind.value} for entity in entities]
    await session.run_many("put_entity", names)
    await session.run_many("settle_kind", names)
    aliases = [alias for entity in entities for alias in _alias_rows(entity)]
    await session.run_many("put_alias", aliases)
    await session.run_many("join_namesakes", [alias for alias in aliases if alias["fold"] != alias["of"]])


def _alias_rows(entity: Entity) -> Iterator[dict[str, object]]:
    of = fold_name(entity.name)
    yield {"fold": of, "alias": entity.name, "of": of}
    plain = plain_name(entity.name) if entity.kind is EntityKind.PERSON else entity.name
    for alias in dict.fromkeys((*entity.aliases, *([plain] if fold_name(plain) != of else []))):
        # A first name means somebody in one conversation only.
        if entity.kind is not EntityKind.PERSON or " " in alias.strip():
            yield {"fold": fold_name(alias), "alias": alias, "of": of}


_MIN_SIMILARITY = 85
"""Out of 100: enough for a corrected word or two."""

_MAX_PAIRS = 250_000
"""How many pairs are compared; if more changed, it is another text."""

_WORDS = re.compile(r"\w+")
_NUMBERS = re.compile(r"\d[\d.,]*")


def match_revised_claims(stored: Mapping[str, str], claims: Sequence[Claim]) -> list[tuple[str, Claim]]:
    """Return the keys of stored claims, each with the claim it has become.

    `stored` has quotes by key. A quote whose numbers changed is another claim.
    """
    left = {key: quote for key, quote in stored.items() if key not in {claim.id for claim in claims}}
    fresh = [claim for claim in claims if claim.id not in stored]
    pairs = []
    for claim in fresh if len(left) * len(fresh) <= _MAX_PAIRS else ():
        if key := _nearest(claim.quote, left):
            pairs.append((key, claim))
            del left[key]
    return pairs


def _nearest(quote: str, left: Mapping[str, str]) -> str | None:
    alike = {key: other for key, other in left.items() if _numbers(other) == _numbers(quote)}
    best = process.extractOne(quote, alike, scorer=fuzz.ratio, processor=_normalize, score_cutoff=_MIN_SIMILARITY)
    return str(best[2]) if best else None


def _numbers(quote: str) -> list[str]:
    return [number.rstrip(".,") for number in _NUMBERS.findall(quote)]


def _normalize(quote: str) -> str:
    return " ".join(_WORDS.findall(quote.casefold()))
