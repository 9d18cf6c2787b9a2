"""Every format a conversation may come in."""

from __future__ import annotations

import asyncio
import datetime as dt
import gzip
import json
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from bot.domain import Chapter, Conversation, Person, Role, Turn
from bot.ingest.files import ImportItem, format_name, read_path
from bot.ingest.formats import FORMATS

TODAY = dt.date(2026, 6, 15)
SHARED = Path(__file__).parents[3] / "shared"


def _write(folder: Path, name: str, text: str) -> Path:
    path = folder / "harbour-talk" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def _read(path: Path) -> list[ImportItem]:
    return list(read_path(path, TODAY))


def _one(path: Path) -> Conversation:
    (found,) = _read(path)
    assert isinstance(found, Conversation)
    return found


def _turns(folder: Path, name: str, text: str) -> tuple[Turn, ...]:
    return _one(_write(folder, name, text)).turns


RECORD = {
    "id": "harbour:7",
    "show": "Harbour Talk",
    "title": "Cranes",
    "date": "2026-06-01",
    "url": "https://example.com/7",
    "lang": "en",
    "licence": "MIT",
    "people": [{"name": "Mara Quist", "role": "host"}, {"name": "Ben Odd", "role": "guest"}],
    "chapters": [{"t": 3, "title": "Hello"}],
    "turns": [
        {"speaker": "Mara Quist", "t": 1.5, "text": "Hello.\nHow many cranes?"},
        {"speaker": None, "text": "Nine."},
        {"speaker": "Speaker 0", "text": "Ten."},
    ],
}
CRANES = Conversation(
    id="harbour:7",
    show="Harbour Talk",
    title="Cranes",
    date=dt.date(2026, 6, 1),
    url="https://example.com/7",
    licence="MIT",
    people=(Person("Mara Quist", Role.HOST), Person("Ben Odd")),
    chapters=(Chapter(3.0, "Hello"),),
    turns=(Turn("Hello.\nHow many cranes?", "Mara Quist", 1.5), Turn("Nine."), Turn("Ten.")),
)


@pytest.mark.parametrize("name", ["a.jsonl", "a.ndjson", "a.json"])
def test_a_record_becomes_the_conversation_it_describes(tmp_path: Path, name: str) -> None:
    """Every field of a record arrives, and the words exactly as they stand there; a numbered voice is nobody's name."""
    assert _one(_write(tmp_path, name, json.dumps(RECORD) + "\n")) == CRANES


def test_a_packed_file_reads_like_a_plain_one(tmp_path: Path) -> None:
    """Packing with gzip changes nothing, whatever the format."""
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(json.dumps(RECORD).encode()))
    assert _one(tmp_path / "a.jsonl.gz") == CRANES


def test_a_list_of_records_is_read_one_by_one(tmp_path: Path) -> None:
    """A JSON file may hold a list; a broken record in it is named by number."""
    first, second = _read(_write(tmp_path, "a.json", json.dumps([{"id": "x"}, RECORD])))
    assert str(first).endswith("a.json, record 1: has no show")
    assert second == CRANES


def test_webvtt_voices_are_speakers(tmp_path: Path) -> None:
    """Voice tags name speakers, other tags and notes are no words, and cues of one voice make one turn."""
    assert _turns(
        tmp_path,
        "a.vtt",
        "WEBVTT - Cranes at night\n\nSTYLE\n::cue { color: red }\n\nNOTE checked\n\n"
        "intro\n00:01.000 --> 00:02.000 align:start\n<v Mara Quist>Two &amp; a half\n\n"
        "00:00:02.500 --> 00:00:04.000\n<v.loud Mara Quist>cranes <i>stand</i> still.</v>\n\n"
        "00:05.000 --> 00:06.000\n<v Speaker 2>Why?\n\n00:07.000 --> 00:08.000\nNobody said.\n",
    ) == (
        Turn("Two & a half cranes stand still.", "Mara Quist", 1.0),
        Turn("Why? Nobody said.", None, 5.0),
    )


