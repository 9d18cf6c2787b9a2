"""Reading: what becomes a claim, on which words, and what never does."""

from __future__ import annotations

import datetime as dt
import pickle
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.claims.disfluency import remove_disfluencies
from bot.claims.extractor import QUOTED_TEXT, extract_claims
from bot.domain import UNKNOWN_SPEAKER, Conversation, EntityKind, LeadIn, Mention, Modality, Person, Turn
from bot.nlp.sentences import sentence_spans, strip_fillers


def talk(*turns: tuple[str | None, str] | str, people: tuple[Person, ...] = ()) -> Conversation:
    """Make a conversation of ours, spoken in June 2026."""
    said = tuple(Turn(turn) if isinstance(turn, str) else Turn(turn[1], turn[0]) for turn in turns)
    return Conversation("t:1", "Harbor Talk", "Harbor Talk 1", dt.date(2026, 6, 20), said, people=people)


def quotes(*turns: tuple[str | None, str] | str) -> list[str]:
    """Return what is claimed in a conversation."""
    return [claim.quote for claim in extract_claims(talk(*turns)).claims]


CLAIMS = [
    "The Department of Justice sued Apple in March 2024.",
    "Lumen raised $30 million in March.",
    "Tesla filed a trademark application for a modular data center.",
    "The outage cost the bank nearly $40 million.",
    "Nvidia's revenue grew 62% year over year.",
    "OpenAI is expected to list its shares by 2027.",
    "Anthropic accused Alibaba of copying its models.",
    "Postgres handles 20,000 writes a second on this machine.",
    "Milena Orvath founded Orlo in 2014.",
    "Inflation fell to 2.4 percent in May.",
    "Germany closed its last nuclear plant three years ago.",
    "Rust compiles to a single binary, so Cloudflare replaced Nginx with it.",
    "Amazon, Walmart and Uber are all capping how much their employees can spend.",
    "The European Union fined Meta 800 million euros.",
    "DeepSeek's model costs a tenth of what GPT-5 costs.",
    "About 40% of the fleet runs on batteries.",
    "Contract prices were flat last quarter.",
    "This morning, a coalition of 38 attorneys general sent a subpoena to Lumen.",
    "Two nights ago there was a fire at Intel's plant in Ireland.",
    "Mastercard is introducing always-on settlement on Solana.",
]
NO_CLAIMS = [
    "Petra Lindqvist from the Norbank Herald.",
    "I was just in Chicago last week, it was freezing.",
    "How much did Lumen raise in March?",
    "Tesla raised $30 million, right?",
    "Who would pay $900 for a phone like that?",
    "I wonder whether OpenAI will list its shares.",
    "Thanks for having me on the show.",
    "Welcome back to Harbor Talk, the show about boats and software.",
    "It's great to be here, Dana.",
    "Please subscribe and leave us a five-star review.",
    "We'll be right back after this short break.",
    "In this episode we'll talk about Nvidia and the price of memory.",
    "Links to the paper by OpenAI are in the show notes.",
    "I'm Dana Whitfield, and I cover Apple.",
    "My name is Petra and I work at Google.",
    "I'm the founder of Orlo.",
    "[laughter]",
    "https://example.com/a?b=1",
    "const total = rows.map(r => r.size); return total;",
    "Yeah, exactly.",
    "Good morning, everybody, and happy Friday.",
    "Let's talk about Microsoft and its three new offices.",
    "How was your weekend in Boston?",
    "Our next guest is Milena Orvath, who runs Orlo.",
    "Today we're going to discuss the Fed and its 2 percent target.",
    "So tell us how Google got to 90 percent.",
    "Petra Lindqvist, Norbank Herald.",
    "Google - a garden of.",
    'And so I go, "Intel, you have got to plan this out."',
    "Because Intel isn't there.",
    "Alice sends Bob three of her ten Bitcoin keys.",
    "Prices were flat.",
    "Thank you to everybody at Google who listened to all 200 episodes.",
]
LEAST_FOUND, MOST_TAKEN = 0.8, 0.1
ADVERT = (
    "This episode is brought to you by Kelpworks. Kelpworks keeps 4,000 teams in sync with one dashboard. "
    "It cut onboarding time at Borealis by 60%. Over 900 companies switched to it last year. "
    "Head to kelpworks.com/harbor and use code HARBOR for 20% off."
)


def test_checkable_statements_are_claims() -> None:
    """A figure, a name with a verb of doing, a comparison, an event or a forecast can be checked; few are missed."""
    found = [sentence for sentence in CLAIMS if quotes(("Dana Whitfield", sentence))]
    assert len(found) >= LEAST_FOUND * len(CLAIMS)


