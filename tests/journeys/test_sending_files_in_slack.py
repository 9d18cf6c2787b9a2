"""Dialogs about files that people send in Slack, through the whole bot."""

from __future__ import annotations

from tests.journeys.office import Office
from tests.journeys.sight import labels, words
from tests.servers.web.server import FakeWeb

CALL = (
    b"WEBVTT\n\n00:01.000 --> 00:04.000\n<v Mara Lindqvist>Zanthor cut 400 jobs in Oslo on Monday.\n\n"
    b"00:05.000 --> 00:07.000\n<v Tom Berg>Zanthor said its revenue fell 9 percent to $2 billion in the spring.\n"
)
NAME = "Weekly call 2031-06-11.vtt"
READ = "read as WebVTT: Uploads: Weekly call, 11 Jun 2031; 2 claims"
QUESTION = "How many jobs did Zanthor cut in Oslo?"
POST = "Zanthor cut 400 jobs in Oslo on Monday, and nobody saw it coming."


async def test_a_file_dropped_in_a_direct_message_is_read(either_office: Office) -> None:
    """With or without words beside it, and forgotten by its button."""
    office = either_office
    told = await office.says("", where=office.with_ann, files={NAME: CALL, "talk.mp4": b"\x00"})
    assert READ in words(*told)
    assert "talk.mp4 – not read: .mp4 files are not read" in words(*told)
    assert "400 jobs" in words(*await office.asks(QUESTION, office.bob))
    again = await office.says("Once more, please", where=office.with_ann, files={NAME: CALL})
    assert "already read as WebVTT" in words(*again)
    assert "Forgotten, along with everything" in words(*await office.pressed("Forget it", again))
    assert "400 jobs" not in words(*await office.asks(QUESTION))


async def test_a_file_sent_with_a_mention_is_read(office: Office) -> None:
    """For whoever sent it to see; one that isn't sent to the bot is never touched."""
    told = await office.says(f"{office.at_bot} here is the call", files={NAME: CALL})
    assert READ in words(*told)
    assert {page.viewer for page in told} == {office.ann.id}
    begun = await office.says(f"{office.at_bot} {QUESTION}")
    assert await office.says("And this?", begun[0].thread_ts, files={"b.vtt": CALL}) == []
    assert await office.says("Look at this", files={"c.vtt": CALL}) == []
    assert office.slack.files.downloads == [200]


async def test_a_message_is_noted_from_its_menu(office: Office) -> None:
    """Its files if it has any, otherwise its words."""
    office.slack.say(office.bob, office.general, "The call of today", files={NAME: CALL})
    office.slack.say(office.bob, office.general, POST)
    call, post = office.slack.seen(office.general, office.bob)[-2:]
    told = await office.chooses("note", call)
    assert READ in words(*told)
    assert {page.viewer for page in told} == {office.ann.id}
    assert "Saved Zanthor cut 400 jobs" in words(*await office.chooses("note", post))


async def test_the_files_of_a_message_that_is_passed_on_are_read(office: Office) -> None:
    """In a direct message, with a mention, and by the menu of the message that passes them on."""
    office.clock.advance(seconds=1)
    file = office.slack.files.share(office.ann, NAME, CALL)
    passed_on = {"is_share": True, "author_name": "Bob", "text": "The call", "fallback": "The call", "files": [file]}
    for channel, text in ((office.with_ann, ""), (office.general, f"{office.at_bot} here it is")):
        await office.slack.share(office.ann, channel, text, passed_on)
        await office.idle()
        assert "as WebVTT: Uploads: Weekly call, 11 Jun 2031" in words(*office.seen(channel, office.ann)[-1:])
    office.slack.share(office.bob, office.general, "", passed_on)
    (message,) = office.slack.seen(office.general, office.ann)[-1:]
    assert "already read as WebVTT" in words(*await office.chooses("note", message))


async def test_a_form_takes_a_text_and_files(office: Office) -> None:
    """It opens for a note that says nothing yet, and comes back if nothing was filled in."""
    assert await office.command("/overheard", "note") == []
    await office.submits(office.modal())
    file = office.slack.files.share(office.ann, NAME, CALL)
    await office.submits(office.modal(), {"text": f"{POST}\nReally.", "file": [file]})
    assert "Saved Zanthor cut 400 jobs" in words(office.modal())
    assert READ in words(office.modal())
    assert labels(office.modal()).count("Forget it") == 2


async def test_a_form_opens_in_a_direct_message(office: Office) -> None:
    """By its button: words alone open nothing in Slack."""
    asked = await office.asks("note")
    assert labels(*asked) == ["Open the form"]
    assert await office.pressed("Open the form", asked) == []
    file = office.slack.files.share(office.ann, NAME, CALL)
    await office.submits(office.modal(), {"file": [file]})
    assert READ in words(office.modal())


async def test_without_the_permission_it_says_what_to_do(office: Office) -> None:
    """Slack leads whoever may not read a file to a page where people sign in."""
    token = office.slack.world.tokens[office.acme.bot_token]
    token.scopes = token.scopes - {"files:read"}
    told = words(*await office.says("", where=office.with_ann, files={NAME: CALL}))
    assert "not read: the app may not read files here" in told
    assert "files:read" in told
    assert office.slack.files.downloads == [302]
    await office.command("/overheard", "note")
    await office.submits(office.modal(), {"text": POST})
    assert "Saved Zanthor cut 400 jobs" in words(office.modal())


async def test_the_token_goes_to_slack_alone(office: Office) -> None:
    """An address elsewhere is not asked, whatever an event says."""
    async with FakeWeb() as web:
        office.slack.files.site = web.url("")
        told = words(*await office.says("", where=office.with_ann, files={NAME: CALL}))
        assert "not read: its address isn't one of Slack's" in told
        assert web.asked == []


async def test_a_file_whose_size_was_told_wrongly_is_cut_off(office: Office) -> None:
    """No more is taken into memory than is read."""
    office.slack.files.told_size = 1
    told = await office.says("", where=office.with_ann, files={"a.txt": b"Zanthor cut 400 jobs. " * 700_000})
    assert "a.txt – not read: it is larger than 15 MB" in words(*told)
