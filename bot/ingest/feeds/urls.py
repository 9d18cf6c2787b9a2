"""Addresses in what others wrote: which of them are links, and which name the same thing."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, quote, unquote, urlencode, urljoin, urlsplit, urlunsplit

MAX_LINK_LENGTH = 2_048
"""Characters; nothing longer is an address anybody meant."""

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
"""Counters of downloads: each stands before the address of the recording itself."""


def absolute_url(text: str, base: str = "") -> str:
    """Return an absolute http(s) address, or nothing for whatever else is written."""
    if not text.strip():
        return ""
    try:
        found = urljoin(base, text.strip()) if base else text.strip()
        parts = urlsplit(found)
        known = parts.scheme.lower() in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return ""
    return _escape(found) if known and len(found) <= MAX_LINK_LENGTH else ""


def canonical_url(url: str) -> str:
    """Return what addresses of one page have in common: without scheme, `www.`, tracking, fragment and last slash."""
    parts = _split(url)
    if not parts:
        return ""
    host, path, query = parts
    kept = sorted(
        (name, value) for name, value in parse_qsl(query, keep_blank_values=True) if not _is_tracking_parameter(name)
    )
    return urlunsplit(("", host, path.rstrip("/"), urlencode(kept), "")).removeprefix("//")


def canonical_recording_url(url: str) -> str:
    """Return what addresses of one recording have in common: the counters before it, and any token after it, are off.

    A recording whose path names no file keeps its query, since that alone sets it apart.
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


def _is_tracking_parameter(name: str) -> bool:
    return _TRACKING.fullmatch(name) is not None


def _escape(url: str) -> str:
    return _UNSAFE.sub(lambda found: quote(found[0]), url)
