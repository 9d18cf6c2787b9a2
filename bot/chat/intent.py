"""What a typed line wants: the verb, in anybody's own words, and the text that holds its arguments.

Who begins with a verb's own word is obeyed. What a phrasing or a slip seems to want is a guess: it may show something,
but what would change something is asked back. A line that fits nothing is a question, and so is one that only begins
with a verb's word: "quiet quitting: who does?"
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files

from bot.chat.courtesies import AUDIENCE, without_closing, without_opening, without_typography
from bot.chat.request import ArgKind, Verb
from bot.chat.schedule_words import (
    CLOCK_TIME,
    DAYS,
    OFF,
    RECURRING,
    has_schedule,
    looks_like_hours,
    plain_days,
    plain_times,
)
from bot.chat.zone_words import extract_place_after_time, extract_zone
from bot.domain import LANGUAGES, canonical_language
from bot.errors import UserError

LONGEST_PHRASE = 300
"""Characters of a line that may be a command in somebody's own words; longer ones need the verb first."""

MAX_NAME_WORDS = 8
"""Words of a name that somebody follows; more are a sentence."""

MAX_LANGUAGE_WORDS = 3
"""Words of a language: Simplified Chinese."""

MAX_TOPIC_WORDS = 4
"""Words before `brief` that may be its topic."""


@dataclass(frozen=True, slots=True)
class Command:
    """A verb with everything typed after it."""

    verb: str
    text: str


class Words:
    """A text by its words in small letters, without the signs around them; a run of them gives its part of the text."""

    def __init__(self, text: str) -> None:
        self._text = text
        found = [
            (word[0].strip(_SIGNS).casefold().replace("’", "'"), word.span()) for word in re.finditer(r"\S+", text)
        ]
        self._spans = [span for word, span in found if word]
        self.line = "".join(f"{word} " for word, _ in found if word)
        self.first = self.line.partition(" ")[0]

    def part(self, span: tuple[int, int]) -> str:
        """Return the part of the text that a span of the line stands for."""
        first, last = self.line.count(" ", 0, span[0]), self.line.count(" ", 0, span[1])
        return self._text[self._spans[first][0] : self._spans[last][1]]

    def introduces(self, span: tuple[int, int]) -> bool:
        """Return whether a colon, a line break or a quotation mark stands before a span that asks nothing."""
        first = self._spans[self.line.count(" ", 0, span[0])][0]
        sign = _INTRODUCTION.search(self._text, 0, first)
        return bool(sign or self._text[first] in _QUOTATION_MARKS) and not self._text.rstrip().endswith("?")


_SIGNS = "*_~`,;:.!?=–—-()>"
_QUOTATION_MARKS = '"“«'
_INTRODUCTION = re.compile(r"(?::[*_~`]*|\n)\s*$")


@dataclass(frozen=True)
class Phrasing:
    """One way to ask for a verb; `handed_on` is the text of its arguments, in which … stands for what was matched.

    `first_words` are those it may begin with, None if that is any. Hundreds of patterns take seconds to compile, so
    each is compiled when a line begins with one of its words.
    """

    verb: str
    phrase: str
    handed_on: str
    condition: str

    @cached_property
    def first_words(self) -> frozenset[str] | None:
        """The words that a line in this phrasing may begin with; None for any."""
        return first_words(self.phrase)

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The phrasing as a regular expression over `Words.line`."""
        return re.compile(_expression(self.phrase) + "$")

    def read(self, words: Words) -> Command | None:
        """Return the command that a text is, None if it isn't this one."""
        if self.first_words is not None and words.first not in self.first_words:
            return None
        found = self.pattern.match(words.line)
        if found is None:
            return None
        spans = [span for group in range(1, len(found.groups()) + 1) if (span := found.span(group))[0] >= 0]
        if self.condition == "told":
            return Command(self.verb, words.part(spans[-1])) if words.introduces(spans[-1]) else None
        parts = [words.part(span).rstrip(",;:–—- ") for span in spans]
        rest = " ".join(part for part in parts[:-1] if part) + " " + "".join(parts[-1:])
        rest = rest.strip()
        if self.condition and not _CONDITIONS[self.condition](rest):
            return None
        if self.verb not in {"ask", "why"} and (is_question(rest, asks=False) or _SECOND_COMMAND.search(rest)):
            return None
        return Command(self.verb, self.handed_on.replace("…", rest).strip())


