"""Dialogs about files that people send in Discord, through the whole bot."""

from __future__ import annotations

from tests.journeys.hall import Hall, labels, words
from tests.servers.discord import Upload

CALL = Upload(
    "Weekly call 2031-06-11.vtt",
    b"WEBVTT\n\n00:01.000 --> 00:04.000\n<v Mara Lindqvist>Zanthor cut 400 jobs in Oslo on Monday.\n\n"
    b"00:05.000 --> 00:07.000\n<v Tom Berg>Zanthor said its revenue fell 9 percent to $2 billion in the spring.\n",
)
READ = "read as WebVTT: Uploads: Weekly call, 11 Jun 2031; 2 claims"
QUESTION = "How many jobs did Zanthor cut in Oslo?"
POST = "Zanthor cut 400 jobs in Oslo on Monday, and nobody saw it coming."


async def test_a_file_dropped_in_a_direct_message_is_read(hall: Hall) -> None:
    """For that person alone, with or without words beside it, and forgotten by its button."""
    told = await hall.says("", where=hall.alone(hall.ann), files=[CALL, Upload("talk.mp4", b"\x00")])
    assert READ in words(*told)
    assert "talk.mp4 – not read: .mp4 files are not read" in words(*told)
    assert "400 jobs" in words(*await hall.asks(QUESTION))
    assert "400 jobs" not in words(*await hall.asks(QUESTION, hall.bob))
    assert len(hall.discord.files.downloads) == 1
    again = await hall.says("Once more, please", where=hall.alone(hall.ann), files=[CALL])
    assert "already read as WebVTT" in words(*again)
    assert "Forgotten, along with everything" in words(*await hall.pressed("Forget it", again))
    assert "400 jobs" not in words(*await hall.asks(QUESTION))


async def test_a_file_sent_with_a_mention_is_read(hall: Hall) -> None:
    """For the server, told to whoever sent it; one that isn't sent to the bot is never touched."""
    alone = hall.alone(hall.ann)
    assert await hall.says(f"{hall.at_bot} here is the call", files=[CALL]) == []
    assert READ in words(*hall.seen(alone, hall.ann))
    assert "400 jobs" in words(*await hall.uses("ask", {"question": QUESTION}, hall.bob))
    hall.discord.say(hall.ann, hall.general, "Look at this", files=[CALL])
    await hall.overheard()
    assert len(hall.discord.files.downloads) == 1


async def test_a_message_is_noted_from_its_menu(hall: Hall) -> None:
    """Its files if it has any, otherwise its words."""
    call = hall.discord.say(hall.bob, hall.general, "The call of today", files=[CALL]).message
    post = hall.discord.say(hall.bob, hall.general, POST).message
    assert READ in words(*await hall.chooses("Save as a note", call))
    assert "Saved Zanthor cut 400 jobs" in words(*await hall.chooses("Save as a note", post))


async def test_the_files_of_a_message_that_is_passed_on_are_read(hall: Hall) -> None:
    """In a direct conversation, and by the menu of the message that passes them on."""
    alone = hall.alone(hall.ann)
    said = hall.discord.forward(hall.ann, alone, "", [CALL]).message
    await hall.discord.until(lambda: f"discord:{said.id}" in hall.inbox.heard)
    await hall.idle()
    assert READ in words(*hall.seen(alone, hall.ann))
    passed_on = hall.discord.forward(hall.bob, hall.general, "The call of today", [CALL]).message
    assert READ in words(*await hall.chooses("Save as a note", passed_on))


async def test_a_command_takes_a_text_and_a_file(hall: Hall) -> None:
    """Either, or both."""
    assert READ in words(*await hall.uses("note", {"file": CALL}))
    both = await hall.uses("note", {"text": POST, "file": CALL})
    assert "Saved Zanthor cut 400 jobs" in words(*both)
    assert "already read as WebVTT" in words(*both)


async def test_a_form_takes_a_text_and_files(hall: Hall) -> None:
    """It opens for a note that says nothing yet."""
    assert await hall.uses("note", {}) == []
    told = await hall.submits(text=f"{POST}\nReally.", file=[CALL, Upload("talk.mp4", b"\x00")])
    assert "Saved Zanthor cut 400 jobs" in words(*told)
    assert READ in words(*told)
    assert "talk.mp4 – not read" in words(*told)
    assert labels(*told).count("Forget it") == 2


async def test_a_file_that_is_gone_says_so(hall: Hall) -> None:
    """Discord keeps an address for a day."""
    hall.discord.files.gone = True
    told = await hall.uses("note", {"file": CALL})
    assert "not read: Discord no longer has it; send it again" in words(*told)


async def test_a_file_survives_a_restart(hall: Hall) -> None:
    """What was sent when the bot was killed is read when it is back."""
    hall.pace.going.clear()
    hall.discord.say(hall.ann, hall.alone(hall.ann), "", files=[CALL])
    await hall.discord.until(lambda: hall.discord.files.downloads)
    await hall.closes(killed=True)
    await hall.opens()
    await hall.idle()
    assert READ.partition(" as ")[2].partition(";")[0] in words(*hall.seen(hall.alone(hall.ann), hall.ann))
