"""Draws Components V2 about as Discord shows them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from bot.platforms.discord.render import ComponentType
from docs.paper import Ink, Paper, Run, Shape, Type, wide
from tests.discord_markdown import letters, read

INK, QUIET, TITLE, LINK = Ink("#dbdee1"), Ink("#949ba4"), Ink("#f2f3f5", bold=True), "#00a8fc"
BODY, SMALL, HEAD, LARGE = Type(15, 22), Type(12.5, 18), Type(16, 25), Type(20, 28)
GROUND, CARD, EDGE, BAR = "#313338", "#2b2d31", "#3f4147", "#4e5058"
BUTTON, PRESS = Shape("#4e5058", radius=8), Type(13.5, 32)
LEFT, RIGHT = 72.0, 24.0

_LINE = re.compile(r"(?P<mark>-#|#{1,3}|>|-) (?P<words>.*)")


def drawn(components: Iterable[dict[str, Any]], at: str) -> str:
    """Return a message of the bot as SVG."""
    paper = Paper(720, GROUND)
    paper.face(18, 18, 40, 20)
    paper.y = 14
    badge, white = Shape("#5865f2"), Ink("#ffffff", bold=True)
    paper.head(("Overheard", TITLE), (at, QUIET), LEFT, 15.5, badge, white)
    paper.y += 6
    pen = _Pen(paper)
    for component in components:
        pen.component(component, LEFT, paper.width - LEFT - RIGHT)
    return paper.svg("A brief in Discord")


class _Pen:
    def __init__(self, paper: Paper) -> None:
        self.paper = paper

    def component(self, node: dict[str, Any], x: float, width: float) -> None:
        """Draw a component by its kind; raises KeyError for one that this does not know."""
        draw = {
            ComponentType.CONTAINER: self._container,
            ComponentType.TEXT_DISPLAY: self._text,
            ComponentType.SEPARATOR: self._separator,
            ComponentType.ACTION_ROW: self._row,
            ComponentType.SECTION: self._section,
        }
        draw[ComponentType(node["type"])](node, x, width)

    def _container(self, node: dict[str, Any], x: float, width: float) -> None:
        paper = self.paper
        under, top = paper.mark(), paper.y
        paper.y += 8
        for child in node["components"]:
            self.component(child, x + 20, width - 36)
        paper.y += 14
        high = paper.y - top
        paper.box(x, top, width, high, Shape(CARD, EDGE, 8), under)
        paper.box(x, top, 4, high, Shape(f"#{node['accent_color']:06x}", radius=2), under + 1)

    def _separator(self, node: dict[str, Any], x: float, width: float) -> None:
        del node
        self.paper.box(x, self.paper.y + 12, width, 1, Shape(EDGE, radius=0))
        self.paper.y += 18

    def _row(self, node: dict[str, Any], x: float, width: float) -> None:
        self.paper.y += 10
        if node["components"][0]["type"] == ComponentType.SELECT:
            self._menu(node["components"][0], x, width)
            return
        labels = [button["label"] for button in node["components"]]
        self.paper.buttons(labels, TITLE, x, width, BUTTON, PRESS)

    def _menu(self, node: dict[str, Any], x: float, width: float) -> None:
        paper, height = self.paper, PRESS.leading + 4
        paper.box(x, paper.y, width, height, Shape(GROUND, EDGE, 8))
        for words, at, anchor in ((node["placeholder"], x + 12, "start"), ("⌄", x + width - 18, "middle")):
            paper.words([(words, QUIET)], at, paper.y + height / 2 + PRESS.size * 0.35, PRESS.size, anchor)
        paper.y += height

    def _section(self, node: dict[str, Any], x: float, width: float) -> None:
        label, top = node["accessory"]["label"], self.paper.y
        beside = wide(label, PRESS.size, bold=True) + 26
        for child in node["components"]:
            self.component(child, x, width - beside - 16)
        low = self.paper.y
        self.paper.button(label, TITLE, x + width - beside, top + 6, BUTTON, PRESS)
        self.paper.y = max(low, top + 6 + PRESS.leading)

    def _text(self, node: dict[str, Any], x: float, width: float) -> None:
        self.paper.y += 6
        for line in node["content"].split("\n"):
            found = _LINE.match(line)
            self._line(found["mark"] if found else "", found["words"] if found else line, x, width)

    def _line(self, mark: str, words: str, x: float, width: float) -> None:
        paper = self.paper
        match mark:
            case "-#":
                paper.write(_runs(words, QUIET), x, width, SMALL)
            case "#" | "##" | "###":
                paper.y += 2
                paper.write(_runs(words, TITLE), x, width, HEAD if mark == "###" else LARGE)
            case ">":
                paper.y += 2
                top = paper.y
                paper.write(_runs(words, INK), x + 14, width - 14, BODY)
                paper.box(x, top + 1, 4, paper.y - top - 2, Shape(BAR, radius=2))
            case "-":
                paper.line([("•", INK)], x + 6, BODY)
                paper.y -= BODY.leading
                paper.write(_runs(words, INK), x + 22, width - 22, BODY)
            case _:
                paper.write(_runs(words, INK), x, width, BODY)


def _runs(words: str, ink: Ink) -> Iterator[Run]:
    """Read one line's Markdown as Discord does."""
    for kinds, run in groupby(letters(read(words, fresh=False)), lambda letter: letter[1]):
        fill = LINK if any(kind.startswith(("link", "url")) for kind in kinds) else ink.fill
        bold, italic = ink.bold or "bold" in kinds, "italic" in kinds
        yield "".join(letter for letter, _ in run), Ink(fill, bold=bold, italic=italic)
