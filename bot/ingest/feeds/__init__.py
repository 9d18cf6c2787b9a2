"""Feeds: finding, polling and reading them."""
