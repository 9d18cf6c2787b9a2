"""The words and vectors of passages and claims: the engine's full-text search for the one, bytes for the other."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence

from bot.domain import UNKNOWN_SPEAKER, Claim, Filters, Origin, Passage
from bot.domain.search import Found, Unit
from bot.store.database import Database, Row
from bot.store.rows import claim_of, fold


class SearchIndex:
    """The Index and the Vectors on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._phrasing = database.phrasing

    async def optimize(self) -> None:
        """Lay together the words of everything that was read, so that they are found faster.

        Takes a quarter of a second for four million words, and nothing else is written meanwhile.
        """
        for unit in Unit:
            await self._database.change(f"optimize_{unit}")

    async def counts(self, unit: Unit, words: Sequence[str]) -> Mapping[str, int]:
        """Return how many rows have each word, and under the empty string how many rows there are."""
        asked = {self._phrasing.quoted(word): word for word in words}
        counted = await self._database.reading.rows(f"count_{unit}", words=json.dumps(list(asked)))
        return {asked.get(row["words"], ""): row["rows"] for row in counted}

    async def match(
        self, unit: Unit, rare: Sequence[str], common: Sequence[str], within: Filters, limit: int
    ) -> list[Found]:
        """Return rows that have a rare word or two common ones, best first; without words the newest rows."""
        bounds = await self._bounds(unit, within)
        if not (rare or common):
            return await self._found(f"newest_{unit}", limit=limit, **bounds)
        wide = all(bound is None for name, bound in bounds.items() if name != "space")
        query = f"match_{unit}" if wide else f"match_{unit}{self._phrasing.bounded}"
        each = [self._phrasing.quoted(word) for word in [*rare, *common]]
        asked = {
            "words": self._phrasing.either.join(each),
            "enough": self._enough(rare, common),
            "each": json.dumps(each),
        }
        return await self._found(query, **asked, limit=limit, **bounds)

    async def look(self, unit: Unit, ids: Sequence[int], within: Filters) -> list[Found]:
        """Return those of the rows that lie within the filters."""
        return await self._found(f"look_{unit}", ids=json.dumps(list(ids)), **await self._bounds(unit, within))

    async def passages(self, ids: Sequence[int], within: Filters) -> Mapping[int, Passage]:
        """Return whole passages by row."""
        rows = await self._database.reading.rows("passages_by_id", ids=json.dumps(list(ids)), space=within.space)
        return {row["id"]: _passage_of(row) for row in rows}

    async def claims(self, ids: Sequence[int], within: Filters) -> Mapping[int, Claim]:
        """Return whole claims by row."""
        rows = await self._database.reading.rows("claims_by_id", ids=json.dumps(list(ids)), space=within.space)
        return {row["id"]: claim_of(row) for row in rows}

    async def made_by(self, makers: Sequence[str]) -> None:
        """Forget every vector that something else made."""
        for unit in Unit:
            for row in await self._database.reading.rows(f"makers_of_{unit}"):
                if row["maker"] not in makers:
                    await self._database.change(f"forget_vectors_of_{unit}", maker=row["maker"])

    async def newest(self, unit: Unit) -> int:
        """Return the id of the newest row, 0 where there is none."""
        row = await self._database.reading.row(f"newest_of_{unit}")
        return int(row["id"]) if row else 0

    async def pending(self, unit: Unit, maker: str, limit: int) -> list[tuple[int, str]]:
        """Return id and text, its title before it, of rows without a vector of this maker, the newest first."""
        rows = await self._database.reading.rows(f"pending_{unit}", maker=maker, limit=limit)
        return [(row["id"], f"{row['title']}\n{row['text']}") for row in rows]

    async def count_pending(self, unit: Unit, maker: str) -> int:
        """Return how many rows have no vector of this maker."""
        counted = await self._database.reading.row(f"count_pending_{unit}", maker=maker)
        return int(counted["rows"]) if counted else 0

    async def put(self, unit: Unit, maker: str, vectors: Sequence[tuple[int, bytes]]) -> None:
        """Keep vectors by row; a row that is gone keeps none."""
        values = [{"maker": maker, "id": row, "vector": vector} for row, vector in vectors]
        async with self._database.alone() as session:
            await session.many(f"put_vector_of_{unit}", values)

    async def stored(self, unit: Unit, maker: str, after: int) -> list[tuple[int, int, bytes]]:
        """Return order of making, id and vector of all that this maker made after the given one, in that order."""
        rows = await self._database.reading.rows(f"vectors_of_{unit}", maker=maker, after=after)
        return [(row["made"], row["id"], row["vector"]) for row in rows]

    async def rows(self, unit: Unit, within: Filters) -> list[int]:
        """Return the ids of all rows within the filters, by id."""
        rows = await self._database.reading.rows(f"{unit}_within", **await self._bounds(unit, within))
        return [row["id"] for row in rows]

    async def _found(self, query: str, **values: object) -> list[Found]:
        return [_found_of(row) for row in await self._database.reading.rows(query, **values)]

    async def _bounds(self, unit: Unit, within: Filters) -> dict[str, object]:
        return {
            "space": within.space,
            "conversation": within.conversation,
            "show": within.show,
            "since": within.since and within.since.isoformat(),
            "until": within.until and within.until.isoformat(),
            "speaker": within.speaker,
            "entity": within.entity and await self._entity(unit, within.entity),
        }

    async def _entity(self, unit: Unit, name: str) -> str:
        if unit is Unit.CLAIMS:
            return fold(name)
        rows = await self._database.reading.rows("names_of_entity", fold=fold(name))
        return self._either([name, *(row["alias"] for row in rows)])

    def _either(self, words: Sequence[str]) -> str:
        return self._phrasing.either.join(map(self._phrasing.quoted, words))

    def _enough(self, rare: Sequence[str], common: Sequence[str]) -> str | None:
        if not common:
            return None
        quoted, both = self._phrasing.quoted, self._phrasing.both
        pairs = [f"({quoted(word)}{both}({self._either(common[n:])}))" for n, word in enumerate(common[:-1], 1)]
        return self._phrasing.either.join([*map(quoted, rare), *(pairs or map(quoted, common))])


def _found_of(row: Row) -> Found:
    date = dt.date.fromisoformat(row["date"])
    return Found(row["id"], row["text"], row["speaker"] or "", row["title"], row["show"], date, row["rank"])


def _passage_of(row: Row) -> Passage:
    date = dt.date.fromisoformat(row["date"])
    speakers = tuple(speaker or UNKNOWN_SPEAKER for speaker in json.loads(row["speakers"]))
    return Passage(
        origin=Origin(row["key"], row["show"], row["title"], date, row["url"]),
        turn=row["turn"],
        last=row["last"],
        text=row["text"],
        speaker=row["speaker"],
        t=row["t"],
        speakers=speakers if len(speakers) > 1 else (),
    )
