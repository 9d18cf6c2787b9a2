"""How the bot is, over HTTP: whether it lives, whether it is ready, and its measures."""
