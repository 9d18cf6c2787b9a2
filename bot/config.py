"""Settings from the environment and `.env`; every problem at once, in words."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.errors import SettingsError


def home() -> Path:
    """Return the user's data folder for Overheard, by the XDG rule."""
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "overheard"


class Settings(BaseSettings):
    """Everything that can be set, each with its default; `.env.example` lists them all."""

    model_config = SettingsConfigDict(env_prefix="OVERHEARD_", env_file=".env", extra="ignore", frozen=True)

    database: Path = Field(default_factory=lambda: home() / "overheard.db")
    timezone: str = ""
    workers: int = Field(default=2, ge=0, le=64)
    tick_seconds: float = Field(default=15, ge=1, le=3600)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "WARNING"

    @field_validator("database")
    @classmethod
    def _at_home(cls, database: Path) -> Path:
        return database.expanduser()

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        try:
            return ZoneInfo(zone).key if zone else zone
        except (ZoneInfoNotFoundError, ValueError, OSError):
            message = f"{zone!r} is not a time zone like Europe/Berlin"
            raise ValueError(message) from None


def load() -> Settings:
    """Read the settings; raises SettingsError naming everything that is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        lines = [f"OVERHEARD_{'_'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors()]
        message = "These settings do not hold:\n" + "\n".join(lines)
        raise SettingsError(message) from None
