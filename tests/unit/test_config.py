"""Settings: defaults that work, and every problem at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.config import Settings, home, load
from bot.errors import SettingsError


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Stand in an empty folder with a home of its own and no settings."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.__annotations__:
        monkeypatch.delenv(f"OVERHEARD_{name.upper()}", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)


def test_nothing_needs_to_be_set(tmp_path: Path) -> None:
    """The database is in the user's data folder."""
    settings = load()
    assert settings.database == tmp_path / ".local" / "share" / "overheard" / "overheard.db"
    assert (settings.timezone, settings.workers, settings.tick_seconds) == ("", 2, 15)


def test_the_data_folder_goes_by_the_xdg_rule(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """XDG_DATA_HOME moves it; an empty one does not."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "elsewhere"))
    assert home() == tmp_path / "elsewhere" / "overheard"
    monkeypatch.setenv("XDG_DATA_HOME", "")
    assert home() == tmp_path / ".local" / "share" / "overheard"


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A `.env` is read, the environment stands above it, and other programs' settings are left alone."""
    (tmp_path / ".env").write_text("OVERHEARD_WORKERS=4\nOVERHEARD_TIMEZONE=Asia/Tokyo\nOTHER=1\nOVERHEARD_OLD=2\n")
    monkeypatch.setenv("OVERHEARD_WORKERS", "0")
    monkeypatch.setenv("OVERHEARD_DATABASE", "~/mine.db")
    settings = load()
    assert (settings.workers, settings.timezone, settings.database) == (0, "Asia/Tokyo", tmp_path / "mine.db")


def test_every_problem_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the name a person sets it under, in words."""
    for name, value in {"WORKERS": "many", "TIMEZONE": "Mars/Base", "TICK_SECONDS": "0", "LOG_LEVEL": "LOUD"}.items():
        monkeypatch.setenv(f"OVERHEARD_{name}", value)
    with pytest.raises(SettingsError) as error:
        load()
    said = str(error.value).splitlines()
    assert len(said) == 5
    for name in ("WORKERS", "TIMEZONE", "TICK_SECONDS", "LOG_LEVEL"):
        assert sum(line.startswith(f"OVERHEARD_{name}: ") for line in said) == 1
    assert "'Mars/Base' is not a time zone like Europe/Berlin" in str(error.value)


@pytest.mark.parametrize("zone", ["../../etc/passwd", "/etc/localtime", "Europe", "berlin\0"])
def test_a_zone_is_a_zone(zone: str) -> None:
    """A path, a folder of zones or an odd byte is not."""
    with pytest.raises(SettingsError, match="not a time zone"):
        load({"OVERHEARD_TIMEZONE": zone})


def test_networks_inside_are_opened_one_by_one() -> None:
    """None by default; what is no network, or one with an address in it, is named."""
    assert load({}).private_networks == ()
    opened = load({"OVERHEARD_FETCH_PRIVATE": "10.1.0.0/16, fd12::/16,"}).private_networks
    assert [str(network) for network in opened] == ["10.1.0.0/16", "fd12::/16"]
    for wrong in ("intranet", "10.1.2.3/16"):
        with pytest.raises(SettingsError, match="is not a list of networks"):
            load({"OVERHEARD_FETCH_PRIVATE": wrong})


def test_a_contact_is_one_line() -> None:
    """It travels in a header."""
    assert load({"OVERHEARD_CONTACT": "https://example.com/bot"}).contact == "https://example.com/bot"
    with pytest.raises(SettingsError, match="OVERHEARD_CONTACT"):
        load({"OVERHEARD_CONTACT": "me\r\nX-Evil: 1"})