def test_questions_small_talk_and_housekeeping_are_no_claims() -> None:
    """What cannot be checked, or is not said about the world, is left out; little of it gets through."""
    taken = [sentence for sentence in NO_CLAIMS if quotes(("Dana Whitfield", sentence))]
    assert len(taken) <= MOST_TAKEN * len(NO_CLAIMS)


def test_an_advertisement_is_left_out_over_its_whole_segment() -> None:
    """The sentences between the opening cue and the offer look like claims and are none."""
    news = "Nvidia's revenue grew 62% last year."
    assert [news] == quotes(("Dana Whitfield", f"{ADVERT} Now, back to the show. {news}"))


def test_an_advertisement_is_left_out_over_turns() -> None:
    """A sponsor read that is cut into turns is still one."""
    parts = [("Dana Whitfield", part + ".") for part in ADVERT.removesuffix(".").split(". ")]
    assert quotes(*parts, ("Petra Lindqvist", "Micron sold all of its output until 2027.")) == [
        "Micron sold all of its output until 2027."
    ]


def test_a_discount_on_a_market_is_no_advertisement() -> None:
    """A share that trades below its high is news."""
    sentence = "Orlo's shares trade 20% off their high."
    assert [sentence] == quotes(("Dana Whitfield", sentence))


def test_a_claim_stands_on_the_words_of_its_turn() -> None:
    """The quote is the span of the turn, the speaker the turn's own, the figures spans of the quote."""
    turns = talk(
        ("Dana Whitfield", "Right. So, um, Lumen raised $30 million, 🙂 you know, in March. Wow."),
        "Tesla sold 90,000 cars.",
    )
    found = extract_claims(turns).claims
    assert [turns.turns[claim.turn].text[claim.start : claim.end] for claim in found] == [
        claim.quote for claim in found
    ]
    assert [claim.speaker for claim in found] == ["Dana Whitfield", UNKNOWN_SPEAKER]
    assert [claim.text for claim in found] == ["Lumen raised $30 million, 🙂 in March.", "Tesla sold 90,000 cars."]


NOTES = (
    "### Nvidia pays $2 billion for Lumen\n"
    "Lumen raised $30 million in March.\n"
    "- The outage cost the bank nearly $40 million.\n"
    "• Inflation fell to 2.4 percent in May."
)


def test_headings_and_show_notes_in_a_turn_are_no_claims() -> None:
    """Nobody said them, whoever's turn they stand in; the claims between them keep their places."""
    (claim,) = extract_claims(talk(("Dana", NOTES))).claims
    assert claim.quote == NOTES[claim.start : claim.end] == "Lumen raised $30 million in March."
    assert extract_claims(talk(("Dana", NOTES)), extra_spans={(0, 0, 36)}).claims == (claim,)


def test_bullets_of_a_post_and_dashes_of_a_dialogue_are_claims() -> None:
    """Without a speaker, bullets are what was written; a turn of nothing but dashes, or of one line, was spoken."""
    outage, inflation = "The outage cost the bank nearly $40 million.", "Inflation fell to 2.4 percent in May."
    assert quotes(NOTES)[-2:] == [outage, inflation]
    assert quotes(("Dana", f"- {outage}\n- {inflation}")) == [outage, inflation]
    assert quotes(("Dana", f"- {outage}")) == [outage]


def test_an_id_outlives_edits_elsewhere_and_repeats_are_told_apart() -> None:
    """Another turn put before changes no id; the same words twice are two claims."""
    said = ("Dana Whitfield", "Tesla sold 90,000 cars.")
    before = [claim.id for claim in extract_claims(talk(said)).claims]
    after = [claim.id for claim in extract_claims(talk(("Petra", "Hello there."), said, said)).claims]
    assert before == after[:1]
    assert len(set(after)) == len(after) == 2


def test_hearsay_names_the_claimant_and_every_relayer() -> None:
    """The speaker relays first; names are given in full where the conversation has them."""
    words = "Batnick told me that Micron's management expects memory to stay tight beyond 2027."
    claim = extract_claims(talk(("Dana Whitfield", words))).claims[0]
    assert (claim.claimant, claim.relayers) == ("Micron's management", ("Dana Whitfield", "Michael Batnick"))


def test_a_claim_that_points_back_is_told_with_the_words_that_it_points_at() -> None:
    """The quote stays the speaker's; beside it stands the sentence that has the name."""
    words = "Oratomic is a young startup from Pasadena. It cut the number of qubits that it needs to 10,000 last year."
    claim = extract_claims(talk(words)).claims[-1]
    assert claim.quote == "It cut the number of qubits that it needs to 10,000 last year."
    assert claim.lead_in == LeadIn(0, 0, 42, "Oratomic is a young startup from Pasadena.")


