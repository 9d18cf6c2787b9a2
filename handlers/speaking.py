"""The language in which a channel is told things."""

from __future__ import annotations

import difflib
from collections.abc import AsyncIterator

from bot.dispatch import Router
from bot.errors import UserError
from bot.model import LANGUAGES, known_language
from bot.ports import Arg, ArgKind, Languages, Reply, Request
from bot.views.language import language_view

router = Router()

_OFF = {"off", "none", "default"}


@router.verb(Arg("name", "Such as German or Japanese, or off", ArgKind.WORDS), manages=True)
async def language(request: Request, languages: Languages) -> AsyncIterator[Reply]:
    """Choose the language of answers and briefs in this channel; quotes stay as they were said."""
    wanted = request.arg("name")
    if wanted.casefold() in _OFF:
        await languages.speak(request.at, request.user, "")
    elif wanted:
        await languages.speak(request.at, request.user, _known(wanted))
    yield Reply(language_view(await languages.language(request.at)))


def _known(wanted: str) -> str:
    if name := known_language(wanted):
        return name
    near = difflib.get_close_matches(wanted.title(), LANGUAGES, 1)
    message = f"I know no language called `{wanted}`. " + (
        f"Did you mean `{near[0]}`?" if near else "Give its English name, such as German."
    )
    raise UserError(message, "name")
