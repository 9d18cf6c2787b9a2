"""News for very many people at once."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells how much memory was held at most")
async def test_a_claim_reaches_fifty_thousand_followers_in_little_memory() -> None:
    """Each once, in less than 100 MB more than before; in a process of its own, so that nothing else counts."""
    bench = (str(ROOT / "bench" / "audience.py"), "50000", "200")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    running = await asyncio.create_subprocess_exec(sys.executable, *bench, cwd=ROOT, env=environment)
    assert await running.wait() == 0
