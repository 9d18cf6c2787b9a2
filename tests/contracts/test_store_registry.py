"""Names: who goes by which, and merges that can be undone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain import Analysis, Entity, EntityKind, Filters, Mention, Turn
from bot.domain.question import SearchUnit
from bot.errors import UserError
from bot.store.store import Store
from tests.said import TODAY, company, conversation, reading

HALDEN = company("Halden", "Halden Energy")
GRID = company("Halden Grid Services")


async def known(store: Store, name: str) -> str | None:
    """Return the canonical name that a name leads to."""
    entity = await store.registry.entity(name)
    return entity.name if entity else None


async def spoken(store: Store, entity: Entity, words: str, key: str) -> None:
    """Let somebody speak of an entity."""
    await store.library.save([reading(conversation(key, words), entity)])


@pytest.mark.parametrize("name", ["Halden", "HALDEN", "halden energy", "  Halden   Energy "])
async def test_a_name_is_found_however_it_is_written(store: Store, name: str) -> None:
    """Case and spaces do not matter, aliases lead to the canonical name, which lists them."""
    await spoken(store, HALDEN, "Halden grew.", "open/1")
    assert await store.registry.entity(name) == HALDEN
    assert await store.registry.entity("Haldane") is None


async def test_a_merge_shows_everywhere_and_can_be_undone(store: Store) -> None:
    """Claims, search and completion follow a merge; a split gives everything back and is for good."""
    await spoken(store, HALDEN, "Halden grew.", "open/1")
    await spoken(store, GRID, "Halden Grid Services shrank.", "open/2")
    registry = store.registry
    await registry.merge("Halden", "Halden Grid Services")
    assert await known(store, "halden grid services") == "Halden"
    assert (await registry.profile(HALDEN, space=None, today=TODAY)).claim_count == 2
    within = Filters(entity="Halden Grid Services")
    assert len(await store.index.match(SearchUnit.CLAIMS, [], [], within, 9)) == 2
    assert [entity.name for entity in await registry.complete("hal", 9, space=None)] == ["Halden"]

    await registry.split("Halden Grid Services")
    assert await known(store, "halden grid services") == "Halden Grid Services"
    assert (await registry.profile(HALDEN, space=None, today=TODAY)).claim_count == 1
    with pytest.raises(UserError, match="must not"):
        await registry.merge("Halden Grid Services", "Halden")


async def test_a_merge_is_undone_by_any_of_its_names(store: Store) -> None:
    """An alias that the merged name brought with it stands for that name, in the split and ever after."""
    await spoken(store, HALDEN, "Halden grew.", "open/1")
    await spoken(store, company(GRID.name, "HGS"), "HGS shrank.", "open/2")
    await store.registry.merge("Halden", "HGS")
    await store.registry.split("HGS")
    assert await known(store, "HGS") == GRID.name
    for name in ("HGS", GRID.name):
        with pytest.raises(UserError, match="must not"):
            await store.registry.merge("Halden", name)


async def test_a_chain_of_merges_leads_to_one_name(store: Store) -> None:
    """What was merged into a name goes with it when that is merged into another."""
    for n, name in enumerate(["Alder", "Birch", "Cedar"]):
        await spoken(store, company(name), f"{name} grew.", f"open/{n}")
    await store.registry.merge("Birch", "Alder")
    await store.registry.merge("Cedar", "Birch")
    assert {await known(store, name) for name in ("Alder", "Birch", "Cedar")} == {"Cedar"}
    assert (await store.registry.profile(company("Cedar"), space=None, today=TODAY)).claim_count == 3


async def test_pairs_that_must_not_merge_do_not(store: Store) -> None:
    """In either order, under any spelling, and nor does a name with itself or with one nobody knows."""
    await store.registry.keep_apart([("Alder", "alder bank")])
    await spoken(store, company("Alder"), "Alder grew.", "open/1")
    await spoken(store, company("Alder Bank"), "Alder Bank grew.", "open/2")
    for keep, drop in [("ALDER", "Alder Bank"), ("Alder bank", "alder"), ("Alder", "Alder"), ("Alder", "Birch")]:
        with pytest.raises(UserError):
            await store.registry.merge(keep, drop)
    with pytest.raises(UserError, match="not merged"):
        await store.registry.split("Alder Bank")


async def test_an_alias_belongs_to_whom_it_came_with_first(store: Store) -> None:
    """Two companies with one short name: the second keeps its own name and does not take the alias."""
    await spoken(store, company("Meridian Air", "Meridian"), "Meridian grew.", "open/1")
    await spoken(store, company("Meridian Bank", "Meridian"), "Meridian Bank grew.", "open/2")
    assert await known(store, "Meridian") == "Meridian Air"
    assert await known(store, "Meridian Bank") == "Meridian Bank"


async def test_a_first_name_stays_in_its_conversation(store: Store) -> None:
    """Two people called Dana are not one, and the first name alone is nobody."""
    for n, name in enumerate(["Dana Whitfield", "Dana Okafor"]):
        await spoken(store, Entity(name, EntityKind.PERSON, ("Dana",)), f"{name} spoke.", f"open/{n}")
    assert await known(store, "Dana") is None
    assert await known(store, "dana okafor") == "Dana Okafor"
    offered = await store.registry.complete("dana", 9, space=None)
    assert {entity.name for entity in offered} == {"Dana Whitfield", "Dana Okafor"}


async def test_a_name_read_as_two_becomes_one(store: Store) -> None:
    """A name that stood alone before and now comes as an alias of the same kind leads to the longer one."""
    await spoken(store, company("Halden Energy"), "Halden Energy grew.", "open/1")
    await spoken(store, HALDEN, "Halden shrank.", "open/2")
    assert await known(store, "Halden Energy") == "Halden"
    assert (await store.registry.profile(HALDEN, space=None, today=TODAY)).claim_count == 2


async def test_a_name_of_another_kind_is_another_name(store: Store) -> None:
    """A place stays a place when a company brings the same word as its alias."""
    await spoken(store, Entity("Orkdal", EntityKind.PLACE), "Orkdal is cold.", "open/1")
    await spoken(store, company("Orkdal Works", "Orkdal"), "Orkdal Works closed.", "open/2")
    assert await known(store, "Orkdal") == "Orkdal"
    assert await known(store, "Orkdal Works") == "Orkdal Works"


async def test_completion_offers_the_most_spoken_of_first_and_near_names_at_last(store: Store) -> None:
    """A prefix finds names and aliases, a misspelt name its neighbours, nonsense nothing."""
    await spoken(store, company("Halden"), "Halden grew.", "open/1")
    words = ("Halloway grew.", "Halloway shrank.")
    await store.library.save([reading(conversation("open/2", *words), company("Halloway", "HLW"))])
    complete = store.registry.complete
    assert [entity.name for entity in await complete("hal", 9, space=None)] == ["Halloway", "Halden"]
    assert [entity.name for entity in await complete("hal", 1, space=None)] == ["Halloway"]
    assert [entity.name for entity in await complete("hlw", 9, space=None)] == ["Halloway"]
    assert [entity.name for entity in await complete("haldn", 9, space=None)][:1] == ["Halden"]
    assert await complete("zzzqqq", 9, space=None) == []
    assert await store.registry.names(space=None) == ["Halloway", "Halden"]


async def test_reading_is_told_names_that_open_claims_have_twice(store: Store) -> None:
    """With kinds and aliases, merged names under one; what was said once, or to one space alone, is left out."""
    await spoken(store, HALDEN, "Halden grew.", "open/1")
    assert await store.registry.known_entities() == ()
    await spoken(store, GRID, "Halden Grid Services shrank.", "open/2")
    for n in range(2):
        private = conversation(f"private/{n}", "Pontoon grew.", space="t1")
        await store.library.save([reading(private, company("Pontoon"))])
    await store.registry.merge("Halden", "Halden Grid Services")
    (found,) = await store.registry.known_entities()
    assert found == company("Halden", "Halden Energy", "Halden Grid Services")


@pytest.mark.parametrize("odd", ["%", "_", "'", '"', "C++", "\0", "🦊", "a" * 5000, "*", "NEAR("])
async def test_any_name_is_a_legal_question(store: Store, odd: str) -> None:
    """No text breaks a look-up or finds everything."""
    await spoken(store, HALDEN, "Halden grew.", "open/1")
    assert await store.registry.entity(odd) is None
    assert await store.registry.complete(odd, 9, space=None) in ([], [Entity("Halden", EntityKind.COMPANY)])
    assert (await store.registry.profile(company(odd), space=None, today=TODAY)).claim_count == 0
    assert await store.index.match(SearchUnit.PASSAGES, [odd], [], Filters(), 9) == []
    assert await store.index.match(SearchUnit.CLAIMS, [], [], Filters(entity=odd, speaker=odd, show=odd), 9) == []


async def test_a_card_counts_the_week_that_ends_today(store: Store) -> None:
    """Seven days with today; the future and the eighth day back do not count."""
    for days in (-1, 0, 6, 7):
        date = TODAY.fromordinal(TODAY.toordinal() - days)
        await store.library.save([reading(conversation(f"open/{days}", "Halden grew.", date=date), HALDEN)])
    profile = await store.registry.profile(HALDEN, space=None, today=TODAY)
    assert (profile.claim_count, profile.claims_this_week) == (4, 2)
    assert profile.speakers == (("Dana Whitfield", 4),)
    days = [day for day, _ in profile.timeline]
    assert days == sorted(days)


async def test_a_name_heard_in_one_space_is_offered_in_no_other(store: Store) -> None:
    """Neither for its beginning nor as a near name, nor counted."""
    said = reading(conversation("T1/1", "Halden grew.", space="slack:T1"), company("Halden"))
    await store.library.save([said])
    for written in ("hal", "haldn"):
        mine = await store.registry.complete(written, 9, space="slack:T1")
        assert [entity.name for entity in mine] == ["Halden"]
        assert await store.registry.complete(written, 9, space="slack:T2") == []
    assert await store.registry.names(space="slack:T2") == []
    assert (await store.library.tally(space="slack:T2")).entities == 0


def misheard(key: str, words: str, heard_as: str) -> Analysis:
    """Read a conversation in which Halden was heard as something else."""
    read = reading(conversation(key, words))
    mention = Mention("Halden", EntityKind.COMPANY, heard_as=heard_as)
    return replace(read, claims=(replace(read.claims[0], entities=(mention,)),), entities=(company("Halden"),))


async def heard(store: Store, entity: str) -> list[tuple[str, str]]:
    """Return what the claims about an entity name, and what it was heard as."""
    rows = await store.index.match(SearchUnit.CLAIMS, [], [], Filters(entity=entity), 9)
    claims = await store.index.claims([row.id for row in rows], Filters())
    return sorted((name.name, name.heard_as) for claim in claims.values() for name in claim.entities)


async def test_a_misheard_name_can_be_taken_at_its_word(store: Store) -> None:
    """Until then its claims are the other's and found under both; afterwards they are its own, and so are new ones."""
    await spoken(store, HALDEN, "Halden grew.", "open/1")
    await store.library.save([misheard("open/2", "Hallton shrank.", "Hallton")])
    assert await heard(store, "Hallton") == await heard(store, "Halden") == [("Halden", ""), ("Halden", "Hallton")]
    assert (await store.registry.profile(HALDEN, space=None, today=TODAY)).heard_as == ("Hallton",)
    assert await known(store, "hallton") == "Halden"

    await store.registry.split("Hallton")
    await store.library.save([misheard("open/3", "Hallton grew again.", "Hallton")])
    assert await heard(store, "Hallton") == [("Hallton", ""), ("Hallton", "")]
    assert await heard(store, "Halden") == [("Halden", "")]
    with pytest.raises(UserError, match="must not"):
        await store.registry.merge("Halden", "Hallton")


