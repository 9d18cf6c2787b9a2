"""Draws messages as Block Kit, in as many pages as Slack's limits ask for."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import count, groupby
from typing import Any, TypeAlias, assert_never

from bot.chat.message import (
    SEPARATOR,
    Block,
    Button,
    Callout,
    Choices,
    Field,
    Form,
    Group,
    Heading,
    Item,
    Message,
    Note,
    Prose,
    Quote,
    Source,
    Sources,
    Stat,
    Stats,
)
from bot.chat.text import Span, Text, md, one_line, sanitise, shorten, styled_text, unstyled, web_address
from bot.platforms.pagination import Size, paginate

_DIVIDER: Node = {"type": "divider"}


@dataclass(frozen=True, slots=True)
class Page:
    """One Slack message: its blocks, and the words for notifications."""

    blocks: list[Node]
    text: str

    @property
    def in_words(self) -> Page:
        """The same page without blocks, if Slack refuses those: only its words, a block a line."""
        lines = (" ".join(_words(block)) for block in self.blocks)
        return Page([], "\n".join(_neutralised(line) for line in lines if line) or self.text)


@lru_cache(maxsize=16)
def render(message: Message) -> tuple[Page, ...]:
    """Render a message, each page within every limit; pages after the first belong in its thread.

    A message is rendered once for however many channels.
    """
    split = paginate(message, _measure, MESSAGE)
    words = notification_text(message.summary)
    return tuple(
        Page(_Renderer().groups(page.groups), f"{words} ({n} of {len(split)})" if n > 1 else words)
        for n, page in enumerate(split, 1)
    )


def app_home(messages: Iterable[Message]) -> Node:
    """Render messages under each other as an App Home; if groups no longer fit it ends with an ellipsis."""
    renderer = _Renderer()
    blocks: list[Node] = []
    for message in messages:
        for page in paginate(message, _measure, VIEW):
            for group in page.groups:
                drawn = renderer.group(group) if blocks else renderer.groups((group,))
                if len(blocks) + len(drawn) >= VIEW.blocks:
                    return {"type": "home", "blocks": [*blocks, *_small_print(styled_text("…"))]}
                blocks += drawn
    return {"type": "home", "blocks": blocks}


def _measure(group: Group) -> Size:
    return size(_Renderer().group(group))


class _Renderer:
    """Renders the groups of one page; it numbers the buttons, whose ids must differ within a message."""

    def __init__(self) -> None:
        self._numbers = count()

    def groups(self, groups: Iterable[Group]) -> list[Node]:
        """Render groups under each other, without a divider at the top."""
        blocks = [block for group in groups for block in self.group(group)]
        return blocks[1:] if blocks and blocks[0] == _DIVIDER else blocks

    def group(self, group: Group) -> list[Node]:
        """Render blocks under each other; entries without buttons form one list."""
        return [*((_DIVIDER,) if group.is_titled else ()), *self._blocks(group.blocks)]

    def _blocks(self, blocks: Iterable[Block]) -> Iterator[Node]:
        for listed, run in groupby(blocks, _is_listed):
            if listed:
                entries = (_entry(block) for block in run if isinstance(block, Item))
                yield from rich_text_block(bulleted_list(entry for entry in entries if entry["elements"]))
            else:
                for block in run:
                    yield from self._block(block)

    def _block(self, block: Block) -> tuple[Node, ...]:
        """Draw one block by its meaning."""
        drawn: tuple[Node, ...]
        match block:
            case Heading(title, kicker):
                drawn = (*_small_print(kicker), *_header(title))
            case Prose(text):
                drawn = rich_text_block(section(text))
            case Quote(words, by):
                drawn = (*rich_text_block(quote(styled_text(words))), *_small_print(by))
            case Stats(items):
                drawn = _stats(items)
            case Item():
                drawn = self._item(block)
            case Callout(name, text):
                drawn = rich_text_block(section(md("**{name}** {text}", name=f"{name}:", text=text)))
            case Note(text):
                drawn = _small_print(text)
            case Sources(items, first):
                drawn = _sources(items, first)
            case Choices(buttons):
                drawn = _actions(map(self._button, buttons))
            case _:
                assert_never(block)
        return drawn

    def _item(self, item: Item) -> tuple[Node, ...]:
        """Put an entry's button or menu at its right if its words fit a section, else below."""
        control = self._control(item.buttons)
        words = safe_mrkdwn(md("**{title}**", title=item.title), item.body) if control else None
        if words and control:
            drawn: tuple[Node, ...] = ({"type": "section", "text": words, "accessory": control},)
        else:
            below = [control] if control else []
            drawn = (*rich_text_block(_entry(item)), *_actions(below or map(self._button, item.buttons)))
        return (*drawn, *_small_print(item.note))

    def _control(self, buttons: Sequence[Button]) -> Node | None:
        """Return a single button, or the menu that several fold into; None if there are none, or too many for one."""
        if len(buttons) == 1:
            return self._button(buttons[0])
        if not 0 < len(buttons) <= OVERFLOW_OPTIONS:
            return None
        options = [{"text": label(one.label, one.action.verb), "value": str(one.action)} for one in buttons]
        return {"type": "overflow", "action_id": f"menu:{next(self._numbers)}", "options": options}

    def _button(self, button: Button) -> Node:
        verb = button.action.verb
        emphasis = "danger" if button.action.erases else "primary" if verb == "confirm" else ""
        style = {"style": emphasis} if emphasis else {}
        return {
            "type": "button",
            "text": label(button.label, verb),
            "action_id": f"{verb}:{next(self._numbers)}",
            "value": str(button.action),
            **style,
        }


