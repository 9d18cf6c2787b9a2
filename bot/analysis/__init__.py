"""Conversations to claims, entities, stories, briefs and answers."""
