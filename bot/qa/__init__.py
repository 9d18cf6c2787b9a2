"""Answers: a question, the evidence for it, and whether that answers it."""
