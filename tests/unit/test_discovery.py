"""From what people paste to the feed behind it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.ingest.feeds.discovery import (
    MAX_OPML_FEEDS,
    DocumentKind,
    FeedCandidate,
    OPMLEntry,
    find_feeds,
    is_list,
    read_links,
    read_opml,
    sniff_document,
)
from bot.ingest.formats.parsed import ParseError

SHARED = Path(__file__).parents[3] / "shared/data/catalogue"
SITE = "https://harbour.example/blog/"
CHANNEL = "UCabcdefghijklmnopqrstuv"


def _named(page: str, url: str = SITE) -> list[str]:
    return [one.url for one in find_feeds(page.encode(), url) if not one.is_guess]


def test_declared_feeds_come_first_and_comments_last() -> None:
    """What a page declares is likelier than what it links to, and a feed of comments is hardly ever meant."""
    page = """<html><head><link rel="alternate" type="application/rss+xml" title="Comments" href="/comments/feed">
      <link rel="alternate" type="application/atom+xml" title="Harbour" href="atom.xml">
      <link rel="alternate" type="text/html" hreflang="de" href="/de"><link rel="stylesheet" href="/feed.css"></head>
      <body><a href="https://feeds.acme.example/harbour">Podcast</a> <a href="/rss">RSS</a> <a href="/feedback">Talk</a>
      <a href="javascript:feed()">feed</a><a href="http://[">feed</a></body></html>"""
    found = find_feeds(page.encode(), SITE)
    assert found[0] == FeedCandidate("https://harbour.example/blog/atom.xml", "Harbour")
    assert [one.url for one in found if not one.is_guess] == [
        "https://harbour.example/blog/atom.xml",
        "https://feeds.acme.example/harbour",
        "https://harbour.example/rss",
        "https://harbour.example/comments/feed",
    ]
    assert "https://harbour.example/blog/feed" in [one.url for one in found if one.is_guess]


def test_a_directory_of_podcasts() -> None:
    """The feed that stands among the data of a directory's page is found; nobody is asked for it."""
    page = '<html><script>{"feedUrl":"https:\\/\\/feeds.example\\/7?a=1\\u0026b=2"}</script></html>'
    assert _named(page, "https://podcasts.apple.com/us/podcast/x/id7") == ["https://feeds.example/7?a=1&b=2"]


@pytest.mark.parametrize(
    ("url", "page", "feed"),
    [
        (f"https://www.youtube.com/channel/{CHANNEL}", "<html></html>", f"channel_id={CHANNEL}"),
        (
            "https://youtube.com/@harbour",
            f'<html><script>"externalId":"{CHANNEL}"</script></html>',
            f"channel_id={CHANNEL}",
        ),
        ("https://www.youtube.com/playlist?list=PL7", "<html></html>", "playlist_id=PL7"),
    ],
)
def test_videos(url: str, page: str, feed: str) -> None:
    """A channel's or a playlist's address becomes that of its feed."""
    assert _named(page, url)[0] == f"https://www.youtube.com/feeds/videos.xml?{feed}"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"<?xml version='1.0'?><!-- <html> --><rss/>", DocumentKind.FEED),
        (b"<a:feed xmlns:a='http://www.w3.org/2005/Atom'/>", DocumentKind.FEED),
        (b'{"version": "https://jsonfeed.org/version/1.1", "items": []}', DocumentKind.FEED),
        ("<?xml version='1.0'?><feed>".encode("utf-16"), DocumentKind.FEED),
        (b"\xef\xbb\xbf \n<rss>", DocumentKind.FEED),
        (b"<opml version='2.0'/>", DocumentKind.OPML),
        (b"<!doctype html><title>x</title>", DocumentKind.PAGE),
        (b"WEBVTT\n", DocumentKind.TRANSCRIPT),
        (b"1\n00:00:00,100 --> 00:00:01,000\nx", DocumentKind.TRANSCRIPT),
        (b'{"version": "1.0.0", "segments": []}', DocumentKind.TRANSCRIPT),
        (b"%PDF-1.7", DocumentKind.OTHER),
        (b"", DocumentKind.OTHER),
        (b"just words", DocumentKind.OTHER),
    ],
)
def test_what_bytes_are(content: bytes, kind: DocumentKind) -> None:
    """Bytes are told apart by how they begin, whatever they are called."""
    assert sniff_document(content) is kind


