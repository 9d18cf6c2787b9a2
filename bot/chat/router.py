"""Verbs with their handlers."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable, Iterable
from typing import TypeAlias

from bot.chat.request import Arg, Reply, Verb

Handler: TypeAlias = Callable[..., AsyncIterator[Reply]]


class Router:
    """Verbs with their handlers, each declared once where the handler is written."""

    def __init__(self, routers: Iterable[Router] = ()) -> None:
        self.handlers: dict[str, tuple[Verb, Handler]] = {}
        for part in routers:
            self.handlers.update(part.handlers)

    @property
    def verbs(self) -> tuple[Verb, ...]:
        """Every verb, in the order of declaration."""
        return tuple(verb for verb, _ in self.handlers.values())

    def verb(
        self,
        *args: Arg,
        shown: bool = True,
        manager_only: bool = False,
        needs_posting: bool = False,
        shareable: bool = False,
    ) -> Callable[[Handler], Handler]:
        """Declare a handler: its name is the verb, its docstring the help, its parameters the services it needs."""

        def declare(handler: Handler) -> Handler:
            name = handler.__name__.rstrip("_")
            help_text = inspect.getdoc(handler) or ""
            verb = Verb(
                name,
                help_text,
                args,
                shown=shown,
                manager_only=manager_only,
                needs_posting=needs_posting,
                shareable=shareable,
            )
            self.handlers[name] = (verb, handler)
            return handler

        return declare