def test_webvtt_may_carry_its_title(tmp_path: Path) -> None:
    """The words after WEBVTT are the title."""
    cue = "\n\n00:01.000 --> 00:02.000\nHello.\n"
    assert _one(_write(tmp_path, "a.vtt", "WEBVTT Cranes at night" + cue)).title == "Cranes at night"


def test_two_voices_in_one_cue_are_two_turns(tmp_path: Path) -> None:
    """A cue may hold a question and its answer."""
    assert _turns(tmp_path, "a.vtt", "WEBVTT\n\n00:01.000 --> 00:03.000\n<v Mara>Nine?\n<v Ben>Ten.\n") == (
        Turn("Nine?", "Mara", 1.0),
        Turn("Ten.", "Ben", 1.0),
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.vtt", "WEBVTT\n00:01.000 --> 00:02.000\nNine.\n00:03.000 --> 00:04.000\n<v Ben>Ten.\n"),
        ("a.vtt", "00:01.000 --> 00:02.000\nNine.\n\n00:03,000 --> 00:04,000\n<v\nBen>Ten.\n"),
        ("a.srt", "1\n00:00:01,000 --> 00:00:02,000\nNine.\n2\n00:00:03 --> 00:00:04\n<v Ben>Ten.\n"),
        ("a.srt", "00:00:01.0 --> 00:00:02.0\nNine.\n\n0:00:03,0 --> 0:00:04,0\n<v Ben>Ten.\n"),
    ],
    ids=["no blank lines", "no header", "no blank lines but numbers", "no numbers"],
)
def test_captions_may_leave_out_what_is_only_form(tmp_path: Path, name: str, text: str) -> None:
    """Headers, numbers, blank lines and milliseconds may be missing; cues and their times are found all the same."""
    assert _turns(tmp_path, name, text) == (Turn("Nine.", None, 1.0), Turn("Ten.", "Ben", 3.0))


def test_srt_names_before_a_colon_are_speakers(tmp_path: Path) -> None:
    """A name holds until the next one; a colon inside a sentence names nobody."""
    assert _turns(
        tmp_path,
        "a.srt",
        "1\n00:00:01,000 --> 00:00:02,000\nMara: We have\nnine cranes.\n\n2\n00:00:02,500 --> 00:00:04,000\n"
        "one thing: they stand.\n\n3\n00:00:05,000 --> 00:00:06,000\nBen: Do they?\n\n"
        "4\n00:00:07,000 --> 00:00:08,000\nMara: They do.\n",
    ) == (
        Turn("We have nine cranes. one thing: they stand.", "Mara", 1.0),
        Turn("Do they?", "Ben", 5.0),
        Turn("They do.", "Mara", 7.0),
    )


def test_arrows_in_captions_change_the_speaker_without_naming_one(tmp_path: Path) -> None:
    """Who speaks after two arrows is not known, and never taken to be the one before."""
    assert _turns(
        tmp_path,
        "a.srt",
        "1\n00:00:01,000 --> 00:00:02,000\n>> Nine cranes.\n\n2\n00:00:03,000 --> 00:00:04,000\n>> Ten.\n",
    ) == (Turn("Nine cranes.", None, 1.0), Turn("Ten.", None, 3.0))


def test_a_long_caption_turn_ends_with_a_sentence(tmp_path: Path) -> None:
    """After half a minute the next full stop ends a turn, so that a time link lands near the words."""
    cues = "".join(
        f"{n}\n00:{n // 6:02}:{n % 6 * 10:02},000 --> 00:{n // 6:02}:{n % 6 * 10 + 9:02},000\nCrane number {n}.\n\n"
        for n in range(1, 13)
    )
    assert [turn.t for turn in _turns(tmp_path, "a.srt", cues)] == [10.0, 40.0, 70.0, 100.0]


