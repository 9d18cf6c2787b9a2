"""A model that reports rightly on the sample conversations, but for one sentence, and translates by a rule."""

from __future__ import annotations

import re

from bot.llm.provider import Task
from tests.writers import ends, nothing

ORKDAL = "How much of the world's stacked memory did Orkdal make?"
IN_GERMAN = "Wie viel von diesem Speicher wurde bei Orkdal hergestellt?"

FIRST = "Quillon's Orkdal plant made about 14 percent of the world's stacked memory, Tomas Brandt said."
WRONG = "Quillon's Orkdal plant made about 41 percent of the world's stacked memory, Tomas Brandt said."
SECOND = "Farid Mansour said that Halden was the largest buyer of what Quillon's plant in Orkdal made."

MADE_UP = "Zanthor sold 977 planets to Halden."

_PLANT = "Quillon's Orkdal plant made about 14 percent of the world's stacked memory."
_BUYER = "Quillon's plant in Orkdal made around 14 percent of the world's supply, and Halden was the largest buyer."
_LINE = re.compile(r"^\[(\d+)\] (.*)$", re.MULTILINE)
_CLAIM = re.compile(r"^\[1\] (?P<who>[^(]+) \(\w+; .*?\d{4}\): (?P<words>.*)$", re.MULTILINE)


def reporter(task: Task) -> object:
    """Return what is wanted."""
    match task.purpose:
        case "answer":
            told = ((FIRST, _PLANT), (WRONG, _PLANT), (SECOND, _BUYER))
            return {"sentences": [_cited(task, text, words) for text, words in told if words in task.user]}
        case "signal":
            return _signal(task)
        case "translation":
            return {
                "lines": [{"number": int(n), "text": f"Auf Deutsch: {words}"} for n, words in _LINE.findall(task.user)]
            }
        case "follow_up":
            return {"language": "German", "question": ORKDAL}
        case _:
            return nothing(task)


def _cited(task: Task, text: str, words: str) -> object:
    passage = next(int(number) for number, line in _LINE.findall(task.user) if words in line)
    first, last = ends(words)
    return {"passage": passage, "first": first, "last": last, "text": text}


def _signal(task: Task) -> object:
    """Tell the first claim, and something that nobody said."""
    empty = {"claims": [], "text": ""}
    said = _CLAIM.search(task.user)
    words = said["words"] if said else ""
    told = f"To quote {said['who']}, {words[:1].lower()}{words[1:]}" if said else ""
    both = [{"claims": [1], "text": text} for text in (told, MADE_UP)]
    return {"headline": empty, "said": both, "matters": empty, "watch": empty}
