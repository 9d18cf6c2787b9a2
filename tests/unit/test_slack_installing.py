"""Installing the app over HTTP, as a person with a browser meets it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientResponse, ClientSession, CookieJar
from slack_sdk.oauth.installation_store.models.installation import Installation
from yarl import URL

from bot.errors import Denied
from bot.platforms.slack.manifest import REDIRECT_PATH
from bot.platforms.slack.oauth import INSTALL_PATH, STATE_LIFETIME_SECONDS, OAuthStates
from bot.platforms.slack.tokens import Installations
from bot.store.store import Store, open_store
from bot.store.vault import new_key
from tests.conftest import NOON
from tests.fakes import FixedClock
from tests.install import SCOPES, Site, installing
from tests.servers.slack import Broken, Garbled, Limited, Lost, Refused
from tests.servers.slack.errors import Fault


@pytest.fixture
async def site(clock: FixedClock, tmp_path: Path) -> AsyncIterator[Site]:
    """Return installation pages and a workspace that has not installed anything."""
    async with installing(tmp_path / "overheard.db", clock) as opened_site:
        yield opened_site


@pytest.fixture
async def browser() -> AsyncIterator[ClientSession]:
    """Return a browser that keeps cookies and stops at every redirect."""
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:
        yield session


async def begun(site: Site, browser: ClientSession) -> str:
    """Open the install page and return the state it goes to Slack with."""
    async with browser.get(f"{site.root}{INSTALL_PATH}", allow_redirects=False) as answer:
        assert answer.status == 302
        return URL(answer.headers["Location"]).query["state"]


async def came_back(site: Site, browser: ClientSession, **query: str) -> tuple[int, str]:
    """Come back from Slack; return the status and what the page says."""
    async with browser.get(f"{site.root}{REDIRECT_PATH}", params=query) as answer:
        return answer.status, await page_of(answer)


async def page_of(answer: ClientResponse) -> str:
    """Return what a page says, having looked that it keeps to itself."""
    text = await answer.text()
    assert answer.content_type == "text/html"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "Traceback" not in text
    return " ".join(re.sub(r"<style>.*?</style>|<[^>]+>", " ", text, flags=re.DOTALL).split())


async def test_a_person_installs_the_app(site: Site) -> None:
    """From the first page to the last; then the bot has a token that is good, with the scopes that were asked for."""
    page = await site.install()
    assert page.status == 200
    assert "Overheard is installed in Acme &amp; &lt;Sons&gt;" in page.text
    assert f"/app_redirect?app={site.slack.app_id}&amp;team={site.acme.id}" in page.text
    bot = await site.tokens.bot(site.acme.id)
    assert await site.good(bot.bot_token)
    assert (bot.bot_id, bot.bot_user_id, bot.team_name) == (site.acme.bot_id, site.acme.bot, site.acme.name)
    assert sorted(bot.bot_scopes) == sorted(SCOPES)
    kept = await Installations(site.vault).async_find_installation(enterprise_id=None, team_id=site.acme.id)
    assert kept is not None
    assert (kept.user_id, kept.bot_token, kept.installed_at) == (site.ann.id, bot.bot_token, NOON.timestamp())


async def test_installing_again_brings_the_new_token(site: Site) -> None:
    """Whoever installs a second time is served with what Slack gave last."""
    await site.install()
    first = await site.tokens.token(site.acme.id)
    await site.install()
    assert await site.tokens.token(site.acme.id) != first


async def test_who_cancels_is_told_so(site: Site) -> None:
    """Nothing is kept, and it can be begun again."""
    page = await site.install(agree=False)
    assert page.status == 200
    assert "You cancelled" in page.text
    assert f'href="{INSTALL_PATH}"' in page.text
    assert await site.vault.names("slack/T") == []


async def test_the_first_page_asks_for_what_is_needed(site: Site, browser: ClientSession) -> None:
    """Of Slack where the settings say, with a cookie that no script reads and no other site sends along."""
    async with browser.get(f"{site.root}{INSTALL_PATH}", allow_redirects=False) as answer:
        asked = URL(answer.headers["Location"])
        cookie = answer.headers["Set-Cookie"]
    assert str(asked.with_query(None)) == site.slack.authorize_url
    assert asked.query["client_id"] == site.slack.client_id
    assert asked.query["scope"].split(",") == list(SCOPES)
    assert {"HttpOnly", "SameSite=Lax", "Path=/slack", f"Max-Age={STATE_LIFETIME_SECONDS}"} <= set(cookie.split("; "))
    assert "Secure" not in cookie
    async with browser.get(
        f"{site.root}{INSTALL_PATH}", headers={"Host": "bot.example.com"}, allow_redirects=False
    ) as answer:
        assert "Secure" in answer.headers["Set-Cookie"].split("; ")


async def test_a_link_is_good_once(site: Site, browser: ClientSession) -> None:
    """Opened again, with the same cookie, it says so and asks Slack nothing."""
    state = await begun(site, browser)
    cookie = {"Cookie": f"overheard-install={state}"}
    status, _ = await came_back(site, browser, state=state, code="unknown")
    assert (status, site.exchanges()) == (400, 1)
    async with browser.get(
        f"{site.root}{REDIRECT_PATH}", params={"state": state, "code": "unknown"}, headers=cookie
    ) as answer:
        assert answer.status == 400
        assert "has already been used" in await page_of(answer)
    assert site.exchanges() == 1


async def test_another_browser_cannot_end_what_this_one_began(site: Site, browser: ClientSession) -> None:
    """Nobody is made to install what somebody else began; and the one who began can go on."""
    state = await begun(site, browser)
    async with ClientSession() as other:
        status, words = await came_back(site, other, state=state, code="code-1")
    assert (status, site.exchanges()) == (400, 0)
    assert "start here" in words
    status, words = await came_back(site, browser, state=state, code="code-1")
    assert "invalid_code" in words


async def test_a_link_is_good_for_ten_minutes(site: Site, browser: ClientSession) -> None:
    """And what ran out is cleared away."""
    state = await begun(site, browser)
    site.clock.advance(seconds=STATE_LIFETIME_SECONDS + 1)
    status, words = await came_back(site, browser, state=state, code="code-1")
    assert (status, site.exchanges()) == (400, 0)
    assert "ten minutes" in words
    await begun(site, browser)
    assert len(await site.vault.names("slack/states/")) == 1


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"code": "code-1"},
        {"state": "", "code": "code-1"},
        {"state": "1", "code": "code-1"},
        {"state": "9" * 5000, "code": "code-1"},
        {"state": "٣" * 10 + "." + "a" * 43, "code": "code-1"},
        {"state": "%\0'\n", "code": "code-1"},
        {"error": "<script>alert(1)</script>"},
    ],
)
async def test_whatever_comes_back_meets_a_page(site: Site, browser: ClientSession, query: dict[str, str]) -> None:
    """In words, with nothing of it as markup, and Slack is asked nothing."""
    await begun(site, browser)
    async with browser.get(f"{site.root}{REDIRECT_PATH}", params=query) as answer:
        assert answer.status == 400
        assert "<script" not in await answer.text()
        assert "Begin again" in await page_of(answer)
    forged = query.get("state", "").encode("ascii", "ignore").decode()
    if forged.isalnum():
        cookie = {"Cookie": f"overheard-install={forged}"}
        async with site.session.get(f"{site.root}{REDIRECT_PATH}", params=query, headers=cookie) as answer:
            assert answer.status == 400
            assert "has already been used" in await page_of(answer)
    assert site.exchanges() == 0


@pytest.mark.parametrize(
    ("method", "fault", "status", "said"),
    [
        ("oauth.v2.access", Refused("bad_client_secret"), 400, "bad_client_secret"),
        ("oauth.v2.access", Limited(7), 502, "Slack did not answer"),
        ("oauth.v2.access", Broken(), 502, "Slack did not answer"),
        ("oauth.v2.access", Lost(), 502, "Slack did not answer"),
        ("oauth.v2.access", Garbled(), 502, "Slack did not answer"),
        ("auth.test", Lost(), 502, "Slack did not answer"),
        ("auth.test", Refused("invalid_auth"), 400, "invalid_auth"),
    ],
)
async def test_a_failure_of_slack_is_a_sentence(site: Site, method: str, fault: Fault, status: int, said: str) -> None:
    """Nothing is kept, no call is made twice, and the next try succeeds."""
    site.slack.fault(method, fault)
    page = await site.install()
    assert (page.status, len(site.slack.calls_of(method))) == (status, 1)
    assert said in page.text
    with pytest.raises(Denied):
        await site.tokens.token(site.acme.id)
    assert (await site.install()).status == 200
    assert await site.tokens.token(site.acme.id)


async def test_without_a_key_nobody_installs(
    clock: FixedClock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The person is told that it was not them, and the log what to set, under the same number."""
    async with installing(tmp_path / "overheard.db", clock, key="") as site:
        page = await site.install()
    assert page.status == 500
    incident = re.search(r"the number ([0-9a-f]{6})", page.text)
    assert incident is not None
    assert incident[1] in caplog.text
    assert "set OVERHEARD_SECRET_KEY" in caplog.text
    assert "OVERHEARD_SECRET_KEY" not in page.text


