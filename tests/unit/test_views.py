"""The wording: what people read, and that values never become markup."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.briefs.topics import find_topic
from bot.chat.message import ACTION_LIMIT, Sources
from bot.chat.request import Arg, ArgKind, Progress, Verb
from bot.chat.text import unstyled
from bot.domain import Brief, Citation, Entity, EntityKind, Mention, Origin, Signal, StatCard, Statement
from bot.domain.address import Address
from bot.domain.delivery import Delivery
from bot.domain.library import EntityProfile, LibraryStats
from bot.domain.refusal import Refusal
from bot.domain.subscription import AlertFrequency, DeliveryOutage, Follow, QuietHours
from bot.domain.usage import PurposeSpending
from bot.views.answer import answer_view, claims_view
from bot.views.brief import brief_view
from bot.views.entity import entity_view, unknown_entity_view
from bot.views.follows import (
    alert_view,
    claim_volume,
    follow_preview,
    followed_view,
    following_view,
    quiet_hours_view,
    unfollowed_view,
)
from bot.views.signal import receipts_view
from bot.views.status import erased_view, erasure_preview, personal_data_view, status_view
from bot.views.subscriptions import (
    SubscriptionPlan,
    missing_briefs_view,
    paused_view,
    resumed_view,
    subscribe_preview,
    subscribed_view,
    subscriptions_view,
)
from bot.views.system import (
    error_view,
    help_view,
    lost_answer_view,
    meant_view,
    progress_view,
    refusal_view,
    verb_help_view,
)
from tests.pages import blocks, quotes, texts, words
from tests.snapshots.content import (
    ANSWER,
    BRIEF,
    COPIED,
    HERE,
    PRICE,
    PROFILE,
    QUEUE,
    REFUSAL,
    SUBSCRIPTION,
    VERBS,
    claim,
)

PAST = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)


def test_citations_have_quote_speaker_show_date_and_time() -> None:
    """[2] of the answer is the second source, and opens at its second."""
    page = answer_view(ANSWER)
    (sources,) = (block for block in blocks(page) if isinstance(block, Sources))
    assert unstyled(sources.items[1].text) == f"“{PRICE.quote}”\nMara Ilves · The Ledger Hour, 24 Jun 2026 · 0:12:32"
    assert sources.items[1].href == "https://ledgerhour.example/212#t=752"
    mark = next(span for text in texts(page) for span in text if span.text == "[2]")
    assert mark.href == sources.items[1].href


def test_an_answer_made_of_quotes_does_not_repeat_them() -> None:
    """Where the answer has the exact words, its source only says whose they are."""
    page = answer_view(replace(ANSWER, text=f"{QUEUE.quote} [1] Boards got cheaper. [2]"))
    assert words(page).count(QUEUE.quote) == 1
    assert f"“{PRICE.quote}”" in words(page)


def test_a_refusal_says_what_was_searched_and_the_nearest_thing() -> None:
    """No evidence is no answer."""
    page = answer_view(REFUSAL)
    assert [quote.words for quote in quotes(page)] == [QUEUE.quote]
    assert "Searched 407 conversations." in words(page)
    assert not [block for block in blocks(page) if isinstance(block, Sources)]


def test_alerts_tell_passing_mentions_apart() -> None:
    """Claims about the entity are quoted; a mention in passing is small print."""
    passing = replace(QUEUE, entities=(Mention("Northwind", EntityKind.COMPANY, about=False),))
    page = alert_view([("Northwind", (passing, PRICE))])
    assert [quote.words for quote in quotes(page)] == [PRICE.quote]
    assert "Mentioned in passing once on Grid & Gravel." in words(page)


def test_alerts_quote_what_matters_most_first() -> None:
    """Beyond what people read in one go, it is the least important that is only counted."""
    said = [replace(PRICE, quote=f"Number {n}.", importance=n / 10) for n in range(12)]
    shown = [quote.words for quote in quotes(alert_view([("Northwind", said)]))]
    assert shown == [f"Number {n}." for n in range(11, 11 - len(shown), -1)]
    assert len(shown) < len(said)


@pytest.mark.parametrize(
    ("week", "shown"),
    [
        (0, "No claims in the last 7 days."),
        (1, "1 claim in the last 7 days, less than one a day."),
        (12, "12 claims in the last 7 days, about 2 a day."),
    ],
)
def test_the_volume_is_shown_before_one_confirms(week: int, shown: str) -> None:
    """How much there would be to hear, by the week and by the day."""
    assert claim_volume(week) == shown
    assert shown in words(follow_preview(replace(PROFILE, claims_this_week=week)))


def test_a_follow_is_confirmed_with_its_pace() -> None:
    """Each pace is a button, and the confirmation repeats it."""
    *paces, cancel = (str(button.action) for button in follow_preview(PROFILE).buttons)
    assert (paces, cancel) == ([f"follow:Northwind/{pace}" for pace in AlertFrequency][::-1], "cancel:")
    assert "at most once an hour" in words(followed_view("Northwind", AlertFrequency.HOURLY, new=True))
    assert "already" in words(followed_view("Northwind", AlertFrequency.HOURLY, new=False))
    assert "no longer" in words(unfollowed_view("Northwind", existed=True))
    assert "were not" in words(unfollowed_view("Northwind", existed=False))


def test_what_is_followed_is_listed_with_a_way_out() -> None:
    """Every name has its pace and a button that ends it."""
    follow = Follow(1, "Northwind", HERE, "you", AlertFrequency.INSTANT, "UTC", PAST)
    page = following_view((follow,))
    assert [str(button.action) for button in page.buttons] == ["unfollow:Northwind"]
    assert "at once" in words(page)
    assert "aren't following anyone" in words(following_view(()))


def test_a_follow_that_is_paused_says_why_and_how_it_goes_on() -> None:
    """So does the list say which hours are quiet."""
    follow = Follow(1, "Northwind", HERE, "you", AlertFrequency.INSTANT, "UTC", PAST, "You take no messages.")
    quiet = QuietHours(HERE, "you", dt.time(22), dt.time(7), "Europe/Berlin")
    page = words(following_view((follow,), quiet))
    assert "paused: You take no messages. resume restarts it." in page
    assert "Quiet from 22:00 to 07:00 Europe/Berlin" in page


def test_an_alert_about_several_names_tells_each_in_few_quotes() -> None:
    """The rest is counted, and each name has its buttons; of very many names the last are only listed."""
    said = [claim(f"n{n}", PRICE.origin, f"Northwind cut {n} jobs.", "Mara Ilves", *PRICE.entities) for n in range(40)]
    page = alert_view([("Northwind", said), ("Halden AI", [COPIED]), *((f"Firm {n}", [COPIED]) for n in range(11))])
    assert len([quote for quote in quotes(page) if "jobs" in quote.words]) == 3
    assert "37 more about Northwind." in words(page)
    assert "Also new: Firm 8 (1), Firm 9 (1) and Firm 10 (1)." in words(page)
    assert page.summary == "Northwind, Halden AI, Firm 0, Firm 1, Firm 2 and 8 more: 41 new claims"
    assert len(quotes(alert_view([("Northwind", said)]))) == 8


def test_a_notice_says_which_brief_where_why_and_what_brings_it_back() -> None:
    """One button resumes it; a silence says since when, why, and how fresh is what was read."""
    page = paused_view(replace(SUBSCRIPTION, state="That channel is gone.", topic=""))
    assert [str(button.action) for button in page.buttons] == ["resume:#1"]
    assert "The daily brief for terminal is paused.\nThat channel is gone." in words(page)
    page = missing_briefs_view(DeliveryOutage("slack:T1", dt.date(2026, 6, 22), "", ("U1",)), dt.date(2026, 6, 20))
    assert "No brief has been sent since Mon 22 Jun 2026" in words(page)
    assert "They are waiting to be sent.\nThe latest conversation read is from Sat 20 Jun 2026." in words(page)


def test_a_guess_is_asked_with_buttons_that_fit_or_with_how_to_type_it() -> None:
    """A button that was left out would make the question one-sided."""
    page = meant_view("follow", "Halden", "keep us posted on Halden")
    assert [str(button.action) for button in page.buttons] == [
        "follow:Halden",
        "ask:keep us posted on Halden",
        "cancel:",
    ]
    name = " ".join(["Halden"] * 12)
    assert len(f"follow:{name}") < ACTION_LIMIT < len(f"ask:keep us posted on {name}")
    page = meant_view("follow", name, f"keep us posted on {name}")
    assert page.buttons == ()
    assert "begin with follow to do it, or with ask to ask" in words(page)


def test_what_is_resumed_is_shown_with_its_next_run() -> None:
    """Also what was not paused; and the names that are followed again."""
    due = "The ai brief next arrives Mon 23 Nov, 08:00 Europe/Berlin."
    assert words(resumed_view([SUBSCRIPTION], 2)) == f"Resumed.\n{due}\nFollowing again: 2 names."
    assert words(resumed_view([], 0, [SUBSCRIPTION])) == f"Nothing was paused here.\n{due}"


@pytest.mark.parametrize("quiet", [None, QuietHours(HERE, "you", dt.time(22), dt.time(7), "UTC")])
def test_quiet_hours_are_shown_with_how_to_change_them(quiet: QuietHours | None) -> None:
    """Whether there are some or not."""
    assert ("quiet off" if quiet else "at any hour.\nquiet 22:00-07:00") in words(quiet_hours_view(quiet))


def test_a_subscription_shows_its_next_run_before_one_confirms() -> None:
    """The preview names the first run in local time, and its button carries the whole plan."""
    plan = SubscriptionPlan("ai", dt.time(8), "Europe/Berlin", frozenset(range(5)))
    page = subscribe_preview(plan, SUBSCRIPTION.due)
    shown = "The ai brief here on weekdays at 08:00 Europe/Berlin? The first arrives Mon 23 Nov, 08:00 Europe/Berlin."
    assert words(page).startswith(shown)
    assert SubscriptionPlan.parse(page.buttons[0].action.arg) == plan


@given(
    st.builds(
        SubscriptionPlan,
        st.text("abc /", max_size=20).map(str.strip),
        st.times().map(lambda time: time.replace(second=0, microsecond=0)),
        st.sampled_from(["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires"]),
        st.frozensets(st.integers(0, 6), min_size=1),
    )
)
def test_a_plan_survives_the_button(plan: SubscriptionPlan) -> None:
    """What is read back is what was written, and it fits."""
    assert SubscriptionPlan.parse(str(plan)) == plan
    assert subscribe_preview(plan, SUBSCRIPTION.due).buttons


def test_a_subscription_shows_what_its_topic_covers() -> None:
    """A few words and names of a listed topic, and how many more; of another, how it is found; and an example."""

    def shown(topic: str, example: str = "") -> str:
        plan = SubscriptionPlan(topic, dt.time(8), "UTC", frozenset({1}))
        return words(subscribe_preview(plan, SUBSCRIPTION.due, find_topic(topic).terms, example=example))

    assert "takes in chip, chipmaker" in shown("chips")
    assert " more." in shown("chips")
    assert "near them in meaning" in shown("rye bread")
    assert "takes in" not in shown("")
    assert "These days: Quillon sold its mill." in shown("chips", "Quillon sold its mill")
    assert "nothing on it these days" in shown("rye bread")


@pytest.mark.parametrize(("state", "shown"), [("on", "next Mon 23 Nov, 08:00"), ("the bot is out", "paused: the bot")])
def test_subscriptions_show_their_state(state: str, shown: str) -> None:
    """Either the next run or the reason of the pause."""
    page = subscriptions_view((replace(SUBSCRIPTION, state=state, days=frozenset((0, 3))),))
    assert "on Mon and Thu at 08:00 Europe/Berlin" in words(page)
    assert shown in words(page)
    assert "next arrives Mon 23 Nov, 08:00 Europe/Berlin" in words(subscribed_view(SUBSCRIPTION))


def test_help_is_made_from_the_verbs() -> None:
    """Every shown verb with its arguments, and none that only buttons send."""
    page = words(help_view(VERBS))
    assert "brief [topic] [date]" in page
    assert "ask <question>" in page
    assert "helpful" not in page
    assert "(export, forget)" in words(verb_help_view(VERBS[3]))


def test_an_entity_that_nobody_knows_is_said_so_with_near_names() -> None:
    """The near names are buttons."""
    page = unknown_entity_view("Nortwind", ["Northwind", "x" * 200])
    assert "I haven't heard anyone mention Nortwind yet." in words(page)
    assert [button.label for button in page.buttons] == ["Northwind"]


def test_a_failure_is_one_sentence_and_an_id() -> None:
    """A mistake of the person's own has no id."""
    assert words(error_view("That channel is gone.", "a1b2")) == "That channel is gone.\nReference a1b2"
    assert words(error_view("That channel is gone.")) == "That channel is gone."


