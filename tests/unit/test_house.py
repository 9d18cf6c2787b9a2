"""The house rules that a machine can keep."""

from __future__ import annotations

import ast
import asyncio
import re
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from bot.config import NESTED_SETTINGS, ModelSettings, ServerSettings, Settings, provider_prefix
from bot.llm.registry import PROVIDERS
from bot.platforms.registry import PLATFORMS

ROOT = Path(__file__).parents[2]
SOURCES = sorted(path for part in ("bot", "handlers") for path in (ROOT / part).rglob("*.py"))
TESTS = sorted(path for path in (ROOT / "tests").rglob("*.py") if path != Path(__file__))
AGREED = {"pyproject.toml", "bot", "handlers", "prompts", "tests", ".env.example", "README.md", "Makefile", "LICENSE"}
BESIDE = {"NOTICE", "CHANGELOG.md", "requirements.lock", "requirements-dev.lock", ".ci", "docs", "bench"}
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
LONGEST = 600
"""Lines of a file."""


CONNECTING = {
    "bot/ingest/feeds/fetcher.py": "fetches sources",
    "bot/llm/anthropic.py": "asks Anthropic's API, or a server of one's own that speaks it, without an SDK",
}
"""Files that connect by themselves, and why."""


def test_the_top_level_is_as_agreed() -> None:
    """What was agreed is there, and nothing visible beside it but what is made by tools."""
    names = {path.name for path in ROOT.iterdir()}
    assert names >= AGREED
    visible = {name for name in names if not name.startswith((".", "overheard.egg", "build", "__"))}
    assert visible <= AGREED | BESIDE


def test_the_example_names_every_setting_with_its_default() -> None:
    """Commented out, so that copying the file changes nothing."""
    example = (ROOT / ".env.example").read_text("utf-8")
    written = dict(re.findall(r"^# ([A-Z_]+)=(.*)$", example, re.MULTILINE))
    ours = _defaults(Settings, "OVERHEARD_") | {"OVERHEARD_DATABASE": "~/.local/share/overheard/overheard.db"}
    ours |= _defaults(ModelSettings, "OVERHEARD_")
    for name in PROVIDERS:
        ours |= _defaults(ServerSettings, provider_prefix(name))
    for spec in PLATFORMS:
        ours |= _defaults(spec.settings, spec.settings.env_prefix)
    assert written == ours


def _defaults(kind: type, prefix: str) -> dict[str, str]:
    plain = [field for field in fields(kind) if field.name not in NESTED_SETTINGS]
    written = {field.name: "false" if field.default is False else str(field.default) for field in plain}
    return {prefix + name.upper(): default for name, default in written.items()}


def test_no_file_is_long() -> None:
    """A file that grows past the limit is two."""
    assert [path for path in SOURCES if len(path.read_text("utf-8").splitlines()) > LONGEST] == []


@pytest.mark.parametrize("mark", ["# noqa", "# type: ignore", "pragma: no cover", "TODO", "FIXME", "XXX"])
def test_nothing_is_waved_through(mark: str) -> None:
    """No linter is silenced and nothing is put off, in the code or its tests."""
    assert [path for path in (*SOURCES, *TESTS) if mark in path.read_text("utf-8")] == []


def test_outside_addresses_are_asked_in_one_place() -> None:
    """Nothing of ours connects anywhere by itself but these files, and platforms talk to their own servers."""
    connects = re.compile(r"ClientSession\(|urlopen\(|create_connection\(|open_connection\(|socket\.socket\(")
    found = {str(path.relative_to(ROOT)) for path in SOURCES if connects.search(path.read_text("utf-8"))}
    assert {path for path in found if not path.startswith("bot/platforms/")} == set(CONNECTING)


OWNERS = {
    "slack_bolt": "bot/platforms/slack/",
    "slack_sdk": "bot/platforms/slack/",
    "discord": "bot/platforms/discord/",
    "openai": "bot/llm/openai.py",
    "aiosqlite": "bot/store/sqlite.py",
    "asyncpg": "bot/store/postgres.py",
    "apscheduler": "bot/delivery/jobs.py",
    "cryptography": "bot/store/vault.py",
    "prometheus_client": "bot/health/prometheus.py",
    "pypdf": "bot/ingest/formats/documents.py",
}
"""The one place that may import each vendor's package; only for its types, others may at most name it."""


@pytest.mark.parametrize(("vendor", "owner"), OWNERS.items())
def test_a_vendor_has_one_owner(vendor: str, owner: str) -> None:
    """What a vendor calls things, and how it fails, stops at its owner's door."""
    imports = re.compile(rf"^\s*(?:import|from) {vendor}\b", re.MULTILINE)
    users = {str(path.relative_to(ROOT)) for path in SOURCES if imports.search(path.read_text("utf-8"))}
    assert {user for user in users if not user.startswith(owner)} == set()
    assert users


WITHOUT_EXTRAS = """
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in sys.argv[1].split():
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Missing())
import bot.cli.run, bot.cli.doctor, bot.cli.ingest, bot.cli.ask, bot.cli.verbs
"""


async def test_the_bot_starts_without_any_extra() -> None:
    """A plain install has none of the packages that extras bring, and every command can still be loaded."""
    extras = "slack_bolt slack_sdk discord openai asyncpg prometheus_client cryptography cachetools resiliparse pypdf"
    command = (sys.executable, "-c", WITHOUT_EXTRAS, extras)
    started = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stderr=asyncio.subprocess.PIPE)
    _, errors = await started.communicate()
    assert (started.returncode, errors.decode()) == (0, "")


def test_mocks_are_rare() -> None:
    """At most one in twenty tests."""
    words = "\n".join(path.read_text("utf-8") for path in TESTS)
    tests = len(re.findall(r"^(?:async )?def test_", words, re.MULTILINE))
    mocks = len(re.findall(r"\b(?:\w*Mock|patch(?:\.object)?)\(", words))
    assert mocks <= tests * 0.05


def test_every_test_is_a_sentence() -> None:
    """Each has a docstring that says what holds, and no two in a file share a name."""
    for path in TESTS:
        nodes = [node for node in ast.parse(path.read_text("utf-8")).body if isinstance(node, _FUNCTIONS)]
        tests = [node for node in nodes if node.name.startswith("test_")]
        assert len(tests) == len({node.name for node in tests}), path
        assert [node.name for node in tests if not re.search(r"[.?!…”]", ast.get_docstring(node) or "")] == [], path


def test_the_locks_name_no_address() -> None:
    """Versions and hashes only: whoever installs brings their own index."""
    for lock in ROOT.glob("requirements*.lock"):
        words = lock.read_text("utf-8")
        assert "://" not in words
        assert "--hash=sha256:" in words


def test_the_readme_leads_to_a_running_bot() -> None:
    """One command to run it, one to read one's own transcripts, one to ask."""
    readme = (ROOT / "README.md").read_text("utf-8")
    if not readme.strip():
        pytest.skip("the README is not written yet")
    for words in ("make run", "overheard ingest", "overheard ask"):
        assert words in readme
