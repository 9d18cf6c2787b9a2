"""Paper to draw a chat message on, as SVG: words in lines, boxes, bars, buttons.

Fonts are those of whoever looks, so a line is one text that flows by itself; only where it ends is measured here, by
the widths of a common typeface, with a little room to spare.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

FONTS = "-apple-system, 'Segoe UI', Roboto, Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans Condensed', sans-serif"

_PAGE = """\
<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img"
 font-family="{fonts}">
<title>{title}</title>
<defs><clipPath id="page"><rect width="{width}" height="{height}" rx="8"/></clipPath></defs>
<g clip-path="url(#page)">
<rect width="{width}" height="{height}" fill="{ground}"/>
{marks}
<rect width="{width}" height="{height}" rx="8" fill="none" stroke="#8b949e" stroke-opacity="0.6"/>
</g>
</svg>
"""
_WIDTHS = {
    width: letters
    for letters, width in (
        ("ijl'|", 0.22),
        (" !,./:;[]\\Ift·’‘", 0.28),
        ('()-r`“”"', 0.34),
        ("cksvxyzJ", 0.5),
        ("FTZ", 0.61),
        ("&ABEKPSVXY", 0.67),
        ("CDHNRUw", 0.73),
        ("GOQ", 0.78),
        ("mM…—", 0.85),
        ("W%@", 0.93),
    )
}
_WIDTH = {letter: width for width, letters in _WIDTHS.items() for letter in letters}
_OTHERS, _BOLD, _ROOM = 0.556, 1.16, 1.02


@dataclass(frozen=True, slots=True)
class Ink:
    """How words look."""

    fill: str
    bold: bool = False
    italic: bool = False


Run = tuple[str, Ink]
"""Words of one look."""


@dataclass(frozen=True, slots=True)
class Type:
    """The size of letters and how far lines are apart, in pixels."""

    size: float
    leading: float


@dataclass(frozen=True, slots=True)
class Shape:
    """How boxes and buttons look; `""` is no colour."""

    fill: str = "none"
    edge: str = "none"
    radius: float = 4


def wide(words: str, size: float, *, bold: bool = False) -> float:
    """Return about how wide words are, in pixels."""
    return sum(_WIDTH.get(letter, _OTHERS) for letter in words) * size * (_BOLD if bold else 1) * _ROOM


class Paper:
    """A page so many pixels wide that is filled from the top; `y` is how far."""

    def __init__(self, width: float, ground: str) -> None:
        self.width, self.ground = width, ground
        self.y = 0.0
        self._marks: list[str] = []

    def write(self, runs: Iterable[Run], x: float, width: float, kind: Type) -> None:
        """Write words in as many lines as they need."""
        for line in _lines(runs, width, kind.size):
            self.line(line, x, kind)

    def line(self, runs: Sequence[Run], x: float, kind: Type) -> None:
        """Write one line."""
        self.y += kind.leading
        self.words(runs, x, self.y - kind.leading / 2 + kind.size * 0.35, kind.size)

    def words(self, runs: Sequence[Run], x: float, y: float, size: float, anchor: str = "start") -> None:
        """Put words at a place."""
        inside = "".join(f"<tspan {_look(ink)}>{escape(words, quote=False)}</tspan>" for words, ink in runs)
        place = f'x="{x:g}" y="{y:g}" font-size="{size:g}" text-anchor="{anchor}"'
        self._marks.append(f'<text {place} xml:space="preserve">{inside}</text>')

    def box(self, x: float, y: float, width: float, height: float, shape: Shape, under: int | None = None) -> None:
        """Draw a box, `under` what was drawn after that mark."""
        drawn = (
            f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" '
            f'rx="{shape.radius:g}" fill="{shape.fill}" stroke="{shape.edge}"/>'
        )
        self._marks.insert(len(self._marks) if under is None else under, drawn)

    def mark(self) -> int:
        """Return a place in what was drawn so far."""
        return len(self._marks)

    def button(self, words: str, ink: Ink, x: float, y: float, shape: Shape, kind: Type) -> float:
        """Draw a button whose height is the leading, and return how wide it is."""
        width = wide(words, kind.size, bold=ink.bold) + 26
        self.box(x, y, width, kind.leading, shape)
        self.words([(words, ink)], x + width / 2, y + kind.leading / 2 + kind.size * 0.35, kind.size, "middle")
        return width

    def buttons(self, labels: Iterable[str], ink: Ink, x: float, width: float, shape: Shape, kind: Type) -> None:
        """Draw buttons side by side, in another row where they do not fit."""
        at = x
        for label in labels:
            needed = wide(label, kind.size, bold=ink.bold) + 26
            if at > x and at + needed > x + width:
                at, self.y = x, self.y + kind.leading + 8
            at += self.button(label, ink, at, self.y, shape, kind) + 8
        self.y += kind.leading

    def head(self, name: Run, at: Run, x: float, size: float, badge: Shape, letters: Ink) -> None:
        """Write who speaks, with the badge of an app, and when."""
        y = self.y + 11
        self.words([name], x, y + size * 0.35, size)
        left = x + wide(name[0], size, bold=True) + 8
        self.box(left, y - 7.5, 32, 15, badge)
        self.words([("APP", letters)], left + 16, y + 3.6, 10, "middle")
        self.words([at], left + 42, y + 4.4, 12)
        self.y += 22

    def face(self, x: float, y: float, size: float, radius: float) -> None:
        """Draw Overheard's face: a voice, as a row of bars."""
        self.box(x, y, size, size, Shape("#1f2937", radius=radius))
        step = size / 8
        for n, tall in enumerate((0.22, 0.5, 0.32, 0.62, 0.4)):
            left, high = x + step * (1.25 + n * 1.2), size * tall
            self.box(left, y + (size - high) / 2, step * 0.7, high, Shape("#e8a33d", radius=step * 0.35))

    def svg(self, title: str) -> str:
        """Return the picture."""
        return _PAGE.format(
            width=f"{self.width:g}",
            height=f"{self.y + 20:g}",
            fonts=FONTS,
            title=escape(title),
            ground=self.ground,
            marks="\n".join(self._marks),
        )


def _look(ink: Ink) -> str:
    bold = ' font-weight="600"' if ink.bold else ""
    return f'fill="{ink.fill}"{bold}' + (' font-style="italic"' if ink.italic else "")


def _lines(runs: Iterable[Run], width: float, size: float) -> Iterator[list[Run]]:
    line: list[Run] = []
    used = 0.0
    for word in _words(runs):
        needed = sum(wide(piece, size, bold=ink.bold) for piece, ink in word)
        if line and (used + needed > width or word[0][0] == "\n"):
            yield _joined(line)
            line, used = [], 0.0
        if line or word[0][0].strip():
            line += word
            used += needed
    if line:
        yield _joined(line)


def _words(runs: Iterable[Run]) -> Iterator[list[Run]]:
    """Yield what a line may break before: a word of one or several looks, or a blank."""
    word: list[Run] = []
    for words, ink in runs:
        for piece in re.findall(r"\n|[^\S\n]+|\S+", words):
            if piece.isspace():
                yield from ([word] if word else [])
                yield [(piece, ink)]
                word = []
            else:
                word.append((piece, ink))
    if word:
        yield word


def _joined(line: list[Run]) -> list[Run]:
    joined: list[Run] = []
    for words, ink in line:
        if joined and joined[-1][1] == ink:
            joined[-1] = (joined[-1][0] + words, ink)
        else:
            joined.append((words, ink))
    return joined
