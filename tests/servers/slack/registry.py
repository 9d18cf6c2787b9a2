"""Which function answers which method, for whom, and with which scope."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from tests.servers.slack.errors import SlackError
from tests.servers.slack.state import JSON, Token

if TYPE_CHECKING:
    from tests.servers.slack.server import FakeSlack

Answer: TypeAlias = Callable[["FakeSlack", Token, JSON], JSON]


@dataclass(frozen=True, slots=True)
class Method:
    """A method of the Web API; `kind` is the kind of token it takes, empty for none."""

    answer: Answer
    scope: str
    kind: str


METHODS: dict[str, Method] = {}


def method(name: str, scope: str = "", kind: str = "bot") -> Callable[[Answer], Answer]:
    """Register the function below as a method's answer."""

    def register(answer: Answer) -> Answer:
        METHODS[name] = Method(answer, scope, kind)
        return answer

    return register


def require(caller: Token, scope: str) -> None:
    """Raise SlackError unless the token has a scope."""
    if scope and scope not in caller.scopes:
        code = "missing_scope"
        raise SlackError(code, needed=scope, provided=",".join(sorted(caller.scopes)))


def refuse(code: str, *, when: bool = True, **extra: object) -> None:
    """Raise SlackError with a code when something holds."""
    if when:
        raise SlackError(code, **extra)


def needed(args: JSON, *names: str) -> list[str]:
    """Return arguments that must be there; raises SlackError naming the first that is not."""
    for name in names:
        if args.get(name) in {None, ""}:
            words = f"[ERROR] missing required field: {name}"
            refuse("invalid_arguments", response_metadata={"messages": [words]})
    return [str(args[name]) for name in names]
