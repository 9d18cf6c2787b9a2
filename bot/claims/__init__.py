"""Claims: which sentences are worth keeping, whose they are, and how sure their speakers were."""