def test_half_a_minute_between_captions_parts_them(tmp_path: Path) -> None:
    """So that a link to the later words doesn't lead to the earlier ones."""
    pasted = "0:00\nnine cranes stand\n1:02\n1 minute, 2 seconds\nand ten fell\n1:08\n1 minute, 8 seconds\nin June\n"
    assert _turns(tmp_path, "a.txt", pasted) == (
        Turn("nine cranes stand", None, 0.0),
        Turn("and ten fell in June", None, 62.0),
    )


def test_podcasting_json_joins_the_segments_of_a_speaker(tmp_path: Path) -> None:
    """Segments may be single words; a speaker's consecutive ones are one turn, timed by the first."""
    segments = [
        {"speaker": "Mara", "startTime": 0.5, "endTime": 0.7, "body": "Nine"},
        {"speaker": "Mara", "startTime": 0.8, "endTime": 1.0, "body": "cranes."},
        {"speaker": "Unknown", "startTime": 2, "endTime": 3, "body": "Really?"},
        {"startTime": 3.5, "endTime": 4, "body": "Yes."},
    ]
    assert _turns(tmp_path, "a.json", json.dumps({"version": "1.0.0", "segments": segments})) == (
        Turn("Nine cranes.", "Mara", 0.5),
        Turn("Really? Yes.", None, 2.0),
    )


def test_podcasting_html_names_and_times_its_paragraphs(tmp_path: Path) -> None:
    """`cite` is the speaker and `time` the time of the paragraphs that follow."""
    assert _turns(
        tmp_path,
        "a.html",
        "<cite>Mara:</cite>\n<time>0:00</time>\n<p>Nine&#39;s enough.</p>\n<p>Or ten.</p>\n"
        "<cite>Ben:</cite>\n<time>1:02:03</time>\n<p>Ten.</p>",
    ) == (Turn("Nine's enough.\nOr ten.", "Mara", 0.0), Turn("Ten.", "Ben", 3723.0))


def test_a_web_page_tells_its_title_show_and_date_and_only_its_words_are_read(tmp_path: Path) -> None:
    """Scripts, styles, navigation and headings are not speech; bold names before a colon are speakers."""
    page = _one(
        _write(
            tmp_path,
            "page.html",
            '<!doctype html><html lang="en-GB"><head><title>Cranes | Harbour</title>'
            '<meta property="og:title" content="Cranes"><meta property="og:site_name" content="Harbour Talk">'
            '<meta property="article:published_time" content="2026-06-02T08:00:00Z">'
            "<style>p {}</style><script>if (a < b) {}</script></head><body><nav>Home <a>About</a></nav>"
            "<h1>Cranes</h1><p><strong>Mara:</strong> Nine <em>big</em> cranes.</p><p>They stand.</p>"
            "<p><b>Ben Odd</b>: <b>Ten.</b></p><footer>All rights</footer></body></html>",
        )
    )
    assert (page.title, page.show, page.date, page.lang) == ("Cranes", "Harbour Talk", dt.date(2026, 6, 2), "en")
    assert page.turns == (Turn("Nine big cranes.\nThey stand.", "Mara"), Turn("Ten.", "Ben Odd"))


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("<p>Nine<!-- not <b>ten</b> --> cranes.</p><!-- never closed <p>Ten.</p>", "Nine cranes."),
        ('<p title="ten > nine">Nine cranes.', "Nine cranes."),
        ("<p>Nine<svg/> <x-crane>cranes</x-crane>.</p>", "Nine cranes."),
        ("<P>Nine<BR>cranes at&nbsp;&#x24;5 &lt; &hellip; &bogus; AT&T.", "Nine\ncranes at $5 < … &bogus; AT&T."),
    ],
    ids=["comments", "brackets in values", "unknown and empty elements", "references"],
)
def test_a_page_is_read_as_browsers_read_it(tmp_path: Path, page: str, words: str) -> None:
    """Markup, however written, is no speech, and what only looks like markup stays."""
    assert "\n".join(turn.text for turn in _turns(tmp_path, "a.html", page)) == words


