"""Dialogs about what people note, through the whole bot."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.chat.message import Choices, Message
from bot.chat.request import Request
from bot.domain.address import Address
from bot.domain.delivery import DeliveryState
from bot.domain.subscription import AlertFrequency, Follow
from tests.fakes import FixedClock
from tests.journeys.conftest import Visitor, visiting
from tests.journeys.office import Office
from tests.journeys.sight import labels, words
from tests.pages import blocks
from tests.pages import words as read
from tests.servers.web.pages import Page
from tests.servers.web.server import FakeWeb
from tests.shows import LOOPBACK

POST = (
    "Zanthor cut 400 jobs in Oslo on Monday, and nobody saw it coming.\n\n"
    "Zanthor said its revenue fell 9 percent to $2 billion in the spring.\n"
    "More at https://example.com/zanthor if you like."
)
STORY = (
    "Halden Compute raised its prices by 12 percent after the fire at the Torsund plant.\n"
    "Northgate sued Sablewood for $40 million over the design of its looms on Monday."
)
QUESTION = "How many jobs did Zanthor cut in Oslo?"
NOTED = "Saved Zanthor cut 400 jobs"
ARTICLE = (
    "<html><head><title>Zanthor shrinks</title></head><body><article><h1>Zanthor shrinks</h1>"
    + "<p>Zanthor cut 400 jobs in Oslo on Monday, its director said in a letter to everybody who works there.</p>" * 4
    + "</article></body></html>"
).encode()


@pytest.fixture
async def reader(sampled: Path, clock: FixedClock) -> AsyncIterator[Visitor]:
    """Return somebody at a terminal whose bot may read what this machine serves."""
    async with visiting(sampled, clock, fetch_private=LOOPBACK) as somebody:
        yield somebody


class Team:
    """People of a workspace, and what the bot answers each of them."""

    def __init__(self, visitor: Visitor) -> None:
        self.dispatcher, self.clock = visitor.app.dispatcher, visitor.clock
        self.page = Message((), "")

    async def says(
        self, verb: str, text: str, user: str = "U1", space: str = "T1", *, manages: bool = False, outside: bool = False
    ) -> str:
        """Ask for a verb and return the answer in words."""
        at = Address("slack", space, "C1")
        asked = Request(verb, {"": text}, user, at, self.clock.now(), may_manage=manages, has_outsiders=outside)
        replies = [reply async for reply in self.dispatcher(asked)]
        assert replies[-1].final
        assert isinstance(replies[-1].content, Message)
        self.page = replies[-1].content
        return read(self.page)

    @property
    def key(self) -> str:
        """What the button of the last answer forgets."""
        (choices,) = [block for block in blocks(self.page) if isinstance(block, Choices)]
        return choices.buttons[-1].action.arg


@pytest.fixture
def team(reader: Visitor) -> Team:
    """Return a team that shares the visitor's bot."""
    return Team(reader)


async def test_a_pasted_post_is_found_told_and_forgotten(reader: Visitor) -> None:
    """By a question and by its claims, as a pasted post of today; and then no more."""
    noted = await reader.says(f"note {' '.join(POST.split())}")
    assert NOTED in noted
    assert "2 claims" in noted
    assert "for 90 days" in noted
    answer = await reader.says(QUESTION)
    assert "400 jobs" in answer
    assert "A pasted post" in answer
    assert "26 Jun 2031" in answer
    assert "400 jobs" in await reader.says("claims about Zanthor")
    assert "Forgotten, along with everything" in await reader.presses(
        "Forget it", await reader.says(f"note {' '.join(POST.split())}")
    )
    assert "400 jobs" not in await reader.says(QUESTION)
    assert "400 jobs" not in await reader.says("claims about Zanthor")


async def test_a_post_has_the_author_and_the_date_that_stand_above_it(team: Team) -> None:
    """They are no part of its words, and it is no news of today."""
    noted = await team.says("note", f"Mara Ilves @mara · 12 May 2031\n{STORY}")
    assert "Saved Halden Compute raised its prices" in noted
    assert "Written on Mon 12 May 2031, as it says" in noted
    answer = await team.says("ask", "How much did Halden Compute raise its prices?")
    assert "Mara Ilves" in answer
    assert "12 May 2031" in answer
    await team.says("brief", "")
    assert "12 percent" not in read(team.page)


async def test_who_noted_it_says_when_a_post_was_written(reader: Visitor) -> None:
    """It counts as of today until they do; from then on it has that day, wherever it is shown."""
    noted = await reader.says(f"note {' '.join(POST.split())}")
    assert "so it counts as of Thu 26 Jun 2031" in noted
    assert ") Today" not in noted
    settled = await reader.presses("Yesterday", noted)
    assert "was written on Wed 25 Jun 2031" in settled
    number = settled.partition(") Another date")[0].split()[-1]
    assert "was written on Mon 12 May 2031" in await reader.says(number, "", "12 May")
    assert "12 May 2031" in await reader.says(QUESTION)
    assert "Written on Mon 12 May 2031" in await reader.says(f"note {' '.join(POST.split())}")


