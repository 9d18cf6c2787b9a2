import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import ThreadContext
from bot.qa.follow_up import resolve_follow_up, standalone_question


def thread(*questions: str) -> list[str]:
    """Ask one question after the other and return what each was taken for."""
    subject, taken = ThreadContext(), []
    for question in questions:
        resolved, subject = resolve_follow_up(question, subject)
        taken.append(resolved)
    return taken


def test_a_first_question_is_taken_as_it_is() -> None:
    """Without a thread there is nothing to refer to."""
    assert thread("and what did he say about prices?") == ["and what did he say about prices?"]


@pytest.mark.parametrize(
    ("follow_up", "gained"),
    [
        ("and what did he say about prices?", "Omar Castell"),
        ("What does she think of robots?", "Omar Castell"),
        ("and unemployment?", "Omar Castell"),
        ("why?", "inflation"),
        ("when was that?", "inflation"),
        ("who disagrees?", "inflation"),
        ("and Dana Whitfield?", "inflation"),
        ("What else?", "Omar Castell"),
    ],
)
def test_a_follow_up_gains_what_it_leans_on(follow_up: str, gained: str) -> None:
    """A pronoun gains the names; a question without a topic gains the topic."""
    _, taken = thread("What did Omar Castell say about inflation?", follow_up)
    assert taken.startswith(follow_up)
    assert gained in taken.removeprefix(follow_up)


def test_another_name_takes_the_place_of_the_first() -> None:
    """Asked "and Nvidia?", the thread goes on about somebody else, not about both."""
    _, taken = thread("What did Omar Castell say about inflation?", "and Dana Whitfield?")
    assert "Omar" not in taken


def test_that_company_is_the_company_spoken_of() -> None:
    """A company that is only pointed at is the one named before."""
    _, taken = thread("What are the margins of Tarn Foundry?", "What does that company sell?")
    assert "Tarn Foundry" in taken


@pytest.mark.parametrize(
    "question",
    [
        "What does Tarn Foundry charge for a wafer?",
        "Did Dana Whitfield say it would rain?",
        "Do companies train their own models?",
        "What happened this week in shipping?",
        "Which countries export the most copper?",
    ],
)
def test_a_question_that_stands_alone_starts_anew(question: str) -> None:
    """A self-contained question is taken as it is and begins a new subject."""
    _, subject = resolve_follow_up("What did Omar Castell say about inflation?", ThreadContext())
    resolved, after = resolve_follow_up(question, subject)
    assert resolved == question
    assert after.questions == (question,)


def test_a_thread_remembers_five_questions() -> None:
    """A long thread keeps its last questions and its names."""
    subject = ThreadContext()
    for question in [
        "What did Omar Castell say about copper?",
        *(f"and what did he say in part {n}?" for n in range(9)),
    ]:
        _, subject = resolve_follow_up(question, subject)
    assert len(subject.questions) == 5
    assert subject.names == ("Omar Castell",)


@given(st.lists(st.text(max_size=60), min_size=1, max_size=4))
def test_any_text_may_be_asked(questions: list[str]) -> None:
    """Whatever is typed is taken, and taking it twice changes nothing."""
    subject = ThreadContext()
    for question in questions:
        resolved, subject = resolve_follow_up(question, subject)
        assert resolved.startswith(question)
        assert standalone_question(question, subject).startswith(question)
        assert len(subject.questions) <= 5