def test_markdown_with_bold_names(tmp_path: Path) -> None:
    """Bold labels are speakers, paragraphs without one go on, and a time begins a turn of its own."""
    assert _turns(
        tmp_path,
        "a.md",
        "# Cranes\n\n**Mara Quist:** We have [nine](https://example.com) *big* cranes. \\[laughs\\]\n\n"
        "And `one` small: the s\\*\\*\\* one.\n\n\\[12:28\\] Later, ten.\n\n**Break**: \\[16:43\\]\n\n"
        "**Ben Odd** [00:17:02]\n\n> Ten is **many**.\n\nNote: this is no name.\n",
    ) == (
        Turn("We have nine big cranes. [laughs]\nAnd one small: the s*** one.", "Mara Quist"),
        Turn("Later, ten.", "Mara Quist", 748.0),
        Turn("Ten is many.\nNote: this is no name.", "Ben Odd", 1022.0),
    )


def test_markdown_front_matter_tells_title_date_and_speakers(tmp_path: Path) -> None:
    """A header gives title, date and link, and its speakers are believed; others must recur."""
    found = _one(
        _write(
            tmp_path,
            "b.md",
            '---\ntitle: "Cranes: a history"\nspeakers:\n  - Ben Odd\ndate: 2026-05-04\nmedia: https://example.com/b\n'
            "tags: [a, b]\n---\n## Intro\n\nMara Quist (MQ): Nine cranes, and then: silence.\n\n"
            "Ben Odd: Ten.\n\nMQ: Nine.\n\nMQ: Nine!\n",
        )
    )
    assert (found.title, found.date, found.url) == ("Cranes: a history", dt.date(2026, 5, 4), "https://example.com/b")
    assert found.turns == (
        Turn("Nine cranes, and then: silence.", "Mara Quist"),
        Turn("Ten.", "Ben Odd"),
        Turn("Nine.", "Mara Quist"),
        Turn("Nine!", "Mara Quist"),
    )


@pytest.mark.parametrize(
    "header",
    [
        'description: "Nine cranes & a <b>quay</b>.<br>Links below."',
        "description: >\n  Nine cranes &amp; a quay.\n\n  Links below.\nshow: Open Bench",
        "description: |-\n  Nine cranes & a quay.\n  Links below.",
    ],
)
def test_a_header_describes_a_conversation(tmp_path: Path, header: str) -> None:
    """On its line or below it, without marks; it is no part of what was said."""
    found = _one(
        _write(tmp_path, "b.md", f"---\n{header}\ndate: 2026-05-04\n---\n**Ben Odd:** Ten.\n\n**Ben Odd:** No.\n")
    )
    assert found.description == "Nine cranes & a quay.\nLinks below."
    assert [turn.text for turn in found.turns] == ["Ten.", "No."]


def test_a_record_and_a_page_describe_a_conversation(tmp_path: Path) -> None:
    """What a JSON record, a podcast's transcript and a page say about themselves is kept, up to 4,000 characters."""
    said = {"id": "a", "show": "B", "title": "C", "date": "2026-05-04", "turns": [{"text": "Ten."}]}
    long = "Nine <i>cranes</i>. " * 900
    for fields, kept in [
        ({"description": "Ten.\nNo."}, "Ten.\nNo."),
        ({"description": None}, ""),
        ({"description": 3}, ""),
    ]:
        assert _one(_write(tmp_path, "a.jsonl", json.dumps({**said, **fields}))).description == kept
    cut = _one(_write(tmp_path, "a.jsonl", json.dumps({**said, "description": long}))).description
    assert (cut[:12], cut[-1], 3980 < len(cut) <= 4000) == ("Nine cranes.", "…", True)
    talk = {"segments": [{"body": "Ten."}], "description": "Of ten."}
    assert _one(_write(tmp_path, "b.json", json.dumps(talk))).description == "Of ten."
    page = '<meta name="description" content="Of &amp; on"><p>Ten.</p>'
    assert _one(_write(tmp_path, "c.html", page)).description == "Of & on"


