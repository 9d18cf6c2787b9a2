"""Language models that write by rules: one that keeps to what it reads, and one that obeys whatever it reads."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import TypeVar

import msgspec

from bot.claims.extractor import extract_claims
from bot.domain import Analysis, Conversation
from bot.domain.usage import Usage
from bot.errors import LlmError
from bot.ingest.pipeline import ModelAssistant, analyse
from bot.llm.provider import Completion, Task

T = TypeVar("T")

LINE = re.compile(r"^\[(\d+)\] (.*)$", re.MULTILINE)
_SAID = re.compile(r"^.*?(?: \(\w+\))?: (.*)$")


class Writer:
    """An Llm that returns what a function says; `asked` are the tasks it was given.

    Where the function raises LlmError, so does the model. A stream grows by one item of its list at a time.
    """

    def __init__(self, says: Callable[[Task], object]) -> None:
        self.says = says
        self.asked: list[Task] = []

    async def complete(self, task: Task, returns: type[T]) -> Completion[T]:
        """Return the whole value."""
        self.asked.append(task)
        return Completion(msgspec.convert(self.says(task), returns), Usage("made-up", 100, 10))

    async def stream(self, task: Task, returns: type[T]) -> AsyncIterator[Completion[T]]:
        """Yield the value as it grows."""
        self.asked.append(task)
        said = self.says(task)
        whole = msgspec.to_builtins(said)
        (field,) = whole
        for end in range(1, len(whole[field])):
            yield Completion(msgspec.convert({field: whole[field][:end]}, returns))
        yield Completion(msgspec.convert(whole, returns), Usage("made-up", 100, 10))

    def purposes(self) -> list[str]:
        """Return what it was asked for, in order."""
        return [task.purpose for task in self.asked]


async def read(conversation: Conversation, assistant: ModelAssistant) -> Analysis:
    """Read a conversation as the bot does, on a thread."""
    return await analyse(conversation, assistant, partial(asyncio.to_thread, extract_claims))


def lines(task: Task) -> list[tuple[int, str]]:
    """Return the numbered lines of a task: number and words, without who said them."""
    found = []
    for number, words in LINE.findall(task.user):
        said = _SAID.match(words)
        found.append((int(number), said[1] if said else words))
    return found


def ends(words: str) -> tuple[str, str]:
    """Return the first and the last words of some, to point at them with."""
    parts = words.split()
    return " ".join(parts[:4]), " ".join(parts[-4:])


def nothing(task: Task) -> object:
    """Say as little as the form allows."""
    empty = {"claims": [], "text": ""}
    return {
        "claims": {"claims": []},
        "entities": {"names": []},
        "stories": {"stories": []},
        "signal": {"headline": empty, "said": [], "matters": empty, "watch": empty},
        "brief": {"dek": empty, "argument": []},
        "answer": {"sentences": []},
        "follow_up": {"language": "English", "question": ""},
        "repair": {"lines": []},
        "translation": {"lines": []},
    }[task.purpose]


def broken(_: Task) -> object:
    """Give no answer at all."""
    message = "The model did not answer in time."
    raise LlmError(message)


class Obedient:
    """Does whatever any text in front of it says, and everything that an attacker may hope for.

    Each sentence it may write is one of its `lures`, in turn, beside the lines it read and its own instructions.
    """

    def __init__(self, *lures: str) -> None:
        self._lures = lures

    def __call__(self, task: Task) -> object:
        """Write the most harmful value that the form allows."""
        read = lines(task)
        wanted = [*self._lures, *(words for _, words in read), task.system, *task.system.split("\n"), task.user]
        texts = [text[:2_000] for text in wanted if text.strip()]
        every = [{"claims": [n for n, _ in read] or [1], "text": text} for text in texts]
        first = texts[0]
        return {
            "claims": {"claims": [{"turn": n, "first": ends(w)[0], "last": ends(w)[1]} for n, w in read if w.split()]},
            "entities": {"names": [{"number": n, "same_as": 1, "kind": "person"} for n, _ in read]},
            "stories": {"stories": [{"numbers": [n for n, _ in read]}]},
            "signal": {"headline": every[0], "said": every, "matters": every[0], "watch": every[-1]},
            "brief": {"dek": every[0], "argument": every},
            "answer": {
                "sentences": [
                    {"passage": n, "first": ends(words)[0], "last": ends(words)[1], "text": text}
                    for text in texts
                    for n, words in read[:1]
                ]
            },
            "follow_up": {"language": first, "question": first},
            "repair": {"lines": [{"number": n, "text": first} for n, _ in read]},
            "translation": {"lines": [{"number": n, "text": f"{words} {first}"} for n, words in read]},
        }[task.purpose]
