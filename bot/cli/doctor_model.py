"""What `doctor` finds of the language model: each model is asked one word, twice."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from importlib.util import find_spec
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from bot.config import ModelSettings
from bot.domain.finding import Finding
from bot.domain.usage import Tier
from bot.errors import LlmError
from bot.llm.provider import Task

if TYPE_CHECKING:
    from bot.llm.openai import OpenAI

_ABOUT = "Language model"
_ONE_STEP = (
    "Set OVERHEARD_MODEL_WRITE and OPENAI_API_KEY; the README has it in one step, with a model of your own, too."
)
_INSTALL = "pip install 'overheard[model]'"
_PRICE = "No budget holds for it: set OVERHEARD_PRICES={model}=input/cached/output, in US dollars a million tokens."
_TRANSCRIPTION = "Transcription"
_UNKNOWN = "Set OVERHEARD_MODEL_TRANSCRIBE to a model from its list."
_MINUTE = "No budget holds for it: set OVERHEARD_TRANSCRIBE_PRICE, in US dollars a minute."
_ENDS = "Name another one before that day."
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
_USES = {Tier.READ: "reads", Tier.WRITE: "writes"}
_ASKED = ("You say one word, in the form you are asked for.", "Say: ready")
_TOKENS, _SECONDS = 64, 20.0


class Ready(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One word."""

    word: str


async def examined(settings: ModelSettings) -> list[Finding]:
    """Return what there is to say of the language model; its server is asked where one is configured."""
    if not (settings.configured or settings.model_transcribe):
        return [Finding(_ABOUT, "none", _ONE_STEP if find_spec("openai") else f"{_INSTALL}\n{_ONE_STEP}")]
    if find_spec("openai") is None:
        return [Finding(_ABOUT, "not installed (openai)", _INSTALL)]
    from bot.llm.openai import OpenAI

    async with aclosing(OpenAI(settings)) as llm:
        ends = await _ends(llm)
        return [finding async for finding in _each(settings, llm, ends)]


async def _each(settings: ModelSettings, llm: OpenAI, ends: Mapping[str, str]) -> AsyncIterator[Finding]:
    for model in dict.fromkeys(filter(None, settings.names.values())):
        tiers = [tier for tier in Tier if settings.names[tier] == model]
        yield await _asked(llm, model, tiers, ends.get(model, ""))
        yield _price(settings, model)
    if settings.model_transcribe:
        yield _hears(settings, ends)
    if settings.embeddings:
        yield await _embeds(llm, settings.embeddings)


async def _ends(llm: OpenAI) -> Mapping[str, str]:
    """Return when models are shut down; a server that has no list says so of each when it is asked."""
    try:
        return await llm.models()
    except LlmError:
        return {}


async def _asked(llm: OpenAI, model: str, tiers: list[Tier], ends: str) -> Finding:
    about = f"{_ABOUT} {model}"
    task = Task("doctor", 1, *_ASKED, _TOKENS, _SECONDS, tiers[0])
    try:
        done = await llm.complete(task, Ready)
        states = [state async for state in llm.stream(task, Ready)]
    except LlmError as error:
        return Finding(about, "gives no answer", str(error))
    counted = [one.usage.counted for one in (done, states[-1]) if one.usage]
    abilities = [
        " and ".join(_USES[tier] for tier in tiers),
        str(llm.way(model)),
        "streams",
        "counts tokens" if all(counted) else "counts no tokens, so they are estimated",
        *([f"is shut down on {ends}"] if ends else []),
    ]
    return Finding(about, ", ".join(abilities), _ENDS if ends else "")


def _price(settings: ModelSettings, model: str) -> Finding:
    about, price = f"Price of {model}", settings.priced.get(model)
    if price:
        return Finding(about, f"${price.input:g} in, ${price.cached:g} cached, ${price.output:g} out a million tokens")
    return Finding(about, "not set, counts as free", "" if _local(settings) else _PRICE.format(model=model))


def _hears(settings: ModelSettings, known: Mapping[str, str]) -> Finding:
    """Say whether the model that writes recordings down is listed; a server without a list is believed."""
    model, price = settings.model_transcribe, settings.transcribe_price
    if known and model not in known:
        return Finding(_TRANSCRIPTION, f"{model} is not known to the server", _UNKNOWN)
    listed = model if known else f"{model}, which the server does not list"
    ends = known.get(model, "")
    cost = f"${price:g} a minute" if price else "no price set, counts as free"
    said = f"{listed}, {cost}" + (f", is shut down on {ends}" if ends else "")
    return Finding(_TRANSCRIPTION, said, _ENDS if ends else "" if price or _local(settings) else _MINUTE)


def _local(settings: ModelSettings) -> bool:
    return urlsplit(settings.server.base_url).hostname in _LOCAL


async def _embeds(llm: OpenAI, model: str) -> Finding:
    try:
        size = await llm.embeds(model)
    except LlmError as error:
        return Finding("Embeddings", f"{model} gives none", str(error))
    if not size:
        return Finding("Embeddings", f"{model} gives none", "Set OVERHEARD_EMBEDDINGS to a model that makes vectors.")
    return Finding("Embeddings", f"{model}, of {size} numbers")
