"""What language models cost, and what they returned."""

from __future__ import annotations

import datetime as dt
from secrets import token_hex

from bot.domain.usage import Account, Charge, PoolUsage, PurposeSpending, Usage
from bot.store.database import Session, Table
from bot.store.rows import to_timestamp

_RESERVATION_LIFETIME = dt.timedelta(minutes=15)
"""How long a reservation counts if nobody settles it: whoever made it is gone by then."""


class SpendingLedger(Table):
    """What language models cost, by day and by who pays."""

    async def spent_today(self, bill: Charge, now: dt.datetime) -> PoolUsage:
        """Return what was spent from the bill's pool today."""
        return await _spent_today(self._database.reader, bill, now)

    async def reserve(self, bill: Charge, amount: int, limits: PoolUsage, now: dt.datetime) -> str | None:
        """Reserve an amount, exclusively; return its id, or None if it would exceed the limits."""
        id_ = token_hex(8)
        async with self._database.exclusive() as session:
            spent = await _spent_today(session, bill, now)
            if _exceeds(spent.total + amount, limits.total) or _exceeds(spent.user_total + amount, limits.user_total):
                return None
            until = to_timestamp(now + _RESERVATION_LIFETIME)
            await session.run("reserve", id=id_, **_pot_columns(bill, now), amount=amount, until=until)
        return id_

    async def settle(self, id_: str, bill: Charge, usage: Usage, cost: int, now: dt.datetime) -> None:
        """Record what was paid in place of a reservation; a call that took no tokens is not recorded."""
        async with self._database.transaction() as session:
            await session.run("release_reserved", id=id_)
            if usage.input or usage.output:
                tokens = {"input": usage.input, "cached": usage.cached, "output": usage.output}
                about = {"purpose": bill.purpose, "model": usage.model, "cost": cost}
                await session.run("put_spending", **_pot_columns(bill, now), **tokens, **about)

    async def spent_by_purpose(self, account: Account, now: dt.datetime) -> list[PurposeSpending]:
        """Return what a space spent, by purpose."""
        day = _day(now)
        values = {"space": account.space, "user": account.user, "day": day, "first": f"{day[:7]}-01"}
        rows = await self._database.reader.rows("spent", **values)
        return [PurposeSpending(r["purpose"], r["today"], r["month"], r["own_today"], r["own_month"]) for r in rows]

    async def prune(self, before: dt.datetime) -> int:
        """Delete what was paid on days before a moment."""
        await self._database.run("tidy_reserved", now=to_timestamp(before))
        return await self._database.run("tidy_spending", before=_day(before))


class CompletionStore(Table):
    """What language models returned, to be returned again."""

    async def get(self, space: str, key: str) -> str | None:
        """Return what was saved for a space."""
        row = await self._database.reader.row("completion", space=space, key=key)
        return str(row["value"]) if row else None

    async def put(self, space: str, key: str, value: str, now: dt.datetime) -> None:
        """Save a value; the first one stands."""
        await self._database.run("put_completion", space=space, key=key, value=value, at=to_timestamp(now))

    async def prune(self, before: dt.datetime) -> int:
        """Delete what was saved before a moment."""
        return await self._database.run("tidy_completions", before=to_timestamp(before))


async def _spent_today(session: Session, bill: Charge, now: dt.datetime) -> PoolUsage:
    row = await session.row("paid", **_pot_columns(bill, now), now=to_timestamp(now))
    return PoolUsage(row["whole"], row["own"]) if row else PoolUsage()


def _pot_columns(bill: Charge, now: dt.datetime) -> dict[str, object]:
    return {"day": _day(now), "pot": bill.pool.value, "space": bill.account.space, "user": bill.account.user}


def _exceeds(amount: int, limit: int) -> bool:
    return bool(limit) and amount > limit


def _day(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).date().isoformat()
