"""The words and vectors of passages and claims: by the engine's full-text search, and as bytes."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import Mapping, Sequence

import msgspec

from bot.domain import UNKNOWN_SPEAKER, Claim, Filters, Passage
from bot.domain.question import SearchCandidate, SearchUnit
from bot.nlp.people import labels_of
from bot.store.database import Database, Row, Table
from bot.store.registry import find_entity_fold
from bot.store.rows import claim_from_row, fold_name, origin_from_row


class SearchIndex(Table):
    """The full-text index and the vectors of passages and claims."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._syntax = database.full_text

    async def optimize(self) -> None:
        """Merge the full-text index, so that words are found faster.

        It takes a quarter of a second for four million words, during which nothing else can be written.
        """
        for unit in SearchUnit:
            await self._database.run(f"optimize_{unit}")

    async def document_frequencies(self, unit: SearchUnit, words: Sequence[str]) -> Mapping[str, int]:
        """Return how many rows have each word; under the empty string, how many rows there are."""
        quoted = {word and self._syntax.quote(word): word for word in words}
        counts = await self._database.reader.rows(f"count_{unit}", words=json.dumps(list(quoted)))
        return {quoted[row["words"]]: row["rows"] for row in counts}

    async def match(
        self, unit: SearchUnit, rare: Sequence[str], common: Sequence[str], within: Filters, limit: int
    ) -> list[SearchCandidate]:
        """Return rows with a rare word or two common ones, best first; without words, the newest rows."""
        bounds = await self._filter_values(unit, within)
        if not (rare or common):
            return await self._candidates(f"newest_{unit}", limit=limit, **bounds)
        is_unfiltered = all(bound is None for name, bound in bounds.items() if name != "space")
        query = f"match_{unit}" if is_unfiltered else f"match_{unit}{self._syntax.filtered_suffix}"
        each = [self._syntax.quote(word) for word in [*rare, *common]]
        values = {
            "words": self._syntax.or_operator.join(each),
            "enough": self._required_words(rare, common),
            "each": json.dumps(each),
        }
        return await self._candidates(query, **values, limit=limit, **bounds)

    async def fetch(self, unit: SearchUnit, ids: Sequence[int], within: Filters) -> list[SearchCandidate]:
        """Return those of the rows that pass the filters."""
        return await self._candidates(
            f"look_{unit}", ids=json.dumps(list(ids)), **await self._filter_values(unit, within)
        )

    async def passages(self, ids: Sequence[int], within: Filters) -> Mapping[int, Passage]:
        """Return whole passages by row."""
        rows = await self._database.reader.rows("passages_by_id", ids=json.dumps(list(ids)), space=within.space)
        return {row["id"]: _passage_from_row(row) for row in rows}

    async def claims(self, ids: Sequence[int], within: Filters) -> Mapping[int, Claim]:
        """Return whole claims by row."""
        rows = await self._database.reader.rows("claims_by_id", ids=json.dumps(list(ids)), space=within.space)
        return {row["id"]: claim_from_row(row) for row in rows}

    async def names(self, space: str | None) -> list[str]:
        """Return the names and speakers that a space may read of, each in every known spelling."""
        named = await self._database.reader.rows("all_names", space=space)
        labels = await self._database.reader.rows("speaker_labels", space=space)
        spellings = (each for row in named for each in (row["name"], row["fold"]))
        return list(dict.fromkeys([*spellings, *(row["label"] for row in labels)]))

    async def has_turn(self, conversation: str, turn: int, space: str | None) -> bool:
        """Return whether the library has a turn that a space may read."""
        row = await self._database.reader.row("spoken_turn", conversation=conversation, turn=turn, space=space)
        return row is not None

    async def spoken_at(self, conversation: str, turn: int, words: str, space: str | None) -> float | None:
        """Return the second at which words of a turn begin, None if the transcript has no times.

        Within a turn it is reckoned from their place, as if its speaker kept one pace until the next turn begins.
        """
        row = await self._database.reader.row("spoken_turn", conversation=conversation, turn=turn, space=space)
        if row is None or row["t"] is None:
            return None
        begins, place = float(row["t"]), str(row["text"]).find(words)
        if row["ends"] is None or place <= 0:
            return begins
        return begins + max(0.0, float(row["ends"]) - begins) * place / len(row["text"])

    async def keep_only(self, encoders: Sequence[str]) -> None:
        """Delete every vector of other encoders."""
        for unit in SearchUnit:
            for row in await self._database.reader.rows(f"makers_of_{unit}"):
                if row["maker"] not in encoders:
                    await self._database.run(f"forget_vectors_of_{unit}", maker=row["maker"])

    async def newest_id(self, unit: SearchUnit) -> int:
        """Return the id of the newest row, 0 if there is none."""
        row = await self._database.reader.row(f"newest_of_{unit}")
        return int(row["id"]) if row else 0

    async def pending(self, unit: SearchUnit, encoder: str, limit: int) -> list[tuple[int, str]]:
        """Return id and text, after its title, of rows without a vector of this encoder, the newest first."""
        rows = await self._database.reader.rows(f"pending_{unit}", maker=encoder, limit=limit)
        return [(row["id"], f"{row['title']}\n{row['text']}") for row in rows]

    async def count_pending(self, unit: SearchUnit, encoder: str) -> int:
        """Return how many rows have no vector of this encoder."""
        row = await self._database.reader.row(f"count_pending_{unit}", maker=encoder)
        return int(row["rows"]) if row else 0

    async def put(self, unit: SearchUnit, encoder: str, vectors: Sequence[tuple[int, bytes]]) -> None:
        """Save vectors by row, except for rows that are gone."""
        values = [{"maker": encoder, "id": row, "vector": vector} for row, vector in vectors]
        async with self._database.exclusive() as session:
            await session.run_many(f"put_vector_of_{unit}", values)

    async def vectors_after(self, unit: SearchUnit, encoder: str, after: int) -> list[tuple[int, int, bytes]]:
        """Return number, row id and vector of all that this encoder made after a number, in that order."""
        rows = await self._database.reader.rows(f"vectors_of_{unit}", maker=encoder, after=after)
        return [(row["made"], row["id"], row["vector"]) for row in rows]

    async def row_ids(self, unit: SearchUnit, within: Filters) -> list[int]:
        """Return the ids of all rows that pass the filters."""
        # In one piece: a hundred thousand rows would take longer to pass on than to find.
        row = await self._database.reader.row(f"{unit}_within", **await self._filter_values(unit, within))
        return msgspec.json.decode(row["ids"] or "[]", type=list[int]) if row else []

    async def _candidates(self, query: str, **values: object) -> list[SearchCandidate]:
        return [_candidate_from_row(row) for row in await self._database.reader.rows(query, **values)]

    async def _filter_values(self, unit: SearchUnit, within: Filters) -> dict[str, object]:
        return {
            "space": within.space,
            "conversation": within.conversation,
            "show": within.show,
            "since": within.since and within.since.isoformat(),
            "until": within.until and within.until.isoformat(),
            "speakers": within.speaker and json.dumps(await self._labels_of(within.speaker, within.space)),
            "entity": within.entity and await self._entity_filter(unit, within.entity, within.space),
        }

    async def _labels_of(self, speaker: str, space: str | None) -> list[str]:
        rows = await self._database.reader.rows("speaker_labels", space=space)
        return await asyncio.to_thread(labels_of, speaker, [row["label"] for row in rows])

    async def _entity_filter(self, unit: SearchUnit, name: str, space: str | None) -> str:
        fold = await find_entity_fold(self._database.reader, name, space) or fold_name(name)
        if unit is SearchUnit.CLAIMS:
            return fold
        rows = await self._database.reader.rows("names_of_entity", fold=fold)
        return self._any_of([name, *(row["alias"] for row in rows)])

    def _any_of(self, words: Sequence[str]) -> str:
        return self._syntax.or_operator.join(map(self._syntax.quote, words))

    def _required_words(self, rare: Sequence[str], common: Sequence[str]) -> str | None:
        if not common:
            return None
        quoted, both = self._syntax.quote, self._syntax.and_operator
        pairs = [f"({quoted(word)}{both}({self._any_of(common[n:])}))" for n, word in enumerate(common[:-1], 1)]
        return self._syntax.or_operator.join([*map(quoted, rare), *(pairs or map(quoted, common))])


def _candidate_from_row(row: Row) -> SearchCandidate:
    date = dt.date.fromisoformat(row["date"])
    return SearchCandidate(row["id"], row["text"], row["speaker"] or "", row["title"], row["show"], date, row["rank"])


def _passage_from_row(row: Row) -> Passage:
    speakers = tuple(speaker or UNKNOWN_SPEAKER for speaker in json.loads(row["speakers"]))
    return Passage(
        origin=origin_from_row(row),
        turn=row["turn"],
        last=row["last"],
        text=row["text"],
        speaker=row["speaker"],
        t=row["t"],
        speakers=speakers if len(speakers) > 1 else (),
    )
