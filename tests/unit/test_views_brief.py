"""The wording of the brief."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from bot.chat.message import Heading, Item, Sources, Stats
from bot.chat.text import unstyled
from bot.domain import PASTED, Brief, EntityKind, Mention, Modality, Signal, StatCard, Statement
from bot.views.brief import brief_view, full_brief_view
from bot.views.signal import SignalReference, receipts_view
from bot.views.statement import tell
from bot.views.wording import episode_name
from tests.pages import blocks, quotes, texts, words
from tests.snapshots.content import BRIEF, LEDGER, NORTHWIND, PRICE, QUIET, SOLD_OUT, claim


def test_a_quiet_brief_is_one_line() -> None:
    """A day without news says so once."""
    assert (
        words(brief_view(QUIET))
        == "Sat 27 Jun 2026 · robotics · Nothing new was said about robotics in 4 conversations."
    )


def test_a_brief_lists_each_conversation_it_counts() -> None:
    """By show, title and date, with its link."""
    page = brief_view(BRIEF)
    (sources,) = (block for block in blocks(page) if isinstance(block, Sources))
    assert [source.href for source in sources.items] == [origin.url for origin in BRIEF.origins]


def test_exact_words_are_quotes_and_our_own_words_are_italic() -> None:
    """Evidence and what we make of it look different."""
    page = brief_view(BRIEF)
    held = [said.quote for said in BRIEF.claims_by_id.values()]
    assert all(any(quote.words in known for known in held) for quote in quotes(page))
    ours = next(text for text in texts(page) if "buying a market" in unstyled(text))
    assert ours[0].italic
    evidence = next(span for text in texts(page) for span in text if "At Port Velos" in span.text)
    assert not evidence.italic


@pytest.mark.parametrize(
    ("told", "lead", "words_", "exact"),
    [
        ("We ship twice the code, Oskar Lind said on Open Weights.", "", "We ship twice the code", True),
        ("Oskar Lind said: “We ship twice the code.”", "", "We ship twice the code", True),
        ("Oskar Lind objects: “We ship twice the code.”", "Oskar Lind objects:", "We ship twice the code", True),
        ("It is late, Oskar Lind says on the same show.", "", "It is late.", True),
        ("We sell twice the code, Oskar Lind said.", "", "We sell twice the code.", False),
        ("Code doubled, Oskar Lind said.", "", "", False),
    ],
)
def test_words_that_are_told_exactly_are_a_quote(told: str, lead: str, words_: str, *, exact: bool) -> None:
    """A sentence around exact words becomes the quote, and what else it says stays in front."""
    said = claim("k", LEDGER, "We ship twice the code, on most days. It is late.", "Oskar Lind", NORTHWIND)
    telling = tell(Statement(told, ("k",)), [replace(said, text=f"{said.text} We sell twice the code.")])
    assert (telling.lead, telling.words, telling.exact) == (lead, words_, exact)


@pytest.mark.parametrize(
    ("headline", "left"),
    [
        ("Northwind cut the price of its Tarn boards by 40 percent on Monday", "… and nobody in the room had seen"),
        ("Mara Ilves: Northwind cut the price of its Tarn boards by 40 percent on Monday", "… and nobody in the room"),
        (PRICE.quote.removesuffix("."), ""),
        ("Nobody had seen Northwind cut the price of Tarn boards by 40 percent on Monday in that room", ""),
        ("Northwind cut its prices", PRICE.quote),
    ],
)
def test_what_a_headline_says_is_not_said_below_it(headline: str, left: str) -> None:
    """The sentence that it was made from goes on where it ends; other sentences stay if they say something else."""
    telling = tell(Statement(PRICE.quote, (PRICE.id,)), [PRICE])
    below = telling.below(headline, is_first=True)
    assert (below.words if below else "").startswith(left)
    assert bool(below) == bool(left)
    assert telling.below("Northwind cut its prices", is_first=False)
    assert not telling.below(
        "Nobody had seen Northwind cut the price of Tarn boards by 40 percent coming", is_first=False
    )
    assert telling.below(f"Mara Ilves: “{PRICE.quote}”", is_first=False) is None


def test_what_the_headline_says_is_not_said_again() -> None:
    """Below a headline in somebody's own words stands only whose they are, where and when."""
    told = (Statement(f"{PRICE.quote.removesuffix('.')}, {PRICE.speaker} said.", (PRICE.id,)),)
    signal = replace(BRIEF.signals[0], headline=PRICE.quote.removesuffix("."), said=told)
    page = words(brief_view(replace(BRIEF, signals=(signal, BRIEF.signals[1]))))
    assert PRICE.quote not in page
    assert f"{PRICE.speaker} · " in page


