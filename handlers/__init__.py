"""Handlers: one file per verb family, joined here in the order of `help`."""

from bot.dispatch import Router
from handlers import (
    asking,
    briefs,
    checking,
    following,
    helping,
    keeping,
    looking,
    noting,
    sharing,
    sources,
    speaking,
    subscribing,
)

router = Router(
    part.router
    for part in (
        asking,
        briefs,
        subscribing,
        following,
        looking,
        sources,
        noting,
        keeping,
        speaking,
        helping,
        sharing,
        checking,
    )
)