def _is_listed(block: Block) -> bool:
    return isinstance(block, Item) and bool(block.body) and not block.buttons and not block.note


def _actions(elements: Iterable[Node]) -> tuple[Node, ...]:
    row = list(elements)
    return ({"type": "actions", "elements": row},) if row else ()


def _header(title: Text) -> tuple[Node, ...]:
    words = one_line(unstyled(title))
    if words and len(words) <= HEADER and is_link_free(words):
        return ({"type": "header", "text": plain_text(words, HEADER)},)
    return rich_text_block(section(title, bold=True))


def _small_print(text: Text) -> tuple[Node, ...]:
    """Render small print; a command in it needs a paragraph, and so does a link whose words could be markup."""
    words = one_line(unstyled(text))
    if any(span.href or span.code or span.channel for span in text) or not is_link_free(words):
        linked = safe_mrkdwn(text)
        return ({"type": "context", "elements": [linked]},) if linked else rich_text_block(section(text))
    return ({"type": "context", "elements": [plain_text(words, len(words))]},) if words else ()


def _entry(item: Item) -> Node:
    dash = styled_text(" – ") if item.title and item.body else ()
    return section((*md("**{title}**", title=item.title), *dash, *item.body))


def _stats(items: Sequence[Stat]) -> tuple[Node, ...]:
    """Render numbers in two columns, or as a list if one could be taken for markup."""
    fields = [
        safe_mrkdwn(styled_text(stat.value, bold=True), styled_text(stat.label), styled_text(stat.hedge, italic=True))
        for stat in items
    ]
    if fields and len(fields) <= SECTION_FIELDS and all(field and len(field["text"]) <= FIELD_TEXT for field in fields):
        return ({"type": "section", "fields": fields},)
    return rich_text_block(bulleted_list(entry for entry in map(_stat, items) if entry["elements"]))


def _stat(stat: Stat) -> Node:
    hedge = md(" · __{hedge}__", hedge=stat.hedge) if stat.hedge else ()
    return section(md("**{value}** {label}{hedge}", value=stat.value, label=stat.label, hedge=hedge))


def _sources(items: Iterable[Source], first: int) -> tuple[Node, ...]:
    return rich_text_block(numbered_list((section(item.linked_text) for item in items), first))


