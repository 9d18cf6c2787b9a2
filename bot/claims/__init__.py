"""Claims: which sentences are worth checking, whose they are, and how sure their speakers were."""
