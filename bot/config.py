"""Settings from the environment and `.env`; every problem at once, in words."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Protocol, TypeVar, get_origin, get_type_hints
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from dotenv import dotenv_values
from msgspec import Meta

from bot.domain.delivery import DeliveryGuarantee
from bot.domain.usage import NANODOLLARS, Budgets, ModelTier, Price
from bot.errors import SettingsError

ENV_PREFIX = "OVERHEARD_"
NESTED_SETTINGS = frozenset({"platforms", "model", "server", "audio_server"})
"""Fields that hold settings of their own, which have other prefixes."""
DEFAULT_PROVIDER = "openai"
"""The provider of language models if none is named, and always that of transcription and embeddings."""
POSTGRES_SCHEMES = ("postgresql://", "postgres://")
"""What the address of a database on a server begins with."""

_PRICE = re.compile(r"(\S+)\s*=\s*(\d*\.?\d+)/(\d*\.?\d+)/(\d*\.?\d+)", re.ASCII)


def data_folder() -> Path:
    """Return the user's data folder for Overheard, by the XDG rule."""
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "overheard"


class PlatformSettings(Protocol):
    """What is set for one chat platform: a frozen dataclass in its folder, all of whose fields have defaults."""

    env_prefix: ClassVar[str]

    @property
    def is_started(self) -> bool:
        """Whether anybody has begun to set it up."""

    @property
    def is_configured(self) -> bool:
        """Whether it connects."""


SettingsT = TypeVar("SettingsT", bound=PlatformSettings)


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """Where a provider's models are, under the names of its own library; a server of one's own needs no key."""

    api_key: str = field(default="", repr=False)
    base_url: str = ""


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """A language model: one that reads and one that writes, or one for both; none if neither is named.

    `prices` are `model=input/cached/output` with commas, in US dollars a million tokens; the budgets are US dollars a
    UTC day, 0 for no limit, and what is set aside for briefs is spent on nothing else. `model_context` is how many
    tokens the smaller of the two takes, question and answer together, and `model_patience` how many times as long as
    usual to wait for what nobody asked for. Beside them, a model that writes down recordings of so many minutes at
    most, in pieces of so many megabytes, for so many US dollars a minute; it and embeddings are always OpenAI's or a
    server's that speaks like it, `audio_server`, which is `server` if that is None.
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
    model_provider: str = DEFAULT_PROVIDER
    server: ServerSettings = field(default_factory=ServerSettings)
    audio_server: ServerSettings | None = None

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
        """What each model costs whose price is known."""
        return _parse_prices(self.prices)

    @property
    def budgets(self) -> Budgets:
        """What may be spent."""
        budgets = (self.budget_space, self.budget_user, self.budget_brief, self.budget_reading)
        return Budgets(*(round(dollars * NANODOLLARS) for dollars in budgets))


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
    platforms: tuple[PlatformSettings, ...] = ()
    model: ModelSettings = field(default_factory=ModelSettings)

    def platform(self, kind: type[SettingsT]) -> SettingsT:
        """Return the settings of one chat platform; its defaults if there are none."""
        return next((settings for settings in self.platforms if isinstance(settings, kind)), kind())

    @property
    def log_folder(self) -> Path:
        """Where the log is kept: beside the database file."""
        return self.database.parent if isinstance(self.database, Path) else data_folder()

    @property
    def private_networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """The private networks that may be fetched from."""
        return _parse_networks(self.fetch_private)

    @property
    def has_chat_platforms(self) -> bool:
        """Whether any chat platform is configured."""
        return any(settings.is_configured for settings in self.platforms)


def load_settings(
    environment: Mapping[str, str] | None, platforms: Iterable[type[PlatformSettings]], providers: Collection[str]
) -> Settings:
    """Read the settings from the environment, this process's if None; raises SettingsError naming all that is wrong."""
    values = {**dotenv_values(".env"), **(os.environ if environment is None else environment)}
    problems: list[str] = []
    chats = tuple(kind(**_read_section(kind, kind.env_prefix, values, problems)) for kind in platforms)
    model = _read_model(values, providers, problems)
    settings = _read_section(Settings, ENV_PREFIX, values, problems)
    if problems:
        message = "\n".join(["These settings are not valid:", *problems])
        raise SettingsError(message)
    return Settings(**settings, platforms=chats, model=model)