_CHANNEL = re.compile(r"[CG][A-Z0-9]{2,20}")
_BLANKS = re.compile(r"(^\s+|\s+$)")
_URL_LIKE = re.compile(r"://|\bwww\.|(?<=\w)\.(?=[^\W\d_]{2})")
_PLAIN_WORDS = re.compile(
    r"(?:[^\W_]|[ ,%$€£&·+()\[\]'’‘“”\"?!;…–—▁-█-]|\.(?![^\W\d_]{2})|:(?= |$)|(?<= )\d+(?::\d\d){1,2}(?![\w:]))+"
)
_SAFE_URL = re.compile(r"[\w\-.:/?#\[\]@!$&'()+,;=%]*", re.ASCII)
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_LOOKALIKES = {"*": "\u2217", "_": "\u02cd", "~": "\u223c", "`": "\u02cb"}
_MARKUP = re.compile(r"<[^|>]+\|([^>]+)>|(?<!\S)[*_]+(.+?)[*_]+(?!\S)")
_NEUTRALISED = str.maketrans(_ESCAPES | _LOOKALIKES)
_DOT, _COLON = "\u2024", "\u2236"
_BREAKS = re.compile(r"(?P<dot>(?<=\w)\.(?=[^\W\d_]))|:(?=//|[\w+-]+:)")
_MAX_NOTIFICATION = 300


def plain_text(words: str, limit: int) -> Node:
    """Return a text object without markup, cut at the limit; `:smile:` stays what was said."""
    return {"type": "plain_text", "text": shorten(words, limit), "emoji": False}


def is_link_free(words: str) -> bool:
    """Return whether no client can take a part of the words for an address."""
    return not _URL_LIKE.search(words)


def label(words: str, default: str) -> Node:
    """Return the label of a button or option, which Slack does not let be empty."""
    return plain_text(one_line(words) or default, BUTTON_LABEL)


def safe_mrkdwn(*lines: Text) -> Node | None:
    """Return lines of text as markup, or None if words or an address in them could be taken for some."""
    drawn = [_mrkdwn_line(line) for line in lines if unstyled(line).strip()]
    kept = [line for line in drawn if line]
    if not kept or len(kept) < len(drawn):
        return None
    return {"type": "mrkdwn", "text": "\n".join(kept), "verbatim": True}


def _mrkdwn_line(line: Text) -> str | None:
    """Return one line as markup; a mark only counts as one between blanks."""
    written = ""
    is_marked = False
    for look, run in groupby(line, lambda span: replace(span, text="")):
        words = sanitise("".join(span.text for span in run)).replace("\n", " ")
        inside = words.strip()
        mark = "*" * look.bold + "_" * look.italic if inside else ""
        touches = written and not written.endswith(" ") and not words.startswith(" ")
        href = web_address(look.href, URL) or ""
        if look.code or look.channel or (touches and (mark or is_marked)) or not _SAFE_URL.fullmatch(href):
            return None
        text = inside.replace("&", "&amp;")
        linked = f"<{href.replace('&', '&amp;')}|{text}>" if href and inside else text
        shown = f"{mark}{linked}{mark[::-1]}"
        written += words.replace(inside, shown) if inside else words
        is_marked = bool(mark) and not words.endswith(" ")
    plain = one_line(unstyled(line))
    return " ".join(written.split()) if _PLAIN_WORDS.fullmatch(plain) else None


def notification_text(summary: str) -> str:
    """Return the words beside the blocks, which Slack reads as markup, so that nothing in them is any.

    There is no escape for most marks; they become characters that look alike.
    """
    return _neutralised(shorten(one_line(summary), _MAX_NOTIFICATION) or "Overheard")


def _neutralised(words: str) -> str:
    apart = _BREAKS.sub(lambda found: _DOT if found["dot"] else _COLON, words)
    return apart.translate(_NEUTRALISED)


def _words(node: object) -> Iterator[str]:
    """Yield the words of a block that aren't on buttons."""
    if isinstance(node, list):
        for inner in node:
            yield from _words(inner)
    elif isinstance(node, dict) and "value" not in node and node.get("type") != "overflow":
        if isinstance(node.get("text"), str):
            yield _MARKUP.sub(r"\1\2", html.unescape(node["text"])) if node["type"] == "mrkdwn" else node["text"]
        for inner in node.values():
            yield from _words(inner)


