"""From files and feeds to readings."""
