"""The words in which Discord finds fault with a body."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.servers.discord.errors import DiscordError
from tests.servers.discord.state import JSON


@dataclass(slots=True)
class Check:
    """What was found so far: a tree of errors, by the path that leads to each (parts joined by dots)."""

    errors: JSON = field(default_factory=dict)

    def fault(self, at: str, code: str, words: str) -> None:
        """Note one problem."""
        place = self.errors
        for part in at.split("."):
            place = place.setdefault(part, {})
        place.setdefault("_errors", []).append({"code": code, "message": words})

    def done(self) -> None:
        """Raise DiscordError when anything was found."""
        if self.errors:
            raise DiscordError(50035, self.errors)

    def string(self, holder: JSON, name: str, at: str, most: int, *, least: int = 1, needed: bool = False) -> None:
        """Check a string's length in characters."""
        value = holder.get(name)
        where = f"{at}.{name}" if at else name
        if value is None:
            self.needed(holder, name, at, when=needed)
        elif not isinstance(value, str):
            self.fault(where, "BASE_TYPE_BAD_TYPE", "Must be a string.")
        elif not value and least:
            self.fault(where, "BASE_TYPE_REQUIRED", "This field is required")
        elif len(value) > most:
            self.fault(where, "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.")
        elif len(value) < least:
            self.fault(where, "BASE_TYPE_MIN_LENGTH", f"Must be {least} or more in length.")

    def needed(self, holder: JSON, name: str, at: str, *, when: bool = True) -> None:
        """Note that a field is missing where it must be there."""
        if when and holder.get(name) is None:
            self.fault(f"{at}.{name}" if at else name, "BASE_TYPE_REQUIRED", "This field is required")

    def items(self, holder: JSON, name: str, at: str, most: int, *, least: int = 1) -> list[Any]:
        """Check how many items a list has, and return them."""
        value = holder.get(name) or []
        where = f"{at}.{name}" if at else name
        if not isinstance(value, list):
            self.fault(where, "BASE_TYPE_BAD_TYPE", "Must be a list.")
            return []
        if not least <= len(value) <= most:
            self.fault(where, "BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most} in length.")
        return value

    def objects(self, values: Iterable[object], at: str) -> Iterator[tuple[JSON, str]]:
        """Yield what is an object, with its path, and fault what is not."""
        for n, value in enumerate(values):
            if isinstance(value, dict):
                yield value, f"{at}.{n}"
            else:
                self.fault(f"{at}.{n}", "MODEL_TYPE_CONVERT", "Only dictionaries may be used.")

    def whole(self, holder: JSON, name: str, at: str, low: int, high: int, *, needed: bool = False) -> None:
        """Check a whole number's range."""
        value = holder.get(name)
        self.needed(holder, name, at, when=needed)
        if value is not None and not (isinstance(value, int) and low <= value <= high):
            self.fault(f"{at}.{name}", "NUMBER_TYPE_RANGE", f"Must be a whole number from {low} to {high}.")

    def unique(self, values: Iterable[str], at: str, words: str) -> None:
        """Fault what comes twice."""
        seen: set[str] = set()
        for value in values:
            if value in seen:
                self.fault(at, "COMPONENT_CUSTOM_ID_DUPLICATED", f"{words}: {value}")
            seen.add(value)