def rich_text_block(*elements: Node) -> tuple[Node, ...]:
    """Return a rich text block of those elements that have words, or nothing."""
    kept = [element for element in elements if element["elements"]]
    return ({"type": "rich_text", "elements": kept},) if kept else ()


def section(text: Text, *, bold: bool = False) -> Node:
    """Return a paragraph, span for span."""
    return {"type": "rich_text_section", "elements": _elements(text, bold=bold)}


def quote(text: Text) -> Node:
    """Return words behind a bar."""
    return {"type": "rich_text_quote", "elements": _elements(text)}


def bulleted_list(sections: Iterable[Node]) -> Node:
    """Return a list, one section an entry."""
    return _list("bullet", sections)


def numbered_list(sections: Iterable[Node], first: int) -> Node:
    """Return a list that counts from `first`."""
    return _list("ordered", sections) | ({"offset": first - 1} if first > 1 else {})


def _list(style: str, sections: Iterable[Node]) -> Node:
    return {"type": "rich_text_list", "style": style, "elements": list(sections)}


def _elements(text: Text, *, bold: bool = False) -> list[Node]:
    return [element for span in text for element in _span_elements(span, bold=bold or span.bold)]


def _span_elements(span: Span, *, bold: bool) -> Iterator[Node]:
    """Yield a span's words, linked if the store has a valid address; blanks around them stay outside the link."""
    styles = (("bold", bold), ("italic", span.italic), ("code", span.code))
    style = {name: True for name, on in styles if on}
    words = sanitise(span.text)
    if _CHANNEL.fullmatch(span.channel):
        yield {"type": "channel", "channel_id": span.channel}
        return
    href = web_address(span.href, URL)
    for part in filter(None, _BLANKS.split(words) if href else (words,)):
        link = {"type": "link", "url": href} if href and part.strip() else {"type": "text"}
        yield link | {"text": part} | ({"style": style} if style else {})


Node: TypeAlias = dict[str, Any]
"""A piece of Block Kit, as JSON."""

MESSAGE = Size(characters=12_000, blocks=50)
"""A message; the characters leave a margin below where Slack refuses."""

VIEW = Size(characters=100_000, blocks=100)
"""A modal or an App Home; Slack names no limit for its characters."""

HEADER = 150
"""Characters of a header block."""

CONTEXT = 2000
"""Characters of an element of a context block."""

BLOCK = 3000
"""Characters of any other block; documented for sections, and kept for rich text too."""

SECTION_FIELDS, FIELD_TEXT = 10, 2000
"""Fields of a section, and the characters of one."""

BUTTONS_PER_BLOCK, BUTTON_LABEL, OVERFLOW_OPTIONS = 25, 75, 5
"""Buttons of an actions block, the characters of a button's or option's label, and the options of an overflow menu."""

URL = 2000
"""Characters of a link; Slack takes 3000, but nothing that long is a source."""

MODAL_TITLE, INPUT_LABEL, PRIVATE_METADATA, SELECT_OPTIONS, OPTION_VALUE, CALLBACK_ID = 24, 2000, 3000, 100, 150, 255
"""A modal: its title and buttons, an input's label, its private metadata, options and their values, its name."""

FILES = 10
"""How many files an input takes."""

CHECKBOXES = 10
"""Options of a group of checkboxes."""

_BLOCK_OVERHEAD = 100
_TOO_LARGE = 10**9


def size(blocks: Iterable[Node]) -> Size:
    """Return how much of a message blocks take; a block over its own limit is larger than any message."""
    return sum((_size(block) for block in blocks), Size(0, 0))


def characters(node: object) -> int:
    """Return the characters a piece of Block Kit shows or links to."""
    if isinstance(node, list):
        return sum(map(characters, node))
    if isinstance(node, dict):
        return sum(
            len(value) if isinstance(value, str) and key in {"text", "url"} else characters(value)
            for key, value in node.items()
        )
    return 0


