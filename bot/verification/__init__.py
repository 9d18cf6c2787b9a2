"""The gate: a sentence may say only what the claims it cites say."""
