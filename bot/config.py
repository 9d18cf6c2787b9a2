"""Settings from the environment and `.env`; every problem at once, in words."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal, get_type_hints
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from dotenv import dotenv_values
from msgspec import Meta

from bot.errors import SettingsError

PREFIX = "OVERHEARD_"


def home() -> Path:
    """Return the user's data folder for Overheard, by the XDG rule."""
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "overheard"


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set, each with its default; `.env.example` lists them all."""

    database: Path = field(default_factory=lambda: home() / "overheard.db")
    timezone: str = ""
    workers: Annotated[int, Meta(ge=0, le=64)] = 2
    tick_seconds: Annotated[float, Meta(ge=1, le=3600)] = 15
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "WARNING"


def load(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings; raises SettingsError naming everything that is wrong."""
    written = {**dotenv_values(".env"), **(os.environ if environment is None else environment)}
    values, problems = {}, []
    for name, kind in get_type_hints(Settings, include_extras=True).items():
        if given := written.get(PREFIX + name.upper()):
            try:
                values[name] = msgspec.convert(given, kind, strict=False, dec_hook=_of_text)
                _check_zone(name, given)
            except ValueError as error:
                problems.append(f"{PREFIX}{name.upper()}: {error}")
    if problems:
        message = "\n".join(["These settings do not hold:", *problems])
        raise SettingsError(message)
    return Settings(**values)


def _of_text(kind: type, text: str) -> object:
    """Make what msgspec does not know of text: a path, at home where it begins with `~`."""
    return kind(text).expanduser()


def _check_zone(name: str, given: str) -> None:
    try:
        if name == "timezone":
            ZoneInfo(given)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        message = f"{given!r} is not a time zone like Europe/Berlin"
        raise ValueError(message) from None