_VERB_FIRST = re.compile(
    r"[^\w/\"'(]*(?P<slash>/?)(?P<verb>[a-z]+)(?:[*_~`]*(?:[,:;.!=?]+|\s|$)[*_~`]*)", re.IGNORECASE
)
_PLEASE = re.compile(r"[\s,:]*(?:please|pls|plz)\b[\s,:]*", re.IGNORECASE)

_SHOWING = frozenset({"ask", "brief", "following", "subscriptions", "status", "help", "why", "entity", "claims"})
"""Verbs that only show something, whatever follows them."""

_SHOWING_ACTIONS = {"sources": {"", "list", "health", "catalogue", "export", "episodes"}, "privacy": {"", "export"}}


def changes(command: Command) -> bool:
    """Return whether a command would change something."""
    action = command.text.partition(" ")[0].casefold()
    return command.verb not in _SHOWING and action not in _SHOWING_ACTIONS.get(command.verb, ())


def read_command(line: str, verbs: Sequence[Verb]) -> Command:
    """Return the command that a line is; a question if it is none, and help if it is empty.

    A guess at something that changes is `meant` with the whole line, for `read_guess`.
    """
    if not line:
        return Command("help", "")
    if line.startswith("/"):
        name, rest = (*line.split(maxsplit=1), "", "")[:2]
        return Command(name.removeprefix("/").casefold() or "help", rest.strip())
    command, is_sure = _read(line, verbs)
    return command if is_sure or not changes(command) else Command("meant", line)


def read_guess(line: str, verbs: Sequence[Verb]) -> Command:
    """Return what a line seems to want that was too doubtful to be done."""
    return _read(line, verbs)[0]


def _read(line: str, verbs: Sequence[Verb]) -> tuple[Command, bool]:
    """Return the command that a line is, and whether that is sure: it begins with the verb's word and asks nothing."""
    known = {verb.name: verb for verb in verbs if verb.shown}
    body = without_opening(line)
    is_polite = body != line or bool(_POLITE_QUESTION.match(body))
    body = _base_form(body) if is_polite else body
    asks = not is_polite and without_closing(body[-LONGEST_PHRASE:]).rstrip().endswith("?")
    guess, typed = _read_phrase(body, known), _read_verb(body, known, is_polite=is_polite)
    if guess and guess.verb == "ask":
        return Command("ask", line), True
    if typed and known[typed.verb].takes_whole_text:
        return typed, True
    if typed and (guess is None or guess.verb == typed.verb):
        return guess or typed, not asks
    guess = _read_schedule_first(body, known) or guess or _read_slip(body, known)
    if guess is None or (asks and changes(guess)):
        return typed or Command("ask", line), True
    return guess, False


_POLITE_QUESTION = re.compile(r"(?:can|could|may|would)\b", re.IGNORECASE)


def _read_phrase(body: str, known: Mapping[str, Verb]) -> Command | None:
    """Return what a short line says in its own words: the first phrasing that fits."""
    if len(body) > LONGEST_PHRASE:
        return None
    plain = without_opening(without_typography(body))
    words, raw = Words(without_closing(plain).rstrip("?! ")), Words(body)
    for phrasing in phrasings():
        if phrasing.verb in known and (command := phrasing.read(raw if phrasing.verb == "note" else words)):
            return command
    return None


