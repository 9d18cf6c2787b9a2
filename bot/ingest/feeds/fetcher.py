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
from bot.errors import FeedError, FeedHealth
from bot.ingest.feeds.addresses import INVALID_URL_MESSAGE, AddressPolicy, is_public, parse_ip_address, parse_web_url
from bot.ingest.feeds.content_type import is_bot_challenge, sniff_content
from bot.ingest.feeds.fetch import FetchRequest, FetchResponse, MemoryGate
from bot.ingest.feeds.resolver import ThreadedResolver
from bot.ingest.feeds.unpacking import ACCEPT_ENCODING, make_decompressor

MAX_BODY_BYTES = 15_000_000
"""Unpacked bytes of a body that is read."""

SMALL_BODY_BYTES = 512 * 1024
"""Up to so many bytes a body needs no leave to lie in memory."""

TIMEOUT_SECONDS = 30.0
"""From the first look-up to the last byte, redirects and all; a body that drips is over then, too."""

MAX_DOWNLOAD_BYTES, DOWNLOAD_TIMEOUT_FACTOR = 200_000_000, 30
"""Bytes of what is fetched into a file, and how many times as long that may take as anything else."""

MAX_REDIRECTS = 5

_KEPT_HEADERS = frozenset("etag last-modified cache-control expires date age retry-after content-type".split())
_CHUNK_BYTES, _SNIFFED_BYTES = 64 * 1024, 16 * 1024
_ACCEPT = "application/rss+xml, application/atom+xml, application/xml;q=0.9, */*;q=0.8"
_TEMPORARY_REDIRECTS, _PERMANENT_REDIRECTS = frozenset({302, 303, 307}), frozenset({301, 308})
_CHALLENGE_MESSAGE = "it answers with a page that lets only browsers through"
_HEALTH_BY_STATUS = {
    202: FeedHealth.EMPTY,
    204: FeedHealth.EMPTY,
    401: FeedHealth.LOGIN_REQUIRED,
    407: FeedHealth.LOGIN_REQUIRED,
    402: FeedHealth.DENIED,
    403: FeedHealth.DENIED,
    451: FeedHealth.DENIED,
    404: FeedHealth.NOT_FOUND,
    410: FeedHealth.GONE,
    429: FeedHealth.BUSY,
    503: FeedHealth.BUSY,
}
_ReadBody: TypeAlias = Callable[[aiohttp.ClientResponse], Awaitable[tuple[bytes, str]]]
"""Takes a body: what of it lies in memory, and the hash of all of it."""

_ErrorTypes: TypeAlias = type[Exception] | tuple[type[Exception], ...]
_ERRORS: tuple[tuple[_ErrorTypes, str, FeedHealth], ...] = (
    (TimeoutError, "it takes too long", FeedHealth.TIMED_OUT),
    (aiohttp.ClientConnectorDNSError, "there is nothing by that name", FeedHealth.UNREACHABLE),
    (
        (aiohttp.ClientConnectorCertificateError, aiohttp.ClientSSLError),
        "its certificate does not hold",
        FeedHealth.BAD_CERTIFICATE,
    ),
    (aiohttp.ClientConnectorError, "nobody answers there", FeedHealth.UNREACHABLE),
    ((aiohttp.InvalidURL, UnicodeError), INVALID_URL_MESSAGE, FeedHealth.ADDRESS_BLOCKED),
    (aiohttp.ClientResponseError, "what it answers is not HTTP", FeedHealth.BAD_RESPONSE),
    ((aiohttp.ClientError, OSError), "it hung up", FeedHealth.UNREACHABLE),
    (ValueError, "what it answers leads nowhere", FeedHealth.BAD_RESPONSE),
)
"""What went wrong on the way: the special before the general."""