def test_a_long_sentence_is_cut_where_a_clause_only_adds() -> None:
    """The quote stays one span; what takes something back is never cut off."""
    claim = (
        "Nvidia sold 4 million chips last year, about three times what it sold in the two years before that together"
    )
    tail = "to the many companies that had begun to build data centers of their own in the north of the country by then"
    assert quotes(f"{claim}, and it sold nearly every one of them {tail}.") == [claim]
    kept = f"{claim}, but it took back nearly every one of them from the buyers {tail}."
    assert quotes(kept) == [kept]


def test_no_is_an_answer_unless_a_number_follows() -> None:
    """An answer of one word ends its sentence; "No. 4" does not."""
    words = "No. The port has No. 4 and No. 5 cranes."
    assert [words[start:end] for start, end in sentence_spans(words)] == ["No.", "The port has No. 4 and No. 5 cranes."]


def test_what_leads_up_to_a_reporters_question_is_no_claim() -> None:
    """Somebody who is there only to ask puts premises, not claims; the one who answers claims."""
    question = (
        "Inflation was 2.4 percent in May, and Congress expects 2 percent. Nvidia grew 62 percent. Is that enough?"
    )
    reporters = [(name, question) for name in ("Petra Lindqvist", "Ilse Brandt", "Milena Kovac")]
    assert quotes(
        *reporters, ("Dana Whitfield", "Well, Congress does expect inflation of 2 percent in two years.")
    ) == ["Well, Congress does expect inflation of 2 percent in two years."]


def test_chat_about_the_people_in_the_room_is_no_claim() -> None:
    """A claim without figures names somebody or something that is not there to talk."""
    said = ("Petra Lindqvist", "Dana Whitfield is back with us from a long and lovely holiday.")
    assert quotes(("Dana Whitfield", "Hello."), said) == []
    assert quotes(("Dana Whitfield", "Hello."), ("Petra Lindqvist", "Dana Whitfield founded Lumen in Boston."))


def test_what_a_speaker_reads_out_is_somebody_elses_claim() -> None:
    """It is theirs who is named before it, or a quoted text's; what the speaker goes on to say is theirs again."""
    text = (
        "Here is how Milena Orvath puts it:\n"
        "> We sold 400 robots to three hospitals in Oslo this spring, more than in all of last year.\n"
        "The robots cost $9,000 each, according to the price list of the factory in Bergen.\n"
        'And the notice at the door said: "Dear all. Halden Compute will close its plant in Bergen in March, and '
        'lay off all 400 people who make its robots there."'
    )
    told = {each.quote[:10]: each for each in extract_claims(talk(("Dana Whitfield", text))).claims}
    assert (told["We sold 40"].claimant, told["We sold 40"].relayers) == ("Milena Orvath", ("Dana Whitfield",))
    assert told["The robots"].claimant != "Milena Orvath"
    assert (told["Halden Com"].claimant, told["Halden Com"].speaker) == (QUOTED_TEXT, "Dana Whitfield")


@pytest.mark.parametrize(
    ("sentence", "answer"),
    [
        ("Halden will close its plant in Bergen in March, they say.", "That's absolutely wrong."),
        ("Halden cut 400 jobs in Oslo.", "Well, that is simply not true."),
    ],
)
def test_what_the_next_sentence_takes_back_is_no_claim(sentence: str, answer: str) -> None:
    """A view is heard with its refutation, or not at all."""
    assert sentence in quotes(("Dana Whitfield", sentence))
    assert sentence not in quotes(("Dana Whitfield", f"{sentence} {answer}"))


def test_a_link_with_its_title_is_no_claim() -> None:
    """Show notes are lists of links; a link in a sentence takes nothing from it."""
    title = "Halden raised $30 million, an essay: https://example.com/halden/raised-30-million-in-march"
    sentence = "Halden raised $30 million in March, as https://example.com says, and opened plants in Oslo and Bergen."
    found = quotes(("Dana Whitfield", title), ("Dana Whitfield", sentence))
    assert title not in found
    assert any(quote.startswith("Halden raised $30 million in March") for quote in found)


def test_nothing_is_a_forecast_that_has_no_word_for_what_is_to_come() -> None:
    """Whatever the heads make of it."""
    sentence = "Halden's revenue will grow by 40 percent next year."
    (ahead,) = extract_claims(talk(("Dana Whitfield", sentence))).claims
    assert ahead.modality is Modality.FORECAST
    past = [*CLAIMS, "Inflation remains well above the goal of 2 percent."]
    found = extract_claims(talk(*(("Dana Whitfield", text) for text in past))).claims
    assert all("expected" in each.text for each in found if each.modality is Modality.FORECAST)


