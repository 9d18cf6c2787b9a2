"""The bot's health over HTTP: liveness, readiness and metrics."""