async def test_a_post_that_awaits_what_is_over_is_undated(team: Team) -> None:
    """And says why, until somebody gives its date: then it is told as of that day."""
    noted = await team.says("note", f"{STORY}\nSablewood expects to list on the exchange on 12 May.")
    assert "It looks forward to 12 May, which is over, so it is kept as undated" in noted
    assert "undated" in await team.says("ask", "How much did Halden Compute raise its prices?")
    await team.says("brief", "")
    assert "12 percent" not in read(team.page)
    await team.says("note", f"{STORY}\nSablewood expects to list on the exchange on 12 May.")
    assert "was written on Thu 26 Jun 2031" in await team.says("written", f"{team.key} today")


async def test_only_who_noted_it_or_who_manages_dates_it(team: Team) -> None:
    """Nobody from elsewhere, and on no day that is to come; one that is forgotten has no date."""
    await team.says("note", STORY)
    key = team.key
    assert "Only whoever saved it" in await team.says("written", f"{key} yesterday", "U2")
    assert "already forgotten" in await team.says("written", f"{key} yesterday", "U1", "T2")
    assert "was written on Wed 25 Jun 2031" in await team.says("written", f"{key} yesterday", "U2", manages=True)
    assert "It can't have been written then" in await team.says("written", f"{key} 2031-07-09")
    await team.says("unnote", key)
    assert "already forgotten" in await team.says("written", f"{key} yesterday")


async def test_a_note_is_told_in_the_brief_of_its_space(tmp_path: Path, clock: FixedClock) -> None:
    """And of no other."""
    async with visiting(tmp_path / "o.db", clock) as somebody:
        team = Team(somebody)
        await team.says("note", STORY)
        await team.says("brief", "")
        assert "12 percent" in read(team.page)
        assert "A post on Sablewood" in read(team.page)
        await team.says("brief", "", space="T2")
        assert "12 percent" not in read(team.page)


async def test_an_article_is_noted_by_its_link(reader: Visitor) -> None:
    """Under its title and its site; one that cannot be read is refused with the reason."""
    async with FakeWeb() as web:
        link = web.at("/zanthor", Page(ARTICLE, headers={"Content-Type": "text/html"}))
        assert "Saved Zanthor shrinks" in await reader.says(f"note {link}")
        asked = len(web.asked)
        assert "Already saved: Zanthor shrinks" in await reader.says(f"note <{link}>")
        assert len(web.asked) == asked
        answer = await reader.says(QUESTION)
        assert "400 jobs" in answer
        assert "127.0.0.1" in answer
        dated = ARTICLE.replace(
            b"<body>", b'<head><meta property="article:published_time" content="2031-05-12"></head><body>'
        )
        older = web.at("/older", Page(dated, headers={"Content-Type": "text/html"}))
        assert "Written on Mon 12 May 2031, as it says" in await reader.says(f"note {older}")
        assert "answers with 404" in await reader.says(f"note {web.url('/gone')}")
    assert "was not saved: it is not on the open internet" in await reader.says("note http://169.254.169.254/latest")


async def test_a_note_is_its_workspaces_alone(team: Team) -> None:
    """Nobody elsewhere finds it, and where outsiders read along nobody does, nor can note anything."""
    assert NOTED in await team.says("note", POST)
    assert "400 jobs" in await team.says("ask", QUESTION, "U2")
    for elsewhere in ("T2", "T10"):
        assert "400 jobs" not in await team.says("ask", QUESTION, space=elsewhere)
        assert "400 jobs" not in await team.says("claims", "about Zanthor", space=elsewhere)
    assert "400 jobs" not in await team.says("ask", QUESTION, outside=True)
    assert "People outside your workspace can read" in await team.says("note", POST, outside=True)
    assert NOTED in await team.says("note", POST, space="T2")


async def test_who_noted_it_or_who_manages_has_it_forgotten(team: Team) -> None:
    """Nobody else, and nobody from elsewhere, whoever they are there; the same text twice is one note."""
    await team.says("note", POST)
    key = team.key
    assert "Already saved" in await team.says("note", f"  {POST}\n", "U2")
    assert team.key == key
    assert "Only whoever saved it" in await team.says("unnote", key, "U2")
    assert "already forgotten" in await team.says("unnote", key, "U1", "T2", manages=True)
    assert "400 jobs" in await team.says("ask", QUESTION)
    assert "Forgotten, along with everything" in await team.says("unnote", key, "U2", manages=True)
    assert "already forgotten" in await team.says("unnote", key)
    await team.says("note", POST)
    assert "Forgotten, along with everything" in await team.says("unnote", key)
    assert "400 jobs" not in await team.says("ask", QUESTION)


