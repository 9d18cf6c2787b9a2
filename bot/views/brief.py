"""The brief: a day's edition for a topic, one screen of it in the channel and the rest in the thread."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from bot.chat.message import (
    Block,
    Callout,
    Choices,
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
from bot.chat.text import Span, Text, md, shorten, styled_text, unstyled
from bot.domain import PASTED, Brief, Claim, EntityKind, Modality, Origin, Signal, StatCard, Statement
from bot.views.signal import signal_buttons
from bot.views.statement import Telling, tell
from bot.views.wording import (
    SAMPLE,
    buttons,
    capitalised,
    claim_byline,
    deep_link,
    episode_name,
    format_date,
    format_day,
    line_view,
    modality_tag,
    pluralise,
    short_byline,
    show_name,
    source_name,
    speaker_label,
    time_link,
)

MAX_IN_CHANNEL = 3
"""How many stories the channel shows; the others are in the thread."""

LINE_LENGTH = 110
"""Characters that follow a headline in the channel: about a line there."""


def brief_view(brief: Brief, *, late: bool = False) -> Message:
    """Show an edition; a quiet one is a single line. `late` marks one that was due earlier."""
    kicker = " · ".join(part for part in (format_day(brief.date), brief.topic, "late" if late else "") if part)
    summary = f"{format_day(brief.date)}: {brief.quiet or brief.headline}"
    if brief.quiet:
        return line_view(md("**{kicker}** · {quiet}", kicker=kicker, quiet=brief.quiet), summary=summary)
    edition = _Edition(brief)
    first, others = brief.signals[:MAX_IN_CHANNEL], brief.signals[MAX_IN_CHANNEL:]
    screen = (
        edition.masthead(kicker),
        edition.cards(),
        *((edition.teaser(signal),) for signal in first),
        edition.foot(len(others)),
    )
    thread = (
        edition.argument(),
        *map(edition.rest_of, first),
        *map(edition.story, others),
        edition.sources(),
        edition.closing(),
    )
    return Message(_groups(screen), summary, _groups(thread))


def full_brief_view(brief: Brief) -> Message:
    """Show what the thread of a brief has, to somebody who sees no thread."""
    message = brief_view(brief)
    return Message((message.groups[0], *message.thread), message.summary) if message.thread else message


def _groups(parts: Iterable[Iterable[Block]]) -> tuple[Group, ...]:
    return tuple(Group(blocks) for blocks in map(tuple, parts) if blocks)


def _joined(*parts: str) -> Note:
    return Note(styled_text(" · ".join(filter(None, parts))))


def _is_named(claim: Claim, signal: Signal) -> bool:
    """Return whether the headline begins with who says it in their own name."""
    return signal.headline.startswith(f"{claim.speaker}: ") and not claim.relayers


def _voice(claim: Claim) -> tuple[str, Origin, Modality]:
    return speaker_label(claim), claim.origin, claim.modality


class _Edition:
    """Draws the parts of a brief, from top to bottom; what has been shown is not shown again."""

    def __init__(self, brief: Brief) -> None:
        self._brief = brief
        self._claims: Mapping[str, Claim] = brief.claims_by_id
        self._names = self._source_names()
        self._lines = {origin.conversation: self._source_line(origin) for origin in brief.origins}
        numbers = {line: n for n, line in enumerate(dict.fromkeys(self._lines.values()), 1)}
        self._numbers = {conversation: numbers[line] for conversation, line in self._lines.items()}
        self._shown: set[Statement] = set()

    def masthead(self, kicker: str) -> Iterator[Block]:
        """Return the headline, and the sentence that links what matters most."""
        yield Heading(self._words(self._brief.headline), styled_text(kicker))
        if self._brief.dek.text:
            yield Prose(self._sentence(self._brief.dek))

    def cards(self) -> tuple[Block, ...]:
        """Return the numbers worth a card."""
        cards = tuple(map(self._stat, self._brief.cards))
        return (Stats(cards),) if cards else ()

    def teaser(self, signal: Signal) -> Item:
        """Return a story in two lines and small print: its headline, what follows, and whose words these are."""
        claim = self._headline_claim(signal)
        mark = self._marks([claim] if claim else [])
        line = self._line(signal)
        marks = self._marks(line.claims, but=mark) if line else ()
        said = line.unnamed if line and not line.statement.ours else ()
        speakers: defaultdict[Origin, dict[str, None]] = defaultdict(dict)
        for one in (*([claim] if claim else []), *said):
            speakers[one.origin] |= {} if _is_named(one, signal) else {speaker_label(one): None}
        bylines = [short_byline([*who], origin, self._names[origin]) for origin, who in speakers.items()]
        return Item(
            (*self._title(signal), *mark),
            (*self._shortened(line), *marks) if line else (),
            signal_buttons(signal, self._brief),
            styled_text("; ".join(bylines)) if bylines else (),
        )

    def foot(self, others: int) -> Iterator[Block]:
        """Return what can be done with the brief, and what it was made from."""
        brief = self._brief
        checked = "every quote checked" if brief.supported == brief.statements else self._supported
        more = f"{others} more in the full brief" if others else ""
        yield _joined(more, self._read, checked, self._failed, self._dropped)
        if brief.note:
            yield Note(styled_text(brief.note))
        edition = f"{brief.date.isoformat()}/{brief.topic}"
        yield Choices(
            buttons(
                ("Full brief", "full", edition),
                ("Ask", "question", ""),
                ("Helpful", "helpful", f"+/{edition}"),
                ("Not helpful", "helpful", f"-/{edition}"),
            )
        )

    def argument(self) -> tuple[Block, ...]:
        """Return how the claims bear on one another."""
        if not self._brief.argument:
            return ()
        sentences = [self._sentence(part) for part in self._brief.argument]
        paragraph = [span for n, one in enumerate(sentences) for span in (*styled_text(" " if n else ""), *one)]
        return Heading(md("The argument")), Prose(tuple(paragraph))

    def rest_of(self, signal: Signal) -> tuple[Block, ...]:
        """Return what the channel left out of a story."""
        below = tuple(self._below(signal))
        return (Item(self._title(signal)), *below) if below else ()

    def story(self, signal: Signal) -> Iterator[Block]:
        """Return a story that the channel doesn't have."""
        claim = self._headline_claim(signal)
        below = tuple(self._below(signal))
        quoted = [one.id for telling in self._tellings(signal) for one in telling.claims]
        byline = self._byline(claim, named=_is_named(claim, signal)) if claim and claim.id not in quoted else ()
        yield Item(self._title(signal), (), signal_buttons(signal, self._brief), byline)
        yield from below

    def sources(self) -> tuple[Block, ...]:
        """Return the conversations that it draws on, by number; equal lines are one."""
        by_line: dict[Text, str | None] = {}
        for origin in self._brief.origins:
            by_line.setdefault(self._lines[origin.conversation], deep_link(origin))
        return Heading(md("Sources")), Sources(tuple(Source(line, href) for line, href in by_line.items()))

    def closing(self) -> Iterator[Block]:
        """Return the closing line, and what was read for it and proved."""
        if self._brief.closing.text:
            yield Prose(self._sentence(self._brief.closing))
        yield _joined(f"Read {self._read}", self._supported, self._failed, self._dropped)

    @property
    def _read(self) -> str:
        samples = all(origin.show.endswith(SAMPLE) for origin in self._brief.origins)
        count = pluralise(self._brief.read, "sample conversation" if samples else "conversation")
        since = self._brief.since
        return f"{count} since {since.day} {since:%b}" if since else count

    @property
    def _failed(self) -> str:
        return f"{pluralise(self._brief.failed, 'source')} could not be read" if self._brief.failed else ""

    @property
    def _dropped(self) -> str:
        return f"{pluralise(self._brief.dropped, 'unsupported sentence')} left out" if self._brief.dropped else ""

    @property
    def _supported(self) -> str:
        return f"{self._brief.supported} of {self._brief.statements} statements supported"

    def _title(self, signal: Signal) -> Text:
        """Return a signal's headline; the one that is the whole brief's is named after its subject instead."""
        title = self._words(signal.headline)
        if self._brief.headline.removeprefix("Update: ") == signal.headline:
            entity = signal.entity
            named = entity and entity.kind not in {EntityKind.TOPIC, EntityKind.PLACE}
            title = md("The lead: {name}", name=entity.name) if entity and named else md("The lead")
        return md("Update: {title}", title=title) if signal.update else title

    def _headline_claim(self, signal: Signal) -> Claim | None:
        """Return the claim behind a headline: the one whose words it has, or else the clearest."""
        tellings = [self._tell(statement) for statement in signal.said]
        repeated = (
            one.claims[0]
            for n, one in enumerate(tellings)
            if one.claims and one.below(signal.headline, is_first=n == 0) is not one
        )
        return next(repeated, signal.claims[0] if signal.claims else None)

    def _tell(self, statement: Statement) -> Telling:
        return tell(statement, [self._claims[key] for key in statement.claims if key in self._claims])

    def _tellings(self, signal: Signal) -> Iterator[Telling]:
        """Yield what a signal says below its headline that hasn't been shown yet."""
        for n, statement in enumerate(signal.said):
            telling = self._tell(statement).below(signal.headline, is_first=n == 0)
            if telling and statement not in self._shown:
                yield telling

    def _line(self, signal: Signal) -> Telling | None:
        """Return what follows a headline in the channel: the first statement that fits into a line, if any does."""
        tellings = [*self._tellings(signal), *(self._tell(part) for part in (signal.matters,) if part.text)]
        fitting = (one for one in tellings if len(self._line_words(one)) <= LINE_LENGTH)
        return next(fitting, tellings[0] if tellings else None)

    def _shortened(self, line: Telling) -> Text:
        """Return a line for the channel; one that is cut will be shown whole in the thread."""
        words = self._line_words(line)
        if len(words) <= LINE_LENGTH:
            self._shown.add(line.statement)
        return styled_text(shorten(words, LINE_LENGTH), italic=line.statement.ours)

    def _line_words(self, line: Telling) -> str:
        return capitalised(unstyled(self._words(line.words or line.statement.text)))

    def _below(self, signal: Signal) -> Iterator[Block]:
        last: Claim | None = None
        for telling in self._tellings(signal):
            yield from self._told(telling, last)
            last = telling.claims[0] if telling.words else None
        for name, statement in (("Why it matters", signal.matters), ("Watch", signal.watch)):
            if statement.text and statement not in self._shown:
                yield Callout(name, self._sentence(statement))

    def _told(self, telling: Telling, last: Claim | None) -> Iterator[Block]:
        """Yield a speaker's exact words as a quote; below any other sentence, name the speakers it leaves out.

        Of a speaker who has just been quoted from the same place, only the time is shown.
        """
        if telling.lead:
            yield Prose(self._words(telling.lead))
        if telling.words:
            (claim,) = telling.claims
            goes_on = last and _voice(claim) == _voice(last)
            by = time_link(claim.origin, claim.t) if goes_on else self._byline(claim)
            yield from (Quote(telling.words, by),) if telling.exact else (Prose(styled_text(telling.words)), Note(by))
            return
        unnamed = telling.unnamed
        yield Prose(self._sentence(telling.statement, [one for one in telling.claims if one not in unnamed]))
        yield from (Note(self._byline(claim)) for claim in unnamed)

    def _sentence(self, statement: Statement, claims: Sequence[Claim] | None = None) -> Text:
        """Return the sentence, our own wording in italics, with its citations: [1][2, alleged]."""
        cited = self._tell(statement).claims if claims is None else claims
        return (*self._words(statement.text, italic=statement.ours), *self._marks(cited))

    def _marks(self, claims: Sequence[Claim], but: Text = ()) -> Text:
        """Return the citations of claims, except those among `but`."""
        hedges: dict[int, list[Claim]] = {}
        for claim in claims:
            hedges.setdefault(self._numbers[claim.origin.conversation], []).append(claim)
        marks: list[Span] = []
        for number, cited in hedges.items():
            tags = dict.fromkeys(f", {tag}" for tag in map(modality_tag, cited) if tag)
            words = f"{'' if marks else ' '}[{number}{''.join(tags)}]"
            mark = styled_text(words, href=deep_link(cited[0].origin, cited[0].t))
            marks += mark if words.strip() != unstyled(but).strip() else ()
        return tuple(marks)

    def _words(self, text: str, *, italic: bool = False) -> Text:
        """Return a sentence of ours; that shows are samples is said once, at the foot."""
        for show in self._shows:
            text = text.replace(show, show_name(show))
        return styled_text(text, italic=italic)

    @cached_property
    def _shows(self) -> list[str]:
        return [show for show in dict.fromkeys(one.show for one in self._brief.origins) if show.endswith(SAMPLE)]

    def _byline(self, claim: Claim, *, named: bool = False) -> Text:
        return claim_byline(claim, self._names[claim.origin], named=named)

    def _source_names(self) -> dict[Origin, str]:
        """Return what each source is called; posts on the same name are told apart by their number."""
        names: dict[Origin, str] = {}
        titles: dict[str, list[str]] = {}
        for origin in self._brief.origins:
            name = self._post_name(origin) if origin.show == PASTED else episode_name(origin)
            known = titles.setdefault(name, [])
            if origin.show == PASTED and origin.title not in known:
                known.append(origin.title)
            number = known.index(origin.title) if known else 0
            names[origin] = f"{name} ({number + 1})" if number else name
        return names

    def _post_name(self, origin: Origin) -> str:
        """Return a pasted post's name: whom most of its claims are about."""
        names = Counter(
            mention.name
            for claim in self._claims.values()
            for mention in claim.entities
            if claim.origin == origin and mention.kind not in {EntityKind.TOPIC, EntityKind.PLACE}
        )
        return f"a post on {names.most_common(1)[0][0]}" if names else source_name(origin)

    def _source_line(self, origin: Origin) -> Text:
        if origin.show == PASTED:
            return md("**{name}**, {date}", name=capitalised(self._names[origin]), date=format_date(origin))
        show, title = show_name(origin.show), origin.title
        return md("**{show}** · {title}, {date}", show=show, title=title, date=format_date(origin))

    def _stat(self, card: StatCard) -> Stat:
        claim = self._claims.get(card.claim)
        hedges = dict.fromkeys(word for word in (card.hedge, modality_tag(claim) if claim else "") if word)
        return Stat(card.label, card.value, ", ".join(hedges))
