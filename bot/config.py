"""Settings from the environment and `.env`; every problem at once, in words."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from dotenv import dotenv_values
from msgspec import Meta

from bot.domain.delivery import DeliveryGuarantee
from bot.domain.usage import NANODOLLARS, Budgets, ModelTier, Price
from bot.errors import SettingsError

ENV_PREFIX = "OVERHEARD_"
NESTED_SETTINGS = frozenset({"slack", "discord", "model", "server"})
"""Settings that are several, read under names of their own."""
POSTGRES_SCHEMES = ("postgresql://", "postgres://")
"""What the address of a database on a server begins with."""

_PRICE = re.compile(r"(\S+)\s*=\s*(\d*\.?\d+)/(\d*\.?\d+)/(\d*\.?\d+)", re.ASCII)


def data_folder() -> Path:
    """Return the user's data folder for Overheard, by the XDG rule."""
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "overheard"


@dataclass(frozen=True, slots=True)
class SlackSettings:
    """A Slack app: the two tokens connect one workspace by Socket Mode, the client's id and secret many over HTTP."""

    bot_token: str = field(default="", repr=False)
    app_token: str = field(default="", repr=False)
    signing_secret: str = field(default="", repr=False)
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    api_url: str = "https://slack.com/api/"
    authorize_url: str = "https://slack.com/oauth/v2/authorize"

    @property
    def uses_socket_mode(self) -> bool:
        """Whether it connects one workspace by Socket Mode."""
        return bool(self.bot_token and self.app_token)

    @property
    def is_configured(self) -> bool:
        """Whether it connects at all."""
        return self.uses_socket_mode or self.uses_http

    @property
    def uses_http(self) -> bool:
        """Whether it serves many workspaces over HTTP."""
        return bool(self.client_id and self.client_secret and self.signing_secret)


@dataclass(frozen=True, slots=True)
class DiscordSettings:
    """A Discord app; 0 shards are as many as Discord recommends, and `crosspost` publishes in announcement channels."""

    token: str = field(default="", repr=False)
    api_url: str = "https://discord.com/api/v10"
    gateway_url: str = "wss://gateway.discord.gg/"
    shards: Annotated[int, Meta(ge=0, le=1000)] = 0
    crosspost: bool = False


@dataclass(frozen=True, slots=True)
class OpenAISettings:
    """Where the models are, under the names that OpenAI's own library goes by; a server of one's own needs no key."""

    api_key: str = field(default="", repr=False)
    base_url: str = ""


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """A language model: one that reads and one that writes, or one for both; none where neither is named.

    `prices` are `model=input/cached/output` with commas, in US dollars a million tokens; the budgets are US dollars a
    UTC day, 0 for no limit, and what is set aside for briefs is spent on nothing else. `model_context` is how many
    tokens the smaller of the two takes, question and answer together, and `model_patience` how many times as long as
    usual is waited for what nobody asked for. Beside them, a model that writes down recordings of so many minutes at
    most, in pieces of so many megabytes, for so many US dollars a minute.
    """

    model_read: str = ""
    model_write: str = ""
    model_concurrency: Annotated[int, Meta(ge=1, le=256)] = 4
    model_context: Annotated[int, Meta(ge=2_048, le=10_000_000)] = 8_192
    model_patience: Annotated[float, Meta(ge=1, le=60)] = 1
    model_transcribe: str = ""
    transcribe_minutes: Annotated[int, Meta(ge=1, le=1440)] = 180
    transcribe_megabytes: Annotated[int, Meta(ge=1, le=100)] = 24
    transcribe_price: Annotated[float, Meta(ge=0, le=100)] = 0
    embeddings: str = ""
    prices: str = ""
    budget_space: Annotated[float, Meta(ge=0, le=1_000_000)] = 5
    budget_user: Annotated[float, Meta(ge=0, le=1_000_000)] = 1
    budget_brief: Annotated[float, Meta(ge=0, le=1_000_000)] = 2
    budget_reading: Annotated[float, Meta(ge=0, le=1_000_000)] = 5
    server: OpenAISettings = field(default_factory=OpenAISettings)

    @property
    def is_configured(self) -> bool:
        """Whether there is one."""
        return bool(self.model_read or self.model_write)

    @property
    def models_by_tier(self) -> Mapping[ModelTier, str]:
        """The model of each tier."""
        read, write = self.model_read or self.model_write, self.model_write or self.model_read
        return {ModelTier.READ: read, ModelTier.WRITE: write}

    @property
    def prices_by_model(self) -> Mapping[str, Price]:
        """What each model costs of which that is known."""
        return _parse_prices(self.prices)

    @property
    def budgets(self) -> Budgets:
        """What may be spent."""
        given = (self.budget_space, self.budget_user, self.budget_brief, self.budget_reading)
        return Budgets(*(round(dollars * NANODOLLARS) for dollars in given))


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set, each with its default; `.env.example` lists them all.

    `database` is a file, or the address of a PostgreSQL database, which may hold a password.
    `secret_key` encrypts the tokens of others; several, with commas, are the newest first and older ones that
    still open what they closed. `contact` is told to the servers of sources, `fetch_private` are networks inside
    that may be asked for sources, too.
    """

    database: Path | str = field(default_factory=lambda: data_folder() / "overheard.db", repr=False)
    timezone: str = ""
    workers: Annotated[int, Meta(ge=0, le=64)] = 2
    delivery: DeliveryGuarantee = DeliveryGuarantee.AT_LEAST_ONCE
    tick_seconds: Annotated[float, Meta(ge=1, le=3600)] = 15
    spread_seconds: Annotated[int, Meta(ge=0, le=3600)] = 0
    silence_days: Annotated[int, Meta(ge=0, le=365)] = 3
    note_days: Annotated[int, Meta(ge=0, le=3650)] = 90
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "WARNING"
    http_host: str = "127.0.0.1"
    http_port: Annotated[int, Meta(ge=0, le=65535)] = 3000
    health_host: str = "127.0.0.1"
    health_port: Annotated[int, Meta(ge=0, le=65535)] = 0
    secret_key: str = field(default="", repr=False)
    contact: str = ""
    fetch_private: str = ""
    slack: SlackSettings = field(default_factory=SlackSettings)
    discord: DiscordSettings = field(default_factory=DiscordSettings)
    model: ModelSettings = field(default_factory=ModelSettings)

    @property
    def log_folder(self) -> Path:
        """Where the log is kept: beside the database file."""
        return self.database.parent if isinstance(self.database, Path) else data_folder()

    @property
    def private_networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """The networks inside that may be asked."""
        return _parse_networks(self.fetch_private)

    @property
    def has_chat_platforms(self) -> bool:
        """Whether any chat platform is configured."""
        return self.slack.is_configured or bool(self.discord.token)


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings; raises SettingsError naming everything that is wrong."""
    written = {**dotenv_values(".env"), **(os.environ if environment is None else environment)}
    problems: list[str] = []
    slack = SlackSettings(**_read_section(SlackSettings, "SLACK_", written, problems))
    discord = DiscordSettings(**_read_section(DiscordSettings, "DISCORD_", written, problems))
    server = OpenAISettings(**_read_section(OpenAISettings, "OPENAI_", written, problems))
    model = ModelSettings(**_read_section(ModelSettings, ENV_PREFIX, written, problems), server=server)
    if (model.is_configured or model.model_transcribe) and not (server.api_key or server.base_url):
        problems.append("OPENAI_API_KEY: a model is named, but neither a key nor, as OPENAI_BASE_URL, another server")
    settings = _read_section(Settings, ENV_PREFIX, written, problems)
    if problems:
        message = "\n".join(["These settings do not hold:", *problems])
        raise SettingsError(message)
    return Settings(**settings, slack=slack, discord=discord, model=model)


