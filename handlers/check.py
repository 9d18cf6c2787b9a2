"""Checking a statement against what was said."""

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
"""Characters of a statement that are read; the rest of a longer one is ignored."""

router = Router()

_LINK = re.compile(r"<?\bhttps?://\S+|\bwww\.\S+", re.IGNORECASE)
_QUOTE_MARKS = re.compile(r"(?:^|(?<=\n))[ \t]*(?:&gt;|[>•*-])+[ \t]*")
_QUESTION = re.compile(r"[^.!?\n]*(?:\.\w[^.!?\n]*)*\?+")
_MIN_LETTERS = 6


@router.verb(Arg("statement", "What somebody states", ArgKind.WORDS, required=True), shown=False)
async def check(request: Request, answers: AnswerService) -> AsyncIterator[Reply]:
    """Show only you the closest claims for and against a statement."""
    statement = _extract_statement(request.arg("statement"))
    yield Reply(check_view(await answers.check_statement(statement, Filters(space=request.reader_space))), private=True)


def _extract_statement(words: str) -> str:
    """Return the statement without links and questions; raises UserError if that leaves nothing."""
    text = _LINK.sub(" ", _QUOTE_MARKS.sub("", words))
    statement = " ".join(_QUESTION.sub(" ", text).split())
    if sum(map(str.isalpha, statement)) >= _MIN_LETTERS and " " in statement:
        return shorten(statement, MAX_STATEMENT_LENGTH)
    if "?" in text:
        message = "That is a question, not a statement; `ask` answers questions."
    elif _LINK.search(words) and not any(map(str.isalpha, text)):
        message = "That is only a link. Check a message that states something in words."
    else:
        message = "I see no statement in that. Check a message that makes a claim, such as who did what."
    raise UserError(message, "statement")
