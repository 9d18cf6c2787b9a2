"""What a message may hold."""

from __future__ import annotations

from tests.servers.discord.errors import refuse
from tests.servers.discord.kit.check import Check
from tests.servers.discord.kit.components import check_layout, check_rows
from tests.servers.discord.state import JSON

LEGACY = ("content", "embeds", "poll", "sticker_ids")
"""What a message that is laid out in components cannot have."""

HOLDS = ("content", "embeds", "components", "attachments", "sticker_ids", "poll")

_EMBED = {"title": 256, "description": 4096}
_INSIDE = {"footer": ("text", 2048), "author": ("name", 256)}
MOST_EMBEDDED = 6_000


def check_message(body: JSON, *, is_v2: bool) -> None:
    """Raise DiscordError unless Discord would take a body as a message."""
    check = Check()
    check.string(body, "content", "", 2000, least=0)
    check.string(body, "nonce", "", 25, least=0)
    _check_mentions(check, body.get("allowed_mentions") or {})
    _check_embeds(check, body)
    for name in LEGACY if is_v2 else ():
        if body.get(name):
            words = f"The '{name}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"
            check.fault(name, "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", words)
    (check_layout if is_v2 else check_rows)(check, body.get("components") or [])
    check.done()
    refuse(50006, when=not any(body.get(name) for name in (("components",) if is_v2 else HOLDS)))


def _check_mentions(check: Check, asked: JSON) -> None:
    for name in ("users", "roles"):
        check.items(asked, name, "allowed_mentions", 100, least=0)
        if name in asked.get("parse", ()) and asked.get(name):
            words = f'parse:["{name}"] and {name}: [ids...] are mutually exclusive.'
            check.fault("allowed_mentions", "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", words)


def _check_embeds(check: Check, body: JSON) -> None:
    total = 0
    for embed, at in check.objects(check.items(body, "embeds", "", 10, least=0), "embeds"):
        for name, most in _EMBED.items():
            check.string(embed, name, at, most, least=0)
            total += len(embed.get(name) or "")
        for name, (inner, most) in _INSIDE.items():
            part = embed.get(name) or {}
            check.string(part, inner, f"{at}.{name}", most, least=0)
            total += len(part.get(inner) or "")
        for row, where in check.objects(check.items(embed, "fields", at, 25, least=0), f"{at}.fields"):
            check.string(row, "name", where, 256, needed=True)
            check.string(row, "value", where, 1024, needed=True)
            total += len(row.get("name") or "") + len(row.get("value") or "")
    if total > MOST_EMBEDDED:
        check.fault("embeds", "MAX_EMBED_SIZE_EXCEEDED", f"Embed size exceeds maximum size of {MOST_EMBEDDED}")
