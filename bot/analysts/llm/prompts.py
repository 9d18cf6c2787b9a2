"""Prompts from `prompts/*.md`: checked when the bot starts, and filled in with text that stays text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from importlib.resources import files
from string import Template

import msgspec

from bot.chat.text import sanitise
from bot.domain.usage import Account, ModelTier
from bot.llm.provider import Task

_PARTS = re.compile(r"\A---\n(?P<facts>.*?)\n---\n(?P<system>.*?)\n---\n(?P<user>.*)\Z", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_TAG = re.compile(r"</?[A-Za-z!?][^<>]{0,500}>")
CONTEXT_TOKENS = 8_192
"""So many tokens a model takes at least, what it is asked and what it answers together, where nothing is set."""

_CHARS_PER_TOKEN = 3
"""At least so many characters a token has in what we ask; in English it is four."""

_FORMAT_TOKENS = 512
"""Tokens that the form of the answer takes where a server needs it in words, and what a server adds of its own."""

_CONTEXT_TO_ANSWER_RATIO = 3
"""The answer has one of so many parts of a small context at most."""

_BRACKETS = str.maketrans("<>", "()")


class PromptHeader(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What stands above a prompt.

    `version` changes with every change that may change what comes back. `schema` is the type that comes back,
    `tokens` the most of it, `seconds` how long one may wait for it, `tier` which of the two models is asked.
    """

    purpose: str
    version: int
    schema: str
    tokens: int
    seconds: float
    tier: ModelTier


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a model is told and asked: `system` is always the same, `user` has the variables.

    `max_chars` is how many characters all the variables may have together, so that the model takes them in.
    """

    header: PromptHeader
    system: str
    user: Template
    max_chars: int

    def with_timeout(self, seconds: float) -> Prompt:
        """Return the same prompt for whoever has no more than so many seconds."""
        return replace(self, header=msgspec.structs.replace(self.header, seconds=min(self.header.seconds, seconds)))

    def fitting_lines(self, lines: Iterable[str]) -> list[str]:
        """Return the first lines, as many as there is room for, and one in any case."""
        found: list[str] = []
        size = 0
        for line in lines:
            size += len(line) + 1
            if found and size > self.max_chars:
                break
            found.append(line)
        return found

    def fill(self, account: Account, **values: str) -> Task:
        """Fill the prompt in; raises KeyError for a variable without a value."""
        facts = self.header
        asked = self.user.substitute(values)
        return Task(facts.purpose, facts.version, self.system, asked, facts.tokens, facts.seconds, facts.tier, account)


def load_prompt(
    name: str, returns: type, variables: Iterable[str], *, context: int = CONTEXT_TOKENS, patience: float = 1
) -> Prompt:
    """Read `prompts/<name>.md` for a model that takes so many tokens, and so many times as long as others.

    Raises ValueError where its type or its variables are not those that the code has.
    """
    parts = _PARTS.match(files("prompts").joinpath(f"{name}.md").read_text("utf-8"))
    if parts is None:
        message = f"prompts/{name}.md: three parts are needed, facts, system and user, each after a line of ---"
        raise ValueError(message)
    written = dict(line.split(": ", 1) for line in parts["facts"].splitlines())
    facts = msgspec.convert(written, PromptHeader, strict=False)
    user = Template(parts["user"].strip())
    wrong = [f"${each}" for each in set(user.get_identifiers()) ^ set(variables)]
    wrong += [facts.schema] if facts.schema != returns.__name__ else []
    wrong += [facts.purpose] if facts.purpose != name else []
    if wrong or not user.is_valid():
        message = f"prompts/{name}.md does not agree with the code about {', '.join(sorted(wrong)) or 'a $'}"
        raise ValueError(message)
    tokens, seconds = min(facts.tokens, context // _CONTEXT_TO_ANSWER_RATIO), facts.seconds * patience
    fit = msgspec.structs.replace(facts, tokens=tokens, seconds=seconds)
    told = (len(parts["system"]) + len(parts["user"])) // _CHARS_PER_TOKEN
    room = max(context - fit.tokens - _FORMAT_TOKENS - told, _FORMAT_TOKENS) * _CHARS_PER_TOKEN
    return Prompt(fit, parts["system"].strip(), user, room)


def sanitize(text: str) -> str:
    """Return outside text as one line for a prompt: no tags, comments or hidden characters, no angle brackets.

    So nothing in it can end the block it stands in.
    """
    return " ".join(_TAG.sub(" ", _COMMENT.sub(" ", sanitise(text))).translate(_BRACKETS).split())


def numbered_lines(lines: Iterable[str]) -> Iterator[str]:
    """Yield outside lines, each behind its number."""
    return (f"[{n}] {sanitize(line)}" for n, line in enumerate(lines, 1))
