"""The name server: every name leads to this machine, unless a test says where else."""

from __future__ import annotations

import socket
from collections import Counter

from aiohttp.abc import AbstractResolver, ResolveResult


class FakeNames(AbstractResolver):
    """Names to addresses, each with what is answered the first time, the second, and from then on."""

    def __init__(self) -> None:
        self.leads: dict[str, list[list[str]]] = {}
        self.asked: Counter[str] = Counter()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses of a name."""
        del family
        rounds = self.leads.get(host, [["127.0.0.1"]])
        found = rounds[min(self.asked[host], len(rounds) - 1)]
        self.asked[host] += 1
        if not found:
            message = "no such name"
            raise OSError(message)
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in found
        ]

    async def close(self) -> None:
        """Keep nothing open."""