async def test_what_a_person_noted_is_erased_with_the_rest(team: Team) -> None:
    """It is listed as theirs, and goes with its words."""
    await team.says("note", POST)
    assert "title: Zanthor cut 400 jobs" in await team.says("privacy", "export")
    assert "1 record" in await team.says("privacy", "forget yes")
    assert "400 jobs" not in await team.says("ask", QUESTION, "U2")


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("lol", "almost nothing to read"),
        ("👍 👍\n🎉", "almost nothing to read"),
        ("word " * 2_401, "at most 12,000"),
    ],
)
async def test_what_cannot_be_noted_is_answered_kindly(team: Team, text: str, answer: str) -> None:
    """One sentence that says what to do instead; nothing is kept."""
    assert answer in await team.says("note", text)
    assert "Nothing is kept about you" in await team.says("privacy", "export")


async def test_a_text_keeps_its_lines_and_nothing_of_it_acts(team: Team, reader: Visitor) -> None:
    """Each line is a turn of its own, links are words, and hidden marks are gone."""
    await team.says("note", f"**First** \u202eline, which is long enough.\r\n\n{POST}\n<!channel> ignore all of that")
    kept = await reader.app.store.library.conversation(team.key, space="slack:T1")
    assert kept is not None
    assert [turn.text for turn in kept.turns] == [
        "**First** line, which is long enough.",
        *(line for line in POST.splitlines() if line),
        "<!channel> ignore all of that",
    ]
    assert {turn.speaker for turn in kept.turns} == {None}
    assert kept.url is None


async def test_another_language_is_found_and_claims_nothing(team: Team) -> None:
    """As of any source."""
    german = "Zanthor hat am Montag in Oslo vierhundert Stellen gestrichen, und niemand hat es kommen sehen. "
    assert "no claims found, but" in await team.says("note", german * 3)


async def test_a_note_in_slack(office: Office) -> None:
    """By a command, several lines in a direct message, and with a button that forgets it; for its people alone."""
    noted = await office.command("/overheard", f"note {POST}")
    assert NOTED in words(*noted)
    assert {page.viewer for page in noted} == {office.ann.id}
    assert "400 jobs" in words(*await office.asks(QUESTION, office.bob))
    assert "Already saved" in words(*await office.asks(f"note\n{POST}"))
    office.general.is_ext_shared = True
    office.clock.advance(minutes=11)
    assert "400 jobs" not in words(*await office.command("/ask", QUESTION))
    assert "People outside your workspace" in words(*await office.command("/overheard", f"note {POST} Really."))
    again = await office.asks(f"note {POST}")
    assert "Forget it" in labels(*again)
    assert "Forgotten, along with everything" in words(*await office.pressed("Forget it", again))
    assert "400 jobs" not in words(*await office.asks(QUESTION))


async def test_where_outsiders_read_along_nothing_noted_is_posted(office: Office) -> None:
    """Neither by a brief nor by an alert, from when they can; in a direct message it is."""
    general = Address("slack", office.acme.id, office.general.id)
    everybodys = Follow(0, "Halden Compute", general, office.ann.id, AlertFrequency.INSTANT, "UTC", office.clock.now())
    await office.app.store.follows.follow(everybodys)
    await office.pressed("At once", await office.asks("follow Halden Compute"))
    await office.pressed("Subscribe", await office.command("/subscribe", "halden compute at 12:30 utc"))
    office.general.is_ext_shared = True
    office.clock.advance(minutes=11)
    assert "2 claims" in words(*await office.asks(f"note {STORY}"))
    office.clock.advance(minutes=20)
    await office.ticks()
    assert "12 percent" in words(*office.seen(office.with_ann, office.ann)[-1:])
    assert "12 percent" not in words(*office.seen(office.general, office.bob))
    deliveries = await office.app.store.outbox.deliveries(office.tenant, [DeliveryState.SENT])
    assert {one.what.split()[0] for one in deliveries if one.at.channel == office.general.id} == {"alert", "brief"}


async def test_a_note_is_forgotten_in_time(office: Office) -> None:
    """By the timetable, after as many days as are set."""
    await office.command("/overheard", f"note {POST}")
    own = "SELECT key FROM conversations WHERE space IS NOT NULL"
    assert len(looked(office, own)) == 1
    office.clock.advance(days=91)
    async with asyncio.timeout(20):
        while looked(office, own):
            await asyncio.sleep(0.05)
            office.clock.advance(seconds=1)


def looked(office: Office, sql: str) -> list[object]:
    """Return what stands in the office's database."""
    with closing(sqlite3.connect(office.database)) as database:
        return database.execute(sql).fetchall()
