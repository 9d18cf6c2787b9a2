"""Asks outside addresses; the only file that opens connections to where somebody else says.

Every address is looked at where its socket is made, so that no name, no way of writing a number, no redirect and no
second look-up leads anywhere else.
"""

from __future__ import annotations

import asyncio
import base64
import errno
import hashlib
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import cache, partial
from http import HTTPStatus
from importlib.metadata import PackageNotFoundError, version
from typing import BinaryIO, TypeAlias

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from bot.domain.feed import Login
from bot.errors import FeedError, Health
from bot.ingest.feeds.addresses import NO_ADDRESS, Permitted, address_of, public, web_address
from bot.ingest.feeds.content_type import challenged, kind_of
from bot.ingest.feeds.fetch import Ask, Fetched, Room
from bot.ingest.feeds.resolver import Names
from bot.ingest.feeds.unpacking import ACCEPTED, unpacker

LIMIT = 15_000_000
"""Unpacked bytes of a body that is read."""

SMALL = 512 * 1024
"""Up to so many bytes a body needs no leave to lie in memory."""

SECONDS = 30.0
"""From the first look-up to the last byte, redirects and all; a body that drips is over then, too."""

RECORDING, LONGER = 200_000_000, 30
"""Bytes of what is fetched into a file, and how many times as long that may take as anything else."""

HOPS = 5

_READ = frozenset("etag last-modified cache-control expires date age retry-after content-type".split())
_CHUNK, _HEAD = 64 * 1024, 16 * 1024
_ACCEPT = "application/rss+xml, application/atom+xml, application/xml;q=0.9, */*;q=0.8"
_TEMPORARY, _FOR_GOOD = frozenset({302, 303, 307}), frozenset({301, 308})
_CHALLENGED = "it answers with a page that lets only browsers through"
_STATUS = {
    202: Health.EMPTY,
    204: Health.EMPTY,
    401: Health.LOCKED,
    407: Health.LOCKED,
    402: Health.DENIED,
    403: Health.DENIED,
    451: Health.DENIED,
    404: Health.MISSING,
    410: Health.GONE,
    429: Health.BUSY,
    503: Health.BUSY,
}
_Body: TypeAlias = Callable[[aiohttp.ClientResponse], Awaitable[tuple[bytes, str]]]
"""Takes a body: what of it lies in memory, and the hash of all of it."""

_Kinds: TypeAlias = type[Exception] | tuple[type[Exception], ...]
_WRONG: tuple[tuple[_Kinds, str, Health], ...] = (
    (TimeoutError, "it takes too long", Health.SLOW),
    (aiohttp.ClientConnectorDNSError, "there is nothing by that name", Health.UNREACHABLE),
    (
        (aiohttp.ClientConnectorCertificateError, aiohttp.ClientSSLError),
        "its certificate does not hold",
        Health.INSECURE,
    ),
    (aiohttp.ClientConnectorError, "nobody answers there", Health.UNREACHABLE),
    ((aiohttp.InvalidURL, UnicodeError), NO_ADDRESS, Health.FORBIDDEN),
    (aiohttp.ClientResponseError, "what it answers is not HTTP", Health.GARBLED),
    ((aiohttp.ClientError, OSError), "it hung up", Health.UNREACHABLE),
    (ValueError, "what it answers leads nowhere", Health.GARBLED),
)
"""What went wrong on the way: the special before the general."""


