"""Calls that Slack turns away because there were too many, counted where they are made."""

from __future__ import annotations

from http import HTTPStatus
from types import SimpleNamespace

import aiohttp

from bot.ports import Measures


def watching(platform: str, measures: Measures) -> aiohttp.TraceConfig:
    """Return what counts them in a session."""

    async def look(_: aiohttp.ClientSession, __: SimpleNamespace, answered: aiohttp.TraceRequestEndParams) -> None:
        if answered.response.status == HTTPStatus.TOO_MANY_REQUESTS:
            measures.slowed(platform)

    trace = aiohttp.TraceConfig()
    trace.on_request_end.append(look)
    return trace
