"""Alarms and boards as they are deployed."""
