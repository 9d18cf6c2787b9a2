"""Attribution: whose claim it is if a speaker passes on what others said, even at second hand."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from operator import itemgetter

from bot.nlp.lexicons import compile_cues, cue_pattern, word_list

_REPORTING_VERBS = cue_pattern("reporting_verb")
_NP = (
    r"(?:(?:[Tt]he|[Aa]n?|[Oo]ne|[Ss]ome|[Ss]everal|[Mm]any|[Mm]ost|[Ii]ts|[Tt]heir|[Oo]ur|[Mm]y|[Hh]is|[Hh]er|"
    r"[Tt]wo|[Tt]hree|[Aa]nother|[Ff]ormer|[Ss]enior) )?"
    r"[\w$&.'’-]+(?:(?: (?:of|at|from|for|and|&|in) (?:the )?| )[\w$&.'’-]+){0,6}?(?:, [\w '’&-]{3,50},)?"
)
_LEAD = (
    r"^(?:(?:and|so|but|now|well|yeah|also|then|you know|i mean|actually|look|okay|because|basically|again|like|"
    r"in fact|meanwhile|for example|just)[, ]+)*"
)
_SAYS_THAT = re.compile(
    rf"{_LEAD}(?:as )?(?P<who>{_NP}) (?:also |just |recently |once |even |later |actually |has |had |have |still |"
    r"now |already |publicly |openly |always |often |famously |basically |really |usually |sometimes "
    rf")*(?P<verb>{_REPORTING_VERBS})(?! (?:next|last|this|on|in|at|tomorrow|today|back|for)\b"
    r"(?!(?: \S+){0,5}? that\b))"
    r"(?P<rest>[,:]? (?:that )?.+)$",
    re.IGNORECASE | re.DOTALL,
)
_TOLD_THAT = re.compile(
    rf"{_LEAD}(?P<who>{_NP}) (?:also |just |recently |once |has |had )?(?P<verb>told|tells|informed|assured|"
    rf"reminded) (?P<whom>me|us|{_NP}) that (?P<rest>.+)$",
    re.IGNORECASE | re.DOTALL,
)
_TOLD_WITHOUT_THAT = re.compile(
    rf"{_LEAD}(?P<who>{_NP}) (?:also |just |recently )?(?:told|tells) (?P<whom>me|us|[A-Z][\w'’]+(?: "
    r"[A-Z][\w'’]+)*) (?P<rest>.+)$",
    re.DOTALL,
)
_HEARD_FROM = re.compile(
    rf"{_LEAD}I (?:just |recently )?(?:heard|learned|understand|gather|was told|hear|got) (?:it )?(?:from|by) "
    rf"(?P<who>{_NP}) that (?P<rest>.+)$",
    re.IGNORECASE | re.DOTALL,
)
_ACCORDING_TO = re.compile(
    r"\b(?:[Aa]ccording to|(?:^|(?<=[,;] ))[Pp]er(?= (?:the )?[A-Z])|[Aa]s reported by|[Aa]s (?:told|described|put|"
    r"noted|claimed) by|[Rr]eported by|[Aa]s per) (?P<who>(?:(?:the|a|an) )?[\w$&'’-]+(?:\.[\w$&'’-]+)*(?: (?!(?:is|"
    r"are|was|were|"
    r"has|have|had|will|it|they|he|she|that|there|this|who|which|said)\b)[\w$&'’-]+(?:\.[\w$&'’-]+)*){0,5}?)(?=,|"
    r"\.$|\. |\.? *$|;| \(| "
    r"that | said | in (?:a|an|its|his|her|their)\b| on (?:the )?[A-Z]| (?:is|are|was|were|has|have|had|will|it|"
    r"they|he|she|there)\b)"
)
_TRAILING_ATTRIBUTION = re.compile(
    r",? (?:as )?(?P<who>(?:the )?[A-Z][\w&.'’-]*(?: [A-Z][\w&.'’-]*){0,4}) (?:said|says|reported|reports|told "
    r"[A-Z]\w+|noted|claims|claimed|estimates|argued|wrote|put it)(?: (?:last|this|on|in|earlier) [\w "
    r"]{2,20})?[.\"”]*$"
)
_LEADING_ATTRIBUTION = re.compile(
    rf"{_LEAD}(?:as|like) (?P<who>{_NP}) (?:just |already |recently |has |once )*"
    r"(?:said|says|mentioned|noted|pointed out|reported|put it|wrote|told us|explained), (?P<rest>.+)$",
    re.IGNORECASE | re.DOTALL,
)
_QUOTES_ANOTHER = re.compile(
    rf"{_LEAD}(?P<who>{_NP}) (?:quoted|quotes|cited|cites|citing|quoting) (?P<other>{_NP}) (?:as saying|saying) "
    r"(?:that )?(?P<rest>.+)$",
    re.IGNORECASE | re.DOTALL,
)
_COLON = re.compile(r"^(?P<who>[A-Z][\w'’.-]+(?: [A-Z][\w'’.-]+){0,3}): (?P<rest>[A-Z\"“].{15,})$", re.DOTALL)
_ACCUSED = re.compile(
    rf"{_LEAD}(?P<who>{_NP}) (?:has |have |had |also |just |publicly |is |are )*(?:accused|accuses|accusing|alleged|"
    r"alleges|alleging|claims|claimed)\b",
    re.IGNORECASE,
)
_PRONOUN = re.compile(
    rf"^(?:{cue_pattern('not_a_claimant')})$|^(?:whether|in|on|at|for|with|from|to|by|of|as|after|before|until|"
    rf"during|about)\b|^(?:{cue_pattern('not_a_claimant_opening')})\b",
    re.IGNORECASE,
)
_CLAUSE_WORD = compile_cues("clause_word")
_CLAUSE = re.compile(
    r"^[,:]? ?(?:that |[\"“]|(?:(?:it|they|he|she|we|there|that)['’]|(?:the |a |an |its |their |his |her |our |some "
    r"|it |they |he |she |we |there |this |these |[A-Z\d$]|[\w'’-]+ )[^.]*?\b(?:is|are|was|were|has|have|had|will|"
    r"would|can|could|may|might|did|does|do|\w+ed|\w{2,}s|fell|rose|grew|lost|won|went|came|stays?|remains?|"
    r"\w+['’](?:ll|s|re|ve|d))\b))"
)
_ARTICLE = re.compile(r"^(?:[Tt]he|an?) (?=[A-Z])")
_FULL_STOP = re.compile(r"(?<!\.[A-Z])(?<!Inc)(?<!Corp)(?<!Co)\.$")
_SPEAKER_NOUN = re.compile(rf"\b(?:{cue_pattern('speaker_noun')})$", re.IGNORECASE)
_FULL_NAME = re.compile(r"[A-Z][\w'’-]+(?: [A-Z][\w.'’-]*)+")
_PROPER_NOUN_END = re.compile(r"(?:^|\s)[A-Z][\w&.'’-]*$")
_HEAD_NOUN_END = re.compile(r" (?:of|at|from|for|in|with|on|who|that) ")
_RELATIVE = re.compile(r"(?<!of)(?<!at)(?<!from)(?<!in)(?<!for)(?<!^) (?:the|a|an) ")
_LABELS = word_list("post_label")
_MAX_DEPTH = 3


@dataclass(frozen=True, slots=True)
class Attribution:
    """Whose claim a sentence carries, in its own words, and who passed it on before the speaker did."""

    claimant: str = ""
    relayers: tuple[str, ...] = ()


def find_attribution(sentence: str) -> Attribution:
    """Return the claimant and the relayers between them and the speaker; empty if the claim is the speaker's own."""
    chain: list[str] = []
    rest = sentence
    for _ in range(_MAX_DEPTH):
        step = _outermost_attribution(rest)
        if step is None:
            break
        names, rest = step
        chain += [name for name in names if name not in chain]
    if not chain:
        return Attribution()
    return Attribution(chain[-1], tuple(chain[:-1]))


