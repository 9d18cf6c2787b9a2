"""`doctor` on the language model: what is set, what its server can do, and what to do."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from bot.cli.doctor import doctor
from tests.servers.model import FakeModel, Fault, fake_model

Doctor: TypeAlias = Callable[..., Awaitable[dict[str, str]]]
KEY = "sk-very-secret"
VARIABLES = (
    "OPENAI_API_KEY OPENAI_BASE_URL OVERHEARD_MODEL_READ OVERHEARD_MODEL_WRITE OVERHEARD_EMBEDDINGS "
    "OVERHEARD_MODEL_TRANSCRIBE OVERHEARD_TRANSCRIBE_PRICE"
).split()


@pytest.fixture
async def server() -> AsyncIterator[FakeModel]:
    """Return a server with two models and one for embeddings, of which one is shut down some day."""
    models = {"small": None, "large": "2032-01-14", "vectors": None}
    async with fake_model(lambda _: '{"word": "ready"}', models=models, key=KEY) as server:
        yield server


@pytest.fixture
def examined(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Doctor:
    """Return a function that runs `doctor` with some settings: what it says of the model, with its advice."""
    monkeypatch.chdir(tmp_path)
    for name in (*VARIABLES, "OVERHEARD_PRICES", "HTTP_PROXY", "http_proxy", "SLACK_BOT_TOKEN", "DISCORD_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OVERHEARD_DATABASE", str(tmp_path / "o.db"))

    async def run(**settings: str) -> dict[str, str]:
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        assert await doctor(as_json=True) == 0
        out = capsys.readouterr().out
        assert KEY not in out
        found = [one for one in json.loads(out) if one["about"].startswith(("Language", "Price", "Embed", "Transcr"))]
        return {f"{one['about']}: {one['state']}": one["advice"] for one in found}

    return run


def settings(server: FakeModel, **more: str) -> dict[str, str]:
    """Return what is set for a server."""
    return {"OPENAI_BASE_URL": server.url, "OPENAI_API_KEY": KEY, **more}


async def test_without_a_model_it_says_how_to_begin(examined: Doctor) -> None:
    """One line."""
    said = await examined()
    assert list(said) == ["Language model: none"]
    assert "OVERHEARD_MODEL_WRITE" in said["Language model: none"]


async def test_without_its_package_it_says_what_to_install(examined: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether or not a model is configured."""
    monkeypatch.setitem(sys.modules, "openai", None)
    assert "pip install 'overheard[model]'" in (await examined())["Language model: none"]
    said = await examined(OVERHEARD_MODEL_READ="small", OPENAI_API_KEY=KEY)
    assert said == {"Language model: not installed (openai)": "pip install 'overheard[model]'"}


async def test_each_model_is_asked(examined: Doctor, server: FakeModel) -> None:
    """What it is for and what its server can do, until when, and what it costs."""
    more = {"OVERHEARD_MODEL_READ": "small", "OVERHEARD_MODEL_WRITE": "large", "OVERHEARD_EMBEDDINGS": "vectors"}
    assert await examined(**settings(server, **more, OVERHEARD_PRICES="large=1.5/0.15/6")) == {
        "Language model small: reads, Responses API, streams, counts tokens": "",
        "Price of small: not set, counts as free": "",
        "Language model large: writes, Responses API, streams, counts tokens, is shut down on 2032-01-14": (
            "Name another one before that day."
        ),
        "Price of large: $1.5 in, $0.15 cached, $6 out a million tokens": "",
        "Embeddings: vectors, of 2 numbers": "",
    }


@pytest.mark.parametrize(
    ("faults", "able"),
    [
        ({Fault.NO_RESPONSES}, "chat completions with a JSON schema, streams, counts tokens"),
        ({Fault.NO_RESPONSES, Fault.NO_SCHEMA}, "chat completions in text, streams, counts tokens"),
        ({Fault.NO_USAGE}, "Responses API, streams, counts no tokens, so they are estimated"),
    ],
)
async def test_a_lesser_server_is_no_problem(
    examined: Doctor, server: FakeModel, faults: set[Fault], able: str
) -> None:
    """One model stands for both."""
    server.faults |= faults
    said = await examined(**settings(server, OVERHEARD_MODEL_READ="small"))
    assert said[f"Language model small: reads and writes, {able}"] == ""


async def test_what_does_not_work_is_said(examined: Doctor, server: FakeModel) -> None:
    """An unknown model, an embedding that is none, a key that is not accepted; each with its setting."""
    said = await examined(**settings(server, OVERHEARD_MODEL_WRITE="larger", OVERHEARD_EMBEDDINGS="vector"))
    assert "check OVERHEARD_MODEL_WRITE" in said["Language model larger: gives no answer"]
    assert "check OVERHEARD_EMBEDDINGS" in said["Embeddings: vector gives none"]
    server.key = "another"
    said = await examined(OVERHEARD_MODEL_WRITE="large", OVERHEARD_EMBEDDINGS="")
    assert "check OPENAI_API_KEY" in said["Language model large: gives no answer"]


async def test_it_looks_for_the_model_that_hears(examined: Doctor, server: FakeModel) -> None:
    """In the server's list, and for its price; also where no other model is set."""
    said = await examined(**settings(server, OVERHEARD_MODEL_TRANSCRIBE="ears"))
    assert said == {
        "Transcription: ears is not known to the server": "Set OVERHEARD_MODEL_TRANSCRIBE to a model from its list."
    }
    server.models["ears"] = "2032-01-14"
    said = await examined(OVERHEARD_TRANSCRIBE_PRICE="0.006")
    assert list(said) == ["Transcription: ears, $0.006 a minute, is shut down on 2032-01-14"]
