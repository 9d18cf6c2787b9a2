"""Settings: defaults that work, and every problem at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.config import Settings, data_folder
from bot.domain.usage import NANODOLLARS, Budgets, ModelTier, Price, Usage
from bot.errors import SettingsError
from bot.platforms.registry import read_settings


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
    settings = read_settings()
    assert settings.database == tmp_path / ".local" / "share" / "overheard" / "overheard.db"
    assert (settings.timezone, settings.workers, settings.tick_seconds) == ("", 2, 15)


def test_the_data_folder_goes_by_the_xdg_rule(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """XDG_DATA_HOME moves it; an empty one does not."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "elsewhere"))
    assert data_folder() == tmp_path / "elsewhere" / "overheard"
    monkeypatch.setenv("XDG_DATA_HOME", "")
    assert data_folder() == tmp_path / ".local" / "share" / "overheard"


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A `.env` is read, the environment stands above it, and other programs' settings are left alone."""
    (tmp_path / ".env").write_text("OVERHEARD_WORKERS=4\nOVERHEARD_TIMEZONE=Asia/Tokyo\nOTHER=1\nOVERHEARD_OLD=2\n")
    monkeypatch.setenv("OVERHEARD_WORKERS", "0")
    monkeypatch.setenv("OVERHEARD_DATABASE", "~/mine.db")
    settings = read_settings()
    assert (settings.workers, settings.timezone, settings.database) == (0, "Asia/Tokyo", tmp_path / "mine.db")


def test_every_problem_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the name a person sets it under, in words."""
    for name, value in {"WORKERS": "many", "TIMEZONE": "Mars/Base", "TICK_SECONDS": "0", "LOG_LEVEL": "LOUD"}.items():
        monkeypatch.setenv(f"OVERHEARD_{name}", value)
    with pytest.raises(SettingsError) as error:
        read_settings()
    said = str(error.value).splitlines()
    assert len(said) == 5
    for name in ("WORKERS", "TIMEZONE", "TICK_SECONDS", "LOG_LEVEL"):
        assert sum(line.startswith(f"OVERHEARD_{name}: ") for line in said) == 1
    assert "'Mars/Base' is not a time zone like Europe/Berlin" in str(error.value)


@pytest.mark.parametrize("zone", ["../../etc/passwd", "/etc/localtime", "Europe", "berlin\0"])
def test_a_zone_is_a_zone(zone: str) -> None:
    """A path, a folder of zones or an odd byte is not."""
    with pytest.raises(SettingsError, match="not a time zone"):
        read_settings({"OVERHEARD_TIMEZONE": zone})


def test_one_model_stands_for_both() -> None:
    """Whichever is named; where none is, there is no language model."""
    assert not read_settings({}).model.is_configured
    for variable in ("OVERHEARD_MODEL_READ", "OVERHEARD_MODEL_WRITE"):
        model = read_settings({variable: "small", "OPENAI_API_KEY": "k"}).model
        assert model.is_configured
        assert model.models_by_tier == {ModelTier.READ: "small", ModelTier.WRITE: "small"}
    both = read_settings(
        {"OVERHEARD_MODEL_READ": "small", "OVERHEARD_MODEL_WRITE": "large", "OPENAI_API_KEY": "k"}
    ).model
    assert both.models_by_tier == {ModelTier.READ: "small", ModelTier.WRITE: "large"}


def test_a_key_is_needed_for_openai_alone() -> None:
    """A server of one's own does without; neither a key nor a server is a problem that is named."""
    assert read_settings(
        {"OVERHEARD_MODEL_READ": "small", "OPENAI_BASE_URL": "http://localhost:11434/v1"}
    ).model.is_configured
    with pytest.raises(SettingsError, match="OPENAI_API_KEY"):
        read_settings({"OVERHEARD_MODEL_READ": "small"})


