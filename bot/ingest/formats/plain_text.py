"""Markdown and plain text: transcripts, articles and pasted posts."""

from __future__ import annotations

import hashlib
import html
import itertools
import re
from collections.abc import Iterator, Sequence

from bot.chat.text import shorten
from bot.domain import PASTED, Turn
from bot.ingest.formats.front_matter import FrontMatter, split_front_matter
from bot.ingest.formats.html_text import clean_description
from bot.ingest.formats.paragraphs import split_paragraphs, split_preamble
from bot.ingest.formats.parsed import TIMESTAMP_PATTERN, ParsedConversation, ParseProblem, strip_comments
from bot.ingest.formats.signatures import begins_post, read_signature
from bot.ingest.formats.speaker_labels import (
    Clean,
    LabelledLine,
    build_turns,
    find_speaker_labels,
    is_timed,
    parse_line,
)

# Repetitions are bounded or possessive: these run over text that may be crafted to be slow.
_LINK = re.compile(
    r"!?\[([^\[\]\n]{0,300}+)\]\((?:[^()\s]++|\([^()\s]{0,300}+\)){0,99}+(?:\s+\"[^\"\n]{0,300}+\")?\)|<(https?://[^<>\s]{1,2000}+)>"
)
_EMPHASIS = re.compile(r"(?<![\w*\\])(\*\*\*|\*\*|\*|__|_)(?=\S)(.{1,300}?)(?<=[^\s\\])\1(?![\w*])")
_CODE = re.compile(r"(?<!`)(`{1,3})([^`\n]{1,300})\1(?!`)")
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+.!>~|<-])")
_ESCAPED_BRACKET = re.compile(r"\\([\[\]])")
_INLINE_TIME = re.compile(rf"\s?\[{TIMESTAMP_PATTERN}\]")
_TIME_LINK = re.compile(rf"\[@?({TIMESTAMP_PATTERN})\]\(https?://[^\s()]{{1,500}}\)")
"""A time that links to its place in the recording."""
_HEADING = re.compile(r"(#{1,6})\s+(.*)")
_RULE = re.compile(r"[ \t]*(?:[-*_=][ \t]*){3,}")


def parse_markdown(text: str, _name: str) -> Iterator[ParsedConversation | ParseProblem]:
    """Read a Markdown transcript or article, without its headings and marks."""
    header, body = split_front_matter(text)
    body = _TIME_LINK.sub(r"[\1]", body)
    body = "\n".join(_strip_quote_mark(line) for line in strip_comments(body).split("\n") if not _RULE.fullmatch(line))
    lines = [_unwrap_heading(line) for line in split_paragraphs(body, [person.name for person in header.people])]
    headings = [heading for line in lines if (heading := _HEADING.fullmatch(line.raw))]
    spoken = [line for line in lines if not _HEADING.fullmatch(line.raw)]
    title = next((_strip_markdown(_heading_words(heading)) for heading in headings if heading[1] == "#"), "")
    yield _to_conversation(header, spoken, title, _strip_markdown)


def parse_plain_text(text: str, name: str) -> Iterator[ParsedConversation | ParseProblem]:
    """Read plain text: a transcript, an article, or posts pasted one after another."""
    header, body = split_front_matter(text)
    declared = [person.name for person in header.people]
    lines = split_paragraphs(body, declared)
    has_labels = find_speaker_labels(lines, declared)
    if not has_labels and not is_timed(lines) and has_posts(body, name):
        yield from split_posts(body)
    else:
        yield _to_conversation(header, [line for line in lines if not _RULE.fullmatch(line.raw)], "")


def _heading_words(heading: re.Match[str]) -> str:
    """Return a heading's words, without the marks that may close it."""
    return heading[2].rstrip("#").rstrip()


def _unwrap_heading(line: LabelledLine) -> LabelledLine:
    """Return a heading that is a speaker's, "### Mara 00:02", as what it says."""
    heading = _HEADING.fullmatch(line.raw)
    inner = parse_line(_heading_words(heading)) if heading else line
    return inner if heading and inner.label and inner.t is not None and not inner.text else line


def _to_conversation(
    header: FrontMatter, lines: Sequence[LabelledLine], title: str, clean: Clean = str.strip
) -> ParsedConversation:
    labels = find_speaker_labels(lines, [person.name for person in header.people])
    preamble, spoken = split_preamble(lines, labels)
    return ParsedConversation(
        build_turns(spoken, labels, clean),
        title=header.first("title") or title or clean(preamble.title),
        show=header.first("show"),
        date_text=header.first("date") or preamble.date_text,
        url=header.first("url") or None,
        lang=header.first("language")[:2].lower() or "en",
        people=header.people or preamble.people,
        description=clean_description(header.first("description")),
        detail=labels.description,
    )


def _strip_quote_mark(line: str) -> str:
    # Brackets are unescaped early, because timestamps are looked for before other marks are removed.
    return _ESCAPED_BRACKET.sub(r"\1", line.strip().lstrip("> ") if line.lstrip().startswith(">") else line)


def _strip_markdown(line: str) -> str:
    unlinked = _LINK.sub(lambda found: found[1] or found[2] or "", line)
    unmarked = _EMPHASIS.sub(r"\2", _EMPHASIS.sub(r"\2", _CODE.sub(r"\2", unlinked)))
    return html.unescape(_ESCAPED.sub(r"\1", _INLINE_TIME.sub("", unmarked))).strip()


MAX_TITLE_CHARS = 80

LOOKAHEAD_PARAGRAPHS = 4
"""Paragraphs ahead that show the topic of what follows."""

CONTEXT_PARAGRAPHS = 8
"""The latest paragraphs of a post, which show what it is about by now."""

