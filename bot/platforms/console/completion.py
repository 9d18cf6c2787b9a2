"""Completion of verbs and of the names of entities."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeAlias

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from bot.chat.request import ArgKind, Verb
from bot.chat.text import sanitise

CompleteName: TypeAlias = Callable[[str], list[str]]
"""Gives names of entities for their beginning."""


class CommandCompleter(Completer):
    """Completes verbs at the start of a line, and names of entities after them."""

    def __init__(self, complete: CompleteName) -> None:
        self.verbs: Sequence[Verb] = ()
        self._complete = complete

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """Offer verbs after a slash and names after a verb that takes one as they are typed; the rest on Tab."""
        before = document.text_before_cursor.lstrip()
        first, space, rest = before.partition(" ")
        if not space:
            yield from self._verbs(first, asked=complete_event.completion_requested)
        elif first.removeprefix("/") in self._verbs_taking(ArgKind.ENTITY):
            yield from self._entities(rest)
        elif complete_event.completion_requested:
            yield from self._entities(rest.rpartition(" ")[2])

    def _verbs(self, typed: str, *, asked: bool) -> Iterator[Completion]:
        if not (asked or typed.startswith("/")):
            return
        for verb in self.verbs:
            if verb.shown and verb.name.startswith(typed.removeprefix("/").casefold()):
                slash = "/" if typed.startswith("/") else ""
                yield Completion(f"{slash}{verb.name} ", -len(typed), verb.name, sanitise(verb.help))

    def _verbs_taking(self, kind: ArgKind) -> set[str]:
        return {verb.name for verb in self.verbs if any(arg.kind is kind for arg in verb.args)}

    def _entities(self, typed: str) -> Iterator[Completion]:
        if typed.strip():
            yield from (Completion(sanitise(name), -len(typed)) for name in self._complete(typed))
