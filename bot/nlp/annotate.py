"""The sentences of a conversation with all that is known of them, each thing worked out once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

from bot.domain import Conversation, Entity, Figure, Modality, Origin, Turn
from bot.nlp.attribution import Attribution, find_attribution
from bot.nlp.entities import build_gazetteer
from bot.nlp.gazetteer import Gazetteer, NameMatch, Tokens, default_gazetteer
from bot.nlp.quantities import find_figures
from bot.nlp.sentences import sentence_spans, shorten_at_clause, spoken_spans
from bot.nlp.tokens import content_stems

_LONG_SENTENCE_WORDS, _MAX_SHORTENED_CHARS = 40, 230
_LIKELY = 0.5


class SentenceScores(NamedTuple):
    """What the heads of `bot.nlp.model` make of a sentence; a probability each, unless it says otherwise.

    `claim` is that it says something checkable which a reader of a brief or a page could want; `importance` how much,
    from 0 to 3, as readers rate it. From `question` on, they are kinds of sentences that claim nothing.
    """

    claim: float = 0.0
    importance: float = 0.0
    needs_context: float = 0.0
    old_news: float = 0.0
    modality: Modality = Modality.ASSERTED
    question: float = 0.0
    hypothetical: float = 0.0
    joke: float = 0.0
    small_talk: float = 0.0
    fragment: float = 0.0
    biography: float = 0.0


_UNJUDGED = SentenceScores()


@dataclass
class AnnotatedSentence:
    """A sentence, or another span, of a turn: `turn_text[start:end]`.

    What takes time and isn't asked of every sentence is worked out when it is first asked for. The heads set what they
    make of it once all sentences are there.
    """

    turn: int
    turn_text: str
    start: int
    end: int
    names: Sequence[NameMatch]
    scores: SentenceScores = _UNJUDGED
    is_advert: bool = False
    text: str = field(init=False)
    """Its exact words."""

    def __post_init__(self) -> None:
        self.text = self.turn_text[self.start : self.end]

    @cached_property
    def figures(self) -> tuple[Figure, ...]:
        """What it measures."""
        return find_figures(self.text)

    @cached_property
    def stems(self) -> frozenset[str]:
        """The stems of its words that carry meaning."""
        return frozenset(content_stems(self.text))

    @cached_property
    def attribution(self) -> Attribution:
        """Whose claim it is, if the speaker passes it on."""
        return find_attribution(self.text)

    @property
    def is_chat(self) -> bool:
        """Whether it asks, or is small talk or housekeeping."""
        return self.text.endswith("?") or max(self.scores.question, self.scores.small_talk) > _LIKELY

    def shortened(self) -> AnnotatedSentence:
        """Return it cut where a clause that only adds begins, if it is long; whose claim it is must stay the same."""
        if self.text.count(" ") < _LONG_SENTENCE_WORDS:
            return self
        kept = shorten_at_clause(self.text, _MAX_SHORTENED_CHARS)
        if not kept or not self.text.startswith(kept):
            return self
        names = [name for name in self.names if name.end <= len(kept)]
        short = replace(self, end=self.start + len(kept), names=names)
        return short if short.attribution == self.attribution and (short.figures or not self.figures) else self

    def names_from(self, start: int) -> list[NameMatch]:
        """Return its names with their places counted from another start in the turn."""
        by = self.start - start
        return [name._replace(start=name.start + by, end=name.end + by) for name in self.names]


def find_sentences(
    conversation: Conversation, known_entities: tuple[Entity, ...] = ()
) -> tuple[list[AnnotatedSentence], Gazetteer]:
    """Return the sentences of a conversation in order, with their names but not judged, and the names known in it.

    Headings and show notes within the turns of a transcript are left out: nobody said them.
    """
    turns = conversation.turns
    spans = [
        (index, *span)
        for index, turn in enumerate(turns)
        for span in (spoken_spans(turn.text) if turn.speaker else sentence_spans(turn.text))
    ]
    tokens = [Tokens(turns[index].text[start:end]) for index, start, end in spans]
    gazetteer = build_gazetteer(conversation, tokens, known_entities)
    sentences = [
        AnnotatedSentence(turn, turns[turn].text, start, end, gazetteer.find_in(words))
        for (turn, start, end), words in zip(spans, tokens, strict=True)
    ]
    return sentences, gazetteer


def annotate(
    conversation: Conversation, known_entities: tuple[Entity, ...] = ()
) -> tuple[list[AnnotatedSentence], Gazetteer]:
    """Return the sentences of a conversation in order, judged by the heads, and the names known in it."""
    sentences, gazetteer = find_sentences(conversation, known_entities)
    return _judge(sentences, conversation), gazetteer


def annotate_lines(lines: Sequence[str], origin: Origin) -> list[AnnotatedSentence]:
    """Return the sentences of lines out of a conversation, each line a turn; of names, only well-known ones are found.

    Nothing can be learnt from so little.
    """
    known = default_gazetteer()
    sentences = [
        AnnotatedSentence(turn, line, start, end, known.find(line[start:end]))
        for turn, line in enumerate(lines)
        for start, end in sentence_spans(line)
    ]
    said = tuple(map(Turn, lines))
    return _judge(sentences, Conversation(origin.conversation, origin.show, origin.title, origin.date, said))


def _judge(sentences: list[AnnotatedSentence], conversation: Conversation) -> list[AnnotatedSentence]:
    from bot.nlp.model.heads import load_heads  # numpy and the weights take a third of a second to load

    for sentence, (scores, is_advert) in zip(sentences, load_heads().judge(sentences, conversation), strict=True):
        sentence.scores, sentence.is_advert = scores, is_advert
    return sentences
