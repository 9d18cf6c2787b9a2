"""Fetching: no way of writing an address, no name and no redirect leads to where nobody outside should lead us."""

from __future__ import annotations

import ipaddress
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import FeedError, FeedHealth
from bot.ingest.feeds.fetch import Fetch, FetchRequest
from bot.ingest.feeds.fetcher import open_fetcher
from bot.ingest.feeds.urls import AddressPolicy, allow_networks, is_public, parse_web_url
from tests.servers.web.pages import FEED, Page, leading
from tests.servers.web.server import FakeWeb

INSIDE = (
    "0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 127.0.0.1 127.255.255.254 168.63.129.16 "
    "169.254.169.254 169.254.170.2 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.192 192.0.2.1 192.88.99.1 192.168.0.1 "
    "198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255 "
    ":: ::1 ::7f00:1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 ::ffff:0:7f00:1 64:ff9b::7f00:1 64:ff9b::808:808 "
    "64:ff9b:1::1 100::1 2001::1 2001:0:7f00:1::1 2001:2::1 2001:10::1 2001:20::1 2001:db8::1 "
    "2002:7f00:1::1 2002:808:808::1 3fff::1 5f00::1 fc00::1 fd00:ec2::254 fdff::1 fe80::1 fec0::1 ff02::1 ff0e::1"
).split()
OUTSIDE = (
    "1.1.1.1 8.8.8.8 100.63.255.255 100.128.0.1 172.32.0.1 192.167.1.1 2606:4700::1111 2a00:1450::1 2001:4860::8888"
).split()
LOCAL = (
    "127.0.0.1 127.1 127.0.1 2130706433 0x7f000001 0x7f.0.0.1 0x7F.1 0177.0.0.1 017700000001 127.0.0.1. "
    "127.000.000.001 ①②⑦.⓪.⓪.① 127。0。0。1 0 0.0.0.0 0x0 127.0.0.2 localhost LOCALHOST "
    "[::1] [0:0:0:0:0:0:0:1] [::] [::ffff:127.0.0.1] [::ffff:7f00:1] [::127.0.0.1] [64:ff9b::7f00:1] [2002:7f00:1::] "
    "[::1%25lo] [fe80::1%25lo]"
).split()
"""Every way to write this machine that one of the usual parsers knows."""


@pytest.fixture
async def web() -> AsyncIterator[FakeWeb]:
    """Return a web with a page that nobody is to get."""
    async with FakeWeb() as web:
        web.answers["/"] = Page()
        yield web


def once() -> AddressPolicy:
    """Let the first connection through, wherever it leads, and then only those that lead outside."""
    first = iter([True])
    return lambda address: next(first, False) or is_public(address)


async def health(fetch: Fetch, url: str) -> FeedHealth:
    """Return why something is not fetched."""
    with pytest.raises(FeedError) as failure:
        await fetch(FetchRequest(url))
    return failure.value.health


@pytest.mark.parametrize("address", INSIDE)
def test_what_is_not_of_the_open_internet_is_refused(address: str) -> None:
    """Private, local, reserved, for many at once, or another address in disguise."""
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", OUTSIDE)
def test_what_is_of_the_open_internet_is_not(address: str) -> None:
    """Up to the very edge of what is."""
    assert is_public(ipaddress.ip_address(address))


@given(st.ip_addresses())
def test_no_list_of_python_calls_inside_what_ours_lets_through(address: ipaddress.IPv4Address) -> None:
    """Ours refuses all that any of them does."""
    if is_public(address):
        assert address.is_global
        assert not any((address.is_private, address.is_multicast, address.is_reserved, address.is_loopback))


def test_an_operator_may_allow_networks() -> None:
    """Those and no others; what is public stays so."""
    permitted = allow_networks([ipaddress.ip_network("10.1.0.0/16"), ipaddress.ip_network("fd00::/8")])
    wanted = {"10.1.2.3": True, "10.2.2.3": False, "fd00::1": True, "127.0.0.1": False, "8.8.8.8": True}
    assert {name: permitted(ipaddress.ip_address(name)) for name in wanted} == wanted


