"""What a typed line asks for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.chat.request import ArgKind, Verb

_MENTION = re.compile(r"^@overheard\b[,:]?\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Command:
    """A verb with everything typed after it."""

    verb: str
    text: str


def parse_command(line: str, verbs: Sequence[Verb]) -> Command:
    """Read `/verb …`, `verb …` or, for any other text, a question; a mention in front changes nothing."""
    words = _MENTION.sub("", line.strip()).strip()
    # A text may begin on the next line.
    first, rest = (*words.split(maxsplit=1), "", "")[:2]
    name = first.removeprefix("/").casefold()
    if first.startswith("/") or name in {verb.name for verb in verbs if verb.shown}:
        return Command(name or "help", rest.strip())
    return Command("ask", words) if words else Command("help", "")


def hidden_args(verb: str, verbs: Sequence[Verb]) -> frozenset[str]:
    """Return the arguments of a verb that are not written down: whoever is cut off asks for them again."""
    return frozenset(arg.name for one in verbs if one.name == verb for arg in one.args if arg.kind is ArgKind.HIDDEN)
