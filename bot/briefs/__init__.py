"""Briefs: claims are clustered into stories, ranked and written up."""
