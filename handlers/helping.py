"""Help, made from the declarations."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from bot.dispatch import Router
from bot.errors import UserError
from bot.ports import Arg, ArgKind, Reply, Request, Verb
from bot.views.help import help_view, verb_view

router = Router()


@router.verb(Arg("verb", "Which verb to explain", ArgKind.WORDS))
async def help_(request: Request, verbs: Sequence[Verb]) -> AsyncIterator[Reply]:
    """Show what you can ask for."""
    name = request.arg("verb").lstrip("/").casefold()
    known = {verb.name: verb for verb in verbs if verb.shown}
    if name and name not in known:
        message = f"There is no `{name}`; `help` lists what there is."
        raise UserError(message)
    yield Reply(verb_view(known[name]) if name else help_view(verbs))
