"""Handlers: one file per verb family, joined here in the order of `help`."""

from bot.chat.request import Router
from handlers import ask, briefs, claims, files, follows, help, notes, sources, status, subscriptions, why

router = Router(
    module.router for module in (ask, briefs, subscriptions, follows, claims, sources, notes, files, why, status, help)
)