def _read_verb(body: str, known: Mapping[str, Verb], *, is_polite: bool) -> Command | None:
    """Return the command of a line that begins with its verb, if what follows can be its arguments."""
    found = _VERB_FIRST.match(body)
    verb = known.get(found["verb"].casefold()) if found else None
    if found is None or verb is None:
        return None
    rest = body[found.end() :].strip()
    if found["slash"] or verb.takes_whole_text:
        return Command(verb.name, rest)
    if please := _PLEASE.match(rest):
        rest = rest[please.end() :]
    if len(body) <= LONGEST_PHRASE and without_closing(without_typography(body)).casefold() == verb.name:
        return Command(verb.name, "")
    plain = without_closing(without_typography(rest[: 2 * LONGEST_PHRASE])).lstrip(" :=–—,;")
    asks = plain.endswith("?") and not is_polite
    plain = plain.rstrip("?! ")
    if not plain:
        return Command(verb.name, "")
    if not _takes(verb, plain, asks=asks) or (verb.name != "why" and is_question(plain, asks=asks)):
        return None
    if verb.name == "privacy" and rest.casefold() != "forget yes":
        return Command(verb.name, words[0] if (words := re.findall(r"\w+", rest)) else "")
    return Command(verb.name, rest.rstrip("?! "))


def _read_slip(body: str, known: Mapping[str, Verb]) -> Command | None:
    """Return the command of a line that begins with a slip for a verb: `unsubcribe`, but not `subscriber`."""
    word, space, rest = body.partition(" ")
    if word.endswith(("d", "r", "rs", "s", "ing", "ion")):
        return None
    near = difflib.get_close_matches(word.casefold(), _OFTEN_MISSPELLED, 1, _SPELLING_LIKENESS)
    return _read_verb(f"{near[0]}{space}{rest}", known, is_polite=False) if near else None


_OFTEN_MISSPELLED = ("subscribe", "unsubscribe", "unfollow")
_SPELLING_LIKENESS = 0.88
"""How alike a slip and a verb are, of 1: one letter of nine."""


def _read_schedule_first(body: str, known: Mapping[str, Verb]) -> Command | None:
    """Return what a line wants that begins with its schedule: "on mondays at 8, subscribe us to chips"."""
    if len(body) > LONGEST_PHRASE:
        return None
    plain = without_typography(body)
    for start in _SCHEDULED_VERB.finditer(plain):
        head = plain[: start.start()].strip(" ,:;–—-")
        if head and _is_schedule(head):
            tail = f"{without_closing(without_opening(plain[start.start() :]))}, {head}"
            command = _read_verb(tail, known, is_polite=True) or _read_phrase(tail, known)
            return command if command and command.verb == "subscribe" else None
    return None


_SCHEDULED_VERB = re.compile(
    r"\b(?:(?:please|can|could|would|i'd|we'd|i|we)\b[\w' ]{0,30}?\s)?(?:subscribe|send|post|deliver|give)\b",
    re.IGNORECASE,
)
_CONNECTIVES = re.compile(r"\b(?:on|at|in|from|and|every|each|time|please|only|starting)\b|[\s,;:+/–—-]", re.IGNORECASE)


def _is_schedule(text: str) -> bool:
    """Return whether a text says when something comes, and nothing else."""
    plain = plain_days(plain_times(text))
    if not has_schedule(plain):
        return False
    try:
        _, plain = extract_place_after_time(f"x, {plain}")
        _, plain = extract_zone(CLOCK_TIME.sub(" ", DAYS.sub(" ", plain)).strip())
    except UserError:
        return True
    return _CONNECTIVES.sub("", plain) in {"x", ""}


_INTERROGATIVE = r"(?:who|whom|whose|what|when|where|why|which|how)"
_AUXILIARY = (
    r"(?:is|are|was|were|am|do|does|did|has|have|had|can|could|will|would|should"
    r"|isn't|aren't|wasn't|don't|doesn't|didn't)"
)
_QUESTION_CLAUSE = re.compile(
    rf"[,:;.!?–—]\s*(?:and\s+|but\s+|so\s+)?(?:{_INTERROGATIVE}|{_AUXILIARY}|any|anyone|anybody|any\s+news)\b"
    rf"|\s-+\s+(?:{_INTERROGATIVE}|{_AUXILIARY}|any|anyone)\b|\?\s*\w",
    re.IGNORECASE,
)
_BEGINS_QUESTION = re.compile(rf"(?:{_INTERROGATIVE}|{_AUXILIARY})\b", re.IGNORECASE)
_SAYS_OF_VERB = re.compile(
    r"(?:is|are|was|were|does|do|did|has|had|isn't|wasn't|doesn't|didn't|don't|won't|can't)\s+\w"
)
"""In small letters, and with more behind it: the verb's word is what a sentence is about."""
_OPENS_ARGUMENT = re.compile(
    r"(?:by|about|on|for|from|since|to|of|at|every|each|between|until)\b|\d|https?:", re.IGNORECASE
)
_MAX_ASKED_WORDS = 4
"""Words that may follow a verb in a line with a question mark; more are a question."""


