"""Docs that name code name code that is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "docs" / name for name in ("howto.md", "architecture.md", "stages.md")]
PAGES += sorted((ROOT / "docs" / "design").glob("*.md"))
TASKS = 12

_REFERENCE = re.compile(r"`((?:bot|handlers|tests|docs|prompts|bench)/[\w./-]+)(?:::([\w.]+))?`")


def references(page: Path) -> list[tuple[str, str]]:
    """Return each path that a page names, with the name in it, if any."""
    return _REFERENCE.findall(page.read_text("utf-8"))


def names_in(path: Path) -> set[str]:
    """Return the functions, classes and constants of a file, and the members of its classes."""
    found: set[str] = set()
    for node in ast.parse(path.read_text("utf-8")).body:
        found |= names_of(node)
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}.{name}" for member in node.body for name in names_of(member)}
    return found


def names_of(node: ast.stmt) -> set[str]:
    """Return what a statement defines."""
    match node:
        case ast.FunctionDef(name) | ast.AsyncFunctionDef(name) | ast.ClassDef(name):
            return {name}
        case ast.Assign(targets):
            return {part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)}
        case ast.AnnAssign(ast.Name(name)):
            return {name}
        case _:
            return set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_path_and_name_exists(page: Path) -> None:
    """A file that moved, or a function that was renamed, takes the page with it."""
    missing = [path for path, _ in references(page) if not (ROOT / path).exists()]
    assert missing == []
    assert [f"{path}::{name}" for path, name in references(page) if name and name not in names_in(ROOT / path)] == []


def test_twelve_tasks_are_answered() -> None:
    """Each task is a heading, and names at least one place or command."""
    sections = (ROOT / "docs" / "howto.md").read_text("utf-8").split("\n## ")[1:]
    assert len(sections) == TASKS
    assert all("`" in section for section in sections)