def test_a_list_has_a_result_for_each_line() -> None:
    """Feeds come with their titles; what is no feed, no address or there twice says so."""
    opml = """<opml version="2.0"><body>
<outline text="Tech"><outline text="AI">
<outline type="rss" text="Harbour" xmlUrl="https://a.example/feed" htmlUrl="https://a.example"/>
</outline></outline>
<outline title="Quay" xmlurl="b.example/rss"/>
<outline text="Again" xmlUrl="https://a.example/feed"/>
<outline text="Odd" xmlUrl="javascript:alert(1)"/>
<outline text="Nothing"/>
</body></opml>"""
    assert read_opml(opml.encode()) == (
        OPMLEntry("https://a.example/feed", "Harbour"),
        OPMLEntry("https://b.example/rss", "Quay"),
        OPMLEntry("https://a.example/feed", "Again", reason="is listed twice"),
        OPMLEntry(title="Odd", reason="'javascript:alert(1)' is not a web address"),
        OPMLEntry(title="Nothing", reason="names no feed"),
    )
    with pytest.raises(ParseError, match="OPML"):
        read_opml(b"<rss/>")
    with pytest.raises(ParseError, match="names no feeds"):
        read_opml(b"<opml><body/></opml>")


def test_a_title_in_a_list_is_as_long_as_any() -> None:
    """One line of it, and no more than is kept of a page's title."""
    (found,) = read_opml(f'<opml><outline text="Harbour\n {"x" * 999}" xmlUrl="a.example"/></opml>'.encode())
    assert found.title == f"Harbour {'x' * 192}"


@pytest.mark.parametrize("address", ["https://u:secret@a.example/feed", "https://token@a.example/feed"])
def test_an_address_with_a_password_is_never_taken(address: str) -> None:
    """Neither from a list of links nor from OPML, however long; what is refused names the site alone."""
    reason = "an address must not hold a user or password; give them separately"
    refused = OPMLEntry(title="a.example", reason=reason)
    assert read_links(f"{address}\nhttps://b.example/".encode()) == (refused, OPMLEntry("https://b.example/"))
    assert read_opml(f'<opml><outline xmlUrl="{address}"/></opml>'.encode()) == (refused,)


def test_a_list_that_is_too_long_says_what_is_left() -> None:
    """Nothing is left out in silence."""
    outlines = "".join(f'<outline xmlUrl="https://{n}.example/"/>' for n in range(MAX_OPML_FEEDS + 7))
    found = read_opml(f"<opml><body>{outlines}</body></opml>".encode())
    assert len(found) == MAX_OPML_FEEDS + 1
    assert found[-1].reason == "7 more are listed; at most 50,000 lines are read"


def test_a_list_of_links() -> None:
    """An address a line, whatever stands around it; twice is once."""
    text = "# Shows, once at https://c.example/old\n #https://d.example/\nHarbour: https://a.example/feed\n- [Quay](https://b.example/rss)\n\nhttps://a.example/feed\n"
    assert read_links(text.encode()) == (OPMLEntry("https://a.example/feed"), OPMLEntry("https://b.example/rss"))
    with pytest.raises(ParseError, match="no web addresses"):
        read_links(b"Nine cranes.")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('<?xml version="1.0"?><opml><body/></opml>', True),
        ("# Ours\nHarbour Talk, https://a.example/feed\n\nhttps://b.example/rss\n", True),
        ("Mara: look at https://a.example/feed\nTom: I will.\n", False),
        (f"{'Mara said so. ' * 9} https://a.example/feed\n", False),
        ('{"id": "1", "url": "https://a.example/1"}\n', False),
        ("WEBVTT\n\n00:01.000 --> 00:02.000\nhttps://a.example/1\n", False),
        ("<rss><channel><link>https://a.example/feed</link></channel></rss>", False),
        ("Read this https://a.example/article\n", False),
        ("# See https://c.example/\nRead this https://a.example/article\n", False),
        (" # Ours\n- <https://a.example/feed>,\n", True),
        ("", False),
        ("\x00\x01\x02" * 99, False),
    ],
)
def test_a_list_is_nothing_but_a_list(text: str, *, expected: bool) -> None:
    """A transcript with links in it is none."""
    assert is_list(text.encode()) == expected


@pytest.mark.shared
def test_lists_that_others_export() -> None:
    """Lists from the wild are read with hardly a line that is none."""
    if not SHARED.is_dir():
        pytest.skip("the lists are not beside the project")
    for path in sorted(SHARED.glob("*.opml")):
        found = read_opml(path.read_bytes())
        assert sum(bool(one.url and not one.reason) for one in found) >= len(found) * 0.9 > 0, path.name
