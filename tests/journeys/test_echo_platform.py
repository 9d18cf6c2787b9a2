"""A platform that nobody has heard of: one file and one line, and the whole bot works there."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from bot.app import chat_platforms, open_app
from bot.cli.doctor import doctor
from bot.cli.manifest import manifest
from bot.errors import SettingsError, UserError
from bot.platforms.registry import PLATFORMS, read_settings
from bot.runtime import run
from tests.echo_platform import ECHO, Echo, page
from tests.fakes import FixedClock

EVERY = (*PLATFORMS, ECHO)


def environment(database: Path, word: str) -> dict[str, str]:
    """Return what is set for the echo, with nothing else configured."""
    values = {"DATABASE": str(database), "TIMEZONE": "UTC", "WORKERS": "0", "TICK_SECONDS": "1"}
    return {f"OVERHEARD_{name}": value for name, value in values.items()} | {"ECHO_WORD": word}


async def test_it_answers_and_is_sent_the_brief(sampled: Path, clock: FixedClock) -> None:
    """A question with its sources, a subscription by its button, and the brief on its day, once."""
    told: list[str] = []

    async def tell(sentence: str) -> None:
        told.append(sentence)

    async with open_app(read_settings(environment(sampled, "sesame"), EVERY), clock) as app:
        platforms = await chat_platforms(app, tell, EVERY)
        echo = platforms["echo"]
        assert isinstance(echo, Echo)
        bot = asyncio.create_task(run(app, None, platforms, tell))
        assert "14 percent" in page(await echo.says("ask How much of the world's stacked memory did Orkdal make?"))
        preview = page(await echo.says("subscribe at 8am in UTC"))
        confirm = next(line for line in preview.splitlines() if line.startswith("/confirm "))
        assert "Fri 27 Jun, 08:00 UTC" in page(await echo.says(confirm))
        assert echo.posted == []
        clock.advance(hours=20, minutes=1)
        await echo.until(lambda: bool(echo.posted))
        bot.cancel()
        await asyncio.gather(bot, return_exceptions=True)
    (brief,) = echo.posted
    assert "2031-06-27" in brief
    assert told == ["Echo: connected."]


async def test_a_platform_that_takes_us_no_more_is_told_of(sampled: Path, clock: FixedClock) -> None:
    """In its own words; without any other, the bot ends."""

    async def tell(sentence: str) -> None:
        raise AssertionError(sentence)

    async with open_app(read_settings(environment(sampled, "friend"), EVERY), clock) as app:
        with pytest.raises(SettingsError, match="Echo: The word is not the right one; set ECHO_WORD"):
            await run(app, None, await chat_platforms(app, tell, EVERY), tell)


@pytest.mark.parametrize(
    ("word", "platforms", "state"),
    [
        ("", "console", "not connected"),
        ("short", "console", "ECHO_WORD is short"),
        ("sesame", "console, Echo", "hears "),
    ],
)
async def test_doctor_examines_it(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    word: str,
    platforms: str,
    state: str,
) -> None:
    """As it does the others."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OVERHEARD_DATABASE", str(tmp_path / "o.db"))
    monkeypatch.setenv("ECHO_WORD", word)
    assert await doctor(as_json=True, platforms=EVERY) == 0
    found = {finding["about"]: finding["state"] for finding in json.loads(capsys.readouterr().out)}
    assert found["Platforms"] == platforms
    assert found["Echo"].startswith(state)


async def test_its_manifest_is_printed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """For people, or as JSON; a platform that nobody registered has none."""
    monkeypatch.chdir(tmp_path)
    assert await manifest("echo", "", platforms=EVERY) == 0
    assert capsys.readouterr().out == "Call it by any verb.\n"
    assert await manifest("echo", "", as_json=True, platforms=EVERY) == 0
    assert "ask" in json.loads(capsys.readouterr().out)["verbs"]
    with pytest.raises(UserError, match="`overheard manifest slack` or `overheard manifest discord`"):
        await manifest("echo", "")
