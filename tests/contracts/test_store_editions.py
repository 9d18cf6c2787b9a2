"""One edition for all who may read the same and were told the same, and for nobody else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from bot.analysts.rules import RuleAnalyst
from bot.briefs.service import BriefService
from bot.domain import Brief, Material
from bot.store.store import Store
from tests.said import TODAY, company, conversation, reading

HALDEN, QUILLON = company("Halden"), company("Quillon")
ONE, OTHER = "slack:T1", "discord:G1"
DAY = dt.timedelta(days=1)
NEWS = ("Halden cut 400 jobs in Oslo.", "Quillon raised prices by 12 percent.", "Halden lost $90 million last year.")


class Counting(RuleAnalyst):
    """An analyst that counts what it composes."""

    def __init__(self) -> None:
        super().__init__()
        self.composed: list[Material] = []

    async def compose(self, material: Material) -> Brief:
        """Make the brief of a topic and date."""
        self.composed.append(material)
        return await super().compose(material)


class Press:
    """Briefs on a store, and how often it had to compose."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.analyst = Counting()
        self.briefs = BriefService(store.editions, self.analyst)

    async def hear(self, key: str, *words: str, space: str | None = None, date: dt.date = TODAY) -> None:
        """Let a conversation be read."""
        said = conversation(key, *words, space=space, date=date, show=f"Show {key}")
        await self.store.library.save([reading(said, HALDEN, QUILLON)])

    async def publish(self, days: int, *spaces: str) -> int:
        """Publish the editions of a day, and return how often that took composing."""
        before = len(self.analyst.composed)
        for space in spaces:
            await self.briefs.publish("", TODAY + days * DAY, space=space)
        return len(self.analyst.composed) - before

    async def told(self, days: int, space: str) -> set[str]:
        """Return the claims that count as told before a day."""
        material = await self.store.editions.material("", TODAY + days * DAY, space=space)
        return {claim for one in material.published for claim in one.claim_ids}

    async def claims(self, days: int, space: str) -> set[str]:
        """Return the claims of an edition."""
        brief = await self.store.editions.edition("", TODAY + days * DAY, space=space)
        return set(brief.claims_by_id) if brief else set()


def spaces(number: int) -> Sequence[str]:
    """Return the names of many spaces."""
    return [f"slack:T{n}" for n in range(number)]


async def test_spaces_without_anything_of_their_own_share_one_edition(store: Store) -> None:
    """It is composed once, each has it as its own, and what it told counts as told to each."""
    press = Press(store)
    for n in range(3):
        await press.hear(f"open/{n}", *NEWS)
    assert await press.publish(0, *spaces(20)) == 1
    editions = [await store.editions.edition("", TODAY, space=space) for space in spaces(20)]
    assert [edition.space for edition in editions if edition] == spaces(20)
    claims = [await press.claims(0, space) for space in spaces(20)]
    assert claims[0]
    assert claims == [claims[0]] * 20
    assert [await press.told(1, space) for space in spaces(20)] == [set.union(*claims)] * 20


async def test_a_space_with_its_own_has_its_own_edition(store: Store) -> None:
    """Of which no word goes to others, whoever came first."""
    press = Press(store)
    for n in range(3):
        await press.hear(f"open/{n}", *NEWS)
    for n in range(3):
        await press.hear(f"own/{n}", "Halden sold its plant for $7 million.", "Halden hired 70 people.", space=ONE)
    assert await press.publish(0, OTHER, ONE, "slack:T9") == 2
    theirs = await store.library.claims(list(await press.claims(0, OTHER)), space=None)
    assert len(theirs) == len(await press.claims(0, OTHER))
    assert await press.claims(0, ONE) != await press.claims(0, OTHER) == await press.claims(0, "slack:T9")


async def test_who_was_told_less_before_gets_an_edition_that_tells_it(store: Store) -> None:
    """A space that has the brief on weekdays only loses nothing that others were told at the weekend."""
    press = Press(store)
    for n in range(2):
        await press.hear(f"open/{n}", *NEWS)
    assert await press.publish(0, ONE, OTHER) == 1
    for n in range(2):
        await press.hear(
            f"more/{n}", "Quillon closed 12 plants in Oslo.", "Quillon hired 900 people.", date=TODAY + DAY
        )
    assert await press.publish(1, ONE) == 1
    assert await press.publish(2, ONE, OTHER) == 2
    assert await press.claims(2, OTHER) & await press.claims(1, ONE)
    assert not await press.claims(2, ONE) & await press.claims(1, ONE)


