"""Measures how soon Slack has its acknowledgement: ours beside a stock Bolt app with the same commands.

    python bench/slack.py

Both talk to the tests' own Slack on loopback, through the real client, in the same process and run.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from slack_bolt.context.ack.async_ack import AsyncAck

from bot.app import open_app
from bot.chat.request import Verb
from bot.config import Settings
from bot.delivery.leader_election import SingleReplica
from bot.platforms.inbox_worker import LossReports
from bot.platforms.slack.adapter import Slack
from bot.platforms.slack.socket_mode import SocketConnection
from bot.platforms.slack.spec import SlackSettings
from handlers import router
from tests.servers.slack import stock
from tests.servers.slack.server import FakeSlack

COMMANDS = 300
MANY = 60
PAUSE = 0.01


async def acknowledge(ack: AsyncAck) -> None:
    """Do what every handler of a stock app begins with."""
    await ack()


async def unheard(_: str) -> None:
    """Leave unsaid that the connection stands."""


@asynccontextmanager
async def stock_app(verbs: Sequence[Verb]) -> AsyncIterator[FakeSlack]:
    """Run a Bolt app with a listener a command, as its documentation has it."""
    async with FakeSlack() as slack, stock.app(slack, slack.world.workspace()) as app:
        for verb in verbs:
            app.command(f"/{verb.name}")(acknowledge)
        async with stock.over_sockets(app, slack):
            yield slack


@asynccontextmanager
async def our_app(verbs: Sequence[Verb]) -> AsyncIterator[FakeSlack]:
    """Run the bot on an empty library."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(database=Path(folder) / "bench.db", workers=0, timezone="UTC")
        async with FakeSlack() as slack, open_app(settings) as app:
            workspace = slack.world.workspace()
            tokens = SlackSettings(workspace.bot_token, slack.app_token, api_url=slack.api_url)
            connection = SocketConnection(tokens, app.clock, unheard, app.metrics, SingleReplica())
            losses = LossReports(app.store.outbox, app.store.replies, app.clock)
            bot = Slack(connection, app.store.inbox, app.store.threads, losses, app.clock, app.metrics)
            running = asyncio.create_task(bot.run(verbs, app.dispatcher))
            await slack.until(lambda: slack.sockets.open)
            yield slack
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def milliseconds(slack: FakeSlack, name: str) -> float:
    """Return the median time from a command's payload to its acknowledgement."""
    (workspace,) = slack.world.workspaces.values()
    person = slack.world.user(workspace.id, "Ann")
    channel = slack.world.channel(workspace.id, "general", members=[person.id, workspace.bot])
    taken = []
    for _ in range(COMMANDS):
        taken.append((await slack.command(f"/{name}", "", person, channel)).seconds)
        await asyncio.sleep(PAUSE)
    return statistics.median(taken) * 1000


def padded(verbs: Sequence[Verb]) -> list[Verb]:
    """Return verbs with others before them, so that the last is found behind many."""
    return [*(Verb(f"other{number}", "") for number in range(MANY - len(verbs))), *verbs]


async def measure() -> None:
    """Print both, with the verbs there are and with many."""
    verbs = router.verbs
    for label, some in ((f"{len(verbs)} verbs", verbs), (f"{MANY} verbs", padded(verbs))):
        async with stock_app(some) as slack:
            theirs = await milliseconds(slack, "following")
        async with our_app(some) as slack:
            ours = await milliseconds(slack, "following")
        print(
            f"slack, payload to ack, {label:<10} stock Bolt {theirs:.2f} ms  ours {ours:.2f} ms  {theirs / ours:.1f} x"
        )


if __name__ == "__main__":
    asyncio.run(measure())
