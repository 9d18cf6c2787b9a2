"""The text of an item: the best there is, with the speakers that somebody names."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Mapping
from dataclasses import replace
from importlib.util import find_spec
from multiprocessing.reduction import ForkingPickler
from pathlib import Path

import pytest

from bot.domain import UNDATED, Chapter, Person, Role, Turn
from bot.domain.feed import TextKind
from bot.ingest.feeds.document import Enclosure, FeedItem, TranscriptLink
from bot.ingest.feeds.episodes import (
    RECHECK_DELAYS,
    EpisodeText,
    FetchStep,
    TranscribeStep,
    Unavailable,
    build_conversation,
    next_recheck,
    read_chapters,
    read_show_notes,
    read_transcript,
    resolve_episode,
)
from bot.ingest.formats.article import read_page
from bot.ingest.formats.parsed import ParseError

SHARED = Path(__file__).parents[3] / "shared/data"
NOON = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
PAGE = "https://harbour.example/7"
ITEM = FeedItem(
    guid="7",
    url=PAGE,
    title="Cranes with Ben Odd",
    published=NOON,
    language="en",
    content="<p>Host: Mara Quist. We count the cranes in the harbour of today.</p>",
    enclosures=(Enclosure("https://cdn.example/7.mp3", "audio/mpeg"),),
)
TALK = "".join(
    f"{n // 60:02}:{n % 60:02}:00.000 --> {n // 60:02}:{n % 60:02}:50.000\n<v {name}>{words}\n\n"
    for n, (name, words) in enumerate(
        [
            ("Mara", "Welcome to the harbour, where we count all the cranes that stand here today."),
            ("Ben Odd", "There are nine of them, and two more will be put up before the end of the year."),
            ("Mara", "This part is paid for by a company that sells shoes to all who work outside."),
            ("Ben Odd", "We were at the cranes, and at what they cost the town each year."),
        ]
    )
)
VTT = f"WEBVTT\n\n{TALK}"


def drive(item: FeedItem, web: Mapping[str, str], shows: tuple[Person, ...] = ()) -> tuple[EpisodeText, list[str]]:
    """Read an item with a web of these pages; return what came of it and what was fetched."""
    steps = resolve_episode(item, read_show_notes(item), shows)
    fetched: list[str] = []
    answer: object = None
    while True:
        try:
            want = steps.send(answer)
        except StopIteration as end:
            return end.value, fetched
        fetched.append(want.url)
        if want.url not in web:
            answer = Unavailable("answers 404", is_gone=True)
            continue
        try:
            answer = want.read(web[want.url].encode(), want.url, "", "")
        except ParseError as wrong:
            answer = Unavailable(str(wrong))


def offering(*urls: str) -> FeedItem:
    """Return the item with these transcripts."""
    return replace(ITEM, transcripts=tuple(TranscriptLink(url) for url in urls))


def test_the_notes_describe_a_talk_and_not_themselves() -> None:
    """A transcript keeps the notes as its description, without markup; notes that are the text describe nothing."""
    found, _ = drive(offering("https://a.example/7.vtt"), {"https://a.example/7.vtt": VTT})
    assert found.description == "Host: Mara Quist. We count the cranes in the harbour of today."
    talk = build_conversation(found, ITEM, id_="feed/7", show="S", feed=PAGE, first_seen=NOON, space=None)
    assert talk is not None
    assert talk.description == found.description
    assert drive(ITEM, {})[0].description == ""


def test_an_offered_transcript_comes_first() -> None:
    """What the feed offers is read, and first names become those whom the notes and the title name."""
    found, fetched = drive(offering("https://a.example/7.vtt"), {"https://a.example/7.vtt": VTT})
    assert (found.kind, found.reason, found.lang) == (TextKind.TRANSCRIPT, "", "en")
    assert {turn.speaker for turn in found.turns} == {"Mara Quist", "Ben Odd"}
    assert found.people == (Person("Mara Quist", Role.HOST), Person("Ben Odd", Role.GUEST))
    assert fetched == ["https://a.example/7.vtt"]


def test_of_several_transcripts_the_one_that_names_speakers() -> None:
    """Formats are tried in their order until one names who speaks; where none does, the first is taken."""
    bare = VTT.replace("<v Mara>", "").replace("<v Ben Odd>", "")
    urls = ("https://a.example/7.txt", "https://a.example/7.html", "https://a.example/7.vtt")
    html = "<cite>Mara:</cite><p>" + "Nine cranes stand. " * 20 + "</p><cite>Ben:</cite><p>" + "Ten. " * 20 + "</p>"
    found, fetched = drive(offering(*urls), {urls[1]: html, urls[2]: bare})
    assert fetched == [urls[2], urls[1]]
    assert {turn.speaker for turn in found.turns} == {"Mara Quist", "Ben Odd"}
    found, fetched = drive(offering(*urls), {urls[2]: bare})
    assert fetched == [urls[2], urls[1], urls[0]]
    assert (TextKind.TRANSCRIPT, {None}) == (found.kind, {turn.speaker for turn in found.turns})


def test_the_language_decides_before_the_format() -> None:
    """A transcript in another language than the item's is tried last."""
    item = replace(
        ITEM,
        transcripts=(
            TranscriptLink("https://a.example/7-es.vtt", "text/vtt", "es-MX"),
            TranscriptLink("https://a.example/7.html", "text/html", "en"),
        ),
    )
    assert drive(item, {})[1][:2] == ["https://a.example/7.html", "https://a.example/7-es.vtt"]


