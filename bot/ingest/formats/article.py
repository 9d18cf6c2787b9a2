"""A web page to the words it is about, and the addresses on it that may hold a transcript."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec

from lxml import html

from bot.domain import Turn
from bot.ingest.feeds.urls import absolute_url
from bot.ingest.formats import html_pages, plain_text
from bot.ingest.formats.parsed import ParsedConversation, ParseError, ParseProblem, decode_text

MIN_TRANSCRIPT_WORDS = 300
"""Words under the names of at least two speakers make a page a transcript."""

_TRANSCRIPT_WORD = re.compile(r"\btranscri(?:pt|ption|bed)s?\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class WebPage:
    """What a page holds: its main words, whether they are a talk by named speakers, and transcripts it links to."""

    title: str
    turns: tuple[Turn, ...]
    is_transcript: bool
    transcript_urls: tuple[str, ...]
    lang: str = ""


def read_page(content: bytes, url: str, _type: str = "", _charset: str = "") -> WebPage:
    """Read a page; raises Unreadable for what is no text, or is made to be slow."""
    text = decode_text(content)
    whole = _parse_html(text)
    main = _main_content(text) or whole.turns
    named = {turn.speaker for turn in main if turn.speaker}
    words = sum(len(turn.text.split()) for turn in main if turn.speaker)
    talk = len(named) > 1 and words >= MIN_TRANSCRIPT_WORDS
    return WebPage(
        whole.title, _skip_preamble(main) if talk else main, talk, tuple(transcript_links(text, url)), whole.lang
    )


def transcript_links(markup: str, base: str) -> Iterator[str]:
    """Yield the addresses in a piece of HTML that are called a transcript, by their words or by themselves."""
    seen: set[str] = set()
    for anchor in _iter_anchors(markup):
        url = absolute_url(anchor.get("href") or "", base)
        words = " ".join((anchor.text_content() or "").split())
        if (
            url
            and url not in seen
            and (_TRANSCRIPT_WORD.search(words) or _TRANSCRIPT_WORD.search(url))
            and not _is_same_page(url, base)
        ):
            seen.add(url)
            yield url


def _iter_anchors(markup: str) -> Iterator[html.HtmlElement]:
    try:
        root = html.fromstring(markup.encode("utf-8", "replace"), parser=html.HTMLParser(encoding="utf-8"))
    except (ValueError, html.etree.ParserError):
        return iter(())
    return iter(root.iter("a"))


def _is_same_page(url: str, base: str) -> bool:
    return url.partition("#")[0] == base.partition("#")[0]


def _parse_html(text: str) -> ParsedConversation:
    found = list(html_pages.parse(text, ""))
    flaws = [flaw.reason for flaw in found if isinstance(flaw, ParseProblem)]
    if flaws:
        # What finds the main words takes minutes for a page whose elements stand inside each other by the thousand.
        raise ParseError(flaws[0].partition(";")[0])
    return next(draft for draft in found if isinstance(draft, ParsedConversation))


def _main_content(text: str) -> tuple[Turn, ...]:
    if find_spec("resiliparse") is None:
        return ()
    from resiliparse.extract.html2text import extract_plain_text

    words = extract_plain_text(text, main_content=True, list_bullets=True, links=False, noscript=False)
    return next((draft.turns for draft in plain_text.plain(words, "page") if isinstance(draft, ParsedConversation)), ())


def _skip_preamble(turns: tuple[Turn, ...]) -> tuple[Turn, ...]:
    """Leave out what stands before the first word of a named speaker: it is about the talk, not of it."""
    first = next(index for index, turn in enumerate(turns) if turn.speaker)
    return turns[first:]
