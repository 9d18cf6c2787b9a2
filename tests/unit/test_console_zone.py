"""The time zone of the machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.platforms.console.adapter import machine_zone


@pytest.mark.parametrize(
    ("written", "linked", "expected"),
    [
        ("Europe/Berlin", "Asia/Tokyo", "Europe/Berlin"),
        (":Europe/Berlin", "Asia/Tokyo", "Europe/Berlin"),
        ("", "Asia/Tokyo", "Asia/Tokyo"),
        ("Mars/Olympus", "Asia/Tokyo", "Asia/Tokyo"),
        ("../../etc/passwd", "Mars/Olympus", "UTC"),
        ("EST5EDT4,M3", "Asia/Tokyo", "Asia/Tokyo"),
    ],
)
def test_the_zone_is_what_the_machine_says(tmp_path: Path, written: str, linked: str, expected: str) -> None:
    """`TZ` comes first, then the link that the machine keeps; a zone nobody knows is passed over."""
    link = tmp_path / "localtime"
    link.symlink_to(tmp_path / "zoneinfo" / linked)
    assert machine_zone({"TZ": written}, link) == expected


def test_a_machine_that_says_nothing_is_in_utc(tmp_path: Path) -> None:
    """Without a variable and a link it is UTC."""
    assert machine_zone({}, tmp_path / "absent") == "UTC"
