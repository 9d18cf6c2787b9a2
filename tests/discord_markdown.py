"""A small reader of Discord's Markdown, as its desktop client reads it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(slots=True)
class Node:
    """A piece of what is shown: its kind, its own words if it has any, and what is inside it."""

    kind: str
    words: str = ""
    inside: list[Node] = field(default_factory=list)


STYLES = (
    ("bold", r"\*\*((?:\\.|[^\\])+?)\*\*(?!\*)"),
    ("underline", r"__((?:\\.|[^\\])+?)__(?!_)"),
    ("italic", r"\*(?!\s)((?:\\.|\*\*|[^*\\])+?)(?<!\s) {0,2}\*(?!\*)"),
    ("italic", r"_((?:\\.|__|[^_\\])+?)_(?!\w)"),
    ("struck", r"~~(.+?)~~(?!_)"),
    ("spoiler", r"\|\|(.+?)\|\|"),
)
ATOMS = (
    ("codeblock", r"```.*?[^\n].*?```"),
    ("code", r"(`+)(?P<words>.+?)(?<!`)\1(?!`)"),
    ("mention", r"<@[!&]?\d+>|@everyone|@here"),
    ("channel", r"<#\d+>"),
    ("time", r"<t:-?\d+(?::[a-zA-Z])?>"),
    ("command", r"</[^>:]+:\d+>"),
    ("navigation", r"<id:\w+>"),
    ("emoji", r"<a?:\w+:\d+>|:[^\s:]*[^\W\d][^\s:]*:"),
    ("url", r"<[^: >]+:/[^ >]+>|(?:https?|steam|discord)://[^\s<]+[^<.,:;\"'\]\s]"),
    ("invite", r"(?:discord\.gg|discord(?:app)?\.com/invite)/[\w-]+"),
    ("mail", r"<[^\s<>@]+@[^\s<>]+>|<\+\d+>"),
)
LINK = r"\[((?:\[[^\]]*\]|[^\[\]])*[^\[]*?)\]\(\s*(<?)((?:\([^)]*\)|[^\s\\]|\\[^\n])*?)(>?)(?:\s+['\"].*?['\"])?\s*\)"
BLOCKS = (
    ("heading", r"#{1,3}\s+(?!#)([^\n]*)(?:\n|$)"),
    ("small", r"-# +(?!-#)([^\n]+)(?:\n|$)"),
    ("quote", r"(?:> [^\n]*(?:\n *(?=> )|\n|$))+"),
    ("quote", r">>> (.*)"),
    ("list", r"(?:[*+-]|\d+\.) +([^\n]+)(?:\n|$)"),
)
ESCAPE = re.compile(r"\\([^A-Za-z0-9\s])")
ACTIVE = frozenset("\\*_~|`<@:[¯hsdHSD")
"""What anything but text and blocks begins with."""
SHRUG = r"¯\_(ツ)_/¯"
UNFIT = re.compile("://|[\u2139\u2190-\u21ff\u2300-\u27bf\u2b00-\u2bff\ufe0f\U0001f000-\U0001faff]")
"""What a link's words may not have in them: addresses and emoji."""


def read(source: str, *, fresh: bool = True) -> list[Node]:
    """Return what is shown; `fresh` where the source begins a line."""
    nodes: list[Node] = []
    at = 0
    while at < len(source):
        line = source[source.rfind("\n", 0, at) + 1 : at]
        begins = not line.strip(" ") and (fresh or "\n" in source[:at])
        node, at = _next(source, at, begins=begins)
        nodes.append(node)
    return nodes


def _next(source: str, at: int, *, begins: bool) -> tuple[Node, int]:
    if not begins and source[at] not in ACTIVE:
        return Node("text", source[at]), at + 1
    escape = ESCAPE.match(source, at)
    if source.startswith(SHRUG, at):
        return Node("text", SHRUG), at + len(SHRUG)
    if escape:
        return Node("text", escape[1]), escape.end()
    found = (_block(source, at) if begins else None) or _atom(source, at) or _styled(source, at, begins=begins)
    return found or (Node("text", source[at]), at + 1)


def _block(source: str, at: int) -> tuple[Node, int] | None:
    for kind, pattern in BLOCKS:
        found = re.compile(pattern, re.DOTALL).match(source, at)
        if not found:
            continue
        words = re.sub(r"^ *> ", "", found[0], flags=re.MULTILINE) if found.lastindex is None else found[1]
        if kind == "heading":
            words = words.rstrip().rstrip("#").rstrip()
        return Node(kind, inside=read(words)), found.end()
    return None


def _atom(source: str, at: int) -> tuple[Node, int] | None:
    link = re.compile(LINK, re.DOTALL).match(source, at)
    if link and re.match(r"(?:https?|discord)://", link[3]) and not UNFIT.search(link[1]):
        return Node("link", link[3], _label(link[1])), link.end()
    for kind, pattern in ATOMS:
        found = re.compile(pattern, re.DOTALL | re.IGNORECASE).match(source, at)
        if found:
            return Node(kind, found["words"] if kind == "code" else found[0]), found.end()
    return None


def _label(words: str) -> list[Node]:
    """Read the words of a link, in which a backslash is a backslash."""
    return read(words.replace("\\", "\\\\"), fresh=False)


def _styled(source: str, at: int, *, begins: bool) -> tuple[Node, int] | None:
    matches = ((kind, re.compile(pattern, re.DOTALL).match(source, at)) for kind, pattern in STYLES)
    found = [(kind, match) for kind, match in matches if match]
    if not found:
        return None
    kind, match = max(found, key=lambda pair: len(pair[1][0]))
    return Node(kind, inside=read(match[1], fresh=begins)), match.end()


def letters(nodes: list[Node], *around: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each character that is shown, with the kinds of what it stands in, outermost first."""
    for node in nodes:
        kinds = (
            around
            if node.kind == "text"
            else (*around, f"{node.kind} {node.words}" if node.inside and node.words else node.kind)
        )
        yield from letters(node.inside, *kinds) if node.inside else ((letter, kinds) for letter in node.words)


def shown(source: str) -> str:
    """Return the words alone."""
    return "".join(letter for letter, _ in letters(read(source)))
