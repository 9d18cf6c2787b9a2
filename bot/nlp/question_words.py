"""Words as questions and evidence share them: stems, and which words carry no topic of their own."""

from __future__ import annotations

import re
from functools import lru_cache

from bot.nlp import tokens

_WORD = re.compile(r"[^\W_]+(?:[.'’+#&][^\W_]+)*\+*")


def tokenize(text: str) -> list[str]:
    """Return the words of a text in order, in lower case; any alphabet, and names such as C++."""
    return _WORD.findall(text.lower())


FUNCTION_WORDS = frozenset(
    tokenize(
        """
        a an the of in on at to for and or but by with from as is are was were be been being am do does did done has
        have had having will would can could should may might must shall not no nor it its it's this that these
        those there here their theirs them they he she his her hers him i you we our ours your yours my mine me us
        who whom whose which what what's when where why how if then than so such both each any all some other
        another about into onto over under after before between during while whereas regarding concerning also more
        most less own only same very just up down out off per via et let yes i'm don't didn't doesn't isn't wasn't
        won't can't aren't because though although however either neither too again ever never yet still much many
        few lot lots get got gets getting go goes going make makes made really actually maybe thing things something
        anything someone anyone ones one's
        """
    )
)
"""Words that hold a sentence together."""

QUERY_NOISE_WORDS = frozenset(
    tokenize(
        """
        article articles report reports reported reporting according suggest suggests suggested discuss discusses
        discussed discussing discussion mention mentions mentioned describe describes described describing detail
        details detailing detailed consider considers considered considering information piece pieces source sources
        feature features featured featuring cover covers covered coverage claim claims claimed individual name names
        named identify identified identifies known letter represent represents say says said saying tell tells told
        telling talk talks talked talking think thinks thought thinking believe believes believed stated stating
        indicate indicates indicated indicating imply implies implied explain explains explained answer question
        kind sort type way recently recent separate specifically associated publish published speaker speakers host
        guest guests podcast podcasts show shows episode episodes post posts conversation conversations interview
        please summarize summarise give find know wonder anybody anyone everyone predict predicts predicted
        prediction argue argues argued mean means meant happen happens happened happening compare compared
        comparison versus opinion opinions view views thoughts
        """
    )
)
"""Words that ask, attribute or summarise, and are about no topic."""

LOW_WEIGHT_WORDS = frozenset(
    tokenize(
        """
        people person time year years month months week weeks day days today yesterday company companies business
        work works working new old good bad best better big small large great first second last next long high low
        part number world life right point problem place use uses used using come came went gone take took taken
        want need look see seen like start started end ended change changed changes different major significant key
        main important focus including include included such two three four five several group team public chair
        chairman chairwoman president senator secretary doctor professor mr mrs back well around across against
        within help put keep set show run call called based due despite since until both feel felt try money hard
        easy
        """
    )
)
"""Words so common that finding one proves little."""

LOW_WEIGHT = 0.35
"""What such a word weighs."""


_IRREGULAR_VERBS = {
    form: verb
    for verb, forms in {
        "begin": "began begun",
        "bring": "brought",
        "build": "built",
        "buy": "bought",
        "choose": "chose chosen",
        "fall": "fell fallen",
        "find": "found",
        "give": "gave given",
        "grow": "grew grown",
        "hold": "held",
        "keep": "kept",
        "know": "knew known",
        "lead": "led",
        "leave": "left",
        "lose": "lost",
        "meet": "met",
        "pay": "paid",
        "rise": "rose risen",
        "run": "ran",
        "sell": "sold",
        "send": "sent",
        "spend": "spent",
        "teach": "taught",
        "win": "won",
        "write": "wrote written",
    }.items()
    for form in tokenize(forms)
}


@lru_cache(maxsize=1 << 16)
def stem_with_irregulars(word: str) -> str:
    """Return the stem of a lower-case word; "sold" and "selling" meet in "sell"."""
    return tokens.stem(_IRREGULAR_VERBS.get(word, word))


def stems(text: str) -> list[str]:
    """Return the stems of every word, in order."""
    return [stem_with_irregulars(word) for word in tokenize(text)]


def topic_stems(text: str) -> tuple[str, ...]:
    """Return the distinct stems that carry a topic, in order."""
    kept = (
        stem_with_irregulars(word)
        for word in tokenize(text)
        if word not in FUNCTION_WORDS and word not in QUERY_NOISE_WORDS
    )
    return tuple(dict.fromkeys(kept))


_LOW_WEIGHT_STEMS = frozenset(map(stem_with_irregulars, LOW_WEIGHT_WORDS))


@lru_cache(maxsize=1 << 16)
def stem_weight(stem: str) -> float:
    """Return how much finding a stem proves: figures and rare long words more than plain ones."""
    if stem in _LOW_WEIGHT_STEMS:
        return LOW_WEIGHT
    if stem[:1].isdigit():
        return 0.8
    return min(1.0, 0.4 + len(stem) / 10)
