"""Locust scenarios: what the web client does, with every answer checked."""
