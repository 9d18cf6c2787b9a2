"""The limits of what an app may send."""
