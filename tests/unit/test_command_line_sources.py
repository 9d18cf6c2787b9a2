"""Sources on the web from the command line: added, read at once, and handed on."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ingest.discovery import read_list
from bot.ingest.opml import opml
from bot.ports import Feed
from tests.conftest import NOON
from tests.servers.web.pages import Page
from tests.servers.web.server import FakeWeb
from tests.shows import LOOPBACK, Show

ROOT = Path(__file__).parents[2]
SAID = ("Dana Whitfield", "Halden Compute opened a plant in Oslo with 700 workers last year.")


@pytest.fixture
async def show() -> AsyncIterator[Show]:
    """Return a show whose name means something to a machine."""
    async with FakeWeb() as web:
        one = Show(web, 'Harbour <Talk> & "Friends"')
        one.publish("The plant in Oslo", dt.datetime.now(dt.UTC) - dt.timedelta(days=7), SAID)
        yield one


async def overheard(database: Path, *words: str) -> str:
    """Run a command that ends well; return what it printed."""
    settings = {"OVERHEARD_DATABASE": str(database), "OVERHEARD_FETCH_PRIVATE": LOOPBACK, "OVERHEARD_WORKERS": "0"}
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", *words, cwd=ROOT, env={**os.environ, **settings}, stdout=PIPE, stderr=PIPE
    )
    out, err = await running.communicate()
    assert running.returncode == 0, err
    return out.decode()


async def test_what_is_added_is_read_at_once(tmp_path: Path, show: Show) -> None:
    """So that it can be asked, also where no bot runs; and its list is one that can be added elsewhere."""
    here, there = tmp_path / "here.db", tmp_path / "there.db"
    added = await overheard(here, "sources", "add", show.site)
    assert "Added 1 source" in added
    assert "Read 1 item" in added
    assert "700 workers" in await overheard(here, "ask", "How many workers has the plant in Oslo?")
    assert "fine" in await overheard(here, "sources", "health")
    assert "The AI Daily Brief" in await overheard(here, "sources", "catalogue", "ai")
    listed = await overheard(here, "sources", "export")
    show.web.at("/list.opml", Page(listed.encode()))
    again = await overheard(there, "sources", "add", show.web.url("/list.opml"), "--json")
    message, read = map(json.loads, again.splitlines())
    assert "Added 1 source" in message["summary"]
    assert read == {"read": 1}


@given(st.lists(st.text(), max_size=5))
def test_a_list_comes_back_as_it_was(titles: list[str]) -> None:
    """Whatever the titles are, each line is there, and its address is the same."""
    urls = [f"https://show{n}.example/feed?a=1&b=<{n}>" for n in range(len(titles))]
    feeds = [
        Feed(str(n), "console:local", "you", url, NOON, NOON, title=title)
        for n, (url, title) in enumerate(zip(urls, titles, strict=True))
    ]
    read = read_list(opml(feeds).encode())
    assert len(read) == len(feeds)
    assert not [line for line in read if line.reason]