@pytest.mark.parametrize("host", LOCAL)
async def test_this_machine_is_not_reached(web: FakeWeb, host: str) -> None:
    """However its address is written, looked up as this machine looks names up, directly and by a redirect."""
    url = f"http://{host}:{web.port}/"
    async with open_fetcher() as fetch:
        assert await health(fetch, url) is FeedHealth.ADDRESS_BLOCKED
    assert web.connections == 0
    start = web.at("/start", leading(url), "open.test")
    async with open_fetcher(once(), resolver=web.names) as fetch:
        assert await health(fetch, start) is FeedHealth.ADDRESS_BLOCKED
    assert [asked.path for asked in web.asked] == ["/start"]
    assert web.connections == 1


@pytest.mark.parametrize("address", INSIDE)
async def test_a_name_that_leads_inside_is_not_followed(web: FakeWeb, address: str) -> None:
    """Whatever the name; no socket is made."""
    web.names.leads["inside.test"] = [[address]]
    async with open_fetcher(resolver=web.names) as fetch:
        assert await health(fetch, web.url("/", "inside.test")) is FeedHealth.ADDRESS_BLOCKED
    assert (web.connections, web.names.asked["inside.test"]) == (0, 1)


async def test_a_name_cannot_change_its_mind(web: FakeWeb) -> None:
    """What was looked at is what is connected to: the second answer of a name server is looked at, too."""
    web.answers["/"] = Page(headers={"Connection": "close"})
    async with open_fetcher(once(), resolver=web.names) as fetch:
        assert (await fetch(FetchRequest(web.url("/", "turns.test")))).body == FEED
        assert await health(fetch, web.url("/other", "turns.test")) is FeedHealth.ADDRESS_BLOCKED
    assert (web.connections, web.names.asked["turns.test"]) == (1, 2)


async def test_of_several_addresses_only_those_outside_are_tried(web: FakeWeb) -> None:
    """One that is allowed is enough, and the others are left alone."""
    web.names.leads["both.test"] = [["10.0.0.1", "127.0.0.1", "169.254.169.254"]]
    seen = []

    def permitted(address: object) -> bool:
        seen.append(str(address))
        return str(address) == "127.0.0.1"

    async with open_fetcher(permitted, resolver=web.names) as fetch:
        assert (await fetch(FetchRequest(web.url("/", "both.test")))).body == FEED
    assert set(seen) <= {"10.0.0.1", "127.0.0.1", "169.254.169.254"}
    assert web.connections == 1


@pytest.mark.parametrize(
    "url",
    [
        "",
        "feed",
        "//a.test/",
        "http://",
        "http:///path",
        "ftp://a.test/",
        "file:///etc/passwd",
        "gopher://a.test:70/",
        "data:text/xml,<rss>",
        "javascript:alert(1)",
        "http://ann@a.test/",
        "http://ann:secret@a.test/",
        "http://:secret@a.test/",
        "http://8.8.8.8:80@127.0.0.1/",
        "http://a.test:22/",
        "http://a.test:25/",
        "https://a.test:0/",
        "http://a.test:99999/",
        "http://[::1/",
        "http://a.test/" + "x" * 2_000,
    ],
)
def test_only_an_address_of_the_web_is_asked(url: str) -> None:
    """No other scheme, no user or password, no port below 1024 but the web's two."""
    with pytest.raises(FeedError) as failure:
        parse_web_url(url)
    assert failure.value.health is FeedHealth.ADDRESS_BLOCKED


@pytest.mark.parametrize(
    "url", ["http://a.test", " https://a.test:443/x?y=%2B ", "http://a.test:8000/a", "http://a.test:8443/b"]
)
def test_feeds_live_on_ports_of_all_kinds(url: str) -> None:
    """Above 1024, any."""
    assert str(parse_web_url(url)).rstrip("/") == url.strip().replace(":443", "")


@given(st.text(max_size=60))
def test_whatever_is_written_is_an_address_or_refused(written: str) -> None:
    """It never fails in another way."""
    for url in (written, f"http://{written}", f"http://a.test/{written}"):
        with suppress(FeedError):
            assert parse_web_url(url).scheme in {"http", "https"}
