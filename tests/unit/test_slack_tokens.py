"""The tokens of many workspaces: renewed in time, remembered, forgotten at once, and never written down in clear."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import logging
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from hashlib import sha256
from hmac import new as hmac
from pathlib import Path
from typing import Any

import pytest
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.oauth.installation_store.models.installation import Installation

from bot.errors import Busy, Denied
from bot.platforms.slack.api import web_client
from bot.platforms.slack.tokens import RENEW_EARLY_SECONDS, RETRY_SECONDS, Authorization, Installations
from bot.store.vault import Vault
from tests.fakes import FixedClock
from tests.install import CountingVault, Site, installing
from tests.servers.slack import Broken, Garbled, Limited, Lost, Refused, Slow
from tests.servers.slack.errors import Fault
from tests.servers.slack.methods.auth import ACCESS_SECONDS

DUE_SECONDS = ACCESS_SECONDS - RENEW_EARLY_SECONDS
"""So long after a token was given it is renewed."""


@pytest.fixture
async def site(clock: FixedClock, tmp_path: Path) -> AsyncIterator[Site]:
    """Return a site where a workspace has installed the app, with tokens that expire."""
    async with installing(tmp_path / "overheard.db", clock) as opened:
        assert (await opened.install()).status == 200
        yield opened


def left(site: Site, kind: str, **more: object) -> dict[str, Any]:
    """Return what Slack sends when a workspace leaves."""
    event = {"type": kind, **({"tokens": {"bot": [site.acme.bot]}} if kind == "tokens_revoked" else {}), **more}
    return {"team_id": site.acme.id, "event": event, "event_time": int(site.clock.now().timestamp())}


async def test_a_token_is_renewed_two_hours_early(site: Site) -> None:
    """Not before; the new one is good, is what everybody gets, and is there after a restart."""
    first = await site.tokens.token(site.acme.id)
    site.clock.advance(seconds=DUE_SECONDS - 1)
    assert await site.tokens.token(site.acme.id) == first
    site.clock.advance(seconds=1)
    second = await site.tokens.token(site.acme.id)
    assert second != first
    assert await site.good(second)
    assert [await process.token(site.acme.id) for process in (site.tokens, site.process())] == [second] * 2
    assert site.exchanges() == 2
    site.clock.advance(seconds=DUE_SECONDS)
    third = await site.tokens.token(site.acme.id)
    assert third not in {first, second}
    assert await site.good(third)


async def test_many_who_ask_at_once_renew_once(site: Site) -> None:
    """Events and scheduled posts alike; each refresh token is used once."""
    site.clock.advance(seconds=DUE_SECONDS)
    site.slack.fault("oauth.v2.access", Slow(0.05))
    asked = await asyncio.gather(*(site.tokens.token(site.acme.id) for _ in range(50)))
    assert len(set(asked)) == 1
    assert await site.good(asked[0])
    assert site.exchanges() == 2


@pytest.mark.parametrize("age", [DUE_SECONDS, ACCESS_SECONDS])
async def test_two_processes_end_with_tokens_that_are_good(site: Site, age: int) -> None:
    """One renews; the other, whose refresh token was used up meanwhile, goes on with what it finds, or waits."""
    other = site.process()
    await asyncio.gather(site.tokens.token(site.acme.id), other.token(site.acme.id))
    site.clock.advance(seconds=age)
    both = await asyncio.gather(site.tokens.token(site.acme.id), other.token(site.acme.id), return_exceptions=True)
    assert [isinstance(token, Busy) or await site.good(str(token)) for token in both] == [True, True]
    assert not all(isinstance(token, Busy) for token in both)
    site.clock.advance(seconds=RETRY_SECONDS)
    assert len({await process.token(site.acme.id) for process in (site.tokens, other)}) == 1


class LaggingVault(CountingVault):
    """A Vault whose first answers are those of a moment ago."""

    def __init__(self, inner: Vault, before: dict[str, str]) -> None:
        super().__init__(inner)
        self.before = before

    async def get(self, name: str) -> str | None:
        """Return a secret, the first time as it was."""
        return self.before.pop(name, None) or await super().get(name)


async def test_the_slower_process_takes_what_the_faster_wrote_down(site: Site) -> None:
    """It finds out when Slack refuses what it still had, and nobody is kept waiting for that."""
    name = f"slack/{site.acme.id}/bot"
    before = {name: str(await site.vault.get(name))}
    site.clock.advance(seconds=ACCESS_SECONDS)
    token = await site.tokens.token(site.acme.id)
    slower = site.process(LaggingVault(site.vault, before))
    assert await slower.token(site.acme.id) == token
    assert (before, site.exchanges()) == ({}, 3)


class HeldVault(CountingVault):
    """A Vault that puts nothing away before it is let go."""

    def __init__(self, inner: Vault) -> None:
        super().__init__(inner)
        self.reached, self.go = asyncio.Event(), asyncio.Event()
        self.kept: list[str] = []

    async def put(self, name: str, value: str) -> None:
        """Keep a secret, once it may."""
        self.reached.set()
        await self.go.wait()
        await super().put(name, value)
        self.kept.append(name)


async def test_a_token_that_nobody_waited_for_is_kept(site: Site) -> None:
    """Whoever asked is cancelled once Slack has handed out the new one; it is written down all the same."""
    site.clock.advance(seconds=DUE_SECONDS)
    vault = HeldVault(site.vault)
    tokens = site.process(vault)
    asker = asyncio.create_task(tokens.token(site.acme.id))
    await vault.reached.wait()
    asker.cancel()
    await asyncio.wait([asker])
    vault.go.set()
    await tokens.close()
    assert vault.kept == [f"slack/{site.acme.id}/bot"]
    site.clock.advance(seconds=RENEW_EARLY_SECONDS)
    assert await site.good(await site.tokens.token(site.acme.id))
    assert site.exchanges() == 2


@pytest.mark.parametrize("fault", [Limited(5), Broken(), Lost(done=False), Refused("internal_error")])
async def test_while_slack_is_away_the_token_at_hand_serves(site: Site, fault: Fault) -> None:
    """Slack is asked once a minute, not at every event; once it is there again, the token is renewed."""
    first = await site.tokens.token(site.acme.id)
    site.clock.advance(seconds=DUE_SECONDS)
    site.slack.fault("oauth.v2.access", fault)
    assert await asyncio.gather(*(site.tokens.token(site.acme.id) for _ in range(5))) == [first] * 5
    assert await site.tokens.token(site.acme.id) == first
    assert site.exchanges() == 2
    site.clock.advance(seconds=RETRY_SECONDS)
    assert await site.good(await site.tokens.token(site.acme.id))
    assert site.exchanges() == 3


async def test_a_token_that_ended_while_slack_was_away_is_for_later(site: Site) -> None:
    """It is never used, and what waits is tried again when Slack says so, not before."""
    site.clock.advance(seconds=ACCESS_SECONDS)
    site.slack.fault("oauth.v2.access", Limited(42))
    for waited in (0, 10):
        site.clock.advance(seconds=waited)
        with pytest.raises(Busy) as busy:
            await site.tokens.token(site.acme.id)
        assert busy.value.retry_after == 42 - waited
    assert site.exchanges() == 2
    site.clock.advance(seconds=32)
    assert await site.good(await site.tokens.token(site.acme.id))


async def test_one_refusal_proves_nothing(site: Site) -> None:
    """Who was refused for the first time waits a minute, and is served then."""
    site.clock.advance(seconds=ACCESS_SECONDS)
    site.slack.fault("oauth.v2.access", Refused("invalid_refresh_token"))
    with pytest.raises(Busy):
        await site.tokens.token(site.acme.id)
    site.clock.advance(seconds=RETRY_SECONDS)
    assert await site.good(await site.tokens.token(site.acme.id))


async def test_access_that_slack_ends_is_said_in_words(site: Site) -> None:
    """The token serves to its end; then a person must install again, and that mends it at once."""
    first = await site.tokens.token(site.acme.id)
    for token in site.slack.world.tokens.values():
        token.revoked = token.kind == "refresh"
    site.clock.advance(seconds=DUE_SECONDS)
    assert await site.tokens.token(site.acme.id) == first
    site.clock.advance(seconds=RENEW_EARLY_SECONDS)
    before = site.exchanges()
    for _ in range(3):
        with pytest.raises(Denied, match="can reinstall it"):
            await site.tokens.token(site.acme.id)
    assert site.exchanges() == before + 1
    await site.install()
    assert await site.good(await site.tokens.token(site.acme.id))


async def test_without_rotation_nothing_is_renewed(clock: FixedClock, tmp_path: Path) -> None:
    """A token that does not end is used for years."""
    async with installing(tmp_path / "overheard.db", clock, rotates=False) as site:
        await site.install()
        first = await site.tokens.token(site.acme.id)
        clock.advance(days=2000)
        assert await site.tokens.token(site.acme.id) == first
        assert site.exchanges() == 1


async def test_a_workspace_that_never_installed_is_denied(site: Site) -> None:
    """In words that name the way out."""
    with pytest.raises(Denied, match="not installed in this workspace; someone who can add apps can install it"):
        await site.tokens.token("T0")


async def test_an_event_costs_no_call_and_no_key(site: Site) -> None:
    """After the first, who the bot is comes from memory: nothing is decrypted and Slack is not asked."""
    authorize, context = Authorization(site.tokens), AsyncBoltContext()

    async def event() -> Mapping[str, Any] | None:
        return await authorize(context=context, enterprise_id=None, team_id=site.acme.id, user_id="U1")

    result = await event()
    assert result is not None
    assert (result["bot_id"], result["bot_user_id"]) == (site.acme.bot_id, site.acme.bot)
    assert result["bot_token"] == await site.tokens.token(site.acme.id)
    calls, asked = len(site.slack.calls), site.vault.asked
    for _ in range(100):
        assert await event() == result
    assert (len(site.slack.calls), site.vault.asked) == (calls, asked)
    assert len(site.slack.calls_of("auth.test")) == 1
    assert await authorize(context=context, enterprise_id=None, team_id="T0", user_id="U1") is None


async def test_bolt_takes_the_authorization(site: Site) -> None:
    """An event of each workspace reaches its listener with that workspace's token; of another, none."""
    client = web_client(site.settings, site.session)
    app = AsyncApp(client=client, signing_secret=site.settings.signing_secret, authorize=Authorization(site.tokens))
    seen: asyncio.Queue[str | None] = asyncio.Queue()

    async def mentioned(context: AsyncBoltContext) -> None:
        await seen.put(context.bot_token)

    app.event("app_mention")(mentioned)
    for team in (site.acme.id, "T0"):
        body = json.dumps(
            {"type": "event_callback", "team_id": team, "event": {"type": "app_mention", "user": "U1", "team": team}}
        )
        stamp = str(int(time.time()))
        signature = hmac(site.settings.signing_secret.encode(), f"v0:{stamp}:{body}".encode(), sha256).hexdigest()
        headers = {
            "content-type": ["application/json"],
            "x-slack-signature": [f"v0={signature}"],
            "x-slack-request-timestamp": [stamp],
        }
        await app.async_dispatch(AsyncBoltRequest(body=body, headers=headers))
    assert await asyncio.wait_for(seen.get(), 5) == await site.tokens.token(site.acme.id)
    assert seen.empty()
    assert len(site.slack.calls_of("auth.test")) == 1


