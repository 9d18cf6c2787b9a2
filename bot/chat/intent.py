"""What a typed line wants: the verb, in anybody's own words, and the text that holds its arguments.

A line that fits no phrasing is a question. So is one that only begins with a verb's word: "quiet quitting: who does?"
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files

from bot.chat.courtesies import without_closing, without_opening, without_typography
from bot.chat.request import ArgKind, Verb
from bot.chat.schedule_words import CLOCK_TIME, DAYS, OFF, has_schedule, plain_days, plain_times
from bot.chat.zone_words import extract_place_after_time, extract_zone
from bot.domain import canonical_language
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


_SIGNS = "*_~`,;:.!?=–—-()>"


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
        spans = (found.span(group) for group in range(1, len(found.groups()) + 1))
        parts = [words.part(span).rstrip(",;:–—- ") for span in spans if span[0] >= 0]
        rest = " ".join(part for part in parts[:-1] if part) + " " + "".join(parts[-1:])
        rest = rest.strip()
        if self.condition and not _CONDITIONS[self.condition](rest):
            return None
        if self.verb not in {"ask", "note", "why"} and (is_question(rest, asks=False) or _SECOND_COMMAND.search(rest)):
            return None
        return Command(self.verb, self.handed_on.replace("…", rest).strip())


_VERB_FIRST = re.compile(r"[*_~`>\s]*(?P<slash>/?)(?P<verb>[a-z]+)(?:[*_~`]*(?:[,:;.!=?]+|\s|$)[*_~`]*)", re.IGNORECASE)
_PLEASE = re.compile(r"[\s,:]*(?:please|pls|plz)\b[\s,:]*", re.IGNORECASE)


def read_command(line: str, verbs: Sequence[Verb]) -> Command:
    """Return the command that a line is; a question if it is none, and help if it is empty."""
    if not line:
        return Command("help", "")
    if line.startswith("/"):
        name, rest = (*line.split(maxsplit=1), "", "")[:2]
        return Command(name.removeprefix("/").casefold() or "help", rest.strip())
    known = {verb.name: verb for verb in verbs if verb.shown}
    body = without_opening(line)
    is_polite = body != line
    command = (
        _read_phrase(body, known) or _read_verb(body, known, is_polite=is_polite) or _read_schedule_first(body, known)
    )
    return Command("ask", line) if command is None or _is_bare_question(command, body) else command


def _is_bare_question(command: Command, body: str) -> bool:
    """Return whether a question is one without the word `ask` before it: all of its words belong to it."""
    return command.verb == "ask" and not body.casefold().lstrip("*_~`> ").startswith("ask")


def _read_phrase(body: str, known: Mapping[str, Verb]) -> Command | None:
    """Return what a short line says in its own words: the first phrasing that fits."""
    if len(body) > LONGEST_PHRASE:
        return None
    plain = without_opening(without_typography(body))
    words, raw = Words(_base_form(without_closing(plain).rstrip("?! "))), Words(body)
    for phrasing in _phrasings():
        if phrasing.verb in known and (command := phrasing.read(raw if phrasing.verb == "note" else words)):
            return command
    return None


def _read_verb(body: str, known: Mapping[str, Verb], *, is_polite: bool) -> Command | None:
    """Return the command of a line that begins with its verb, if what follows can be its arguments."""
    found = _VERB_FIRST.match(body)
    verb = known.get(_spelled(found["verb"].casefold())) if found else None
    if found is None or verb is None:
        return None
    rest = body[found.end() :].strip()
    if found["slash"] or any(arg.kind is ArgKind.TEXT or _is_whole_text(arg.kind, arg.required) for arg in verb.args):
        return Command(verb.name, rest)
    if please := _PLEASE.match(rest):
        rest = rest[please.end() :]
    if len(body) <= LONGEST_PHRASE and without_closing(without_typography(body)).casefold() == verb.name:
        return Command(verb.name, "")
    plain = without_closing(without_typography(rest[: 2 * LONGEST_PHRASE])).lstrip(" :=–—,;")
    asks = plain.endswith("?")
    plain = plain.rstrip("?! ")
    if not plain:
        return Command(verb.name, "")
    fits = _takes(verb, plain, asks=asks)
    if verb.name != "why":
        fits = fits and not is_question(plain, asks=asks and not is_polite)
    return Command(verb.name, rest.rstrip("?! ")) if fits else None


def _spelled(word: str) -> str:
    """Return the verb that a first word is a slip for: `unsubcribe`, but not `subscriber`."""
    if word.endswith(("d", "r", "rs", "s", "ing", "ion")):
        return word
    return next(iter(difflib.get_close_matches(word, _OFTEN_MISSPELLED, 1, _SPELLING_LIKENESS)), word)


_OFTEN_MISSPELLED = ("subscribe", "unsubscribe", "unfollow")
_SPELLING_LIKENESS = 0.88
"""How alike a slip and a verb are, of 1: one letter of nine."""


def _is_whole_text(kind: ArgKind, required: object) -> bool:
    return kind is ArgKind.WORDS and bool(required)


def _read_schedule_first(body: str, known: Mapping[str, Verb]) -> Command | None:
    """Return what a line wants that begins with its schedule: "on mondays at 8, subscribe us to chips"."""
    if len(body) > LONGEST_PHRASE:
        return None
    plain = without_typography(body)
    for start in _SCHEDULED_VERB.finditer(plain):
        head, tail = plain[: start.start()].strip(" ,:;–—-"), plain[start.start() :]
        if head and _is_schedule(head):
            tail = without_opening(tail)
            command = _read_phrase(f"{without_closing(tail)}, {head}", known) or _read_verb(
                f"{without_closing(tail)}, {head}", known, is_polite=True
            )
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
_OPENS_ARGUMENT = re.compile(
    r"(?:by|about|on|for|from|since|to|of|at|every|each|between|until)\b|\d|https?:", re.IGNORECASE
)
_MAX_ASKED_WORDS = 4
"""Words that may follow a verb in a line with a question mark; more are a question."""


def is_question(rest: str, *, asks: bool) -> bool:
    """Return whether what follows a verb shows that its word began a question; `asks` if a question mark ends it."""
    if _QUESTION_CLAUSE.search(rest):
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
    r"(?:from|between|for|until|till|at|in|on|during|over|tonight|tomorrow|now|all|every|overnight|this)\b"
    r"(?:\s+[\w'-]+){0,3}$|(?:tonight|tomorrow|overnight|now|please|hours?)$",
    re.IGNORECASE,
)
_HOURS = re.compile(
    r"(?:(?:hours?|times?|from|between|to|at|after|the|me|us|please|be|set)\b[\s,:]*)*(?:\d|noon\b|midnight\b)",
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
            return _is_off(rest) or bool(canonical_language(rest)) or (len(words) <= MAX_LANGUAGE_WORDS and not asks)
    if ArgKind.HOURS in kinds:
        return _is_off(rest) or _is_hours(rest) or (not asks and bool(_VAGUE_HOURS.match(rest)))
    if choices := {choice for arg in verb.args if arg.kind is ArgKind.CHOICE for choice in arg.choices}:
        return words[0].strip(",:;") in choices
    return bool(verb.args) and (kinds != {ArgKind.ENTITY} or len(words) <= MAX_NAME_WORDS)


def _is_off(text: str) -> bool:
    return text.casefold().strip(" .") in OFF


def _is_hours(text: str) -> bool:
    return bool(_HOURS.match(plain_times(text)))


def _is_language(text: str) -> bool:
    words = text.split()
    return bool(words) and len(words) <= MAX_LANGUAGE_WORDS and bool(canonical_language(words[-1]))


_ADDRESS = re.compile(r"<?(?:https?://|feed:|[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}(?:[:/?#]|$))\S*(?:\s|$)", re.IGNORECASE)


def _is_about_brief(text: str) -> bool:
    """Return whether words around `brief` can be its topic and day rather than a sentence."""
    return len(text.split()) <= 2 * MAX_TOPIC_WORDS and not _SENTENCE.search(text)


def _is_topic_of_brief(text: str) -> bool:
    """Return whether words before `brief` are its topic, where nothing else shows that a brief is wanted."""
    return _is_about_brief(text) and _begins_topic(text)


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
    """Return whether words can be what somebody follows, rather than a time or a sentence."""
    return len(text.split()) <= MAX_NAME_WORDS and not has_schedule(text) and not _SOME_TIME.match(text)


_SOME_TIME = re.compile(
    r"(?:now|today|tonight|tomorrow|later|(?:a|an|one|two|the|this|next)\s+(?:minutes?|hours?|days?|weeks?|months?|while|night"
    r"|evening|morning|moment)|weekends?|holidays?)\b",
    re.IGNORECASE,
)


_SENTENCE = re.compile(
    rf"\b(?:{_INTERROGATIVE}|{_AUXILIARY}|be|been|being|so|very|too|in|it|he|she|they|you|say|said|says|that|not|no)\b(?!\s+\d)",
    re.IGNORECASE,
)


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
    return _verbs().union(*(phrasing.first_words or () for phrasing in _phrasings()))


@cache
def _phrasings() -> tuple[Phrasing, ...]:
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
    lists: dict[str, str] = {}
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
    "scheduled": lambda rest: has_schedule(rest) and not _BEGINS_QUESTION.match(rest),
    "hours": _is_hours,
    "language": _is_language,
    "address": lambda rest: bool(_ADDRESS.match(rest)),
    "brief": _is_about_brief,
    "topic": _is_topic_of_brief,
    "topic scheduled": lambda rest: has_schedule(rest) and _begins_topic(rest),
    "short": lambda rest: _is_name(rest) and len(rest.split()) < MAX_TOPIC_WORDS,
    "name": _is_name,
    "verb": lambda rest: rest.casefold() in _verbs(),
}
"""What the rest of a line must be for a phrasing to count."""
