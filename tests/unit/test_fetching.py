"""Fetching: what comes back, where a redirect may lead, and what is said where nothing comes."""

from __future__ import annotations

import gzip
import hashlib
import ssl
import zlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.domain.feed import Login
from bot.errors import FeedError, FeedHealth
from bot.ingest.feeds.fetch import Fetch, FetchRequest, FetchResponse
from bot.ingest.feeds.fetcher import open_fetcher
from tests.servers.web import hostile
from tests.servers.web.certificates import self_signed
from tests.servers.web.pages import CHALLENGE, FEED, Locked, Page, leading
from tests.servers.web.server import FakeWeb


@pytest.fixture
async def web() -> AsyncIterator[FakeWeb]:
    """Return a web on which there is nothing yet."""
    async with FakeWeb() as web:
        yield web


@pytest.fixture
async def fetch(web: FakeWeb) -> AsyncIterator[Fetch]:
    """Return what fetches from it: here, loopback may be asked."""
    async with open_fetcher(lambda address: address.is_loopback, "https://example.com/bot", web.names) as fetch:
        yield fetch


async def refused(fetch: Fetch, url: str, **how: str) -> FeedError:
    """Return why something is not fetched."""
    with pytest.raises(FeedError) as failure:
        await fetch(FetchRequest(url, **how))
    return failure.value


async def test_an_answer_comes_whole(web: FakeWeb, fetch: Fetch) -> None:
    """With the headers that are read, its hash, and what it is by its first bytes."""
    url = web.at("/feed", Page(headers={"ETag": 'W/"a b"', "Content-Type": "image/png", "Set-Cookie": "a=b"}))
    assert await fetch(FetchRequest(url)) == FetchResponse(
        url=url,
        status=200,
        headers={"etag": 'W/"a b"', "content-type": "image/png"},
        body=FEED,
        hash=hashlib.sha256(FEED).hexdigest(),
    )


async def test_it_says_who_asks_and_nothing_more(web: FakeWeb, fetch: Fetch) -> None:
    """The bot's name with somewhere to reach its operator; no cookie comes back."""
    url = web.at("/feed", Page(headers={"Set-Cookie": "a=b"}))
    for _ in range(2):
        await fetch(FetchRequest(url))
    sent = web.asked[-1].headers
    assert sent["user-agent"].startswith("Overheard")
    assert sent["user-agent"].endswith(" (+https://example.com/bot)")
    assert set(sent) == {"host", "user-agent", "accept", "accept-encoding", "connection"}


async def test_what_has_not_changed_is_not_sent_again(web: FakeWeb, fetch: Fetch) -> None:
    """Both marks go back letter by letter; 304 is an answer only where they do."""
    url = web.at("/feed", Page(tagged=True))
    tag = (await fetch(FetchRequest(url))).headers["etag"]
    again = await fetch(FetchRequest(url, tag, "Thu, 01 Jan 1970 00:00:00 GMT"))
    assert (again.status, again.body, again.hash) == (304, b"", "")
    assert web.asked[-1].headers["if-none-match"] == tag
    assert web.asked[-1].headers["if-modified-since"] == "Thu, 01 Jan 1970 00:00:00 GMT"
    web.at("/feed", Page(b"", 304))
    assert (await refused(fetch, url)).health is FeedHealth.SERVER_ERROR


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (gzip.compress(FEED), "gzip"),
        (gzip.compress(FEED[:9]) + gzip.compress(FEED[9:]), "x-gzip"),
        (zlib.compress(FEED), "deflate"),
        (zlib.compress(FEED, wbits=-15), "deflate"),
        (gzip.compress(FEED) + b"\0" * 100, "gzip"),
        (FEED, "identity"),
    ],
    ids=["gzip", "several", "deflate", "bare", "padded", "plain"],
)
async def test_what_is_packed_is_unpacked(web: FakeWeb, fetch: Fetch, body: bytes, encoding: str) -> None:
    """As gzip, in several parts or padded, and as either kind of deflate."""
    url = web.at("/feed", Page(body, headers={"Content-Encoding": encoding}))
    assert (await fetch(FetchRequest(url))).body == FEED


