"""Sentences and clauses: where they begin and end, in speech and in writing, and what can be cut off."""

from __future__ import annotations

import re

from bot.nlp.lexicons import compile_cues, cue_pattern
from bot.nlp.numbers import is_decimal_point

_STOP = r"[.!?…]+[\"'”’)\]]*(?=\s)"
_BOUNDARY = re.compile(rf"{_STOP}|[ \t]*\n\s*|(?<=[\]”]) (?=[A-Z])")
_BOUNDARY_IN_LINE = re.compile(_STOP)
"""All that can part the sentences of most turns, and found four times as fast."""
_NEXT_LETTER = re.compile(r"\s*[\"'“‘(\[$€£#@]*([^\W_])")
_ABBREVIATION = re.compile(rf"(?:\b(?:{cue_pattern('abbreviation')})|(?:^|[\s(])[A-Z])$")
_BULLET = re.compile(r"(?:[-*•–—>·]+|\(?\d{1,2}[.)]|\(?[a-z]\))\s+|[-•–·]+(?=[^\W\d])|[\s\U0001f300-\U0001faff]+")
_MAY_END_SENTENCE = frozenset({"etc", "al"})


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Return the spans of the sentences of a turn in order, without bullets and outer spaces."""
    spans: list[tuple[int, int]] = []
    start = 0
    boundary = _BOUNDARY if "\n" in text or "] " in text or "” " in text else _BOUNDARY_IN_LINE
    for stop in boundary.finditer(text):
        if _is_sentence_end(text, start, stop):
            _append_trimmed(spans, text, start, stop.end())
            start = stop.end()
    _append_trimmed(spans, text, start, len(text))
    return spans


_HEADING_LINE = re.compile(r"^[ \t]*#{1,6}[ \t]+\S.*$", re.MULTILINE)
_BULLET_LINE = re.compile(r"^[ \t]*[-*•–][ \t]+\S.*$", re.MULTILINE)


def spoken_spans(text: str) -> list[tuple[int, int]]:
    """Return the spans of the sentences of a speaker's turn, without headings and the bullets of show notes.

    A turn of nothing but bullets is a dialogue with dashes, and a turn of one line may begin with one.
    """
    spans = sentence_spans(text)
    if "#" not in text and "\n" not in text:
        return spans
    bullets = [line.span() for line in _BULLET_LINE.finditer(text)]
    headings = [line.span() for line in _HEADING_LINE.finditer(text)]
    has_speech = len(bullets) < sum(1 for line in text.split("\n") if line.strip())
    structure = headings + (bullets if has_speech else [])
    return [span for span in spans if not any(start <= span[0] < end for start, end in structure)]


def _is_sentence_end(text: str, start: int, stop: re.Match[str]) -> bool:
    mark = stop[0]
    if not mark.strip() or mark[0] in "!?":
        return True
    following = _NEXT_LETTER.match(text, stop.end())
    if following is not None and following[1].islower():
        return False
    if mark[0] != "." or len(mark) > 1:
        return True
    if is_decimal_point(text, stop.start()) and not text[start : stop.start()].strip().isdigit():
        return False
    before = text[max(start, stop.start() - 8) : stop.start()]
    if before.endswith("No") and not (following and following[1].isdigit()):
        return True
    return not _ends_in_abbreviation(before)


def _ends_in_abbreviation(before: str) -> bool:
    match = _ABBREVIATION.search(before)
    return match is not None and match[0] not in _MAY_END_SENTENCE


def _append_trimmed(spans: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    while start < end and text[end - 1].isspace():
        end -= 1
    while (lead := _BULLET.match(text, start, end)) is not None:
        start = lead.end()
    if start < end:
        spans.append((start, end))


_LEAD_IN = re.compile(rf"^(?:(?:{cue_pattern('discourse_marker')})(?:,\s+|\s+(?=[\w$€£“\"'])))+", re.IGNORECASE)
_NEWS_LABEL = re.compile(
    r"^(?:BREAKING|JUST IN|NEW|NEWS|UPDATE|EXCLUSIVE|ICYMI|ALERT|HUGE|BIG)\b[^\w\s]?(?: NEWS)?\s*[:—–-]\s*"
    r"(?:[^\w\s$€£\"“]+\s*)*"
)
_TRAILING_FILLER = re.compile(
    r"(?:,?\s+(?:you know|I mean|and so on|the list goes on(?: and on)?|et cetera|and things like that|or whatever)|"
    r",\s+(?:right|okay)|,?\s+(?:and|which) (?:that['’]s|is|was) (?:just |pretty |really |very |kind of |so )*"
    r"(?:cool|great|awesome|amazing|nice|interesting|fun|exciting|crazy|wild))\s*$",
    re.IGNORECASE,
)
# A tail behind one of these adds to what stands before it; behind "if", "but" or "unless" it takes something back.
_CLAUSE_BOUNDARY = re.compile(
    rf"(?:;|\s[—–-]{{1,2}}|,)\s+(?=(?:{cue_pattern('clause_opener')})\b)|;\s|\s[—–]+\s|\.\s(?=[A-Z“\"])|:\s|"
    r"\.\.\.\s|…\s|\s+(?=(?:because|so that|which means|and that)\b)"
)
_RESTRICTIVE = compile_cues("restrictive")
_ANOTHER_ITEM = re.compile(r",?\s+(?:and|or|as well as)\b")
_CONDITION = re.compile(r"\b(?:if|unless|whether|assuming)\b", re.IGNORECASE)
_SUBORDINATE = re.compile(rf"^(?:{cue_pattern('subordinator')})\b", re.IGNORECASE)
# A phrase of time or place, and the subject after it: "At today's meeting the board raised", "In March Quillon sold".
_FRONTED = re.compile(
    r"(?:At|In|On|By|For|From|After|Before)\s(?!(?:the|an?)\s[A-Z]|terms\b|order\b|addition\b|case\b)(?:[^\s,]+\s){1,5}?"
    r"(?:the|an?|its|their|our|his|her|[A-Z]\w+)\s(?!of\b)"
)
_FINITE_VERBS = (
    r"\b(?:is|are|was|were|has|have|had|will|would|can|could|may|might|must|do|does|did|should|shall|cannot)\b"
    r"|[a-z](?:n['’]t|['’](?:re|ve|ll|d))\b|\b(?:it|that|he|she|there|what|who|here|where)['’]s\b|"
    r"['’]s (?:been|going|gonna|got|not)\b|\b"
    rf"[a-z]{{2,}}ed\b|\b(?:{cue_pattern('irregular_finite_verb')})\b"
)
# These are as often nouns, so they show that a sentence has a verb but not where its subject ends.
_NOUN_OR_VERB = rf"|\b(?:{cue_pattern('noun_or_verb')})\b"
_VERB = re.compile(_FINITE_VERBS + _NOUN_OR_VERB)
_DANGLING_END = re.compile(
    r"\b(?:said|says|that|who|which|whose|of|to|the|an?|and|or|is|are|was|were|in|on|at|for|with|from|by|like|than)$",
    re.IGNORECASE,
)
_OPENING_PHRASE = re.compile(rf"(?:{cue_pattern('opening_phrase')})\b[^;:]*?,\s")
_PARTICIPLE = re.compile(r"\b(?:an?|the|its|their|our|of|by|with|most|more)\s(?:[a-z]+ly\s)?[a-z]+ed\b", re.IGNORECASE)
_SENTENCE_END = re.compile(r"(?<=[a-z\d%”\"])[.!]\s+(?=[A-Z“\"$])")
_LABEL = re.compile(r"[\w ]{1,24}:\s")
_APPOSITIVE = re.compile(
    r"(?<=[\w%]), (?:the|an?|which is|that is|that['’]s|who is|who['’]s|formerly|also known as) (?!third|half)"
    r"(?![^,.;:]* (?:is|was|are|were)\b)[^,.;:]{2,40}, "
    r"(?=(?:is|was|has|had|will|would|can|fell|rose|[a-z]+(?:ed|es|s))\b)"
)
_FRAGMENT_OPENING = re.compile(
    r"(?:which|whose|whereas|will|would|has|have|had|is|are|was|were|can|could|should|may|might|does|did|think|imagine|"
    r"consider|remember|suppose|let)\b|\w{1,4}—",
    re.IGNORECASE,
)
_MIN_WORDS = 4


def strip_fillers(text: str) -> str:
    """Return the sentence without what leads in ("And so, you know, …") and trails off, ending without a full stop."""
    text = _TRAILING_FILLER.sub("", _NEWS_LABEL.sub("", text.strip()).rstrip(".,;: "))
    lead = _LEAD_IN.match(text)
    text = text[lead.end() :] if lead else text
    return text[:1].upper() + text[1:]


def shorten_at_clause(text: str, limit: int) -> str:
    """Return the longest whole opening of a cleaned sentence within `limit` characters, or "" if there is none.

    What is cut off only adds; a condition, a contrast or a denial is never lost.
    """
    if len(text) <= limit:
        return text
    for tail in reversed(list(_CLAUSE_BOUNDARY.finditer(text))):
        head = opening(text, tail.start())
        if head and len(head) <= limit:
            return head
    return ""


def opening(text: str, end: int) -> str:
    """Return a cleaned sentence up to the boundary of a clause, or "" if that is no sentence or not what it says.

    What is cut off only adds; a condition, a contrast or a denial is never lost.
    """
    head = text[:end].rstrip(" ,;—–-:")
    if _CONDITION.search(head) or _is_inside_list(head, text[end:]):
        return ""
    whole = is_complete(head) and not _DANGLING_END.search(head) and not _RESTRICTIVE.search(text[end : end + 90])
    return head if whole else ""


def _is_inside_list(head: str, rest: str) -> bool:
    """Return whether what follows a cut goes on with a list: "A, B and C"."""
    items = head.rsplit(", ", 1)
    return len(items) > 1 and _ANOTHER_ITEM.match(rest) is not None and not has_verb(items[1])


def drop_appositives(text: str) -> str:
    """Return a cleaned sentence without appositives: "Quillon, that's $QLSC, fell" becomes "Quillon fell"."""
    return _APPOSITIVE.sub(" ", text)


def first_sentence(text: str) -> str:
    """Return the first sentence of a cleaned text if it can stand alone, else the whole text."""
    for stop in _SENTENCE_END.finditer(text):
        if is_complete(text[: stop.start()]):
            return text[: stop.start()]
    return text


def main_clause(text: str) -> str:
    """Return a cleaned sentence without the phrase of time, cause or manner that opens it, or "" if none can go.

    A condition or a contrast stays.
    """
    front = _OPENING_PHRASE.match(text)
    rest = text[front.end() :] if front else ""
    return rest[:1].upper() + rest[1:] if rest and is_complete(rest) and not is_subordinate(rest) else ""


def has_verb(text: str) -> bool:
    """Return whether a piece has a finite verb."""
    return _VERB.search(_PARTICIPLE.sub("", text)) is not None


def is_subordinate(text: str) -> bool:
    """Return whether a piece opens with a word that needs another clause, such as "while"."""
    return _SUBORDINATE.match(text) is not None


def is_complete(text: str) -> bool:
    """Return whether a piece can stand as a sentence: it has a verb, and its brackets and quotes are closed."""
    if text.count("(") != text.count(")") or text.count('"') % 2 or text.count("“") != text.count("”"):
        return False
    if len(text.split()) < _MIN_WORDS or not has_verb(text):
        return False
    if _LABEL.match(text) or _FRAGMENT_OPENING.match(text):
        return False
    if not is_subordinate(text) or _FRONTED.match(text):
        return True
    return ", " in text and bool(_VERB.search(text.split(", ", 1)[1]))
