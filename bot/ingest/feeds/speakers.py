"""Names for the speakers of a transcript, only where the feed, the notes or the speakers themselves say them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from bot.domain import Person, Role, Turn
from bot.ingest.formats.transcripts import is_unnamed_speaker

_NAME = r"[A-Z][\w’'-]+(?: [A-Z][\w’'-]+){0,2}"
_SELF_INTRODUCTION = re.compile(
    rf"\b(?:I’m|I'm|I am|[Mm]y name is|[Mm]y name’s|[Mm]y name's)(?: your hosts?,?)? (?P<name>{_NAME})"
    r"(?P<after>[,.!]| and\b| from\b| here\b|$)"
)
_ROLES = {
    "host": Role.HOST,
    "interviewer": Role.HOST,
    "moderator": Role.HOST,
    "guest": Role.GUEST,
    "interviewee": Role.GUEST,
}
_INTRODUCTION_TURNS = 3
"""Whoever introduces themselves does so when they begin to speak; later "I'm …" is a joke or a quotation."""


def match_speaker_names(turns: Sequence[Turn], people: Sequence[Person]) -> Mapping[str, str]:
    """Return by label the name of each speaker for whom one is known; a label that could be two is left as it is."""
    names = {label: name for label in _labels(turns) if (name := _match_person(label, people))}
    for voice in filter(is_unnamed_speaker, _labels(turns)):
        if name := _self_introduced_name(voice, turns, people):
            names[voice] = name
    # Two voices under one name: at least one of them is somebody else, and nobody knows which.
    doubled = {
        name for name in names.values() if sum(is_unnamed_speaker(v) and n == name for v, n in names.items()) > 1
    }
    return {label: name for label, name in names.items() if not (is_unnamed_speaker(label) and name in doubled)}


def _labels(turns: Sequence[Turn]) -> list[str]:
    return list(dict.fromkeys(turn.speaker for turn in turns if turn.speaker))


def _match_person(label: str, people: Sequence[Person]) -> str:
    """Return who is meant by a full name, by a first or last name, or by what they do, where only one can be."""
    if is_unnamed_speaker(label):
        return ""
    said = label.casefold()
    role = _ROLES.get(said)
    meant = [one.name for one in people if (one.role is role if role else _matches_name(said, one.name))]
    return meant[0] if len(set(meant)) == 1 else ""


def _matches_name(label: str, name: str) -> bool:
    parts = name.casefold().split()
    return label == name.casefold() or label in (parts[0], parts[-1])


def _self_introduced_name(voice: str, turns: Sequence[Turn], people: Sequence[Person]) -> str:
    mine = [turn.text for turn in turns if turn.speaker == voice][:_INTRODUCTION_TURNS]
    found = {name for text in mine for name in _introduced_names(text, people)}
    return found.pop() if len(found) == 1 else ""


def _introduced_names(text: str, people: Sequence[Person]) -> Iterator[str]:
    for found in _SELF_INTRODUCTION.finditer(text):
        listed = _match_person(found["name"], people)
        if listed or (" " in found["name"] and found["after"]):
            yield listed or found["name"]