def test_a_name_in_passing_is_told_from_what_a_claim_is_about() -> None:
    """A comparison mentions; a subject is spoken about."""
    claim = extract_claims(
        talk(("Dana Whitfield", "Nvidia sold more chips than Intel last year, about 4 million."))
    ).claims[0]
    assert (Mention("Nvidia", EntityKind.COMPANY), Mention("Intel", EntityKind.COMPANY, about=False)) == claim.entities


def test_a_reading_is_the_same_every_time_and_travels_between_processes() -> None:
    """Reading is pure, so that it may run in a worker process."""
    conversation = talk(("Dana Whitfield", "Tesla sold 90,000 cars. " + ADVERT))
    assert pickle.dumps(extract_claims(conversation)) == pickle.dumps(extract_claims(conversation))


@given(st.lists(st.tuples(st.none() | st.text(max_size=12), st.text(max_size=300)), max_size=6))
def test_any_text_is_read_without_failing_and_quotes_are_spans(turns: list[tuple[str | None, str]]) -> None:
    """Whatever was transcribed, each quote is exactly the words of its turn."""
    conversation = talk(*turns)
    for claim in extract_claims(conversation).claims:
        assert conversation.turns[claim.turn].text[claim.start : claim.end] == claim.quote
        assert all(claim.quote[one.start : one.end] == one.text for one in claim.figures)
        if lead_in := claim.lead_in:
            assert conversation.turns[lead_in.turn].text[lead_in.start : lead_in.end] == lead_in.text
            assert (lead_in.turn, lead_in.end) <= (claim.turn, claim.start)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("In other words, copper doubled.", "Copper doubled"),
        ("It turns out that copper doubled.", "Copper doubled"),
        ("In addition to two plants, Tarn bought a mine.", "In addition to two plants, Tarn bought a mine"),
        ("In short supply, copper doubled.", "In short supply, copper doubled"),
        ("It turns out to be false.", "It turns out to be false"),
    ],
)
def test_what_only_leads_in_is_left_out(said: str, told: str) -> None:
    """The same words before a phrase that belongs to them stay."""
    assert strip_fillers(said) == told


@given(st.text(max_size=400))
def test_sentences_are_spans_in_order(text: str) -> None:
    """Sentences never overlap, never begin or end with a space, and lose no letter between them."""
    spans = sentence_spans(text)
    assert all(one[1] <= two[0] for one, two in pairwise(spans))
    assert all(text[start:end].strip() == text[start:end] != "" for start, end in spans)


TIDIED = [
    ("And so, you know, prices fell 4 percent.", "Prices fell 4 percent."),
    ("But we, we didn't sell the the boat.", "We didn't sell the boat."),
    ("Um, I mean, nearly half of them left...", "Nearly half of them left."),
    ("So iPhones sold out.", "iPhones sold out."),
    ("Well, it is [laughter] closed.", "It is closed."),
    ("He had had enough of very, very long days.", "He had had enough of very, very long days."),
    ("They sold fifty fifty of it.", "They sold fifty fifty of it."),
    ("In twenty twenty Halden left Oslo.", "In twenty twenty Halden left Oslo."),
    ("She flew to New York, new york as ever.", "She flew to New York, new york as ever."),
    ("Duran Duran played in 2020, 2020 of all years.", "Duran Duran played in 2020, 2020 of all years."),
    ("They paid a hundred, a hundred and ten.", "They paid a hundred, a hundred and ten."),
    ("There were, like, 50 boats and, like, a barge.", "There were, like, 50 boats and, a barge."),
    ("It is ours if you know the name.", "It is ours if you know the name."),
    ("As you know, IT it was that, you know, failed.", "As you know, IT it was that failed."),
    ("ER doctors, uh, left us.", "ER doctors left us."),
]


@pytest.mark.parametrize(("quote", "text"), TIDIED)
def test_a_quote_is_tidied_by_leaving_out_alone(quote: str, text: str) -> None:
    """Fillers, false starts and stage directions go; figures, hedges and negations stay."""
    assert text == remove_disfluencies(quote)


@given(st.lists(st.sampled_from("the the, we we had had fifty twenty, a hundred 50 50, Duran Lena, I it is".split())))
def test_no_number_and_no_name_is_tidied_away(words: list[str]) -> None:
    """However often they are repeated."""
    kept = {"fifty", "twenty", "hundred", "50", "duran", "lena", "had"}
    before, after = (
        [word.strip(",.") for word in text.lower().split() if word.strip(",.") in kept]
        for text in (" ".join(words), remove_disfluencies(" ".join(words)))
    )
    assert before == after


def test_a_line_that_leads_up_to_the_next_claims_nothing() -> None:
    """A colon at its end says that the statement is still to come."""
    assert quotes("Anton Zaides of Lumen is optimistic about 2027:") == []