def is_question(rest: str, *, asks: bool) -> bool:
    """Return whether what follows a verb shows that its word began a question; `asks` if a question mark ends it."""
    if _QUESTION_CLAUSE.search(rest) or _SAYS_OF_VERB.match(rest):
        return True
    is_long = len(rest.split()) > _MAX_ASKED_WORDS and not _OPENS_ARGUMENT.match(rest) and not has_schedule(rest)
    return asks and (is_long or bool(_BEGINS_QUESTION.match(rest)))


_SECOND_COMMAND = re.compile(
    r"\b(?:and|then|but|or)\s+(?:also\s+|then\s+|please\s+)*(?:un)?(?:follow|subscribe)\b"
    r"|\b(?:and|then|but)\s+(?:also\s+)?(?:pause|resume|remove|erase)\b",
    re.IGNORECASE,
)
_TAKEN_BACK = re.compile(
    r"\b(?:no longer|no more|any ?more|any longer|never ?mind|not now|actually no)\b", re.IGNORECASE
)
_VAGUE_HOURS = re.compile(
    r"(?:for|until|till|at|in|on|during|over|tonight|tomorrow|now|all|every|overnight|this)\b(?:\s+[\w'-]+){0,3}$",
    re.IGNORECASE,
)
_REPORT = re.compile(
    r"\b(?:the|a|our|my|your|today's|this|no|any|daily|morning)\s+briefs?\b|^(?:the\s+)?(?:briefs?|signals?)\b"
    r"|\b(?:alerts?|notifications?)(?=$|\s+(?:about|on|for|of|today|yesterday|come|came|arrive|sent|here|this)\b)"
    r"|\b(?:i|we)\s+(?:not\s+)?(?:alerted|notified)\b",
    re.IGNORECASE,
)


def _takes(verb: Verb, rest: str, *, asks: bool) -> bool:
    """Return whether a verb can make something of what follows it."""
    kinds = {arg.kind for arg in verb.args}
    words = rest.casefold().split()
    if _SECOND_COMMAND.search(rest) or (_TAKEN_BACK.search(rest) and verb.name not in {"unfollow", "unsubscribe"}):
        return False
    match verb.name:
        case "help":
            return len(words) == 1
        case "why":
            return bool(_REPORT.search(rest)) or not (asks or _BEGINS_QUESTION.match(rest)) or words[0].startswith('"')
        case "language":
            return _is_off(rest) or _may_be_language(rest)
    if ArgKind.HOURS in kinds:
        return _is_off(rest) or looks_like_hours(rest) or (not asks and bool(_VAGUE_HOURS.match(rest)))
    if choices := {choice for arg in verb.args if arg.kind is ArgKind.CHOICE for choice in arg.choices}:
        return words[0].strip(",:;") in choices
    return bool(verb.args) and (kinds != {ArgKind.ENTITY} or _is_name(rest))


def _is_off(text: str) -> bool:
    return text.casefold().strip(" .") in OFF


def _is_language(text: str) -> bool:
    words = text.split()
    return bool(words) and len(words) <= MAX_LANGUAGE_WORDS and bool(canonical_language(words[-1]))


def _may_be_language(text: str) -> bool:
    """Return whether words are a slip for a language, or a name that may be one."""
    is_named = len(text.split()) <= MAX_LANGUAGE_WORDS and all(word[:1].isupper() for word in text.split())
    return is_named or bool(difflib.get_close_matches(text.title(), LANGUAGES, 1))