def test_a_transcript_linked_from_the_notes() -> None:
    """A link that is called a transcript is one, in whatever way the notes say it."""
    item = replace(ITEM, content=f'{ITEM.content}<p>Read the <a href="/t/7">full transcript</a> here.</p>')
    found, fetched = drive(item, {"https://harbour.example/t/7": VTT})
    assert (found.kind, fetched) == (TextKind.TRANSCRIPT, ["https://harbour.example/t/7"])


def test_a_transcript_on_or_behind_the_page() -> None:
    """A page that is a talk is the transcript, and one that links to it leads there."""
    said = "".join(
        f"<p><b>{name}:</b> {'We count the cranes in the harbour each day of the year. ' * 8}</p>"
        for name in ("Mara Quist", "Ben Odd", "Mara Quist", "Ben Odd")
    )
    main = f"<article><h1>Cranes</h1><p>Intro.</p>{said}</article>"
    page = f"<html><body><nav>Home</nav>{main}<footer>©</footer></body></html>"
    found, _ = drive(ITEM, {PAGE: page})
    assert (found.kind, found.turns[0].speaker) == (TextKind.TRANSCRIPT, "Mara Quist")
    assert not any("©" in turn.text or "Home" in turn.text for turn in found.turns)
    linking = '<html><body><p>Listen.</p><a href="/7/transcript.vtt">Text</a></body></html>'
    found, fetched = drive(ITEM, {PAGE: linking, f"{PAGE}/transcript.vtt": VTT})
    assert (TextKind.TRANSCRIPT, [PAGE, f"{PAGE}/transcript.vtt"]) == (found.kind, fetched)


def test_an_article_is_its_authors() -> None:
    """Where nothing was recorded, the feed's whole text is the article, or else its page; its one author speaks."""
    body = "".join(f"<p>{'The port counts its cranes every year. ' * 10}</p>" for _ in range(4))
    blog = replace(ITEM, enclosures=(), authors=("Mara Quist",), content=body)
    found, fetched = drive(blog, {})
    assert (TextKind.ARTICLE, [], {"Mara Quist"}) == (found.kind, fetched, {turn.speaker for turn in found.turns})
    page = f"<html lang='en'><body><nav><a href='/'>Home</a></nav><article>{body}</article></body></html>"
    found, _ = drive(replace(blog, content="<p>The port counts…</p>", authors=("A", "B")), {PAGE: page})
    assert (TextKind.ARTICLE, {None}) == (found.kind, {turn.speaker for turn in found.turns})


