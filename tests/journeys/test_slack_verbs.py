"""Every verb as a slash command, in both of Slack's modes, on the sample conversations."""

from __future__ import annotations

import re

from tests.journeys.office import Office
from tests.journeys.sight import words

VERBS = [
    ("/overheard", "privacy", r"Nothing is kept about you"),
    ("/ask", "How much of the world's stacked memory did Orkdal make?", r"The Wafer Hour.*14 percent.*The Wafer Hour"),
    ("/ask", "Who won the football world cup of 1998?", r"I found no answer in"),
    ("/brief", "", r"Thu 26 Jun 2031.*every quote checked"),
    ("/brief", "1999-01-01", r"Fri 1 Jan 1999 · No new sourced claims"),
    ("/entity", "Halden", r"claims in total.*Who talks about it: .*Farid Mansour"),
    ("/claims", "stacked memory by Tomas Brandt", r"Claims · \d+ claims?.*Tomas Brandt"),
    ("/follow", "halden", r"\d+ claims in the last 7 days, about \d+ a day"),
    ("/following", "", r"You aren't following anyone yet"),
    ("/unfollow", "Halden", r"You were not following Halden"),
    ("/subscribe", "at 8am in Berlin on weekdays", r"The first arrives Fri 27 Jun, 08:00 Europe/Berlin"),
    ("/unsubscribe", "", r"had no such subscription"),
    ("/sources", "", r"9 shows, 25 conversations.*The Wafer Hour"),
    ("/sources", "add /etc", r"only be added on the machine"),
    ("/overheard", "", r"What you can do"),
    ("/overheard", "help ask", r"What you want to know"),
    ("/overheard", "subscriptions", r"No subscriptions yet"),
    ("/overheard", "status", r"25.*9"),
    ("/overheard", "subscrib", r"There is no .subscrib. here. Did you mean .subscribe"),
    ("/ask", "", r"ask. needs what you want to know"),
    ("/subscribe", "ai at 25:00", r"I don't understand `?(?:at )?25:00`? as a time; try"),
]


async def test_every_verb_answers_the_person_alone(either_office: Office) -> None:
    """Whatever is typed, the answer comes within the three seconds, and nobody else sees it."""
    office = either_office
    for name, text, expected in VERBS:
        answer = await office.command(name, text)
        assert re.search(expected, words(*answer)), (name, text, words(*answer))
        assert {page.viewer for page in answer} == {office.ann.id}
    assert office.seen(office.general, office.bob) == []
    assert all(sent.acked and sent.seconds < 1 for sent in office.slack.deliveries)
