"""The gate: what a sentence says that the claims it cites do not."""
