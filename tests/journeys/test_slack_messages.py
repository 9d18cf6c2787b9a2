"""Messages in Slack that are no plain new line: with a file, edited, deleted, passed on, or with a sample of code."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from tests.journeys.office import Office
from tests.journeys.sight import words
from tests.servers.slack import Message
from tests.servers.slack.delivery import Said

ORKDAL = "How much of the world's stacked memory did Orkdal make?"
HALDEN = "Who runs Halden?"
CLAIM = "Orkdal made 14 percent of the world's stacked memory."


async def heard(office: Office, said: Said) -> list[Message]:
    """Wait until the bot dealt with something; return what stands there of it."""
    await said
    await office.idle()
    channel = office.slack.world.channels[said.message.channel]
    return office.seen(channel, office.ann)


def forwarded(text: str) -> dict[str, object]:
    """Return a message that is passed on."""
    return {"is_share": True, "is_msg_unfurl": True, "author_name": "Bob", "text": text, "fallback": f"Bob: {text}"}


@pytest.mark.parametrize("kind", ["file_share", "me_message", "thread_broadcast"])
async def test_words_of_another_kind_of_message_are_words(office: Office, kind: str) -> None:
    """Beside a file, as an action, or from a thread to the channel as well."""
    first, *_ = await office.says(f"{office.at_bot} {HALDEN}")
    before = len(office.seen(office.general, office.ann))
    said = office.slack.share(office.ann, office.general, ORKDAL, thread=first.thread_ts, subtype=kind)
    answer = (await heard(office, said))[before:]
    assert "14 percent" in words(*answer)
    direct = await heard(office, office.slack.share(office.ann, office.with_ann, ORKDAL, subtype=kind))
    assert "14 percent" in words(*direct)


async def test_a_message_that_is_passed_on_is_read(office: Office) -> None:
    """Alone in a direct conversation, below a verb that wants a text, and where a mention has no words of its own."""
    office.clock.advance(seconds=1)
    alone = await heard(office, office.slack.share(office.ann, office.with_ann, "", forwarded(ORKDAL)))
    assert "14 percent" in words(*alone)
    said = office.slack.share(office.ann, office.general, office.at_bot, forwarded(ORKDAL))
    assert "14 percent" in words(*await heard(office, said))
    before = len(office.seen(office.with_ann, office.ann))
    checked = office.slack.share(office.ann, office.with_ann, "check", forwarded(CLAIM))
    assert "14 percent" in words(*(await heard(office, checked))[before:])


async def test_the_menu_of_a_card_checks_what_it_says(office: Office) -> None:
    """A message of another app has its words in blocks or attachments."""
    world = office.slack.world
    robot = world.user(office.acme.id, "Robot", is_bot=True)
    section = {"type": "section", "text": {"type": "mrkdwn", "text": CLAIM}}
    for parts in ({"blocks": [section]}, {"attachments": [{"blocks": [section]}]}, {"attachments": [{"text": CLAIM}]}):
        card = Message(office.acme.id, office.general.id, world.stamps.ts(), robot.id, bot_id="B99", **parts)
        before = len(office.seen(office.general, office.ann))
        await office.slack.shortcut("check", world.put(card), office.ann)
        await office.idle()
        assert "14 percent" in words(*office.seen(office.general, office.ann)[before + 1 :]), parts


async def questions(office: Office) -> Iterable[Message]:
    """Return what Ann said in #general and directly, the latest first."""
    said = [*office.slack.seen(office.general, office.ann), *office.slack.seen(office.with_ann, office.ann)]
    return [one for one in reversed(said) if one.user == office.ann.id]


async def test_an_edited_question_is_answered_in_place_of_the_first_answer(office: Office) -> None:
    """In a channel, in a live thread, and directly; the answer to what is no longer asked goes."""
    (first,) = await office.says(f"{office.at_bot} {HALDEN}")
    asked = next(one for one in office.slack.seen(office.general, office.ann) if one.ts == first.thread_ts)
    (answer,) = await heard(office, office.slack.edit(asked, f"{office.at_bot} {ORKDAL}"))
    assert "14 percent" in words(answer)
    assert answer.thread_ts == asked.ts
    assert await heard(office, office.slack.edit(asked, f"{office.at_bot} {ORKDAL}")) == [answer]
    await office.asks(HALDEN)
    (direct,) = [one for one in office.slack.seen(office.with_ann, office.ann) if one.user == office.ann.id]
    (again,) = await heard(office, office.slack.edit(direct, ORKDAL))
    assert "14 percent" in words(again)


async def test_an_edit_that_calls_the_bot_is_answered(office: Office) -> None:
    """Slack tells of no mention then."""
    said = office.slack.say(office.ann, office.general, ORKDAL)
    assert await heard(office, said) == []
    (answer,) = await heard(office, office.slack.edit(said.message, f"{office.at_bot} {ORKDAL}"))
    assert "14 percent" in words(answer)


async def test_an_edit_of_what_is_not_for_the_bot_is_not_its_business(office: Office) -> None:
    """Nor a preview that Slack adds to a message, which comes as an edit too."""
    said = office.slack.say(office.bob, office.general, "Lunch?")
    await said
    assert await heard(office, office.slack.edit(said.message, "Who comes along for lunch?")) == []
    answer = await office.says(f"{office.at_bot} {ORKDAL}")
    asked = next(one for one in office.slack.seen(office.general, office.ann) if one.ts == answer[0].thread_ts)
    for sent in office.slack.events.changed(asked, office.general):
        await sent
    await office.idle()
    assert office.seen(office.general, office.ann) == answer


async def test_a_deleted_question_takes_its_public_answer_along(office: Office) -> None:
    """All its pages, and nothing else; what was answered in private stays."""
    kept = await office.says(f"{office.at_bot} {HALDEN}", by=office.bob)
    pages = await office.says(f"{office.at_bot} brief")
    asked = next(one for one in office.slack.seen(office.general, office.ann) if one.ts == pages[0].thread_ts)
    assert await heard(office, office.slack.delete(asked)) == kept
    direct = await office.asks(ORKDAL)
    (own,) = [one for one in office.slack.seen(office.with_ann, office.ann) if one.user == office.ann.id]
    assert await heard(office, office.slack.delete(own)) == direct


@pytest.mark.parametrize("sample", ["`{at} {question}`", "Like so:\n```\n{at} {question}\n```\nbut I can't now."])
async def test_a_mention_in_a_code_sample_is_no_mention(office: Office, sample: str) -> None:
    """Somebody shows others how it is done."""
    assert await office.says(sample.format(at=office.at_bot, question=ORKDAL)) == []
    both = f"{office.at_bot} {ORKDAL} ({sample.format(at=office.at_bot, question='brief')})"
    assert len(await office.says(both)) == 1
