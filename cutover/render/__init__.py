"""The one place that prints: screens for people, documents for programs."""
