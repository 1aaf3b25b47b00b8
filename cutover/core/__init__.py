"""Decisions without clock, network or AWS: standard library only."""
