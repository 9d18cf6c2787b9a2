"""A real model that knows nothing reads, writes a brief and answers: only what is true is shown of it."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bot.app import App, open_app
from bot.briefs.composer import compose_brief
from bot.config import ModelSettings, ServerSettings, Settings
from bot.domain import Answer, Asker, Brief, Filters, ThreadContext
from bot.ingest.files import sample_conversations
from bot.verification import extractive
from tests.fakes import FixedClock
from tests.servers.local_model import MODEL, absent, local_model

TALKS = ("sample:wafer-hour/42", "sample:settlement-day/31")
TURNS, CONTEXT = 9, 2_048
SPACE = "console:local"
QUESTION = "How much of the world's stacked memory did Orkdal make?"

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(bool(absent()), reason=f"no local model is installed: {absent()}"),
]


async def test_what_a_model_that_knows_nothing_adds_is_true(
    tmp_path: Path, clock: FixedClock, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every claim is cut from its turn, every sentence passes the gate, every citation stands in the transcript."""
    async with local_model() as url:
        server = ServerSettings(base_url=url)
        # On one thread it takes half a minute for what it may say at most.
        model = ModelSettings(MODEL, model_context=CONTEXT, model_patience=10, model_concurrency=1, server=server)
        settings = Settings(database=tmp_path / "o.db", workers=0, timezone="UTC", model=model)
        async with open_app(settings, clock) as app:
            said = await read(app)
            brief = await app.briefs.get_brief("", app.today, space=SPACE)
            answer = await answered(app)
            plain = compose_brief(await app.store.editions.material("", app.today, space=SPACE))
    assert brief.claims_by_id
    assert all(claim.quote in said[claim.origin.conversation] for claim in brief.claims_by_id.values())
    assert extractive.brief_violations(brief) == []
    assert brief.supported == brief.statements
    assert answer.answered
    assert all(citation.quote in said[citation.origin.conversation] for citation in answer.citations)
    with capsys.disabled():
        sys.stdout.write(f"\n{share(brief, plain)}\n{brief.note}\n{answer.text}\n{answer.note}\n")


async def read(app: App) -> dict[str, str]:
    """Let the beginnings of two conversations be read; return what was said in each."""
    some = [replace(one, turns=one.turns[:TURNS]) for one in sample_conversations(app.today) if one.id in TALKS]
    await app.importer.import_conversations(some, lambda _: None)
    await app.search.refresh()
    return {one.id: "\n".join(turn.text for turn in one.turns) for one in some}


async def answered(app: App) -> Answer:
    """Ask."""
    asked = app.answers.answer(QUESTION, Filters(space=SPACE), ThreadContext(), Asker(SPACE, "you"))
    states = [state async for state, _ in asked]
    assert all("[" in line for line in re.split(r"\n", states[-1].text))
    return states[-1]


def share(brief: Brief, plain: Brief) -> str:
    """Tell how many sentences the model got through."""
    known = {*sentences(plain)}
    kept = [text for text in sentences(brief) if text and text not in known]
    return f"{len(kept)} sentences of the model stand, {brief.dropped} were left out: {kept}"


def sentences(brief: Brief) -> list[str]:
    """Return all sentences of a brief."""
    parts = [brief.dek, *brief.argument]
    parts += [part for one in brief.signals for part in (*one.said, one.matters, one.watch)]
    return [*(part.text for part in parts), *(one.headline for one in brief.signals)]