def test_the_lead_is_not_printed_twice() -> None:
    """The signal that gave the brief its headline is named by what it is about."""
    lead = replace(BRIEF.signals[0], entity=Mention("Halden AI", EntityKind.COMPANY))
    page = brief_view(replace(BRIEF, headline=lead.headline, signals=(lead, BRIEF.signals[1])))
    titles = [unstyled(block.title) for block in blocks(page) if isinstance(block, (Heading, Item))]
    assert titles.count(lead.headline) == 1
    assert "The lead: Halden AI" in titles


def test_the_channel_has_three_stories_and_the_thread_the_rest() -> None:
    """What the channel shows of a story isn't in the thread again, but for its headline."""
    signals = tuple(replace(BRIEF.signals[n % 3], key=f"s{n}", headline=f"News {n}") for n in range(5))
    page = brief_view(replace(BRIEF, signals=signals))
    channel, thread = words(page.first_screen), words(replace(page, groups=()))
    assert [f"News {n} " in f"{channel} " for n in range(5)] == [True, True, True, False, False]
    assert [f"News {n}" in thread for n in range(5)] == [True] * 5
    assert "2 more in the full brief" in channel
    told = BRIEF.signals[1].said[0].text
    assert told in channel
    assert told not in thread


def test_who_sees_no_thread_opens_it_with_a_button() -> None:
    """Full brief has what the thread has, under the same headline."""
    page = brief_view(BRIEF)
    assert [str(button.action) for button in page.buttons if button.label == "Full brief"] == ["full:2026-06-27/ai"]
    assert full_brief_view(BRIEF).groups[1:] == page.thread
    assert full_brief_view(QUIET) == brief_view(QUIET)


def test_that_shows_are_samples_is_said_once() -> None:
    """At the foot, not after every name."""
    origin = replace(LEDGER, show="The Ledger Hour (sample)")
    said = replace(PRICE, origin=origin)
    told = (Statement(f"Prices fell, {said.speaker} said on {origin.show}.", (said.id,)),)
    signal = Signal("s", "Prices", told, Statement(""), Statement(""), (said,))
    page = words(brief_view(Brief("", BRIEF.date, "Prices", signals=(signal,), read=4)))
    assert "(sample)" not in page
    assert "said on The Ledger Hour." in page
    assert "4 sample conversations" in page


def test_two_posts_about_one_name_are_told_apart() -> None:
    """By their number, since each is a source of its own."""
    posts = [replace(LEDGER, conversation=title, show=PASTED, title=title, url=None) for title in ("ONE", "TWO")]
    said = [replace(PRICE, id=f"c{n}", origin=post) for n, post in enumerate(posts)]
    page = brief_view(Brief("", BRIEF.date, "P", signals=(replace(BRIEF.signals[0], said=(), claims=tuple(said)),)))
    (sources,) = (block for block in blocks(page) if isinstance(block, Sources))
    assert [unstyled(source.text)[:23] for source in sources.items] == [
        "A post on Northwind, 24",
        "A post on Northwind (2)",
    ]


