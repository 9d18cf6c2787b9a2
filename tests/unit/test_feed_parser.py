"""Feeds of every dialect, whole and broken, become the same values."""

from __future__ import annotations

import datetime as dt
import io
import json
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import Person, Role
from bot.ingest.feeds.document import Enclosure, FeedDocument, FeedItem, TranscriptLink
from bot.ingest.feeds.parser import read_feed
from bot.ingest.formats.parsed import ParseError

NOW = dt.datetime(2026, 6, 15, 12, tzinfo=dt.UTC)
HOME = "https://harbour.example/feed.xml"
SHARED = Path(__file__).parents[3] / "shared/data/feeds"

RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:atom="http://www.w3.org/2005/Atom"
  xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:podcast="https://podcastindex.org/namespace/1.0">
<channel>
  <title>Harbour &amp;amp; Sea</title><link>https://harbour.example/</link><language>en-GB</language>
  <description>Talks &lt;b&gt;by the water&lt;/b&gt;</description><ttl>90</ttl>
  <atom:link rel="next" href="/feed.xml?page=2"/><atom:link rel="self" href="/feed.xml"/>
  <itunes:new-feed-url>https://new.example/feed</itunes:new-feed-url>
  <podcast:person>Mara Quist</podcast:person>
  <item>
    <title>Cranes &amp;lt; ships</title><guid isPermaLink="false">h-7</guid><link>/7</link>
    <pubDate>Mon, 01 Jun 2026 08:30:00 +0200</pubDate>
    <description>Nine cranes.</description>
    <content:encoded><![CDATA[<p>Nine <em>cranes</em>.</p>]]></content:encoded>
    <enclosure url="https://cdn.example/7.mp3?t=1&amp;s=2" type="audio/mpeg" length="1234"/>
    <enclosure url="ftp://cdn.example/7.mp3" type="audio/mpeg"/>
    <itunes:duration>1:02:03</itunes:duration><itunes:author>Mara Quist</itunes:author>
    <podcast:transcript url="/7.vtt" type="text/vtt" language="en" rel="captions"/>
    <podcast:transcript url="/7.html" type="text/html"/>
    <podcast:chapters url="/7.json" type="application/json"/>
    <podcast:person role="guest">Ben Odd</podcast:person>
    <podcast:person role="cover art designer" group="visuals">Ada Pen</podcast:person>
  </item>
</channel></rss>"""

CRANES = FeedItem(
    guid="h-7",
    url="https://harbour.example/7",
    title="Cranes < ships",
    published=dt.datetime(2026, 6, 1, 6, 30, tzinfo=dt.UTC),
    summary="Nine cranes.",
    content="<p>Nine <em>cranes</em>.</p>",
    authors=("Mara Quist",),
    enclosures=(Enclosure("https://cdn.example/7.mp3?t=1&s=2", "audio/mpeg", 1234),),
    transcripts=(
        TranscriptLink("https://harbour.example/7.vtt", "text/vtt", "en"),
        TranscriptLink("https://harbour.example/7.html", "text/html"),
    ),
    chapters_url="https://harbour.example/7.json",
    people=(Person("Ben Odd", Role.GUEST),),
    duration=3723.0,
)

ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en" xml:base="https://harbour.example/blog/">
  <title type="text">AT&amp;T &lt;and&gt; others</title><link rel="self" href="feed"/><link href="/"/>
  <subtitle type="html">Notes &amp;mdash; daily</subtitle>
  <entry xml:base="june/">
    <id>tag:harbour.example,2026:7</id><title type="html">&lt;b&gt;Cranes&lt;/b&gt;</title>
    <link rel="enclosure" href="7.mp3" type="audio/mpeg" length="9"/>
    <link rel="alternate" type="text/html" href="7"/>
    <updated>2026-06-01T08:30:00+02:00</updated><author><name>Mara Quist</name><email>m@harbour.example</email></author>
    <summary>Nine.</summary>
    <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Nine <b>cranes</b></p></div></content>
  </entry>
</feed>"""


def _read(text: str | bytes) -> FeedDocument:
    return read_feed(text.encode() if isinstance(text, str) else text, HOME, NOW)


def _read_or_none(content: bytes) -> FeedDocument | None:
    try:
        return _read(content)
    except ParseError:
        return None


def _item(inside: str) -> FeedItem:
    (item,) = _read(f"<rss version='2.0'><channel><title>t</title><item>{inside}</item></channel></rss>").items
    return item


