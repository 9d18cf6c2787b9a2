"""Which function answers which route, and by what it is limited."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from tests.servers.discord.state import JSON

if TYPE_CHECKING:
    from tests.servers.discord.server import FakeDiscord


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: the ids in its address, its body, and what stood behind the question mark."""

    ids: dict[str, str]
    body: JSON
    query: dict[str, str]


Answer: TypeAlias = Callable[["FakeDiscord", Asked], JSON | list[JSON] | None]


@dataclass(frozen=True, slots=True)
class Route:
    """A route by Discord's name for it; one that `is_open` takes no token and knows no global limit.

    `major` names the ids that have a bucket each.
    """

    name: str
    method: str
    path: str
    answer: Answer
    bucket: str
    major: tuple[str, ...]
    is_open: bool


ROUTES: dict[str, Route] = {}

MAJOR = ("channel", "guild", "token")


def route(name: str, method: str, path: str, bucket: str = "", *, is_open: bool = False) -> Callable[[Answer], Answer]:
    """Register the function below as a route's answer."""

    def register(answer: Answer) -> Answer:
        major = tuple(one for one in MAJOR if f"{{{one}}}" in path)
        ROUTES[name] = Route(name, method, path, answer, bucket or name, major, is_open)
        return answer

    return register