def test_a_provider_has_settings_of_its_own() -> None:
    """A key of another one doesn't count; transcription is OpenAI's, whoever answers; an unknown one is named."""
    anthropic = {"OVERHEARD_MODEL_PROVIDER": "anthropic", "OVERHEARD_MODEL_READ": "small", "OPENAI_API_KEY": "o"}
    with pytest.raises(SettingsError, match="ANTHROPIC_API_KEY: a model is named"):
        read_settings(anthropic)
    model = read_settings(anthropic | {"ANTHROPIC_API_KEY": "a", "OVERHEARD_MODEL_TRANSCRIBE": "ears"}).model
    assert (model.server.api_key, model.audio_server and model.audio_server.api_key) == ("a", "o")
    with pytest.raises(SettingsError, match="OPENAI_API_KEY: a model is named"):
        read_settings(
            {**anthropic, "ANTHROPIC_API_KEY": "a", "OVERHEARD_MODEL_TRANSCRIBE": "ears", "OPENAI_API_KEY": ""}
        )
    with pytest.raises(SettingsError, match="OVERHEARD_MODEL_PROVIDER: 'oracle' is not one of openai, anthropic"):
        read_settings({"OVERHEARD_MODEL_PROVIDER": "oracle"})


def test_a_key_is_never_shown() -> None:
    """Not with the settings, nor where it is in an address that does not hold."""
    assert "secret" not in repr(read_settings({"OVERHEARD_MODEL_READ": "small", "OPENAI_API_KEY": "secret"}))
    with pytest.raises(SettingsError, match="is not an address") as error:
        read_settings({"OPENAI_BASE_URL": "ftp://me:secret@example.com/v1"})
    assert "secret" not in str(error.value)


def test_prices_are_read_by_model() -> None:
    """A name may hold colons and slashes; what a completion costs is rounded up to a billionth of a dollar."""
    prices = read_settings({"OVERHEARD_PRICES": "small=0.25/0.025/2, org/large:8b=1/.5/10,"}).model.prices_by_model
    assert prices == {"small": Price(0.25, 0.025, 2), "org/large:8b": Price(1, 0.5, 10)}
    assert prices["small"].cost_of(Usage("small", 1_000_000, 1_000_000, 400_000)) == 2.16 * NANODOLLARS
    assert prices["small"].cost_of(Usage("small", 1, 0, 1)) == 25
    assert Price(0, 0, 0.0001).cost_of(Usage("small", 0, 1)) == 1


@pytest.mark.parametrize(
    "written", ["small", "small=1/2", "small=1/2/x", "small=1/2/3/4", "=1/2/3", "s=-1/2/3", "s=1/inf/3"]
)
def test_what_is_no_price_is_named(written: str) -> None:
    """With an example of one."""
    with pytest.raises(SettingsError, match=r"OVERHEARD_PRICES: .*is not a price like"):
        read_settings({"OVERHEARD_PRICES": written})


def test_budgets_are_dollars_a_day() -> None:
    """Each has a default, 0 is no limit, and none is below."""
    defaults = read_settings({}).model.budgets
    assert defaults == Budgets(5 * NANODOLLARS, 1 * NANODOLLARS, 2 * NANODOLLARS, 5 * NANODOLLARS)
    assert (
        read_settings({"OVERHEARD_BUDGET_USER": "0", "OVERHEARD_BUDGET_SPACE": "0.05"}).model.budgets.space
        == NANODOLLARS // 20
    )
    for wrong in ("-1", "nan", "inf"):
        with pytest.raises(SettingsError, match="OVERHEARD_BUDGET_USER"):
            read_settings({"OVERHEARD_BUDGET_USER": wrong})


def test_networks_inside_are_opened_one_by_one() -> None:
    """None by default; what is no network, or one with an address in it, is named."""
    assert read_settings({}).private_networks == ()
    opened = read_settings({"OVERHEARD_FETCH_PRIVATE": "10.1.0.0/16, fd12::/16,"}).private_networks
    assert [str(network) for network in opened] == ["10.1.0.0/16", "fd12::/16"]
    for wrong in ("intranet", "10.1.2.3/16"):
        with pytest.raises(SettingsError, match="is not a list of networks"):
            read_settings({"OVERHEARD_FETCH_PRIVATE": wrong})


def test_a_contact_is_one_line() -> None:
    """It travels in a header."""
    assert read_settings({"OVERHEARD_CONTACT": "https://example.com/bot"}).contact == "https://example.com/bot"
    with pytest.raises(SettingsError, match="OVERHEARD_CONTACT"):
        read_settings({"OVERHEARD_CONTACT": "me\r\nX-Evil: 1"})
