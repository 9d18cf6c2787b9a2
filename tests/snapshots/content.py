"""Made-up conversations, claims and an edition that golden pages and tests draw."""

from __future__ import annotations

import datetime as dt

from bot.chat.request import Arg, ArgKind, Verb
from bot.domain import (
    Answer,
    Brief,
    Citation,
    Claim,
    Entity,
    EntityKind,
    Mention,
    Modality,
    Origin,
    Signal,
    StatCard,
    Statement,
)
from bot.domain.address import Address
from bot.domain.library import EntityProfile
from bot.domain.subscription import Subscription

LEDGER = Origin(
    "ledger-212", "The Ledger Hour", "Who pays for the chips", dt.date(2026, 6, 24), "https://ledgerhour.example/212"
)
WEIGHTS = Origin("weights-88", "Open Weights", "Kestrel week", dt.date(2026, 6, 25), "https://openweights.example/88")
GRAVEL = Origin("gravel-41", "Grid & Gravel", "The queue for power", dt.date(2026, 6, 26))

NORTHWIND = Mention("Northwind", EntityKind.COMPANY)
HALDEN = Mention("Halden AI", EntityKind.COMPANY)
VELOS = Mention("Port Velos", EntityKind.PLACE)


def claim(
    key: str,
    origin: Origin,
    quote: str,
    speaker: str,
    *about: Mention,
    t: float | None = None,
    modality: Modality = Modality.ASSERTED,
    claimant: str = "",
    relayers: tuple[str, ...] = (),
) -> Claim:
    """Return a claim whose text is its quote, standing alone in its turn."""
    return Claim(
        key,
        origin,
        turn=0,
        start=0,
        end=len(quote),
        text=quote,
        quote=quote,
        speaker=speaker,
        claimant=claimant or speaker,
        modality=modality,
        relayers=relayers,
        t=t,
        entities=about,
    )


PRICE = claim(
    "c1",
    LEDGER,
    "Northwind cut the price of its Tarn boards by 40 percent on Monday, and nobody in the room had seen that coming.",
    "Mara Ilves",
    NORTHWIND,
    t=752,
)
SOLD_OUT = claim(
    "c2",
    LEDGER,
    "Their own management says the boards are sold out through the end of 2027.",
    "Joss Ferreira",
    NORTHWIND,
    t=803,
    modality=Modality.FORECAST,
    claimant="Northwind’s management",
    relayers=("Joss Ferreira",),
)
COPIED = claim(
    "c3",
    WEIGHTS,
    "Halden says somebody pulled nearly 29 million answers out of Kestrel through 25,000 fake accounts.",
    "Priya Raman",
    HALDEN,
    t=1911,
    modality=Modality.ALLEGED,
    claimant="Halden AI",
    relayers=("Priya Raman",),
)
DOUBLED = claim(
    "c4",
    WEIGHTS,
    "We ship twice the code per engineer that we did a year ago.",
    "Oskar Lind",
    HALDEN,
    t=2450,
)
QUEUE = claim(
    "c5",
    GRAVEL,
    "There are 46 data centres waiting for a grid connection at Port Velos, and the first date anybody offers is 2031.",
    "Unknown speaker",
    VELOS,
)

