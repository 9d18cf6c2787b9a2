"""A web page to its main words, and the addresses on it that may hold a transcript."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec

from bot.domain import Turn
from bot.ingest.feeds.urls import absolute_url
from bot.ingest.formats.html_pages import iter_tags, parse_html
from bot.ingest.formats.parsed import ParsedConversation, ParseError, ParseProblem, decode_text, word_count
from bot.ingest.formats.plain_text import parse_plain_text

MIN_TRANSCRIPT_WORDS = 300
"""Words under the names of at least two speakers make a page a transcript."""

_TRANSCRIPT_WORD = re.compile(r"\btranscri(?:pt|ption|bed)s?\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class WebPage:
    """A page's main words, whether they are a talk by named speakers, and the transcripts it links to.

    `date_text` is when it says that it was published, as it writes it.
    """

    title: str
    turns: tuple[Turn, ...]
    is_transcript: bool
    transcript_urls: tuple[str, ...]
    lang: str = ""
    date_text: str = ""


def read_page(content: bytes, url: str, _type: str = "", _charset: str = "") -> WebPage:
    """Read a page; raises ParseError if it isn't text, or is nested so deeply that it would take minutes."""
    text = decode_text(content)
    whole = _parse_page(text)
    main = _main_content(text) or whole.turns
    named = [turn for turn in main if turn.speaker]
    is_talk = len({turn.speaker for turn in named}) > 1 and word_count(named) >= MIN_TRANSCRIPT_WORDS
    # What stands before the first word of a named speaker is about the talk, not part of it.
    turns = main[main.index(named[0]) :] if is_talk else main
    return WebPage(whole.title, turns, is_talk, tuple(transcript_links(text, url)), whole.lang, whole.date_text)


def transcript_links(markup: str, base: str) -> Iterator[str]:
    """Yield the addresses in a piece of HTML that are called a transcript, in their link text or the address itself."""
    seen: set[str] = set()
    for anchor in iter_tags(markup, "a"):
        url = absolute_url(anchor.get("href") or "", base)
        words = " ".join((anchor.text_content() or "").split())
        if (
            url
            and url not in seen
            and (_TRANSCRIPT_WORD.search(words) or _TRANSCRIPT_WORD.search(url))
            and url.partition("#")[0] != base.partition("#")[0]
        ):
            seen.add(url)
            yield url


def _parse_page(text: str) -> ParsedConversation:
    parsed = next(parse_html(text, ""))
    if isinstance(parsed, ParseProblem):
        # Finding the main words of a page that is nested too deeply takes minutes.
        raise ParseError(parsed.reason.partition(";")[0])
    return parsed


def _main_content(text: str) -> tuple[Turn, ...]:
    if find_spec("resiliparse") is None:
        return ()
    from resiliparse.extract.html2text import extract_plain_text

    words = extract_plain_text(text, main_content=True, list_bullets=True, links=False, noscript=False)
    drafts = (draft for draft in parse_plain_text(words, "page") if isinstance(draft, ParsedConversation))
    return next((draft.turns for draft in drafts), ())