NEW_TOPIC_OVERLAP = 1 / 15
"""Paragraphs that share less than this part of their words with a post do not belong to it."""

_MIN_POST_PARAGRAPHS = 2
_MIN_SHOUTED_LETTERS = 12
_MIN_UPPERCASE_SHARE = 0.9
_NEWS_MARKER = re.compile(
    r"(?:BREAKING|JUST IN|NEWS?|EXCLUSIVE|UPDATE|ALERT|SCOOP|THREAD|DEVELOPING)\b\s*[:|–—-]|🚨|🧵"
)
_SEPARATOR_LINE = re.compile(r"(?:[-*_=~]\s*){3,}")
_BLANK_LINE = re.compile(r"\n[ \t]*\n\s*")
_TWO_BLANK_LINES = re.compile(r"\n[ \t]*\n[ \t]*\n\s*")
_POSTS_FILE_NAME = re.compile(r"post|tweet|thread|feed", re.IGNORECASE)
_LIST_ITEM = re.compile(r"[^\w\"“'‘$#@]|\d+[.)]\s|.{1,40}?\s?:\s|part \d", re.IGNORECASE)
_TERM = re.compile(r"[^\W\d_][\w’']{3,}|\b[A-Z]\w{2,}")
_STOP_WORDS = re.compile(
    r"this|that|with|from|the[ymn]?|their|have|will|just|what|when|than|were|been|into|about|only|every|your|some|more|"
    r"most|over|also|which|while|would|could|does|like|here|there|these|those|being|because|years?|months?|today|still|"
    r"exactly|same",
    re.IGNORECASE,
)
_PREFIX_CHARS = 6


def has_posts(text: str, name: str) -> bool:
    """Return whether a text is posts rather than one piece: by its name, by headlines in it or by a handle above it."""
    lines = _lines(text)
    is_named = bool(_POSTS_FILE_NAME.search(name))
    return bool(lines) and (is_named or sum(map(_is_headline, lines)) > 1 or begins_post(lines[0]))


def split_posts(text: str) -> Iterator[ParsedConversation]:
    """Return each post as a conversation of its own, a turn for each paragraph.

    Its speaker and date are those that stand above or below it. Rules or blank lines separate posts; without them,
    lines that name an author and a date do, or else headlines, other hands and topics.
    """
    keys: set[str] = set()
    for post in _iter_posts(_lines(_insert_rules(text))):
        key = _digest(post[0]) if _digest(post[0]) not in keys else _digest("\n".join(post))
        keys.add(key)
        signature = read_signature(post)
        yield ParsedConversation(
            tuple(Turn(line, signature.author or None) for line in signature.lines),
            title=shorten(signature.lines[0], MAX_TITLE_CHARS),
            show=PASTED,
            date_text=signature.date_text,
            id_suffix=key,
        )


def _digest(words: str) -> str:
    return hashlib.sha256(words.encode()).hexdigest()[:8]


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


def _insert_rules(text: str) -> str:
    """Draw a rule where blank lines separate posts: between blocks of several lines, or else where two are blank."""
    blocks = _BLANK_LINE.split(text.strip())
    if sum("\n" in block for block in blocks) * 2 > len(blocks):
        return "\n---\n".join(blocks)
    return "\n---\n".join(_TWO_BLANK_LINES.split(text.strip()))


def _iter_posts(lines: Sequence[str]) -> Iterator[Sequence[str]]:
    rules = [index for index, line in enumerate(lines) if _SEPARATOR_LINE.fullmatch(line)]
    if rules:
        ends = itertools.pairwise([-1, *rules, len(lines)])
        yield from filter(None, (lines[before + 1 : end] for before, end in ends))
        return
    signed = [index for index, line in enumerate(lines) if begins_post(line)]
    if signed:
        yield from filter(None, (lines[start:end] for start, end in itertools.pairwise([0, *signed, len(lines)])))
        return
    post: list[str] = []
    for index, line in enumerate(lines):
        if post and (
            _is_headline(line)
            or _is_other_author(line, post)
            or _is_new_topic(lines[index : index + LOOKAHEAD_PARAGRAPHS], post)
        ):
            yield post
            post = []
        post.append(line)
    if post:
        yield post


def _is_headline(line: str) -> bool:
    """Return whether a line is announced as news, or shouted."""
    letters = [letter for letter in line if letter.isalpha()]
    shouted = len(letters) > _MIN_SHOUTED_LETTERS and sum(map(str.isupper, letters)) > _MIN_UPPERCASE_SHARE * len(
        letters
    )
    return bool(_NEWS_MARKER.match(line)) or shouted


def _is_other_author(line: str, post: Sequence[str]) -> bool:
    """Return whether a line begins in lower case after a post that does not: somebody else wrote it."""
    return line[0].islower() and not post[0][0].islower() and post[-1].endswith((".", "!", "?", "…", '"', "”"))


def _is_new_topic(coming: Sequence[str], post: Sequence[str]) -> bool:
    """Return whether a line shares no word with the post, and the lines after it hardly any."""
    if len(post) < _MIN_POST_PARAGRAPHS or coming[0][0].islower() or _LIST_ITEM.match(coming[0]):
        return False
    post_terms = set().union(*map(_terms, post[-CONTEXT_PARAGRAPHS:]))
    next_terms = set().union(*map(_terms, coming))
    shared = len(post_terms & next_terms)
    return post_terms.isdisjoint(_terms(coming[0])) and shared < NEW_TOPIC_OVERLAP * len(next_terms)


def _terms(line: str) -> set[str]:
    return {word[:_PREFIX_CHARS].lower() for word in _TERM.findall(line) if not _STOP_WORDS.fullmatch(word)}
