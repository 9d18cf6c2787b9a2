import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.app import App, open_app
from bot.chat.message import Message
from bot.chat.request import Reply
from bot.config import Settings
from bot.domain import Answer, Asker, Filters, ThreadContext
from bot.qa.conversation import Courtesy, Reference, courtesy_of, reference_of
from bot.qa.question import parse_question
from bot.qa.spelling import Vocabulary, odd_words
from bot.qa.wording import plain_question
from tests.fakes import FixedClock

VOCABULARY = Vocabulary(["Dana Whitfield", "Omar Castell", "Quillon", "Orkdal", "Stack Harbour", "Corvid"])


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("hey, what’s up with `Tarn`?", "what's up with Tarn?"),
        ("Hi! Could you please tell me how much Quillon paid? thanks!", "how much Quillon paid?"),
        ("<@U123> what did <https://corvid.example/x|Corvid> do", "what did Corvid do"),
        ("“Who’s behind the plant?” thx", '"Who\'s behind the plant?"'),
        ("ok, and Harbour?", "and Harbour?"),
        ("wat dont they sell", "what don't they sell"),
        ("why not thanks", "why not"),
        ("What did the U.S. say", "What did the U.S. say"),
        ("is the u.s. economy weak", "is the u.s. economy weak"),
        ("Did George W. Bush stay at W Hotels in BC", "Did George W. Bush stay at W Hotels in BC"),
        ("what is a U-boat or a u-boat", "what is a U-boat or a u-boat"),
        ("did they tell u?", "did they tell you?"),
        ("thanks for that, what did Quillon pay?", "what did Quillon pay?"),
        ("Thanks for the help! Who owns Tarn?", "Who owns Tarn?"),
        ("who is Ty", "who is Ty"),
        ("why do sailors say cheers", "why do sailors say cheers"),
        ("hi... who owns Tarn?", "who owns Tarn?"),
        ("who owns Tarn? cheers!", "who owns Tarn?"),
        ("what did Yo-Yo Whitfield say", "what did Yo-Yo Whitfield say"),
        ("Yo-Yo Whitfield on copper", "Yo-Yo Whitfield on copper"),
        ("> > what does Tarn sell", "what does Tarn sell"),
        ("*_what_ does ~Tarn~ sell*?", "what does Tarn sell?"),
        ("thanks!", "thanks!"),
        ("please", "please"),
    ],
)
def test_a_question_is_left_when_courtesies_are_taken_off(typed: str, plain: str) -> None:
    """Greetings, politeness, markup and chat spelling go; a text of nothing else stays."""
    assert plain_question(typed) == plain


PIECES = [
    "> ", "hi ", "hi, ", "ok. ", "please ", "thanks ", "ty", "cheers", "!", "?", "*", "_", "~", "`", "<@U1>", "<", "u ",
    "https://a.example ", "<https://a.example|", "“", " ", ",", "-", ":)", "wat ", "Tarn ",
]  # fmt: skip


@settings(max_examples=300)
@given(st.text(max_size=60) | st.lists(st.sampled_from(PIECES), max_size=9).map("".join))
@example("> > ")
@example("<<https://a.example>https://b.example ")
def test_nothing_that_is_typed_is_lost_entirely(typed: str) -> None:
    """Of a text that has a word, a word is left, and reading it again changes nothing more."""
    plain = plain_question(f"{typed} copper")
    assert "copper" in plain
    for read in (plain, plain_question(typed)):
        assert plain_question(read) == read


@pytest.mark.parametrize("piece", [*PIECES, "thanks", "hi, > "])
@settings(deadline=dt.timedelta(seconds=2), max_examples=4)
@given(end=st.sampled_from(["", "x", "?", "hi"]))
def test_the_longest_text_is_read_at_once(piece: str, end: str) -> None:
    """What is typed again and again takes no time that grows with its square."""
    assert len(plain_question(piece * (20_000 // len(piece)) + end)) <= 41_000


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("what did dana whitfeild say", "Whitfield"),
        ("omar kastell on robots", "Castell"),
        ("how much did quilon pay", "Quillon"),
        ("how big is orkdahl", "Orkdal"),
        ("what is stackharbour", "Stack Harbour"),
        ("when does it become availabel", "available"),
    ],
)
def test_a_word_nobody_said_is_read_as_the_one_it_looks_or_sounds_like(typed: str, meant: str) -> None:
    """Names come before English words, and the other part of a full name helps."""
    reading = VOCABULARY.read(typed, dict.fromkeys(odd_words(typed), 0))
    assert meant in reading.question


@pytest.mark.parametrize("typed", ["how much did Zemblanity pay", "who is Petra Lindholm", "what does Tarn sell"])
def test_a_name_that_is_like_no_other_stays(typed: str) -> None:
    """An unknown name is left as it is: what is near enough is a typo, anything else isn't."""
    assert VOCABULARY.read(typed, dict.fromkeys(odd_words(typed), 0)).question == typed


def test_a_word_that_is_said_stays() -> None:
    """What the library itself says is no typo, however like a name it is."""
    assert VOCABULARY.read("what is quilon", {"quilon": 30}).question == "what is quilon"


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("how much did quillon pay for orkdal", ("quillon", "orkdal")),
        ("what did dana qwertz say", ("dana qwertz",)),
        ("Which tools does Tarn use?", ("Tarn",)),
        ("copper prices in Lisbon since May", ("Lisbon",)),
        ("why can't they sell it", ()),
    ],
)
def test_names_are_found_in_lower_case_too(question: str, names: tuple[str, ...]) -> None:
    """What is no English word is a name, months and contractions are not."""
    assert parse_question(question).names == names


