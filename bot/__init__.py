"""Overheard: what experts said, who said it, and why it matters, inside your team's chat."""