def _size(block: Node) -> Size:
    return Size(_BLOCK_OVERHEAD + characters(block) if _is_within_limits(block) else _TOO_LARGE, 1)


def _is_within_limits(block: Node) -> bool:
    match block["type"]:
        case "context":
            return _text_length(block) <= CONTEXT
        case "actions":
            return len(block["elements"]) <= BUTTONS_PER_BLOCK
        case _:
            return _text_length(block) <= BLOCK


def _text_length(node: object) -> int:
    """Return the characters shown, without those of links."""
    if isinstance(node, list):
        return sum(map(_text_length, node))
    if isinstance(node, dict):
        own = node["text"] if isinstance(node.get("text"), str) else ""
        return len(own) + sum(map(_text_length, node.values()))
    return 0


def build_modal(form: Form, *, callback_id: str, private_metadata: str) -> Node:
    """Return a modal with an input for each field; `private_metadata` comes back with the submission.

    A field with more options than a menu holds is one that searches: what is typed comes as a `block_suggestion`.
    Raises ValueError if the names, the metadata or the fields are larger than Slack allows.
    """
    title = one_line(form.title) or form.verb
    blocks = [
        *(rich_text_block(section(styled_text(title, bold=True))) if len(title) > MODAL_TITLE else ()),
        *rich_text_block(section(form.preview)),
        *(_input(field) for field in form.fields),
    ]
    if len(private_metadata) > PRIVATE_METADATA or len(callback_id) > CALLBACK_ID or len(blocks) > VIEW.blocks:
        message = f"The form {title!r} is larger than a modal."
        raise ValueError(message)
    return {
        "type": "modal",
        "callback_id": callback_id,
        "private_metadata": private_metadata,
        "title": plain_text(title, MODAL_TITLE),
        "submit": plain_text(form.submit or form.verb.capitalize(), MODAL_TITLE),
        "close": plain_text("Cancel", MODAL_TITLE),
        "blocks": blocks,
    }


def field_values(view: Node) -> dict[str, str]:
    """Return the value of each field of a modal, by the field's name; empty if nothing was entered."""
    values = view["state"]["values"]
    return {name: _value(element) for inputs in values.values() for name, element in inputs.items()}


def _input(field: Field) -> Node:
    return {
        "type": "input",
        "block_id": field.name,
        "label": plain_text(one_line(field.label) or field.name, INPUT_LABEL),
        "optional": not field.required,
        "element": _element(field) | {"action_id": field.name},
    }


def _element(field: Field) -> Node:
    if field.is_file:
        return {"type": "file_input", "max_files": FILES}
    options = _options(field.options)
    chosen = [option for option in options if option["value"] in field.chosen]
    if field.is_time:
        return {"type": "timepicker"} | ({"initial_time": field.value} if field.value else {})
    if field.several and 0 < len(options) <= CHECKBOXES:
        return {"type": "checkboxes", "options": options, **({"initial_options": chosen} if chosen else {})}
    if field.several or not options:
        lines = {"multiline": True} if field.multiline else {}
        return {"type": "plain_text_input", **lines} | ({"initial_value": field.value} if field.value else {})
    initial = {"initial_option": chosen[0]} if chosen else {}
    if len(options) > SELECT_OPTIONS:
        return {"type": "external_select", "min_query_length": 1, **initial}
    return {"type": "static_select", "options": options, **initial}


def suggestions(words: Iterable[str]) -> Node:
    """Return the answer to what somebody types into a field that searches."""
    return {"options": _options(tuple(words)[:SELECT_OPTIONS])}


def _options(options: Sequence[str]) -> list[Node]:
    return [{"text": label(option, option), "value": option} for option in options if 0 < len(option) <= OPTION_VALUE]


def _value(element: dict[str, Any]) -> str:
    if several := element.get("selected_options"):
        return SEPARATOR.join(option["value"] for option in several)
    chosen = element.get("selected_option") or {}
    return str(element.get("value") or element.get("selected_time") or chosen.get("value") or "")
