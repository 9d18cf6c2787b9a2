"""Whose claim it is, and who passed it on."""

from __future__ import annotations

import pytest

from bot.nlp.attribution import Attribution, find_attribution

RELAYED = [
    ("Micron's management says supply stays tight.", "Micron's management", ()),
    ("Batnick: Micron's management says supply stays tight.", "Micron's management", ("Batnick",)),
    ("Josh told me that Micron's CFO said demand is strong.", "Micron's CFO", ("Josh",)),
    ("According to the Wall Street Journal, Orlo is weighing price cuts.", "Wall Street Journal", ()),
    ("Orlo is weighing price cuts, according to Axios.", "Axios", ()),
    ("The Wall Street Journal reported this week that Orlo is weighing price cuts.", "Wall Street Journal", ()),
    ("One investor told Axios that a CFO spent half a billion dollars.", "One investor", ("Axios",)),
    ("And so Dana Whitfield said that the bridge is closed.", "Dana Whitfield", ()),
    ("Researchers found that the drug halves the risk.", "Researchers", ()),
    ("Anvil accused Borealis of copying its model.", "Anvil", ()),
    ("I heard from Petra Lindqvist that the fab is delayed.", "Petra Lindqvist", ()),
    ("Analysts at Norbank expect the rate to fall.", "Analysts at Norbank", ()),
    ("The report quoted Ilse Brandt as saying the line was shut.", "Ilse Brandt", ("The report",)),
    ("Lumen was sold last week, Reuters reported.", "Reuters", ()),
    ("As Petra just said, the line is shut.", "Petra", ()),
    ("Bill Dally always says that the spike starts it.", "Bill Dally", ()),
    ("Sales fell 9 percent, according to Norbank. It was the worst month in years.", "Norbank", ()),
    ("The company's CEO claims the battery lasts ten years.", "The company's CEO", ()),
    ("Their chief executive, Conrad Fyfe, said that sales fell.", "Conrad Fyfe", ()),
    ("Halden repeated that the line restarts in March.", "Halden", ()),
]
OWN = [
    "Lumen raised $30 million.",
    "I said that the bridge is closed.",
    "He says it is closed.",
    "Prices fell because the market was flooded.",
    "The plan the committee announced in October has worked.",
    "Amazon told staff to stop using the tool.",
    "In this show, we said goodbye.",
    "They charge per token, which costs real money.",
    "BREAKING: Lumen is sold.",
    "Some 46 states joined the suit.",
    "Nowadays most active open source projects on the site have a license.",
    "Whether Robbie thinks it was canceled or not, it was great.",
    "People who say that are wrong.",
    "My estimate is that they hold seven weeks of stock.",
]


@pytest.mark.parametrize(("sentence", "claimant", "relayers"), RELAYED)
def test_a_relayed_claim_keeps_its_claimant_and_who_passed_it_on(
    sentence: str, claimant: str, relayers: tuple[str, ...]
) -> None:
    """The one nearest to the statement is the claimant; the others are relayers, outermost first."""
    assert Attribution(claimant, relayers) == find_attribution(sentence)


@pytest.mark.parametrize("sentence", OWN)
def test_a_speakers_own_words_relay_nobody(sentence: str) -> None:
    """Pronouns, clauses and announcements are no claimants."""
    assert Attribution() == find_attribution(sentence)


def test_a_possessive_is_no_part_of_the_claimant() -> None:
    """The claim of a firm is the firm's."""
    found = find_attribution("Wardline's claim is that a reseller sold the log-ins on.")
    assert not found.claimant.endswith("'s")


def test_the_united_states_state_nothing() -> None:
    """The last word of a country's name is no verb."""
    assert find_attribution("The United States had 2 percent inflation for a decade.") == Attribution()