def test_names_with_times_on_a_line_of_their_own(tmp_path: Path) -> None:
    """The words stand below the name; lines of one paragraph are kept apart."""
    assert _turns(
        tmp_path, "a.md", "Mara van Quist: 00:01:45\n\nLive, from the quay.\nHello.\n\nBen: 00:01:48\n\nHello.\n"
    ) == (Turn("Live, from the quay.\nHello.", "Mara van Quist", 105.0), Turn("Hello.", "Ben", 108.0))


def test_plain_text_with_names_and_times(tmp_path: Path) -> None:
    """Times may stand before or after the name, with or without brackets."""
    assert _turns(
        tmp_path,
        "a.txt",
        "[00:00:05] Mara: Nine.\nBen (00:12): Ten.\nSpeaker 1: [0:15] Both.\n[0:20] Unheard.\nMara Quist  0:31\nYes.\n",
    ) == (
        Turn("Nine.", "Mara", 5.0),
        Turn("Ten.", "Ben", 12.0),
        Turn("Both.", None, 15.0),
        Turn("Unheard.", None, 20.0),
        Turn("Yes.", "Mara Quist", 31.0),
    )


def test_plain_text_without_names_keeps_its_paragraphs(tmp_path: Path) -> None:
    """An article is a turn a paragraph, by nobody; a time of day in it is no time stamp."""
    article = "Nine cranes stood on the quay.\n\n12:30 was lunch. One fact: rain fell.\n\nThey stood.\n"
    assert _turns(tmp_path, "a.txt", article) == (
        Turn("Nine cranes stood on the quay."),
        Turn("12:30 was lunch. One fact: rain fell."),
        Turn("They stood."),
    )


def test_lines_wrapped_by_hand_are_joined_again(tmp_path: Path) -> None:
    """Where every line is short, a paragraph ends at a blank line, a list entry or a name."""
    assert _turns(
        tmp_path,
        "a.txt",
        "Mara: Nine cranes stood upon the quay that morning and none\n"
        "of them moved before the second bell had rung out.\n"
        "Ben: That is what they say, and yet I have counted ten cranes\nat least.\n",
    ) == (
        Turn(
            "Nine cranes stood upon the quay that morning and none of them moved before the second bell had rung out.",
            "Mara",
        ),
        Turn("That is what they say, and yet I have counted ten cranes at least.", "Ben"),
    )


POSTS = """\
BREAKING: Port of Hellmouth orders nine cranes.
The cranes cost $40 million and arrive in March.
"We are happy," the port said.
A DAM IN THE NORTH HAS CRACKED.
Engineers found the crack on Monday.
1. The dam is 90 metres tall
2. The crack: 4 metres
now everybody says the dam was never safe
A violinist I know sold her instrument.
The violin was made in 1740 and the violinist wept.
"""


def test_pasted_posts_are_told_apart(tmp_path: Path) -> None:
    """A headline, another topic or another hand begins a post; lists and quotes do not; nobody is a speaker."""
    found = [item for item in _read(_write(tmp_path, "a.txt", POSTS)) if isinstance(item, Conversation)]
    assert [len(post.turns) for post in found] == [3, 5, 2]
    assert {post.show for post in found} == {"Pasted posts"}
    assert {post.speakers for post in found} == {()}
    assert [post.title for post in found] == [
        "BREAKING: Port of Hellmouth orders nine cranes.",
        "A DAM IN THE NORTH HAS CRACKED.",
        "A violinist I know sold her instrument.",
    ]


def test_a_post_keeps_its_id_when_another_is_pasted_before_it(tmp_path: Path) -> None:
    """Ids of posts hang on their first lines, not on their places."""
    before = [item.id for item in _read(_write(tmp_path, "a.txt", POSTS)) if isinstance(item, Conversation)]
    added = "JUST IN: Rain.\nIt rains.\n" + POSTS
    after = [item.id for item in _read(_write(tmp_path, "a.txt", added)) if isinstance(item, Conversation)]
    assert after[1:] == before
    assert len(set(after)) == 4


