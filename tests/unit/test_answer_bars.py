from pathlib import Path

import pytest

from bench.answers import NEWS, POSTS, QUESTIONS, Asked, ask_news, ask_posts, find, quotes, records, refusals
from bot.app import open_app
from bot.config import Settings
from bot.domain import Answer, ThreadContext
from bot.qa.answer import answer_question
from bot.qa.answerability import ANSWER_THRESHOLD
from tests.fakes import FixedClock


async def test_questions_about_the_sample_are_answered_with_the_words_that_answer(
    sampled: Path, clock: FixedClock
) -> None:
    """Over the sample conversations few questions are refused that have an answer, and few answered that have none."""
    asked = [Asked(record["question"], "words" in record, record.get("words", "")) for record in records(QUESTIONS)]
    async with open_app(Settings(database=sampled, workers=0, timezone="UTC"), clock) as app:
        hits = [await find(app.search, question.text) for question in asked]
    answers = [
        answer_question(question.text, found, ThreadContext()) for question, found in zip(asked, hits, strict=True)
    ]
    refused, lost = refusals(asked, answers, ANSWER_THRESHOLD)
    quoted = [quotes(question, answer) for question, answer in zip(asked, answers, strict=True) if question.answerable]
    assert refused >= 0.75
    assert lost <= 0.05
    assert sum(quoted) >= 0.8 * len(quoted)
    assert [answer.question for answer in answers if repeats(answer)] == []


def repeats(answer: Answer) -> bool:
    """Return whether two quotes have eight words of one turn in common."""
    runs = [
        (citation.origin.conversation, citation.turn, *words[at : at + 8])
        for citation in answer.citations
        for words in [citation.quote.split()]
        for at in range(len(words) - 7)
    ]
    return len(runs) != len(set(runs))


@pytest.mark.long
@pytest.mark.shared
async def test_news_that_no_article_tells_is_refused() -> None:
    """Of questions over several articles, nine in ten unanswerable ones are refused, and one in ten others at most."""
    if not NEWS.is_dir():
        pytest.skip("the news articles are not beside the project")
    refused, lost = refusals(*await ask_news(), ANSWER_THRESHOLD)
    assert refused >= 0.9
    assert lost <= 0.1


@pytest.mark.long
@pytest.mark.shared
async def test_questions_in_other_words_are_answered() -> None:
    """Paraphrased questions are not refused in numbers, and questions off the topic are."""
    if not POSTS.is_file():
        pytest.skip("the posts are not beside the project")
    refused, lost = refusals(*await ask_posts(), ANSWER_THRESHOLD)
    assert refused >= 0.9
    assert lost <= 0.35