def _read_model(
    environment: Mapping[str, str | None], providers: Collection[str], problems: list[str]
) -> ModelSettings:
    values = _read_section(ModelSettings, ENV_PREFIX, environment, problems)
    servers = {
        name: ServerSettings(**_read_section(ServerSettings, provider_prefix(name), environment, problems))
        for name in providers
    }
    audio_server = servers[DEFAULT_PROVIDER]
    settings = ModelSettings(**values, audio_server=audio_server)
    provider = settings.model_provider
    if provider not in servers:
        problems.append(f"{ENV_PREFIX}MODEL_PROVIDER: {provider!r} is not one of {', '.join(providers)}")
        return settings
    needed = [(provider, settings.is_configured), (DEFAULT_PROVIDER, bool(settings.model_transcribe))]
    for name in dict.fromkeys(name for name, is_needed in needed if is_needed):
        prefix = provider_prefix(name)
        if not (servers[name].api_key or servers[name].base_url):
            problems.append(
                f"{prefix}API_KEY: a model is named, but neither a key nor, as {prefix}BASE_URL, another server"
            )
    return replace(settings, server=servers[provider])


def provider_prefix(provider: str) -> str:
    """Return what the settings of a model provider begin with."""
    return f"{provider.upper()}_"


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
        if name in NESTED_SETTINGS or get_origin(hint) is ClassVar:
            continue
        if text := environment.get(variable):
            try:
                values[name] = (
                    _parse_database(text) if name == "database" else msgspec.convert(text, hint, strict=False)
                )
                _check(name, text)
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
    """Raise ValueError for a value that its type alone lets pass."""
    if name == "prices":
        _parse_prices(value)
        return
    kind = name if name in _CHECKS else "url" if name.endswith("_url") else ""
    if kind and not _CHECKS[kind][0](value):
        shown = redact_password(value) if kind == "base_url" else value
        message = f"{shown!r} is not {_CHECKS[kind][1]}"
        raise ValueError(message)


def _is_zone(value: str) -> bool:
    try:
        return bool(ZoneInfo(value))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False


def _parse_networks(value: str) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(network.strip()) for network in value.split(",") if network.strip())


def _are_networks(value: str) -> bool:
    try:
        return bool(_parse_networks(value))
    except ValueError:
        return False


_CHECKS: Mapping[str, tuple[Callable[[str], bool], str]] = {
    "timezone": (_is_zone, "a time zone like Europe/Berlin"),
    "fetch_private": (_are_networks, "a list of networks like 10.1.0.0/16, fd12::/16"),
    "contact": (
        lambda value: value.isprintable() and value.isascii(),
        "an address like https://example.com/bot or bot@example.com",
    ),
    "base_url": (
        lambda value: value.startswith(("http://", "https://")),
        "an address like http://localhost:11434/v1",
    ),
    "url": (
        lambda value: value.startswith(("http://", "https://", "ws://", "wss://")),
        "an address like https://example.com/api/",
    ),
}
"""What a value has to be, by the name of its field, or `url` for every other address."""


def _parse_prices(value: str) -> Mapping[str, Price]:
    return dict(map(_parse_price, filter(None, map(str.strip, value.split(",")))))


def _parse_price(value: str) -> tuple[str, Price]:
    if not (match := _PRICE.fullmatch(value)):
        message = f"{value!r} is not a price like model=0.25/0.025/2: input, cached input and output"
        raise ValueError(message)
    model, *dollars = match.groups()
    return model, Price(*map(float, dollars))
