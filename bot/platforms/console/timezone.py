"""The machine's own time zone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_LINK = Path("/etc/localtime")


def machine_zone(environment: Mapping[str, str], link: Path = _LINK) -> str:
    """Return the IANA zone that `TZ` or the machine's own setting names, and UTC where neither does."""
    linked = str(link.resolve()).partition("zoneinfo/")[2] if link.is_symlink() else ""
    return next((zone for zone in (environment.get("TZ", "").lstrip(":"), linked) if _is_zone(zone)), "UTC")


def _is_zone(zone: str) -> bool:
    try:
        return bool(zone) and bool(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