@pytest.mark.parametrize(
    ("text", "courtesy"),
    [
        ("hi", Courtesy.GREETING),
        ("Hello there!", Courtesy.GREETING),
        ("hey, thanks!", Courtesy.THANKS),
        ("thank you so much", Courtesy.THANKS),
        ("who are you?", Courtesy.IDENTITY),
        ("what can you do", Courtesy.ABILITY),
        ("What’s new?", Courtesy.NEWS),
        ("what's new with Tarn?", None),
        ("who are you quoting?", None),
        ("hello world is what kind of program?", None),
        ("thanks for the help", Courtesy.THANKS),
        ("thank you so much for explaining that!", Courtesy.THANKS),
        ("thanks for that, what did Quillon pay?", None),
        ("thanks for that what did Quillon pay?", None),
        ("Thanks for the help! Who owns Tarn?", None),
        ("how does it work?", None),
        ("what is this?", None),
        ("how do you work?", Courtesy.ABILITY),
        ("what is this bot?", Courtesy.IDENTITY),
    ],
)
def test_what_is_said_to_the_bot_itself_is_known(text: str, courtesy: Courtesy | None) -> None:
    """Only a text that is nothing else is a courtesy."""
    assert courtesy_of(text) is courtesy


@settings(deadline=dt.timedelta(seconds=1))
@given(
    st.lists(st.sampled_from(["thanks", "for", "for a", "hi", "there", "again", "how are you", "x", "!"]), max_size=99)
)
def test_courtesies_take_no_time_to_know(words: list[str]) -> None:
    """However often what courtesies are made of is said again, they are told from questions at once."""
    assert courtesy_of(f"{' '.join(words)} {'x' * 45}") in {None, Courtesy.THANKS}
    assert courtesy_of("thanks" + " for a" * 24 + f" {'x' * 45}") is None


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("Who said that?", Reference.WHO),
        ("when?", Reference.WHEN),
        ("source?", Reference.SOURCE),
        ("tell me more", Reference.MORE),
        ("who said that copper is dear?", None),
        ("why?", None),
    ],
)
def test_what_is_asked_about_the_answer_before_is_known(text: str, reference: Reference | None) -> None:
    """A question that says what it is about isn't about the answer before."""
    assert reference_of(text) is reference


async def _ask(app: App, question: str, context: ThreadContext) -> tuple[Answer, ThreadContext]:
    return [state async for state in app.answers.answer(question, Filters(), context, Asker())][-1]


async def test_a_thread_can_ask_about_the_answer_before(sampled: Path, clock: FixedClock) -> None:
    """Who, when and where refer to what was cited; more of it doesn't tell the same again."""
    async with open_app(Settings(database=sampled, workers=0, timezone="UTC"), clock) as app:
        first, context = await _ask(app, "What did the states send to Ladder?", ThreadContext())
        who, context = await _ask(app, "who said that?", context)
        when, context = await _ask(app, "when?", context)
        more, later = await _ask(app, "more", context)
        said, after = await _ask(app, "who said that?", later)
        again, _ = await _ask(app, "more", after)
        gone = [replace(each, origin=replace(each.origin, conversation="gone/1")) for each in context.citations]
        forgotten, _ = await _ask(app, "who said that?", replace(context, citations=tuple(gone)))
        partly, _ = await _ask(app, "source?", replace(context, citations=(*gone, context.citations[0])))
    assert first.citations[0].speaker in who.text
    assert f"{first.citations[0].origin.date:%B %Y}" in when.text
    assert who.citations == when.citations == first.citations
    told = {citation.quote for citation in (*first.citations, *more.citations)}
    assert len(told) == len(first.citations) + len(more.citations)
    assert said.citations == more.citations
    assert told.isdisjoint(citation.quote for citation in again.citations)
    assert not forgotten.answered
    assert forgotten.citations == ()
    assert partly.citations == (context.citations[0],)


async def test_a_greeting_is_returned(sampled: Path, clock: FixedClock) -> None:
    """A greeting gets a greeting and questions to begin with, and nobody's words."""
    async with open_app(Settings(database=sampled, workers=0, timezone="UTC"), clock) as app:
        replies = [reply async for reply in app.dispatcher(app.request("ask", question="hi!"))]
        names = await app.store.registry.names(space=app.space)
    (summary,) = [_summary(reply) for reply in replies]
    assert summary.startswith("Hi!")
    assert names[0] in str(replies[0].content)


async def test_a_typo_is_read_and_told(sampled: Path, clock: FixedClock) -> None:
    """An answer says how a misspelt name was read."""
    async with open_app(Settings(database=sampled, workers=0, timezone="UTC"), clock) as app:
        answer, _ = await _ask(app, "how much memory does quilon make", ThreadContext())
    assert answer.note == "I read “quilon” as Quillon."


async def test_a_citation_begins_with_its_own_words(sampled: Path, clock: FixedClock) -> None:
    """The second of a citation lies between those at which its turn and the next begin."""
    async with open_app(Settings(database=sampled, workers=0, timezone="UTC"), clock) as app:
        answer, _ = await _ask(app, "How many states went after Ladder?", ThreadContext())
        for citation in answer.citations:
            talk = await app.store.library.conversation(citation.origin.conversation, space=app.space)
            assert talk
            turn = talk.turns[citation.turn]
            place = turn.text.index(citation.quote)
            assert citation.t is not None
            assert turn.t is not None
            assert (citation.t > turn.t) is (place > 0)
            if citation.turn + 1 < len(talk.turns):
                assert citation.t <= (talk.turns[citation.turn + 1].t or 0)


def _summary(reply: Reply) -> str:
    assert isinstance(reply.content, Message)
    return reply.content.summary