async def test_redirects_are_followed_and_the_lasting_ones_told(web: FakeWeb, fetch: Fetch) -> None:
    """As far as a chain of them is lasting from its beginning."""
    end = web.at("/end", Page())
    web.at("/here", leading("/end", 302))
    web.at("/there", leading("/here#fragment", 308))
    chain = web.at("/old", leading("/there", 301))
    found = await fetch(FetchRequest(chain))
    assert (found.url, found.moved_to) == (end, web.url("/here"))
    assert (await fetch(FetchRequest(web.url("/here")))).moved_to is None
    assert (await fetch(FetchRequest(end))).moved_to is None


async def test_five_redirects_are_enough(web: FakeWeb, fetch: Fetch) -> None:
    """A sixth, or one that leads to itself, is one too many."""
    web.at("/0", Page())
    for number in range(1, 7):
        web.at(f"/{number}", leading(f"/{number - 1}"))
    assert (await fetch(FetchRequest(web.url("/5")))).body == FEED
    assert (await refused(fetch, web.url("/6"))).health is FeedHealth.TOO_MANY_REDIRECTS
    assert (await refused(fetch, web.at("/loop", leading("/loop", 301)))).health is FeedHealth.TOO_MANY_REDIRECTS


@pytest.mark.parametrize("login", [Login("ann", "päss"), Login("", "token-1")])
async def test_a_login_opens_what_is_locked(web: FakeWeb, fetch: Fetch, login: Login) -> None:
    """By a password or a token; without, or with another, it stays locked; and neither is ever printed."""
    url = web.at("/feed", Locked(f"{login.user}:{login.secret}" if login.user else login.secret))
    assert (await fetch(FetchRequest(url, login=login))).body == FEED
    assert (await refused(fetch, url)).health is FeedHealth.LOGIN_REQUIRED
    assert login.secret not in repr(FetchRequest(url, login=login))


async def test_a_login_goes_nowhere_else(web: FakeWeb, fetch: Fetch) -> None:
    """It stays through redirects at home; at another host or port it is left behind, and not taken up again."""
    web.at("/end", Page())
    web.at("/end", Page(), "b.test")
    web.at("/back", leading(web.url("/end", "a.test")), "b.test")
    login = Login("ann", "secret")
    for path, ways, kept in (
        ("/home", leading("/end"), True),
        ("/away", leading(web.url("/end", "b.test")), False),
        ("/there-and-back", leading(web.url("/back", "b.test")), False),
    ):
        web.at("/end", Page(), "a.test")
        await fetch(FetchRequest(web.at(path, ways, "a.test"), login=login))
        assert ("authorization" in web.asked[-1].headers) is kept
    assert not any("authorization" in asked.headers for asked in web.asked if asked.host == "b.test")


@pytest.fixture
async def closed(tmp_path: Path) -> AsyncIterator[FakeWeb]:
    """Return a web over TLS, whose certificate was made by itself."""
    async with FakeWeb(tls=self_signed(tmp_path)) as web:
        yield web


@pytest.fixture
async def trusting(closed: FakeWeb, tmp_path: Path) -> AsyncIterator[Fetch]:
    """Return what fetches from there, and takes the certificate for good."""
    tls = ssl.create_default_context(cafile=tmp_path / "certificate.pem")
    async with open_fetcher(lambda _: True, resolver=closed.names, tls=tls) as fetch:
        yield fetch


async def test_a_certificate_must_hold(closed: FakeWeb, fetch: Fetch) -> None:
    """One that nobody stands for is none; nothing is asked."""
    assert (await refused(fetch, closed.at("/feed", Page()))).health is FeedHealth.BAD_CERTIFICATE
    assert closed.asked == []


async def test_nobody_moves_to_where_everybody_listens(web: FakeWeb, closed: FakeWeb, trusting: Fetch) -> None:
    """From https to http a redirect is followed, but is never for good, and takes no login along; up it is and does."""
    web.at("/end", Page())
    down = closed.at("/down", leading(web.url("/end"), 301))
    found = await trusting(FetchRequest(down, login=Login("ann", "secret")))
    assert (found.url, found.moved_to) == (web.url("/end"), None)
    assert "authorization" not in web.asked[-1].headers
    closed.at("/end", Page())
    up = await trusting(FetchRequest(web.at("/up", leading(closed.url("/end"), 301))))
    assert up.moved_to == closed.url("/end")


