"""What saves time when reading gives what the plain way gives: nothing is skipped that could have been found.

Words that can't be part of anything, such as "halve" or "| now", make the reader look where it would have skipped.
"""

from __future__ import annotations

import datetime as dt
import re
from itertools import pairwise

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.claims.disfluency import remove_disfluencies
from bot.claims.filters import is_structure
from bot.domain import EntityKind
from bot.nlp.attribution import FORMS
from bot.nlp.entities import opens_sentence
from bot.nlp.event_dates import calendar_times
from bot.nlp.gazetteer import TOKEN, Gazetteer, GazetteerEntry, Tokens, lookup_key
from bot.nlp.lexicons import cue_pattern, opening_pattern, read_lines
from bot.nlp.quantities import find_multiples
from bot.nlp.sentences import sentence_spans

WORDS = (
    "Mara Quist the Quillon report Halden's he's Inc. said says told us that according to by per reported claims "
    "accused put it wrote quoted saying heard from I you know I mean like um uh er, the the I I it's it's -- … half of "
    "thirds a quarter doubled twice tenfold one in five 40 percent billion $2. 1 third last year in March 2024 two "
    "years ago today next week use code npm install foo() x = 1; https://a.example def run( [1:02] (laughs) - # “c ] ” "
    "A B. U.S. ... ! ? , ; : ’s as noted, working at CEO of called startup, New York the New York Fed"
).split()
PHRASES = (
    "Mara Quist told us that|Mara Quist has told Dana that|As Mara Quist said, the|I heard from Mara Quist that|"
    "Halden put it|Mara Quist accused the others|Mara Quist claims that it fell|according to Quillon,|"
    ", Quillon reported|Mara Quist quoted Dana as saying that it|Mara Quist: “We are not going to sell it|"
    "a third of the|two thirds of|half of the|a quarter of the|three fifths|twice the|it tripled|threefold|halved|"
    "the the|I I|it's it's|we we|you know,|, I mean,|um,|, uh,|er,|, like,|five percent|npm install it|foo() is|"
    "last year|in March 2024|this quarter|in the nineties|] The|” The|said. The|the U.S. The|New York Fed's|Quillon's|"
    "(Mara Quist"
).split("|")
SENTENCES = st.lists(st.one_of(st.sampled_from(PHRASES), st.sampled_from(WORDS)), min_size=4, max_size=9).map(" ".join)
SAID = dt.date(2024, 5, 6)


@settings(max_examples=500)
@given(SENTENCES)
@example("As Mara Quist told us, Quillon said that the Halden report claims it doubled")
@example(
    "Quillon's Mara Quist quoted Halden as saying that it accused the others: They told me that, according to Inc."
)
def test_ways_to_pass_on_what_others_say_have_one_of_their_cues(text: str) -> None:
    """A text in which a way is found has one of the words by which it is chosen."""
    words = set(re.findall("[a-z]+", text.lower()))
    for form in FORMS:
        if form.cues and form.pattern.search(text):
            assert form.cues & words


@settings(max_examples=500)
@given(SENTENCES)
def test_factors_and_shares_have_one_of_their_cues(text: str) -> None:
    """The same is found in a text that has a cue besides."""
    assert find_multiples(text) == find_multiples(f"{text} | halve")


@settings(max_examples=500)
@given(SENTENCES)
def test_all_that_disturbs_a_sentence_goes(text: str) -> None:
    """The same goes from a sentence in which something repeats, hesitates and fills besides, though not to be cut."""
    plain = remove_disfluencies(f"{text} then thou know era go go home").removesuffix("thou know era go go home")
    assert remove_disfluencies(f"{text} then we see eon go on home").removesuffix("we see eon go on home") == plain


@settings(max_examples=500)
@given(SENTENCES)
def test_code_is_known_by_its_marks(text: str) -> None:
    """A line is the same with a bracket before it, which code may begin with."""
    line = f"we say it here {text.replace('://', ' ')}"
    assert is_structure(line) == is_structure(f"{{ {line}")


@settings(max_examples=500)
@given(SENTENCES)
def test_sentences_of_one_line_end_as_they_do_beside_another(text: str) -> None:
    """The ends that are looked for in a turn of one line are those of any other turn."""
    assert sentence_spans(text) == sentence_spans(f"{text}\nAnother line")[:-1]


@settings(max_examples=500)
@given(SENTENCES)
def test_times_have_one_of_the_cues_of_their_kind(text: str) -> None:
    """The same times are found in a text that has a cue besides."""
    assert list(calendar_times(text, SAID)) == list(calendar_times(f"{text} | now", SAID))


@given(SENTENCES, st.integers(0, 80))
def test_what_opens_a_sentence_is_seen_from_its_end(text: str, place: int) -> None:
    """Going back from a word finds the same as reading from the start."""
    plain = re.compile(r"(?:^|[.!?:;(\[\"“‘…*–—-]|\.\.\.|--)[\s\"'“‘(\[*]*$")
    place = min(place, len(text))
    assert opens_sentence(text, place) == (plain.search(text, 0, place) is not None)


@given(SENTENCES)
def test_words_stand_where_they_are_found(text: str) -> None:
    """Starts and ends that are worked out later are those of the words."""
    tokens = Tokens(text)
    spans = [(tokens.starts[index], tokens.end(index)) for index in range(len(tokens.words))]
    assert spans == [token.span() for token in TOKEN.finditer(text)]


NAMES = ("New York", "The New York Fed", "Quillon", "Mara Quist", "Quist the Quillon", "U.S.", "A B")
GAP = re.compile(r"[ \-–]|\. |\.(?=\s)")


def find_run_by_run(text: str, keys: set[str]) -> list[tuple[int, int]]:
    """Return where names are, by trying every run of words, the longest first."""
    tokens = list(TOKEN.finditer(text))
    places = range(len(tokens))
    found: list[tuple[int, int]] = []
    for first, last in ((start, end) for start in places for end in reversed(places[start:])):
        run = " ".join(token[0].lower() for token in tokens[first : last + 1]).replace("’", "'")
        is_whole = all(GAP.fullmatch(text, a.end(), b.start()) for a, b in pairwise(tokens[first : last + 1]))
        key = run if run in keys else re.sub(r"'s$|(?<=s)'$", "", run)
        start, end = tokens[first].start(), tokens[last].end() - len(run) + len(key)
        if key in keys and is_whole and (not found or start >= found[-1][1]):
            found.append((start, end))
    return found


@settings(max_examples=500)
@given(SENTENCES, st.sets(st.sampled_from(NAMES), min_size=1))
@example("In The New York Fed's report New York's Mara Quist the Quillon", set(NAMES))
def test_the_longest_name_is_found_at_each_word(text: str, names: set[str]) -> None:
    """Looking names up by their openings finds what trying every run of words finds."""
    text = text.replace("$", "")
    known = Gazetteer(frozenset())
    for name in names:
        known.put(name, GazetteerEntry(name, EntityKind.COMPANY))
    found = [(match.start, match.end) for match in known.find(text)]
    assert found == find_run_by_run(text, set(map(lookup_key, names)))


@given(st.text("tweonhrisfu ", max_size=30))
def test_an_expression_for_openings_finds_what_its_alternatives_find(text: str) -> None:
    """Sharing letters changes nothing."""
    shared = re.compile(rf"\b{opening_pattern(*read_lines('lexicons/figure_hint.txt'))}")
    plain = re.compile(rf"\b(?:{cue_pattern('figure_hint')})")
    assert bool(shared.search(text)) == bool(plain.search(text))
