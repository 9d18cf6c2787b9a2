"""Every decision can be asked: why a claim is in a brief or isn't, and why a brief or an alert came or didn't."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.app import App, open_app
from bot.briefs.composer import compose_brief
from bot.chat.message import Message
from bot.config import Settings
from bot.domain import Explanation, Stage
from bot.platforms.console.render import to_markdown
from tests.fakes import FixedClock

NOON = dt.datetime(2031, 6, 26, 12, tzinfo=dt.UTC)
TODAY = NOON.date()
SPACE = "console:local"


@pytest.fixture
async def app(sampled: Path) -> AsyncIterator[App]:
    """Return the application on the sample library, at noon of its newest day."""
    async with open_app(Settings(database=sampled, workers=0, timezone="UTC"), FixedClock(NOON)) as opened:
        yield opened


async def explained(app: App, words: str, topic: str = "", date: dt.date = TODAY) -> list[Explanation]:
    """Return what is explained about some words."""
    return await app.explanations.explain(words, topic, date, space=SPACE)


async def reason(app: App, words: str, topic: str = "", date: dt.date = TODAY) -> tuple[Stage, str]:
    """Return the stage and reason for the first claim that some words mean."""
    first, *_ = await explained(app, words, topic, date)
    return first.decision.stage, first.decision.reason


async def said(app: App, words: str) -> str:
    """Return what `why` answers at the console."""
    replies = [reply async for reply in app.dispatcher(app.request("why", **{"": words}))]
    content = replies[-1].content
    assert isinstance(content, Message)
    return to_markdown(content)


async def test_every_claim_that_a_brief_looked_at_has_one_decision(app: App) -> None:
    """None is dropped without a reason, and none has two."""
    for topic in ("", "ai", "chips"):
        material = await app.store.editions.material(topic, TODAY, space=SPACE)
        decided = Counter(decision.claim for decision in compose_brief(material).decisions)
        assert set(decided) >= {claim.id for claim in material.claims}
        assert set(decided.values()) == {1}


async def test_what_a_brief_tells_is_said_with_its_signal(app: App) -> None:
    """By the signal's number, and by a claim's id or words."""
    brief = await app.briefs.get_brief("", TODAY, space=SPACE)
    claim = brief.signals[1].claims[0]
    for words in ("signal 2", "2", claim.id, claim.text):
        stage, why = await reason(app, words)
        assert (stage, why[:19]) == (Stage.PUBLISHED, "It is in signal 2; ")


async def test_a_sentence_that_never_became_a_claim_says_why(app: App) -> None:
    """Questions, adverts and sentences that say too little are told apart."""
    assert (await reason(app, "Was there cake?"))[0] is Stage.EXTRACTION
    stage, why = await reason(app, "Still no mattress for me, by the way. Right, the other thing. Memory.")
    assert stage is Stage.EXTRACTION
    assert "and a claim needs" in why
    advert = "There's $150 off at example.com/larkspur"
    assert (await reason(app, advert))[1] == "It is part of an advertisement."


async def test_a_claim_that_is_off_the_topic_or_too_old_says_so(app: App) -> None:
    """The reason names the topic, or the days that the brief covers."""
    words = "Harbor paused redemptions for 11 hours, and its stablecoin traded at 97 cents"
    assert (await reason(app, words, "chips")) == (Stage.TOPIC, "It isn't about chips.")
    stage, why = await reason(app, words, date=TODAY + dt.timedelta(days=40))
    assert stage is Stage.WINDOW
    assert "the brief covers 2031-07-30 to 2031-08-05" in why


async def test_nothing_is_made_up_about_words_that_nobody_said(app: App) -> None:
    """There is no claim and no sentence, and the answer says what to do."""
    assert await explained(app, "zinc gnomes invaded Portugal on stilts") == []
    assert "I found nothing like that" in await said(app, "zinc gnomes invaded Portugal on stilts")


async def test_the_reasons_stay_with_the_edition(app: App) -> None:
    """What was published explains itself later as it did then."""
    made = await app.briefs.publish("", TODAY, space=SPACE)
    assert (await app.briefs.get_brief("", TODAY, space=SPACE)).decisions == made.decisions != ()


async def test_why_tells_delivery_reasons_too(app: App) -> None:
    """Why a brief or an alert came or didn't: nothing is subscribed to, it is due, it is paused, it was sent."""
    assert "No brief is subscribed to here" in await said(app, "no brief today?")
    assert "Quillon Semiconductor isn't followed here" in await said(app, "no alert about Quillon")
    await _do(app, "subscribe", "confirm", "ai at 08:00")
    assert "The next ai brief is due" in await said(app, "brief")
    await _do(app, "follow", "follow", "Quillon/hourly")
    assert "New claims about Quillon Semiconductor come hourly" in await said(app, "did I get no alert")


async def _do(app: App, verb: str, confirm: str, words: str) -> None:
    replies = [reply async for reply in app.dispatcher(app.request(verb, **{"": words}))]
    content = replies[-1].content
    assert isinstance(content, Message)
    for button in content.buttons:
        if button.action.verb == confirm and confirm != verb:
            [_ async for _ in app.dispatcher(app.request(button.action.verb, **{"": button.action.arg}))]
            return
