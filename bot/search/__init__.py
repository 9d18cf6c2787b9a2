"""Passages and claims to hits: lexical and by meaning, fused."""
