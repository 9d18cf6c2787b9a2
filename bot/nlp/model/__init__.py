"""The learned heads: what a sentence is worth, how it is put forward, whether it stands alone. CARD.md has figures."""