@pytest.mark.parametrize(
    ("status", "health"),
    [
        (401, FeedHealth.LOGIN_REQUIRED),
        (403, FeedHealth.DENIED),
        (404, FeedHealth.NOT_FOUND),
        (410, FeedHealth.GONE),
        (429, FeedHealth.BUSY),
        (500, FeedHealth.SERVER_ERROR),
        (503, FeedHealth.BUSY),
        (204, FeedHealth.EMPTY),
        (300, FeedHealth.SERVER_ERROR),
    ],
)
async def test_a_refusal_has_a_reason(web: FakeWeb, fetch: Fetch, status: int, health: FeedHealth) -> None:
    """One for each kind, with how long to stay away as the server wrote it."""
    error = await refused(fetch, web.at("/feed", Page(b"", status, {"Retry-After": "3600"})))
    assert (error.health, error.retry_after, str(error)) == (health, "3600", f"it answers with {status}")


@pytest.mark.parametrize("status", [200, 403, 503])
async def test_a_page_for_browsers_is_told_from_a_refusal(web: FakeWeb, fetch: Fetch, status: int) -> None:
    """By its words or by a header, whatever its status; an ordinary page is an ordinary page."""
    assert (await refused(fetch, web.at("/a", Page(CHALLENGE, status)))).health is FeedHealth.BROWSERS_ONLY
    packed = Page(gzip.compress(CHALLENGE), status, {"Content-Encoding": "gzip"})
    assert (await refused(fetch, web.at("/b", packed))).health is FeedHealth.BROWSERS_ONLY
    named = Page(b"no", status, {"CF-Mitigated": "challenge"})
    assert (await refused(fetch, web.at("/c", named))).health is FeedHealth.BROWSERS_ONLY
    article = b"<!doctype html><title>Are captchas human?</title><p>Just a moment, please.</p>"
    assert (await fetch(FetchRequest(web.at("/d", Page(article))))).body == article


@pytest.mark.parametrize(
    ("answer", "health"),
    [
        (hostile.saying(b"SSH-2.0-OpenSSH_9.9\r\n"), FeedHealth.BAD_RESPONSE),
        (hostile.saying(b""), FeedHealth.UNREACHABLE),
        (hostile.saying(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhalf"), FeedHealth.UNREACHABLE),
        (hostile.saying(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n"), FeedHealth.BAD_RESPONSE),
        (hostile.headers_without_end, FeedHealth.BAD_RESPONSE),
        (hostile.bomb(0, "gzip", b"not packed at all"), FeedHealth.BAD_RESPONSE),
        (hostile.bomb(0, "br", b"\x0b\x02\x80hello\x03"), FeedHealth.BAD_RESPONSE),
        (hostile.nested(1), FeedHealth.BAD_RESPONSE),
        (Page(b"", 302, {"Location": "http://[half"}), FeedHealth.BAD_RESPONSE),
        (Page(b"", 302, {"Location": "file:///etc/passwd"}), FeedHealth.ADDRESS_BLOCKED),
        (Page(b"", 302, {"Location": "http://ann:secret@a.test/"}), FeedHealth.ADDRESS_BLOCKED),
        (Page(b"", 302), FeedHealth.SERVER_ERROR),
    ],
)
async def test_what_is_no_answer_is_said_in_words(
    web: FakeWeb, fetch: Fetch, answer: hostile.Answer, health: FeedHealth
) -> None:
    """Another protocol, a connection cut off, headers without end, packing that is none, redirects to nowhere."""
    assert (await refused(fetch, web.at("/feed", answer))).health is health


async def test_nobody_there_is_unreachable(web: FakeWeb, fetch: Fetch) -> None:
    """A port on which nobody listens, and a name that leads nowhere."""
    web.names.leads["gone.test"] = [[]]
    assert (await refused(fetch, "http://127.0.0.1:1025/")).health is FeedHealth.UNREACHABLE
    assert (await refused(fetch, web.url("/", "gone.test"))).health is FeedHealth.UNREACHABLE


async def test_nothing_is_kept_open(web: FakeWeb, fetch: Fetch) -> None:
    """A thousand hosts, one after the other, hold no thousand sockets."""
    for number in range(20):
        await fetch(FetchRequest(web.at("/feed", Page(), f"{number}.test")))
    await web.settled()
    assert web.connected == 0
