"""The prompts, as files."""