WEB_ADDRESS = re.compile(r"https?://|feed:|[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}(?:[:/?#]|$)", re.IGNORECASE)
"""What begins as an address on the web does."""

_ADDRESS = re.compile(rf"<?(?:{WEB_ADDRESS.pattern})\S*(?:\s|$)", re.IGNORECASE)
_LINK = re.compile(r"<?(?:https?://|feed:|[\w.-]+\.[a-z]{2,}/\w)\S*$", re.IGNORECASE)


def _is_about_brief(text: str) -> bool:
    """Return whether words around `brief` can be its topic and day rather than a sentence."""
    return len(text.split()) <= 2 * MAX_TOPIC_WORDS and not _SENTENCE.search(text)


def _begins_topic(text: str) -> bool:
    return text.casefold().split()[0] not in _OTHER_BRIEFS | _first_words() and not _BEGINS_QUESTION.match(text)


_OTHER_BRIEFS = frozenset(
    """
    amicus bad best boring fair good great helpful i interesting legal long lovely love loved my nice news of our please
    press short such terrible thanks the this that useful we what with you your no not design creative project pause
    """.split()
)
"""Words before `brief` that make it something else: praise, or another kind of brief."""


def _is_name(text: str) -> bool:
    """Return whether words can be what somebody follows, rather than a manner or a sentence."""
    return len(text.split()) <= MAX_NAME_WORDS and not _NO_NAME.match(text) and not _CLAUSE.search(text)


_NO_NAME = re.compile(
    rf"(?:{_INTERROGATIVE}|i|you|he|she|it|they|them|him|us|me|this|that|these|those|and|or|of|in|on|by|at|to|for|from|with|only|less"
    r"|more|not|often|rarely|up|again|so|if)(?=\s+[a-z\d]|$)"
)
"""In small letters, and before small letters: It Ends, On Running and The Who are names."""

_CLAUSE = re.compile(
    r",\s+(?:and|but|so|then)\b|\b(?:said|says|say|is|are|was|were|(?:and|but)\s+(?:don't|not))\b|'s\s+[a-z]"
)

_SENTENCE = re.compile(
    rf"\b(?:{_INTERROGATIVE}|{_AUXILIARY}|be|been|being|so|very|too|it|i|we|he|she|they|you|say|said|says|that|not|no|never"
    r"|without|less|skip|rid|kill|up|lose|missed|cancel|stop|unsubscribe|sent|read|shorter|longer)\b(?!\s+\d)"
    r"|\b(?:to|from|in)\s+the\b|\b(?:the|in)$",
    re.IGNORECASE,
)
"""Words that make what stands beside `brief` a remark, or the opposite of a wish."""

_ONE_EDITION = re.compile(r"\b(?:these|those|this|today's|latest|last|next|only)\b", re.IGNORECASE)


def _base_form(text: str) -> str:
    """Return a text whose first word is a verb in its base form: "unfollowing Orsted" is "unfollow Orsted"."""
    first, space, rest = text.partition(" ")
    if not first.casefold().endswith("ing") or first.casefold() in _verbs():
        return text
    stem = first[: -len("ing")]
    base = next((base for base in (stem, stem + "e", stem[:-1]) if base.casefold() in _first_words()), first)
    return f"{base}{space}{rest}"


@cache
def _verbs() -> frozenset[str]:
    headings, _ = _read_table()
    return frozenset(heading.partition(":")[0].split()[0] for heading in headings)


@cache
def _first_words() -> frozenset[str]:
    """Return the words that phrasings begin with, and the verbs themselves."""
    return _verbs().union(*(phrasing.first_words or () for phrasing in phrasings()))


@cache
def phrasings() -> tuple[Phrasing, ...]:
    """Return the phrasings in the order of the file; compiled when the first line is read, not at start."""
    _, patterns = _read_table()
    return tuple(_phrasing(heading, pattern) for heading, pattern in patterns)


