"""Outside words stay words on Discord."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.chat.text import Span, channel_mention, one_line, sanitise, styled_text
from bot.platforms.discord.markdown import (
    ZERO_WIDTH_SPACE,
    code,
    escape_markdown,
    link,
    render_line,
    render_lines,
    render_paragraph,
    safe_url,
)
from tests.discord_markdown import letters, read, shown

ATTACKS = (
    "<@123> <@!123> <@&123> <#123> @everyone @here @EVERYONE",
    "<t:1618953630:R> <:blob:123> <a:blob:123> </ask:123> <id:customize> <a:/b>",
    ":smile: :+1: 0:12:32 a:b:",
    "https://evil.example/x_y_z steam://run/1 discord://-/x <https://evil.example>",
    "discord.gg/abc discord.com/invite/abc",
    "[a](https://evil.example) [a][1] [a](<https://evil.example>)",
    "# a\n## b\n-# c\n> d\n>>> e\n- f\n* g\n+ h\n1. i\n  - j\n 2. k",
    "**a** *b* __c__ _d_ ~~e~~ ||f|| ***g*** `h` ``i`` ```j```",
    "\\*a\\* \\\\*b* \\",
    "¯\\_(ツ)_/¯",
    "C#",
    "a\u202eb\u200bc\u2066d\ufeffe",
    "<mail@evil.example> <+123>",
)
MARKS = st.text("*_~`|<>[]()#@!:/\\-+.>&1a \n", max_size=30)
outside = st.sampled_from(ATTACKS) | MARKS | st.text(max_size=30)


def bare(words: str) -> str:
    """Return the words without blanks, which Discord may leave out, and what keeps signs apart."""
    return re.sub(rf"[\s{ZERO_WIDTH_SPACE}]+", "", sanitise(words))


@given(outside)
@example("C#")
def test_what_is_shown_is_what_was_said(words: str) -> None:
    """Escaped words are read as plain text alone, letter by letter, at the beginning of a line and within one."""
    for before in ("", "x "):
        nodes = read(before + escape_markdown(words))
        assert {node.kind for node in nodes} <= {"text"}
        assert bare(shown(before + escape_markdown(words))) == bare(before + words)


@given(outside, st.sampled_from(("**", "*", "> ", "-# ", "## ", "- ")))
def test_words_stay_words_within_our_own_marks(words: str, mark: str) -> None:
    """In bold, in a quote, in a title there is nothing but that and the words."""
    words = one_line(words)
    if not words:
        return
    after = mark if mark in {"**", "*"} else ""
    (node,) = read(mark + escape_markdown(words) + ZERO_WIDTH_SPACE + after)
    assert {inner.kind for inner in node.inside} <= {"text"}
    assert bare("".join(letter for letter, _ in letters([node]))) == bare(words)


@given(outside)
def test_nothing_is_left_that_a_server_would_look_for(words: str) -> None:
    """Discord also looks for names, invitations and addresses without reading Markdown: it finds none."""
    assert not re.search(
        r"<@[!&]?\d|<#\d|@everyone|@here|\w://|discord(?:app)?\.(?:gg|com/invite)/\w",
        escape_markdown(words),
        re.IGNORECASE,
    )


@pytest.mark.shared
def test_hostile_words_stay_words() -> None:
    """Of hundreds of strings made to break programs none is read as anything but itself."""
    known = Path(__file__).parents[3] / "shared" / "data" / "hostile_text" / "blns.json"
    if not known.exists():
        pytest.skip("The hostile strings are not beside the project.")
    for words in json.loads(known.read_text(encoding="utf-8")):
        assert {node.kind for node in read(escape_markdown(words))} <= {"text"}
        assert bare(shown(escape_markdown(words))) == bare(words)


@pytest.mark.parametrize(
    ("words", "drawn"),
    [
        ("Sold out through 2027. And then?", "Sold out through 2027. And then?"),
        ("1. first", "1\\. first"),
        ("- a dash – and another - here", "\\- a dash – and another - here"),
        ("at 08:00: yes", "at 08\\:00: yes"),
        ("a\u202eb\u200bc", "abc"),
        ("@everyone", f"\\@{ZERO_WIDTH_SPACE}everyone"),
    ],
)
def test_only_what_could_be_markup_is_escaped(words: str, drawn: str) -> None:
    """Ordinary sentences stay as they are, so that they also read well where nothing is drawn."""
    assert escape_markdown(words) == drawn


HREFS = ("https://a.example/1?v=a__b*c", "https://a.example/(x)", "http://a.example/2")
spans = st.lists(
    st.builds(
        Span,
        outside,
        bold=st.booleans(),
        italic=st.booleans(),
        code=st.booleans(),
        href=st.none() | st.sampled_from(HREFS) | st.just("javascript:alert(1)"),
    ),
    max_size=5,
).map(tuple)


def _stands_behind(found: list[tuple[str, set[str]]], known: set[str], wanted: str) -> bool:
    """Tell whether the word "link" is drawn next, and nobody wrote it."""
    return [letter for letter, _ in found[:4]] == list("link") != list(wanted) and bool(found[0][1] & known)


@given(spans)
def test_every_letter_has_its_own_style_and_no_other(text: tuple[Span, ...]) -> None:
    """Read back, each letter is there in its order, bold or italic or a link exactly where its span is."""
    drawn = letters(read("\n".join(render_lines(text))))
    found = [(letter, set(kinds)) for letter, kinds in drawn if bare(letter)]
    wanted = [(letter, span) for span in text for letter in bare(span.text)]
    known = {f"link {safe_url(href)}" for href in HREFS}
    for at, (letter, span) in enumerate(wanted):
        own = f"link {safe_url(span.href)}"
        # A link that stands behind its words is no letter of theirs.
        while _stands_behind(found, known, "".join(rest for rest, _ in wanted[at : at + 4])):
            del found[:4]
        while found and found[0][1] & known and (found[0][0] != letter or own not in found[0][1]):
            found.pop(0)
        assert found, (letter, wanted)
        shown_, kinds = found.pop(0)
        assert shown_ == letter
        assert ("bold" in kinds, "italic" in kinds) == (span.bold, span.italic)
        assert kinds <= {"bold", "italic", "code", f"link {safe_url(span.href)}"}
    assert all(kinds & known for _, kinds in found)


@pytest.mark.parametrize(
    ("words", "drawn"),
    [
        ("[1]", "\\[[1](<https://a.example/>)\\]"),
        ("[2, alleged]", "\\[[2, alleged](<https://a.example/>)\\]"),
        ("0:12:32", "[0:12:32](<https://a.example/>)"),
        ("The Ledger Hour", "[The Ledger Hour](<https://a.example/>)"),
        ("evil.example", "evil.example [link](<https://a.example/>)"),
        ("a *star*", "a \\*star\\* [link](<https://a.example/>)"),
        ("more \u2139", "more \u2139 [link](<https://a.example/>)"),
        ("party \U0001f389 time", "party \U0001f389 time [link](<https://a.example/>)"),
    ],
)
def test_a_link_shows_its_words_or_comes_after_them(words: str, drawn: str) -> None:
    """Discord shows backslashes in the words of a link, and no link at all around emoji or another address."""
    assert link(words, "https://a.example/") == drawn


def test_only_honest_addresses_open() -> None:
    """An address is on the web, short enough, and has nothing in it that could end the link."""
    assert safe_url("https://a.example/b_(c)*") == "https://a.example/b_%28c%29%2A"
    assert safe_url("https://a.example/>)<@1>") == "https://a.example/%3E%29%3C@1%3E"
    for href in (None, "", "javascript:alert(1)", "https://a.example/ x", "https://a.example/" + "x" * 1000):
        assert safe_url(href) is None


def test_code_is_only_what_can_be_code() -> None:
    """A command is code; words with a sign that could end it are escaped instead."""
    assert code("subscribe at 08:00") == "`subscribe at 08:00`"
    assert code("a`b") == "a\\`b"
    assert code("@everyone") == f"\\@{ZERO_WIDTH_SPACE}everyone"


def test_marks_do_not_run_over_lines_or_into_each_other() -> None:
    """Each line has its own marks, blanks stay outside them, and neighbours are kept apart."""
    text = (Span("one \ntwo", bold=True), Span("three", italic=True), Span(" four"))
    assert render_lines(text) == ["**one**", f"**two**{ZERO_WIDTH_SPACE}*three* four"]
    assert render_line(text) == f"**one** **two**{ZERO_WIDTH_SPACE}*three* four"


def test_every_line_has_what_stands_before() -> None:
    """A quote is one to its last line, and small print too."""
    assert render_paragraph(styled_text("one\n\ntwo\n"), "> ") == "> one\n> \n> two"
    assert render_paragraph(styled_text("one\n\ntwo\n"), "-# ") == "-# one\n-# two"
    assert render_paragraph(styled_text(" \n "), "> ") == ""


def test_a_channel_is_shown_by_its_name() -> None:
    """An id of Discord's becomes the channel; any other stays words."""
    assert render_line(channel_mention("123456789012345678")) == "<#123456789012345678>"
    assert render_line(channel_mention("terminal")) == "terminal"