@pytest.mark.parametrize("order", [["tokens_revoked", "app_uninstalled"], ["app_uninstalled", "tokens_revoked"]])
async def test_a_workspace_that_leaves_is_forgotten_at_once(site: Site, order: list[str]) -> None:
    """In either order, twice too: from memory and from the vault, and whoever keeps its rows is told."""
    other = site.slack.world.workspace("Other", installed=False)
    await site.install(site.slack.world.user(other.id, "Bob"))
    await asyncio.gather(*(site.tokens.token(team) for team in (site.acme.id, other.id)))
    for kind in order:
        await site.tokens.handle_uninstall(left(site, kind))
        assert site.acme.id in site.gone
        with pytest.raises(Denied):
            await site.tokens.token(site.acme.id)
    assert await site.vault.names(f"slack/{site.acme.id}") == []
    assert set(site.gone) == {site.acme.id}
    assert await site.good(await site.tokens.token(other.id))
    await site.install()
    assert await site.good(await site.tokens.token(site.acme.id))


async def test_who_came_back_is_not_forgotten_by_old_news(site: Site) -> None:
    """An event from before the installation, delivered late, changes nothing."""
    late = [left(site, kind) for kind in ("tokens_revoked", "app_uninstalled")]
    site.clock.advance(seconds=30)
    await site.install()
    for body in late:
        await site.tokens.handle_uninstall(body)
    assert site.gone == []
    assert await site.good(await site.tokens.token(site.acme.id))