def test_of_a_speaker_who_goes_on_only_the_time_is_shown() -> None:
    """Unless it is meant in another way."""
    said = [replace(PRICE, id=f"k{n}", quote=f"Words of number {n}.", text="", t=60.0 * n) for n in range(3)]
    said[2] = replace(said[2], modality=Modality.OPINION)
    told = tuple(Statement(one.quote, (one.id,)) for one in said)
    last = Signal("s", "News", told, Statement(""), Statement(""), tuple(said))
    page = brief_view(replace(BRIEF, signals=(*BRIEF.signals, last)))
    bylines = [unstyled(quote.by) for quote in quotes(page) if quote.words.startswith("Words of")]
    who = "Mara Ilves{} · The Ledger Hour, “Who pays for the chips”, 24 Jun 2026 · {}"
    assert bylines == [who.format("", "0:00:00"), "0:01:00", who.format(" · opinion", "0:02:00")]


def test_a_pasted_post_is_named_after_what_it_is_about() -> None:
    """Not by its first line; a second one of the same line is no second source."""
    post = replace(LEDGER, show=PASTED, title="THIS IS ABSOLUTELY INSANE.", url=None)
    first = replace(PRICE, origin=post, speaker="Unknown speaker", claimant="Unknown speaker", t=None)
    again = replace(first, id="c9", origin=replace(post, conversation="again"))
    signal = Signal("s", "Prices", (), Statement(""), Statement(""), (first, again))
    page = brief_view(Brief("", BRIEF.date, "Prices", signals=(signal,), read=4))
    assert "INSANE" not in words(page)
    assert "A post on Northwind, 24 Jun" in words(page.first_screen)
    (sources,) = (block for block in blocks(page) if isinstance(block, Sources))
    assert [unstyled(source.text) for source in sources.items] == ["A post on Northwind, 24 Jun 2026"]


def test_our_own_wording_is_never_drawn_as_a_quote() -> None:
    """Derived words stay derived, even where they happen to be somebody's."""
    said = (Statement(PRICE.quote, (PRICE.id,), ours=True),)
    page = brief_view(replace(BRIEF, signals=(*BRIEF.signals, replace(BRIEF.signals[0], said=said))))
    assert PRICE.quote not in [quote.words for quote in quotes(page)]


@pytest.mark.parametrize("modality", [Modality.ALLEGED, Modality.FORECAST, Modality.OPINION])
def test_a_hedge_is_never_lost(modality: Modality) -> None:
    """What is alleged, forecast or opinion is marked so wherever a claim is used: in text, quote and card."""
    said = replace(PRICE, modality=modality)
    statement = Statement("Prices fell.", (said.id,), ours=True)
    signal = Signal("s", "Prices", (Statement(said.quote, (said.id,)),), statement, statement, (said,))
    card = StatCard("off", "40 percent", "", said.id)
    page = brief_view(Brief("ai", BRIEF.date, "Prices", statement, (statement,), (card,), (signal,), statement))
    assert words(page).count(f"[1, {modality}]") == 4
    assert [stat.hedge for block in blocks(page) if isinstance(block, Stats) for stat in block.items] == [modality]
    assert all(f" · {modality} · " in unstyled(quote.by) for quote in quotes(page))


def test_hearsay_in_our_words_still_names_whom_it_comes_from() -> None:
    """A told sentence that leaves the speaker or the claimant out has them named below, in the thread too."""
    signal = replace(BRIEF.signals[1], said=(Statement("Kestrel was copied 29 million times.", ("c3",)),))
    page = brief_view(replace(BRIEF, signals=(signal, *(replace(signal, key=f"s{n}") for n in range(3)))))
    assert "Priya Raman, relaying Halden AI · Open Weights, “Kestrel week”, 25 Jun" in words(page.first_screen)