def test_rss_with_all_that_podcasts_add() -> None:
    """A podcast's feed is read whole: addresses are made absolute, and what is no web address is left out."""
    expected = FeedDocument(
        title="Harbour & Sea",
        link="https://harbour.example/",
        language="en-GB",
        ttl=90,
        people=(Person("Mara Quist", Role.HOST),),
        items=(CRANES,),
        moved_to="https://new.example/feed",
    )
    assert expected == _read(RSS)


@pytest.mark.parametrize(
    "namespace",
    [
        "https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/1.0.md",
        "http://podcastindex.org/namespace/1.0",
    ],
)
def test_spellings_of_the_podcast_namespace(namespace: str) -> None:
    """Feeds name the podcast vocabulary by several addresses; all of them mean it."""
    (item,) = _read(RSS.replace("https://podcastindex.org/namespace/1.0", namespace)).items
    assert item == CRANES


def test_atom_with_bases_and_its_kinds_of_text() -> None:
    """In Atom each text says what it is, and each address stands under the bases around it."""
    found = _read(ATOM)
    (item,) = found.items
    assert (found.title, found.link, found.language) == ("AT&T <and> others", "https://harbour.example/", "en")
    assert (item.title, item.url) == ("Cranes", "https://harbour.example/blog/june/7")
    assert item.enclosures == (Enclosure("https://harbour.example/blog/june/7.mp3", "audio/mpeg", 9),)
    assert item.published == item.updated == dt.datetime(2026, 6, 1, 6, 30, tzinfo=dt.UTC)
    assert "<p>Nine <b>cranes</b></p>" in item.content
    assert item.authors == ("Mara Quist",)


def test_rdf_and_the_oldest_rss() -> None:
    """In RDF the items stand beside the channel, and an item may be known by nothing but what it is about."""
    rdf = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
      xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://a.example/"><title>Sea</title></channel>
      <item rdf:about="https://a.example/1"><title>One</title><dc:date>2026-06-02</dc:date>
      <dc:creator>m@a.example (Mara Quist)</dc:creator></item></rdf:RDF>"""
    found = _read(rdf)
    (item,) = found.items
    assert found.title == "Sea"
    assert (item.guid, item.url, item.authors) == ("https://a.example/1", "https://a.example/1", ("Mara Quist",))
    assert item.published == dt.datetime(2026, 6, 2, tzinfo=dt.UTC)


def test_json_feed() -> None:
    """A JSON feed says the same in other words."""
    fields = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Sea",
        "home_page_url": "https://a.example",
        "items": [
            {
                "id": 7,
                "url": "/7",
                "title": "Cranes",
                "content_text": "1 < 2",
                "date_published": "2026-06-01T08:30:00Z",
                "authors": [{"name": "Mara Quist"}],
                "attachments": [{"url": "/7.mp3", "mime_type": "audio/mpeg", "duration_in_seconds": 60}, "nonsense"],
            },
            "nonsense",
        ],
    }
    found = _read(json.dumps(fields))
    (item,) = found.items
    assert (found.title, found.link) == ("Sea", "https://a.example")
    assert (
        item.guid,
        item.url,
        item.content,
        item.duration,
    ) == ("7", "https://harbour.example/7", "<p>1 &lt; 2</p>", 60.0)


@pytest.mark.parametrize(
    "written",
    ["Mon, 01 Jan 1900 00:00:00 GMT", "2026-06-18T00:00:00Z", "9999-12-31T23:59:59-23:59", "yesterday", "0"],
)
def test_dates_that_cannot_be(written: str) -> None:
    """A date before 1990 or more than two days ahead is none, and so is one that isn't read: neither is news."""
    item = _item(f"<pubDate>{written}</pubDate>")
    assert item.published is None
    assert item.has_unread_date
    assert not _item("<title>Nine</title>").has_unread_date


def test_dates_as_people_write_them() -> None:
    """Dates are read as mail, ISO and people write them, and come in UTC."""
    expected = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
    written = ["2026-06-01", "20260601", "1 Jun 2026 00:00 GMT", "Mon, 1 Jun 2026 02:00:00 +0200", "June 1, 2026"]
    assert [expected] * len(written) == [_item(f"<pubDate>{words}</pubDate>").published for words in written]


def test_broken_xml_is_read_as_far_as_it_goes() -> None:
    """Loose ampersands, HTML's names for letters, controls and a missing end cost nothing but themselves."""
    found = _read(
        b"\n junk <?xml version='1.0'?><rss><channel><title>Caf&eacute; &amp; M&A \x01</title><item><title>On&nbsp;e"
    )
    assert (found.title, found.items[0].title.replace("\xa0", " ")) == ("Café & M&A", "On e")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32", "cp1252", "utf-16-le", "big5"])
