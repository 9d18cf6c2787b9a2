"""The language model, where one is configured: asking it, remembering what it said, and what that cost."""