def redact_password(url: str) -> str:
    """Return the address of a database as it may be shown: who, where and what, and no password."""
    # A password may hold anything, and be written wrongly: all before the last @ but the name is left out.
    scheme, _, rest = url.partition("://")
    login, at, where = rest.rpartition("@")
    return f"{scheme}://{login.partition(':')[0]}{at}{where.partition('?')[0]}"


def _read_section(
    section: type, prefix: str, environment: Mapping[str, str | None], problems: list[str]
) -> dict[str, Any]:
    values = {}
    for name, hint in get_type_hints(section, include_extras=True).items():
        variable = prefix + name.upper()
        if name not in NESTED_SETTINGS and (given := environment.get(variable)):
            try:
                values[name] = (
                    _parse_database(given) if name == "database" else msgspec.convert(given, hint, strict=False)
                )
                _check(name, given)
            except ValueError as error:
                problems.append(f"{variable}: {error}")
    return values


def _parse_database(value: str) -> Path | str:
    if value.startswith(POSTGRES_SCHEMES):
        return value
    if "://" in value:
        message = f"{value.partition(':')[0]} is not known here; it is a file, or postgresql://user@host/database"
        raise ValueError(message)
    return Path(value).expanduser()


def _check(name: str, value: str) -> None:
    if name == "timezone":
        _check_zone(value)
    elif name == "prices":
        _parse_prices(value)
    elif name == "base_url" and not value.startswith(("http://", "https://")):
        message = f"{redact_password(value)!r} is not an address like http://localhost:11434/v1"
        raise ValueError(message)
    elif name == "fetch_private":
        _check_networks(value)
    elif name == "contact" and not (value.isprintable() and value.isascii()):
        message = f"{value!r} is not an address like https://example.com/bot or bot@example.com"
        raise ValueError(message)
    elif name.endswith("_url") and not value.startswith(("http://", "https://", "ws://", "wss://")):
        message = f"{value!r} is not an address like https://example.com/api/"
        raise ValueError(message)


def _parse_networks(value: str) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(written.strip()) for written in value.split(",") if written.strip())


def _check_networks(value: str) -> None:
    try:
        _parse_networks(value)
    except ValueError:
        message = f"{value!r} is not a list of networks like 10.1.0.0/16, fd12::/16"
        raise ValueError(message) from None


def _check_zone(value: str) -> None:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        message = f"{value!r} is not a time zone like Europe/Berlin"
        raise ValueError(message) from None


def _parse_prices(value: str) -> Mapping[str, Price]:
    return dict(map(_parse_price, filter(None, map(str.strip, value.split(",")))))


def _parse_price(value: str) -> tuple[str, Price]:
    if not (found := _PRICE.fullmatch(value)):
        message = f"{value!r} is not a price like model=0.25/0.025/2: input, cached input and output"
        raise ValueError(message)
    model, *dollars = found.groups()
    return model, Price(*map(float, dollars))
