"""What language models cost, and what they returned."""

from __future__ import annotations

import datetime as dt
from secrets import token_hex

from bot.domain.usage import Account, Bill, Paid, Spent, Usage
from bot.store.database import Database, Session
from bot.store.rows import stamp

_UNSETTLED = dt.timedelta(minutes=15)
"""What is set aside counts for so long where nobody settles it: whoever did so is gone."""


class Spending:
    """The Ledger and the Spending on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def paid(self, bill: Bill, now: dt.datetime) -> Paid:
        """Return what went out of the bill's pot today."""
        return await _paid(self._database.reading, bill, now)

    async def reserve(self, bill: Bill, amount: int, limits: Paid, now: dt.datetime) -> str | None:
        """Set an amount aside; whoever looks at the same pot waits meanwhile."""
        id_ = token_hex(8)
        async with self._database.alone() as session:
            paid = await _paid(session, bill, now)
            if _past(paid.whole + amount, limits.whole) or _past(paid.own + amount, limits.own):
                return None
            until = stamp(now + _UNSETTLED)
            await session.run("reserve", id=id_, **_payer(bill, now), amount=amount, until=until)
        return id_

    async def settle(self, id_: str, bill: Bill, usage: Usage, cost: int, now: dt.datetime) -> None:
        """Write down what was paid instead of what was set aside; a call that never took a token is none."""
        async with self._database.writing() as session:
            await session.run("release_reserved", id=id_)
            if usage.input or usage.output:
                tokens = {"input": usage.input, "cached": usage.cached, "output": usage.output}
                about = {"purpose": bill.purpose, "model": usage.model, "cost": cost}
                await session.run("put_spending", **_payer(bill, now), **tokens, **about)

    async def spent(self, account: Account, now: dt.datetime) -> list[Spent]:
        """Return what a space spent, by purpose."""
        day = _day(now)
        values = {"space": account.space, "user": account.user, "day": day, "first": f"{day[:7]}-01"}
        rows = await self._database.reading.rows("spent", **values)
        return [Spent(r["purpose"], r["today"], r["month"], r["own_today"], r["own_month"]) for r in rows]

    async def tidy(self, before: dt.datetime) -> int:
        """Forget what was paid on days before a moment."""
        await self._database.change("tidy_reserved", now=stamp(before))
        return await self._database.change("tidy_spending", before=_day(before))


class ModelMemory:
    """The Memory on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def recall(self, space: str, key: str) -> str | None:
        """Return what is remembered for a space."""
        row = await self._database.reading.row("completion", space=space, key=key)
        return str(row["value"]) if row else None

    async def keep(self, space: str, key: str, value: str, now: dt.datetime) -> None:
        """Remember a value; the first one stands."""
        await self._database.change("put_completion", space=space, key=key, value=value, at=stamp(now))

    async def tidy(self, before: dt.datetime) -> int:
        """Forget what was kept before a moment."""
        return await self._database.change("tidy_completions", before=stamp(before))


async def _paid(session: Session, bill: Bill, now: dt.datetime) -> Paid:
    row = await session.row("paid", **_payer(bill, now), now=stamp(now))
    return Paid(row["whole"], row["own"]) if row else Paid()


def _payer(bill: Bill, now: dt.datetime) -> dict[str, object]:
    return {"day": _day(now), "pot": bill.pot.value, "space": bill.account.space, "user": bill.account.user}


def _past(amount: int, limit: int) -> bool:
    return bool(limit) and amount > limit


def _day(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).date().isoformat()