def _outermost_attribution(words: str) -> tuple[list[str], str] | None:
    """Return who says the words, outermost first, and what they say."""
    said = set(_WORD.findall(words.lower()))
    for form in FORMS:
        if (not form.cues or not form.cues.isdisjoint(said)) and (match := form.pattern.search(words)):
            rest = form.rest(match)
            if rest is not None and (names := _named_sources(match)):
                return names, rest
    return None


def _named_sources(match: re.Match[str]) -> list[str]:
    parts = match.groupdict()
    who = _claimant_name(parts["who"])
    if not who:
        return []
    other = _claimant_name(parts.get("other") or "")
    if other:
        return [who, other]
    whom = parts.get("whom") or "me"
    outlet = _claimant_name(whom) if whom[0].isupper() or whom.startswith("the ") else ""
    return [outlet, who] if outlet else [who]


def _is_reported_speech(match: re.Match[str]) -> bool:
    """Return whether what stands behind a verb of speech is what somebody says."""
    if " that " in match["rest"][:8] or match["rest"].startswith((": ", ', "', ", “")):
        return True
    if match["verb"].startswith(("expect", "forecast", "project")) and " to " in match["rest"]:
        return True
    return _CLAUSE.match(match["rest"]) is not None


def _claimant_name(words: str) -> str:
    """Return a claimant as written, without its article before a name; empty for a pronoun or a clause."""
    first, _, aside = words.partition(",")
    apposed = _FULL_STOP.sub("", aside.strip(" ,"))
    name = (
        apposed
        if _FULL_NAME.fullmatch(apposed) and not _PROPER_NOUN_END.search(first)
        else _FULL_STOP.sub("", first.strip())
    )
    if _RELATIVE.search(name) or name.endswith("United"):
        return ""  # "the United States had" is no statement of a firm called United
    if not name or _PRONOUN.search(name) or _CLAUSE_WORD.search(name) or name.split()[0].lower() in _LABELS:
        return ""
    if not any(
        _SPEAKER_NOUN.search(part) for part in (name, _HEAD_NOUN_END.split(name)[0])
    ) and not _PROPER_NOUN_END.search(name):
        return ""
    return _ARTICLE.sub("", name).removesuffix("'s").removesuffix("’s")