def test_encodings(encoding: str) -> None:
    """What a document or its first bytes say of the encoding holds."""
    letters = "港口" if encoding == "big5" else "Café"
    text = f"<?xml version='1.0' encoding='{encoding.removesuffix('-sig')}'?>"
    text += f"<rss><channel><title>{letters}</title></channel></rss>"
    assert letters == _read(text.encode(encoding)).title


def test_an_encoding_that_only_the_server_knows() -> None:
    """Where the document is silent, what the server said of its encoding is believed."""
    content = "<rss><channel><title>港口</title></channel></rss>".encode("big5")
    assert read_feed(content, HOME, NOW, charset="big5").title == "港口"


def test_entities_are_never_made(tmp_path: Path) -> None:
    """A document declares no entities of its own: neither laughs nor files come in."""
    secret = tmp_path / "secret"
    secret.write_text("secret words")
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    feed = (
        f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY l0 "ha">{laughs}<!ENTITY x SYSTEM "{secret.as_uri()}">'
        '<!ENTITY % p SYSTEM "http://127.0.0.1:9/dtd"> %p;]>'
        "<rss><channel><title>&l11;&x;!</title></channel></rss>"
    )
    title = _read(feed).title
    assert "secret" not in title
    assert len(title) < 20


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "is empty"),
        ("<!doctype html><html><head><title>x</title></head></html>", "is a web page, but not a feed"),
        ("<opml/>", "is XML, but not a feed"),
        ("{}", "is JSON, but not a feed"),
        ("{", "is not JSON"),
        ("just words", "is not XML"),
    ],
)
def test_what_is_no_feed_is_named(content: str, reason: str) -> None:
    """Anything else is refused with what it is."""
    with pytest.raises(ParseError, match=reason):
        _read(content)


@given(st.data())
def test_a_damaged_feed_never_breaks_the_reader(data: st.DataObject) -> None:
    """Whatever bytes are cut out or put in, a feed comes of it or a reason why not."""
    content = data.draw(st.sampled_from([RSS, ATOM])).encode()
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, len(content)))
    put = data.draw(
        st.binary(max_size=12) | st.sampled_from([b"<", b"&", b"]]>", b"<![CDATA[", b"<!DOCTYPE x [", b"\xff"])
    )
    found = _read_or_none(content[:start] + put + content[end:])
    assert found is None or all(item.url == "" or item.url.startswith("http") for item in found.items)


@pytest.mark.parametrize("piece", ["<", "<!DOCTYPE [", "<script ", "<a ", "&", "<!--", "<item>", "]]>", "&#0;"])
def test_what_is_made_to_be_slow_is_not(piece: str) -> None:
    """A megabyte of one piece of markup is read or refused, and the test does not hang."""
    with pytest.raises(ParseError):
        _read(piece * (1_000_000 // len(piece)))
    _read_or_none(f"<rss><channel><title>{piece * (1_000_000 // len(piece))}".encode())


@pytest.mark.shared
def test_every_feed_that_others_test_with() -> None:
    """The suites of two other feed readers, 3,000 documents of all kinds, bring no crash and hardly a blank."""
    if not SHARED.is_dir():
        pytest.skip("the feeds of other readers' tests are not beside the project")
    items = unread = 0
    for archive in ("feedparser_tests.tar.gz", "gofeed_testdata.tar.gz"):
        for content in _members(SHARED / archive):
            found = _read_or_none(content)
            items += len(found.items) if found else 0
            unread += found is None
    assert items > 1_400
    assert unread < 600


def _members(archive: Path) -> list[bytes]:
    with tarfile.open(fileobj=io.BytesIO(archive.read_bytes())) as packed:
        files = [packed.extractfile(member) for member in packed if member.name.endswith((".xml", ".json"))]
        return [file.read() for file in files if file]


@pytest.mark.shared
def test_the_podcast_namespace_by_its_own_example() -> None:
    """The example of the Podcasting 2.0 namespace gives its transcripts, chapters and people."""
    if not SHARED.is_dir():
        pytest.skip("the namespace's example is not beside the project")
    found = _read((SHARED / "podcast_namespace/example.xml").read_bytes())
    item = found.items[0]
    assert TranscriptLink("https://example.com/episode1/transcript.vtt", "text/vtt", "es") in item.transcripts
    assert item.people == (Person("Adam Curry", Role.HOST), Person("Dave Jones", Role.GUEST))
    assert item.chapters_url == "https://example.com/ep3_chapters.json"
