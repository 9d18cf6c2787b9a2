"""Asks outside addresses; the only file that opens connections to where somebody else says.

Every address is looked at where its socket is made, so that no name, no way of writing a number, no redirect and no
second look-up leads anywhere else.
"""

from __future__ import annotations

import asyncio
import base64
import codecs
import errno
import hashlib
import re
import socket
import ssl
import zlib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import cache, partial
from http import HTTPStatus
from importlib.metadata import PackageNotFoundError, version
from typing import BinaryIO, TypeAlias
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from bot.domain.feed import Login
from bot.errors import FeedError, FeedHealth
from bot.ingest.feeds.fetch import ContentKind, Fetch, FetchRequest, FetchResponse, MemoryGate
from bot.ingest.feeds.urls import INVALID_URL_MESSAGE, AddressPolicy, is_public, parse_ip_address, parse_web_url

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


ACCEPT_ENCODING = "gzip, deflate"
"""What we ask for: the standard library unpacks both with a bound."""

SLICE_BYTES = 256 * 1024
"""So many bytes are unpacked at once: the event loop may go on after each."""

Decompress: TypeAlias = Callable[[bytes], Iterator[bytes]]
"""Takes the next bytes of a body and yields what is in them, a slice at a time."""

_GZIP = b"\x1f\x8b"
_AUTO_HEADER_WBITS, _RAW_WBITS = 47, -15
"""How zlib is told to find out whether it is gzip or zlib, and that it is neither: some leave the header out."""


def make_decompressor(encoding: str) -> Decompress:
    """Return what unpacks one body; it, or this, raises FeedError where nothing can."""
    name = encoding.strip().lower()
    if name in {"", "identity"}:
        return lambda content: iter((content,))
    if name in {"gzip", "x-gzip", "deflate"}:
        return _Zlib().decompress
    message = f"it is packed as {name[:40]!r}, which nobody asked for"
    raise FeedError(message, FeedHealth.BAD_RESPONSE)


class _Zlib:
    def __init__(self) -> None:
        self._decompressor = zlib.decompressobj(_AUTO_HEADER_WBITS)
        self._has_begun = False

    def decompress(self, packed: bytes) -> Iterator[bytes]:
        if not self._has_begun and packed:
            self._has_begun = True
            self._decompressor = zlib.decompressobj(_AUTO_HEADER_WBITS if _has_zlib_header(packed) else _RAW_WBITS)
        while packed and not self._decompressor.eof:
            try:
                yield self._decompressor.decompress(packed, SLICE_BYTES)
            except zlib.error:
                message = "it is not packed as it says"
                raise FeedError(message, FeedHealth.BAD_RESPONSE) from None
            packed = self._decompressor.unconsumed_tail
            # Several may stand one after the other; anything else behind the end is padding.
            if self._decompressor.eof and self._decompressor.unused_data.startswith(_GZIP):
                packed = self._decompressor.unused_data
                self._decompressor = zlib.decompressobj(_AUTO_HEADER_WBITS)


def _has_zlib_header(packed: bytes) -> bool:
    return packed[0] & 0x0F == zlib.DEFLATED or packed.startswith(_GZIP[:1])


_THREADS = 16


