"""English text: sentences, tokens, numbers, dates, quantities and names."""
