"""Looking things up: entities and claims."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import AsyncIterator

from bot.chat.request import Arg, ArgKind, Reply, Request, Router
from bot.chat.text import shorten
from bot.domain import Filters
from bot.due_times import Clock
from bot.errors import UserError
from bot.nlp.lexicons import cue_pattern
from bot.qa.service import AnswerService
from bot.search.hybrid import HybridSearch
from bot.store.registry import Registry
from bot.views.answer import check_view, claims_view
from bot.views.entity import entity_view, unknown_entity_view

MAX_LATEST_CLAIMS = 5
MAX_CLAIMS = 10

router = Router()


@router.verb(Arg("name", "A company, person, product or topic", ArgKind.ENTITY, required=True), shareable=True)
async def entity(request: Request, registry: Registry, search: HybridSearch, clock: Clock) -> AsyncIterator[Reply]:
    """Show who talks about a name, its aliases, timeline and latest claims."""
    name = request.arg("name")
    known = await registry.entity(name, space=request.reader_space)
    if known is None:
        near = await registry.complete(name, MAX_LATEST_CLAIMS, space=request.reader_space)
        yield Reply(unknown_entity_view(name, [other.name for other in near]))
        return
    profile = await registry.profile(known, space=request.reader_space, today=request.local_date(clock.now()))
    latest = await search.claims("", Filters(space=request.reader_space, entity=known.name), MAX_LATEST_CLAIMS)
    yield Reply(entity_view(profile, latest))


@router.verb(
    Arg("words", "What the claim says", ArgKind.WORDS),
    Arg("by", "Who says it", ArgKind.SPEAKER),
    Arg("since", "The earliest date", ArgKind.DATE),
    Arg("about", "A company, person, product or topic it is about", ArgKind.ENTITY),
    shareable=True,
)
async def claims(request: Request, search: HybridSearch) -> AsyncIterator[Reply]:
    """Search claims rather than text: by words, speaker, date and subject."""
    since = request.arg("since")
    within = Filters(
        space=request.reader_space,
        speaker=request.arg("by") or None,
        entity=request.arg("about") or None,
        since=dt.date.fromisoformat(since) if since else None,
    )
    yield Reply(claims_view(await search.claims(request.arg("words"), within, MAX_CLAIMS), _query_text(request)))


def _query_text(request: Request) -> str:
    parts = [request.arg("words")]
    parts += [f"{name} {request.arg(name)}" for name in ("by", "about", "since") if request.arg(name)]
    return " ".join(part for part in parts if part) or "the latest claims"


MAX_STATEMENT_LENGTH = 400
"""Characters of a statement that are read; the rest of a longer one is ignored."""

MAX_MESSAGE_LENGTH = 100_000
"""Characters of a message that is looked at; no platform has longer ones."""

_LINK = re.compile(r"<?\bhttps?://\S+|\bwww\.\S+", re.IGNORECASE)
_QUOTE_MARKS = re.compile(r"(?:^|(?<=\n))[ \t]*(?:&gt;|[>•*-])+[ \t]*")
# A full stop inside a word or figure ends no sentence. Possessive, because a message may be long.
_SENTENCE = re.compile(r"(?:[^.!?\n]|\.(?=\w))++[.!?\n]*+|[.!?\n]++")
_MIN_LETTERS = 6
_ASSURANCE = cue_pattern("assurance")
_ASSURANCE_BEFORE = re.compile(
    # Without a comma, only where somebody speaks: a lone word may belong to what is stated.
    rf"(?:(?:{_ASSURANCE})(?:\s*[,:;–—]\s*|\s+that\s+)|(?=(?:i|i[’']?m|we|trust|pretty|quite)\b)(?:{_ASSURANCE})\s+)+",
    re.IGNORECASE,
)
_ASSURANCE_AFTER = re.compile(rf"(?:(?:\s*[,;:–—]|\s+-)\s*(?:{_ASSURANCE}))+(?=[.!]*$)", re.IGNORECASE)
_ONLY_ASSURANCE = re.compile(rf"\W*(?:{_ASSURANCE})\W*", re.IGNORECASE)
_TAG_QUESTION = re.compile(
    r",\s*(?:right|correct|no|yes|yeah|eh|huh|ok(?:ay)?|agreed|(?:is|was|did|do|does|are|were|has|have|had|will|would|can)"
    r"(?:n[’']t)?\s+(?:it|they|he|she|we|you|there))\s*\?",
    re.IGNORECASE,
)


@router.verb(
    Arg("statement", "What somebody states", ArgKind.WORDS, required=True, max_chars=MAX_MESSAGE_LENGTH), shown=False
)
async def check(request: Request, answers: AnswerService) -> AsyncIterator[Reply]:
    """Show only you the closest claims for and against a statement."""
    statement = _extract_statement(request.arg("statement"))
    yield Reply(check_view(await answers.check_statement(statement, Filters(space=request.reader_space))), private=True)


def _extract_statement(words: str) -> str:
    """Return the statement without links, questions and assurances; raises UserError if that leaves nothing."""
    text = _TAG_QUESTION.sub(".", _LINK.sub(" ", _QUOTE_MARKS.sub("", words)))
    stated = (_without_assurance(sentence) for sentence in _SENTENCE.findall(text) if "?" not in sentence)
    statement = " ".join(" ".join(stated).split())
    if sum(map(str.isalpha, statement)) >= _MIN_LETTERS and " " in statement:
        return shorten(statement, MAX_STATEMENT_LENGTH)
    if "?" in text:
        message = "That is a question, not a statement; `ask` answers questions."
    elif _LINK.search(words) and not any(map(str.isalpha, text)):
        message = "That is only a link. Check a message that states something in words."
    else:
        message = "I see no statement in that. Check a message that makes a claim, such as who did what."
    raise UserError(message, "statement")


def _without_assurance(sentence: str) -> str:
    """Return a sentence without what vouches for it; nothing if that is all it does."""
    stated = sentence.strip()
    if _ONLY_ASSURANCE.fullmatch(stated):
        return ""
    vouched = _ASSURANCE_BEFORE.match(stated)
    return _ASSURANCE_AFTER.sub("", stated[vouched.end() :] if vouched else stated)
