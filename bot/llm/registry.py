"""The providers of language models. Adding one takes a file beside this one and a line below."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from bot.config import ModelSettings, ServerSettings

if TYPE_CHECKING:
    from bot.llm.model import ServerModel
    from bot.llm.provider import Provider
    from bot.retry import RetryPolicy


def _openai(server: ServerSettings) -> Provider:
    from bot.llm.openai import OpenAI

    return OpenAI(server)


def _anthropic(server: ServerSettings) -> Provider:
    from bot.llm.anthropic import Anthropic

    return Anthropic(server)


PROVIDERS: Mapping[str, Callable[[ServerSettings], Provider]] = {"openai": _openai, "anthropic": _anthropic}
"""How each is built, by its name; `<NAME>_API_KEY` and `<NAME>_BASE_URL` are its settings."""


def connect(settings: ModelSettings, policy: RetryPolicy | None = None) -> ServerModel:
    """Return the language model that is set; nothing is loaded or asked before it is needed."""
    from bot.llm.model import ServerModel
    from bot.llm.request_loop import RETRIES

    provider = PROVIDERS[settings.model_provider](settings.server)
    return ServerModel(provider, settings, policy or RETRIES)
