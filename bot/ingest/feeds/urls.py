"""Addresses in what others wrote: which of them are links, and which name the same thing."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, quote, unquote, urlencode, urljoin, urlsplit, urlunsplit

LONGEST = 2_048
"""Characters; nothing longer is an address anybody meant."""

_UNSAFE = re.compile(r"[\s\x00-\x20\x7f<>\"\\^`{|}]")
_TRACKING = re.compile(
    r"utm_\w+|fbclid|gclid|dclid|msclkid|yclid|igshid|mc_[ce]id|mkt_tok|_hs\w+|ref(?:_src|errer)?|cmp(?:id)?|source|"
    r"at_(?:medium|campaign)|ns_\w+|s_cid|wt_\w+|__twitter_impression",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    r"(?:dts\.podtrac\.com/redirect\.[a-z0-9]+|(?:www\.)?podtrac\.com/pts/redirect\.[a-z0-9]+|pdst\.fm/e|pscrb\.fm/rss/p|"
    r"(?:chrt\.fm|chtbl\.com)/track/[^/]+|op3\.dev/e(?:,[^/]*)?|mgln\.ai/e/[^/]+|pdcn\.co/e|claritaspod\.com/measure|"
    r"verifi\.podscribe\.com/rss/p|prfx\.byspotify\.com/e|arttrk\.com/p/[^/]+)/",
    re.IGNORECASE,
)
"""Counters of downloads: each stands before the address of the recording itself."""


def link(written: str, base: str = "") -> str:
    """Return an absolute http(s) address, or nothing for whatever else is written."""
    if not written.strip():
        return ""
    try:
        found = urljoin(base, written.strip()) if base else written.strip()
        parts = urlsplit(found)
        known = parts.scheme.lower() in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return ""
    return _escaped(found) if known and len(found) <= LONGEST else ""


def canonical(url: str) -> str:
    """Return what addresses of one page have in common: without scheme, `www.`, tracking, fragment and last slash."""
    parts = _parts(url)
    if not parts:
        return ""
    host, path, query = parts
    kept = sorted((name, value) for name, value in parse_qsl(query, keep_blank_values=True) if not _tracks(name))
    return urlunsplit(("", host, path.rstrip("/"), urlencode(kept), "")).removeprefix("//")


def recording(url: str) -> str:
    """Return what addresses of one recording have in common: the counters before it, and any token after it, are off.

    A recording whose path names no file keeps its query, since that alone sets it apart.
    """
    parts = _parts(_uncounted(url))
    if not parts:
        return ""
    host, path, query = parts
    named = re.search(r"\.[a-z0-9]{2,4}$", path, re.IGNORECASE)
    return f"{host}{path}" if named or not query else canonical(_uncounted(url))


def _parts(url: str) -> tuple[str, str, str] | None:
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        return None
    host = (parts.hostname or "").rstrip(".").removeprefix("www.")
    if not host:
        return None
    return host if port in {None, 80, 443} else f"{host}:{port}", unquote(parts.path), parts.query


def _uncounted(url: str) -> str:
    scheme, _, rest = url.partition("://")
    while (after := _COUNTED.sub("", rest, count=1) if _COUNTED.match(rest) else rest) != rest:
        rest = after.removeprefix("https://").removeprefix("http://")
    return f"{scheme}://{rest}"


def _tracks(name: str) -> bool:
    return _TRACKING.fullmatch(name) is not None


def _escaped(url: str) -> str:
    return _UNSAFE.sub(lambda found: quote(found[0]), url)
