"""Which addresses may be asked: those of the open internet, and the networks that an operator allows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias

from yarl import URL

from bot.errors import FeedError, Health

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network
Permitted: TypeAlias = Callable[[Address], bool]

LONGEST_URL = 2_000
NO_ADDRESS = "that is no address of the web"
_WEB_PORTS = frozenset({80, 443})
_FIRST_FREE_PORT = 1024

_OPEN = ip_network("2000::/3")
"""All of IPv6 that is handed out to the public; what carries an IPv4 address within lies mostly outside."""

_CLOSED: tuple[Network, ...] = tuple(
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


def public(address: Address) -> bool:
    """Return whether an address is one of the open internet, where one machine answers.

    Lists of our own: what `ipaddress` calls global holds NAT64, 6to4 and multicast, and changes with Python's version.
    """
    return (isinstance(address, IPv4Address) or address in _OPEN) and not _within(address, _CLOSED)


def permitting(networks: Iterable[Network]) -> Permitted:
    """Return what permits public addresses, and those of some networks besides."""
    allowed = tuple(networks)
    return lambda address: public(address) or _within(address, allowed)


def address_of(host: str) -> Address:
    """Read the address that a socket is about to be connected to, without its interface."""
    return ip_address(host.partition("%")[0])


def _within(address: Address, networks: Iterable[Network]) -> bool:
    return any(address in network for network in networks)


def web_address(written: str) -> URL:
    """Read an address that may be asked; raises FeedError for any other.

    Below 1024 only the two ports of the web: what listens on the others may take a request for an order. Above, feeds
    do live on ports of all kinds.
    """
    try:
        url = URL(written.strip())
        why = _against(url)
    except ValueError:
        why = NO_ADDRESS
    if why or len(written) > LONGEST_URL:
        raise FeedError(why or NO_ADDRESS, Health.FORBIDDEN)
    return url.with_fragment(None)


def _against(url: URL) -> str:
    port = url.port or 0
    if url.scheme not in {"http", "https"} or not url.host:
        return NO_ADDRESS
    if url.user is not None or url.password is not None:
        return "an address holds no user or password; they are given beside it"
    return f"port {port} is not one of the web" if port not in _WEB_PORTS and port < _FIRST_FREE_PORT else ""