def heard(item: FeedItem, answer: object) -> EpisodeText:
    """Read an item of which nothing but its recording is there."""
    steps = resolve_episode(item, read_show_notes(item), can_transcribe=True)
    step = steps.send(None)
    while isinstance(step, FetchStep):
        step = steps.send(Unavailable("answers 404"))
    assert step == TranscribeStep("https://cdn.example/7.mp3", item.duration or 0)
    with pytest.raises(StopIteration) as end:
        steps.send(answer)
    told: EpisodeText = end.value.value
    return told


def test_a_recording_comes_before_the_notes_alone() -> None:
    """After transcripts and the page; what is heard counts, else the reason, and without leave it is left alone."""
    turns = (Turn("There are nine cranes in the harbour, and two more will be put up before the year ends."),)
    told = heard(replace(ITEM, duration=90.0), turns)
    assert (told.kind, told.turns) == (TextKind.TRANSCRIPTION, turns)
    assert "unchecked" in told.reason
    for answer, why in (
        (Unavailable("could not be heard"), "its recording could not be heard"),
        ((), "nothing is said"),
    ):
        notes = heard(ITEM, answer)
        assert notes.kind is TextKind.NOTES
        assert why in notes.reason
    assert drive(ITEM, {})[0].kind is TextKind.NOTES
    kept = build_conversation(told, ITEM, id_="a", show="Quay", feed="https://a.example/", first_seen=NOON, space=None)
    assert kept is not None
    assert kept.title == f"{ITEM.title} (machine transcription)"


def test_else_the_notes_with_the_reasons() -> None:
    """What is left are the notes: nobody says them, and why there is nothing better is told."""
    found, _ = drive(offering("https://a.example/7.vtt"), {})
    assert found.kind is TextKind.NOTES
    assert found.is_gone
    assert found.turns == (Turn("Host: Mara Quist. We count the cranes in the harbour of today."),)
    assert found.reason == (
        "the transcript at https://a.example/7.vtt answers 404; its page answers 404; there are only notes"
    )
    empty, _ = drive(FeedItem(title="Nothing"), {})
    assert (empty.turns, empty.reason) == ((), "no transcript is offered; there is no text at all")


def test_another_language_is_said() -> None:
    """What is not in English is told so: it can be searched, and nothing is claimed of it."""
    item = replace(
        ITEM, content="<p>Im Hafen stehen neun Kräne. Zwei weitere kommen im Herbst dazu, sagt die Stadt.</p>" * 2
    )
    found, _ = drive(item, {})
    assert found.lang == "de"
    assert found.reason.endswith("it is in another language (de), so it is searched but yields no claims")


def test_chapters_and_the_advertisements_among_them() -> None:
    """Chapters come from their file or from times in the notes; what is said in a sponsor's chapter is left out."""
    notes = "<p>(0:00) Hello<br>[2:00] Our sponsor<br>3:00 - The cost</p>"
    expected = (Chapter(0.0, "Hello"), Chapter(120.0, "Our sponsor"), Chapter(180.0, "The cost"))
    item = replace(offering("https://a.example/7.vtt"), content=ITEM.content + notes)
    found, _ = drive(item, {"https://a.example/7.vtt": VTT})
    assert found.chapters == expected
    assert [turn.t for turn in found.turns] == [0.0, 60.0, 180.0]
    file = (
        '{"chapters": [{"startTime": 0, "title": "All"}, {"startTime": 9, "title": "x", "toc": false}, {"title": 3}]}'
    )
    item = replace(item, chapters_url="https://a.example/7.json")
    found, _ = drive(item, {"https://a.example/7.vtt": VTT, "https://a.example/7.json": file})
    assert found.chapters == (Chapter(0.0, "All"),)


