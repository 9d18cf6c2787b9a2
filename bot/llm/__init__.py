"""The language model, if one is configured: asking it, remembering its answers, and what they cost."""