class ThreadedResolver(AbstractResolver):
    """Looks names up as this machine does."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_THREADS, "names")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return every address of a name; raises OSError where it has none."""
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(
            self._threads, lambda: socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)
        )
        return [to_resolve_result(host, str(place[0]), port, family) for family, _, _, _, place in found]

    async def close(self) -> None:
        """Let go of what is still looked up."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def to_resolve_result(host: str, address: str, port: int, family: socket.AddressFamily) -> ResolveResult:
    """Return one address of a name as the connector wants it."""
    flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
    return ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=flags)


PAUSE_SECONDS = 1.0
"""Seconds for which a host is left alone after each answer."""


def pace_by_host(fetch: Fetch, gap: float = PAUSE_SECONDS) -> Fetch:
    """Return a Fetch that waits for its turn with each host; that time is not counted."""
    return _PacedFetch(fetch, gap)


class _PacedFetch:
    def __init__(self, fetch: Fetch, gap: float) -> None:
        self._fetch, self._gap = fetch, gap
        self._locks: dict[str, asyncio.Lock] = {}
        self._waiting: Counter[str] = Counter()

    async def __call__(self, request: FetchRequest, memory_gate: MemoryGate | None = None) -> FetchResponse:
        """Return the answer, when it is our turn."""
        host = urlsplit(request.url).hostname or ""
        turn = self._locks.setdefault(host, asyncio.Lock())
        self._waiting[host] += 1
        try:
            await turn.acquire()
        except BaseException:
            self._forget_waiter(host)
            raise
        try:
            return await self._fetch(request, memory_gate)
        finally:
            asyncio.get_running_loop().call_later(self._gap, self._release, host, turn)

    def _release(self, host: str, lock: asyncio.Lock) -> None:
        lock.release()
        self._forget_waiter(host)

    def _forget_waiter(self, host: str) -> None:
        self._waiting[host] -= 1
        if not self._waiting[host]:
            del self._waiting[host], self._locks[host]


SNIFFED_BYTES = 4096
"""So many bytes tell what the rest is."""

_BOMS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_BINARY_SIGNATURES = (
    b"%PDF", b"PK\x03\x04", b"\x1f\x8b", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"ID3", b"\xff\xfb", b"OggS"
)  # fmt: skip
_FLAGS = re.IGNORECASE | re.DOTALL
_SIGNATURES = (
    (re.compile(r"<(?:!doctype\s+html|html)\b", re.IGNORECASE), ContentKind.PAGE),
    (
        re.compile(r"<\?xml\b[^>]{0,200}>\s*(?:<!--.{0,500}?-->\s*)?<(?:!doctype\s+html|html)\b", _FLAGS),
        ContentKind.PAGE,
    ),
    (
        re.compile(r"<\?xml\b|<(?:rss|feed|rdf:rdf|opml|urlset|channel)\b|<\?xml-stylesheet\b", re.IGNORECASE),
        ContentKind.XML,
    ),
    (re.compile(r"<!--.{0,3000}?-->\s*<(?:rss|feed|rdf:rdf|opml)\b", _FLAGS), ContentKind.XML),
    (re.compile(r"[\[{]"), ContentKind.JSON),
    (re.compile(r"WEBVTT\b|\d{1,6}\s*\n\s*\d+:\d\d:\d\d[.,]\d+\s*-->"), ContentKind.CAPTIONS),
    (re.compile(r"<(?:head|body|script|meta|title|div|p|h1)\b|<!--", re.IGNORECASE), ContentKind.PAGE),
)
_CHALLENGE = re.compile(
    r"<title>\s*(?:just a moment|attention required! \| cloudflare|ddos-guard|access denied|are you a human|"
    r"please wait\.\.\. \| cloudflare|pardon our interruption|verifying you are human|client challenge|robot check)"
    r"|/cdn-cgi/challenge-platform/|_incapsula_resource|window\._cf_chl_opt|sucuri_cloudproxy_js|px-captcha"
    r"|captcha-delivery\.com|awswafintegration|checking your browser before accessing",
    re.IGNORECASE,
)


def sniff_content(body: bytes) -> ContentKind:
    """Return what a body is; what it is said to be is wrong too often."""
    head = body[:SNIFFED_BYTES]
    if not head.strip():
        return ContentKind.EMPTY
    if head.startswith(_BINARY_SIGNATURES):
        return ContentKind.BINARY
    words = _decode_head(head)
    if words is None:
        return ContentKind.BINARY
    return next((kind for look, kind in _SIGNATURES if look.match(words)), ContentKind.TEXT)


def is_bot_challenge(headers: Mapping[str, str], head: bytes) -> bool:
    """Return whether what came is a page that lets only browsers through."""
    if headers.get("cf-mitigated") == "challenge" or "x-amzn-waf-action" in headers:
        return True
    return sniff_content(head) is ContentKind.PAGE and _CHALLENGE.search(_decode_head(head) or "") is not None


def _decode_head(head: bytes) -> str | None:
    """Return the head as text of which only the Latin letters need be right; None for what is no text."""
    wide = head.startswith(_BOMS[1:]) or (head[:1] and head[1:2] == b"\x00") or head[:1] == b"\x00"
    words = head.decode("utf-16-be" if head[:1] in {b"\xfe", b"\x00"} else "utf-16-le", "replace") if wide else None
    if words is None and b"\x00" in head:
        return None
    return (words or head.decode("utf-8", "replace")).lstrip("\ufeff \t\r\n")