async def test_a_person_who_takes_back_their_own_token_changes_nothing(site: Site) -> None:
    """The bot's is another."""
    await site.tokens.handle_uninstall(left(site, "tokens_revoked", tokens={"oauth": [site.ann.id], "bot": []}))
    assert site.gone == []
    assert await site.tokens.token(site.acme.id)


async def test_a_purge_that_was_cut_off_can_be_done_again(site: Site) -> None:
    """The token is gone with the first try, and the second finishes the rest."""

    async def failing(workspace: str) -> None:
        raise ConnectionError(workspace)

    with pytest.raises(ConnectionError):
        await site.process(gone=failing).purge(site.acme.id)
    site.tokens.invalidate(site.acme.id)
    with pytest.raises(Denied):
        await site.tokens.token(site.acme.id)
    await site.tokens.purge(site.acme.id)
    assert site.gone == [site.acme.id]


async def test_a_renewal_under_way_does_not_bring_a_workspace_back(site: Site) -> None:
    """Whatever Slack hands out while the workspace leaves is forgotten with the rest."""
    site.clock.advance(seconds=DUE_SECONDS)
    vault = HeldVault(site.vault)
    tokens = site.process(vault)
    asker = asyncio.create_task(tokens.token(site.acme.id))
    await vault.reached.wait()
    purge = asyncio.create_task(tokens.purge(site.acme.id))
    await asyncio.wait([purge], timeout=0.2)
    vault.go.set()
    await asyncio.gather(asker, purge)
    assert await site.vault.names(f"slack/{site.acme.id}") == []
    with pytest.raises(Denied):
        await tokens.token(site.acme.id)


