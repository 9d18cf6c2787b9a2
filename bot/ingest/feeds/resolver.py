"""Names to addresses, in threads of our own: a name server that is slow holds up nothing else in the bot."""

from __future__ import annotations

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor

from aiohttp.abc import AbstractResolver, ResolveResult

_THREADS = 16


class ThreadedResolver(AbstractResolver):
    """Looks names up as this machine does."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_THREADS, "names")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return every address of a name; raises OSError where it has none."""
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(
            self._threads, lambda: socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)
        )
        return [to_resolve_result(host, str(place[0]), port, family) for family, _, _, _, place in found]

    async def close(self) -> None:
        """Let go of what is still looked up."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def to_resolve_result(host: str, address: str, port: int, family: socket.AddressFamily) -> ResolveResult:
    """Return one address of a name as the connector wants it."""
    flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
    return ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=flags)
