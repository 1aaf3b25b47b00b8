"""Logs: one JSON line an event."""
