"""Briefs: claims clustered into stories, ranked, and told."""