def test_rules_between_posts_divide_them(tmp_path: Path) -> None:
    """In a file named after posts, a line of dashes parts two posts whatever they are about."""
    found = _read(_write(tmp_path, "posts.txt", "Nine cranes.\n---\nNine cranes again.\n"))
    assert [item.title for item in found if isinstance(item, Conversation)] == ["Nine cranes.", "Nine cranes again."]


def test_what_a_file_does_not_say_its_name_and_folder_do(tmp_path: Path) -> None:
    """The name gives date and title, the folder the show, and the id is its place, not its content."""
    path = _write(tmp_path, "2026-06-03-cranes-at-night.md", "Mara: Nine.\n\nBen: Ten.\n")
    found = _one(path)
    assert (found.show, found.title, found.date) == ("harbour talk", "Cranes at night", dt.date(2026, 6, 3))
    assert found.id == "harbour-talk/2026-06-03-cranes-at-night.md"
    path.write_text("Mara: Eleven.\n\nBen: Ten.\n")
    assert _one(path).id == found.id
    assert _one(path).content_hash != found.content_hash
    assert _one(path.parent).id == found.id


def test_content_decides_where_a_name_says_nothing(tmp_path: Path) -> None:
    """Captions and pages are known by their first words."""
    assert _turns(tmp_path, "a.txt", "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Mara>Nine.\n")[0].speaker == "Mara"
    assert _turns(tmp_path, "b", "1\n00:00:01,000 --> 00:00:02,000\nNine.\n") == (Turn("Nine.", None, 1.0),)
    assert _turns(tmp_path, "c.txt", "<html><body><p>Nine.</p></body></html>") == (Turn("Nine."),)


@pytest.mark.parametrize(
    "content",
    [
        "Nine – “cranes”".encode("cp1252"),
        "Nine – “cranes”".encode("utf-8-sig"),
        "Nine – “cranes”".encode("utf-16"),
        "Nine – “cranes”".encode(),
    ],
    ids=["cp1252", "utf-8 with mark", "utf-16", "utf-8"],
)
def test_common_character_sets_are_understood(tmp_path: Path, content: bytes) -> None:
    """Dashes and quotation marks arrive, whatever wrote them."""
    (tmp_path / "a.txt").write_bytes(content)
    assert _one(tmp_path / "a.txt").turns == (Turn("Nine – “cranes”"),)


def test_windows_line_ends_are_line_ends(tmp_path: Path) -> None:
    """A carriage return never becomes part of the words."""
    assert _turns(tmp_path, "a.txt", "Mara: Nine.\r\nBen: Ten.\r\n") == (Turn("Nine.", "Mara"), Turn("Ten.", "Ben"))


@pytest.mark.shared
def test_real_transcripts_name_their_speakers() -> None:
    """Each transcript of a real show is one conversation that names those who speak in it."""
    folder = SHARED / "data" / "transcripts_raw"
    if not folder.exists():
        pytest.skip(f"{folder} is absent")
    found = {path.stem: _one(path) for path in sorted(folder.glob("*.md"))}
    assert {stem: len(conversation.speakers) for stem, conversation in found.items()} == {
        "btc_bitcoin_explained_rgb": 3,
        "btc_stephan_livera_449": 2,
        "btc_tftc_matt_corallo": 2,
        "changelog_friends_100": 2,
        "changelog_news_150": 1,
        "practical_ai_290": 4,
    }


def test_a_cited_work_and_a_bold_word_are_no_speakers(tmp_path: Path) -> None:
    """In a page, a label at the start of a paragraph names somebody only where a colon or a break parts it off."""
    assert _turns(
        tmp_path,
        "a.html",
        "<p><cite>The Quay Times</cite> wrote of nine cranes.</p><p>In <cite>Ten</cite>: ten.</p>"
        "<p><b>Nine</b> stand.</p>",
    ) == (Turn("The Quay Times wrote of nine cranes."), Turn("In Ten: ten."), Turn("Nine stand."))


