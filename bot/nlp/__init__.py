"""Plain English: sentences, words, numbers, dates and names."""
