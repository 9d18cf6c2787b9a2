"""Draws Block Kit about as Slack shows it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from docs.paper import Ink, Paper, Run, Shape, Type

INK, QUIET, LINK = Ink("#1d1c1d"), Ink("#616061"), "#1264a3"
BODY, SMALL, HEAD = Type(15, 22), Type(12.5, 18), Type(18, 25)
EDGE, BAR = "#d8d8d8", "#dddddd"
BUTTON, PRESS = Shape("#ffffff", "#b9babb"), Type(13, 30)
LEFT, RIGHT, MENU = 68.0, 24.0, 38.0

_MARK = re.compile(r"<[^|>]+\|(?P<label>[^>]+)>|(?<!\S)(?:\*(?P<bold>.+?)\*|_(?P<italic>.+?)_)(?!\S)")
_AMPERSAND = "&amp;"


def drawn(blocks: Iterable[dict[str, Any]], replies: int, at: str) -> str:
    """Return a message of the bot as SVG, above so many replies in its thread."""
    paper = Paper(720, "#ffffff")
    paper.face(20, 18, 36, 7)
    paper.y = 14
    badge, letters = Shape("#ebeaeb", radius=3), replace(QUIET, bold=True)
    paper.head(("Overheard", replace(INK, bold=True)), (at, QUIET), LEFT, 15.5, badge, letters)
    pen = _Pen(paper)
    for block in blocks:
        pen.block(block, LEFT, paper.width - LEFT - RIGHT)
    if replies:
        paper.y += 12
        paper.line([(f"{replies} {'reply' if replies == 1 else 'replies'}", Ink(LINK, bold=True))], LEFT, PRESS)
    return paper.svg("A brief in Slack")


class _Pen:
    def __init__(self, paper: Paper) -> None:
        self.paper = paper

    def block(self, block: dict[str, Any], x: float, width: float) -> None:
        """Draw a block by its type; raises AttributeError for one that this does not know."""
        getattr(self, f"_{block['type']}")(block, x, width)

    def _context(self, block: dict[str, Any], x: float, width: float) -> None:
        self.paper.y += 4
        for element in block["elements"]:
            runs = _marked(element["text"], QUIET) if element["type"] == "mrkdwn" else [(element["text"], QUIET)]
            self.paper.write(runs, x, width, SMALL)

    def _header(self, block: dict[str, Any], x: float, width: float) -> None:
        self.paper.y += 8
        self.paper.write([(block["text"]["text"], replace(INK, bold=True))], x, width, HEAD)

    def _divider(self, block: dict[str, Any], x: float, width: float) -> None:
        del block
        self.paper.box(x, self.paper.y + 13, width, 1, Shape(BAR, radius=0))
        self.paper.y += 20

    def _section(self, block: dict[str, Any], x: float, width: float) -> None:
        self.paper.y += 10
        if "text" in block:
            top, beside = self.paper.y, MENU + 16 if "accessory" in block else 0
            self.paper.write(_marked(block["text"]["text"]), x, width - beside, BODY)
            if beside:
                self._menu(x + width - MENU, top + 2)
        fields = block.get("fields", ())
        for row in range(0, len(fields), 2):
            top, low = self.paper.y, 0.0
            for n, field in enumerate(fields[row : row + 2]):
                self.paper.y = top
                self.paper.write(_marked(field["text"]), x + n * width / 2, width / 2 - 12, BODY)
                low = max(low, self.paper.y)
            self.paper.y = low + 8

    def _menu(self, x: float, y: float) -> None:
        self.paper.box(x, y, MENU, PRESS.leading, BUTTON)
        self.paper.words([("•••", QUIET)], x + MENU / 2, y + PRESS.leading / 2 + 4, 11, "middle")

    def _actions(self, block: dict[str, Any], x: float, width: float) -> None:
        self.paper.y += 12
        labels = [element["text"]["text"] for element in block["elements"]]
        self.paper.buttons(labels, replace(INK, bold=True), x, width, BUTTON, PRESS)

    def _rich_text(self, block: dict[str, Any], x: float, width: float) -> None:
        self.paper.y += 6
        for element in block["elements"]:
            match element["type"]:
                case "rich_text_quote":
                    top = self.paper.y
                    self.paper.write(_runs(element), x + 14, width - 14, BODY)
                    self.paper.box(x, top + 1, 4, self.paper.y - top - 2, Shape(BAR, radius=2))
                case "rich_text_list":
                    self._list(element, x, width)
                case _:
                    self.paper.write(_runs(element), x, width, BODY)

    def _list(self, element: dict[str, Any], x: float, width: float) -> None:
        numbered, first = element["style"] == "ordered", element.get("offset", 0) + 1
        for number, entry in enumerate(element["elements"], first):
            top = self.paper.y
            self.paper.line([(f"{number}." if numbered else "•", INK)], x + 8, BODY)
            self.paper.y = top
            self.paper.write(_runs(entry), x + 28, width - 28, BODY)


def _runs(element: dict[str, Any]) -> Iterator[Run]:
    for part in element["elements"]:
        style = part.get("style", {})
        fill = LINK if part["type"] == "link" else INK.fill
        yield part["text"], Ink(fill, bold="bold" in style, italic="italic" in style)


def _marked(text: str, ink: Ink = INK) -> Iterator[Run]:
    """Read markup about as Slack does: marks between blanks, and links."""
    at = 0
    for found in _MARK.finditer(text):
        yield text[at : found.start()].replace(_AMPERSAND, "&"), ink
        if found["label"]:
            yield found["label"].replace(_AMPERSAND, "&"), replace(ink, fill=LINK)
        elif found["bold"]:
            yield from _marked(found["bold"], replace(ink, bold=True))
        else:
            yield from _marked(found["italic"], replace(ink, italic=True))
        at = found.end()
    yield text[at:].replace(_AMPERSAND, "&"), ink
