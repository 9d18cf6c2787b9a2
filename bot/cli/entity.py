"""`entity`: the card of a name, and saying which names are one and which are not."""

from __future__ import annotations

from bot.cli.session import app_session
from bot.cli.verbs import run_verb
from bot.domain import Entity
from bot.errors import UserError
from bot.store.registry import Registry


async def entity(name: str, same_as: str, not_same_as: str, *, as_json: bool) -> int:
    """Make the other name an alias of this one, or keep the two apart, and show the card."""
    if name and (same_as or not_same_as):
        async with app_session() as app:
            if same_as:
                await app.store.registry.merge(name, same_as)
            if not_same_as:
                await _keep_apart(app.store.registry, name, not_same_as)
    return await run_verb("entity", name, yes=False, as_json=as_json)


async def _keep_apart(registry: Registry, name: str, other: str) -> None:
    """Undo the merge of two names, if they were merged, and see that they never are."""
    one, two = await _require_entity(registry, name), await _require_entity(registry, other)
    if one == two:
        await registry.split(name if other.casefold() == one.name.casefold() else other)
    else:
        await registry.keep_apart([(one.name, two.name)])


async def _require_entity(registry: Registry, name: str) -> Entity:
    known = await registry.entity(name)
    if known is None:
        message = f"Nobody has spoken of {name} yet."
        raise UserError(message)
    return known
