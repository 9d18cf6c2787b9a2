"""Holding a statement against what was said."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

from bot.chat.request import Arg, ArgKind, Reply, Request, Router
from bot.chat.text import shorten
from bot.domain import Filters
from bot.errors import UserError
from bot.qa.service import AnswerService
from bot.views.answer import check_view

MAX_STATEMENT_LENGTH = 400
"""Characters of a statement that are read; what a longer one says after that is left out."""

router = Router()

_LINK = re.compile(r"<?\bhttps?://\S+|\bwww\.\S+", re.IGNORECASE)
_QUOTE_MARKS = re.compile(r"(?:^|(?<=\n))[ \t]*(?:&gt;|[>•*-])+[ \t]*")
_QUESTION = re.compile(r"[^.!?\n]*(?:\.\w[^.!?\n]*)*\?+")
_LETTER = re.compile(r"[^\W\d_]")
_MIN_LETTERS = 6


@router.verb(Arg("statement", "What somebody states", ArgKind.WORDS, required=True), shown=False)
async def check(request: Request, answers: AnswerService) -> AsyncIterator[Reply]:
    """Show you alone the nearest claims for and against a statement."""
    statement = _extract_statement(request.arg("statement"))
    yield Reply(check_view(await answers.check_statement(statement, Filters(space=request.reader_space))), private=True)


def _extract_statement(words: str) -> str:
    """Return what is stated, without links and questions; raises UserError where that leaves nothing."""
    told = _LINK.sub(" ", _QUOTE_MARKS.sub("", words))
    stated = " ".join(_QUESTION.sub(" ", told).split())
    if len(_LETTER.findall(stated)) >= _MIN_LETTERS and " " in stated:
        return shorten(stated, MAX_STATEMENT_LENGTH)
    if "?" in told:
        message = "That is a question, not a statement; `ask` answers questions."
    elif _LINK.search(words) and not _LETTER.search(told):
        message = "That is only a link. Check a message that states something in words."
    else:
        message = "There is no statement in that. Check a message that says something, such as who did what."
    raise UserError(message, "statement")