async def test_a_state_is_used_up_once_by_all_processes(clock: FixedClock, tmp_path: Path) -> None:
    """Over a restart too; and no file shows one."""
    key = new_key()
    async with open_store(tmp_path / "overheard.db", key) as store:
        state = await OAuthStates(store.vault, clock).issue()
        assert state.partition(".")[2] not in repr(await store.vault.names(""))
    async with open_store(tmp_path / "overheard.db", key) as here, open_store(tmp_path / "overheard.db", key) as there:
        processes = [OAuthStates(vault, clock) for vault in (here.vault, there.vault)]
        told = await asyncio.gather(*(process.consume(state) for process in processes * 5))
    assert sorted(told) == [False] * 9 + [True]


def installed(user: str, at: float, *, team: str | None = "T1", org: str | None = None, bot: str = "") -> Installation:
    """Make an installation by a person."""
    return Installation(
        enterprise_id=org,
        team_id=team,
        bot_token=bot or None,
        bot_id="B1",
        bot_user_id="UB",
        bot_scopes=list(SCOPES),
        user_id=user,
        installed_at=at,
        is_enterprise_install=team is None,
    )


@pytest.fixture
def installations(store: Store) -> Installations:
    """Return an empty installation store."""
    return Installations(store.vault)


@pytest.fixture
def store_key() -> str:
    """Return a key."""
    return new_key()


