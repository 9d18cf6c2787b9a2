"""Domain to Message: the only wording."""
