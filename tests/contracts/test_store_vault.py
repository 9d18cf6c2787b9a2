"""What every Vault promises, and what somebody who holds the database file learns from it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.errors import SettingsError
from bot.store.store import open_store
from bot.store.vault import Vault, new_key
from tests.conftest import Look
from tests.engines import Engine

Opens: TypeAlias = "Callable[..., AbstractAsyncContextManager[Vault]]"

OLD, NEW = new_key(), new_key()
ENTRUSTED = "xoxb-1234567890-carriesEverything"
_NAMES = st.text("ab/%_'🐙", min_size=1, max_size=8)
NAMES = ["slack/T1/bot", "slack/T1/installer/U1/grant", "slack/T10/bot", "slack/t1/bot", "slack/T1", "slack/T%/bot"]


@pytest.fixture
def opens(place: Path | str) -> Opens:
    """Return a function that opens the one vault of a test with some keys."""

    @asynccontextmanager
    async def vault(*keys: str) -> AsyncIterator[Vault]:
        async with open_store(place, ",".join(keys)) as store:
            yield store.vault

    return vault


async def test_a_secret_comes_back_whole(opens: Opens) -> None:
    """Also after a restart, with every letter; the last one put stands."""
    async with opens(OLD) as vault:
        kept: Vault = vault
        await kept.put("slack/T1/bot", "old")
        await kept.put("slack/T1/bot", f"{ENTRUSTED}\n ümläut 🐙\0")
    async with opens(OLD) as vault:
        assert await vault.get("slack/T1/bot") == f"{ENTRUSTED}\n ümläut 🐙\0"
        assert await vault.get("slack/T2/bot") is None
        assert await vault.get("slack/T1/") is None


async def test_no_byte_on_the_disk_holds_a_secret(opens: Opens, engine: Engine) -> None:
    """Not in the file and not in what lies beside it while it is open; the name may be read."""
    async with opens(OLD) as vault:
        await vault.put("slack/T1/bot", ENTRUSTED)
        assert b"slack/T1/bot" in engine.written()
        assert b"carriesEverything" not in engine.written()
    assert b"carriesEverything" not in engine.written()


async def test_the_same_secret_never_looks_the_same(opens: Opens, look: Look) -> None:
    """Nobody sees that two workspaces share a token, or that one was put back."""
    async with opens(OLD) as vault:
        for name in NAMES:
            await vault.put(name, ENTRUSTED)
    assert len(set(look("SELECT value FROM secrets"))) == len(NAMES)


async def test_a_row_passed_off_as_another_does_not_open(opens: Opens, look: Look) -> None:
    """Whoever can write the file cannot make one workspace speak with another's token."""
    async with opens(OLD) as vault:
        await vault.put("slack/T1/bot", "ours")
        await vault.put("slack/T2/bot", "theirs")
    look("UPDATE secrets SET value = (SELECT value FROM secrets WHERE name = 'slack/T2/bot')")
    async with opens(OLD) as vault:
        assert await vault.get("slack/T2/bot") == "theirs"
        with pytest.raises(SettingsError, match="decrypts slack/T1/bot"):
            await vault.get("slack/T1/bot")


async def test_a_key_that_does_not_fit_says_what_to_do(opens: Opens) -> None:
    """The value stays, and opens again when its key is back."""
    async with opens(OLD) as vault:
        await vault.put("slack/T1/bot", ENTRUSTED)
    async with opens(NEW) as vault:
        with pytest.raises(
            SettingsError, match=r"after the new one, with a comma between.*install the app there again"
        ):
            await vault.get("slack/T1/bot")
        with pytest.raises(SettingsError, match="decrypts slack/T1/bot"):
            await vault.rotate()
    async with opens(OLD) as vault:
        assert await vault.get("slack/T1/bot") == ENTRUSTED


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ((), "set OVERHEARD_SECRET_KEY"),
        ((" ", " "), "set OVERHEARD_SECRET_KEY"),
        (("secret",), "Key 1 of 1"),
        ((OLD, OLD[:-2]), "Key 2 of 2"),
        (("é" * 44,), "Key 1 of 1"),
    ],
)
async def test_no_key_or_a_bad_one_is_said_in_words(opens: Opens, keys: tuple[str, ...], said: str) -> None:
    """Which one, and who makes a good one; never the key itself."""
    async with opens(*keys) as vault:
        for attempt in (vault.put("slack/T1/bot", ENTRUSTED), vault.rotate()):
            with pytest.raises(SettingsError, match=said) as caught:
                await attempt
            assert "`overheard doctor` makes" in str(caught.value)
            assert not any(key.strip() and key in str(caught.value) for key in keys)
        assert await vault.names("") == []
        assert await vault.drop("") == 0