def test_the_footer_says_what_was_read_and_what_was_proved() -> None:
    """Conversations read, sources that failed, statements supported; channel and thread count the same."""
    page = brief_view(replace(BRIEF, dropped=1))
    since = brief_view(replace(BRIEF, since=dt.date(2026, 6, 21)))
    assert words(since).count("38 conversations since 21 Jun · ") == 2
    assert "38 conversations · every quote checked · 2 sources could not be read" in words(page.first_screen)
    footer = "Read 38 conversations · 17 of 17 statements supported · 2 sources could not be read"
    assert words(page).endswith(f"{footer} · 1 unsupported sentence left out")
    assert "1 unsupported sentence left out" in words(page.first_screen)
    assert "16 of 17 statements supported" in words(brief_view(replace(BRIEF, supported=16)).first_screen)


def test_late_and_update_are_said() -> None:
    """A late brief says so, and so does a story that was told before."""
    page = brief_view(BRIEF, late=True)
    headings = [str(block) for block in blocks(page)]
    assert any("27 Jun 2026 · ai · late" in heading for heading in headings)
    assert any("Update: " in heading for heading in headings)


def test_receipts_of_a_button_find_their_claims_again() -> None:
    """What a Receipts button carries is read back, and names the signal's claims in the kept edition."""
    first = next(button for button in brief_view(BRIEF).buttons if button.label == "Receipts")
    place = SignalReference.parse(first.action.arg)
    assert place == SignalReference(BRIEF.date, "tarn-price", "ai")
    signal = place.signal(BRIEF)
    assert signal is not None
    assert signal.claims == (PRICE, SOLD_OUT)
    assert replace(place, key="gone").signal(BRIEF) is None


def test_a_topic_may_have_a_slash() -> None:
    """`ai/chips` is one topic."""
    place = SignalReference(BRIEF.date, "key", "ai/chips")
    assert SignalReference.parse(str(place)) == place


def test_receipts_open_under_a_long_topic() -> None:
    """A long topic shortens the key in the button, which still finds its own signal."""
    twin = replace(BRIEF.signals[1], key="tarn-price-2")
    edition = replace(BRIEF, topic="t" * 72, signals=(twin, BRIEF.signals[0]))
    last = [button for button in brief_view(edition).buttons if button.label == "Receipts"][-1]
    signal = SignalReference.parse(last.action.arg).signal(edition)
    assert signal is not None
    assert signal.claims == (PRICE, SOLD_OUT)


def test_receipts_come_newest_first_and_a_quoted_headline_once() -> None:
    """A headline in exact words is not shown above those words again."""
    newer = replace(SOLD_OUT, origin=replace(LEDGER, date=dt.date(2026, 6, 25)))
    page = receipts_view([PRICE, newer], "Northwind cuts prices")
    assert [quote.words for quote in quotes(page)] == [newer.quote, PRICE.quote]
    again = receipts_view([PRICE], PRICE.quote.removesuffix("."))
    assert [unstyled(block.title) for block in blocks(again) if isinstance(block, Heading)] == ["Receipts"]
    assert [quote.words for quote in quotes(again)] == [PRICE.quote]


def test_an_episode_is_named_by_its_title_where_that_says_more() -> None:
    """Not if the title is the show's name with a number."""
    assert episode_name(LEDGER) == "The Ledger Hour, “Who pays for the chips”"
    assert episode_name(replace(LEDGER, title="Ledger Hour 212")) == "The Ledger Hour"
    assert episode_name(replace(LEDGER, title="cranes " * 12)) == "The Ledger Hour, “" + "cranes " * 7 + "cranes…”"


def test_who_is_named_in_a_headline_is_not_named_below_it() -> None:
    """Only where and when is left to say: the show, the episode and the date."""
    told = (Statement(PRICE.quote, (PRICE.id,)),)
    signal = replace(BRIEF.signals[0], headline=f"Mara Ilves: {PRICE.quote}", said=told)
    page = brief_view(replace(BRIEF, signals=(signal, *BRIEF.signals[1:], replace(signal, key="again"))))
    notes = [unstyled(block.note) for block in blocks(page) if isinstance(block, Item)]
    assert notes[0] == "The Ledger Hour, “Who pays for the chips”, 24 Jun"
    assert notes[-1] == "The Ledger Hour, “Who pays for the chips”, 24 Jun 2026 · 0:12:32"
