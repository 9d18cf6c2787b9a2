"""A web page to the words it is about, and the addresses on it that may hold a transcript."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec

from lxml import html

from bot.domain import Turn
from bot.ingest.feeds.urls import link
from bot.ingest.formats import html_transcript, plain_text
from bot.ingest.formats.decoding import text_of
from bot.ingest.formats.draft import Draft, Flaw, Unreadable

TALK = 300
"""Words under the names of at least two speakers make a page a transcript."""

_SPOKEN = re.compile(r"\btranscri(?:pt|ption|bed)s?\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Page:
    """What a page holds: its main words, whether they are a talk by named speakers, and transcripts it links to."""

    title: str
    turns: tuple[Turn, ...]
    talk: bool
    transcripts: tuple[str, ...]
    lang: str = ""


def read_page(content: bytes, url: str, _type: str = "", _charset: str = "") -> Page:
    """Read a page; raises Unreadable for what is no text, or is made to be slow."""
    text = text_of(content)
    whole = _draft(text)
    main = _main(text) or whole.turns
    named = {turn.speaker for turn in main if turn.speaker}
    words = sum(len(turn.text.split()) for turn in main if turn.speaker)
    talk = len(named) > 1 and words >= TALK
    return Page(whole.title, _begun(main) if talk else main, talk, tuple(transcript_links(text, url)), whole.lang)


def transcript_links(markup: str, base: str) -> Iterator[str]:
    """Yield the addresses in a piece of HTML that are called a transcript, by their words or by themselves."""
    seen: set[str] = set()
    for anchor in _anchors(markup):
        url = link(anchor.get("href") or "", base)
        words = " ".join((anchor.text_content() or "").split())
        if url and url not in seen and (_SPOKEN.search(words) or _SPOKEN.search(url)) and not _same(url, base):
            seen.add(url)
            yield url


def _anchors(markup: str) -> Iterator[html.HtmlElement]:
    try:
        root = html.fromstring(markup.encode("utf-8", "replace"), parser=html.HTMLParser(encoding="utf-8"))
    except (ValueError, html.etree.ParserError):
        return iter(())
    return iter(root.iter("a"))


def _same(url: str, base: str) -> bool:
    return url.partition("#")[0] == base.partition("#")[0]


def _draft(text: str) -> Draft:
    found = list(html_transcript.parse(text, ""))
    flaws = [flaw.reason for flaw in found if isinstance(flaw, Flaw)]
    if flaws:
        # What finds the main words takes minutes for a page whose elements stand inside each other by the thousand.
        raise Unreadable(flaws[0].partition(";")[0])
    return next(draft for draft in found if isinstance(draft, Draft))


def _main(text: str) -> tuple[Turn, ...]:
    if find_spec("resiliparse") is None:
        return ()
    from resiliparse.extract.html2text import extract_plain_text

    words = extract_plain_text(text, main_content=True, list_bullets=True, links=False, noscript=False)
    return next((draft.turns for draft in plain_text.plain(words, "page") if isinstance(draft, Draft)), ())


def _begun(turns: tuple[Turn, ...]) -> tuple[Turn, ...]:
    """Leave out what stands before the first word of a named speaker: it is about the talk, not of it."""
    first = next(index for index, turn in enumerate(turns) if turn.speaker)
    return turns[first:]