@asynccontextmanager
async def open_fetcher(
    policy: AddressPolicy = is_public,
    contact: str = "",
    resolver: AbstractResolver | None = None,
    seconds: float = TIMEOUT_SECONDS,
    limit: int = MAX_BODY_BYTES,
    large: int = MAX_DOWNLOAD_BYTES,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[Fetcher]:
    """Ask outside addresses for as long as the block runs.

    `contact` is where somebody can reach whoever runs this bot; servers are told. `tls` says whose certificates hold,
    those that this machine trusts unless something else is said.
    """
    connector = aiohttp.TCPConnector(
        resolver=resolver or ThreadedResolver(),
        socket_factory=partial(_guarded_socket, policy),
        limit=0,
        use_dns_cache=False,
        # A host is hardly ever asked twice in a row: kept open, a thousand of them would use up all that may be open.
        force_close=True,
        ssl=tls or True,
    )
    headers = {"User-Agent": user_agent(contact), "Accept": _ACCEPT, "Accept-Encoding": ACCEPT_ENCODING}
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
def user_agent(contact: str) -> str:
    """Return how the bot names itself."""
    try:
        name = f"Overheard/{version('overheard')}"
    except PackageNotFoundError:
        name = "Overheard"
    return f"{name} (+{contact})" if contact else name


def _guarded_socket(policy: AddressPolicy, address_info: aiohttp.AddrInfoType) -> socket.socket:
    """Make the socket for one address: the first moment at which it is known for certain."""
    family, kind, protocol, _, (host, *_) = address_info
    if not policy(parse_ip_address(str(host))):
        raise PermissionError(errno.EACCES, "not an address of the open internet")
    return socket.socket(family, kind, protocol)


@dataclass(frozen=True, slots=True)
class Fetcher:
    """The Fetch and the Download of one session."""

    session: aiohttp.ClientSession
    timeout: float
    max_body: int
    max_download: int

    async def __call__(self, request: FetchRequest, memory_gate: MemoryGate | None = None) -> FetchResponse:
        """Return the answer; raises FeedError where there is none."""
        with _translate_errors():
            async with asyncio.timeout(self.timeout) as deadline:
                return await self._follow_redirects(
                    request,
                    partial(self._read_into_memory, memory_gate and partial(_pause_deadline, deadline, memory_gate)),
                )

    async def download(self, request: FetchRequest, into: BinaryIO) -> FetchResponse:
        """Fetch into a file, under the same rules; raises FeedError."""
        with _translate_errors():
            async with asyncio.timeout(DOWNLOAD_TIMEOUT_FACTOR * self.timeout):
                return await self._follow_redirects(request, partial(_read_into_file, into, self.max_download))

    async def _follow_redirects(self, request: FetchRequest, read_body: _ReadBody) -> FetchResponse:
        url = parse_web_url(request.url)
        login, moved, for_good = request.login, None, True
        for _ in range(MAX_REDIRECTS + 1):
            async with self.session.get(
                url, headers=_request_headers(request, login), allow_redirects=False
            ) as response:
                target = _redirect_target(url, response)
                if not target:
                    return await self._build_response(response, request, moved, read_body)
            safe = target.scheme in {url.scheme, "https"}
            for_good = for_good and safe and response.status in _PERMANENT_REDIRECTS
            moved = str(target) if for_good else moved
            login = login if target.origin() == url.origin() else None
            url = target
        message = f"it leads on and on, more than {MAX_REDIRECTS} times"
        raise FeedError(message, FeedHealth.TOO_MANY_REDIRECTS)

    async def _build_response(
        self, response: aiohttp.ClientResponse, request: FetchRequest, moved: str | None, read_body: _ReadBody
    ) -> FetchResponse:
        headers = {name: value for name, value in _lowercase_headers(response).items() if name in _KEPT_HEADERS}
        unchanged = response.status == HTTPStatus.NOT_MODIFIED and bool(request.etag or request.last_modified)
        if not unchanged and response.status != HTTPStatus.OK:
            raise await _status_error(response)
        body, digest = (b"", "") if unchanged else await read_body(response)
        if is_bot_challenge(_lowercase_headers(response), body[:_SNIFFED_BYTES]):
            raise FeedError(_CHALLENGE_MESSAGE, FeedHealth.BROWSERS_ONLY)
        return FetchResponse(str(response.url), response.status, headers, body, digest, sniff_content(body), moved)

    async def _read_into_memory(
        self, memory_gate: MemoryGate | None, response: aiohttp.ClientResponse
    ) -> tuple[bytes, str]:
        _check_size(response.content_length or 0, self.max_body)
        body, digest = bytearray(), hashlib.sha256()
        try:
            async for piece in _iter_body(response):
                _check_size(len(body) + len(piece), self.max_body)
                if memory_gate and len(body) <= SMALL_BODY_BYTES < len(body) + len(piece):
                    await memory_gate()
                body += piece
                digest.update(piece)
            return bytes(body), digest.hexdigest()
        finally:
            # A failure holds on to this frame, and with it to all that was read.
            body.clear()


async def _read_into_file(into: BinaryIO, limit: int, response: aiohttp.ClientResponse) -> tuple[bytes, str]:
    _check_size(response.content_length or 0, limit)
    digest, size = hashlib.sha256(), 0
    async for piece in _iter_body(response):
        size += len(piece)
        _check_size(size, limit)
        into.write(piece)
        digest.update(piece)
    return b"", digest.hexdigest()


def _check_size(size: int, limit: int) -> None:
    if size > limit:
        message = f"it is larger than {limit // 1_000_000} MB"
        raise FeedError(message, FeedHealth.TOO_LARGE)


async def _iter_body(response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    unpack = make_decompressor(response.headers.get("Content-Encoding", ""))
    async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
        for piece in unpack(chunk):
            yield piece
            # Whatever else there is to do comes first, also where all of the body lies here already.
            await asyncio.sleep(0)


async def _pause_deadline(deadline: asyncio.Timeout, memory_gate: MemoryGate) -> None:
    """Stop the clock while we are the ones who are waited for."""
    loop = asyncio.get_running_loop()
    left = (deadline.when() or loop.time()) - loop.time()
    deadline.reschedule(None)
    try:
        await memory_gate()
    finally:
        deadline.reschedule(loop.time() + left)


def _request_headers(request: FetchRequest, login: Login | None) -> dict[str, str]:
    given = {
        "If-None-Match": request.etag,
        "If-Modified-Since": request.last_modified,
        "Authorization": _authorization(login),
    }
    return {name: value for name, value in given.items() if value}


def _authorization(login: Login | None) -> str:
    if not login:
        return ""
    if not login.user:
        return f"Bearer {login.secret}"
    return f"Basic {base64.b64encode(f'{login.user}:{login.secret}'.encode()).decode()}"


def _redirect_target(url: URL, response: aiohttp.ClientResponse) -> URL | None:
    """Return where a redirect leads; raises FeedError where we do not go."""
    location = response.headers.get("Location", "")
    if response.status not in _TEMPORARY_REDIRECTS | _PERMANENT_REDIRECTS or not location:
        return None
    return parse_web_url(str(url.join(URL(location))))


async def _status_error(response: aiohttp.ClientResponse) -> FeedError:
    head = b""
    try:
        async for piece in _iter_body(response):
            head += piece
            if len(head) >= _SNIFFED_BYTES:
                break
    except (FeedError, aiohttp.ClientError):
        pass
    if is_bot_challenge(_lowercase_headers(response), head):
        return FeedError(_CHALLENGE_MESSAGE, FeedHealth.BROWSERS_ONLY)
    health = _HEALTH_BY_STATUS.get(response.status, FeedHealth.SERVER_ERROR)
    return FeedError(f"it answers with {response.status}", health, response.headers.get("Retry-After", ""))


def _lowercase_headers(response: aiohttp.ClientResponse) -> Mapping[str, str]:
    return {name.lower(): value for name, value in reversed([*response.headers.items()])}


@contextmanager
def _translate_errors() -> Iterator[None]:
    try:
        yield
    except (aiohttp.ClientError, OSError, ValueError) as error:
        words, health = next((words, health) for kinds, words, health in _ERRORS if isinstance(error, kinds))
        if isinstance(error, aiohttp.ClientConnectorError) and error.os_error.errno == errno.EACCES:
            words, health = "it is not on the open internet", FeedHealth.ADDRESS_BLOCKED
        raise FeedError(words, health) from error