VOICES = [
    ("Speaker 1", "Hello and welcome, I'm Jane Roe, and here we count the cranes of the harbour."),
    ("Speaker 2", "Thanks. I am Iron Man in my free time, and I count the ships that come in each day."),
    ("Speaker 1", "Nine ships then, and nine cranes, which is as many as there were last year."),
    ("Speaker 3", "I'm Ben, good to be here, though I know more of ships than of any crane."),
]


@pytest.mark.parametrize("format_", ["vtt", "srt", "json", "html", "txt", "machine.srt"])
def test_voices_get_the_names_they_give_themselves(format_: str) -> None:
    """A numbered voice has a name where it says so itself, and is unknown and kept apart where it does not."""
    url = f"https://a.example/7.{format_}"
    found, _ = drive(offering(url), {url: written(format_)})
    who = [name for name, _ in itertools.groupby(turn.speaker for turn in found.turns)]
    assert who == ["Jane Roe", None, "Jane Roe", "Ben Odd"]


def written(format_: str) -> str:
    """Return the voices in a format of transcripts."""
    lines = list(enumerate(VOICES))
    match format_:
        case "vtt":
            return "WEBVTT\n\n" + "\n".join(f"00:0{n}:00.000 --> 00:0{n}:50.000\n<v {v}>{w}\n" for n, (v, w) in lines)
        case "srt":
            return "\n".join(f"{n + 1}\n00:0{n}:00,000 --> 00:0{n}:50,000\n{v}: {w}\n" for n, (v, w) in lines)
        case "machine.srt":
            cues = ((n, v.upper().replace(" ", "_0"), w) for n, (v, w) in lines)
            return "\n".join(f"{n + 1}\n00:0{n}:00,000 --> 00:0{n}:50,000\n[{v}]: {w}\n" for n, v, w in cues)
        case "json":
            parts = ",".join(f'{{"speaker": "{v}", "startTime": {n}, "body": "{w}"}}' for n, (v, w) in lines)
            return f'{{"version": "1.0.0", "segments": [{parts}]}}'
        case "html":
            return "".join(f"<cite>{v}:</cite><time>0:0{n}</time><p>{w}</p>" for n, (v, w) in lines)
        case _:
            return "\n\n".join(f"{v}: {w}" for _, (v, w) in lines)


def test_two_voices_with_one_name_have_none() -> None:
    """Where two voices say they are the same person, nobody knows which is."""
    words = "\n\n".join(
        f"Speaker {n}: I'm Jane Roe, and I count cranes in the harbour all day long." for n in (1, 2, 3)
    )
    found, _ = drive(offering("https://a.example/7.txt"), {"https://a.example/7.txt": words})
    assert {turn.speaker for turn in found.turns} == {None}


def test_a_first_name_that_could_be_two_people_stays() -> None:
    """A label is a person of the feed only where it can be no other one."""
    people = (Person("Mara Quist", Role.HOST), Person("Mara Olsen", Role.HOST))
    item = replace(offering("https://a.example/7.vtt"), people=people)
    found, _ = drive(item, {"https://a.example/7.vtt": VTT})
    assert {turn.speaker for turn in found.turns} == {"Mara", "Ben Odd"}


def test_an_episode_as_a_conversation() -> None:
    """It has the identity it was given, and the day it was first seen if it has none; an unread date is no day."""
    found, _ = drive(offering("https://a.example/7.vtt"), {"https://a.example/7.vtt": VTT})
    seen = NOON + dt.timedelta(days=9)
    facts = {"id_": "feed/1", "show": "Harbour", "feed": "https://a.example/feed", "first_seen": seen, "space": None}
    kept = build_conversation(found, ITEM, **facts)
    undated = build_conversation(found, replace(ITEM, published=None), **facts)
    assert kept is not None
    assert undated is not None
    assert ("feed/1", "Harbour", NOON.date(), PAGE) == (kept.id, kept.show, kept.date, kept.url)
    assert undated.date == seen.date()
    unread = build_conversation(found, replace(ITEM, published=None, has_unread_date=True), **facts)
    assert unread is not None
    assert unread.date == UNDATED
    assert build_conversation(replace(found, turns=()), ITEM, **facts) is None


