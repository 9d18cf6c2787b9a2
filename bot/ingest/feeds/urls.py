"""Addresses that others wrote: which are links, which name the same thing, and which may be fetched."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias
from urllib.parse import parse_qsl, quote, unquote, urlencode, urljoin, urlsplit, urlunsplit

from yarl import URL

from bot.errors import FeedError, FeedHealth

MAX_URL_LENGTH = 2_000
"""Characters; nothing longer is an address that anybody meant."""

_UNSAFE = re.compile(r"[\s\x00-\x20\x7f<>\"\\^`{|}]")
_TRACKING = re.compile(
    r"utm_\w+|fbclid|gclid|dclid|msclkid|yclid|igshid|mc_[ce]id|mkt_tok|_hs\w+|ref(?:_src|errer)?|cmp(?:id)?|source|"
    r"at_(?:medium|campaign)|ns_\w+|s_cid|wt_\w+|__twitter_impression",
    re.IGNORECASE,
)
_DOWNLOAD_COUNTER = re.compile(
    r"(?:dts\.podtrac\.com/redirect\.[a-z0-9]+|(?:www\.)?podtrac\.com/pts/redirect\.[a-z0-9]+|pdst\.fm/e|pscrb\.fm/rss/p|"
    r"(?:chrt\.fm|chtbl\.com)/track/[^/]+|op3\.dev/e(?:,[^/]*)?|mgln\.ai/e/[^/]+|pdcn\.co/e|claritaspod\.com/measure|"
    r"verifi\.podscribe\.com/rss/p|prfx\.byspotify\.com/e|arttrk\.com/p/[^/]+)/",
    re.IGNORECASE,
)
"""Download counters, which stand before the address of the recording itself."""


def absolute_url(text: str, base: str = "") -> str:
    """Return an absolute http(s) address, or "" for anything else."""
    if not text.strip():
        return ""
    try:
        url = urljoin(base, text.strip()) if base else text.strip()
        parts = urlsplit(url)
        is_web = parts.scheme.lower() in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return ""
    return _UNSAFE.sub(lambda unsafe: quote(unsafe[0]), url) if is_web and len(url) <= MAX_URL_LENGTH else ""


def canonical_url(url: str) -> str:
    """Return what the addresses of one page have in common: no scheme, `www.`, tracking, fragment or last slash."""
    parts = _split(url)
    if not parts:
        return ""
    host, path, query = parts
    parameters = sorted(pair for pair in parse_qsl(query, keep_blank_values=True) if not _TRACKING.fullmatch(pair[0]))
    return urlunsplit(("", host, path.rstrip("/"), urlencode(parameters), "")).removeprefix("//")


def canonical_recording_url(url: str) -> str:
    """Return what the addresses of one recording have in common, without counters before it or a token after it.

    A recording whose path names no file keeps its query, since only that sets it apart.
    """
    parts = _split(_strip_counters(url))
    if not parts:
        return ""
    host, path, query = parts
    named = re.search(r"\.[a-z0-9]{2,4}$", path, re.IGNORECASE)
    return f"{host}{path}" if named or not query else canonical_url(_strip_counters(url))


def _split(url: str) -> tuple[str, str, str] | None:
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        return None
    host = (parts.hostname or "").rstrip(".").removeprefix("www.")
    if not host:
        return None
    return host if port in {None, 80, 443} else f"{host}:{port}", unquote(parts.path), parts.query


def _strip_counters(url: str) -> str:
    scheme, _, rest = url.partition("://")
    while (after := _DOWNLOAD_COUNTER.sub("", rest, count=1) if _DOWNLOAD_COUNTER.match(rest) else rest) != rest:
        rest = after.removeprefix("https://").removeprefix("http://")
    return f"{scheme}://{rest}"


IPAddress: TypeAlias = IPv4Address | IPv6Address
IPNetwork: TypeAlias = IPv4Network | IPv6Network
AddressPolicy: TypeAlias = Callable[[IPAddress], bool]

INVALID_URL_MESSAGE = "that is not a web address"
_WEB_PORTS = frozenset({80, 443})
_FIRST_UNPRIVILEGED_PORT = 1024

_GLOBAL_UNICAST_V6 = ip_network("2000::/3")
"""All of IPv6 that is handed out to the public; most ranges that embed an IPv4 address lie outside."""

_BLOCKED_NETWORKS: tuple[IPNetwork, ...] = tuple(
    map(
        ip_network,
        (
            "0.0.0.0/8",  # this network
            "10.0.0.0/8",  # private
            "100.64.0.0/10",  # shared by a provider's customers; a cloud's metadata
            "127.0.0.0/8",  # this machine
            "168.63.129.16/32",  # a cloud's own server, reached from its machines
            "169.254.0.0/16",  # link local; clouds' metadata
            "172.16.0.0/12",  # private
            "192.0.0.0/24",  # protocol assignments; a cloud's metadata
            "192.0.2.0/24",  # documentation
            "192.31.196.0/24",  # a sink for reverse look-ups
            "192.52.193.0/24",  # multicast relays
            "192.88.99.0/24",  # relays of 6to4
            "192.168.0.0/16",  # private
            "192.175.48.0/24",  # a sink for reverse look-ups
            "198.18.0.0/15",  # benchmarking
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, broadcast
            "2001::/23",  # Teredo, benchmarking, identifiers that are no addresses
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4: an IPv4 address within
            "2620:4f:8000::/48",  # a sink for reverse look-ups
            "3fff::/20",  # documentation
        ),
    )
)


def is_public(address: IPAddress) -> bool:
    """Return whether an address is on the open internet, where one machine answers.

    The lists are our own: what `ipaddress` calls global includes NAT64, 6to4 and multicast, and changes with Python's
    version.
    """
    return (isinstance(address, IPv4Address) or address in _GLOBAL_UNICAST_V6) and not _is_in_any(
        address, _BLOCKED_NETWORKS
    )


def allow_networks(networks: Iterable[IPNetwork]) -> AddressPolicy:
    """Return a policy that permits public addresses, and those of some networks besides."""
    allowed = tuple(networks)
    return lambda address: is_public(address) or _is_in_any(address, allowed)


def parse_ip_address(host: str) -> IPAddress:
    """Read the address that a socket is about to connect to, without its interface."""
    return ip_address(host.partition("%")[0])


def _is_in_any(address: IPAddress, networks: Iterable[IPNetwork]) -> bool:
    return any(address in network for network in networks)


def parse_web_url(text: str) -> URL:
    """Read an address that may be fetched; raises FeedError for any other.

    Below 1024, only the two ports of the web: what listens on the others may take a request for a command. Above, feeds
    do live on ports of all kinds.
    """
    try:
        url = URL(text.strip())
        problem = _url_violation(url)
    except ValueError:
        problem = INVALID_URL_MESSAGE
    if problem or len(text) > MAX_URL_LENGTH:
        raise FeedError(problem or INVALID_URL_MESSAGE, FeedHealth.ADDRESS_BLOCKED)
    return url.with_fragment(None)


def _url_violation(url: URL) -> str:
    port = url.port or 0
    if url.scheme not in {"http", "https"} or not url.host:
        return INVALID_URL_MESSAGE
    if url.user is not None or url.password is not None:
        return "an address must not hold a user or password; give them separately"
    return f"port {port} is not a web port" if port not in _WEB_PORTS and port < _FIRST_UNPRIVILEGED_PORT else ""
