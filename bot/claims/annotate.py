"""The sentences of a conversation with all that is known of them, each thing worked out once.

It stands in `claims` and not in `nlp` because half of what it notes is about claims: modality, attribution, filters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from bot.claims.attribution import Attribution, find_attribution
from bot.claims.checkworthiness import has_trend, is_anaphoric
from bot.claims.filters import find_adverts, is_noise
from bot.claims.modality import classify_modality
from bot.domain import Conversation, Entity, Figure, Modality
from bot.nlp.entities import build_gazetteer, match_tokens
from bot.nlp.gazetteer import Gazetteer, NameMatch
from bot.nlp.quantities import find_figures
from bot.nlp.sentences import sentence_spans, shorten_at_clause, spoken_spans

_LONG_SENTENCE_WORDS, _MAX_SHORTENED_CHARS = 40, 230


@dataclass(frozen=True)
class AnnotatedSentence:
    """A sentence, or another span, of a turn said in `year`: `turn_text[start:end]`.

    What takes time is worked out when it is first asked for, since most sentences are dropped before that. A span that
    brings the sentence before along is put forward as its `main` sentence is.
    """

    turn: int
    turn_text: str
    start: int
    end: int
    names: Sequence[NameMatch]
    year: int
    is_advert: bool = False
    main: AnnotatedSentence | None = None

    @cached_property
    def text(self) -> str:
        """Its exact words."""
        return self.turn_text[self.start : self.end]

    @cached_property
    def figures(self) -> tuple[Figure, ...]:
        """What it measures."""
        return find_figures(self.text)

    @cached_property
    def modality(self) -> Modality:
        """How it is put forward."""
        return self.main.modality if self.main else classify_modality(self.text, self.year)

    @cached_property
    def attribution(self) -> Attribution:
        """Whose claim it is, if the speaker passes it on."""
        return find_attribution(self.text)

    @cached_property
    def has_trend(self) -> bool:
        """Whether it says how a measure moved over a named time."""
        return has_trend(self.text.lower())

    @cached_property
    def is_noise(self) -> bool:
        """Whether it is a question, small talk, housekeeping or not prose."""
        return is_noise(self.text)

    @cached_property
    def is_anaphoric(self) -> bool:
        """Whether it begins by pointing back."""
        return is_anaphoric(self.text)

    def shortened(self) -> AnnotatedSentence:
        """Return it cut where a clause that only adds begins, if it is long; who says it and how must stay the same."""
        if self.text.count(" ") < _LONG_SENTENCE_WORDS:
            return self
        kept = shorten_at_clause(self.text, _MAX_SHORTENED_CHARS)
        if not kept or not self.text.startswith(kept):
            return self
        names = [name for name in self.names if name.end <= len(kept)]
        short = replace(self, end=self.start + len(kept), names=names)
        same = short.modality is self.modality and short.attribution == self.attribution
        return short if same and (short.figures or (names and not self.figures)) else self

    def with_previous(self, previous: AnnotatedSentence) -> AnnotatedSentence:
        """Return it with the sentence before, which has the name that it points back at."""
        names = [*previous.names, *self.names_from(previous.start)]
        return replace(self, start=previous.start, names=names, main=self)

    def names_from(self, start: int) -> list[NameMatch]:
        """Return its names with their places counted from another start in the turn."""
        by = self.start - start
        return [name._replace(start=name.start + by, end=name.end + by) for name in self.names]


def annotate(
    conversation: Conversation, known_entities: tuple[Entity, ...] = ()
) -> tuple[list[AnnotatedSentence], Gazetteer]:
    """Return the sentences of a conversation in order, and the names known in it.

    Headings and show notes within the turns of a transcript are left out: nobody said them.
    """
    turns = conversation.turns
    spans = [
        (index, *span)
        for index, turn in enumerate(turns)
        for span in (spoken_spans(turn.text) if turn.speaker else sentence_spans(turn.text))
    ]
    texts = [turns[index].text[start:end] for index, start, end in spans]
    tokens = [match_tokens(text) for text in texts]
    gazetteer = build_gazetteer(conversation, zip(texts, tokens, strict=True), known_entities)
    adverts = find_adverts([(index, text) for (index, _, _), text in zip(spans, texts, strict=True)])
    sentences = [
        AnnotatedSentence(
            turn, turns[turn].text, start, end, gazetteer.find(text, words), conversation.date.year, number in adverts
        )
        for number, ((turn, start, end), text, words) in enumerate(zip(spans, texts, tokens, strict=True))
    ]
    return sentences, gazetteer
