"""What the rest of the program needs to know about a chat platform."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Generic, TypeVar

from bot.chat.platform import Notify, Platform
from bot.chat.request import Verb
from bot.config import PlatformSettings, Settings
from bot.due_times import LOOP_TIMER, Clock, Timer
from bot.errors import SettingsError
from bot.metrics import Metrics

if TYPE_CHECKING:
    from bot.delivery.leader_election import Replicas
    from bot.delivery.refusals import Refusals
    from bot.store.store import Store


SettingsT = TypeVar("SettingsT", bound=PlatformSettings)


@dataclass(frozen=True, slots=True)
class PlatformServices:
    """What an adapter may use; `notify` tells whoever started the bot."""

    settings: Settings
    store: Store
    clock: Clock
    metrics: Metrics
    replicas: Replicas
    refusals: Refusals
    notify: Notify
    timer: Timer = LOOP_TIMER


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a platform is told about the app; `text` is for people, empty if the JSON itself is to be pasted."""

    content: Mapping[str, object]
    text: str = ""


@dataclass(frozen=True, slots=True)
class PlatformSpec(Generic[SettingsT]):
    """A chat platform. Its functions import what they need when they are called, since an SDK takes a second to load.

    `modules` are what the pip extra of the platform's name installs, and `setup_advice` is how to begin. `manifest`
    takes the address where the bot can be reached, which may be empty, and raises UserError for a useless one.
    """

    name: str
    settings: type[SettingsT]
    build: Callable[[SettingsT, PlatformServices], Awaitable[Platform]]
    problems: Callable[[Settings], Sequence[Finding]]
    """Returns what is wrong with settings that somebody began to fill in."""
    examine: Callable[[Settings, Sequence[Verb]], Awaitable[Sequence[Finding]]]
    """Asks the platform, once nothing is wrong with the settings."""
    manifest: Callable[[Settings, Sequence[Verb], str], Manifest]
    setup_advice: str
    modules: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The name as people write it."""
        return self.name.capitalize()

    @property
    def install_command(self) -> str:
        """The command that installs what is missing; empty if nothing is."""
        return f"pip install 'overheard[{self.name}]'" if self.missing_modules else ""

    @property
    def missing_modules(self) -> list[str]:
        """The modules that are not installed."""
        return [name for name in self.modules if find_spec(name) is None]

    async def connect(self, services: PlatformServices) -> Platform:
        """Build the adapter; raises SettingsError if what it needs is not installed."""
        if self.missing_modules:
            message = f"{self.title} is configured, but its packages are missing: {self.install_command}"
            raise SettingsError(message)
        return await self.build(services.settings.platform(self.settings), services)

    async def findings(self, settings: Settings, verbs: Sequence[Verb]) -> tuple[bool, list[Finding]]:
        """Return whether the platform is configured, and what `doctor` has to say of it."""
        command = self.install_command
        if not settings.platform(self.settings).is_started:
            advice = f"{command}\n{self.setup_advice}" if command else self.setup_advice
            return False, [Finding(self.title, "not connected", advice)]
        findings = list(self.problems(settings))
        if command:
            findings.insert(0, Finding(self.title, f"not installed ({', '.join(self.missing_modules)})", command))
        return (False, findings) if findings else (True, list(await self.examine(settings, verbs)))


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was checked; `advice` is empty if all is well."""

    about: str
    state: str
    advice: str = ""
