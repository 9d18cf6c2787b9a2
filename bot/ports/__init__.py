"""The seams. Each is one idea wide; everything concrete stands behind one of these."""

from bot.ports.audience import Audience, Follow, Pace, Privacy, Replies, Subscription, Subscriptions, Threads, Votes
from bot.ports.delivery import Delivery, Inbox, Outbox, State
from bot.ports.editorial import Analyst, Desk, Editions
from bot.ports.library import Library, Merges, Profile, Reader, Registry, Sources, SourceState, Tally
from bot.ports.operations import Copies, Load, Measures, Standing, Unmeasured
from bot.ports.platform import (
    Address,
    Arg,
    ArgKind,
    Clock,
    Dispatch,
    Platform,
    Progress,
    Reply,
    Report,
    Request,
    Sent,
    Verb,
)
from bot.ports.search import Found, Index, Search, Unit, Vectors
from bot.ports.vault import Vault

__all__ = [
    "Address",
    "Analyst",
    "Arg",
    "ArgKind",
    "Audience",
    "Clock",
    "Copies",
    "Delivery",
    "Desk",
    "Dispatch",
    "Editions",
    "Follow",
    "Found",
    "Inbox",
    "Index",
    "Library",
    "Load",
    "Measures",
    "Merges",
    "Outbox",
    "Pace",
    "Platform",
    "Privacy",
    "Profile",
    "Progress",
    "Reader",
    "Registry",
    "Replies",
    "Reply",
    "Report",
    "Request",
    "Search",
    "Sent",
    "SourceState",
    "Sources",
    "Standing",
    "State",
    "Subscription",
    "Subscriptions",
    "Tally",
    "Threads",
    "Unit",
    "Unmeasured",
    "Vault",
    "Vectors",
    "Verb",
    "Votes",
]