async def test_a_token_that_slack_refused_is_looked_up_anew(site: Site) -> None:
    """As another process may have a newer one."""
    first = await site.tokens.token(site.acme.id)
    other = site.process()
    await site.install()
    stale, fresh = await other.token(site.acme.id), await site.tokens.token(site.acme.id)
    assert stale == fresh != first
    await site.install()
    other.invalidate(site.acme.id)
    assert await other.token(site.acme.id) == await site.tokens.token(site.acme.id) != fresh


async def test_an_organisation_serves_and_leaves_with_its_workspaces(site: Site) -> None:
    """One bot for all, scheduled posts included; when it goes, each workspace it served is told."""
    at = site.clock.now().timestamp()
    traits = {"bot_token": "of the organisation", "bot_id": "B1", "bot_user_id": "UB", "installed_at": at}
    org = Installation(enterprise_id="E1", user_id="U1", is_enterprise_install=True, **traits)
    await site.tokens.save(org)
    authorize = Authorization(site.tokens)
    for team in ("T7", "T8"):
        result = await authorize(context=AsyncBoltContext(), enterprise_id="E1", team_id=team, user_id="U1")
        assert result is not None
        assert (result.team_id, result.bot_token) == (team, "of the organisation")
    asked = site.vault.asked
    assert await site.tokens.token("T8") == "of the organisation"
    assert site.vault.asked == asked
    assert await site.process().token("T8") == "of the organisation"
    granted = {"authorizations": [{"enterprise_id": "E1", "team_id": None, "is_enterprise_install": True}]}
    site.clock.advance(seconds=1)
    await site.tokens.handle_uninstall(
        {**left(site, "app_uninstalled"), **granted, "enterprise_id": "E1", "team_id": None}
    )
    assert site.gone == ["E1", "T7", "T8"]
    for team in ("T7", "T8", "E1"):
        with pytest.raises(Denied):
            await site.tokens.bot(team, "E1")
    assert sorted({name.split("/")[1] for name in await site.vault.names("slack/")} - {"states"}) == [site.acme.id]


async def test_no_log_ever_holds_a_secret(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    """At DEBUG, through installing, renewing, failing and leaving: no token, no code, no state, no secret of ours."""
    caplog.set_level(logging.DEBUG)
    garbled = Garbled('{"ok": true, "access_token": "xoxb-half')
    site.slack.fault("oauth.v2.access", garbled)
    assert (await site.install()).status == 502
    assert (await site.install()).status == 200
    tokens = [await site.tokens.token(site.acme.id)]
    for fault in (garbled, Refused("invalid_refresh_token"), None):
        site.clock.advance(seconds=RETRY_SECONDS if len(tokens) > 1 else DUE_SECONDS)
        if fault:
            site.slack.fault("oauth.v2.access", fault)
        tokens.append(await site.tokens.token(site.acme.id))
    await site.tokens.handle_uninstall(left(site, "app_uninstalled", event_ts="1"))
    await site.tokens.purge(site.acme.id)
    logged = "\n".join([caplog.text, *(repr(record.__dict__) for record in caplog.records)])
    assert "was not renewed" in logged
    assert "aiosqlite" not in logged
    for secret in (*site.slack.world.tokens, *site.slack.grants, "xox", site.settings.client_secret):
        assert secret not in logged
    codes = {call.args[name] for call in site.slack.calls for name in ("code", "refresh_token") if name in call.args}
    assert codes
    assert not any(str(code) in logged for code in codes)


async def test_no_description_shows_a_token(site: Site) -> None:
    """What is printed of our own objects, in a failing test or a traceback, names no secret."""
    bot = await site.tokens.bot(site.acme.id)
    shown = repr([site.tokens, site.settings, bot, Installations(site.vault), replace(site.settings)])
    assert bot.bot_token not in shown
    assert site.settings.client_secret not in shown
    assert dt.datetime.fromtimestamp(bot.bot_token_expires_at or 0, dt.UTC) > site.clock.now()
