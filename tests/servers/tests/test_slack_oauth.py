"""Installing the app as a person does, and the tokens that come of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from slack_bolt.async_app import AsyncApp
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_sdk.errors import SlackApiError
from slack_sdk.oauth.installation_store import FileInstallationStore
from slack_sdk.oauth.state_store import FileOAuthStateStore
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes import FixedClock
from tests.servers.slack import FakeSlack
from tests.servers.slack.stock import client as opened
from tests.servers.slack.stock import over_http

# slack-sdk sends the client's id and secret by aiohttp's BasicAuth, which aiohttp 3.14 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")


def bolt(slack: FakeSlack, client: AsyncWebClient, folder: Path) -> AsyncApp:
    """Make a Bolt app that many workspaces can install."""
    store = FileInstallationStore(base_dir=str(folder), client_id=slack.client_id)
    settings = AsyncOAuthSettings(
        client_id=slack.client_id,
        client_secret=slack.client_secret,
        scopes=["chat:write", "commands"],
        authorization_url=slack.authorize_url,
        installation_store=store,
        state_store=FileOAuthStateStore(expiration_seconds=600, base_dir=str(folder), client_id=slack.client_id),
    )
    return AsyncApp(
        client=client, signing_secret=slack.signing_secret, oauth_settings=settings, installation_store=store
    )


async def test_two_workspaces_install_the_app_and_each_is_answered(tmp_path: Path) -> None:
    """With a token of its own, and only the scopes that were asked for."""
    async with FakeSlack() as slack, opened(slack) as client:
        app = bolt(slack, client, tmp_path)

        @app.command("/ask")
        async def ask(ack: object, say: object) -> None:
            await ack()
            await say("Here")

        async with over_http(app, slack) as address:
            slack.redirect_uris = (f"{address}/slack/oauth_redirect",)
            for name in ("Acme", "Bitworks"):
                team = slack.world.workspace(name, installed=False)
                ann = slack.world.user(team.id, "Ann")
                room = slack.world.channel(team.id, "general", members=[ann.id, team.bot])
                page = await slack.install(f"{address}/slack/install", ann)
                assert (page.status, team.installed) == (200, True)
                assert team.scopes == {"chat:write", "commands"}
                await slack.command("/ask", "", ann, room)
                await slack.until(lambda room=room, ann=ann: slack.seen(room, ann))
                assert slack.calls_of("chat.postMessage")[-1].token == team.bot_token


async def test_a_person_can_say_no(tmp_path: Path) -> None:
    """Then nothing is installed."""
    async with FakeSlack() as slack, opened(slack) as client:
        team = slack.world.workspace("Acme", installed=False)
        ann = slack.world.user(team.id, "Ann")
        async with over_http(bolt(slack, client, tmp_path), slack) as address:
            slack.redirect_uris = (f"{address}/slack/oauth_redirect",)
            page = await slack.install(f"{address}/slack/install", ann, agree=False)
        assert page.url.query["error"] == "access_denied"
        assert (team.installed, slack.calls) == (False, [])


async def exchanged(slack: FakeSlack, client: AsyncWebClient, **args: str) -> dict[str, object]:
    """Exchange what is given for a token."""
    secrets = {"client_id": slack.client_id, "client_secret": slack.client_secret}
    return dict((await client.oauth_v2_access(**secrets | args)).data)


async def granted(slack: FakeSlack, team: str, user: str, client: AsyncWebClient) -> str:
    """Let a person agree, and return the code."""
    address = f"{slack.authorize_url}?client_id={slack.client_id}&scope=chat:write&redirect_uri=http://127.0.0.1:1/"
    form = {"team": team, "user": user, "agree": "yes"}
    async with client.session.post(address, data=form, allow_redirects=False) as answer:
        return answer.headers["Location"].partition("code=")[2].partition("&")[0]


async def test_tokens_rotate_and_a_used_refresh_token_is_dead(clock: FixedClock) -> None:
    """An access token lives for twelve hours; the refresh token is good once."""
    async with FakeSlack(clock, rotates=True) as slack, opened(slack) as client:
        team = slack.world.workspace("Acme", installed=False)
        ann = slack.world.user(team.id, "Ann")
        code = await granted(slack, team.id, ann.id, client)
        first = await exchanged(slack, client, code=code, redirect_uri="http://127.0.0.1:1/")
        assert (first["token_type"], first["expires_in"], first["authed_user"]) == ("bot", 43_200, {"id": ann.id})
        refresh = {"grant_type": "refresh_token", "refresh_token": str(first["refresh_token"])}
        second = await exchanged(slack, client, **refresh)
        with pytest.raises(SlackApiError) as failed:
            await exchanged(slack, client, **refresh)
        assert failed.value.response["error"] == "invalid_refresh_token"
        assert (await client.auth_test(token=str(first["access_token"])))["ok"]
        clock.advance(hours=12)
        for answer in (first, second):
            with pytest.raises(SlackApiError) as failed:
                await client.auth_test(token=str(answer["access_token"]))
            assert failed.value.response["error"] == "token_expired"


async def test_a_code_is_exchanged_once_in_time_by_who_knows_the_secret(clock: FixedClock) -> None:
    """Everything else is refused with a code of its own."""
    async with FakeSlack(clock) as slack, opened(slack) as client:
        team = slack.world.workspace("Acme", installed=False)
        ann = slack.world.user(team.id, "Ann")
        code = await granted(slack, team.id, ann.id, client)
        late = await granted(slack, team.id, ann.id, client)
        there = {"redirect_uri": "http://127.0.0.1:1/"}
        wrong = [
            ({"code": code, "client_secret": "guess"}, "bad_client_secret"),
            ({"code": code, "client_id": "guess"}, "invalid_client_id"),
            ({"code": code, "redirect_uri": "http://127.0.0.1:2/"}, "bad_redirect_uri"),
            ({"code": "guess"}, "invalid_code"),
        ]
        for args, expected in wrong:
            with pytest.raises(SlackApiError) as failed:
                await exchanged(slack, client, **there | args)
            assert failed.value.response["error"] == expected
        assert (await exchanged(slack, client, code=code, **there))["ok"]
        clock.advance(minutes=11)
        for used, expected in ((code, "invalid_code"), (late, "invalid_code")):
            with pytest.raises(SlackApiError) as failed:
                await exchanged(slack, client, code=used, **there)
            assert failed.value.response["error"] == expected