async def test_what_is_told_is_told_whoever_makes_the_edition(store: Store) -> None:
    """From a shared edition to one of its own and back to a shared one, nothing told comes twice."""
    press = Press(store)
    for n in range(2):
        await press.hear(f"open/{n}", *NEWS)
    await press.publish(0, OTHER, ONE)
    for n in range(2):
        await press.hear(f"own/{n}", "Halden sold its plant for $7 million.", space=ONE, date=TODAY - 5 * DAY)
        await press.hear(f"next/{n}", "Quillon closed 12 plants in Oslo.", "Quillon won 3 prizes.", date=TODAY + DAY)
    shared = await press.claims(0, ONE)
    assert await press.told(1, ONE) == shared
    assert await press.publish(1, OTHER, ONE) == 2
    own = await press.claims(1, ONE)
    assert await press.told(2, ONE) == shared | own
    assert not shared & own
    await press.publish(2, OTHER, ONE)
    assert not await press.claims(2, ONE) & (shared | own)


async def test_what_is_read_meanwhile_is_in_the_next_one_made(store: Store) -> None:
    """An edition made for others yesterday evening does not keep the morning's news from anybody."""
    press = Press(store)
    await press.hear("open/1", *NEWS)
    assert await press.publish(0, ONE) == 1
    await press.hear("open/2", *NEWS)
    assert await press.publish(0, OTHER, "slack:T9") == 1


async def test_an_edition_is_not_shared_if_anything_in_it_is_not_open(store: Store) -> None:
    """Though the conversation it was made from is gone by the time it is published."""
    press = Press(store)
    for n in range(3):
        await press.hear(f"own/{n}", *NEWS, space=ONE)
    brief = await press.briefs.get_brief("", TODAY, space=ONE)
    assert brief.claims_by_id
    await store.privacy.erase_space(ONE)
    await store.editions.publish(brief)
    assert await store.editions.adopt("", TODAY, space=OTHER) is None
    assert await press.publish(0, OTHER) == 1
    assert not await press.claims(0, OTHER)


async def test_a_brief_tells_what_came_since_the_one_before(store: Store) -> None:
    """An episode counts when it arrives, even if it is older than the last brief; what was there then does not."""
    press = Press(store)
    await press.hear("open/1", *NEWS)
    await press.publish(0, ONE)
    assert not (await store.editions.material("", TODAY + DAY, space=ONE)).claims
    await press.hear("open/late", "Halden opened 12 stores in Bergen.", date=TODAY - 3 * DAY)
    await press.hear("open/next", "Quillon hired 900 people.", date=TODAY + DAY)
    await press.hear("open/old", "Quillon closed 3 plants in Bergen.", date=TODAY - 9 * DAY)
    material = await store.editions.material("", TODAY + DAY, space=ONE)
    assert {claim.origin.conversation for claim in material.claims} == {"open/late", "open/next"}
    assert (sum(material.read.values()), material.follows, material.since) == (2, TODAY, TODAY + DAY)


async def test_an_edition_taken_whenever_one_likes_is_made_anew(store: Store) -> None:
    """What came since the morning is in it, what the morning's told stays, and tomorrow's begins after it."""
    press = Press(store)
    await press.hear("open/1", *NEWS)
    morning = await press.briefs.republish("", TODAY, space=ONE)
    await press.hear("open/2", "Quillon closed 12 plants after losing $40 million.", "Quillon hired 900 people.")
    evening = await press.briefs.republish("", TODAY, space=ONE)
    assert morning.claims_by_id
    assert any("open/2" in claim.origin.conversation for claim in evening.claims_by_id.values())
    assert await press.told(1, ONE) == set(evening.claims_by_id)
    assert not (await store.editions.material("", TODAY + DAY, space=ONE)).claims


async def test_a_first_brief_has_the_newest_days_with_news(store: Store) -> None:
    """As few as hold six conversations, and it says from when on."""
    press = Press(store)
    for days in (1, 2, 3, 4, 5):
        for show in range(2):
            await press.hear(f"open/{days}/{show}", *NEWS, date=TODAY - days * DAY)
    brief = await press.briefs.get_brief("", TODAY, space=ONE)
    assert (brief.since, brief.read) == (TODAY - 3 * DAY, 6)