@pytest.fixture
async def store(tmp_path: Path, store_key: str) -> AsyncIterator[Store]:
    """Return an empty store that can keep secrets."""
    async with open_store(tmp_path / "vault.db", store_key) as empty:
        yield empty


async def test_the_store_finds_the_latest_or_a_persons(installations: Installations) -> None:
    """Each with the bot's token as it is now, whoever brought it."""
    await installations.async_save(installed("U1", 2.0, bot="first"))
    await installations.async_save(installed("U10", 1.0, bot="second"))
    for user, found in [(None, "U1"), ("U1", "U1"), ("U10", "U10")]:
        one = await installations.async_find_installation(enterprise_id="E1", team_id="T1", user_id=user)
        assert one is not None
        assert (one.user_id, one.bot_token, one.bot_scopes) == (found, "second", list(SCOPES))
    for team, user in [("T1", "U2"), ("T10", None)]:
        assert await installations.async_find_installation(enterprise_id=None, team_id=team, user_id=user) is None


async def test_the_store_forgets_what_it_is_told_to(installations: Installations) -> None:
    """A person, not the one whose name begins alike; the bot; or a whole workspace and no other."""
    for team in ("T1", "T10"):
        for user in ("U1", "U10"):
            await installations.async_save(installed(user, 1.0, team=team, bot=f"of {team}"))
    await installations.async_delete_installation(enterprise_id=None, team_id="T1", user_id="U1")
    assert await installations.async_find_installation(enterprise_id=None, team_id="T1", user_id="U1") is None
    assert await installations.async_find_installation(enterprise_id=None, team_id="T1", user_id="U10")
    await installations.async_delete_bot(enterprise_id=None, team_id="T1")
    assert await installations.async_find_bot(enterprise_id=None, team_id="T1") is None
    assert await installations.async_find_bot(enterprise_id=None, team_id="T10")
    await installations.async_delete_all(enterprise_id=None, team_id="T1")
    assert await installations.async_find_installation(enterprise_id=None, team_id="T1") is None
    await installations.async_delete_installation(enterprise_id=None, team_id="T10")
    assert await installations.async_find_installation(enterprise_id=None, team_id="T10") is None
    assert await installations.async_find_bot(enterprise_id=None, team_id="T10")


async def test_an_organisation_installs_for_its_workspaces(installations: Installations) -> None:
    """Under its own name; a workspace that installed for itself keeps its own."""
    await installations.async_save(installed("U1", 1.0, team=None, org="E1", bot="of all"))
    await installations.async_save(installed("U2", 1.0, team="T1", org="E1", bot="of one"))
    for org_wide, token in [(True, "of all"), (False, "of one")]:
        bot = await installations.async_find_bot(enterprise_id="E1", team_id="T1", is_enterprise_install=org_wide)
        assert bot is not None
        assert bot.bot_token == token
    await installations.async_save(installed("U1", 1.0, team=None, org="E2", bot="of others"))
    assert [await installations.owner(team, "E1") for team in ("T1", "T2")] == ["T1", "E1"]
    assert await installations.owner("T9", "E2") == "E2"
    assert [await installations.owner(team) for team in ("T2", "T3")] == ["E1", ""]
    assert await installations.workspaces("E1") == ["T2"]
