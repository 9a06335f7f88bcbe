"""Fails, as a script with a mistake does."""

raise KeyError("no such column")
