"""Help, made from the declarations of the verbs."""

from __future__ import annotations

from collections.abc import Sequence

from bot.message import Group, Heading, Item, Message, Note
from bot.ports import Arg, Verb
from bot.text import md


def help_view(verbs: Sequence[Verb]) -> Message:
    """List what a person can ask for; verbs that only buttons send are left out."""
    heading = Heading(md("What you can do"), md("Help"))
    items = tuple(Item(md("{usage}", usage=usage(verb)), md("{help}", help=verb.help)) for verb in verbs if verb.shown)
    note = Note(md("Or just type a question. `help ask` tells more about one of them."))
    return Message((Group((heading, *items)), Group((note,))), "What you can do")


def verb_view(verb: Verb) -> Message:
    """Explain one verb and its arguments."""
    heading = Heading(md("{usage}", usage=usage(verb)), md("Help"))
    about = Note(md("{help}", help=verb.help))
    items = (Item(md("{name}", name=_shape(arg)), md("{help}", help=_explained(arg))) for arg in verb.args)
    return Message((Group((heading, about, *items)),), f"How to use {verb.name}")


def usage(verb: Verb) -> str:
    """Return how a verb is written: subscribe [topic] [at] [tz] [days]."""
    return " ".join((verb.name, *(_shape(arg) for arg in verb.args)))


def _shape(arg: Arg) -> str:
    return f"<{arg.name}>" if arg.required else f"[{arg.name}]"


def _explained(arg: Arg) -> str:
    return f"{arg.help} ({', '.join(arg.choices)})" if arg.choices else arg.help
