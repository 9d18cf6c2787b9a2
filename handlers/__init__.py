"""Handlers: one file per verb family."""
