"""Every route of the REST API, by name."""

from tests.servers.discord.registry import ROUTES
from tests.servers.discord.routes import application, channels, interactions, messages, threads, webhooks

__all__ = ["ROUTES", "application", "channels", "interactions", "messages", "threads", "webhooks"]
