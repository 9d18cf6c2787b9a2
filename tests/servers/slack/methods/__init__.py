"""The Web API's methods, each registered under its name when this package is imported."""

from tests.servers.slack.methods import assistants, auth, chat, conversations, streams, views
from tests.servers.slack.registry import METHODS

__all__ = ["METHODS", "assistants", "auth", "chat", "conversations", "streams", "views"]