@dataclass(frozen=True, slots=True)
class _Form:
    """One way to pass on what others say; no text without one of the `cues` among its words has it, if there are any.

    `rest` returns what of the text they say, None if it is nothing that somebody says.
    """

    pattern: re.Pattern[str]
    cues: frozenset[str]
    rest: Callable[[re.Match[str]], str | None] = itemgetter("rest")


def _reported_speech(match: re.Match[str]) -> str | None:
    return re.sub(r"^[,:]? (?:that )?", "", match["rest"]) if _is_reported_speech(match) else None


def _form(
    cues: str, pattern: re.Pattern[str], rest: Callable[[re.Match[str]], str | None] = itemgetter("rest")
) -> _Form:
    return _Form(pattern, frozenset(cues.split()), rest)


_WORD = re.compile("[a-z]+")
FORMS = (
    _form("saying", _QUOTES_ANOTHER),
    _form("said says mentioned noted pointed reported put wrote told explained", _LEADING_ATTRIBUTION),
    _form("heard learned understand gather told hear got", _HEARD_FROM),
    _form("told tells informed assured reminded", _TOLD_THAT),
    _form("told tells", _TOLD_WITHOUT_THAT),
    _form("according per by", _ACCORDING_TO, lambda match: match.string[match.end() :].lstrip(", ")),
    _form(
        "said says reported reports told noted claims claimed estimates argued wrote put",
        _TRAILING_ATTRIBUTION,
        lambda match: match.string[: match.start()],
    ),
    _form(" ".join(word_list("reporting_verb")), _SAYS_THAT, _reported_speech),
    _form("accused accuses accusing alleged alleges alleging claims claimed", _ACCUSED, lambda _: ""),
    _form("", _COLON),
)
"""What is tried, in this order."""


_BLOCK_QUOTE = re.compile(r"(?:^|(?<=\n))[ \t]*>[ \t]*(?=[^\s\d>]).*(?:\n[ \t]*>.*)*")
_LONG_QUOTE = re.compile(r":\s+[\"“](?P<words>[^\"“”]{80,})[\"”]")


def quoted_spans(text: str) -> list[tuple[int, int]]:
    """Return the spans of a turn that read out what somebody else wrote: block quotes, long quotes behind a colon."""
    blocks = [block.span() for block in _BLOCK_QUOTE.finditer(text)] if ">" in text else []
    return blocks + [quote.span("words") for quote in _LONG_QUOTE.finditer(text)]
