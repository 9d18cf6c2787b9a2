"""From a feed's items to conversations that are kept once."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.analysts.rules import RuleAnalyst
from bot.chat.request import Progress
from bot.claims.extractor import extract_claims
from bot.domain import Conversation, Person, Turn
from bot.domain.feed import ItemChange, ItemSnapshot, PendingItem, ReadOutcome, TextKind
from bot.ingest.feeds.document import Enclosure, FeedItem, TranscriptLink
from bot.ingest.feeds.episodes import build_conversation
from bot.ingest.feeds.ingester import MAX_SHINGLES, ItemPayload, make_snapshot, shingles
from bot.ingest.feeds.parser import read_feed
from bot.ingest.feeds.urls import absolute_url, canonical_recording_url, canonical_url
from bot.ingest.importer import UNKNOWN_LANGUAGE, detect_language
from bot.ingest.pipeline import Pipeline
from bot.store.store import Store
from tests.conftest import NOON
from tests.fakes import FixedClock
from tests.unit.test_episodes import drive

HOME = "https://harbour.example/feed"
ITEM = FeedItem(
    guid="7",
    url="https://harbour.example/7",
    title="Cranes & Ships",
    published=dt.datetime(2031, 6, 25, 8, tzinfo=dt.UTC),
    content="<p>Nine.</p>",
    enclosures=(Enclosure("https://cdn.example/7.mp3?token=a", "audio/mpeg", 9),),
    transcripts=(TranscriptLink("https://cdn.example/7.vtt?token=a"),),
    people=(Person("Ben Odd"),),
    duration=60.0,
)


@pytest.mark.parametrize(
    "url",
    [
        "http://harbour.example/talk",
        "https://www.harbour.example/talk/",
        "https://HARBOUR.example:443/talk?utm_source=x&fbclid=1#top",
        "https://harbour.example/talk/?ref=feed",
    ],
)
def test_addresses_of_one_page(url: str) -> None:
    """Scheme, `www.`, tracking, fragment and last slash make no other page; a query that means something does."""
    assert canonical_url(url) == "harbour.example/talk"
    assert canonical_url("https://harbour.example/talk?id=7&utm_medium=x") == "harbour.example/talk?id=7"


@pytest.mark.parametrize(
    "url",
    [
        "https://cdn.example/7.mp3?Expires=1&Signature=x",
        "http://cdn.example/7.mp3",
        "https://dts.podtrac.com/redirect.mp3/cdn.example/7.mp3?a=1",
        "https://pdst.fm/e/chrt.fm/track/ABC/op3.dev/e/https://cdn.example/7.mp3?updated=9",
    ],
)
def test_addresses_of_one_recording(url: str) -> None:
    """Counters before it and tokens after it make no other recording."""
    assert canonical_recording_url(url) == "cdn.example/7.mp3"


def test_a_recording_that_only_its_query_names() -> None:
    """Where the path names no file, the query tells recordings apart."""
    assert canonical_recording_url("https://cdn.example/play?id=7") != canonical_recording_url(
        "https://cdn.example/play?id=8"
    )


@given(st.text(max_size=60), st.sampled_from(["", "https://harbour.example/a/"]))
def test_only_web_addresses_come_out(written: str, base: str) -> None:
    """Whatever is written, what comes of it is an http(s) address or nothing."""
    found = absolute_url(written, base)
    assert found == "" or found.startswith(("http://", "https://", "HTTP"))
    assert not any(letter.isspace() or letter in '<>"' for letter in found)
    assert isinstance(canonical_url(written) + canonical_recording_url(written), str)
    assert absolute_url("", base) == absolute_url("  ", base) == ""


def snapshot(item: FeedItem) -> ItemSnapshot:
    """Return what an item of this feed is known by."""
    return make_snapshot(ItemPayload(item, "Harbour", HOME))


def item_of(payload: str) -> FeedItem:
    """Return the item that was kept."""
    return msgspec.json.decode(payload, type=ItemPayload).item


def test_rotating_tokens_change_nothing() -> None:
    """Other tokens, tracking and counters are no edit; another word, recording, transcript or person is one."""
    rotated = replace(
        ITEM,
        url="http://www.harbour.example/7/?utm_source=rss",
        enclosures=(Enclosure("https://pdst.fm/e/cdn.example/7.mp3?token=b", "audio/mpeg", 10),),
        transcripts=(TranscriptLink("https://cdn.example/7.vtt?token=b"),),
    )
    first, second = snapshot(ITEM), snapshot(rotated)
    assert (first.guid, first.page, first.recording, first.hash) == (
        second.guid,
        second.page,
        second.recording,
        second.hash,
    )
    edits: list[dict[str, object]] = [{"content": "<p>Ten.</p>"}, {"transcripts": ()}, {"people": ()}, {"title": "x"}]
    assert all(snapshot(replace(ITEM, **edit)).hash != first.hash for edit in edits)


def test_an_item_comes_back_whole() -> None:
    """What is kept of an item until it is read is all of it."""
    assert item_of(snapshot(ITEM).payload) == ITEM


def test_shingles_tell_texts_apart() -> None:
    """Nearly the same words have nearly the same shingles, others have none of them, and few words have none at all."""
    words = [f"word{n}" for n in range(3_000)]
    corrected = [("wrong" if n % 20 == 0 else word) for n, word in enumerate(words)]
    one, near = shingles([Turn(" ".join(words))]), shingles([Turn(" ".join(corrected))])
    other = shingles([Turn(" ".join(words[::-1]))])
    assert len(one) == MAX_SHINGLES
    assert len({*one} & {*near}) > MAX_SHINGLES / 2 > len({*one} & {*other})
    assert shingles([Turn("only a few words")]) == ()


@pytest.mark.parametrize(
    ("words", "declared", "expected"),
    [
        ("Nine cranes stand in the harbour of this town. " * 4, "", "en"),
        ("Neun Kräne stehen im Hafen dieser Stadt, und es werden mehr. " * 4, "en-US", "de"),
        ("港口今年增长了百分之十二。公司表示我们很高兴。明年还会再来。", "", "zh"),
        ("Neun Kräne stehen im Hafen.", "de-AT", "de"),
        ("OK, yes.", "", UNKNOWN_LANGUAGE),
        ("", "fr", "fr"),
    ],
)
def test_languages(words: str, declared: str, expected: str) -> None:
    """Plenty of words are believed before what a feed declares; few words are not."""
    assert detect_language(words, declared) == expected


def test_other_languages_are_found_and_not_claimed() -> None:
    """What is said in another language can be searched; claims are read of English alone."""
    said = Conversation("a", "b", "c", NOON.date(), (Turn("Halden cut 400 jobs in 2030.", "Ben Odd"),))
    assert extract_claims(said).claims
    strange = extract_claims(replace(said, lang="und"))
    assert strange.claims == ()
    assert strange.passages


PAGE = f"<html><body><article>{'<p>Halden cut 400 jobs in 2030, they said.</p>' * 9}</article></body></html>"
FEED = """<rss version="2.0"><channel><title>Harbour</title><item><guid>1</guid><title>Jobs</title>
  <link>https://harbour.example/1</link><pubDate>Wed, 25 Jun 2031 08:00:00 GMT</pubDate>
  <description>{}</description></item></channel></rss>"""


@pytest.mark.parametrize(
    ("shown", "steps", "kept"),
    [
        (("On jobs.", "On jobs."), [ItemChange.NEW, ItemChange.SAME], [(1, 0), (0, 0)]),
        (("On jobs.", "On all jobs."), [ItemChange.NEW, ItemChange.EDITED], [(1, 0), (0, 1)]),
    ],
)
async def test_from_a_feed_to_the_library(
    store: Store, clock: FixedClock, shown: tuple[str, ...], steps: list[ItemChange], kept: list[tuple[int, int]]
) -> None:
    """A feed's items become conversations once: what is seen again is kept as it was, and an edit revises it."""
    pipeline = Pipeline(store.library, extract_claims, clock, RuleAnalyst(), workers=0)
    for words, step, (new, revised) in zip(shown, steps, kept, strict=True):
        seen = [snapshot(item) for item in read_feed(FEED.format(words).encode(), HOME, NOON).items]
        (noted,) = await store.items.record(HOME, seen, NOON, backlog=False, space=None)
        assert noted.change is step
        waiting = await store.items.due(NOON, 9)
        told = [one for each in waiting if (one := await tell(store, each, {"https://harbour.example/1": PAGE}))]
        summary = await pipeline.import_conversations(told, ignored)
        assert (summary.new, summary.revised, summary.problems) == (new, revised, ())
    tally = await store.library.tally(space=None)
    assert (tally.conversations, tally.shows_by_date) == (1, (("Harbour", 1, dt.date(2031, 6, 25)),))
    talk = await store.library.conversation(noted.conversation, space=None)
    assert talk is not None
    assert talk.description == shown[-1]
    (place,) = await store.items.occurrences(noted.conversation, space=None)
    assert (place.kind, place.reason) == (TextKind.ARTICLE, "no transcript is offered")


async def tell(store: Store, waiting: PendingItem, web: dict[str, str]) -> Conversation | None:
    """Read one item, as whoever connects these parts does."""
    item = item_of(waiting.payload)
    found, _ = drive(item, web)
    key = await store.items.assign_conversation(waiting.item, found.kind, shingles(found.turns))
    await store.items.settle(waiting.item, ReadOutcome(found.kind, found.reason), NOON)
    if key is None:
        return None
    seen = waiting.first_seen
    return build_conversation(found, item, id_=key, show="Harbour", feed=HOME, first_seen=seen, space=waiting.space)


def ignored(_: Progress) -> None:
    """Take no notice."""