async def test_a_new_key_takes_over_from_the_old(opens: Opens) -> None:
    """In front of the old one it opens everything; once all was rotated, the old one can go."""
    async with opens(OLD) as vault:
        for name in NAMES:
            await vault.put(name, f"{ENTRUSTED} of {name}")
    async with opens(NEW, OLD) as vault:
        assert await vault.get(NAMES[0]) == f"{ENTRUSTED} of {NAMES[0]}"
        await vault.put(NAMES[0], "closed anew")
    async with opens(NEW) as vault:
        assert await vault.get(NAMES[0]) == "closed anew"
        with pytest.raises(SettingsError):
            await vault.get(NAMES[1])
    async with opens(f" {NEW} ", f" {OLD} ") as vault:
        assert await vault.rotate() == len(NAMES) - 1
        assert await vault.rotate() == 0
    async with opens(NEW) as vault:
        assert [await vault.get(name) for name in NAMES[1:]] == [f"{ENTRUSTED} of {name}" for name in NAMES[1:]]


async def test_rotating_changes_everything_or_nothing(opens: Opens, look: Look) -> None:
    """A value that no key opens leaves the others as they were."""
    async with opens(OLD) as vault:
        await vault.put("slack/T1/bot", ENTRUSTED)
    async with opens(new_key()) as vault:
        await vault.put("slack/T2/bot", ENTRUSTED)
    before = look("SELECT * FROM secrets")
    async with opens(NEW, OLD) as vault:
        with pytest.raises(SettingsError, match="decrypts slack/T2/bot"):
            await vault.rotate()
    assert look("SELECT * FROM secrets") == before


@pytest.mark.parametrize("prefix", ["slack/T1/", "slack/T10/", "slack/T%/", "slack/T_/", "SLACK/T1/", "", "slack/T1"])
async def test_a_prefix_is_taken_letter_by_letter(opens: Opens, prefix: str) -> None:
    """What `T1/` begins does not touch `T10`, no letter stands for others, and case counts."""
    async with opens(OLD) as vault:
        for name in NAMES:
            await vault.put(name, name)
        begun = sorted(name for name in NAMES if name.startswith(prefix))
        assert await vault.names(prefix) == begun
        assert await vault.drop(prefix) == len(begun)
        assert await vault.names("") == sorted(set(NAMES) - set(begun))
        assert await vault.drop(prefix) == 0


async def test_of_many_who_drop_at_once_one_is_told(opens: Opens) -> None:
    """Also over two processes that share the file: what is there once is taken once."""
    async with opens(OLD) as here, opens(OLD) as there:
        await here.put("slack/states/1", "")
        told = await asyncio.gather(*(vault.drop("slack/states/1") for vault in (here, there) * 10))
    assert sorted(told) == [*[0] * 19, 1]


@given(st.dictionaries(_NAMES, st.text(max_size=50), max_size=6), st.text("ab/%", max_size=2))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_names_and_values_go_in_and_out(opens: Opens, kept: dict[str, str], prefix: str) -> None:
    """As a dictionary would have it."""

    async def through() -> None:
        async with opens(OLD) as vault:
            await vault.drop("")
            for name, value in kept.items():
                await vault.put(name, value)
            assert {name: await vault.get(name) for name in await vault.names("")} == kept
            left = {name for name in kept if not name.startswith(prefix)}
            assert await vault.drop(prefix) == len(kept) - len(left)
            assert set(await vault.names("")) == left

    asyncio.run(through())