def _phrasing(heading: str, phrase: str) -> Phrasing:
    named, _, condition = heading.partition(" if ")
    verb, _, handed_on = named.partition(": ")
    return Phrasing(verb, phrase, handed_on or "…", condition)


_TOKEN = re.compile(r"[()\[\]|…]|[^\s()\[\]|…]+")


def _expression(phrase: str) -> str:
    """Return a phrasing as a regular expression over words with a space behind each."""
    signs = {"(": "(?:", "[": "(?:", ")": ")", "]": ")?", "|": "|", "…": r"(\S.*?) "}
    return "".join(signs.get(token) or re.escape(token) + " " for token in _TOKEN.findall(phrase))


def first_words(phrase: str) -> frozenset[str] | None:
    """Return the words that a phrasing may begin with, None if that is any."""
    words, _, may_be_empty = _beginning(_TOKEN.findall(phrase), 0)
    return None if "…" in words or may_be_empty else frozenset(words)


def _beginning(parts: Sequence[str], at: int) -> tuple[set[str], int, bool]:
    """Return what a sequence may begin with, where it ends, and whether it may be empty."""
    words, is_open, may_be_empty = set[str](), True, False
    while at < len(parts) and parts[at] not in ")]":
        part = parts[at]
        if part in "([":
            inner, at, is_optional = _beginning(parts, at + 1)
            words |= inner if is_open else set()
            is_open = is_open and (is_optional or part == "[")
        elif part == "|":
            may_be_empty, is_open = may_be_empty or is_open, True
        else:
            words |= {part} if is_open else set()
            is_open = False
        at += 1
    return words, at, may_be_empty or is_open


@cache
def _read_table() -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """Return the headings of the file of phrasings, and each phrasing with its heading, its lists filled in."""
    lists = {"us": f"({AUDIENCE})"}
    headings: list[str] = []
    patterns: list[tuple[str, str]] = []
    for line in files("bot.chat").joinpath("phrasings.txt").read_text("utf-8").splitlines():
        if line.startswith("{") and (named := re.match(r"\{(\w+)\} = (.+)", line)):
            lists[named[1]] = f"({_filled(named[2], lists)})"
        elif heading := re.fullmatch(r"\[([a-z]+(?:[: ].*)?)\]", line):
            headings.append(heading[1])
        elif line and not line.startswith("#"):
            patterns.append((headings[-1], _filled(line, lists)))
    return tuple(headings), tuple(patterns)


def _filled(pattern: str, lists: Mapping[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda name: lists[name[1]], pattern)


_CONDITIONS: Mapping[str, Callable[[str], bool]] = {
    "scheduled": lambda rest: _is_of_every_brief(rest) and _ends_in_schedule(rest),
    "recurring": lambda rest: (
        _is_of_every_brief(rest)
        and _begins_topic(rest)
        and _ends_in_schedule(rest)
        and bool(RECURRING.search(plain_days(rest)))
    ),
    "hours": looks_like_hours,
    "language": _is_language,
    "address": lambda rest: bool(_ADDRESS.match(rest)),
    "link": lambda rest: bool(_LINK.match(rest)),
    "brief": _is_about_brief,
    "topic": lambda rest: _is_about_brief(rest) and _begins_topic(rest),
    "plain topic": lambda rest: len(rest.split()) <= MAX_TOPIC_WORDS and _is_of_every_brief(rest),
    "source": _is_name,
    "name": lambda rest: _is_name(rest) and not has_schedule(rest),
    "verb": lambda rest: rest.casefold() in _verbs(),
}
"""What the rest of a line must be for a phrasing to count; a note is told in a way of its own."""


def _is_of_every_brief(text: str) -> bool:
    return not _SENTENCE.search(text) and not _ONE_EDITION.search(text)


def _ends_in_schedule(text: str) -> bool:
    """Return whether what a text says last is when something comes again and again."""
    plain = plain_days(plain_times(text))
    ends = [found.end() for pattern in (CLOCK_TIME, DAYS) for found in pattern.finditer(plain)]
    return bool(ends) and has_schedule(plain) and _is_schedule(f"8:00 {plain[max(ends) :]}")
