"""How a command ends: an exit code and at most one sentence."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

import pytest

from bot.cli.failures import INTERNAL_ERROR, INTERRUPTED, USER_ERROR, exit_code_of
from bot.errors import OverheardError, UserError


def raising(error: BaseException) -> Callable[[], NoReturn]:
    """Make a command that fails so."""

    def work() -> NoReturn:
        raise error

    return work


@pytest.mark.parametrize("work", [lambda: INTERRUPTED, raising(KeyboardInterrupt())], ids=["typer", "python"])
def test_what_was_stopped_says_so(work: Callable[[], object], capsys: pytest.CaptureFixture[str]) -> None:
    """Whether typer noticed the Ctrl-C or Python did."""
    assert exit_code_of(work) == INTERRUPTED
    assert capsys.readouterr().err == "overheard: Stopped. Finished work is kept.\n"


def test_a_mistake_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    """And the exit code of a person's mistake."""
    assert exit_code_of(raising(UserError("Which file?"))) == USER_ERROR
    assert capsys.readouterr().err == "overheard: Which file?\n"


def test_a_fault_names_an_incident_and_no_more(capsys: pytest.CaptureFixture[str]) -> None:
    """What went wrong inside is for the log."""
    assert exit_code_of(raising(RuntimeError("secret detail"))) == INTERNAL_ERROR
    said = capsys.readouterr().err
    assert str(OverheardError()) in said
    assert "incident" in said
    assert "secret detail" not in said


def test_what_went_well_ends_with_zero() -> None:
    """Unless the command has a code of its own."""
    assert exit_code_of(lambda: None) == 0
    assert exit_code_of(lambda: 1) == 1
