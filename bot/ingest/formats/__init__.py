"""Transcripts, articles and posts: one file for each format."""