def test_when_to_look_again() -> None:
    """A new episode of which there are only notes is looked at again, a few times; nothing else is."""
    notes, _ = drive(ITEM, {PAGE: "<html><body><p>Listen.</p></body></html>"})
    times = [next_recheck(notes, ITEM, NOON + dt.timedelta(hours=hours)) for hours in (1, 7, 30, 100)]
    assert times == [*(NOON + later for later in RECHECK_DELAYS), None]
    assert next_recheck(replace(notes, kind=TextKind.TRANSCRIPT), ITEM, NOON) is None
    assert next_recheck(replace(notes, is_gone=True), ITEM, NOON) is None


def test_a_page_nested_by_the_thousand_is_refused() -> None:
    """Elements inside each other without end would keep the reader busy for minutes; the reason is told instead."""
    with pytest.raises(ParseError, match="nested too deeply"):
        read_page(b"<html><body>" + b"<div>" * 100_000, PAGE)


def test_what_is_read_travels_between_processes() -> None:
    """Everything that a reader takes and returns can be sent to a process and back."""
    page = b"<html><body><p>Nine cranes.</p><a href='/t'>Transcript</a></body></html>"
    readers = (read_transcript, read_page, read_show_notes, resolve_episode, read_chapters)
    results = (
        read_page(page, PAGE),
        read_show_notes(ITEM),
        read_transcript(VTT.encode(), PAGE),
        ITEM,
        Unavailable("x"),
    )
    assert ForkingPickler.loads(ForkingPickler.dumps(readers)) == readers
    assert ForkingPickler.loads(ForkingPickler.dumps(results)) == results


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "speakers"),
    [
        ("feeds/podcast_namespace/transcripts_example.vtt", {"Sarah", "Gillian"}),
        ("feeds/podcast_namespace/transcripts_example.srt", {"Travis", "Sarah", "Gilon"}),
        ("feeds/podcast_namespace/transcripts_example.html", {"Travis", "Sarah", "Gilon"}),
        ("transcripts_raw/practical_ai_290.md", 4),
        ("transcripts_raw/changelog_friends_100.md", 2),
        ("transcripts_raw/changelog_news_150.md", 1),
        ("transcripts_raw/btc_stephan_livera_449.md", 2),
        ("transcripts_raw/btc_tftc_matt_corallo.md", 2),
        ("transcripts_raw/btc_bitcoin_explained_rgb.md", 3),
    ],
)
def test_real_transcripts_name_their_speakers(name: str, speakers: set[str] | int) -> None:
    """Transcripts as shows publish them are read with those who speak in them."""
    if not (SHARED / name).exists():
        pytest.skip(f"{name} is not beside the project")
    found = read_transcript((SHARED / name).read_bytes(), f"https://a.example/{name}")
    named = {turn.speaker for turn in found.turns if turn.speaker}
    assert speakers in (named, len(named))


@pytest.mark.shared
def test_a_pdf_is_read_or_refused_with_its_name() -> None:
    """With the extra its speakers are named; without it the error says what is missing."""
    path = SHARED / "transcripts_raw/fomc_presconf_20220921.pdf"
    if not path.exists():
        pytest.skip("the PDF is not beside the project")
    if find_spec("pypdf") is None:
        with pytest.raises(ParseError, match="documents"):
            read_transcript(path.read_bytes(), "https://a.example/t.pdf")
    else:
        found = read_transcript(path.read_bytes(), "https://a.example/t.pdf")
        assert len({turn.speaker for turn in found.turns if turn.speaker}) > 5
