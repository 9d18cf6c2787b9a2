"""Fetches from the web: the only file that connects to addresses that others name.

Every address is checked when its socket is made, so that no name, no way of writing a number, no redirect and no
second look-up leads anywhere else.
"""

from __future__ import annotations

import asyncio
import base64
import errno
import hashlib
import re
import socket
import ssl
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import cache, partial
from http import HTTPStatus
from importlib.metadata import PackageNotFoundError, version
from typing import BinaryIO, TypeAlias
from urllib.parse import urlsplit
from weakref import WeakValueDictionary

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from bot.domain.feed import Login
from bot.errors import FeedError, FeedHealth
from bot.ingest.feeds.fetch import MAX_BODY_BYTES, Fetch, FetchRequest, FetchResponse, MemoryGate
from bot.ingest.feeds.urls import INVALID_URL_MESSAGE, AddressPolicy, is_public, parse_ip_address, parse_web_url
from bot.ingest.formats.parsed import ParseError, decode_text

SMALL_BODY_BYTES = 512 * 1024
"""A body of up to so many bytes needs no permission to be in memory."""

TIMEOUT_SECONDS = 30.0
"""From the first look-up to the last byte, redirects included, so that a body that trickles in ends, too."""

MAX_DOWNLOAD_BYTES, DOWNLOAD_TIMEOUT_FACTOR = 200_000_000, 30
"""Bytes of a download into a file, and how many times longer it may take than other requests."""

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
"""Reads a body; returns the part in memory and the hash of the whole."""

_ErrorTypes: TypeAlias = type[Exception] | tuple[type[Exception], ...]
_ERRORS: tuple[tuple[_ErrorTypes, str, FeedHealth], ...] = (
    (TimeoutError, "it takes too long", FeedHealth.TIMED_OUT),
    (aiohttp.ClientConnectorDNSError, "its host does not exist", FeedHealth.UNREACHABLE),
    (
        (aiohttp.ClientConnectorCertificateError, aiohttp.ClientSSLError),
        "its certificate is not valid",
        FeedHealth.BAD_CERTIFICATE,
    ),
    (aiohttp.ClientConnectorError, "nobody answers there", FeedHealth.UNREACHABLE),
    ((aiohttp.InvalidURL, UnicodeError), INVALID_URL_MESSAGE, FeedHealth.ADDRESS_BLOCKED),
    (aiohttp.ClientResponseError, "its answer is not HTTP", FeedHealth.BAD_RESPONSE),
    ((aiohttp.ClientError, OSError), "it closed the connection", FeedHealth.UNREACHABLE),
    (ValueError, "its answer leads nowhere", FeedHealth.BAD_RESPONSE),
)
"""What may go wrong on the way: the specific before the general."""


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
    """Fetch outside addresses for as long as the block runs.

    Servers are told `contact`, where whoever runs this bot can be reached. `tls` says whose certificates are trusted:
    by default, those that this machine trusts.
    """
    connector = aiohttp.TCPConnector(
        resolver=resolver or ThreadedResolver(),
        socket_factory=partial(_guarded_socket, policy),
        limit=0,
        use_dns_cache=False,
        # A host is hardly ever asked twice in a row: a thousand open connections would use up all that may be open.
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
    """Make the socket for one address: only now is the address certain."""
    family, kind, protocol, _, (host, *_) = address_info
    if not policy(parse_ip_address(str(host))):
        raise PermissionError(errno.EACCES, "not an address of the open internet")
    return socket.socket(family, kind, protocol)


@dataclass(frozen=True, slots=True)
class Fetcher:
    """`Fetch` and `Download` in one session."""

    session: aiohttp.ClientSession
    timeout: float
    max_body: int
    max_download: int

    async def __call__(self, request: FetchRequest, memory_gate: MemoryGate | None = None) -> FetchResponse:
        """Return the response; raises FeedError if there is none."""
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
        login, moved_to, is_permanent = request.login, None, True
        for _ in range(MAX_REDIRECTS + 1):
            async with self.session.get(
                url, headers=_request_headers(request, login), allow_redirects=False
            ) as response:
                target = _redirect_target(url, response)
                if not target:
                    return await self._build_response(response, request, moved_to, read_body)
            safe = target.scheme in {url.scheme, "https"}
            is_permanent = is_permanent and safe and response.status in _PERMANENT_REDIRECTS
            moved_to = str(target) if is_permanent else moved_to
            login = login if target.origin() == url.origin() else None
            url = target
        message = f"it redirects more than {MAX_REDIRECTS} times"
        raise FeedError(message, FeedHealth.TOO_MANY_REDIRECTS)

    async def _build_response(
        self, response: aiohttp.ClientResponse, request: FetchRequest, moved_to: str | None, read_body: _ReadBody
    ) -> FetchResponse:
        headers = {name: value for name, value in _lowercase_headers(response).items() if name in _KEPT_HEADERS}
        unchanged = response.status == HTTPStatus.NOT_MODIFIED and bool(request.etag or request.last_modified)
        if not unchanged and response.status != HTTPStatus.OK:
            raise await _status_error(response)
        body, digest = (b"", "") if unchanged else await read_body(response)
        if is_bot_challenge(_lowercase_headers(response), body[:_SNIFFED_BYTES]):
            raise FeedError(_CHALLENGE_MESSAGE, FeedHealth.BROWSERS_ONLY)
        return FetchResponse(str(response.url), response.status, headers, body, digest, moved_to)

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
            # An exception keeps this frame alive, and with it all that was read.
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
            # Let everything else have its turn, even if the whole body is here already.
            await asyncio.sleep(0)


async def _pause_deadline(deadline: asyncio.Timeout, memory_gate: MemoryGate) -> None:
    """Stop the clock while the server waits for us."""
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
    """Return where a redirect leads; raises FeedError if we don't go there."""
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


ACCEPT_ENCODING = "gzip, deflate"
"""The encodings we ask for: the standard library can unpack both with a limit."""

SLICE_BYTES = 256 * 1024
"""So many bytes are unpacked at a time: the event loop goes on in between."""

Decompress: TypeAlias = Callable[[bytes], Iterator[bytes]]
"""Takes the next bytes of a body and yields what is in them, a slice at a time."""

_GZIP = b"\x1f\x8b"
_AUTO_HEADER_WBITS, _RAW_WBITS = 47, -15
"""zlib's codes for "gzip or zlib, find out" and "no header": some servers leave it out."""


def make_decompressor(encoding: str) -> Decompress:
    """Return what unpacks one body; either raises FeedError if that is impossible."""
    name = encoding.strip().lower()
    if name in {"", "identity"}:
        return lambda content: iter((content,))
    if name in {"gzip", "x-gzip", "deflate"}:
        return _Zlib().decompress
    message = f"it is packed as {name[:40]!r}, which we did not ask for"
    raise FeedError(message, FeedHealth.BAD_RESPONSE)


class _Zlib:
    def __init__(self) -> None:
        self._decompressor = zlib.decompressobj(_AUTO_HEADER_WBITS)
        self._has_begun = False

    def decompress(self, packed: bytes) -> Iterator[bytes]:
        if not self._has_begun and packed:
            self._has_begun = True
            has_header = packed[0] & 0x0F == zlib.DEFLATED or packed.startswith(_GZIP[:1])
            self._decompressor = zlib.decompressobj(_AUTO_HEADER_WBITS if has_header else _RAW_WBITS)
        while packed and not self._decompressor.eof:
            try:
                yield self._decompressor.decompress(packed, SLICE_BYTES)
            except zlib.error:
                message = "it is not packed the way it says"
                raise FeedError(message, FeedHealth.BAD_RESPONSE) from None
            packed = self._decompressor.unconsumed_tail
            # Several members may follow one another; anything else after the end is padding.
            if self._decompressor.eof and self._decompressor.unused_data.startswith(_GZIP):
                packed = self._decompressor.unused_data
                self._decompressor = zlib.decompressobj(_AUTO_HEADER_WBITS)


_THREADS = 16


class ThreadedResolver(AbstractResolver):
    """Looks up names as this machine does, on threads of its own."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_THREADS, "names")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return every address of a name; raises OSError if it has none."""
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(
            self._threads, lambda: socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)
        )
        return [to_resolve_result(host, str(place[0]), port, family) for family, _, _, _, place in found]

    async def close(self) -> None:
        """Abandon look-ups that still run."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def to_resolve_result(host: str, address: str, port: int, family: socket.AddressFamily) -> ResolveResult:
    """Return one address of a name as the connector wants it."""
    flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
    return ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=flags)


PAUSE_SECONDS = 1.0
"""Seconds for which a host is left alone after each response."""


def pace_by_host(fetch: Fetch, gap: float) -> Fetch:
    """Return a Fetch that leaves each host alone for a gap, in seconds; that wait doesn't count as its time."""
    return _PacedFetch(fetch, gap)


