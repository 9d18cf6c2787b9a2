"""Where people talk with the bot: threads and their subjects, languages, votes, preferences and replies."""

from __future__ import annotations

import datetime as dt
import json
import secrets
from collections.abc import Iterable, Mapping
from typing import Any, get_args

import msgspec

from bot.chat.message import Block, Group, Message
from bot.domain import ThreadContext
from bot.domain.address import Address
from bot.store.database import Table
from bot.store.rows import to_timestamp


class Threads(Table):
    """What each thread is about."""

    async def subject(self, at: Address) -> ThreadContext:
        """Return the thread's subject, empty for a new thread."""
        row = await self._database.reader.row("subject_of", address=str(at))
        return msgspec.json.decode(row["subject"], type=ThreadContext) if row else ThreadContext()

    async def is_live(self, at: Address) -> bool:
        """Return whether the bot has answered in this thread."""
        return await self._database.reader.row("subject_of", address=str(at)) is not None

    async def join(self, at: Address, user: str, now: dt.datetime) -> None:
        """Record that the bot has answered in this thread; its subject stays."""
        values = {"address": str(at), "at": to_timestamp(now)}
        subject = msgspec.json.encode(ThreadContext()).decode()
        async with self._database.transaction() as session:
            if not await session.run("touch_thread", **values):
                await session.run("join_thread", **values, tenant=at.tenant, user=user, subject=subject)

    async def recent(self, platform: str, since: dt.datetime, limit: int) -> list[Address]:
        """Return where the bot has answered on a platform since a moment, the latest first."""
        values = {"platform": platform, "since": to_timestamp(since), "most": limit}
        return [Address.parse(row["address"]) for row in await self._database.reader.rows("recent_threads", **values)]

    async def save_subject(self, at: Address, user: str, subject: ThreadContext, now: dt.datetime) -> None:
        """Save the thread's subject."""
        await self._database.run(
            "put_subject",
            address=str(at),
            tenant=at.tenant,
            user=user,
            subject=msgspec.json.encode(subject).decode(),
            at=to_timestamp(now),
        )

    async def prune(self, before: dt.datetime) -> int:
        """Delete threads from before a moment; return how many rows."""
        return await self._database.run("tidy_threads", before=to_timestamp(before))


class Languages(Table):
    """The language of each channel that chose one."""

    async def language(self, at: Address) -> str:
        """Return the English name of a channel's language, empty if none was chosen."""
        row = await self._database.reader.row("language_at", address=str(at.channel_address))
        return str(row["language"]) if row else ""

    async def set_language(self, at: Address, user: str, language: str) -> None:
        """Use a language in a channel from now on; an empty one ends that."""
        channel = str(at.channel_address)
        if not language:
            await self._database.run("drop_language", address=channel)
            return
        await self._database.run("put_language", address=channel, tenant=at.tenant, user=user, language=language)


class Votes(Table):
    """What people thought of what we said."""

    async def vote(self, at: Address, user: str, what: str, *, helped: bool, now: dt.datetime) -> None:
        """Save a person's verdict on something we said; the last one counts."""
        await self._database.run(
            "put_vote", tenant=at.tenant, user=user, what=what, helped=int(helped), at=to_timestamp(now)
        )


class Preferences(Table):
    """Whether people want more or less about a name in the briefs of a channel."""

    async def prefer(self, at: Address, user: str, name: str, weight: int, now: dt.datetime) -> int:
        """Save that a person wants more (1) or less (-1) about a name; the same again takes it back.

        Returns what holds now: 1, -1, or 0 if it was taken back.
        """
        key = {"address": str(at.channel_address), "name": name, "user": user}
        async with self._database.exclusive() as session:
            before = await session.row("preference_of", **key)
            if before and before["weight"] == weight:
                await session.run("drop_preference", **key)
                return 0
            await session.run("put_preference", **key, tenant=at.tenant, weight=weight, at=to_timestamp(now))
        return weight

    async def preferences(self, at: Address) -> Mapping[str, int]:
        """Return what a channel wants more of (above 0) or less (below 0), by name: the sum over its people."""
        rows = await self._database.reader.rows("preferences_at", tenant=at.tenant, address=str(at.channel_address))
        return {row["name"]: int(row["weight"]) for row in rows}


_BLOCK_TYPES = {kind.__name__: kind for kind in get_args(Block)}


class Replies(Table):
    """Messages kept for a while, to be opened again from a button."""

    async def save(self, at: Address, user: str, message: Message, now: dt.datetime) -> str:
        """Save a message for a while and return its id, which nobody can guess."""
        id_ = secrets.token_urlsafe(12)
        await self._database.run(
            "put_reply", id=id_, tenant=at.tenant, user=user, message=encode_message(message), at=to_timestamp(now)
        )
        return id_

    async def get(self, tenant: str, id_: str) -> Message | None:
        """Return a message that was saved in this space."""
        row = await self._database.reader.row("reply", tenant=tenant, id=id_)
        return decode_message(row["message"]) if row else None

    async def prune(self, before: dt.datetime) -> int:
        """Delete messages from before a moment; return how many."""
        return await self._database.run("tidy_replies", before=to_timestamp(before))


def encode_message(message: Message) -> str:
    """Return a message as JSON."""
    groups, thread = _encode_groups(message.groups), _encode_groups(message.thread)
    return json.dumps({"summary": message.summary, "groups": groups, "thread": thread}, ensure_ascii=False)


def _encode_groups(groups: Iterable[Group]) -> list[Any]:
    return [[[type(block).__name__, msgspec.to_builtins(block)] for block in group.blocks] for group in groups]


def decode_message(text: str) -> Message:
    """Return a message from its JSON."""
    saved: dict[str, Any] = json.loads(text)
    return Message(_decode_groups(saved["groups"]), saved["summary"], _decode_groups(saved.get("thread", ())))


def _decode_groups(saved: Iterable[Any]) -> tuple[Group, ...]:
    return tuple(Group(tuple(msgspec.convert(values, _BLOCK_TYPES[kind]) for kind, values in one)) for one in saved)
