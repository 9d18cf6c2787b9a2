"""Prompts from `prompts/*.md`: checked when the bot starts, filled in with text that stays text, and asked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from importlib.resources import files
from string import Template
from typing import Generic, TypeVar

import msgspec

from bot.analysts.llm.schemas import Answered, Asked, Claims, Entities, Front, Lines, Signal, Stories
from bot.chat.text import sanitise
from bot.domain.usage import Account, ModelTier
from bot.llm.provider import LanguageModel, Task

T = TypeVar("T")

_PARTS = re.compile(r"\A---\n(?P<facts>.*?)\n---\n(?P<system>.*?)\n---\n(?P<user>.*)\Z", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_TAG = re.compile(r"</?[A-Za-z!?][^<>]{0,500}>")
CONTEXT_TOKENS = 8_192
"""Tokens that a model takes by default, question and answer together."""

_CHARS_PER_TOKEN = 3
"""The fewest characters of a token in what we ask; in English it is four."""

_FORMAT_TOKENS = 512
"""Tokens for the answer's schema, if a server needs it in words, and for what a server adds itself."""

_CONTEXT_TO_ANSWER_RATIO = 3
"""In a small context, the answer may take at most one part of so many."""

_BRACKETS = str.maketrans("<>", "()")


class PromptHeader(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What stands above a prompt.

    `version` changes whenever the answers may change. `schema` is the type of the answer, `tokens` its limit, `seconds`
    how long to wait for it, `tier` which of the two models is asked.
    """

    purpose: str
    version: int
    schema: str
    tokens: int
    seconds: float
    tier: ModelTier


@dataclass(frozen=True, slots=True)
class Prompt(Generic[T]):
    """What a model is told and asked: `system` is always the same, `user` has the variables.

    All the variables together may have `max_chars` characters, so that they fit the model's context.
    """

    returns: type[T]
    header: PromptHeader
    system: str
    user: Template
    max_chars: int

    def with_timeout(self, seconds: float) -> Prompt[T]:
        """Return the same prompt with a time limit of at most so many seconds."""
        return replace(self, header=msgspec.structs.replace(self.header, seconds=min(self.header.seconds, seconds)))

    def fitting_lines(self, lines: Iterable[str]) -> list[str]:
        """Return the first lines, as many as there is room for, but at least one."""
        fitting: list[str] = []
        size = 0
        for line in lines:
            size += len(line) + 1
            if fitting and size > self.max_chars:
                break
            fitting.append(line)
        return fitting

    def fill(self, account: Account, **values: str) -> Task:
        """Fill the prompt in; raises KeyError for a variable without a value."""
        head = self.header
        user = self.user.substitute(values)
        return Task(head.purpose, head.version, self.system, user, head.tokens, head.seconds, head.tier, account)


@dataclass(frozen=True, slots=True)
class Prompts:
    """Every prompt, checked against the types of its answer and its variables."""

    claims: Prompt[Claims]
    entities: Prompt[Entities]
    stories: Prompt[Stories]
    signal: Prompt[Signal]
    brief: Prompt[Front]
    answer: Prompt[Answered]
    follow_up: Prompt[Asked]
    repair: Prompt[Lines]
    translation: Prompt[Lines]


@dataclass(frozen=True, slots=True)
class ModelSession:
    """A model, the prompts for it, and who pays for what it is asked."""

    llm: LanguageModel
    prompts: Prompts
    account: Account

    async def ask(self, prompt: Prompt[T], **values: str) -> T:
        """Fill in a prompt and return the answer; raises LlmError."""
        return (await self.llm.complete(prompt.fill(self.account, **values), prompt.returns)).value


def load_prompts(context: int = CONTEXT_TOKENS, patience: float = 1) -> Prompts:
    """Load every prompt for a model with a context of so many tokens that takes `patience` times as long as others.

    Prompts that somebody waits for get no extra time. Raises ValueError for the first that doesn't fit the code.
    """
    quick = partial(load_prompt, context=context)
    slow = partial(quick, patience=patience)
    return Prompts(
        claims=slow("claims", Claims, {"turns"}),
        entities=slow("entities", Entities, {"names"}),
        stories=slow("stories", Stories, {"claims"}),
        signal=slow("signal", Signal, {"claims"}),
        brief=slow("brief", Front, {"claims"}),
        answer=quick("answer", Answered, {"passages", "question"}),
        follow_up=quick("follow_up", Asked, {"thread", "question"}),
        repair=slow("repair", Lines, {"sentences"}),
        translation=slow("translation", Lines, {"sentences", "language"}),
    )


def load_prompt(
    name: str, returns: type[T], variables: Iterable[str], *, context: int = CONTEXT_TOKENS, patience: float = 1
) -> Prompt[T]:
    """Read `prompts/<name>.md` for a model, as `load_prompts` does.

    Raises ValueError if its type or its variables are not those that the code has.
    """
    parts = _PARTS.match(files("prompts").joinpath(f"{name}.md").read_text("utf-8"))
    if parts is None:
        message = f"prompts/{name}.md: it needs three parts, facts, system and user, each after a line of ---"
        raise ValueError(message)
    facts = dict(line.split(": ", 1) for line in parts["facts"].splitlines())
    header = msgspec.convert(facts, PromptHeader, strict=False)
    user = Template(parts["user"].strip())
    conflicts = [f"${variable}" for variable in set(user.get_identifiers()) ^ set(variables)]
    conflicts += [header.schema] if header.schema != returns.__name__ else []
    conflicts += [header.purpose] if header.purpose != name else []
    if conflicts or not user.is_valid():
        message = f"prompts/{name}.md does not agree with the code about {', '.join(sorted(conflicts)) or 'a $'}"
        raise ValueError(message)
    tokens, seconds = min(header.tokens, context // _CONTEXT_TO_ANSWER_RATIO), header.seconds * patience
    prompt_tokens = (len(parts["system"]) + len(parts["user"])) // _CHARS_PER_TOKEN
    max_chars = max(context - tokens - _FORMAT_TOKENS - prompt_tokens, _FORMAT_TOKENS) * _CHARS_PER_TOKEN
    header = msgspec.structs.replace(header, tokens=tokens, seconds=seconds)
    return Prompt(returns, header, parts["system"].strip(), user, max_chars)


def sanitize(text: str) -> str:
    """Return outside text as one line for a prompt, without tags, comments, hidden characters and angle brackets.

    So nothing in it can end the block it stands in.
    """
    return " ".join(_TAG.sub(" ", _COMMENT.sub(" ", sanitise(text))).translate(_BRACKETS).split())


def numbered_lines(lines: Iterable[str]) -> Iterator[str]:
    """Yield outside lines, each after its number."""
    return (f"[{n}] {sanitize(line)}" for n, line in enumerate(lines, 1))