@pytest.mark.parametrize(
    ("progress", "shown"),
    [
        (Progress(3, 24, "Reading"), "Reading · 3 of 24…"),
        (Progress(0, 0, "Looking"), "Looking…"),
        (Progress(0, 0), "Working…"),
    ],
)
def test_progress_says_what_and_how_far(progress: Progress, shown: str) -> None:
    """One line, with numbers where the total is known."""
    assert progress_view(progress).summary == shown


def test_privacy_shows_and_asks_before_it_erases() -> None:
    """Rows by table; erasing is a second step."""
    page = personal_data_view({"follows": [{"entity": "Northwind"}], "questions": []})
    assert words(page) == "follows\nentity: Northwind"
    assert "Nothing is kept" in words(personal_data_view({"follows": []}))
    assert [str(button.action) for button in erasure_preview(3).buttons] == ["privacy:forget yes", "cancel:"]
    assert "3 records" in words(erased_view(3))


HOSTILE = "**b** __i__ `c` {x} <@U1> [l](https://evil.example) \x1b[31m\u202e"
hostile = st.sampled_from([HOSTILE, "x" * 300, "", "@everyone", "a\nb"]) | st.text(max_size=40)


@given(hostile)
def test_values_never_become_markup(value: str) -> None:
    """Whatever the names and words are, the views are built, their buttons fit, and no value gains a link."""
    origin = Origin(value, value, value, dt.date(2026, 6, 24), value)
    said = claim(value, origin, value, value, Mention(value, EntityKind.TOPIC), t=1)
    statement = Statement(value, (value,))
    signal = Signal(value, value, (statement,), statement, statement, (said,), said.entities[0])
    card = StatCard(value, value, value, value)
    edition = Brief(value, BRIEF.date, value, statement, (statement,), (card,), (signal,), statement)
    citation = Citation(origin, value, value, 1)
    profile = EntityProfile(Entity(value, EntityKind.TOPIC, (value,)), 1, 1, ((value, 1),), ())
    subscription = replace(SUBSCRIPTION, topic=value, state=value)
    for page in (
        brief_view(edition),
        brief_view(replace(edition, quiet=value)),
        receipts_view((said,), value),
        claims_view((said,), value),
        alert_view([(value, (said,))]),
        alert_view([(value, (said,)), (f"{value}!", (said,))]),
        paused_view(subscription),
        missing_briefs_view(DeliveryOutage(value, BRIEF.date, value, (value,)), None),
        resumed_view((subscription,), 1),
        following_view((Follow(1, value, HERE, "you", AlertFrequency.INSTANT, "UTC", PAST, state=value),)),
        answer_view(replace(ANSWER, text=value, citations=(citation,))),
        answer_view(replace(REFUSAL, text=value, nearest=citation)),
        entity_view(profile, (said,)),
        unknown_entity_view(value, (value,)),
        follow_preview(profile),
        subscriptions_view((subscription,)),
        subscribe_preview(SubscriptionPlan(value, dt.time(8), "UTC", frozenset({1})), SUBSCRIPTION.due),
        verb_help_view(Verb("x", value, (Arg(value, value, ArgKind.WORDS),))),
        status_view(LibraryStats(), [replace(subscription, since=PAST)]),
        status_view(LibraryStats(), failed=(Delivery("k", "brief", Address("slack", "T1", "C1"), reason=value),)),
        status_view(LibraryStats(), refusals=[Refusal("slack", value, PAST, value)]),
        refusal_view(Refusal("slack", value, PAST)),
        lost_answer_view(value, ""),
        status_view(LibraryStats(), spent=[PurposeSpending(value, 1, 2, 3, 4)], reading=[PurposeSpending(value, 1, 2)]),
        error_view(value, value),
    ):
        assert all(len(str(button.action)) <= ACTION_LIMIT for button in page.buttons)
        assert not [
            s
            for text in texts(page)
            for s in text
            if (s.code and s.text not in {"resume", "status"}) or (s.href and not s.href.startswith("https://"))
        ]
