"""Measures how long a show's back catalogue takes from its feed to claims that are searched.

    python bench/catalogue.py [EPISODES] [--names NUMBER] [--profile]

The show lies on a web of our own on loopback, in a process of its own; each episode has a transcript of some 5,000
words, made up by rules from a fixed seed. Everything is on but the second between two requests to a host: the guards,
the sandbox, the database and the search index. The library knows so many names already, 5,000 unless told otherwise:
as many as count at most.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import datetime as dt
import multiprocessing as mp
import pstats
import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

from bot.app import App, open_app
from bot.config import Settings
from bot.domain.address import Member
from bot.ingest.feeds.fetcher import open_fetcher
from bot.ingest.feeds.ingester import FeedIngester
from bot.ingest.feeds.urls import allow_networks
from bot.ingest.importer import ignore_progress
from bot.ingest.sandbox import sandbox
from tests.fakes import FixedClock
from tests.measuring import cost
from tests.said import company, conversation, reading
from tests.servers.web.server import FakeWeb
from tests.shows import LOOPBACK, Show

EPISODES, TURNS = 300, 250
NAMES, AT_ONCE = 5_000, 50
NOON = dt.datetime(2031, 6, 26, 12, tzinfo=dt.UTC)
FIRMS = ("Halden Compute", "Quillon", "Meridian Foods", "Pontoon", "Northgate", "Sablewood", "Orkdal", "Torsund Steel")
PEOPLE = ("Dana Whitfield", "Ravi Anand", "Tomas Brandt", "Ingrid Solheim")
PLACES = ("Oslo", "Berlin", "Osaka", "Austin", "Lyon", "Leeds")
PLAIN = (
    "so the way I think about that is really about how people work with what they have and where it all goes "
    "from here because most of us never look at the numbers behind a story like this one and it depends on many"
).split()


def turn(chance: random.Random) -> tuple[str, str]:
    """Return a turn: a claim once in four, else talk."""
    who = chance.choice(PEOPLE)
    if chance.random() < 1 / 4:
        firm, place, n = chance.choice(FIRMS), chance.choice(PLACES), chance.randrange(10, 9_000)
        return who, f"Last year {firm} cut {n} jobs in {place}, and it paid ${n % 97 + 1} million to those who left."
    words = " ".join(chance.choice(PLAIN) for _ in range(chance.randrange(10, 30)))
    return who, f"Well, {words}."


def published(web: FakeWeb, episodes: int) -> tuple[str, int]:
    """Publish the episodes, a day apart; return the feed's address and how many words were said."""
    show, chance, words = Show(web), random.Random(4711), 0
    for n in range(episodes):
        said = [turn(chance) for _ in range(TURNS)]
        show.publish(f"Episode {n}", NOON - dt.timedelta(days=episodes - n), *said)
        words += sum(len(line.split()) for _, line in said)
    return show.url, words


def serve(pipe: Connection, episodes: int) -> None:
    """Serve the show until told to stop."""

    async def serving() -> None:
        async with FakeWeb() as web:
            pipe.send(published(web, episodes))
            await asyncio.to_thread(pipe.recv)

    asyncio.run(serving())


@contextmanager
def served(episodes: int) -> Iterator[tuple[str, int]]:
    """Run the server in a process of its own; return the feed's address, and how many words are said."""
    context = mp.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=serve, args=(theirs, episodes))
    process.start()
    try:
        yield ours.recv()
    finally:
        ours.send(None)
        process.join()


async def tell(app: App) -> int:
    """Read all that waits as the bot does, but asking the host as fast as it answers."""
    told = 0
    permitted = allow_networks(app.settings.private_networks)
    async with open_fetcher(permitted) as fetch, sandbox() as run:
        gatherer = FeedIngester(
            app.store.items, fetch, run, partial(app.importer.import_conversations, report=ignore_progress), app.clock
        )
        while many := await gatherer.process_batch():
            told += many
            await app.search.refresh()
    return told


async def teach(app: App, names: int) -> None:
    """Keep conversations in which each of so many companies is named twice."""
    companies = [company(f"Alpha{n} Beta{n} Systems", f"AB{n}x Systems") for n in range(names)]
    for first in range(0, names, AT_ONCE):
        some = companies[first : first + AT_ONCE]
        words = [f"{one.name} {did}." for one in some for did in ("grew", "grew again")]
        await app.store.library.save([reading(conversation(f"names/{first}", *words), *some)])


async def read(url: str, words: int, names: int, folder: Path) -> None:
    """Poll the feed and read all of it."""
    clock = FixedClock(NOON)
    settings = Settings(database=folder / "bench.db", timezone="UTC", fetch_private=LOOPBACK)
    async with open_app(settings, clock) as app:
        await app.store.feeds.add("console:local", Member("you"), url, clock.now(), space=None)
        await teach(app, names)
        begun = time.perf_counter()
        await app.feeds.poll()
        noted = time.perf_counter()
        async with cost() as found:
            told = await tell(app)
        seconds = time.perf_counter() - noted
        tally = await app.store.library.tally(space=None)
    read = f"{told} episodes, {words} words, {tally.claims} claims"
    late = f"{found.lag:.1f} ms late (p99), {max(found.lags) * 1000:.0f} at most"
    print(f"catalogue, noted by the poll in {noted - begun:.1f} s")
    print(f"catalogue, {read} in {seconds:.1f} s: {words / seconds:.0f} words/s")
    print(f"catalogue, {found.grown:.0f} MB on top, loop {late}")


def main() -> None:
    """Measure once."""
    parser = argparse.ArgumentParser()
    parser.add_argument("episodes", type=int, nargs="?", default=EPISODES)
    parser.add_argument("--names", type=int, default=NAMES)
    parser.add_argument("--profile", action="store_true")
    asked = parser.parse_args()
    with served(asked.episodes) as (url, words), tempfile.TemporaryDirectory() as folder:
        profile = cProfile.Profile()
        if asked.profile:
            profile.enable()
        asyncio.run(read(url, words, asked.names, Path(folder)))
        profile.disable()
        if asked.profile:
            pstats.Stats(profile).sort_stats("tottime").print_stats(25)


if __name__ == "__main__":
    main()
