"""Findings of `doctor`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was checked; `advice` is empty if all is well."""

    about: str
    state: str
    advice: str = ""
