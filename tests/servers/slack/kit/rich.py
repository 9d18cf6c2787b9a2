"""Rich text: sections, lists, quotes and the spans inside them."""

from __future__ import annotations

from tests.servers.slack.kit.check import Check
from tests.servers.slack.state import JSON

_SPANS: dict[str, tuple[str, ...]] = {
    "text": ("text",),
    "link": ("url",),
    "emoji": ("name",),
    "user": ("user_id",),
    "usergroup": ("usergroup_id",),
    "team": ("team_id",),
    "channel": ("channel_id",),
    "broadcast": ("range",),
    "date": ("timestamp", "format"),
    "color": ("value",),
}
_OPTIONAL = ("type", "style", "text", "unsafe", "unicode", "skin_tone", "url", "fallback")
_STYLES = ("bold", "italic", "strike", "code", "underline", "highlight", "client_highlight", "unlink")


def rich_text(check: Check, block: JSON, at: str) -> None:
    """Check a rich_text block."""
    for value, pointer in check.objects(check.items(block, "elements", at, 1000, least=0), f"{at}/elements"):
        kind = str(value.get("type"))
        if kind in {"rich_text_section", "rich_text_quote", "rich_text_preformatted"}:
            _spans(check, value, pointer)
        elif kind == "rich_text_list":
            _list(check, value, pointer)
        else:
            check.fault(pointer, f"unsupported type: {kind}")


def _list(check: Check, value: JSON, at: str) -> None:
    if str(value.get("style")) not in {"bullet", "ordered"}:
        check.fault(f"{at}/style", "must be bullet or ordered")
    check.whole(value, "indent", at, 0, 8)
    check.whole(value, "border", at, 0, 1)
    for item, pointer in check.objects(check.items(value, "elements", at, 1000), f"{at}/elements"):
        if item.get("type") != "rich_text_section":
            check.fault(pointer, f"unsupported type: {item.get('type')}")
        _spans(check, item, pointer)


def _spans(check: Check, value: JSON, at: str) -> None:
    check.only(value, at, ("type", "elements", "border", "language"))
    check.whole(value, "border", at, 0, 1)
    for span, pointer in check.objects(check.items(value, "elements", at, 1000, least=0), f"{at}/elements"):
        _span(check, span, pointer)


def _span(check: Check, span: JSON, at: str) -> None:
    kind = str(span.get("type"))
    if kind not in _SPANS:
        check.fault(at, f"unsupported type: {kind}")
        return
    check.only(span, at, (*_OPTIONAL, *_SPANS[kind]))
    for name in _SPANS[kind]:
        if not span.get(name) and span.get(name) != 0:
            check.fault(at, f"missing required field: {name}")
    if kind == "link":
        check.url(span, "url", at)
    style = span.get("style", {})
    if not isinstance(style, dict):
        check.fault(f"{at}/style", "must provide an object")
    else:
        check.only(style, f"{at}/style", _STYLES)
