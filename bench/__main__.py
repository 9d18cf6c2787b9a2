"""Runs every benchmark, one after the other: `make bench`, or `python -m bench NAME ...` for some of them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ORDER = tuple(
    (
        "startup reading search answers stories names figures grounding admitting faithfulness model_cost slack "
        "audience durable feeds polling catalogue event_dates"
    ).split()
)


def main(names: list[str]) -> int:
    """Run the named benchmarks and return the worst exit code."""
    environment = {**os.environ, "PYTHONPATH": str(HERE.parent)}
    codes = []
    for name in names or ORDER:
        print(f"\n=== {name}", flush=True)
        codes.append(subprocess.run([sys.executable, HERE / f"{name}.py"], env=environment, check=False).returncode)
    return max(codes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
