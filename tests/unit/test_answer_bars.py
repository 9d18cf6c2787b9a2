import pytest

from bench.answers import NEWS, POSTS, ask_news, ask_posts, ask_sample, quotes, refusals
from bot.qa.answerability import ANSWER_THRESHOLD


async def test_questions_about_the_sample_are_answered_with_the_words_that_answer() -> None:
    """Over the sample conversations few questions are refused that have an answer, and few answered that have none."""
    asked, given = await ask_sample()
    refused, lost = refusals(asked, given, ANSWER_THRESHOLD)
    quoted = [quotes(one, reply) for one, reply in zip(asked, given, strict=True) if one.answerable]
    assert refused >= 0.75
    assert lost <= 0.05
    assert sum(quoted) >= 0.8 * len(quoted)


@pytest.mark.shared
async def test_news_that_no_article_tells_is_refused() -> None:
    """Of questions over several articles, nine in ten unanswerable ones are refused, and one in ten others at most."""
    if not NEWS.is_dir():
        pytest.skip("the news articles are not beside the project")
    refused, lost = refusals(*await ask_news(), ANSWER_THRESHOLD)
    assert refused >= 0.9
    assert lost <= 0.1


@pytest.mark.shared
async def test_questions_in_other_words_are_answered() -> None:
    """Paraphrased questions are not refused in numbers, and questions off the topic are."""
    if not POSTS.is_file():
        pytest.skip("the posts are not beside the project")
    refused, lost = refusals(*await ask_posts(), ANSWER_THRESHOLD)
    assert refused >= 0.9
    assert lost <= 0.35