class _PacedFetch:
    def __init__(self, fetch: Fetch, gap: float) -> None:
        self._fetch, self._gap = fetch, gap
        # Whoever waits for a host, and the timer that releases it, hold its lock; nobody else needs it.
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def __call__(self, request: FetchRequest, memory_gate: MemoryGate | None = None) -> FetchResponse:
        """Return the response, when it is our turn."""
        lock = self._locks.setdefault(urlsplit(request.url).hostname or "", asyncio.Lock())
        await lock.acquire()
        try:
            return await self._fetch(request, memory_gate)
        finally:
            asyncio.get_running_loop().call_later(self._gap, lock.release)


_HTML_START = re.compile(
    r"(?:<\?xml\b[^>]{0,200}>\s*)?(?:<!--.{0,3000}?-->\s*)?"
    r"<(?:!doctype\s+html|html|head|body|script|meta|title|div|p|h1)\b",
    re.IGNORECASE | re.DOTALL,
)
_CHALLENGE = re.compile(
    r"<title>\s*(?:just a moment|attention required! \| cloudflare|ddos-guard|access denied|are you a human|"
    r"please wait\.\.\. \| cloudflare|pardon our interruption|verifying you are human|client challenge|robot check)"
    r"|/cdn-cgi/challenge-platform/|_incapsula_resource|window\._cf_chl_opt|sucuri_cloudproxy_js|px-captcha"
    r"|captcha-delivery\.com|awswafintegration|checking your browser before accessing",
    re.IGNORECASE,
)


def is_bot_challenge(headers: Mapping[str, str], head: bytes) -> bool:
    """Return whether a response is a page that lets only browsers through."""
    if headers.get("cf-mitigated") == "challenge" or "x-amzn-waf-action" in headers:
        return True
    try:
        text = decode_text(head).lstrip()
    except ParseError:
        return False
    return _HTML_START.match(text) is not None and _CHALLENGE.search(text) is not None