BRIEF = Brief(
    topic="ai",
    date=dt.date(2026, 6, 27),
    headline="Northwind’s price cut meets a three-year queue for power",
    dek=Statement("Chips got 40 percent cheaper in a day; the place to plug them in did not.", ("c1", "c5"), ours=True),
    argument=(
        Statement("Two shows told the same story from opposite ends this week.", ("c1", "c5"), ours=True),
        Statement("Northwind cut the price of its Tarn boards by 40 percent on Monday.", ("c1",)),
        Statement("At Port Velos, 46 data centres wait for a grid connection.", ("c5",)),
        Statement("What limits this industry is moving from silicon to electricity.", ("c1", "c5"), ours=True),
    ),
    cards=(
        StatCard("off Tarn boards", "40 percent", "", "c1"),
        StatCard("answers copied from Kestrel", "29 million", "nearly", "c3"),
        StatCard("code per engineer", "twice", "", "c4"),
        StatCard("data centres waiting", "46", "", "c5"),
    ),
    signals=(
        Signal(
            "tarn-price",
            "Northwind cuts Tarn board prices by 40 percent",
            (
                Statement("Northwind cut the price of its Tarn boards by 40 percent on Monday", ("c1",)),
                Statement("Their own management says the boards are sold out through the end of 2027.", ("c2",)),
            ),
            Statement("A seller that is sold out and still cuts prices is buying a market.", ("c1", "c2"), ours=True),
            Statement("Northwind’s deliveries against the end of 2027", ("c2",), ours=True),
            (PRICE, SOLD_OUT),
            NORTHWIND,
        ),
        Signal(
            "kestrel-copying",
            "Halden says Kestrel was copied through fake accounts",
            (
                Statement(
                    "Halden AI accuses an unnamed party of taking nearly 29 million answers, Priya Raman reports.",
                    ("c3",),
                ),
            ),
            Statement("If it holds, an interface is as exposed as the weights behind it.", ("c3",), ours=True),
            Statement("Whether Halden names the party", ("c3",), ours=True),
            (COPIED, DOUBLED),
            HALDEN,
            update=True,
        ),
        Signal(
            "velos-queue",
            "Port Velos has 46 data centres in the queue",
            (Statement(QUEUE.quote, ("c5",)),),
            Statement("Cheap boards do not help whoever cannot switch them on.", ("c1", "c5"), ours=True),
            Statement("The first connection date offered at Port Velos", ("c5",), ours=True),
            (QUEUE,),
            VELOS,
        ),
    ),
    closing=Statement("Silicon is on sale; power is not.", ("c1", "c5"), ours=True),
    read=38,
    failed=2,
    statements=17,
    supported=17,
)

QUIET = Brief("robotics", dt.date(2026, 6, 27), quiet="Nothing new was said about robotics in 4 conversations.", read=4)

ANSWER = Answer(
    "How long is the queue for power at Port Velos?",
    answered=True,
    text="46 data centres are waiting for a grid connection there, and no date before 2031 is offered [1]. "
    "Cheaper boards do not shorten it [2].",
    citations=(
        Citation(GRAVEL, QUEUE.quote, "Unknown speaker"),
        Citation(LEDGER, PRICE.quote, "Mara Ilves", 752),
    ),
    conversations_searched=407,
)

REFUSAL = Answer(
    "Who won the regatta?",
    answered=False,
    text="Nothing that was said answers that.",
    nearest=Citation(GRAVEL, QUEUE.quote, "Unknown speaker"),
    conversations_searched=407,
)

PROFILE = EntityProfile(
    Entity("Northwind", EntityKind.COMPANY, ("Northwind Semiconductors", "NWD")),
    claim_count=128,
    claims_this_week=12,
    speakers=(("Mara Ilves", 9), ("Joss Ferreira", 4)),
    timeline=tuple((dt.date(2026, 6, day), day * 7 % 5) for day in range(14, 28)),
)

HERE = Address("console", "local", "terminal")

SUBSCRIPTION = Subscription(
    1,
    "ai",
    HERE,
    "you",
    dt.time(8),
    "Europe/Berlin",
    frozenset(range(5)),
    dt.datetime(2026, 11, 23, 7, tzinfo=dt.UTC),
    dt.date(2026, 11, 23),
)

VERBS = (
    Verb("ask", "Get an answer with its sources.", (Arg("question", "Your question", ArgKind.WORDS, required=True),)),
    Verb(
        "brief",
        "Read the brief of a day.",
        (Arg("topic", "What about", ArgKind.TOPIC), Arg("date", "Of which day", ArgKind.DATE)),
    ),
    Verb(
        "follow",
        "Hear what is newly said about somebody or something.",
        (Arg("entity", "Whom or what", ArgKind.ENTITY, required=True),),
    ),
    Verb(
        "privacy",
        "Read or erase what is kept about you.",
        (Arg("action", "What to do", ArgKind.CHOICE, choices=("export", "forget")),),
    ),
    Verb("helpful", "Say whether a brief helped.", shown=False),
)
