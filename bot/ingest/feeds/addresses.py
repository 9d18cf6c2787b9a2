"""Which addresses may be asked: those of the open internet, and the networks that an operator allows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias

from yarl import URL

from bot.errors import FeedError, FeedHealth

IPAddress: TypeAlias = IPv4Address | IPv6Address
IPNetwork: TypeAlias = IPv4Network | IPv6Network
AddressPolicy: TypeAlias = Callable[[IPAddress], bool]

MAX_URL_LENGTH = 2_000
INVALID_URL_MESSAGE = "that is no address of the web"
_WEB_PORTS = frozenset({80, 443})
_FIRST_UNPRIVILEGED_PORT = 1024

_GLOBAL_UNICAST_V6 = ip_network("2000::/3")
"""All of IPv6 that is handed out to the public; what carries an IPv4 address within lies mostly outside."""

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
    """Return whether an address is one of the open internet, where one machine answers.

    Lists of our own: what `ipaddress` calls global holds NAT64, 6to4 and multicast, and changes with Python's version.
    """
    return (isinstance(address, IPv4Address) or address in _GLOBAL_UNICAST_V6) and not _is_in_any(
        address, _BLOCKED_NETWORKS
    )


def allow_networks(networks: Iterable[IPNetwork]) -> AddressPolicy:
    """Return what permits public addresses, and those of some networks besides."""
    allowed = tuple(networks)
    return lambda address: is_public(address) or _is_in_any(address, allowed)


def parse_ip_address(host: str) -> IPAddress:
    """Read the address that a socket is about to be connected to, without its interface."""
    return ip_address(host.partition("%")[0])


def _is_in_any(address: IPAddress, networks: Iterable[IPNetwork]) -> bool:
    return any(address in network for network in networks)


def parse_web_url(text: str) -> URL:
    """Read an address that may be asked; raises FeedError for any other.

    Below 1024 only the two ports of the web: what listens on the others may take a request for an order. Above, feeds
    do live on ports of all kinds.
    """
    try:
        url = URL(text.strip())
        why = _url_violation(url)
    except ValueError:
        why = INVALID_URL_MESSAGE
    if why or len(text) > MAX_URL_LENGTH:
        raise FeedError(why or INVALID_URL_MESSAGE, FeedHealth.ADDRESS_BLOCKED)
    return url.with_fragment(None)


def _url_violation(url: URL) -> str:
    port = url.port or 0
    if url.scheme not in {"http", "https"} or not url.host:
        return INVALID_URL_MESSAGE
    if url.user is not None or url.password is not None:
        return "an address holds no user or password; they are given beside it"
    return f"port {port} is not one of the web" if port not in _WEB_PORTS and port < _FIRST_UNPRIVILEGED_PORT else ""
