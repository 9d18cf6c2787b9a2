"""Outside words as Discord's Markdown, in which they stay words.

Discord takes a backslash before any sign of punctuation for that sign itself, everywhere but in code and in the words
of a link. So `escaped` is for everything else, and links and code take only words in which nothing can be markup.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from bot.platforms.discord.limits import URL
from bot.text import plain

APART = "\u200b"
"""Keeps signs apart without being seen; outside words have none, since `plain` leaves it out."""

_ACTIVE = re.compile(r"[\\*_~`|<>\[\]#@/]|:(?!\s)|^\s*(?:[-+]|\d*\.(?=\s|$))", re.MULTILINE)
_EVERYBODY = re.compile(r"@(?=everyone|here)", re.IGNORECASE)
_INERT = re.compile(r"[^\W_\u2139](?:[^\W_\u2139]|[ ,%$€£&+’'–—·()!?;“”/-]|\.(?=[\d ])|(?<=\d):(?=\d\d))*")
_LABEL = re.compile(rf"(?P<before>[^\w]*)(?P<words>{_INERT.pattern})(?P<after>[^\w]*)")
_CODE = re.compile(r"(?! )[^`*\\@\n]+(?<! )")
_LINK = re.compile(r"https?://[!-~]+")
_KEPT = ":/?#@!$&+,;=%"


def one_line(words: str) -> str:
    """Return outside words as safe visible characters on one line."""
    return " ".join(plain(words).split())


def escaped(words: str) -> str:
    """Return outside words so that nothing in them pings, links, formats or becomes an emoji, wherever they stand."""
    return _EVERYBODY.sub(f"@{APART}", _ACTIVE.sub(_behind_a_backslash, plain(words)))


def address(href: str | None) -> str | None:
    """Return a web address as it may stand in a link, or None where it is not an honest one."""
    if not href or len(href) > URL or not _LINK.fullmatch(href):
        return None
    return quote(href, safe=_KEPT)


def link(words: str, href: str) -> str:
    """Return words that open an address from `address`; where a link could not show them as they are, one after them.

    Brackets and other signs around the words are not part of the link.
    """
    label = _LABEL.fullmatch(words)
    if not label:
        return f"{escaped(words)} [link](<{href}>)"
    return f"{escaped(label['before'])}[{label['words']}](<{href}>){escaped(label['after'])}"


def code(words: str) -> str:
    """Return words as code where they can be, else as they are."""
    return f"`{words}`" if _CODE.fullmatch(words) and "://" not in words else escaped(words)


def _behind_a_backslash(found: re.Match[str]) -> str:
    return f"{found[0][:-1]}\\{found[0][-1]}"
