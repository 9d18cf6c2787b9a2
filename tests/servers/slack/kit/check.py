"""The words in which Block Kit finds fault."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.servers.slack.state import JSON

PLAIN = ("plain_text",)
EITHER = ("plain_text", "mrkdwn")


@dataclass(slots=True)
class Check:
    """What was found so far, each with a pointer to where."""

    surface: str
    problems: list[str] = field(default_factory=list)
    block_ids: set[str] = field(default_factory=set)
    tables: int = 0
    markdown: int = 0

    def fault(self, at: str, words: str) -> None:
        """Note one problem."""
        self.problems.append(f"[ERROR] {words} [json-pointer:{at}]")

    def string(self, holder: JSON, name: str, at: str, most: int, *, least: int = 0, needed: bool = False) -> None:
        """Check a string's length in characters."""
        value = holder.get(name)
        if value is None:
            if needed:
                self.fault(at, f"missing required field: {name}")
        elif not isinstance(value, str):
            self.fault(f"{at}/{name}", "must provide a string")
        elif len(value) > most:
            self.fault(f"{at}/{name}", f"must be less than {most + 1} characters")
        elif len(value) < least:
            self.fault(f"{at}/{name}", f"must be more than {least - 1} characters")

    def text(
        self,
        holder: JSON,
        name: str,
        at: str,
        most: int,
        *,
        kinds: tuple[str, ...] = EITHER,
        needed: bool = False,
    ) -> None:
        """Check a text object: its kind and its length in characters, at least one."""
        value = holder.get(name)
        if value is None:
            if needed:
                self.fault(at, f"missing required field: {name}")
        else:
            self.text_object(value, f"{at}/{name}", most, kinds)

    def text_object(self, value: object, at: str, most: int, kinds: tuple[str, ...] = EITHER) -> None:
        """Check a text object that stands alone."""
        if not isinstance(value, dict) or str(value.get("type")) not in kinds:
            self.fault(at, f"must provide a text object of type {' or '.join(kinds)}")
            return
        self.only(value, at, ("type", "text", "emoji", "verbatim"))
        if value["type"] == "mrkdwn" and "emoji" in value:
            self.fault(f"{at}/emoji", "emoji belongs to plain_text")
        self.string(value, "text", at, most, least=1, needed=True)

    def items(self, holder: JSON, name: str, at: str, most: int, *, least: int = 1) -> list[Any]:
        """Check how many items a list has, and return them."""
        value = holder.get(name)
        if not isinstance(value, list):
            self.fault(at, f"missing required field: {name}")
            return []
        if len(value) > most:
            self.fault(f"{at}/{name}", f"no more than {most} items allowed")
        if len(value) < least:
            self.fault(f"{at}/{name}", f"no fewer than {least} items allowed")
        return value

    def objects(self, values: Iterable[object], at: str) -> Iterator[tuple[JSON, str]]:
        """Yield what is an object, with its pointer, and fault what is not."""
        for n, value in enumerate(values):
            if isinstance(value, dict):
                yield value, f"{at}/{n}"
            else:
                self.fault(f"{at}/{n}", "must provide an object")

    def only(self, holder: JSON, at: str, names: Iterable[str]) -> None:
        """Fault properties that are not known."""
        for name in sorted(set(holder) - set(names)):
            self.fault(at, f"invalid additional property: {name}")

    def url(self, holder: JSON, name: str, at: str, *, needed: bool = False) -> None:
        """Check a link: its scheme and its length."""
        self.string(holder, name, at, 3000, least=1, needed=needed)
        value = holder.get(name)
        if isinstance(value, str) and value and ":" not in value:
            self.fault(f"{at}/{name}", "must be a valid URL")

    def whole(self, holder: JSON, name: str, at: str, low: int, high: int) -> None:
        """Check a whole number's range."""
        value = holder.get(name)
        if value is not None and (not isinstance(value, int) or not low <= value <= high):
            self.fault(f"{at}/{name}", f"must be a whole number from {low} to {high}")
