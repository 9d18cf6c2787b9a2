"""The console: the embedded default platform."""
