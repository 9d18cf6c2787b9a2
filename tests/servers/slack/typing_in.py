"""What people type, as Slack writes it down."""

from __future__ import annotations

import re

_KEPT = re.compile(r"<[@#][A-Z0-9]+(?:\|[^<>|]*)?>")
_LINK = re.compile(r"https?://[^\s<>|]+")


def escaped(text: str) -> str:
    """Return typed text with `&`, `<` and `>` escaped; mentions that Slack itself wrote stay."""
    rest = (_escape(piece) for piece in _KEPT.split(text))
    kept = iter(_KEPT.findall(text))
    return "".join(piece + next(kept, "") for piece in rest)


def written(text: str) -> str:
    """Return a typed message as events carry it: escaped, with links in angle brackets."""
    return _LINK.sub(lambda link: f"<{link.group()}>", escaped(text))


def _escape(piece: str) -> str:
    return piece.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