@pytest.mark.parametrize("asked", ["Okafor", "Ms. Okafor", "Okafor, Adaeze (Norbank)", "A. Okafor", "adaeze o. okafor"])
async def test_a_person_is_found_by_whatever_can_only_be_theirs(store: Store, asked: str) -> None:
    """As an entity and as the speaker of claims, unless only another space may read of them."""
    person = Entity("Adaeze Okafor", EntityKind.PERSON)
    said = replace(conversation("open/1", "Adaeze Okafor spoke."), turns=(Turn("Adaeze Okafor spoke.", "Dr. Okafor"),))
    await store.library.save([reading(said, person)])
    assert await known(store, asked) == "Adaeze Okafor"
    assert len(await store.index.match(SearchUnit.CLAIMS, [], [], Filters(speaker=asked), 9)) == 1
    assert len(await store.index.match(SearchUnit.PASSAGES, [], [], Filters(speaker=asked), 9)) == 1
    namesake = Entity("Ben Okafor", EntityKind.PERSON)
    await store.library.save([reading(conversation("private/1", "Ben Okafor spoke.", space="t1"), namesake)])
    assert await known(store, "Okafor") == "Adaeze Okafor"
    assert await store.registry.entity("Okafor", space="t1") is None


async def test_those_who_speak_of_an_entity_are_counted_as_people(store: Store) -> None:
    """Under their most frequent label, whatever else they are called."""
    for n, label in enumerate(["Adaeze Okafor", "Dr. Okafor", "Adaeze Okafor", "Ben Odd"]):
        said = conversation(f"open/{n}", f"Halden grew {n} times.", speaker=label)
        await store.library.save([reading(said, HALDEN)])
    profile = await store.registry.profile(HALDEN, space=None, today=TODAY)
    assert profile.speakers == (("Adaeze Okafor", 3), ("Ben Odd", 1))