def test_bold_section_words_are_no_speakers(tmp_path: Path) -> None:
    """An article that sets words apart before a colon is not a transcript."""
    article = (
        "**Note:** this is old.\n\n**Pros:** nine cranes stand.\n\n**Key points:** many.\n\nThey stand.\n\n"
        "All of them.\n\nEvery day.\n\nEvery night.\n"
    )
    found = _one(_write(tmp_path, "a.md", article))
    assert found.speakers == ()
    assert found.turns[0].text == "Note: this is old."


def test_captions_that_scroll_say_each_line_once(tmp_path: Path) -> None:
    """Automatic captions show every line again while the next one grows under it."""
    assert _turns(
        tmp_path,
        "a.vtt",
        "WEBVTT\nKind: captions\n\n00:00:01.000 --> 00:00:02.000 align:start\n \n"
        "nine<00:00:01.200><c> cranes</c>\n\n00:00:02.000 --> 00:00:02.010\nnine cranes\n \n\n"
        "00:00:02.010 --> 00:00:04.000\nnine cranes\nstand<00:00:02.500><c> still</c>\n\n",
    ) == (Turn("nine cranes stand still", None, 1.0),)


def test_other_captions_may_repeat_themselves(tmp_path: Path) -> None:
    """Somebody who says a thing twice is heard twice."""
    assert _turns(tmp_path, "a.vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\nNo.\n\n00:02.000 --> 00:03.000\nNo.\n") == (
        Turn("No. No.", None, 1.0),
    )


@pytest.mark.parametrize(
    "text",
    [
        "Nine cranes.\nThey stand.\n\nNine cranes again.\nThey fell.\n",
        "Nine cranes.\n\nThey stand.\n\n\nNine cranes again.\n\nThey fell.\n",
    ],
    ids=["blocks of lines", "wide gaps"],
)
def test_blank_lines_between_posts_divide_them(tmp_path: Path, text: str) -> None:
    """Where blank lines part blocks of lines, or some gaps are wider than others, they part posts."""
    found = _read(_write(tmp_path, "posts.txt", text))
    assert [item.title for item in found if isinstance(item, Conversation)] == ["Nine cranes.", "Nine cranes again."]


LOADS = """
import datetime, pathlib, sys
from bot.ingest.files import read_path
list(read_path(pathlib.Path(sys.argv[1]), datetime.date(2026, 6, 15)))
print("lxml" in sys.modules)
"""


@pytest.mark.parametrize(("name", "loads"), [("a.html", "True"), ("a.vtt", "False"), ("a.md", "False")])
async def test_what_reads_pages_is_loaded_for_the_first_page(tmp_path: Path, name: str, loads: str) -> None:
    """A bot that never meets a page never pays for reading one."""
    path = _write(tmp_path, name, "Nine.")
    running = await asyncio.create_subprocess_exec(sys.executable, "-c", LOADS, str(path), stdout=PIPE)
    out, _ = await running.communicate()
    assert out.decode().split() == [loads]


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("a.vtt", "WEBVTT\n", "WebVTT"),
        ("a.txt", "WEBVTT\n\n00:01.000 --> 00:02.000\nNine.\n", "WebVTT"),
        ("a.txt", "1\n00:00:01,000 --> 00:00:02,000\nNine.\n", "SubRip"),
        ("a.txt", "<p>Nine.</p>", "HTML"),
        ("a.txt", '{"segments": []}', "JSON"),
        ("a.md", "<p>Nine.</p>", "Markdown"),
        ("a.jsonl", "{}", "JSON Lines"),
        ("a", "Mara: Nine.", "plain text"),
        ("a.docx", "Nine.", ""),
    ],
)
def test_a_file_says_which_format_it_is_read_as(tmp_path: Path, name: str, text: str, expected: str) -> None:
    """Its suffix decides; plain text is what its first words say."""
    assert format_name(_write(tmp_path, name, text)) == expected


def test_each_format_has_a_parser_and_marks_of_its_own() -> None:
    """No suffix or media type means two formats."""
    assert all(callable(known.parse) for known in FORMATS)
    marks = [mark for known in FORMATS for mark in (*known.suffixes, *known.media_types)]
    assert len(marks) == len(set(marks))
