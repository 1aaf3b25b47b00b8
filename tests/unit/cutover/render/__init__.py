"""Unit tests of the report pages."""
