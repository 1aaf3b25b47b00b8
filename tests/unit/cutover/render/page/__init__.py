"""Unit tests of what all report pages share."""
