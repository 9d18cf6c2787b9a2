"""Measures start-up: `overheard --help`, the prompt on a terminal, and the brief on the sample conversations.

python bench/startup.py
"""

from __future__ import annotations

import os
import pty
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RUNS = 10
COMMAND = [sys.executable, "-m", "bot"]
PROMPT = b"Ask anything"
HEAVY = ("slack_bolt", "discord", "openai")


def seconds(*words: str) -> float:
    """Return how long a command takes."""
    began = time.perf_counter()
    subprocess.run([*COMMAND, *words], check=True, capture_output=True)
    return time.perf_counter() - began


def until_prompt() -> float:
    """Return how long `run` takes on a terminal until a person can type."""
    began = time.perf_counter()
    child, terminal = pty.fork()
    if child == 0:
        os.execv(sys.executable, [*COMMAND, "run"])
    seen = b""
    while PROMPT not in seen:
        seen += os.read(terminal, 65536)
    taken = time.perf_counter() - began
    os.write(terminal, b"\x04")
    while True:
        try:
            if not os.read(terminal, 65536):
                break
        except OSError:
            break
    os.waitpid(child, 0)
    os.close(terminal)
    return taken


def middle(name: str, taken: list[float]) -> None:
    """Print the median and the range of some runs."""
    print(f"{name:48} {statistics.median(taken):6.2f} s   ({min(taken):.2f} to {max(taken):.2f}, {len(taken)} runs)")


def main() -> None:
    """Print everything."""
    # Python keeps compiled modules wherever it may; a machine that forbids it would compile them at every start.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["PYTHONPYCACHEPREFIX"] = str(Path(folder) / "compiled")
        os.environ["OVERHEARD_DATABASE"] = str(Path(folder) / "bench.db")
        middle("run, until the prompt, nothing compiled yet", [until_prompt()])
        middle("overheard --help", [seconds("--help") for _ in range(RUNS)])
        middle("run --samples --once, new database", [seconds("run", "--samples", "--once")])
        middle("run --samples --once, again", [seconds("run", "--samples", "--once") for _ in range(RUNS)])
        middle("run, until the prompt on a terminal", [until_prompt() for _ in range(RUNS)])
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, bot.cli.run; print(*sys.modules)"], check=True, capture_output=True
    )
    sdks = [name for name in HEAVY if name in loaded.stdout.decode().split()]
    print(f"platform and model SDKs imported by the console: {', '.join(sdks) or 'none'}")


if __name__ == "__main__":
    main()
