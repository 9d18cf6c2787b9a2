"""Analysts: the one of rules, which needs no key, and the one with a language model."""
