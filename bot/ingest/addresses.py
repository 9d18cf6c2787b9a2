"""Which addresses may be asked: those of the open internet, and the networks that an operator allows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network
Permitted: TypeAlias = Callable[[Address], bool]

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
