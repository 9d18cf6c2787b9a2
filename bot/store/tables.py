"""Every table of the schema, and what happens to it when a database moves, or a person or a space leaves."""

from __future__ import annotations

from typing import Final

MOVED: Final = (
    "conversations turns passages claims entities aliases apart claim_entities follows heard listeners languages "
    "alerts alerted subscriptions editions told threads votes preferences sources feeds items item_keys shingles notes "
    "outbox inbox replies secrets copies leases vectors_of_passages vectors_of_claims spending reserved completions"
).split()
"""Copied from one engine to the other, each after the tables that its rows refer to."""

DERIVED: Final = {"passages_fts", "claims_fts"}
"""Full-text indexes: never copied, always rebuilt from what they index."""

PERSONAL: Final = (
    "follows listeners languages subscriptions threads votes preferences sources feeds replies spending reserved"
).split()
"""Rows that carry a person's id, exported as they are and erased row by row."""

HANDED_OVER: Final = ("subscriptions", "sources", "feeds")
"""Those of them that may serve others, too: their rows lose the person's id and stay."""

WITH_THEIR_WORDS: Final = ("notes",)
"""Rows that carry a person's id and are erased with the conversation that the person wrote."""

OF_A_SPACE: Final = (
    "follows listeners languages alerts subscriptions threads votes preferences sources feeds items shingles replies "
    "editions told outbox notes conversations spending reserved completions"
).split()
"""Rows that belong to a space and are purged with it; those below them go by foreign key."""

CASCADING: Final = {
    "turns",
    "passages",
    "claims",
    "claim_entities",
    "alerted",
    "item_keys",
    "vectors_of_passages",
    "vectors_of_claims",
}
"""Rows that a foreign key removes together with the row of a space."""

SHARED: Final = {"entities", "aliases", "apart", "heard", "inbox", "secrets", "copies", "leases"}
"""Rows that belong to nobody; those of a space among them are found by their names."""