@asynccontextmanager
async def fetching(
    permitted: Permitted = public,
    contact: str = "",
    resolver: AbstractResolver | None = None,
    seconds: float = SECONDS,
    limit: int = LIMIT,
    large: int = RECORDING,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[Fetcher]:
    """Ask outside addresses for as long as the block runs.

    `contact` is where somebody can reach whoever runs this bot; servers are told. `tls` says whose certificates hold,
    those that this machine trusts unless something else is said.
    """
    connector = aiohttp.TCPConnector(
        resolver=resolver or Names(),
        socket_factory=partial(_socket, permitted),
        limit=0,
        use_dns_cache=False,
        # A host is hardly ever asked twice in a row: kept open, a thousand of them would use up all that may be open.
        force_close=True,
        ssl=tls or True,
    )
    headers = {"User-Agent": agent(contact), "Accept": _ACCEPT, "Accept-Encoding": ACCEPTED}
    async with aiohttp.ClientSession(
        connector=connector,
        headers=headers,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(),
        auto_decompress=False,
        trust_env=False,
    ) as session:
        yield Fetcher(session, seconds, limit, large)


@cache
def agent(contact: str) -> str:
    """Return how the bot names itself."""
    try:
        name = f"Overheard/{version('overheard')}"
    except PackageNotFoundError:
        name = "Overheard"
    return f"{name} (+{contact})" if contact else name


def _socket(permitted: Permitted, place: aiohttp.AddrInfoType) -> socket.socket:
    """Make the socket for one address: the first moment at which it is known for certain."""
    family, kind, protocol, _, (host, *_) = place
    if not permitted(address_of(str(host))):
        raise PermissionError(errno.EACCES, "not an address of the open internet")
    return socket.socket(family, kind, protocol)


@dataclass(frozen=True, slots=True)
class Fetcher:
    """The Fetch and the Download of one session."""

    session: aiohttp.ClientSession
    seconds: float
    limit: int
    large: int

    async def __call__(self, ask: Ask, room: Room | None = None) -> Fetched:
        """Return the answer; raises FeedError where there is none."""
        with _in_words():
            async with asyncio.timeout(self.seconds) as deadline:
                return await self._follow(ask, partial(self._body, room and partial(_unhurried, deadline, room)))

    async def download(self, ask: Ask, into: BinaryIO) -> Fetched:
        """Fetch into a file, under the same rules; raises FeedError."""
        with _in_words():
            async with asyncio.timeout(LONGER * self.seconds):
                return await self._follow(ask, partial(_poured, into, self.large))

    async def _follow(self, ask: Ask, take: _Body) -> Fetched:
        url = web_address(ask.url)
        login, moved, for_good = ask.login, None, True
        for _ in range(HOPS + 1):
            async with self.session.get(url, headers=_headers(ask, login), allow_redirects=False) as response:
                target = _target(url, response)
                if not target:
                    return await self._answer(response, ask, moved, take)
            safe = target.scheme in {url.scheme, "https"}
            for_good = for_good and safe and response.status in _FOR_GOOD
            moved = str(target) if for_good else moved
            login = login if target.origin() == url.origin() else None
            url = target
        message = f"it leads on and on, more than {HOPS} times"
        raise FeedError(message, Health.ASTRAY)

    async def _answer(self, response: aiohttp.ClientResponse, ask: Ask, moved: str | None, take: _Body) -> Fetched:
        headers = {name: value for name, value in _flat(response).items() if name in _READ}
        unchanged = response.status == HTTPStatus.NOT_MODIFIED and bool(ask.etag or ask.modified)
        if not unchanged and response.status != HTTPStatus.OK:
            raise await _refusal(response)
        body, digest = (b"", "") if unchanged else await take(response)
        if challenged(_flat(response), body[:_HEAD]):
            raise FeedError(_CHALLENGED, Health.CHALLENGED)
        return Fetched(str(response.url), response.status, headers, body, digest, kind_of(body), moved)

    async def _body(self, room: Room | None, response: aiohttp.ClientResponse) -> tuple[bytes, str]:
        _fits(response.content_length or 0, self.limit)
        body, digest = bytearray(), hashlib.sha256()
        try:
            async for piece in _pieces(response):
                _fits(len(body) + len(piece), self.limit)
                if room and len(body) <= SMALL < len(body) + len(piece):
                    await room()
                body += piece
                digest.update(piece)
            return bytes(body), digest.hexdigest()
        finally:
            # A failure holds on to this frame, and with it to all that was read.
            body.clear()


async def _poured(into: BinaryIO, limit: int, response: aiohttp.ClientResponse) -> tuple[bytes, str]:
    _fits(response.content_length or 0, limit)
    digest, size = hashlib.sha256(), 0
    async for piece in _pieces(response):
        size += len(piece)
        _fits(size, limit)
        into.write(piece)
        digest.update(piece)
    return b"", digest.hexdigest()


def _fits(size: int, limit: int) -> None:
    if size > limit:
        message = f"it is larger than {limit // 1_000_000} MB"
        raise FeedError(message, Health.LARGE)


async def _pieces(response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    unpack = unpacker(response.headers.get("Content-Encoding", ""))
    async for chunk in response.content.iter_chunked(_CHUNK):
        for piece in unpack(chunk):
            yield piece
            # Whatever else there is to do comes first, also where all of the body lies here already.
            await asyncio.sleep(0)


async def _unhurried(deadline: asyncio.Timeout, room: Room) -> None:
    """Stop the clock while we are the ones who are waited for."""
    loop = asyncio.get_running_loop()
    left = (deadline.when() or loop.time()) - loop.time()
    deadline.reschedule(None)
    try:
        await room()
    finally:
        deadline.reschedule(loop.time() + left)


def _headers(ask: Ask, login: Login | None) -> dict[str, str]:
    given = {"If-None-Match": ask.etag, "If-Modified-Since": ask.modified, "Authorization": _authorization(login)}
    return {name: value for name, value in given.items() if value}


def _authorization(login: Login | None) -> str:
    if not login:
        return ""
    if not login.user:
        return f"Bearer {login.secret}"
    return f"Basic {base64.b64encode(f'{login.user}:{login.secret}'.encode()).decode()}"


def _target(url: URL, response: aiohttp.ClientResponse) -> URL | None:
    """Return where a redirect leads; raises FeedError where we do not go."""
    location = response.headers.get("Location", "")
    if response.status not in _TEMPORARY | _FOR_GOOD or not location:
        return None
    return web_address(str(url.join(URL(location))))


async def _refusal(response: aiohttp.ClientResponse) -> FeedError:
    head = b""
    try:
        async for piece in _pieces(response):
            head += piece
            if len(head) >= _HEAD:
                break
    except (FeedError, aiohttp.ClientError):
        pass
    if challenged(_flat(response), head):
        return FeedError(_CHALLENGED, Health.CHALLENGED)
    health = _STATUS.get(response.status, Health.BROKEN)
    return FeedError(f"it answers with {response.status}", health, response.headers.get("Retry-After", ""))


def _flat(response: aiohttp.ClientResponse) -> Mapping[str, str]:
    return {name.lower(): value for name, value in reversed([*response.headers.items()])}


@contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except (aiohttp.ClientError, OSError, ValueError) as error:
        words, health = next((words, health) for kinds, words, health in _WRONG if isinstance(error, kinds))
        if isinstance(error, aiohttp.ClientConnectorError) and error.os_error.errno == errno.EACCES:
            words, health = "it is not on the open internet", Health.FORBIDDEN
        raise FeedError(words, health) from error
