"""What we keep of people: thread subjects, votes, sources, what they spent; all of it theirs to read and erase."""

from __future__ import annotations

import datetime as dt
import json
import secrets
from collections.abc import Mapping, Sequence
from typing import Any, get_args

import msgspec

from bot.chat.message import Block, Group, Message
from bot.domain import ThreadContext
from bot.domain.address import Address
from bot.domain.library import NoteSummary, SourceState
from bot.store.database import Database, Session
from bot.store.rows import from_timestamp, to_timestamp
from bot.store.tables import OF_A_SPACE, PERSONAL, WITH_THEIR_WORDS


class Threads:
    """The Threads on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def subject(self, at: Address) -> ThreadContext:
        """Return the thread's subject, empty for a new thread."""
        row = await self._database.reader.row("subject_of", address=str(at))
        return msgspec.json.decode(row["subject"], type=ThreadContext) if row else ThreadContext()

    async def is_live(self, at: Address) -> bool:
        """Return whether the bot has answered in this thread."""
        return await self._database.reader.row("subject_of", address=str(at)) is not None

    async def join(self, at: Address, user: str, now: dt.datetime) -> None:
        """Note that the bot has answered in this thread; a subject it has stays."""
        values = {"address": str(at), "tenant": at.tenant, "user": user, "at": to_timestamp(now)}
        await self._database.run("join_thread", **values, subject=msgspec.json.encode(ThreadContext()).decode())

    async def save_subject(self, at: Address, user: str, subject: ThreadContext, now: dt.datetime) -> None:
        """Keep the thread's subject."""
        await self._database.run(
            "put_subject",
            address=str(at),
            tenant=at.tenant,
            user=user,
            subject=msgspec.json.encode(subject).decode(),
            at=to_timestamp(now),
        )

    async def prune(self, before: dt.datetime) -> int:
        """Forget what was asked before a moment; return how many rows."""
        return await self._database.run("tidy_threads", before=to_timestamp(before))


class Languages:
    """The Languages on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def language(self, at: Address) -> str:
        """Return the English name of the language of a channel, empty where none was chosen."""
        row = await self._database.reader.row("language_at", address=str(at.channel_address))
        return str(row["language"]) if row else ""

    async def set_language(self, at: Address, user: str, language: str) -> None:
        """Use a language in a channel from now on; an empty one ends that."""
        where = str(at.channel_address)
        if not language:
            await self._database.run("drop_language", address=where)
            return
        await self._database.run("put_language", address=where, tenant=at.tenant, user=user, language=language)


class Votes:
    """The Votes on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def vote(self, at: Address, user: str, what: str, *, helped: bool, now: dt.datetime) -> None:
        """Keep a person's verdict on something we said; their last word counts."""
        await self._database.run(
            "put_vote", tenant=at.tenant, user=user, what=what, helped=int(helped), at=to_timestamp(now)
        )


class Sources:
    """The Sources on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, tenant: str, user: str, target: str) -> None:
        """Keep a file or folder to be read, now and whenever it changes."""
        await self._database.run("put_source", tenant=tenant, user=user, target=target, state="waiting")

    async def remove(self, tenant: str, target: str) -> bool:
        """Stop reading it; return whether it was read."""
        return bool(await self._database.run("drop_source", tenant=tenant, target=target))

    async def sources(self, tenant: str) -> list[SourceState]:
        """Return what is read, and how the last reading went."""
        rows = await self._database.reader.rows("sources_of", tenant=tenant)
        return [
            SourceState(row["target"], row["state"], from_timestamp(row["read"]) if row["read"] else None)
            for row in rows
        ]

    async def record_read(self, tenant: str, target: str, state: str, now: dt.datetime) -> None:
        """Keep how a reading went, in words."""
        await self._database.run("source_read", tenant=tenant, target=target, state=state, read=to_timestamp(now))


class Privacy:
    """The Privacy on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def export(self, tenant: str, user: str) -> Mapping[str, Sequence[Mapping[str, object]]]:
        """Return every row that carries the person's id, by table."""
        tables = {
            table: await self._database.reader.rows(f"export_{table}", tenant=tenant, user=user)
            for table in (*PERSONAL, *WITH_THEIR_WORDS)
        }
        return {table: [dict(row) for row in rows] for table, rows in tables.items()}

    async def erase_user(self, tenant: str, user: str) -> int:
        """Erase every row that carries the person's id; return how many."""
        async with self._database.exclusive() as session:
            await session.run("merge_spending", tenant=tenant, user=user)
            await session.run("forget_logins", tenant=tenant, user=user)
            counts = [await session.run(f"forget_{table}", tenant=tenant, user=user) for table in PERSONAL]
            noted = await delete_notes(session, "notes_by", tenant=tenant, user=user)
        return sum(counts) + noted

    async def erase_space(self, tenant: str) -> int:
        """Erase what belongs to a space, its own conversations and what was read in them too; return how many rows.

        What was sent to it is kept for as long as any other, so that it is never sent again.
        """
        async with self._database.exclusive() as session:
            # The full-text indexes hold no text of their own: they must be told before what they read is gone.
            await session.run("forget_words_of_passages", tenant=tenant)
            await session.run("forget_words_of_claims", tenant=tenant)
            await session.run("purge_logins", tenant=tenant)
            counts = [await session.run(f"purge_{table}", tenant=tenant) for table in OF_A_SPACE]
        return sum(counts)


