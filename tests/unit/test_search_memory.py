"""Memory that search by meaning needs for a moment is given back."""

from __future__ import annotations

import asyncio
import sys

import pytest

KEPT = """
import os, sys
from pathlib import Path
from bot.search.hybrid import return_freed_memory

def held():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

if sys.argv[1] == "given":
    return_freed_memory()
large = bytearray(16 << 20)
del large
before = held()
blocks, pins = [], []
for _ in range(60):
    blocks.append(bytearray(b"x") * (1 << 20))
    pins.append(bytearray(20_000))
del blocks
print(held() - before)
"""


async def left(how: str) -> int:
    """Return how many megabytes a process still holds after it let go of sixty, between which some are kept."""
    ran = await asyncio.create_subprocess_exec(sys.executable, "-c", KEPT, how, stdout=asyncio.subprocess.PIPE)
    told, _ = await ran.communicate()
    return int(told) >> 20


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do as they do")
async def test_large_blocks_are_given_back_at_once() -> None:
    """Which they are not by themselves, once a larger one was freed."""
    assert await left("given") < 10
    assert await left("kept") > 40