_BLOCK_TYPES = {kind.__name__: kind for kind in get_args(Block)}


class Replies:
    """The Replies on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, at: Address, user: str, message: Message, now: dt.datetime) -> str:
        """Keep a message for a while and return its id, which nobody can guess."""
        id_ = secrets.token_urlsafe(12)
        await self._database.run(
            "put_reply", id=id_, tenant=at.tenant, user=user, message=_encode(message), at=to_timestamp(now)
        )
        return id_

    async def get(self, tenant: str, id_: str) -> Message | None:
        """Return a message that was kept in this space."""
        row = await self._database.reader.row("reply", tenant=tenant, id=id_)
        return _decode(row["message"]) if row else None

    async def prune(self, before: dt.datetime) -> int:
        """Forget what was kept before a moment; return how many messages."""
        return await self._database.run("tidy_replies", before=to_timestamp(before))


def _encode(message: Message) -> str:
    groups = [
        [[type(block).__name__, msgspec.to_builtins(block)] for block in group.blocks] for group in message.groups
    ]
    return json.dumps({"summary": message.summary, "groups": groups}, ensure_ascii=False)


def _decode(written: str) -> Message:
    kept: dict[str, Any] = json.loads(written)
    groups = (
        Group(tuple(msgspec.convert(values, _BLOCK_TYPES[kind]) for kind, values in blocks))
        for blocks in kept["groups"]
    )
    return Message(tuple(groups), kept["summary"])


class Notes:
    """The Notes on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, tenant: str, conversation: str, user: str, now: dt.datetime) -> None:
        """Note whose a conversation of a space is, before its words are kept; whoever noted it first stands."""
        await self._database.run("put_note", key=conversation, tenant=tenant, user=user, at=to_timestamp(now))

    async def get(self, tenant: str, conversation: str) -> NoteSummary | None:
        """Return what is known of a note; None before its words are kept, and for any other space."""
        row = await self._database.reader.row("note", key=conversation, tenant=tenant)
        return NoteSummary(row["user"], from_timestamp(row["at"]), row["title"], row["claims"]) if row else None

    async def delete(self, tenant: str, conversation: str) -> bool:
        """Forget a note, its words and all that was read in them; return whether there was one."""
        async with self._database.exclusive() as session:
            return bool(await delete_notes(session, "note_by_key", tenant=tenant, key=conversation))

    async def prune(self, before: dt.datetime) -> int:
        """Forget what was noted before a moment; return how many."""
        async with self._database.exclusive() as session:
            return await delete_notes(session, "notes_before", before=to_timestamp(before))


async def delete_notes(session: Session, query: str, **values: object) -> int:
    """Forget the notes that a query finds, their words and all that was read in them; return how many notes."""
    keys = json.dumps([row["conversation"] for row in await session.rows(query, **values)])
    for row in await session.rows("noted", keys=keys):
        # The full-text indexes hold no text of their own: they must be told before what they read is gone.
        await session.run("forget_passages_text", conversation=row["id"])
        await session.run("forget_claims_text", conversation=row["id"])
        await session.run("drop_noted", conversation=row["id"])
    return await session.run("drop_notes", keys=keys)
